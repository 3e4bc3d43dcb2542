//! By what is counted: what each flow is for, office hours, and what is "right after". Reviewed
//! data; where it changes, everything is counted anew.

use std::collections::BTreeMap;

use policies::{BasisKind, Calendar, FlowBook, Hours, Pace};
use time::{Duration, OffsetDateTime};
use wire::clock::beijing;

/// By what is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// When people are at work.
    pub office: Office,
    /// What flows are for, by code.
    pub flows: BTreeMap<String, FlowUse>,
    /// How soon after another center's first question about a person is right after.
    pub coincidence: Duration,
    /// Within how many days, the day of the question included, operators who ask about one person
    /// are counted.
    pub sought_days: u32,
}

impl Measure {
    /// Whether nobody at a counter asks with that flow, but a list, a job or an event of a system.
    /// What is no flow of the rules is asked by somebody.
    #[must_use]
    pub fn is_unattended(&self, flow: &str) -> bool {
        self.flows.get(flow).is_some_and(|used| used.is_unattended)
    }

    /// Whether nobody should be at work with that flow. Systems have no office.
    #[must_use]
    pub fn is_off_hours(&self, center: &str, flow: &str, at: OffsetDateTime) -> bool {
        let used = self.flows.get(flow).copied().unwrap_or_default();
        !used.is_unattended && !self.office.is_open(center, used.hours, at)
    }
}

/// What a flow is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowUse {
    /// See [`Measure::is_unattended`].
    pub is_unattended: bool,
    /// When it may be used.
    pub hours: Hours,
}

impl Default for FlowUse {
    /// A counter's.
    fn default() -> Self {
        Self {
            is_unattended: false,
            hours: Hours::Counter,
        }
    }
}

/// The flows of the rules as they are used.
#[must_use]
pub fn flows_of(book: &FlowBook) -> BTreeMap<String, FlowUse> {
    let used = book.flows().map(|flow| {
        let is_job = flow.pace == Pace::Batch || flow.list_max > 0;
        // The basis is the system's own event, under its number, and it may come at night.
        let is_event = flow.basis == BasisKind::B && flow.hours == Hours::Always;
        let used = FlowUse {
            is_unattended: is_job || is_event,
            hours: flow.hours,
        };
        (flow.id.to_string(), used)
    });
    used.collect()
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
    /// Which days are working days, and when flows may be used.
    pub calendar: Calendar,
    /// On a working day, at counters; none where a counter's flows say it.
    pub each: Option<Window>,
    /// Centers with hours of their own.
    pub only: BTreeMap<String, Window>,
}

impl Office {
    /// Whether a center is at work with a flow of these hours. Hours of an office are a counter's:
    /// what may be used all day long, such as an enquiry or the event of a system, is judged by
    /// its own window alone.
    #[must_use]
    pub fn is_open(&self, center: &str, hours: Hours, at: OffsetDateTime) -> bool {
        let own = self.only.get(center).or(self.each.as_ref());
        let Some(window) = own.filter(|_| hours == Hours::Counter) else {
            return self.calendar.is_open(hours, at);
        };
        let local = at.to_offset(beijing());
        let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
        self.calendar.is_workday(local.date()) && (window.from..window.until).contains(&minute)
    }
}
