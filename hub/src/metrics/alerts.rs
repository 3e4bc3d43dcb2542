//! How many alerts there are, where they stand, and how long the oldest waits for somebody.

use std::collections::BTreeMap;

use prometheus::{IntCounterVec, IntGauge, IntGaugeVec};
use time::Duration;

use super::{Metrics, Registrar};
use crate::alerts::book::Standing;
use crate::alerts::rules::RuleName;

#[derive(Debug)]
pub(super) struct AlertMetrics {
    raised: IntCounterVec,
    standing: IntGaugeVec,
    waits: IntGauge,
}

impl AlertMetrics {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            raised: r.counters(
                "hub_alerts_raised_total",
                "Alerts about how the centers' staff use queries, raised since the start.",
                &["rule"],
            )?,
            standing: r.gauges(
                "hub_alerts",
                "Alerts on record, by where they stand.",
                &["standing"],
            )?,
            waits: r.gauge(
                "hub_alerts_unassigned_seconds",
                "How long the oldest alert waits for somebody who looks into it.",
            )?,
        };
        for rule in RuleName::ALL {
            metrics.raised.with_label_values(&[rule.as_str()]);
        }
        for standing in Standing::ALL {
            metrics.standing.with_label_values(&[standing.as_str()]);
        }
        Ok(metrics)
    }
}

impl Metrics {
    /// An alert is on record.
    pub fn alert_raised(&self, rule: &str) {
        self.alerts.raised.with_label_values(&[rule]).inc();
    }

    /// Where the alerts stand, and how long the oldest waits.
    pub fn alerts(&self, counts: &BTreeMap<Standing, usize>, waits: Duration) {
        for (standing, count) in counts {
            let gauge = self.alerts.standing.with_label_values(&[standing.as_str()]);
            gauge.set(i64::try_from(*count).unwrap_or(i64::MAX));
        }
        self.alerts.waits.set(waits.whole_seconds());
    }
}
