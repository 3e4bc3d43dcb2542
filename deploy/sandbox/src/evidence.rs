//! Reading a log from outside, beside its living writer, the way an auditor does. It refuses a log
//! that does not verify: every reading is a verification of every byte.

use std::collections::BTreeSet;
use std::path::Path;

use audit::verify::{verify_receipts, visit_dir};
use audit::{Receipt, Verified, VerifyError};
use serde_json::Value;

/// A verified log with its entries.
#[derive(Debug)]
pub struct LogBook {
    /// What the verification found.
    pub verified: Verified,
    /// The entries; their place is their index.
    pub entries: Vec<Value>,
}

impl LogBook {
    /// Verifies and reads the log in `dir`.
    ///
    /// # Errors
    /// The log does not verify.
    pub fn read(dir: &Path) -> Result<Self, VerifyError> {
        let mut entries = Vec::new();
        let verified = visit_dir(
            dir,
            // Bytes that are no JSON are kept as nothing, so that places stay indexes.
            |_, bytes| entries.push(serde_json::from_slice(bytes).unwrap_or(Value::Null)),
            |_| {},
        )?;
        Ok(Self { verified, entries })
    }

    /// Entries of one kind with their indexes.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = (u64, &Value)> {
        let kind = kind.to_owned();
        (0..)
            .zip(&self.entries)
            .filter(move |(_, entry)| text(entry, "kind") == kind)
    }

    /// The index of the last entry of a kind that carries a text in a field.
    #[must_use]
    pub fn last(&self, kind: &str, field: &str, value: &str) -> Option<u64> {
        let fits = |(_, entry): &(u64, &Value)| text(entry, field) == value;
        self.of_kind(kind)
            .filter(fits)
            .map(|(index, _)| index)
            .last()
    }

    /// Decisions that have neither an outcome nor been closed as abandoned.
    #[must_use]
    pub fn open_decisions(&self) -> Vec<u64> {
        let closed: BTreeSet<u64> = self
            .of_kind("outcome")
            .chain(self.of_kind("abandoned"))
            .filter_map(|(_, entry)| entry.get("decision")?.as_u64())
            .collect();
        let decisions = self.of_kind("decision").map(|(index, _)| index);
        decisions.filter(|index| !closed.contains(index)).collect()
    }
}

/// A text field of an entry; empty when it has none.
#[must_use]
pub fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Verifies the log in `dir` and that it honours every receipt.
///
/// # Errors
/// The damage, or the first receipt that is not honoured.
pub fn honours(dir: &Path, receipts: &[Receipt]) -> Result<Verified, VerifyError> {
    verify_receipts(dir, receipts, |_| {})
}

/// Receipts as `tianshu audit verify --receipts` takes them: one JSON object a line.
#[must_use]
pub fn as_lines(receipts: &[Receipt]) -> String {
    let lines = receipts
        .iter()
        .filter_map(|receipt| serde_json::to_string(receipt).ok());
    lines.map(|line| line + "\n").collect()
}
