//! The circuit breaker of one node: a value with events and times going in and decisions coming
//! out.
//!
//! It knows no task, no lock and no clock; times are durations since the hub started. What counts
//! as a failure is decided by the caller: refusals and empty answers do not.

use std::collections::VecDeque;
use std::time::Duration;

/// Calls remembered at most; older ones leave the window first.
const CALLS_MAX: usize = 128;
/// A probe that nobody reported on for so long is given up, so that a lost caller cannot keep a
/// node out.
const PROBE_WAIT_MAX: Duration = Duration::from_secs(60);

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerRules {
    /// How far back calls count.
    pub window: Duration,
    /// So many failures in a row open it, whatever went well before.
    pub failures_in_row: usize,
    /// Fewer calls than this never open it by their share of failures.
    pub calls_min: usize,
    /// Share of failures, in percent, from which it opens.
    pub failure_percent: usize,
    /// How long it stays open the first time.
    pub open_first: Duration,
    /// How long it stays open at most; each opening in a row doubles the time.
    pub open_max: Duration,
}

/// What happened to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It answered, whatever the answer was.
    Answered,
    /// It failed to answer: time-out, broken reply, lost stream, failing source.
    Failed,
    /// A call ended without saying anything about it: the caller gave it no fair time, or its
    /// stream was full.
    Unjudged,
    /// Its last stream is gone without farewell.
    LinkLost,
    /// It attached.
    Attached,
}

impl Event {
    /// As written in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Unjudged => "unjudged",
            Self::LinkLost => "link-lost",
            Self::Attached => "attached",
        }
    }
}

/// The three states, as shown to people and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Calls pass.
    Closed,
    /// Calls are refused.
    Open,
    /// One call at a time passes as a probe.
    HalfOpen,
}

impl State {
    /// As written in logs, metrics and pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// A change of state, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Before.
    pub from: State,
    /// After.
    pub to: State,
    /// The event behind it; none when time alone opened the way for a probe.
    pub because: Option<Event>,
}

#[derive(Debug)]
enum Inner {
    Closed,
    /// Until `until`, and while `detached` also until the node attaches again.
    Open {
        until: Duration,
        detached: bool,
    },
    HalfOpen {
        probe_since: Option<Duration>,
    },
}

/// The breaker of one node.
#[derive(Debug)]
pub struct Breaker {
    rules: BreakerRules,
    inner: Inner,
    /// Time and failure of the latest calls while closed.
    calls: VecDeque<(Duration, bool)>,
    /// Openings since the last success; sets the next open time.
    openings: u32,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(rules: BreakerRules) -> Self {
        Self {
            rules,
            inner: Inner::Closed,
            calls: VecDeque::new(),
            openings: 0,
        }
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> State {
        match self.inner {
            Inner::Closed => State::Closed,
            Inner::Open { .. } => State::Open,
            Inner::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// Whether a call may go to the node now; a `true` while half open is the probe, and is owed an
    /// event.
    pub fn admit(&mut self, now: Duration) -> (bool, Option<Transition>) {
        let mut transition = None;
        if let Inner::Open {
            until,
            detached: false,
        } = self.inner
            && now >= until
        {
            self.inner = Inner::HalfOpen { probe_since: None };
            transition = Some(Transition {
                from: State::Open,
                to: State::HalfOpen,
                because: None,
            });
        }
        let admitted = match &mut self.inner {
            Inner::Closed => true,
            Inner::Open { .. } => false,
            Inner::HalfOpen { probe_since } => {
                let free = probe_since.is_none_or(|since| now >= since + PROBE_WAIT_MAX);
                if free {
                    *probe_since = Some(now);
                }
                free
            }
        };
        (admitted, transition)
    }

    /// Takes an event; says whether the state changed.
    pub fn apply(&mut self, event: Event, now: Duration) -> Option<Transition> {
        let from = self.state();
        match (event, &mut self.inner) {
            (Event::Answered, Inner::HalfOpen { .. }) => {
                self.inner = Inner::Closed;
                self.openings = 0;
                self.calls.clear();
            }
            (Event::Answered, Inner::Closed) => self.count(now, false),
            (Event::Failed, Inner::Closed) => {
                self.count(now, true);
                if self.is_failing(now) {
                    self.open(now);
                }
            }
            (Event::Failed, Inner::HalfOpen { .. }) => self.open(now),
            // The probe told nothing: the next call is the probe.
            (Event::Unjudged, Inner::HalfOpen { probe_since }) => *probe_since = None,
            // A time-out that is running goes on: coming back does not shorten it.
            (Event::LinkLost, Inner::Open { detached, .. }) => *detached = true,
            (Event::LinkLost, Inner::Closed | Inner::HalfOpen { .. }) => {
                // Its return is the end of this trouble, so there is nothing to wait for but that.
                self.inner = Inner::Open {
                    until: now,
                    detached: true,
                };
                self.calls.clear();
            }
            (Event::Attached, Inner::Open { until, detached }) if *detached => {
                *detached = false;
                if now >= *until {
                    self.inner = Inner::HalfOpen { probe_since: None };
                }
            }
            // A late report of a call from before it opened says nothing new; nor does a further
            // stream of a node that has one.
            (Event::Answered | Event::Failed | Event::Unjudged, Inner::Open { .. })
            | (Event::Unjudged, Inner::Closed)
            | (Event::Attached, _) => {}
        }
        let to = self.state();
        (from != to).then_some(Transition {
            from,
            to,
            because: Some(event),
        })
    }

    /// How long a refused caller may wait before asking again; none while that cannot be told.
    #[must_use]
    pub fn retry_after(&self, now: Duration) -> Option<Duration> {
        match self.inner {
            Inner::Open {
                until,
                detached: false,
            } => Some(until.saturating_sub(now)),
            Inner::Open { detached: true, .. } => None,
            Inner::Closed | Inner::HalfOpen { .. } => Some(Duration::ZERO),
        }
    }

    fn count(&mut self, now: Duration, failed: bool) {
        if self.calls.len() == CALLS_MAX {
            self.calls.pop_front();
        }
        self.calls.push_back((now, failed));
    }

    fn is_failing(&mut self, now: Duration) -> bool {
        let oldest = now.saturating_sub(self.rules.window);
        while self.calls.front().is_some_and(|(at, _)| *at < oldest) {
            self.calls.pop_front();
        }
        let in_row = self
            .calls
            .iter()
            .rev()
            .take_while(|(_, failed)| *failed)
            .count();
        let failed = self.calls.iter().filter(|(_, failed)| *failed).count();
        in_row >= self.rules.failures_in_row
            || (self.calls.len() >= self.rules.calls_min
                && failed * 100 >= self.rules.failure_percent * self.calls.len())
    }

    fn open(&mut self, now: Duration) {
        let doubled = 2_u32.saturating_pow(self.openings.min(16));
        let wait = self
            .rules
            .open_first
            .saturating_mul(doubled)
            .min(self.rules.open_max);
        self.openings = self.openings.saturating_add(1);
        self.inner = Inner::Open {
            until: now + wait,
            detached: false,
        };
        self.calls.clear();
    }
}

#[cfg(test)]
mod tests;
