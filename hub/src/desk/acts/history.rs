//! What the log says of acts, newest first, a page at a time. The index finds the entries; what is
//! shown is what the journal says.

use anyhow::Context as _;
use audit::{Index, IndexKey, Journal, Order};
use dashboards::acts::ActShown;

use super::{readable, shown};
use crate::ledger::entry::{Entry, Sheet};

/// Entries of one page.
const PAGE_ENTRIES: usize = 25;
const KINDS: [&str; 2] = ["kind:operator-act", "kind:act-refused"];

/// A page, and where the next one begins.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) acts: Vec<ActShown>,
    pub(super) before: Option<u64>,
}

pub(super) fn page(journal: &Journal, index: &Index, before: Option<u64>) -> anyhow::Result<Page> {
    let end = before.unwrap_or(u64::MAX).min(journal.size());
    // What has left the folder of the log is found in its archive, not here.
    let range = journal.first().min(end)..end;
    let mut numbers = Vec::new();
    for kind in KINDS {
        let key = IndexKey::new(kind).context("a key is too long")?;
        numbers.extend(index.lookup(&key, range.clone(), Order::NewestFirst, PAGE_ENTRIES)?);
    }
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.truncate(PAGE_ENTRIES);
    let is_full = numbers.len() == PAGE_ENTRIES;
    let acts = numbers.iter().filter_map(|number| read(journal, *number));
    Ok(Page {
        acts: acts.collect(),
        before: numbers.last().copied().filter(|_| is_full),
    })
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
