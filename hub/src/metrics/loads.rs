//! What is counted of changed rules and limits, of what waits and of what each node is asked.

use prometheus::{IntCounterVec, IntGauge, IntGaugeVec};

use super::Registrar;
use crate::nodes::loads::LoadState;

#[derive(Debug)]
pub(super) struct LoadMetrics {
    rules_read: IntCounterVec,
    read: IntCounterVec,
    waiting: IntGauge,
    limit: IntGaugeVec,
    in_flight: IntGaugeVec,
    target_waiting: IntGaugeVec,
    throttled: IntCounterVec,
}

impl LoadMetrics {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            rules_read: r.counters(
                "hub_rules_read_total",
                "Changed rules, by whether they were taken or the old ones kept.",
                &["result"],
            )?,
            read: r.counters(
                "hub_limits_read_total",
                "Changed limits, by whether they were taken or the old ones kept.",
                &["result"],
            )?,
            waiting: r.gauge(
                "hub_asks_waiting",
                "Single questions that wait for a place.",
            )?,
            limit: r.gauges(
                "hub_target_limit",
                "Questions that may be under way at a node, as found by the hub.",
                &["node"],
            )?,
            in_flight: r.gauges(
                "hub_target_in_flight",
                "Questions under way at a node.",
                &["node"],
            )?,
            target_waiting: r.gauges(
                "hub_target_waiting",
                "Questions that wait for a node.",
                &["node"],
            )?,
            throttled: r.counters(
                "hub_target_throttled_total",
                "Questions that went on without a node that had enough under way.",
                &["node"],
            )?,
        })
    }

    /// Series of what a changed file comes to.
    pub(super) fn begin(&self, result: &str) {
        self.rules_read.with_label_values(&[result]);
        self.read.with_label_values(&[result]);
    }

    pub(super) fn rules_read(&self, result: &str) {
        self.rules_read.with_label_values(&[result]).inc();
    }

    pub(super) fn limits_read(&self, result: &str) {
        self.read.with_label_values(&[result]).inc();
    }

    pub(super) fn set(&self, waiting: usize, nodes: &[LoadState]) {
        let gauge = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.waiting.set(gauge(waiting));
        for node in nodes {
            let label = [node.node.as_str()];
            let set = |gauges: &IntGaugeVec, number| {
                gauges.with_label_values(&label).set(gauge(number));
            };
            set(&self.limit, node.limit);
            set(&self.in_flight, node.in_flight);
            set(&self.target_waiting, node.waiting);
            // The loads count for themselves; this follows them.
            let told = self.throttled.with_label_values(&label);
            told.inc_by(node.throttled.saturating_sub(told.get()));
        }
    }
}
