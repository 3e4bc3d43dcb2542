//! The circuit breaker of one class of one node: a value with events and times going in and
//! decisions coming out.
//!
//! It knows no task, no lock, no clock and no generator: times are durations since the hub started,
//! randomness is a number that comes along. What counts as a failure is decided in
//! [`super::judging`]: refusals and empty answers do not.

mod event;
mod rules;
mod window;

use std::collections::VecDeque;
use std::time::Duration;

pub use event::{Event, Failure, Hand, Pass, State, Transition};
pub use rules::{BreakerRulebook, BreakerRules};
pub use window::Rates;

use window::{Call, Window};

/// A probe that nobody reported on for so long is given up, so that a lost caller cannot keep a
/// node out.
const PROBE_WAIT_MAX: Duration = Duration::from_secs(60);
/// After so long the agent's word that its source is well ends an open time, however far that has
/// grown: who is well is back within seconds, and who flaps is out most of the time all the same.
pub const HEALTH_WAIT_MAX: Duration = Duration::from_secs(3);
/// The part of an open time that chance may take off: one in so many.
const SPREAD: u32 = 4;

#[derive(Debug)]
enum Inner {
    Closed {
        since: Duration,
    },
    /// Until `until`, and while the link is lost also until the node attaches again.
    Open {
        since: Duration,
        until: Duration,
        cause: Cause,
    },
    HalfOpen {
        /// Each call that passed as a probe and is not reported on, and when it began. Only these
        /// decide: a call from before it opened says nothing about how its source is now.
        under_way: VecDeque<(Pass, Duration)>,
        passed: usize,
        cause: Cause,
    },
}

/// Why it opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The node was gone: that it is there again is all that there was to wait for.
    Link,
    /// Its source failed, was slow or silent.
    Silence,
    /// It opened on broken replies: the agent's word about its source lets a question try, and says
    /// nothing about what its reply will be.
    Broken,
}

/// The breaker of one class of one node.
#[derive(Debug)]
pub struct Breaker {
    rules: BreakerRules,
    inner: Inner,
    /// What the operators have set over it.
    hand: Option<Hand>,
    /// Its last stream was lost without farewell.
    detached: bool,
    window: Window,
    /// Openings in a row; sets the next open time.
    openings: u32,
    /// Probes that ever passed: each has a number of its own.
    passed: u64,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(rules: BreakerRules) -> Self {
        Self {
            rules,
            inner: Inner::Closed {
                since: Duration::ZERO,
            },
            hand: None,
            detached: false,
            window: Window::default(),
            openings: 0,
            passed: 0,
        }
    }

    /// The state now, as calls see it.
    #[must_use]
    pub fn state(&self) -> State {
        match (self.hand, &self.inner) {
            (Some(Hand::HeldClosed), _) => State::Closed,
            (Some(Hand::Tripped | Hand::HeldOpen), _) => State::Open,
            (None, Inner::Closed { .. }) => State::Closed,
            (None, Inner::Open { .. }) => State::Open,
            (None, Inner::HalfOpen { .. }) => State::HalfOpen,
        }
    }

    /// What the operators have set over it.
    #[must_use]
    pub fn hand(&self) -> Option<Hand> {
        self.hand
    }

    /// What its window holds now.
    #[must_use]
    pub fn rates(&self, now: Duration) -> Rates {
        self.window.rates(&self.rules, now)
    }

    /// Whether the agent's word about its source could help now.
    #[must_use]
    pub fn wants_word(&self) -> bool {
        let is_closed = matches!(self.inner, Inner::Closed { .. });
        self.hand.is_none() && !self.detached && !is_closed
    }

    /// What a call may pass as now, if it may. While half open, a call that passes is a probe.
    pub fn admit(&mut self, now: Duration) -> (Option<Pass>, Option<Transition>) {
        match self.hand {
            Some(Hand::HeldClosed) => return (Some(Pass::CALL), None),
            Some(Hand::Tripped | Hand::HeldOpen) => return (None, None),
            None => {}
        }
        let mut transition = None;
        if let Inner::Open { until, cause, .. } = self.inner
            && now >= until
            && !self.detached
        {
            transition = Some(Transition {
                from: State::Open,
                to: State::HalfOpen,
                because: None,
                hand: None,
                rates: self.rates(now),
            });
            self.inner = half_open(cause);
        }
        let probes = self.rules.probes.max(1);
        let admitted = match &mut self.inner {
            Inner::Closed { .. } => Some(Pass::CALL),
            Inner::Open { .. } => None,
            Inner::HalfOpen { under_way, .. } => {
                under_way.retain(|(_, since)| now < *since + PROBE_WAIT_MAX);
                let is_free = under_way.len() < probes;
                is_free.then(|| {
                    self.passed = self.passed.wrapping_add(1).max(1);
                    let pass = Pass(self.passed);
                    under_way.push_back((pass, now));
                    pass
                })
            }
        };
        (admitted, transition)
    }

