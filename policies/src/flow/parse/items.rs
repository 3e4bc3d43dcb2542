//! The items of a flow: those it answers, those it passes on, those it shows masked, and those by
//! which records are limited to a time. Refuses what the catalog lacks or another list forbids.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, ClassNo, Item, ItemNo, ItemType, KeyRole, Sensitivity};

use crate::fault::{Faults, Place};
use crate::flow::Span;
use crate::question::GIVES_MAX;
use crate::section::{At, Section};

/// Classes whose records are checks at an outside office, which takes values to compare with.
const OUTSIDE_CLASSES: std::ops::RangeInclusive<u8> = 12..=14;
/// Longest span in months: a working life.
const SPAN_MONTHS_MAX: u32 = 600;

/// The items a flow lists, and where each of them stands.
pub(super) struct Listed<'a> {
    pub(super) items: BTreeMap<ClassNo, BTreeSet<ItemNo>>,
    pub(super) sensitive: BTreeSet<ItemNo>,
    /// Items that verdicts look at and that are never answered.
    pub(super) judged: BTreeSet<ItemNo>,
    places: BTreeMap<ItemNo, Place<'a>>,
}

impl Listed<'_> {
    pub(super) fn has(&self, item: ItemNo) -> bool {
        self.places.contains_key(&item)
    }

    pub(super) fn has_class(&self, class: ClassNo) -> bool {
        self.items.contains_key(&class)
    }
}

pub(super) fn listed<'a>(
    root: &mut Section<'a, '_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> Listed<'a> {
    let mut listed = Listed {
        items: BTreeMap::new(),
        sensitive: BTreeSet::new(),
        judged: BTreeSet::new(),
        places: BTreeMap::new(),
    };
    for name in root.texts("items", faults) {
        for item in named(&name, catalog, faults) {
            if is_sensitive(item) {
                listed.sensitive.insert(item.no);
            }
            listed
                .items
                .entry(item.no.class())
                .or_default()
                .insert(item.no);
            if listed.places.insert(item.no, name.place).is_some() {
                faults.add(
                    name.place,
                    format!("`{}` lists `{}` a second time", name.value, item.no),
                );
            }
        }
    }
    listed
}

/// Items that verdicts look at where the records are, and that nobody is answered.
pub(super) fn judged(
    root: &mut Section<'_, '_>,
    listed: &mut Listed<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) {
    for name in root.texts_if_any("judged", faults) {
        let Some(item) = one(&name, catalog, faults) else {
            continue;
        };
        let refused = if item.input_only {
            Some("is passed on only, so that no record has it")
        } else if listed.has(item.no) {
            Some("is listed in `items` too: it is answered, or it is only judged")
        } else if !listed.has_class(item.no.class()) {
            Some("is of a class of which the flow lists no item")
        } else {
            None
        };
        if let Some(reason) = refused {
            faults.add(name.place, format!("`{}` {reason}", name.value));
        }
        listed.judged.insert(item.no);
    }
}

/// Whether an item is of the grades that a flow has to name one by one.
pub(crate) fn is_sensitive(item: &Item) -> bool {
    matches!(item.sensitivity, Sensitivity::L3 | Sensitivity::L4)
}

