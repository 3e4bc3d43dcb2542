//! What is counted of breakers: by node of the trust list, class and state, all of them closed
//! sets.

use catalog::ClassNo;
use prometheus::{IntCounterVec, IntGaugeVec};

use super::{Metrics, Registrar};
use crate::nodes::MemberState;
use crate::nodes::breaker::State;

/// See the module.
#[derive(Debug)]
pub(super) struct BreakerMetrics {
    state: IntGaugeVec,
    held: IntGaugeVec,
    changes: IntCounterVec,
    overloads: IntCounterVec,
}

impl BreakerMetrics {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            state: r.gauges(
                "hub_breaker_state",
                "0 closed, 1 half open, 2 open.",
                &["node", "class"],
            )?,
            held: r.gauges(
                "hub_breaker_held",
                "1 while operators hold the breaker or have tripped it.",
                &["node", "class"],
            )?,
            changes: r.counters(
                "hub_breaker_changes_total",
                "Changes of the breaker of a node's class, by new state.",
                &["node", "class", "to"],
            )?,
            overloads: r.counters(
                "hub_node_overloads_total",
                "Calls that a node declined because it had too much to do; no failures.",
                &["node", "class"],
            )?,
        })
    }

    /// Sets the gauges of a node to the moment.
    pub(super) fn set(&self, node: &MemberState) {
        for breaker in &node.breakers {
            let class = breaker.class.to_string();
            let state = match breaker.state {
                State::Closed => 0,
                State::HalfOpen => 1,
                State::Open => 2,
            };
            let labels: &[&str] = &[&node.id, &class];
            self.state.with_label_values(labels).set(state);
            let held = i64::from(breaker.hand.is_some());
            self.held.with_label_values(labels).set(held);
            // Series begin at zero, so that a first change is seen as one.
            self.overloads.with_label_values(labels);
            for to in [State::Closed, State::HalfOpen, State::Open] {
                let labels: &[&str] = &[&node.id, &class, to.as_str()];
                self.changes.with_label_values(labels);
            }
        }
    }
}

impl Metrics {
    /// A change of a breaker.
    pub fn breaker_changed(&self, node: &str, class: ClassNo, to: State) {
        let changes = &self.breakers.changes;
        changes
            .with_label_values(&[node, &class.to_string(), to.as_str()])
            .inc();
    }

    /// A node declined a class because it had too much to do.
    pub fn overloaded(&self, node: &str, class: ClassNo) {
        let overloads = &self.breakers.overloads;
        overloads
            .with_label_values(&[node, &class.to_string()])
            .inc();
        self.lately.overloaded(node);
    }
}
