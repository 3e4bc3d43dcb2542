//! What lists may use: their own places beside those of single questions, and their own pace.
//!
//! A line waits where a single question is refused: nobody stands at a counter for it, and its
//! stream holds the caller back meanwhile. Only a list too many, or a person who asks for more
//! lines than anybody may, is refused.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wire::limits::{DEADLINE_MAX, LINES_PER_LIST_AT_ONCE, LISTS_PER_NODE_MAX};
use wire::{LimitName, Limits, Rate, Refusal, RefusalCode};

use super::meters::{Due, Kind};
use super::places::{Place, Places, Wants};
use super::queue::Urgency;
use super::{InForce, Throttle};

/// When a list too many may try again.
const LIST_RETRY: Duration = Duration::from_secs(5);
/// All lines that can wait at once: those that the lists of some hundred centers work on.
const LINES_WAITING_MAX: usize = 128 * LISTS_PER_NODE_MAX * LINES_PER_LIST_AT_ONCE;

/// Lists under way, by node.
#[derive(Debug, Default)]
pub(super) struct OpenLists {
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
    _place: Option<Place>,
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

/// Places of lines; the queue in front of them has room for all that can wait.
pub(super) fn line_places(limits: &Limits) -> Places {
    let places = limits.places(LimitName::ListLinesInFlightMax);
    Places::new(places, LINES_WAITING_MAX)
}

pub(super) fn set_line_places(places: &Places, limits: &Limits) {
    let most = limits.places(LimitName::ListLinesInFlightMax);
    places.set(most, LINES_WAITING_MAX);
}

impl Throttle {
    /// Takes a list of a proven node in.
    ///
    /// # Errors
    /// The node has as many lists under way as one may have.
    pub fn begin_list(&self, node: &str) -> Result<OpenList, Refusal> {
        let mut open = self.lists.by_node();
        let count = open.entry(node.to_owned()).or_default();
        if *count >= LISTS_PER_NODE_MAX {
            return Err(Refusal::until(RefusalCode::LimitLists, LIST_RETRY));
        }
        *count += 1;
        Ok(OpenList {
            lists: Arc::clone(&self.lists),
            node: node.to_owned(),
        })
    }

    /// A place for the next line of a node's list, once its pace and the other lines allow it.
    pub async fn line(&self, node: &str) -> LinePlace {
        while let Err(early) = self.charge_line(node) {
            tokio::time::sleep(early).await;
        }
        loop {
            let wants = Wants {
                node,
                urgency: Urgency::Batch,
                latest: self.now_at() + DEADLINE_MAX,
            };
            // The centers take turns, so that no list starves another.
            if let Ok(place) = self.line_places.take(wants).await {
                return LinePlace {
                    _place: Some(place),
                };
            }
            tokio::time::sleep(self.line_places.hint()).await;
        }
    }

    fn charge_line(&self, node: &str) -> Result<(), Duration> {
        let limits = self.in_force();
        let rate = lines_of(&limits, node);
        let due = Due {
            kind: Kind::Lines,
            name: String::new(),
            rate,
            code: RefusalCode::LimitCaller,
        };
        let charged = self.meters.charge(node, vec![due], self.now());
        charged
            .map(drop)
            .map_err(|later| later.retry_after.unwrap_or_default())
    }

    /// Counts a line of a person whose name the node has signed.
    ///
    /// # Errors
    /// The operator asks for more lines than one may.
    pub fn admit_line_operator(&self, node: &str, operator: &str) -> Result<(), Refusal> {
        let limits = self.in_force();
        let operator = operator.to_ascii_lowercase();
        let whom = format!("{node}/{operator}");
        let of = |name| limits.of(name, &whom);
        let due = Due {
            kind: Kind::OperatorLines,
            name: operator,
            rate: Rate::per_minute(
                of(LimitName::OperatorLinesPerMinute),
                of(LimitName::OperatorLinesBurst),
            ),
            code: RefusalCode::LimitOperator,
        };
        self.meters.charge(node, vec![due], self.now()).map(drop)
    }
}

fn lines_of(limits: &InForce, node: &str) -> Rate {
    Rate::per_second(
        limits.of(LimitName::NodeLinesPerSecond, node),
        limits.of(LimitName::NodeLinesBurst, node),
    )
}

#[cfg(test)]
mod tests;