/// Values that a question may pass on: texts of an outside office's class that the flow asks about.
pub(super) fn gives(
    root: &mut Section<'_, '_>,
    listed: &Listed<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> BTreeSet<ItemNo> {
    let mut gives = BTreeSet::new();
    for name in root.texts_if_any("gives", faults) {
        let Some(item) = one(&name, catalog, faults) else {
            continue;
        };
        let class = item.no.class();
        if !OUTSIDE_CLASSES.contains(&class.get()) {
            let reason = "values are passed on to the outside offices of classes 12 to 14 only";
            faults.add(name.place, format!("`{}`: {reason}", name.value));
        } else if !listed.has_class(class) {
            let reason = "a value is passed on for a class of which the flow lists no item";
            faults.add(name.place, format!("`{}`: {reason}", name.value));
        } else if !matches!(item.kind, ItemType::Text { .. }) || item.key == Some(KeyRole::Record) {
            let reason = "only a name, number or password is passed on";
            faults.add(name.place, format!("`{}`: {reason}", name.value));
        }
        gives.insert(item.no);
    }
    if gives.len() > GIVES_MAX {
        faults.add(root.place(), format!("`gives` more than {GIVES_MAX} items"));
    }
    gives
}

/// Items that are answered masked.
pub(super) fn display(
    root: &mut Section<'_, '_>,
    listed: &Listed<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> BTreeSet<ItemNo> {
    let names = root.texts_if_any("display", faults);
    let shown = names.iter().filter_map(|name| {
        let item = one(name, catalog, faults)?;
        if !listed.has(item.no) {
            faults.add(
                name.place,
                format!(
                    "`{}` is to be shown and is not listed in `items`",
                    name.value
                ),
            );
        }
        Some(item.no)
    });
    shown.collect()
}

/// Items by which the records of their class are limited to a time.
pub(super) fn spans(
    root: &mut Section<'_, '_>,
    listed: &Listed<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> BTreeMap<ItemNo, Span> {
    let mut spans = BTreeMap::new();
    for mut entry in root.each("span", faults) {
        let place = entry.place();
        let name = entry.text("item", faults);
        let months = entry.number_if_any("months", 1..=SPAN_MONTHS_MAX, faults);
        let basis = entry.yes_no_if_any("basis", faults);
        entry.finish(faults);
        let span = match (months, basis) {
            (Some(months), None) => u16::try_from(months).ok().map(Span::Months),
            (None, Some(true)) => Some(Span::Basis),
            _ => None,
        };
        let item = name.and_then(|name| dated(&name, listed, catalog, faults));
        let Some(span) = span else {
            faults.add(place, "a span says either `months` or `basis = true`");
            continue;
        };
        if item.is_some_and(|item| spans.insert(item, span).is_some()) {
            faults.add(place, "this item has a span already");
        }
    }
    spans
}

/// A listed item that holds a day or a month.
fn dated(
    name: &At<'_, String>,
    listed: &Listed<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> Option<ItemNo> {
    let item = one(name, catalog, faults)?;
    if !listed.has(item.no) {
        faults.add(
            name.place,
            format!("`{}` is not listed in `items`", name.value),
        );
    }
    if !matches!(item.kind, ItemType::Date | ItemType::Month) {
        faults.add(
            name.place,
            format!("`{}` holds neither a day nor a month", name.value),
        );
    }
    Some(item.no)
}

/// In a match flow nothing but findings leaves a center, so that an item which no verdict and no
/// span needs has no business there. Where a class has no verdict at all, its record key stands for
/// "found or not".
pub(super) fn refuse_idle(
    listed: &Listed<'_>,
    needed: &BTreeSet<ItemNo>,
    catalog: &Catalog,
    faults: &mut Faults,
) {
    for (item, place) in listed
        .places
        .iter()
        .filter(|(item, _)| !needed.contains(item))
    {
        let is_key = catalog
            .item(*item)
            .is_some_and(|item| item.key == Some(KeyRole::Record));
        let alone = !needed.iter().any(|other| other.class() == item.class());
        if !(is_key && alone) {
            faults.add(
                *place,
                format!("`{item}` is more than a match needs: no verdict and no span uses it"),
            );
        }
    }
}

/// One item by number or name.
pub(super) fn one<'c>(
    name: &At<'_, String>,
    catalog: &'c Catalog,
    faults: &mut Faults,
) -> Option<&'c Item> {
    let numbered = name.value.parse().ok().and_then(|no| catalog.item(no));
    let item = numbered.or_else(|| catalog.item_named(&name.value));
    if item.is_none() {
        faults.add(name.place, unknown(&name.value, catalog));
    }
    item
}

/// The items behind `04.grzhzt`, `04-08` or `04.*`.
fn named<'c>(name: &At<'_, String>, catalog: &'c Catalog, faults: &mut Faults) -> Vec<&'c Item> {
    if let Some(class) = name.value.strip_suffix(".*") {
        return whole_class(class, name, catalog, faults);
    }
    match one(name, catalog, faults) {
        Some(item) if item.input_only => {
            let reason = format!("`{}` is passed on only and is never answered", name.value);
            faults.add(name.place, reason);
            Vec::new()
        }
        item => item.into_iter().collect(),
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
