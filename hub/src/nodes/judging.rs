//! What a call says about the health of one class of a node: the one place that decides what counts
//! as a failure. `docs/protocol.md` has the table.

use std::time::Duration;

use wire::{RefusalCode, v1};

use super::breaker::{Event, Failure};
use super::link::LinkFault;

/// The least time in which a node that gives no reply counts as failing.
pub const FAIR_WAIT: Duration = Duration::from_secs(1);

/// What a call that brought no reply says about each class that was asked, and the code that stands
/// in the reply's place. `fault` is none where the time was up.
#[must_use]
pub fn of_silence(fault: Option<LinkFault>, wait: Duration) -> (Event, RefusalCode) {
    match fault {
        // Our own queue to the node was full: it had no chance.
        Some(LinkFault::Full) => (Event::Unjudged, RefusalCode::NodeBusy),
        Some(LinkFault::Gone) => (Event::Failed(Failure::Silent), RefusalCode::NodeDown),
        // A caller in a hurry must not make a node look sick to everybody else.
        None if wait < FAIR_WAIT => (Event::Unjudged, RefusalCode::NodeTimeout),
        None => (Event::Failed(Failure::Silent), RefusalCode::NodeTimeout),
    }
}

/// What one class of a reply says. `elapsed` is how long the class took, `waited` how long the
/// whole reply did.
#[must_use]
pub fn of_class(
    outcome: v1::Outcome,
    code: Option<RefusalCode>,
    elapsed: Duration,
    waited: Duration,
) -> Event {
    match (outcome, code) {
        (v1::Outcome::Unavailable, Some(RefusalCode::NodeSource)) => Event::Failed(Failure::Silent),
        (v1::Outcome::Unavailable, Some(RefusalCode::NodeTimeout)) if waited >= FAIR_WAIT => {
            Event::Failed(Failure::Silent)
        }
        (v1::Outcome::Unavailable, Some(RefusalCode::NodeTimeout)) => Event::Unjudged,
        (_, Some(RefusalCode::NodeBusy)) => Event::Overloaded,
        (v1::Outcome::Unavailable, Some(RefusalCode::NodeDraining)) => Event::Unjudged,
        // Answers, empty ones, stale ones, refusals, what is not covered, a refused file.
        _ => Event::Answered(elapsed),
    }
}

/// What a refusal of the whole question says about each class that was asked.
#[must_use]
pub fn of_refusal(code: RefusalCode) -> Event {
    match code {
        RefusalCode::NodeBusy | RefusalCode::MeasureMemory => Event::Overloaded,
        RefusalCode::NodeDraining => Event::Unjudged,
        _ => Event::Answered(Duration::ZERO),
    }
}

/// What a reply that broke the contract says about each class that was asked.
pub const BROKEN: Event = Event::Failed(Failure::Broken);

/// What the agent's word about its source says.
#[must_use]
pub fn of_word(standing: v1::Standing) -> Event {
    match standing {
        v1::Standing::Well => Event::Healthy,
        v1::Standing::Untried => Event::Untried,
        v1::Standing::Busy => Event::Unjudged,
        v1::Standing::Out | v1::Standing::Unspecified => Event::Unwell,
    }
}

/// What it says about a class that has been waited for in silence for a fair time: one that is out
/// is not slow. One that is well, busy, or cannot be tried is given its time.
#[must_use]
pub fn of_word_in_silence(standing: v1::Standing) -> Event {
    match standing {
        v1::Standing::Well | v1::Standing::Untried | v1::Standing::Busy => Event::Unjudged,
        v1::Standing::Out | v1::Standing::Unspecified => Event::Stalled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_failure_and_what_does_not() {
        use RefusalCode as C;
        use v1::Outcome as O;
        let long = Duration::from_secs(2);
        let failed = Event::Failed(Failure::Silent);
        let rows = [
            (O::Answered, None, Event::Answered(long)),
            (O::NoRecord, None, Event::Answered(long)),
            (O::Stale, None, Event::Answered(long)),
            (O::NotCovered, Some(C::NotCovered), Event::Answered(long)),
            (O::Refused, Some(C::GuardVeto), Event::Answered(long)),
            (O::Unavailable, Some(C::NodeFile), Event::Answered(long)),
            (O::Unavailable, Some(C::GivenMissing), Event::Answered(long)),
            (O::Unavailable, Some(C::HitUnknown), Event::Answered(long)),
            (O::Unavailable, Some(C::NodeBusy), Event::Overloaded),
            (O::Unavailable, Some(C::NodeDraining), Event::Unjudged),
            (O::Unavailable, Some(C::NodeSource), failed),
            (O::Unavailable, Some(C::NodeTimeout), failed),
        ];
        for (outcome, code, expected) in rows {
            let said = of_class(outcome, code, long, long);
            assert_eq!(said, expected, "{outcome:?} {code:?}");
        }
        let hasty = Duration::from_millis(300);
        let timeout = Some(C::NodeTimeout);
        let said = of_class(O::Unavailable, timeout, hasty, hasty);
        assert_eq!(said, Event::Unjudged, "no fair time");
        assert_eq!(of_silence(None, hasty).0, Event::Unjudged);
        assert_eq!(of_silence(None, FAIR_WAIT).0, failed);
        assert_eq!(of_silence(Some(LinkFault::Gone), hasty).0, failed);
        assert_eq!(of_silence(Some(LinkFault::Full), long).0, Event::Unjudged);
        assert_eq!(of_refusal(C::GuardVeto), Event::Answered(Duration::ZERO));
        assert_eq!(of_refusal(C::NodeBusy), Event::Overloaded);
    }

    #[test]
    fn a_source_that_is_out_is_not_slow() {
        use v1::Standing as S;
        for standing in [S::Out, S::Unspecified] {
            assert_eq!(of_word_in_silence(standing), Event::Stalled);
        }
        for standing in [S::Well, S::Untried, S::Busy] {
            assert_eq!(of_word_in_silence(standing), Event::Unjudged);
        }
    }
}
