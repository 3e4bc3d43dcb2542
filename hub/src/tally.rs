//! How the centers' staff use queries: a view that is a pure function of the journal, of what it
//! counts by, and of nothing else. It may be thrown away any time.
//!
//! START HERE: [`Tally::take`]. It knows no clock: hours are those in which entries were written.

mod counts;
mod crowds;
mod earlier;
mod hour;
mod measure;
mod people;
mod recent;
mod sightings;
mod views;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::Heading;

pub use counts::{Buckets, Counts};
pub use crowds::{Crowds, SUBJECTS_MAX};
pub use hour::{Day, Hour};
pub use measure::{Measure, Office, Window};
pub use people::{Line, Lines, Person};
pub use recent::{Mark, RECENT_MAX, Recent};
pub use sightings::{CaseSeen, Sightings};
pub use views::{Heat, Period, Sums, Wanted};

/// Questions whose outcome is waited for; the oldest is forgotten first. Questions last a minute at
/// the most, so that this is a thousand a second.
const OPEN_MAX: usize = 65_536;

/// What was counted.
#[derive(Debug)]
pub struct Tally {
    measure: Measure,
    /// Entries that were counted, from the first on.
    upto: u64,
    /// Time of the last of them.
    latest: Option<OffsetDateTime>,
    lines: Lines,
    hours: Buckets,
    days: Buckets,
    seen: Sightings,
    recent: Recent,
    /// By question: where its outcome is counted.
    open: BTreeMap<u128, Open>,
    crowds: Crowds,
    /// Refusals by center that the log holds as counts only.
    folded: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    line: u32,
    person: u32,
    hour: Hour,
    case: u64,
    entry: u64,
}

/// Families of codes by which the case or a rule forbids a question; not those of a system that was
/// busy or down. An answering center's guard says `TS-GUARD-…` within an outcome.
const FORBIDDEN: [&str; 7] = [
    "TS-CASE-",
    "TS-FLOW-",
    "TS-POLICY-",
    "TS-ITEM-",
    "TS-SUBJECT-",
    "TS-APPROVAL-",
    "TS-SUSPENDED-",
];

/// Hours are kept one by one for this many days, days for the other.
pub const HOURLY_DAYS: u32 = 35;
/// See [`HOURLY_DAYS`].
pub const DAILY_DAYS: u32 = 400;
/// Buckets of one line in one hour, and of one line on one day; the oldest go first. Each takes
/// some 50 bytes.
const HOUR_BUCKETS_MAX: usize = 500_000;
const DAY_BUCKETS_MAX: usize = 500_000;

impl Tally {
    /// Empty, before the first entry.
    #[must_use]
    pub fn new(measure: Measure) -> Self {
        Self {
            measure,
            upto: 0,
            latest: None,
            lines: Lines::default(),
            hours: Buckets::new(HOURLY_DAYS * 24, HOUR_BUCKETS_MAX),
            days: Buckets::new(DAILY_DAYS, DAY_BUCKETS_MAX),
            seen: Sightings::default(),
            recent: Recent::default(),
            open: BTreeMap::new(),
            crowds: Crowds::default(),
            folded: BTreeMap::new(),
        }
    }

    /// By what it counts.
    #[must_use]
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// Entries that were counted.
    #[must_use]
    pub fn upto(&self) -> u64 {
        self.upto
    }

    /// When the last of them was written.
    #[must_use]
    pub fn latest(&self) -> Option<OffsetDateTime> {
        self.latest
    }

    /// Counts one entry. Entries come in the order of the log; one that was counted before is
    /// passed over.
    pub fn take(&mut self, index: u64, bytes: &[u8]) {
        if index < self.upto {
            return;
        }
        self.upto = index.saturating_add(1);
        let Some(heading) = Heading::read(bytes) else {
            return;
        };
        let Ok(at) = OffsetDateTime::parse(&heading.at, &Rfc3339) else {
            return;
        };
        self.latest = Some(self.latest.map_or(at, |latest| latest.max(at)));
        match heading.kind.as_str() {
            "decision" => self.asked(index, at, &heading),
            "outcome" => self.ended(&heading),
            "abandoned" => {
                query(&heading).and_then(|query| self.open.remove(&query));
            }
            "refusal" => self.refused(index, at, &heading),
            "refusals-folded" => {
                let center = heading.who.node.as_str();
                if self.lines.is_known(center) {
                    let folded = self.folded.entry(center.to_owned()).or_default();
                    *folded = folded.saturating_add(heading.count);
                }
            }
            _ => {}
        }
    }