    /// Takes an event that is no call's, or that of a call which passed as any other.
    pub fn apply(&mut self, event: Event, now: Duration, chance: u16) -> Option<Transition> {
        self.apply_as(event, Pass::CALL, now, chance)
    }

    /// Takes an event, of what passed as `pass`; says whether the state changed. `chance` spreads
    /// open times, so that many breakers do not try at the same moment.
    pub fn apply_as(
        &mut self,
        event: Event,
        pass: Pass,
        now: Duration,
        chance: u16,
    ) -> Option<Transition> {
        // The usual case costs nothing but its place in the window.
        if let (Event::Answered(elapsed), Inner::Closed { .. }) = (event, &self.inner)
            && elapsed < self.rules.slow_call
        {
            self.window.add(&self.rules, now, Call::Well);
            return None;
        }
        let (from, before) = (self.state(), self.hand);
        let mut rates = self.rates(now);
        match event {
            Event::Answered(elapsed) if elapsed >= self.rules.slow_call => {
                rates = self.judged((Call::Slow, pass), Cause::Silence, now, chance);
            }
            Event::Answered(_) => {
                rates = self.judged((Call::Well, pass), Cause::Silence, now, chance);
            }
            Event::Failed(Failure::Silent) => {
                rates = self.judged((Call::Failed, pass), Cause::Silence, now, chance);
            }
            Event::Failed(Failure::Broken) => {
                rates = self.judged((Call::Failed, pass), Cause::Broken, now, chance);
            }
            Event::Overloaded => {
                self.window.add(&self.rules, now, Call::Busy);
                self.take_probe(pass);
            }
            // The probe told nothing: the next call is the probe.
            Event::Unjudged => {
                self.take_probe(pass);
            }
            Event::Breached => self.breached(now, chance),
            Event::Stalled => self.stalled(now, chance),
            Event::LinkLost => self.link_lost(now),
            Event::Attached => self.attached(now),
            Event::Healthy => self.word(true, now),
            Event::Untried => self.word(false, now),
            Event::Unwell => {
                if let Inner::HalfOpen { cause, .. } = self.inner {
                    let cause = match cause {
                        Cause::Broken => Cause::Broken,
                        Cause::Link | Cause::Silence => Cause::Silence,
                    };
                    self.open(now, cause, chance);
                }
            }
            Event::Reset => self.reset(now),
            Event::Set(hand) => self.hand = Some(hand),
            Event::Released => self.released(now),
        }
        let to = self.state();
        let has_changed = from != to || before != self.hand;
        // A stream comes and goes for all classes alike, whatever their calls were.
        if matches!(event, Event::LinkLost | Event::Attached) {
            rates = Rates::default();
        }
        has_changed.then_some(Transition {
            from,
            to,
            because: Some(event),
            hand: self.hand,
            rates,
        })
    }

    /// How long a refused caller may wait before asking again; none while that cannot be told.
    #[must_use]
    pub fn retry_after(&self, now: Duration) -> Option<Duration> {
        match (self.hand, &self.inner) {
            (Some(Hand::Tripped | Hand::HeldOpen), _) => None,
            (None, Inner::Open { .. }) if self.detached => None,
            (None, Inner::Open { until, .. }) => Some(until.saturating_sub(now)),
            (Some(Hand::HeldClosed), _) | (None, Inner::Closed { .. } | Inner::HalfOpen { .. }) => {
                Some(Duration::ZERO)
            }
        }
    }

    /// A call that tells something about the source; gives what the window held with it.
    fn judged(
        &mut self,
        (call, pass): (Call, Pass),
        cause: Cause,
        now: Duration,
        chance: u16,
    ) -> Rates {
        let mut rates = self.rates(now);
        let is_probe = self.take_probe(pass);
        match &mut self.inner {
            Inner::Closed { .. } => {
                self.window.add(&self.rules, now, call);
                rates = self.rates(now);
                let is_held = self.hand == Some(Hand::HeldClosed);
                if call != Call::Well && !is_held && self.window.is_sick(&self.rules, now) {
                    self.open(now, cause, chance);
                }
            }
            Inner::HalfOpen { passed, .. } if is_probe && call == Call::Well => {
                *passed += 1;
                if *passed >= self.rules.probes {
                    self.close(now);
                }
            }
            Inner::HalfOpen { .. } if is_probe => self.open(now, cause, chance),
            // A late report of a call from before it opened says nothing new.
            Inner::HalfOpen { .. } | Inner::Open { .. } => {}
        }
        rates
    }

