//! Who asked about whom on which case: what tells a repeated look-up, a coincidence of two centers,
//! and a case that was asked on and never answered.
//!
//! The hub knows a case by its questions alone: that it was opened, and whether the business behind
//! it came to an end, only the center's own agent and system know.

use std::cmp::Reverse;
use std::collections::HashMap;

use time::{Duration, OffsetDateTime};

use super::crowds::SUBJECTS_MAX;
use super::hour::{Day, Hour};
use super::pseudonym::Pseudonym;
use super::sought::SoughtPerson;

/// How long a case and who was asked about on it are remembered.
const KEPT: Duration = Duration::days(KEPT_DAYS as i64);
/// How many days of sightings are kept.
pub const KEPT_DAYS: u32 = 35;
/// Sightings remembered; beyond them the older half goes, as beyond the cases.
const SIGHTINGS_MAX: usize = 500_000;
/// Sightings of one person, by cases; the oldest goes first. A rule's bound lies below.
pub const OF_SUBJECT_MAX: usize = 64;

/// A question, as it is entered here.
pub(super) struct Ask<'a> {
    pub(super) entry: u64,
    pub(super) at: OffsetDateTime,
    pub(super) center: u16,
    pub(super) person: u32,
    pub(super) line: u32,
    pub(super) case: u64,
    pub(super) number: &'a str,
    pub(super) subject: Option<Pseudonym>,
}

/// What a question is besides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) is_repeat: bool,
    pub(super) is_coincidence: bool,
    /// How many operators asked about the person within the days that are looked at, where this
    /// question was the first of its operator on its case.
    pub(super) operators: u32,
}

/// A case, as its questions show it.
#[derive(Debug, Clone)]
pub struct CaseSeen {
    /// Its number in the center's business system.
    pub number: String,
    /// Who asked first.
    pub person: u32,
    /// On which line.
    pub line: u32,
    /// Its first question.
    pub entry: u64,
    /// When that was.
    pub first: OffsetDateTime,
    /// When the last was.
    pub last: OffsetDateTime,
    /// Questions.
    pub asks: u32,
    /// Whether any of them was answered, be it that there is no record.
    pub is_answered: bool,
    subjects: Vec<Pseudonym>,
}

impl CaseSeen {
    /// How many persons were asked about on it; told apart up to a bound.
    #[must_use]
    pub fn subjects(&self) -> usize {
        self.subjects.len()
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    pub(super) center: u16,
    pub(super) person: u32,
    pub(super) case: u64,
    pub(super) first: OffsetDateTime,
    /// The question of that moment.
    pub(super) entry: u64,
}

impl Sighting {
    fn day(&self) -> Day {
        Hour::of(self.first).day()
    }
}

/// See the module.
#[derive(Debug)]
pub struct Sightings {
    cases_max: usize,
    cases: HashMap<u64, CaseSeen>,
    subjects: HashMap<Pseudonym, Vec<Sighting>>,
    /// In all subjects.
    sightings: usize,
    /// Nothing before it is remembered.
    from: Option<OffsetDateTime>,
    swept: Option<time::Date>,
}

impl Sightings {
    /// Nothing seen; beyond so many cases the older half goes.
    #[must_use]
    pub fn new(cases_max: usize) -> Self {
        Self {
            cases_max,
            cases: HashMap::new(),
            subjects: HashMap::new(),
            sightings: 0,
            from: None,
            swept: None,
        }
    }

    /// A question on a case about many: of the persons no more is remembered than how many.
    pub(super) fn asked_of_many(&mut self, ask: &Ask<'_>) {
        self.sweep(ask.at);
        self.on_case(ask);
    }

    /// The case of a question, and whom it was about.
    fn on_case(&mut self, ask: &Ask<'_>) -> Option<Pseudonym> {
        let case = self.cases.entry(ask.case).or_insert_with(|| CaseSeen {
            number: ask.number.to_owned(),
            person: ask.person,
            line: ask.line,
            entry: ask.entry,
            first: ask.at,
            last: ask.at,
            asks: 0,
            is_answered: false,
            subjects: Vec::new(),
        });
        case.last = ask.at;
        case.asks = case.asks.saturating_add(1);
        let subject = ask.subject?;
        let is_new = !case.subjects.contains(&subject);
        if is_new && case.subjects.len() < SUBJECTS_MAX {
            case.subjects.push(subject);
        }
        Some(subject)
    }

