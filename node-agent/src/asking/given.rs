//! Values that a question passes on to a source, such as the number and password of a contract:
//! input only. They are checked, put into the payload and wiped; they are never returned, kept or
//! logged. What the case itself says of a person is taken from the case and from nobody else.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, ClassNo, Item, ItemNo, Subject};
use policies::Flow;
use serde::Deserialize;
use wire::RefusalCode;
use wire::convert::Given;
use zeroize::{Zeroize as _, Zeroizing};

use crate::translate::Party;

/// Longest value that is looked at, in bytes.
const VALUE_BYTES_MAX: usize = 1_024;

/// Values as a local system names them: by `12.wqhth` or `12-02`.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct GivenBody(BTreeMap<String, String>);

impl GivenBody {
    /// Whether nothing is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for GivenBody {
    fn drop(&mut self) {
        self.0.values_mut().for_each(|value| value.zeroize());
    }
}

/// Shows nothing: a request may be logged.
impl std::fmt::Debug for GivenBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GivenBody(..)")
    }
}

/// What the question passes on: what the local system gives, and beside it what the case says of
/// the party. Without a word of the local system about a class, nothing is passed on for it.
pub(super) fn read(
    catalog: &Catalog,
    flow: &Flow,
    party: &Party,
    wanted: &BTreeSet<ClassNo>,
    body: Option<&GivenBody>,
) -> Result<Given, RefusalCode> {
    let mut given = Given::default();
    for (name, text) in body.iter().flat_map(|body| &body.0) {
        let item = named(catalog, name).ok_or(RefusalCode::ItemUnknown)?;
        if !flow.gives.contains(&item.no) {
            return Err(RefusalCode::ItemOutsideFlow);
        }
        if !wanted.contains(&item.no.class()) || given.contains_key(&item.no) {
            return Err(RefusalCode::AskMalformed);
        }
        let text = text.trim();
        if text.len() > VALUE_BYTES_MAX {
            return Err(RefusalCode::GivenMalformed);
        }
        if stated(item, party).is_some_and(|stated| *stated != text) {
            return Err(RefusalCode::CaseSubject);
        }
        let value = catalog.parse_value(item.no, text);
        given.insert(item.no, value.map_err(|_| RefusalCode::GivenMalformed)?);
    }
    let classes: BTreeSet<ClassNo> = given.keys().map(|item| item.class()).collect();
    let of_case = flow.gives.iter().filter(|no| classes.contains(&no.class()));
    for item in of_case.filter_map(|no| catalog.item(*no)) {
        // What the case says and the catalog does not take is not passed on: the source then says
        // what it lacks.
        let stated = stated(item, party).and_then(|text| catalog.parse_value(item.no, &text).ok());
        if let Some(value) = stated {
            given.insert(item.no, value);
        }
    }
    Ok(given)
}

fn named<'c>(catalog: &'c Catalog, name: &str) -> Option<&'c Item> {
    let by_number = || {
        let no: ItemNo = name.parse().ok()?;
        catalog.item(no)
    };
    catalog.item_named(name).or_else(by_number)
}

/// What the case says of a buyer: name, type and number of the document.
fn stated(item: &Item, party: &Party) -> Option<Zeroizing<String>> {
    let text = match (item.no.class().get(), item.code.as_str(), &party.id) {
        (12, "gfrxm", _) => party.name.trim().to_owned(),
        (12, "gfrzjlx", Subject::Person(person)) => person.id_type().to_owned(),
        (12, "gfrzjhm", Subject::Person(person)) => person.number().to_owned(),
        _ => return None,
    };
    (!text.is_empty()).then(|| Zeroizing::new(text))
}

#[cfg(test)]
mod tests;
