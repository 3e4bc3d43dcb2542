//! What a flow says about houses. Refuses an item that would name whose house it is: records
//! found by a house may be a stranger's.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, Item, ItemNo, KeyRole, Sensitivity};

use super::items::{Listed, one};
use crate::fault::Faults;
use crate::flow::PartyRole;
use crate::section::Section;
use crate::verdict::{VerdictId, VerdictRule};

/// Items that may be answered about a house, held against who is asked about and what is judged.
pub(super) fn read(
    root: &mut Section<'_, '_>,
    (listed, catalog): (&Listed<'_>, &Catalog),
    (roles, verdicts): (&BTreeSet<PartyRole>, &BTreeMap<VerdictId, VerdictRule>),
    faults: &mut Faults,
) -> BTreeSet<ItemNo> {
    let items = items(root, listed, catalog, faults);
    check(root, roles, &items, verdicts, faults);
    items
}

fn items(
    root: &mut Section<'_, '_>,
    listed: &Listed<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> BTreeSet<ItemNo> {
    let mut items = BTreeSet::new();
    for name in root.texts_if_any("house", faults) {
        let Some(item) = one(&name, catalog, faults) else {
            continue;
        };
        let reason = if !listed.has(item.no) {
            Some("is answered about a house and is not listed in `items`")
        } else if names_somebody(item) {
            Some("would say whose house it is")
        } else {
            None
        };
        if let Some(reason) = reason {
            faults.add(name.place, format!("`{}` {reason}", name.value));
        }
        items.insert(item.no);
    }
    items
}

/// Whether an item leads to the person of a record.
fn names_somebody(item: &Item) -> bool {
    item.key == Some(KeyRole::Subject) || item.sensitivity == Sensitivity::L4
}

/// What is said about houses needs houses to be asked about, and the other way round.
fn check(
    root: &Section<'_, '_>,
    roles: &BTreeSet<PartyRole>,
    items: &BTreeSet<ItemNo>,
    verdicts: &BTreeMap<VerdictId, VerdictRule>,
    faults: &mut Faults,
) {
    let says_something = !items.is_empty() || verdicts.values().any(|rule| rule.house);
    match (roles.contains(&PartyRole::House), says_something) {
        (true, false) => faults.add(
            root.place(),
            "a flow that asks about a house has a verdict with `house = true`, or items in `house`",
        ),
        (false, true) => faults.add(
            root.place(),
            "what is said about a house needs the role `house`",
        ),
        _ => {}
    }
}
