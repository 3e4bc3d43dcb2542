//! Who asked about whom on which case: what tells a repeated look-up, a coincidence of two centers,
//! and a case that was asked on and never answered.
//!
//! The hub knows a case by its questions alone: that it was opened, and whether the business behind
//! it came to an end, only the center's own agent and system know.

use std::collections::HashMap;

use time::{Duration, OffsetDateTime};

use super::crowds::SUBJECTS_MAX;

/// How long a case and who was asked about on it are remembered.
const KEPT: Duration = Duration::days(35);
/// Cases and sightings remembered; beyond them the older half goes.
const CASES_MAX: usize = 250_000;
const SIGHTINGS_MAX: usize = 500_000;
/// Sightings of one person, by cases; the oldest goes first.
const OF_SUBJECT_MAX: usize = 64;

/// A question, as it is entered here.
pub(super) struct Ask<'a> {
    pub(super) entry: u64,
    pub(super) at: OffsetDateTime,
    pub(super) center: u16,
    pub(super) person: u32,
    pub(super) line: u32,
    pub(super) case: u64,
    pub(super) number: &'a str,
    pub(super) subject: Option<u128>,
}

/// What a question is besides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) is_repeat: bool,
    pub(super) is_coincidence: bool,
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
    subjects: Vec<u128>,
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

/// See the module.
#[derive(Debug, Default)]
pub struct Sightings {
    cases: HashMap<u64, CaseSeen>,
    subjects: HashMap<u128, Vec<Sighting>>,
    /// In all subjects.
    sightings: usize,
    /// Nothing before it is remembered.
    from: Option<OffsetDateTime>,
    swept: Option<time::Date>,
}

impl Sightings {
    pub(super) fn asked(&mut self, ask: &Ask<'_>, soon: Duration) -> Found {
        self.sweep(ask.at);
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
        let Some(subject) = ask.subject else {
            return Found::default();
        };
        let is_new = !case.subjects.contains(&subject);
        if is_new && case.subjects.len() < SUBJECTS_MAX {
            case.subjects.push(subject);
        }
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
        Found {
            is_repeat,
            is_coincidence,
        }
    }

    pub(super) fn answered(&mut self, case: u64) {
        if let Some(case) = self.cases.get_mut(&case) {
            case.is_answered = true;
        }
    }

    /// Who asked about somebody, on which case, the oldest first.
    pub(super) fn of(&self, subject: u128) -> &[Sighting] {
        self.subjects.get(&subject).map_or(&[], Vec::as_slice)
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
        while self.cases.len() >= CASES_MAX || self.sightings >= SIGHTINGS_MAX {
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
