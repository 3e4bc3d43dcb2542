//! When counters are open: which days are working days, and what the hours words of the flow files
//! mean on them. Days and times are Beijing's. Refuses windows or holidays that overlap, since one
//! of the two would then be a slip.

use std::collections::{BTreeMap, BTreeSet};

use catalog::Source;
use serde::Serialize;
use time::{Date, OffsetDateTime, Weekday};

use crate::fault::{Faults, PolicyError};
use crate::flow::{BEIJING, Hours};

mod parse;

pub(crate) const BUILTIN: Source<'static> = Source {
    name: "calendar.toml",
    text: include_str!("../calendar.toml"),
};

/// Working days and opening hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Calendar {
    windows: BTreeMap<Hours, Vec<Window>>,
    /// Days off that a weekday would not show.
    holidays: BTreeSet<String>,
    /// Working days that a weekend would not show.
    make_up: BTreeSet<String>,
    #[serde(skip)]
    days: Days,
}

/// The same days for looking up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Days {
    holidays: BTreeSet<Date>,
    make_up: BTreeSet<Date>,
}

/// A part of a day, in minutes from midnight; `until` no longer belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Window {
    workdays_only: bool,
    from: u16,
    until: u16,
}

impl Window {
    /// Whether there is a minute on some day that lies in both.
    const fn overlaps(&self, other: &Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

impl Calendar {
    /// The calendar that is delivered with the program.
    pub fn builtin() -> Result<Self, PolicyError> {
        Self::parse(&BUILTIN)
    }

    /// Reads a calendar file; reports every fault.
    pub fn parse(source: &Source<'_>) -> Result<Self, PolicyError> {
        let mut faults = Faults::default();
        let calendar = Self::read(source, &mut faults);
        match faults.or_else_refuse(calendar)? {
            Some(calendar) => Ok(calendar),
            // INVARIANT: whatever kept the file from being read has been reported above.
            None => Err(PolicyError::unexplained(source.name)),
        }
    }

    pub(crate) fn read(source: &Source<'_>, faults: &mut Faults) -> Option<Self> {
        parse::calendar(source, faults)
    }

    /// Whether people work on that day. A year that the file does not list has no holidays: its
    /// weekdays are working days.
    #[must_use]
    pub fn is_workday(&self, day: Date) -> bool {
        if self.days.holidays.contains(&day) {
            return false;
        }
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend || self.days.make_up.contains(&day)
    }

    /// Whether a flow with these hours may be used at that moment.
    #[must_use]
    pub fn is_open(&self, hours: Hours, now: OffsetDateTime) -> bool {
        if hours == Hours::Always {
            return true;
        }
        // At the very end of the calendar a moment has no day in Beijing; then nobody works.
        let Some(local) = now.checked_to_offset(BEIJING) else {
            return false;
        };
        let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
        let is_workday = self.is_workday(local.date());
        let windows = self.windows.get(&hours).into_iter().flatten();
        windows
            .filter(|window| is_workday || !window.workdays_only)
            .any(|window| (window.from..window.until).contains(&minute))
    }
}

#[cfg(test)]
mod tests;
