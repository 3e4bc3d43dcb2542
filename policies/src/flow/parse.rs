//! Turns flow files into flows. Refuses unknown keys, classes, items, matters, roles and nodes, an
//! input-only item, and any item of grade L3 or L4 that is not named by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::time::Duration;

use catalog::{Catalog, ClassNo, Item, ItemNo, Sensitivity, Source};

use super::{BasisKind, BasisPart, Enablement, FLOWS_MAX, Flow, FlowId, Targets, is_node_id};
use crate::fault::{Faults, Page, Place, PolicyError};
use crate::section::{self, At, Section};

/// Longest deadline a file may set: a night job's four hours.
const DEADLINE_MS_MAX: u32 = 4 * 60 * 60 * 1000;
/// Most questions a file may let one case ask: a roster of 5,000 lines asked twice.
const ASKS_PER_CASE_MAX: u32 = 10_000;
/// Longest life of a case assertion a file may set: one day.
const CASE_VALID_MINUTES_MAX: u32 = 24 * 60;

pub(super) fn flows(
    sources: &[Source<'_>],
    catalog: &Catalog,
) -> Result<BTreeMap<FlowId, Flow>, PolicyError> {
    let mut faults = Faults::default();
    let mut flows = BTreeMap::new();
    for source in sources {
        let page = Page {
            file: source.name,
            text: source.text,
        };
        if flows.len() >= FLOWS_MAX {
            faults.add(page.whole(), format!("more than {FLOWS_MAX} flows"));
            break;
        }
        let Some(table) = section::parse(page, &mut faults) else {
            continue;
        };
        let root = Section::new(page, table.span(), table.get_ref());
        let Some(flow) = flow(root, catalog, &mut faults) else {
            continue;
        };
        if let Some(twin) = flows.insert(flow.id, flow) {
            faults.add(
                page.whole(),
                format!("flow `{}` is registered twice", twin.id),
            );
        }
    }
    faults.or_else_refuse(flows)
}

/// Reads every key before it gives up on one, so that all faults of a file come out together.
fn flow(mut root: Section<'_, '_>, catalog: &Catalog, faults: &mut Faults) -> Option<Flow> {
    let id = root.text("id", faults).and_then(|text| term(&text, faults));
    let zh = root.text("zh", faults);
    let en = root.text("en", faults);
    let matters = terms(root.texts("matters", faults), faults);
    let roles = terms(root.texts("roles", faults), faults);
    let mode = root
        .text("mode", faults)
        .and_then(|text| term(&text, faults));
    let pace = root
        .text("pace", faults)
        .and_then(|text| term(&text, faults));
    let targets = targets(root.text_or_texts("targets", faults), faults);
    let deadline_ms = root.number("deadline_ms", 1..=DEADLINE_MS_MAX, faults);
    let asks_per_case = root.number("asks_per_case", 1..=ASKS_PER_CASE_MAX, faults);
    let minutes = root.number("case_valid_minutes", 1..=CASE_VALID_MINUTES_MAX, faults);
    let second_approver = root.yes_no("second_approver", faults);
    let (items, sensitive) = items(root.texts("items", faults), catalog, faults);
    let basis = root
        .inner("basis", faults)
        .and_then(|inner| basis(inner, faults));
    let enabled = enabled(&mut root, faults);
    if basis.as_ref().is_some_and(|basis| basis.0 == BasisKind::C) && second_approver == Some(false)
    {
        faults.add(root.place(), "a flow on basis `C` needs a second approver");
    }
    root.finish(faults);
    let (basis, basis_carries) = basis?;
    Some(Flow {
        id: id?,
        zh: zh?.value,
        en: en?.value,
        matters,
        basis,
        basis_carries,
        roles,
        mode: mode?,
        targets,
        pace: pace?,
        deadline: Duration::from_millis(u64::from(deadline_ms?)),
        asks_per_case: asks_per_case?,
        case_valid: Duration::from_secs(u64::from(minutes?) * 60),
        second_approver: second_approver?,
        enabled,
        items,
        sensitive,
    })
}

fn term<T>(text: &At<'_, String>, faults: &mut Faults) -> Option<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    match text.value.parse() {
        Ok(term) => Some(term),
        Err(error) => {
            faults.add(text.place, format!("`{}`: {error}", text.value));
            None
        }
    }
}

