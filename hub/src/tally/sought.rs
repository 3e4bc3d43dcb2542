//! Who is asked about by many: by day and person, how many operators had asked about that person by
//! then, within the days that are looked at. Two days long, and only where more than one did.

use std::collections::BTreeMap;

use super::hour::Day;
use super::pseudonym::Pseudonym;

/// Persons of a day that are held; the oldest day's go first.
const HELD_MAX: usize = 100_000;

/// See the module.
#[derive(Debug, Default)]
pub struct Sought(BTreeMap<(Day, Pseudonym), u32>);

impl Sought {
    /// Notes that so many had asked about a person when somebody else asked on a day.
    pub(super) fn note(&mut self, day: Day, whom: Pseudonym, operators: u32) {
        let kept = day.back(1);
        while self
            .0
            .first_key_value()
            .is_some_and(|(key, _)| key.0 < kept)
        {
            self.0.pop_first();
        }
        if operators < 2 {
            return;
        }
        self.0.insert((day, whom), operators);
        if self.0.len() > HELD_MAX {
            self.0.pop_first();
        }
    }

    /// Everybody about whom somebody else asked on a day: today or yesterday.
    pub(super) fn of(&self, day: Day) -> impl Iterator<Item = (Pseudonym, u32)> {
        let (first, last) = (Pseudonym::FIRST, Pseudonym::LAST);
        let of_day = self.0.range((day, first)..=(day, last));
        of_day.map(|((_, whom), operators)| (*whom, *operators))
    }
}

/// A person whom many asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoughtPerson {
    /// Who.
    pub whom: Pseudonym,
    /// How many operators asked.
    pub operators: usize,
    /// Of how many centers.
    pub centers: usize,
    /// On how many cases, by operator.
    pub cases: usize,
}
