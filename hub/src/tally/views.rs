//! What can be asked of a tally: sums by person, counter, flow and day, and by hour of the week.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use time::{Duration, OffsetDateTime};

use super::Tally;
use super::counts::Counts;
use super::hour::{Day, Hour};
use super::people::{Line, Lines};
use super::pseudonym::Pseudonym;
use super::recent::{Mark, Recent};
use super::sightings::CaseSeen;
use super::sought::SoughtPerson;

/// Questions by weekday, Monday first, and hour.
pub type Heat = [[u64; 24]; 7];

/// A stretch of days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from: Day,
    /// The last.
    pub to: Day,
}

/// Whose counts are wanted; `None` is anybody's.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// The center.
    pub center: Option<&'a str>,
    /// The counter.
    pub counter: Option<&'a str>,
    /// The flow.
    pub flow: Option<&'a str>,
    /// Number of the person.
    pub person: Option<u32>,
}

/// Sums over a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Over all.
    pub all: Counts,
    /// By number of the person.
    pub persons: BTreeMap<u32, Counts>,
    /// By center and counter.
    pub counters: BTreeMap<(String, String), Counts>,
    /// By flow.
    pub flows: BTreeMap<String, Counts>,
    /// By number of the day; days without any are not there.
    pub days: BTreeMap<u32, Counts>,
}

impl Tally {
    /// Sums over a period.
    #[must_use]
    pub fn sums(&self, wanted: &Wanted<'_>, period: Period) -> Sums {
        let mut sums = Sums::default();
        let days = period.from.number()..=period.to.number();
        let mut counters: BTreeMap<u32, Counts> = BTreeMap::new();
        for (day, number, counts) in self.days.within(days) {
            let Some(line) = self.wanted(number, wanted) else {
                continue;
            };
            sums.all += *counts;
            *sums.persons.entry(line.person).or_default() += *counts;
            *sums.days.entry(day).or_default() += *counts;
            *counters.entry(number).or_default() += *counts;
        }
        // By name only once for each line: names are texts.
        for (number, counts) in counters {
            let Some(line) = self.lines.line(number) else {
                continue;
            };
            let center = self.lines.person_at(line.person);
            let center = center.map(|person| person.center.clone());
            let counter = (center.unwrap_or_default(), line.counter.clone());
            *sums.counters.entry(counter).or_default() += counts;
            *sums.flows.entry(line.flow.clone()).or_default() += counts;
        }
        sums
    }

    /// Questions by weekday and hour over a period, as far back as hours are kept.
    #[must_use]
    pub fn heat(&self, wanted: &Wanted<'_>, period: Period) -> Heat {
        let mut heat = Heat::default();
        let until = period.to.begins().number().saturating_add(23);
        for (hour, number, counts) in self.hours.within(period.from.begins().number()..=until) {
            if self.wanted(number, wanted).is_none() {
                continue;
            }
            let hour = Hour::numbered(hour);
            let cell = usize::try_from(hour.day().weekday()).ok();
            let row = cell.and_then(|weekday| heat.get_mut(weekday));
            let of_day = usize::try_from(hour.of_day()).ok();
            if let Some(cell) = row.zip(of_day).and_then(|(row, hour)| row.get_mut(hour)) {
                *cell = cell.saturating_add(counts.asks.into());
            }
        }
        heat
    }

    /// The first day from which hours are there.
    #[must_use]
    pub fn hourly_from(&self) -> Day {
        Hour::numbered(self.hours.from()).day()
    }

    /// The first day from which days are there.
    #[must_use]
    pub fn daily_from(&self) -> Day {
        Day::numbered(self.days.from())
    }

    /// Counts of each person in some hours.
    #[must_use]
    pub fn by_person(&self, hours: &RangeInclusive<Hour>) -> BTreeMap<u32, Counts> {
        let mut persons: BTreeMap<u32, Counts> = BTreeMap::new();
        let range = hours.start().number()..=hours.end().number();
        for (_, number, counts) in self.hours.within(range) {
            if let Some(line) = self.lines.line(number) {
                *persons.entry(line.person).or_default() += *counts;
            }
        }
        persons
    }

    /// Questions of each person with each flow on each day of a period: flow, person, day, asks.
    #[must_use]
    pub fn daily_asks(&self, period: Period) -> BTreeMap<(&str, u32, u32), u32> {
        let mut asks = BTreeMap::new();
        let days = period.from.number()..=period.to.number();
        for (day, number, counts) in self.days.within(days) {
            let Some(line) = self.lines.line(number).filter(|_| counts.asks > 0) else {
                continue;
            };
            let key = (line.flow.as_str(), line.person, day);
            let sum: &mut u32 = asks.entry(key).or_default();
            *sum = sum.saturating_add(counts.asks);
        }
        asks
    }

