//! What lists may use: their own places beside those of single questions, and their own pace.
//!
//! A line waits where a single question is refused: nobody stands at a counter for it, and its
//! stream holds the caller back meanwhile. Only a list too many, or a person who asks for more
//! lines than anybody may, is refused.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::Quota;
use governor::clock::Clock as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::RefusalCode;
use wire::limits::LISTS_PER_NODE_MAX;

use super::OPERATORS_KEPT;
use super::pace::{Limiter, RuntimeClock};

/// The limits of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListRules {
    /// Lines a second of one node in the long run.
    pub lines_per_second: NonZeroU32,
    /// Lines of one node at once.
    pub lines_burst: NonZeroU32,
    /// Lines a minute of one operator in the long run.
    pub operator_lines_per_minute: NonZeroU32,
    /// Lines of one operator at once.
    pub operator_lines_burst: NonZeroU32,
    /// Lines under way in the whole hub.
    pub lines_in_flight_max: usize,
}

/// Places and pace of lists.
#[derive(Debug)]
pub(super) struct ListThrottle {
    pace: Limiter<String>,
    operators: Limiter<(String, String)>,
    places: Arc<Semaphore>,
    places_max: usize,
    open: Arc<OpenLists>,
    clock: RuntimeClock,
}

/// Lists under way, by node.
#[derive(Debug, Default)]
struct OpenLists {
    /// Touched when a list begins and ends.
    by_node: Mutex<BTreeMap<String, usize>>,
}

/// One list under way, held until its stream has ended.
#[derive(Debug)]
pub struct OpenList {
    lists: Arc<OpenLists>,
    node: String,
}

/// A place among the lines under way, held until the line's outcome is on record.
#[derive(Debug)]
pub struct LinePlace {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Drop for OpenList {
    fn drop(&mut self) {
        let mut open = self.lists.by_node();
        if let Some(count) = open.get_mut(&self.node) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.node);
            }
        }
    }
}

impl OpenLists {
    fn by_node(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.by_node.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ListThrottle {
    pub(super) fn new(rules: ListRules, clock: RuntimeClock) -> Self {
        let pace = Quota::per_second(rules.lines_per_second).allow_burst(rules.lines_burst);
        let operators = Quota::per_minute(rules.operator_lines_per_minute)
            .allow_burst(rules.operator_lines_burst);
        Self {
            pace: clock.keyed(pace),
            operators: clock.keyed(operators),
            places: Arc::new(Semaphore::new(rules.lines_in_flight_max)),
            places_max: rules.lines_in_flight_max,
            open: Arc::default(),
            clock,
        }
    }

    pub(super) fn begin(&self, node: &str) -> Result<OpenList, RefusalCode> {
        let mut open = self.open.by_node();
        let count = open.entry(node.to_owned()).or_default();
        if *count >= LISTS_PER_NODE_MAX {
            return Err(RefusalCode::LimitLists);
        }
        *count += 1;
        Ok(OpenList {
            lists: Arc::clone(&self.open),
            node: node.to_owned(),
        })
    }

    pub(super) async fn line(&self, node: &str) -> LinePlace {
        let node = node.to_owned();
        while let Err(early) = self.pace.check_key(&node) {
            tokio::time::sleep(early.wait_time_from(self.clock.now())).await;
        }
        // Waiters are served in their order, so no list starves another. The semaphore is never
        // closed.
        let permit = Arc::clone(&self.places).acquire_owned().await;
        LinePlace {
            _permit: permit.ok(),
        }
    }

    pub(super) fn admit_operator(&self, node: &str, operator: &str) -> Result<(), RefusalCode> {
        if self.operators.len() > OPERATORS_KEPT {
            self.operators.retain_recent();
        }
        self.operators
            .check_key(&(node.to_owned(), operator.to_ascii_lowercase()))
            .map_err(|_| RefusalCode::LimitOperator)
    }

    pub(super) fn in_flight(&self) -> usize {
        self.places_max
            .saturating_sub(self.places.available_permits())
    }
}

#[cfg(test)]
mod tests;
