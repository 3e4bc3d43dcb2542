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
mod pseudonym;
mod recent;
mod sightings;
mod sought;
mod views;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::Heading;

pub use counts::{Buckets, Counts};
pub use crowds::{Crowds, SUBJECTS_MAX};
pub use hour::{Day, Hour};
pub use measure::{FlowUse, Measure, Office, Window, flows_of};
pub use people::{Line, Lines, Person};
pub use pseudonym::Pseudonym;
pub use recent::{Mark, RECENT_MAX, Recent};
use sightings::Ask;
pub use sightings::{CaseSeen, KEPT_DAYS, OF_SUBJECT_MAX, Sightings};
pub use sought::{Sought, SoughtPerson};
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
    /// Cases of lists, jobs and systems, apart: a night of them would push everything else out.
    jobs: Sightings,
    recent: Recent,
    /// By question: where its outcome is counted.
    open: BTreeMap<u128, Open>,
    crowds: Crowds,
    sought: Sought,
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
    is_unattended: bool,
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

/// A question at a time at which its flow may not be used: by a person, it was tried off hours.
const OUTSIDE_HOURS: &str = "TS-OUTSIDE-HOURS";

/// Hours are kept one by one for this many days, days for the other.
pub const HOURLY_DAYS: u32 = 35;
/// See [`HOURLY_DAYS`].
pub const DAILY_DAYS: u32 = 400;
/// Buckets of one line in one hour, and of one line on one day; the oldest go first. Each takes
/// some 50 bytes.
const HOUR_BUCKETS_MAX: usize = 500_000;
const DAY_BUCKETS_MAX: usize = 500_000;
/// Cases remembered; beyond them the older half goes.
const CASES_MAX: usize = 250_000;
/// Cases of lists, jobs and systems remembered.
const JOBS_MAX: usize = 50_000;

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
            seen: Sightings::new(CASES_MAX),
            jobs: Sightings::new(JOBS_MAX),
            recent: Recent::default(),
            open: BTreeMap::new(),
            crowds: Crowds::default(),
            sought: Sought::default(),
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
        let open = Open {
            line,
            person,
            hour: Hour::of(at),
            case: hash(&(heading.who.node.as_str(), heading.case_number())),
            entry: index,
            is_unattended: self.measure.is_unattended(heading.flow_code()),
        };
        if open.is_unattended {
            self.by_system(&open, at, heading);
        } else {
            self.looked_up(&open, at, heading);
        }
        let Some(query) = query(heading) else { return };
        self.open.insert(query, open);
        if self.open.len() > OPEN_MAX {
            // Ids begin with their time.
            self.open.pop_first();
        }
    }

    /// A line of a list, or what a job or a system asks. Whom it was about is not remembered.
    fn by_system(&mut self, open: &Open, at: OffsetDateTime, heading: &Heading<'_>) {
        let ask = self.ask(open, at, heading);
        self.jobs.asked_of_many(&ask);
        let counts = Counts {
            unattended: 1,
            ..Counts::default()
        };
        self.count(open.line, open.hour, counts);
    }

    fn ask<'h>(&self, open: &Open, at: OffsetDateTime, heading: &'h Heading<'_>) -> Ask<'h> {
        Ask {
            entry: open.entry,
            at,
            center: self.lines.center_of(open.person),
            person: open.person,
            line: open.line,
            case: open.case,
            number: heading.case_number(),
            subject: Pseudonym::read(&heading.subject),
        }
    }

    /// A question that somebody asked about one person.
    fn looked_up(&mut self, open: &Open, at: OffsetDateTime, heading: &Heading<'_>) {
        let (person, hour) = (open.person, open.hour);
        let ask = self.ask(open, at, heading);
        let looked_back = (self.measure.coincidence, self.measure.sought_days);
        let seen = self.seen.asked(&ask, looked_back);
        if let Some(whom) = ask.subject {
            self.sought.note(hour.day(), whom, seen.operators);
        }
        let crowd = (hour.day(), person, open.case);
        let is_another = self.crowds.asked(crowd, ask.subject);
        let (center, flow) = (heading.who.node.as_str(), heading.flow_code());
        let is_off_hours = self.measure.is_off_hours(center, flow, at);
        let counts = Counts {
            asks: 1,
            off_hours: u32::from(is_off_hours),
            repeats: u32::from(seen.is_repeat),
            coincidences: u32::from(seen.is_coincidence),
            ..Counts::default()
        };
        self.count(open.line, hour, counts);
        let marks = [
            (true, Mark::Asked),
            (is_off_hours, Mark::OffHours),
            (seen.is_repeat, Mark::Repeat),
            (seen.is_coincidence, Mark::Coincidence),
            (is_another, Mark::AnotherSubject),
        ];
        for (_, mark) in marks.into_iter().filter(|(is, _)| *is) {
            self.recent.mark(person, mark, (open.entry, hour));
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
        if answered || missed {
            let cases = if open.is_unattended {
                &mut self.jobs
            } else {
                &mut self.seen
            };
            cases.answered(open.case);
        }
        let is_miss = missed && !answered && !open.is_unattended;
        let counts = Counts {
            answered: u32::from(answered && !open.is_unattended),
            misses: u32::from(is_miss),
            guarded: u32::from(declined),
            ..Counts::default()
        };
        self.count(open.line, open.hour, counts);
        let noted = (open.entry, open.hour);
        let marks = [(declined, Mark::Guarded), (is_miss, Mark::Miss)];
        for (_, mark) in marks.into_iter().filter(|(is, _)| *is) {
            self.recent.mark(open.person, mark, noted);
        }
    }

    fn refused(&mut self, index: u64, at: OffsetDateTime, heading: &Heading<'_>) {
        if heading.who.node.is_empty() {
            return;
        }
        let (line, person) = self.lines.of(heading);
        let code = heading.code.as_str();
        let is_guarded = FORBIDDEN.iter().any(|family| code.starts_with(family));
        let is_off_hours =
            code == OUTSIDE_HOURS && !self.measure.is_unattended(heading.flow_code());
        let counts = Counts {
            refused: 1,
            guarded: u32::from(is_guarded),
            off_hours: u32::from(is_off_hours),
            ..Counts::default()
        };
        let hour = Hour::of(at);
        self.count(line, hour, counts);
        let marks = [(is_guarded, Mark::Guarded), (is_off_hours, Mark::OffHours)];
        for (_, mark) in marks.into_iter().filter(|(is, _)| *is) {
            self.recent.mark(person, mark, (index, hour));
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

/// The same in every run: the keys of this hasher are fixed.
fn hash(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
pub(crate) mod tests;
