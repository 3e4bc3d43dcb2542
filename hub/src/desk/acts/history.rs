//! What the log says of acts, newest first, a page at a time. The index finds the entries; what is
//! shown is what the journal says.

use std::ops::Range;

use anyhow::Context as _;
use audit::{Index, IndexKey, Journal, Order};
use dashboards::acts::ActShown;
use wire::Heading;

use super::{readable, shown};
use crate::ledger::entry::{Entry, Sheet};

/// Entries behind the index that are read one by one.
const TAIL_MAX: u64 = 2_000;
/// Entries of one page.
const PAGE_ENTRIES: usize = 25;
const KINDS: [&str; 2] = ["operator-act", "act-refused"];

/// A page, and where the next one begins.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) acts: Vec<ActShown>,
    pub(super) before: Option<u64>,
    /// Entries behind the index that nobody has read: acts among them are not here.
    pub(super) unread: u64,
}

pub(super) fn page(journal: &Journal, index: &Index, before: Option<u64>) -> anyhow::Result<Page> {
    let size = journal.size();
    let end = before.unwrap_or(u64::MAX).min(size);
    // What has left the folder of the log is found in its archive, not here.
    let range = journal.first().min(end)..end;
    let indexed = index.indexed_upto()?.clamp(journal.first(), size);
    let read_upto = size.min(indexed.saturating_add(TAIL_MAX));
    let mut numbers = written_since(journal, indexed..read_upto.min(end))?;
    for kind in KINDS {
        let key = IndexKey::new(format!("kind:{kind}")).context("a key is too long")?;
        let known = range.start..range.end.min(indexed);
        numbers.extend(index.lookup(&key, known, Order::NewestFirst, PAGE_ENTRIES)?);
    }
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.truncate(PAGE_ENTRIES);
    let is_full = numbers.len() == PAGE_ENTRIES;
    let acts = numbers.iter().filter_map(|number| read(journal, *number));
    Ok(Page {
        acts: acts.collect(),
        before: numbers.last().copied().filter(|_| is_full),
        unread: size.saturating_sub(read_upto),
    })
}

/// Entries of acts that the index has not yet.
fn written_since(journal: &Journal, stretch: Range<u64>) -> anyhow::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    if stretch.is_empty() {
        return Ok(numbers);
    }
    for entry in journal.scan(stretch.start) {
        let (number, bytes) = entry?;
        if number >= stretch.end {
            break;
        }
        let heading = Heading::read(&bytes);
        if heading.is_some_and(|heading| KINDS.contains(&heading.kind.as_str())) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

/// One entry, if it is of an act.
pub(super) fn read(journal: &Journal, number: u64) -> Option<ActShown> {
    let sheet = Sheet::decode(&journal.read(number).ok()?).ok()?;
    match sheet.entry {
        Entry::OperatorAct(act) => Some(shown(number, &sheet.at, &act)),
        Entry::ActRefused(refused) => Some(ActShown {
            number,
            at: readable(&sheet.at),
            act: refused.act,
            target: refused.target,
            refused: refused.code,
            staff: refused.staff,
            role: refused.roles.join(", "),
            ..ActShown::default()
        }),
        _ => None,
    }
}
