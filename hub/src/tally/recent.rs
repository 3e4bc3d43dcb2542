//! The latest entries of each person, with what was remarkable about them: evidence for an alert.

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

use super::hour::Hour;

/// Entries remembered of each person.
const RECENT_MAX: usize = 64;

/// What was remarkable about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A question was allowed.
    Asked,
    /// A question was refused.
    Refused,
    /// By its case or a rule.
    Guarded,
    /// Outside office hours.
    OffHours,
    /// About somebody asked about on another case.
    Repeat,
    /// Right after another center.
    Coincidence,
    /// About another person than its case was used for before.
    AnotherSubject,
    /// Nothing was found.
    Miss,
}

#[derive(Debug, Clone, Copy)]
struct Noted {
    entry: u64,
    hour: Hour,
    marks: u8,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Recent(BTreeMap<u32, VecDeque<Noted>>);

impl Recent {
    pub(super) fn add(
        &mut self,
        person: u32,
        entry: u64,
        hour: Hour,
        marks: impl Iterator<Item = Mark>,
    ) {
        let noted = self.0.entry(person).or_default();
        if noted.len() >= RECENT_MAX {
            noted.pop_front();
        }
        let marks = marks.fold(0, |all, mark| all | bit(mark));
        noted.push_back(Noted { entry, hour, marks });
    }

    pub(super) fn mark(&mut self, person: u32, entry: u64, mark: Mark) {
        let noted = self.0.get_mut(&person).into_iter().flatten();
        let mut newest = noted.rev();
        if let Some(noted) = newest.find(|noted| noted.entry == entry) {
            noted.marks |= bit(mark);
        }
    }

    /// The newest entries of a person with a mark, oldest first.
    #[must_use]
    pub fn marked(
        &self,
        person: u32,
        mark: Mark,
        hours: &RangeInclusive<Hour>,
        max: usize,
    ) -> Vec<u64> {
        let noted = self.0.get(&person).into_iter().flatten().rev();
        let fitting = noted.filter(|n| n.marks & bit(mark) != 0 && hours.contains(&n.hour));
        let mut entries: Vec<u64> = fitting.take(max).map(|noted| noted.entry).collect();
        entries.reverse();
        entries
    }
}

const fn bit(mark: Mark) -> u8 {
    1 << mark as u8
}
