//! A search: the stretch of the log that its time is, what the index has of it, what the log has
//! beyond the index, and the page that comes of it.

use std::ops::Range;

use anyhow::Context as _;
use audit::index::LOOKUP_MAX;
use audit::{Journal, Order};
use dashboards::audit::{Found, Row, Total};
use wire::Heading;

use super::terms::Terms;
use super::{Shelf, row, span};

/// Entries of one page.
pub(super) const PAGE_ENTRIES: usize = 50;
/// Entries are counted so far.
const COUNTED_MAX: usize = 1_000;
/// Entries behind the end of the index that are read one by one; it is never so far behind unless
/// it is being built anew, and then the page says up to where its result is complete.
pub(super) const TAIL_ENTRIES_MAX: u64 = 20_000;

/// A search under way.
#[derive(Debug)]
pub(super) struct Search<'s> {
    pub(super) shelf: &'s Shelf,
    pub(super) terms: &'s Terms,
    /// The entries of the time that is searched.
    pub(super) range: Range<u64>,
    /// Entries that the index has.
    pub(super) indexed: u64,
    /// Entries up to which the result is complete.
    pub(super) complete_upto: u64,
    /// Those that fit and are not indexed yet, oldest first.
    tail: Vec<u64>,
}

/// What a page needs.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) found: Found,
    pub(super) indexed: u64,
    pub(super) complete_upto: u64,
}

impl<'s> Search<'s> {
    pub(super) fn begin(shelf: &'s Shelf, terms: &'s Terms) -> anyhow::Result<Self> {
        let whole = shelf.journal.first()..shelf.size;
        let begin = match &terms.from {
            Some(from) => first_at(&shelf.journal, whole.clone(), from)?,
            None => whole.start,
        };
        let end = match &terms.to {
            Some(to) => first_at(&shelf.journal, begin..whole.end, to)?,
            None => whole.end,
        };
        let indexed = shelf.index.indexed_upto()?.min(shelf.size);
        let complete_upto = shelf.size.min(indexed.saturating_add(shelf.tail_max));
        let mut search = Self {
            shelf,
            terms,
            range: begin..end,
            indexed,
            complete_upto,
            tail: Vec::new(),
        };
        if !terms.keys.is_empty() {
            let unindexed = begin.max(indexed)..end.min(complete_upto);
            search.tail = search.read(unindexed, |heading| terms.fits(heading))?;
        }
        Ok(search)
    }

    /// Up to which entry of its time the index and the reading behind it came; none where that is
    /// all of it.
    pub(super) fn is_behind_from(&self) -> Option<u64> {
        let is_behind = self.complete_upto < self.range.end;
        is_behind.then(|| self.complete_upto.max(self.range.start))
    }

    /// Up to which entry its result is complete; none where it is whole. Without keys the index is
    /// not asked.
    pub(super) fn is_cut_from(&self) -> Option<u64> {
        self.is_behind_from()
            .filter(|_| !self.terms.keys.is_empty())
    }

    /// Entries before this number lie in the archive, and its time may reach there; 0 if not.
    pub(super) fn archived(&self) -> u64 {
        let first = self.shelf.journal.first();
        if self.range.start == first { first } else { 0 }
    }

