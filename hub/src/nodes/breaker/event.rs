//! What happens to a breaker, and what it says of itself.

use std::time::Duration;

use super::Rates;

/// What happened to a class of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It answered, whatever the answer was; so long it took.
    Answered(Duration),
    /// It failed to answer.
    Failed(Failure),
    /// The node said that it has too much to do. That is no failure: it tells the truth.
    Overloaded,
    /// A call ended without saying anything about it: the caller gave it no fair time, or its
    /// stream was full.
    Unjudged,
    /// The node's last stream is gone without farewell.
    LinkLost,
    /// A stream of the node broke the contract and was read no further.
    Breached,
    /// Questions have waited for long, nothing came, and the agent did not say that its source is
    /// well.
    Stalled,
    /// The node attached.
    Attached,
    /// The agent tried its source, and it is well.
    Healthy,
    /// The agent is there; its source cannot be tried without asking about somebody.
    Untried,
    /// The agent tried its source in vain, or did not say in time.
    Unwell,
    /// An operator set it by hand.
    Set(Hand),
    /// An operator closed it, or ended a trip.
    Reset,
    /// What an operator set is lifted, or its time is over.
    Released,
}

/// What a call passed as. It comes back with what became of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass(pub(super) u64);

impl Pass {
    /// A call like any other: it passed while the breaker was closed, or held so.
    pub const CALL: Self = Self(0);
}

/// How a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing came: time-out, lost stream, failing source.
    Silent,
    /// What came broke the contract.
    Broken,
}

/// What operators have set over a breaker. It stays until they lift it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// Open until it is reset.
    Tripped,
    /// Open until it is released; a reset does not end it.
    HeldOpen,
    /// Closed until it is released, whatever fails.
    HeldClosed,
}

impl Hand {
    /// As written in logs, metrics and pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tripped => "tripped",
            Self::HeldOpen => "held-open",
            Self::HeldClosed => "held-closed",
        }
    }
}

impl Event {
    /// As written in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::Failed(Failure::Silent) => "failed",
            Self::Failed(Failure::Broken) => "broken",
            Self::Overloaded => "overloaded",
            Self::Unjudged => "unjudged",
            Self::LinkLost => "link-lost",
            Self::Breached => "breached",
            Self::Stalled => "stalled",
            Self::Attached => "attached",
            Self::Healthy => "healthy",
            Self::Untried => "untried",
            Self::Unwell => "unwell",
            Self::Set(hand) => hand.as_str(),
            Self::Reset => "reset",
            Self::Released => "released",
        }
    }
}

/// The three states, as shown to people and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Calls pass.
    Closed,
    /// A few calls at a time pass as probes.
    HalfOpen,
    /// Calls are refused.
    Open,
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

/// A change, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Before.
    pub from: State,
    /// After.
    pub to: State,
    /// The event behind it; none when time alone opened the way for a probe.
    pub because: Option<Event>,
    /// What operators have set over it after that.
    pub hand: Option<Hand>,
    /// What counted just before.
    pub rates: Rates,
}

impl Transition {
    /// The word for what is behind it.
    #[must_use]
    pub fn because(&self) -> &'static str {
        self.because.map_or("time", Event::as_str)
    }

    /// Whether it says the same as another on record.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (self.from, self.to, self.hand, self.rates)
            == (other.from, other.to, other.hand, other.rates)
            && self.because() == other.because()
    }
}
