//! The latest entries of each person with each thing that was remarkable: evidence for an alert.
//! Each mark has a place of its own, so that many plain questions displace no rare one.

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

use super::hour::Hour;

/// Entries remembered of each person with each mark: as many as an alert names.
pub const RECENT_MAX: usize = 32;

/// What was remarkable about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A question was allowed.
    Asked,
    /// A question was refused by its case or a rule.
    Guarded,
    /// Outside office hours.
    OffHours,
    /// About somebody asked about on another case.
    Repeat,
    /// Right after another center.
    Coincidence,
    /// About another person than those asked about before on its case that day.
    AnotherSubject,
    /// Nothing was found.
    Miss,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Recent(BTreeMap<(u32, Mark), VecDeque<(u64, Hour)>>);

impl Recent {
    pub(super) fn mark(&mut self, person: u32, mark: Mark, (entry, hour): (u64, Hour)) {
        let noted = self.0.entry((person, mark)).or_default();
        if noted.len() >= RECENT_MAX {
            noted.pop_front();
        }
        noted.push_back((entry, hour));
    }

    /// The newest entries of a person with a mark, in the order of the log.
    #[must_use]
    pub fn marked(
        &self,
        person: u32,
        mark: Mark,
        hours: &RangeInclusive<Hour>,
        max: usize,
    ) -> Vec<u64> {
        let noted = self.0.get(&(person, mark)).into_iter().flatten().rev();
        let fitting = noted.filter(|(_, hour)| hours.contains(hour));
        let mut entries: Vec<u64> = fitting.take(max).map(|(entry, _)| *entry).collect();
        // What an outcome shows is marked when that comes.
        entries.sort_unstable();
        entries
    }
}