    /// The entries of a stretch that are as wanted, read one by one.
    pub(super) fn read(
        &self,
        stretch: Range<u64>,
        is_wanted: impl Fn(&Heading<'_>) -> bool,
    ) -> anyhow::Result<Vec<u64>> {
        let mut wanted = Vec::new();
        if stretch.is_empty() {
            return Ok(wanted);
        }
        for read in self.shelf.journal.scan(stretch.start) {
            let (number, bytes) = read?;
            if number >= stretch.end {
                break;
            }
            let heading = Heading::read(&bytes);
            if heading.is_some_and(|heading| is_wanted(&heading)) {
                wanted.push(number);
            }
        }
        Ok(wanted)
    }

    /// The entries of a part of the time that fit, in order, so many at the most.
    pub(super) fn numbers(&self, part: Range<u64>, limit: usize) -> anyhow::Result<Vec<u64>> {
        let part = part.start.max(self.range.start)..part.end.min(self.range.end);
        let order = self.terms.order();
        if part.is_empty() {
            return Ok(Vec::new());
        }
        if self.terms.keys.is_empty() {
            return Ok(match order {
                Order::OldestFirst => part.take(limit).collect(),
                Order::NewestFirst => part.rev().take(limit).collect(),
            });
        }
        let Some(keys) = self.terms.index_keys() else {
            return Ok(Vec::new());
        };
        let (index, upto) = (&self.shelf.index, self.indexed.min(part.end));
        let mut indexed = Vec::new();
        let mut rest = part.start..upto;
        // The index gives so many at once and no more.
        while indexed.len() < limit && !rest.is_empty() {
            let wanted = (limit - indexed.len()).min(LOOKUP_MAX);
            let more = index.lookup_all(&keys, rest.clone(), order, wanted)?;
            match (more.last(), order) {
                (Some(last), Order::OldestFirst) => rest.start = last.saturating_add(1),
                (Some(last), Order::NewestFirst) => rest.end = *last,
                (None, _) => {}
            }
            let is_all = more.len() < wanted;
            indexed.extend(more);
            if is_all {
                break;
            }
        }
        let tail = self
            .tail
            .iter()
            .copied()
            .filter(|number| part.contains(number));
        let mut numbers = match order {
            Order::OldestFirst => {
                indexed.extend(tail);
                indexed
            }
            Order::NewestFirst => tail.rev().chain(indexed).collect(),
        };
        numbers.truncate(limit);
        Ok(numbers)
    }

    /// The part that the page asked for begins in.
    fn rest(&self) -> Range<u64> {
        let Range { mut start, mut end } = self.range;
        if let Some(before) = self.terms.before {
            end = end.min(before);
        }
        if let Some(after) = self.terms.after {
            start = start.max(after.saturating_add(1));
        }
        start..end
    }

    pub(super) fn page(&self) -> anyhow::Result<Page> {
        let is_first = self.rest() == self.range;
        let counted = if self.terms.keys.is_empty() {
            Vec::new()
        } else {
            self.numbers(self.range.clone(), COUNTED_MAX.saturating_add(1))?
        };
        let mut numbers = if is_first && !self.terms.keys.is_empty() {
            counted.iter().copied().take(PAGE_ENTRIES + 1).collect()
        } else {
            self.numbers(self.rest(), PAGE_ENTRIES + 1)?
        };
        let has_more = numbers.len() > PAGE_ENTRIES;
        numbers.truncate(PAGE_ENTRIES);
        let rows = numbers.iter().map(|number| self.row(*number));
        let rows = rows.collect::<anyhow::Result<Vec<_>>>()?;
        let mut total = if self.terms.keys.is_empty() {
            Total::Exactly(self.range.end.saturating_sub(self.range.start))
        } else if counted.len() > COUNTED_MAX {
            Total::AtLeast(COUNTED_MAX as u64)
        } else {
            Total::Exactly(counted.len() as u64)
        };
        let span = if self.terms.is_timed() {
            let (span, exactly) = span::of(self)?;
            total = exactly.map_or(total, Total::Exactly);
            Some(span)
        } else {
            None
        };
        let found = Found {
            rows,
            total,
            has_more,
            span,
        };
        Ok(Page {
            found,
            indexed: self.indexed,
            complete_upto: self.complete_upto,
        })
    }

    /// An entry that the index proposed, read and held against the terms.
    pub(super) fn bytes(&self, number: u64) -> anyhow::Result<Vec<u8>> {
        let bytes = self.shelf.journal.read(number)?;
        let fits = match Heading::read(&bytes) {
            Some(heading) => self.terms.fits(&heading),
            None => self.terms.keys.is_empty(),
        };
        anyhow::ensure!(
            fits,
            "the index proposes entry {number}, which does not fit"
        );
        Ok(bytes)
    }

    fn row(&self, number: u64) -> anyhow::Result<Row> {
        Ok(row::of(number, &self.bytes(number)?))
    }
}

/// The first entry in `range` that is not before `moment`; times in the log never go back.
fn first_at(journal: &Journal, range: Range<u64>, moment: &str) -> anyhow::Result<u64> {
    let Range { mut start, mut end } = range;
    while start < end {
        let middle = start + (end - start) / 2;
        if at_of(journal, middle)?.as_str() < moment {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    Ok(start)
}

/// When an entry was written, in its own words.
pub(super) fn at_of(journal: &Journal, number: u64) -> anyhow::Result<String> {
    let bytes = journal.read(number)?;
    let heading = Heading::read(&bytes);
    let heading = heading.with_context(|| format!("entry {number} is none of this version"))?;
    Ok(heading.at.to_string())
}