fn terms<T>(texts: Vec<At<'_, String>>, faults: &mut Faults) -> BTreeSet<T>
where
    T: FromStr + Ord,
    T::Err: std::fmt::Display,
{
    texts.iter().filter_map(|text| term(text, faults)).collect()
}

fn targets(texts: Vec<At<'_, String>>, faults: &mut Faults) -> Targets {
    if let [only] = texts.as_slice() {
        match only.value.as_str() {
            "all" => return Targets::All,
            "own" => return Targets::Own,
            _ => {}
        }
    }
    let mut nodes = BTreeSet::new();
    for text in texts {
        if !is_node_id(&text.value) || ["all", "own"].contains(&text.value.as_str()) {
            let reason = format!(
                "`{}`: targets are `all`, `own` or a list of node ids",
                text.value
            );
            faults.add(text.place, reason);
        }
        nodes.insert(text.value);
    }
    Targets::Nodes(nodes)
}

fn basis(
    mut inner: Section<'_, '_>,
    faults: &mut Faults,
) -> Option<(BasisKind, BTreeSet<BasisPart>)> {
    let kind = inner
        .text("kind", faults)
        .and_then(|text| term(&text, faults));
    let carries: BTreeSet<BasisPart> = terms(inner.texts("carries", faults), faults);
    if !carries.contains(&BasisPart::Number) {
        faults.add(inner.place(), "every basis carries its `number`");
    }
    if kind == Some(BasisKind::A) && !carries.contains(&BasisPart::Consent) {
        faults.add(
            inner.place(),
            "basis `A` rests on the applicant's `consent`",
        );
    }
    inner.finish(faults);
    Some((kind?, carries))
}

fn enabled(root: &mut Section<'_, '_>, faults: &mut Faults) -> BTreeMap<String, Enablement> {
    let mut enabled = BTreeMap::new();
    for mut entry in root.each("enabled", faults) {
        let place = entry.place();
        let node = entry.text("node", faults);
        let from = entry.day("from", faults);
        let until = entry.day_if_any("until", faults);
        entry.finish(faults);
        let (Some(node), Some(from)) = (node, from) else {
            continue;
        };
        if !is_node_id(&node.value) {
            faults.add(node.place, format!("`{}` is not a node id", node.value));
        }
        if until.is_some_and(|until| until < from) {
            faults.add(place, "`until` is before `from`");
        }
        if enabled
            .insert(node.value.clone(), Enablement { from, until })
            .is_some()
        {
            faults.add(node.place, format!("`{}` is enabled twice", node.value));
        }
    }
    enabled
}

type Items = (BTreeMap<ClassNo, BTreeSet<ItemNo>>, BTreeSet<ItemNo>);

fn items(names: Vec<At<'_, String>>, catalog: &Catalog, faults: &mut Faults) -> Items {
    let mut items: BTreeMap<ClassNo, BTreeSet<ItemNo>> = BTreeMap::new();
    let mut sensitive = BTreeSet::new();
    for name in names {
        for item in named(&name, catalog, faults) {
            if is_sensitive(item) {
                sensitive.insert(item.no);
            }
            if !items.entry(item.no.class()).or_default().insert(item.no) {
                faults.add(
                    name.place,
                    format!("`{}` lists `{}` a second time", name.value, item.no),
                );
            }
        }
    }
    (items, sensitive)
}

/// Whether an item is of the grades that a flow has to name one by one.
pub(crate) fn is_sensitive(item: &Item) -> bool {
    matches!(item.sensitivity, Sensitivity::L3 | Sensitivity::L4)
}

/// The items behind `04.grzhzt`, `04-08` or `04.*`.
fn named<'c>(name: &At<'_, String>, catalog: &'c Catalog, faults: &mut Faults) -> Vec<&'c Item> {
    if let Some(class) = name.value.strip_suffix(".*") {
        return whole_class(class, name, catalog, faults);
    }
    let by_number = name
        .value
        .parse::<ItemNo>()
        .ok()
        .and_then(|no| catalog.item(no));
    match by_number.or_else(|| catalog.item_named(&name.value)) {
        Some(item) if item.input_only => {
            let reason = format!("`{}` is passed on only and is never answered", name.value);
            faults.add(name.place, reason);
            Vec::new()
        }
        Some(item) => vec![item],
        None => {
            faults.add(name.place, unknown(&name.value, catalog));
            Vec::new()
        }
    }
}

fn whole_class<'c>(
    class: &str,
    name: &At<'_, String>,
    catalog: &'c Catalog,
    faults: &mut Faults,
) -> Vec<&'c Item> {
    let found = class
        .parse::<ClassNo>()
        .ok()
        .and_then(|no| catalog.class(no));
    let Some(class) = found else {
        faults.add(
            name.place,
            format!("`{}`: the catalog has no such class", name.value),
        );
        return Vec::new();
    };
    let hidden: Vec<String> = class
        .items
        .iter()
        .filter(|item| is_sensitive(item) && !item.input_only)
        .map(|item| item.no.to_string())
        .collect();
    if !hidden.is_empty() {
        refuse_wildcard(name.place, &name.value, &hidden, faults);
    }
    class.items.iter().filter(|item| !item.input_only).collect()
}

fn refuse_wildcard(place: Place<'_>, name: &str, hidden: &[String], faults: &mut Faults) {
    let reason = format!(
        "`{name}` would cover {}, of grade L3 or L4: name every item of the class by itself",
        hidden.join(", ")
    );
    faults.add(place, reason);
}

fn unknown(name: &str, catalog: &Catalog) -> String {
    let class = name
        .get(..2)
        .and_then(|number| number.parse::<ClassNo>().ok());
    if class.is_some_and(|class| catalog.class(class).is_some()) {
        format!("`{name}`: the catalog has no such item")
    } else {
        format!("`{name}`: the catalog has no such class")
    }
}
