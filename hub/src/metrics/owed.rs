//! What is owed to the record: decisions without their outcome.

use prometheus::{IntCounter, IntGauge};

use super::Registrar;

#[derive(Debug)]
pub(super) struct Owed {
    pub(super) overdue: IntGauge,
    pub(super) abandoned: IntCounter,
}

impl Owed {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            overdue: r.gauge(
                "hub_decisions_overdue",
                "Decisions without outcome for longer than a question may take.",
            )?,
            abandoned: r.counter(
                "hub_decisions_abandoned_total",
                "Decisions closed without an outcome.",
            )?,
        })
    }
}