    /// A question about one person; `soon` is right after, `days` are looked back for others.
    pub(super) fn asked(&mut self, ask: &Ask<'_>, (soon, days): (Duration, u32)) -> Found {
        self.sweep(ask.at);
        let Some(subject) = self.on_case(ask) else {
            return Found::default();
        };
        let seen = self.subjects.entry(subject).or_default();
        let is_first = !seen
            .iter()
            .any(|s| s.case == ask.case && s.person == ask.person);
        let is_repeat = seen
            .iter()
            .any(|s| s.person == ask.person && s.case != ask.case);
        let is_soon = |s: &Sighting| s.center != ask.center && ask.at - s.first <= soon;
        let is_coincidence = is_first && seen.iter().any(is_soon);
        if is_first {
            if seen.len() >= OF_SUBJECT_MAX {
                seen.remove(0);
                self.sightings = self.sightings.saturating_sub(1);
            }
            seen.push(Sighting {
                center: ask.center,
                person: ask.person,
                case: ask.case,
                first: ask.at,
                entry: ask.entry,
            });
            self.sightings = self.sightings.saturating_add(1);
        }
        let from = Hour::of(ask.at).day().back(days.saturating_sub(1));
        let operators = if is_first { operators(seen, from) } else { 0 };
        Found {
            is_repeat,
            is_coincidence,
            operators: u32::try_from(operators).unwrap_or(u32::MAX),
        }
    }

    /// Who asked about a person on some days: number of the operator, the first entry on each case.
    pub(super) fn about(&self, whom: Pseudonym, (from, to): (Day, Day)) -> Vec<(u32, u64)> {
        let seen = self.subjects.get(&whom).into_iter().flatten();
        let within = seen.filter(|sighting| (from..=to).contains(&sighting.day()));
        within
            .map(|sighting| (sighting.person, sighting.entry))
            .collect()
    }

    /// Who was asked about by more than one since a day, the most operators first; of one center's
    /// operators where it is given.
    pub(super) fn most(&self, from: Day, center: Option<u16>, max: usize) -> Vec<SoughtPerson> {
        let is_wanted = |s: &&Sighting| center.is_none_or(|center| center == s.center);
        let mut rows = Vec::new();
        let (mut operators, mut centers) = (Vec::new(), Vec::new());
        for (whom, seen) in self.subjects.iter().filter(|(_, seen)| seen.len() > 1) {
            operators.clear();
            centers.clear();
            let mut cases = 0;
            for sighting in seen.iter().filter(|s| s.day() >= from).filter(is_wanted) {
                note(&mut operators, sighting.person);
                note(&mut centers, sighting.center);
                cases += 1;
            }
            if operators.len() > 1 {
                rows.push(SoughtPerson {
                    whom: *whom,
                    operators: operators.len(),
                    centers: centers.len(),
                    cases,
                });
            }
        }
        rows.sort_unstable_by_key(|row| (Reverse((row.operators, row.cases)), row.whom));
        rows.truncate(max);
        rows
    }

    pub(super) fn answered(&mut self, case: u64) {
        if let Some(case) = self.cases.get_mut(&case) {
            case.is_answered = true;
        }
    }

    /// Sightings that are remembered.
    #[cfg(test)]
    pub(super) const fn sighted(&self) -> usize {
        self.sightings
    }

    /// Who asked about somebody, on which case, the oldest first.
    pub(super) fn of(&self, whom: Pseudonym) -> &[Sighting] {
        self.subjects.get(&whom).map_or(&[], Vec::as_slice)
    }

    /// The cases that are remembered.
    pub fn cases(&self) -> impl Iterator<Item = &CaseSeen> {
        self.cases.values()
    }

    /// Nothing before it is remembered; none while everything is.
    #[must_use]
    pub fn from(&self) -> Option<OffsetDateTime> {
        self.from
    }

    /// Lets go what is too old once a day, and the older half where there is too much.
    fn sweep(&mut self, now: OffsetDateTime) {
        if self.swept != Some(now.date()) {
            self.swept = Some(now.date());
            self.forget(now - KEPT);
        }
        while self.cases.len() >= self.cases_max || self.sightings >= SIGHTINGS_MAX {
            let from = self.from.unwrap_or(now - KEPT);
            let left = now - from;
            // What came within one second cannot be halved.
            let cut = if left <= Duration::SECOND {
                now + Duration::SECOND
            } else {
                from + left / 2
            };
            self.forget(cut);
        }
    }

    fn forget(&mut self, before: OffsetDateTime) {
        let held = self.cases.len();
        self.cases.retain(|_, case| case.last >= before);
        let mut kept = 0_usize;
        self.subjects.retain(|_, seen| {
            seen.retain(|sighting| sighting.first >= before);
            kept = kept.saturating_add(seen.len());
            !seen.is_empty()
        });
        if held != self.cases.len() || kept != self.sightings || self.from.is_some() {
            self.from = Some(before);
        }
        self.sightings = kept;
    }
}

/// How many operators were seen since a day.
fn operators(seen: &[Sighting], from: Day) -> usize {
    let mut operators = Vec::new();
    for sighting in seen.iter().filter(|sighting| sighting.day() >= from) {
        note(&mut operators, sighting.person);
    }
    operators.len()
}

/// Adds what is not there. There are 64 at the most.
fn note<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}
