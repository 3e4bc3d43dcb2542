//! How many persons somebody asked about on one case on one day: by day, person and case, two days
//! long. What others asked on the case, or on other days, is nothing of theirs.

use std::collections::BTreeMap;

use super::hour::Day;
use super::pseudonym::Pseudonym;

/// Persons told apart on one case of a day; a rule's bound lies below.
pub const SUBJECTS_MAX: usize = 16;
/// Cases of a person and a day that are held; the oldest day's go first.
const HELD_MAX: usize = 250_000;

/// See the module.
#[derive(Debug, Default)]
pub struct Crowds(BTreeMap<(u32, u32, u64), Vec<Pseudonym>>);

impl Crowds {
    /// Counts a question. Whether it is about another person than those asked about before, by the
    /// same person on this case and day.
    pub(super) fn asked(
        &mut self,
        (day, person, case): (Day, u32, u64),
        subject: Option<Pseudonym>,
    ) -> bool {
        let kept = (day.back(1).number(), 0, 0);
        while self.0.first_key_value().is_some_and(|(key, _)| *key < kept) {
            self.0.pop_first();
        }
        let Some(subject) = subject else { return false };
        let key = (day.number(), person, case);
        let subjects = self.0.entry(key).or_default();
        let is_new = !subjects.contains(&subject);
        let is_another = is_new && !subjects.is_empty();
        if is_new && subjects.len() < SUBJECTS_MAX {
            subjects.push(subject);
        }
        if self.0.len() > HELD_MAX {
            self.0.pop_first();
        }
        is_another
    }

    /// The most persons on one case of a day, by whoever asked.
    pub(super) fn most(&self, day: Day) -> BTreeMap<u32, usize> {
        let range = (day.number(), 0, 0)..=(day.number(), u32::MAX, u64::MAX);
        let mut most: BTreeMap<u32, usize> = BTreeMap::new();
        for ((_, person, _), subjects) in self.0.range(range) {
            let of_person = most.entry(*person).or_default();
            *of_person = subjects.len().max(*of_person);
        }
        most
    }
}
