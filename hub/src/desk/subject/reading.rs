//! Finds what the log has about a pseudonym: by the index, and what was written since the index was
//! brought up by reading it. Each decision comes with its outcome.

use std::collections::BTreeMap;

use audit::{Index, IndexKey, Journal, Order};
use wire::Heading;

use super::ROWS_MAX;
use crate::ledger::entry::{Entry, Sheet};

/// Entries behind the index that are looked through; beyond that the page says that it is behind.
const TAIL_MAX: usize = 20_000;
/// Entries of one question: its decision, its end, and room.
const ENTRIES_PER_QUERY_MAX: usize = 4;
/// Archived entries that are counted.
const ARCHIVED_MAX: usize = 10_000;

/// One entry, as stored.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) number: u64,
    pub(super) bytes: Vec<u8>,
    /// None of one that cannot be read.
    pub(super) sheet: Option<Sheet>,
}

impl Leaf {
    /// One that is said to be about somebody, held against that: an index that proposes somebody
    /// else's entry is found out, and nothing is shown.
    fn about(journal: &Journal, number: u64, subject: &str) -> anyhow::Result<Self> {
        let leaf = Self::read(journal, number)?;
        let heading = Heading::read(&leaf.bytes);
        let fits = heading.is_some_and(|heading| heading.subject.as_str() == subject);
        anyhow::ensure!(
            fits,
            "the index proposes entry {number}, which is about somebody else"
        );
        Ok(leaf)
    }

    fn read(journal: &Journal, number: u64) -> anyhow::Result<Self> {
        let bytes = journal.read(number)?;
        let sheet = Sheet::decode(&bytes).ok();
        Ok(Self {
            number,
            bytes,
            sheet,
        })
    }
}

/// A page of entries.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Newest first, each with the end of its question.
    pub(super) entries: Vec<(Leaf, Option<Leaf>)>,
    pub(super) before: Option<u64>,
    pub(super) covers: (u64, u64),
    /// The entry behind the last that the index has; those behind it were read one by one.
    pub(super) indexed: u64,
    pub(super) is_behind: bool,
    pub(super) archived: u64,
}

impl Found {
    /// Every entry of the page, oldest first.
    pub(super) fn leaves(&self) -> Vec<&Leaf> {
        let pairs = self.entries.iter();
        let all = pairs.flat_map(|(entry, end)| [Some(entry), end.as_ref()]);
        let mut all: Vec<&Leaf> = all.flatten().collect();
        all.sort_unstable_by_key(|leaf| leaf.number);
        all.dedup_by_key(|leaf| leaf.number);
        all
    }
}

/// A page of what the log has about a pseudonym. Blocks.
pub(super) fn about(
    journal: &Journal,
    index: &Index,
    subject: &str,
    before: Option<u64>,
) -> anyhow::Result<Found> {
    let key = key("subject", subject)?;
    let (first, indexed) = (journal.first(), index.indexed_upto()?);
    let tail = Tail::read(journal, indexed, subject)?;
    let end = before.unwrap_or(u64::MAX);
    let wanted = ROWS_MAX.saturating_add(1);
    let newest = tail.about.iter().rev().copied().filter(|n| *n < end);
    let mut numbers: Vec<u64> = newest.take(wanted).collect();
    let known = first..end.min(indexed).max(first);
    let left = wanted.saturating_sub(numbers.len());
    numbers.extend(index.lookup(&key, known, Order::NewestFirst, left)?);
    let is_more = numbers.len() > ROWS_MAX;
    numbers.truncate(ROWS_MAX);
    let mut entries = Vec::with_capacity(numbers.len());
    for number in &numbers {
        let leaf = Leaf::about(journal, *number, subject)?;
        let end = end_of(journal, index, &tail, &leaf)?;
        entries.push((leaf, end));
    }
    let archived = index.lookup(&key, 0..first, Order::NewestFirst, ARCHIVED_MAX)?;
    Ok(Found {
        entries,
        before: numbers.last().copied().filter(|_| is_more),
        covers: (first, tail.end),
        indexed: indexed.clamp(first, tail.end),
        is_behind: tail.end < journal.size(),
        archived: u64::try_from(archived.len()).unwrap_or(u64::MAX),
    })
}

/// How a question ended, if the entry is its decision.
fn end_of(
    journal: &Journal,
    index: &Index,
    tail: &Tail,
    leaf: &Leaf,
) -> anyhow::Result<Option<Leaf>> {
    let Some(Entry::Decision(decision)) = leaf.sheet.as_ref().map(|sheet| &sheet.entry) else {
        return Ok(None);
    };
    let key = key("query", &decision.query)?;
    let later = leaf.number.saturating_add(1)..u64::MAX;
    let mut numbers = index.lookup(&key, later, Order::OldestFirst, ENTRIES_PER_QUERY_MAX)?;
    numbers.extend(tail.ends.get(&leaf.number).copied());
    for number in numbers {
        let end = Leaf::read(journal, number)?;
        let of = match end.sheet.as_ref().map(|sheet| &sheet.entry) {
            Some(Entry::Outcome(outcome)) => Some(outcome.decision),
            Some(Entry::Abandoned(abandoned)) => Some(abandoned.decision),
            _ => None,
        };
        if of == Some(leaf.number) {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// What was written since the index was brought up.
struct Tail {
    /// Entries about the subject, oldest first.
    about: Vec<u64>,
    /// Where questions ended, by their decision.
    ends: BTreeMap<u64, u64>,
    /// The entry behind the last one that was looked at.
    end: u64,
}

impl Tail {
    fn read(journal: &Journal, indexed: u64, subject: &str) -> anyhow::Result<Self> {
        let from = indexed.max(journal.first());
        let mut tail = Self {
            about: Vec::new(),
            ends: BTreeMap::new(),
            end: from,
        };
        for read in journal.scan(from).take(TAIL_MAX) {
            let (number, bytes) = read?;
            tail.end = number.saturating_add(1);
            let Some(heading) = Heading::read(&bytes) else {
                continue;
            };
            if heading.subject.as_str() == subject {
                tail.about.push(number);
            }
            if matches!(heading.kind.as_str(), "outcome" | "abandoned") {
                let sheet = Sheet::decode(&bytes).ok().map(|sheet| sheet.entry);
                let decision = match sheet {
                    Some(Entry::Outcome(outcome)) => outcome.decision,
                    Some(Entry::Abandoned(abandoned)) => abandoned.decision,
                    _ => continue,
                };
                tail.ends.insert(decision, number);
            }
        }
        Ok(tail)
    }
}

fn key(name: &str, value: &str) -> anyhow::Result<IndexKey> {
    let key = IndexKey::new(format!("{name}:{value}"));
    key.ok_or_else(|| anyhow::anyhow!("a key is too long"))
}