    /// The most persons that each person asked about on one case on a day: today or yesterday.
    #[must_use]
    pub fn crowded(&self, day: Day) -> BTreeMap<u32, usize> {
        self.crowds.most(day)
    }

    /// Everybody about whom somebody else asked on a day, today or yesterday, and how many
    /// operators had by then within the days that are looked at.
    pub fn sought(&self, day: Day) -> impl Iterator<Item = (Pseudonym, u32)> {
        self.sought.of(day)
    }

    /// Who asked about a person within the days that are looked at, up to a day: number of the
    /// operator, and their first entry on each case.
    #[must_use]
    pub fn sought_by(&self, whom: Pseudonym, day: Day) -> Vec<(u32, u64)> {
        self.seen.about(whom, (self.sought_from(day), day))
    }

    /// The first of the days that are looked at.
    #[must_use]
    pub fn sought_from(&self, day: Day) -> Day {
        day.back(self.measure.sought_days.saturating_sub(1))
    }

    /// Who was asked about by the most operators within the days that are looked at, up to now;
    /// by those of one center where it is given.
    #[must_use]
    pub fn most_sought(&self, now: Day, center: Option<&str>, max: usize) -> Vec<SoughtPerson> {
        let number = match center.map(|center| self.lines.number_of_center(center)) {
            Some(None) => return Vec::new(),
            number => number.flatten(),
        };
        self.seen.most(self.sought_from(now), number, max)
    }

    /// Cases of which no question was answered, but for those of lists and systems, with the last
    /// of them at least `rest` ago and the first within the time that cases are remembered.
    pub fn unanswered(
        &self,
        now: OffsetDateTime,
        rest: Duration,
    ) -> impl Iterator<Item = &CaseSeen> {
        let cases = self.seen.cases();
        cases.filter(move |case| !case.is_answered && now - case.last >= rest)
    }

    /// The cases of a person, the newest first.
    #[must_use]
    pub fn cases_of(&self, person: u32, max: usize) -> Vec<&CaseSeen> {
        let cases = self.cases();
        let mut cases: Vec<_> = cases.filter(|case| case.person == person).collect();
        cases.sort_by_key(|case| std::cmp::Reverse((case.last, case.entry)));
        cases.truncate(max);
        cases
    }

    /// All cases that are remembered.
    pub fn cases(&self) -> impl Iterator<Item = &CaseSeen> {
        self.seen.cases().chain(self.jobs.cases())
    }

    /// Since when cases and who was asked about are remembered; none while all are.
    #[must_use]
    pub fn remembered_from(&self) -> Option<OffsetDateTime> {
        self.seen.from()
    }

    /// The newest entries of a person with a mark.
    #[must_use]
    pub fn marked(
        &self,
        person: u32,
        mark: Mark,
        hours: &RangeInclusive<Hour>,
        max: usize,
    ) -> Vec<u64> {
        Recent::marked(&self.recent, person, mark, hours, max)
    }

    /// Who asks where for what.
    #[must_use]
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Refusals by center that the log holds as counts only.
    #[must_use]
    pub fn folded(&self) -> &BTreeMap<String, u64> {
        &self.folded
    }

    /// How many counts are held, of hours and of days.
    #[must_use]
    pub fn held(&self) -> (usize, usize) {
        (self.hours.len(), self.days.len())
    }

    /// Whether a line is one of those that are wanted.
    #[must_use]
    pub fn is_wanted(&self, number: u32, wanted: &Wanted<'_>) -> bool {
        self.wanted(number, wanted).is_some()
    }

    fn wanted(&self, number: u32, wanted: &Wanted<'_>) -> Option<&Line> {
        let line = self.lines.line(number)?;
        let is_flow = wanted.flow.is_none_or(|flow| flow == line.flow);
        let is_counter = wanted.counter.is_none_or(|counter| counter == line.counter);
        let is_person = wanted.person.is_none_or(|person| person == line.person);
        let is_center = wanted.center.is_none_or(|center| {
            let person = self.lines.person_at(line.person);
            person.is_some_and(|person| person.center == center)
        });
        (is_flow && is_counter && is_person && is_center).then_some(line)
    }
}
