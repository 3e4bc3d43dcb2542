//! What the pages of the catalog are told: the catalog that this hub decides by, the flows that use
//! its items, and a candidate beside it.

mod candidate;

#[cfg(test)]
mod tests;

use ::catalog::{Class, ClassNo, CodePrefix, CodeSet, Item, ItemNo, ItemType};
use ::policies::Flow;
use dashboards::catalog::{
    CatalogDesk, CatalogShown, ClassRow, ClassShown, CodeSetShown, CodeShown, FlowUse, ItemRow,
    ItemShown, VersionLabel, VersionsShown,
};
use dashboards::{Turned, Viewer};

use super::Desk;
use super::names::named;

/// Items that one search lists.
const FOUND_MAX: usize = 50;

impl CatalogDesk for Desk {
    fn catalog(&self, query: &str) -> CatalogShown {
        let catalog = &self.broker.catalog;
        let query = query.to_lowercase();
        let found: Vec<&Item> = if query.is_empty() {
            Vec::new()
        } else {
            let fitting = catalog.classes().iter().flat_map(|class| {
                let of_class = fits(
                    &query,
                    [&class.no.to_string(), &class.code, &class.zh, &class.en],
                );
                class.items.iter().filter({
                    let query = query.as_str();
                    move |item| of_class || item_fits(query, item)
                })
            });
            fitting.collect()
        };
        let is_cut = found.len() > FOUND_MAX;
        let rows = found.into_iter().take(FOUND_MAX).map(row).collect();
        CatalogShown {
            version: catalog.version().to_owned(),
            digest: catalog.digest().to_string(),
            classes: catalog.classes().iter().map(class_row).collect(),
            found: (!query.is_empty()).then_some(rows),
            is_cut,
        }
    }

    fn class(&self, number: &str) -> Option<ClassShown> {
        let no: ClassNo = number.parse().ok()?;
        let class = self.broker.catalog.class(no)?;
        Some(ClassShown {
            class: class_row(class),
            items: class.items.iter().map(row).collect(),
        })
    }

    fn item(&self, number: &str) -> Option<ItemShown> {
        let no: ItemNo = number.parse().ok()?;
        let catalog = &self.broker.catalog;
        let (item, class) = (catalog.item(no)?, catalog.class(no.class())?);
        let set = match &item.kind {
            ItemType::Code { set, .. } => catalog.code_set(set).map(code_set),
            _ => None,
        };
        let rules = self.broker.rules.current();
        let flows = rules.flows().flows();
        Some(ItemShown {
            row: row(item),
            class: class_row(class),
            length: item.length,
            unit: item.unit.clone().unwrap_or_default(),
            format: item
                .format
                .map(|form| form.name().to_owned())
                .unwrap_or_default(),
            key: item
                .key
                .map(|key| key.as_str().to_owned())
                .unwrap_or_default(),
            source: item.source.clone(),
            verified: item.verified,
            input_only: item.input_only,
            domains: item
                .domains
                .iter()
                .map(|domain| domain.as_str().to_owned())
                .collect(),
            set,
            flows: flows.filter_map(|flow| flow_use(flow, no)).collect(),
        })
    }

    async fn versions(&self, viewer: &Viewer) -> Result<VersionsShown, Turned> {
        let catalog = std::sync::Arc::clone(&self.broker.catalog);
        let folder = self.candidates.catalog.clone();
        let read = move || {
            Ok(VersionsShown {
                current: VersionLabel {
                    version: catalog.version().to_owned(),
                    digest: catalog.digest().to_string(),
                },
                previous: catalog.previous().map(|previous| VersionLabel {
                    version: previous.version.clone(),
                    digest: previous.digest.to_string(),
                }),
                candidate: folder.map(|folder| candidate::compared(&catalog, &folder)),
            })
        };
        self.reading(viewer, read).await
    }
}

fn fits<const N: usize>(query: &str, texts: [&String; N]) -> bool {
    texts.iter().any(|text| text.to_lowercase().contains(query))
}

/// Codes are the pinyin initials of the Chinese names, so that who types those finds the item.
fn item_fits(query: &str, item: &Item) -> bool {
    let number = item.no.to_string();
    fits(query, [&number, &item.code, &item.zh, &item.en])
}

fn class_row(class: &Class) -> ClassRow {
    ClassRow {
        number: class.no.to_string(),
        code: class.code.clone(),
        name: named(&class.zh, &class.en),
        items: class.items.len(),
    }
}

fn row(item: &Item) -> ItemRow {
    ItemRow {
        number: item.no.to_string(),
        code: item.code.clone(),
        name: named(&item.zh, &item.en),
        kind: kind(&item.kind),
        sensitivity: item.sensitivity.as_str().to_owned(),
        required: item.required,
    }
}

/// Type and size, as the catalog's own listing writes them.
fn kind(kind: &ItemType) -> String {
    let name = kind.name();
    match kind {
        ItemType::Text { len_max } => format!("{name}({len_max})"),
        ItemType::Code { set, multiple } => {
            format!("{name} {set}{}", if *multiple { " …" } else { "" })
        }
        ItemType::Decimal { precision, scale } => format!("{name}({precision},{scale})"),
        ItemType::Integer { digits } => format!("{name}({digits})"),
        ItemType::Date | ItemType::Month | ItemType::Time | ItemType::Boolean => name.to_owned(),
    }
}

fn code_set(set: &CodeSet) -> CodeSetShown {
    let codes = set.entries().map(|(code, entry)| CodeShown {
        code: code.to_owned(),
        label: entry.label.clone(),
        successor: entry.successor.clone().unwrap_or_default(),
    });
    let pattern = set.pattern().map(|pattern| {
        let begins = match &pattern.prefix {
            CodePrefix::Entry => "a listed code / 任一所列代码".to_owned(),
            CodePrefix::OneOf(texts) => texts.join(" / "),
        };
        format!(
            "{begins} + {}–{} digits / 位数字",
            pattern.digits_min, pattern.digits_max
        )
    });
    CodeSetShown {
        code: set.name().to_owned(),
        name: named(set.zh(), set.en()),
        codes: codes.collect(),
        pattern: pattern.unwrap_or_default(),
    }
}

/// How a flow uses an item, if it does.
fn flow_use(flow: &Flow, item: ItemNo) -> Option<FlowUse> {
    let uses = [
        (flow.lists(item), "可查询", "may be asked for"),
        (flow.display.contains(&item), "掩码显示", "shown masked"),
        (
            flow.judged.contains(&item),
            "仅用于核验，不答复",
            "only judged, never answered",
        ),
        (
            flow.gives.contains(&item),
            "作为核验输入传递",
            "passed on as an input",
        ),
        (
            flow.house.contains(&item),
            "可按房屋答复",
            "answered about a house",
        ),
    ];
    let held: Vec<_> = uses.iter().filter(|(is, ..)| *is).collect();
    if held.is_empty() {
        return None;
    }
    let joined = |texts: Vec<&str>| texts.join(", ");
    Some(FlowUse {
        flow: flow.id.to_string(),
        name: named(&flow.zh, &flow.en),
        how: named(
            &joined(held.iter().map(|(_, zh, _)| *zh).collect()),
            &joined(held.iter().map(|(.., en)| *en).collect()),
        ),
    })
}