    fn asked(&mut self, index: u64, at: OffsetDateTime, heading: &Heading<'_>) {
        let (line, person) = self.lines.of(heading);
        let hour = Hour::of(at);
        let center = heading.who.node.as_str();
        let case = hash(&(center, heading.case_number()));
        let seen = self.seen.asked(
            &sightings::Ask {
                entry: index,
                at,
                center: self.lines.center_of(person),
                person,
                line,
                case,
                number: heading.case_number(),
                subject: subject(heading),
            },
            self.measure.coincidence,
        );
        let crowd = (hour.day(), person, case);
        let is_another = self.crowds.asked(crowd, subject(heading));
        let is_off_hours = !self.measure.office.is_open(center, at);
        let counts = Counts {
            asks: 1,
            off_hours: u32::from(is_off_hours),
            repeats: u32::from(seen.is_repeat),
            coincidences: u32::from(seen.is_coincidence),
            ..Counts::default()
        };
        self.count(line, hour, counts);
        let marks = [
            (true, Mark::Asked),
            (is_off_hours, Mark::OffHours),
            (seen.is_repeat, Mark::Repeat),
            (seen.is_coincidence, Mark::Coincidence),
            (is_another, Mark::AnotherSubject),
        ];
        for (_, mark) in marks.into_iter().filter(|(is, _)| *is) {
            self.recent.mark(person, mark, (index, hour));
        }
        let Some(query) = query(heading) else { return };
        let open = Open {
            line,
            person,
            hour,
            case,
            entry: index,
        };
        self.open.insert(query, open);
        if self.open.len() > OPEN_MAX {
            // Ids begin with their time.
            self.open.pop_first();
        }
    }

    fn ended(&mut self, heading: &Heading<'_>) {
        let open = query(heading).and_then(|query| self.open.remove(&query));
        let Some(open) = open.filter(|_| !heading.cancelled) else {
            return;
        };
        let classes = heading.nodes.iter().flat_map(|node| &node.classes);
        let (mut answered, mut missed, mut declined) = (false, false, false);
        for class in classes {
            // Held back: there are records, which the answer does not show.
            answered |= class.outcome.as_str() == "answered";
            missed |= class.outcome.as_str() == "no-record";
            // The answering center's guard found that case or rules do not allow it.
            declined |= class.code.starts_with("TS-GUARD-");
        }
        let is_miss = missed && !answered;
        if answered || missed {
            self.seen.answered(open.case);
        }
        let counts = Counts {
            answered: u32::from(answered),
            misses: u32::from(is_miss),
            guarded: u32::from(declined),
            ..Counts::default()
        };
        self.count(open.line, open.hour, counts);
        if declined {
            let noted = (open.entry, open.hour);
            self.recent.mark(open.person, Mark::Guarded, noted);
        }
        if is_miss {
            let noted = (open.entry, open.hour);
            self.recent.mark(open.person, Mark::Miss, noted);
        }
    }

    fn refused(&mut self, index: u64, at: OffsetDateTime, heading: &Heading<'_>) {
        if heading.who.node.is_empty() {
            return;
        }
        let (line, person) = self.lines.of(heading);
        let code = heading.code.as_str();
        let is_guarded = FORBIDDEN.iter().any(|family| code.starts_with(family));
        let counts = Counts {
            refused: 1,
            guarded: u32::from(is_guarded),
            ..Counts::default()
        };
        let hour = Hour::of(at);
        self.count(line, hour, counts);
        if is_guarded {
            self.recent.mark(person, Mark::Guarded, (index, hour));
        }
    }

    fn count(&mut self, line: u32, hour: Hour, counts: Counts) {
        self.hours.add(hour.number(), line, counts);
        self.days.add(hour.day().number(), line, counts);
    }
}

fn query(heading: &Heading<'_>) -> Option<u128> {
    u128::from_str_radix(&heading.query, 16).ok()
}

/// The first half of a pseudonym; enough to tell everybody in a country apart.
fn subject(heading: &Heading<'_>) -> Option<u128> {
    let half = heading.subject.get(..32)?;
    u128::from_str_radix(half, 16).ok()
}

/// The same in every run: the keys of this hasher are fixed.
fn hash(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
pub(crate) mod tests;
