//! What the log says of acts, newest first, a page at a time. The index finds the entries; what is
//! shown is what the journal says.

use audit::{Index, IndexKey, Journal, Order};
use serde_json::Value;

/// Entries of one page.
const PAGE_ENTRIES: usize = 50;
const KINDS: [&str; 3] = [
    "kind:operator-act",
    "kind:act-refused",
    "kind:staff-signed-in",
];

/// A page, and where the next one begins.
#[derive(Debug)]
pub(super) struct HistoryPage {
    pub(super) entries: Vec<Value>,
    pub(super) before: Option<u64>,
}

pub(super) fn page(
    journal: &Journal,
    index: &Index,
    before: Option<u64>,
) -> anyhow::Result<HistoryPage> {
    let end = before.unwrap_or(u64::MAX).min(journal.size());
    let mut numbers = Vec::new();
    for kind in KINDS {
        let key = IndexKey::new(kind).ok_or_else(|| anyhow::anyhow!("a key is too long"))?;
        numbers.extend(index.lookup(&key, 0..end, Order::NewestFirst, PAGE_ENTRIES)?);
    }
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.truncate(PAGE_ENTRIES);
    let mut entries = Vec::new();
    for number in &numbers {
        let mut entry: Value = serde_json::from_slice(&journal.read(*number)?)?;
        if let Some(fields) = entry.as_object_mut() {
            fields.remove("salt");
            fields.remove("v");
            fields.insert("number".to_owned(), (*number).into());
        }
        entries.push(entry);
    }
    let is_full = numbers.len() == PAGE_ENTRIES;
    Ok(HistoryPage {
        entries,
        before: numbers.last().copied().filter(|_| is_full),
    })
}
