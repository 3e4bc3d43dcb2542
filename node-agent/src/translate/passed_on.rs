//! Values that a question passes on to a source: which ones a mapping needs, and that a secret
//! among them goes out and never comes back.

use std::collections::BTreeSet;

use catalog::{Catalog, Class, ItemNo, Value};
use wire::convert::Given;

use super::faults::FileFaults;
use super::origin::Origin;
use super::source::{Cell, Rows};

/// Shorter secrets turn up in other texts by chance; they are only known as a whole.
const SECRET_CHARS_MIN: usize = 4;
/// Of sources that take nothing from a question but whom it is about.
static NOTHING_GIVEN: BTreeSet<ItemNo> = BTreeSet::new();

impl Origin {
    /// Items whose values the question must pass on.
    pub(crate) fn given(&self) -> &BTreeSet<ItemNo> {
        match self {
            Self::Rest { call, .. } => call.given(),
            Self::Soap { call, .. } => call.given(),
            Self::Sql { .. } | Self::File { .. } => &NOTHING_GIVEN,
        }
    }
}

/// Every item that a mapping passes on is an item of its class.
pub(crate) fn check_given(
    given: &BTreeSet<ItemNo>,
    class: Option<&Class>,
    faults: &mut FileFaults,
) {
    let Some(class) = class else { return };
    for item in given.iter().filter(|item| class.item(**item).is_none()) {
        faults.file(format!("`{{given:{item}}}` is no item of this class"));
    }
}

/// Takes an input-only value that a source echoes out of its rows, so that it is neither answered
/// nor kept among what was withheld.
pub(crate) fn without_secrets(catalog: &Catalog, given: &Given, rows: &mut Rows) {
    let secrets = given.iter().filter_map(|(no, value)| {
        let is_secret = catalog.item(*no).is_some_and(|item| item.input_only);
        match value {
            Value::Text(text) if is_secret => Some(text),
            _ => None,
        }
    });
    let secrets: Vec<&String> = secrets.collect();
    if secrets.is_empty() {
        return;
    }
    for cell in rows.rows.iter_mut().flatten() {
        let Cell::Text(text) = cell else { continue };
        let holds = |secret: &&String| {
            let is_telling = secret.chars().count() >= SECRET_CHARS_MIN;
            text.trim() == secret.as_str() || (is_telling && text.contains(secret.as_str()))
        };
        if secrets.iter().any(holds) {
            *cell = Cell::Undecodable;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