    /// The agent has tried its source, or can only say that it is there itself.
    fn word(&mut self, has_tried: bool, now: Duration) {
        if !self.wants_word() {
            return;
        }
        match &mut self.inner {
            Inner::Open {
                since,
                until,
                cause,
            } => {
                let wait = until.saturating_sub(*since).min(HEALTH_WAIT_MAX);
                if now >= *since + wait {
                    self.inner = half_open(*cause);
                }
            }
            // Whoever sent broken replies is let try, and is well once a reply is.
            Inner::HalfOpen {
                cause: Cause::Broken,
                ..
            } => {}
            Inner::HalfOpen { passed, cause, .. } if has_tried || *cause == Cause::Link => {
                *passed += 1;
                if *passed >= self.rules.probes {
                    self.close(now);
                }
            }
            Inner::HalfOpen { .. } | Inner::Closed { .. } => {}
        }
    }

    /// It is out at once, and coming back does not shorten that: else whoever attaches again would
    /// be asked again.
    fn breached(&mut self, now: Duration, chance: u16) {
        let is_held = self.hand == Some(Hand::HeldClosed);
        if !is_held && !matches!(self.inner, Inner::Open { .. }) {
            self.open(now, Cause::Broken, chance);
        }
    }

    /// Two signs at once: nobody waits for the time to be up three times over.
    fn stalled(&mut self, now: Duration, chance: u16) {
        let is_held = self.hand == Some(Hand::HeldClosed);
        if !is_held && matches!(self.inner, Inner::Closed { .. }) {
            self.open(now, Cause::Silence, chance);
        }
    }

    fn link_lost(&mut self, now: Duration) {
        self.detached = true;
        // An open time that is running goes on: coming back does not shorten it. Else its return is
        // the end of this trouble, so there is nothing to wait for but that.
        if !matches!(self.inner, Inner::Open { .. }) {
            self.inner = Inner::Open {
                since: now,
                until: now,
                cause: Cause::Link,
            };
            self.window.clear();
        }
    }

    fn attached(&mut self, now: Duration) {
        if !std::mem::take(&mut self.detached) {
            return;
        }
        if let Inner::Open { until, cause, .. } = self.inner
            && now >= until
        {
            self.inner = half_open(cause);
        }
    }

    fn reset(&mut self, now: Duration) {
        if matches!(self.hand, Some(Hand::HeldOpen | Hand::HeldClosed)) {
            return;
        }
        self.hand = None;
        self.openings = 0;
        self.close(now);
        if self.detached {
            self.link_lost(now);
        }
    }

    /// What the operators kept open is tried before it is trusted; what they kept closed begins
    /// anew.
    fn released(&mut self, now: Duration) {
        let Some(hand) = self.hand.take() else {
            return;
        };
        self.close(now);
        if self.detached {
            self.link_lost(now);
        } else if hand != Hand::HeldClosed {
            self.inner = half_open(Cause::Silence);
        }
    }

    fn close(&mut self, now: Duration) {
        self.inner = Inner::Closed { since: now };
        self.window.clear();
    }

    /// A probe is reported on; `false` if that was none of those under way.
    fn take_probe(&mut self, pass: Pass) -> bool {
        let Inner::HalfOpen { under_way, .. } = &mut self.inner else {
            return false;
        };
        let before = under_way.len();
        under_way.retain(|(probe, _)| *probe != pass);
        under_way.len() < before
    }

    fn open(&mut self, now: Duration, cause: Cause, chance: u16) {
        // Whoever was well for a whole window begins with the shortest time again.
        if let Inner::Closed { since } = self.inner
            && now.saturating_sub(since) >= self.rules.window
        {
            self.openings = 0;
        }
        let doubled = 2_u32.saturating_pow(self.openings.min(16));
        let wait = self.rules.open_first.saturating_mul(doubled);
        let wait = wait.min(self.rules.open_max);
        let off = wait / SPREAD * u32::from(chance) / u32::from(u16::MAX);
        self.openings = self.openings.saturating_add(1);
        self.inner = Inner::Open {
            since: now,
            until: now + wait.saturating_sub(off),
            cause,
        };
        self.window.clear();
    }
}

fn half_open(cause: Cause) -> Inner {
    Inner::HalfOpen {
        under_way: VecDeque::new(),
        passed: 0,
        cause,
    }
}

#[cfg(test)]
mod tests;
