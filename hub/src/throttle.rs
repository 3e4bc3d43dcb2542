//! Who may ask how often, and how much may be under way at once.
//!
//! Quotas are per node and per operator (GCRA, by governor); the limit on questions under way is
//! the hub's own. A single question waits for nothing: what does not fit is refused at once, with
//! the limit's name. Lists have limits of their own (`throttle/lists.rs`), so that they take
//! nothing away, and make room for single questions (`throttle/precedence.rs`).

mod lists;
mod pace;
mod precedence;

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::Quota;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use wire::RefusalCode;

use lists::ListThrottle;
pub use lists::{LinePlace, ListRules, OpenList};
use pace::{Limiter, RuntimeClock};
use precedence::{AtCounter, Counters};
pub use precedence::{InGate, ListGate};

/// Streams that one node may attach in a minute in the long run, and at once: far above what a
/// restart or a lost network needs, far below what fills a log.
const ATTACHES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();
const ATTACHES_BURST: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// Operators remembered before the limiter forgets those with a full quota again.
const OPERATORS_KEPT: usize = 10_000;

/// The limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleRules {
    /// Questions a second that one node may ask in the long run.
    pub caller_per_second: NonZeroU32,
    /// Questions that one node may ask at once.
    pub caller_burst: NonZeroU32,
    /// Questions a minute that one operator may ask in the long run.
    pub operator_per_minute: NonZeroU32,
    /// Questions that one operator may ask at once.
    pub operator_burst: NonZeroU32,
    /// Single questions under way in the whole hub.
    pub in_flight_max: usize,
    /// Lists.
    pub lists: ListRules,
}

/// The quotas and the limit on questions under way.
#[derive(Debug)]
pub struct Throttle {
    callers: Limiter<String>,
    operators: Limiter<(String, String)>,
    attaches: Limiter<String>,
    in_flight: Arc<Semaphore>,
    in_flight_max: usize,
    /// Single questions under way, for which lists make room.
    counters: Counters,
    lists: ListThrottle,
}

/// A place among the questions under way, held until the answer has left.
#[derive(Debug)]
pub struct Slot {
    _permit: OwnedSemaphorePermit,
    _at_counter: AtCounter,
}

impl Throttle {
    /// Limits by these rules.
    #[must_use]
    pub fn new(rules: ThrottleRules) -> Self {
        let callers = Quota::per_second(rules.caller_per_second).allow_burst(rules.caller_burst);
        let operators =
            Quota::per_minute(rules.operator_per_minute).allow_burst(rules.operator_burst);
        let clock = RuntimeClock::begun_now();
        Self {
            callers: clock.keyed(callers),
            operators: clock.keyed(operators),
            attaches: clock
                .keyed(Quota::per_minute(ATTACHES_PER_MINUTE).allow_burst(ATTACHES_BURST)),
            in_flight: Arc::new(Semaphore::new(rules.in_flight_max)),
            in_flight_max: rules.in_flight_max,
            counters: Counters::quiet(Instant::now()),
            lists: ListThrottle::new(rules.lists, clock),
        }
    }

    /// Takes a question of a proven node in: its quota first, then the hub's limit.
    ///
    /// # Errors
    /// The node asks too often, or the hub is full.
    pub fn admit(&self, node: &str) -> Result<Slot, RefusalCode> {
        self.callers
            .check_key(&node.to_owned())
            .map_err(|_| RefusalCode::LimitCaller)?;
        let permit = Arc::clone(&self.in_flight)
            .try_acquire_owned()
            .map_err(|_| RefusalCode::LimitHub)?;
        Ok(Slot {
            _permit: permit,
            _at_counter: self.counters.wait(),
        })
    }

    /// Counts a question of a person whose name the node has signed.
    ///
    /// # Errors
    /// The operator asks too often.
    pub fn admit_operator(&self, node: &str, operator: &str) -> Result<(), RefusalCode> {
        if self.operators.len() > OPERATORS_KEPT {
            self.operators.retain_recent();
        }
        self.operators
            .check_key(&(node.to_owned(), operator.to_ascii_lowercase()))
            .map_err(|_| RefusalCode::LimitOperator)
    }

    /// Takes a list of a proven node in.
    ///
    /// # Errors
    /// The node has as many lists under way as one may have.
    pub fn begin_list(&self, node: &str) -> Result<OpenList, RefusalCode> {
        self.lists.begin(node)
    }

    /// The gate through which the lines of one list go, at most so many at once and fewer while
    /// somebody waits for a single question.
    #[must_use]
    pub fn gate(&self, width_max: usize) -> Arc<ListGate> {
        ListGate::new(self.counters.clone(), width_max)
    }

    /// A place for the next line of a node's list, once its pace and the other lines allow it.
    pub async fn line(&self, node: &str) -> LinePlace {
        self.lists.line(node).await
    }

    /// Counts a line of a person whose name the node has signed.
    ///
    /// # Errors
    /// The operator asks for more lines than one may.
    pub fn admit_line_operator(&self, node: &str, operator: &str) -> Result<(), RefusalCode> {
        self.lists.admit_operator(node, operator)
    }

    /// Counts a stream that a registered node wants to attach.
    ///
    /// # Errors
    /// The node attaches too often.
    pub fn admit_attach(&self, node: &str) -> Result<(), RefusalCode> {
        self.attaches
            .check_key(&node.to_owned())
            .map_err(|_| RefusalCode::AttachTooOften)
    }

    /// Questions under way, lines of lists among them.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        let free = self.in_flight.available_permits();
        let singles = self.in_flight_max.saturating_sub(free);
        singles + self.lists.in_flight()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> ThrottleRules {
        let n = |n| NonZeroU32::new(n).expect("is not zero");
        ThrottleRules {
            caller_per_second: n(1),
            caller_burst: n(3),
            operator_per_minute: n(1),
            operator_burst: n(2),
            in_flight_max: 2,
            lists: ListRules {
                lines_per_second: n(1),
                lines_burst: n(1),
                operator_lines_per_minute: n(1),
                operator_lines_burst: n(1),
                lines_in_flight_max: 1,
            },
        }
    }

    #[test]
    fn one_nodes_quota_is_not_anothers() {
        let throttle = Throttle::new(rules());
        for _ in 0..3 {
            drop(throttle.admit("city").expect("within the burst"));
        }
        assert_eq!(throttle.admit("city").err(), Some(RefusalCode::LimitCaller));
        assert!(throttle.admit("guoguan").is_ok());
    }

    #[test]
    fn what_is_under_way_is_limited_and_given_back() {
        let throttle = Throttle::new(rules());
        let first = throttle.admit("city").expect("has room");
        let _second = throttle.admit("guoguan").expect("has room");
        assert_eq!(throttle.in_flight(), 2);
        assert_eq!(throttle.admit("tielu").err(), Some(RefusalCode::LimitHub));
        drop(first);
        assert!(throttle.admit("tielu").is_ok());
    }

    #[test]
    fn operators_of_the_same_name_at_two_nodes_are_two() {
        let throttle = Throttle::new(rules());
        for _ in 0..2 {
            throttle
                .admit_operator("city", "0231")
                .expect("within the burst");
        }
        assert_eq!(
            throttle.admit_operator("city", "0231"),
            Err(RefusalCode::LimitOperator)
        );
        assert_eq!(throttle.admit_operator("guoguan", "0231"), Ok(()));
    }
}
