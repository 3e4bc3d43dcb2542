//! By what is counted: office hours, and what is "right after". Reviewed data; where it changes,
//! everything is counted anew.

use std::collections::BTreeMap;

use policies::Calendar;
use time::{Duration, OffsetDateTime};
use wire::clock::beijing;

/// By what is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// When people are at work.
    pub office: Office,
    /// How soon after another center's first question about a person is right after.
    pub coincidence: Duration,
}

/// A part of a day, in minutes from midnight; `until` no longer belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From.
    pub from: u16,
    /// Until.
    pub until: u16,
}

/// When people are at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Which days are working days.
    pub calendar: Calendar,
    /// On a working day.
    pub each: Window,
    /// Centers with hours of their own.
    pub only: BTreeMap<String, Window>,
}

impl Office {
    /// Whether a center is at work.
    #[must_use]
    pub fn is_open(&self, center: &str, at: OffsetDateTime) -> bool {
        let local = at.to_offset(beijing());
        let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
        let window = self.only.get(center).unwrap_or(&self.each);
        self.calendar.is_workday(local.date()) && (window.from..window.until).contains(&minute)
    }
}
