//! This center's witness.

use prometheus::{IntCounter, IntCounterVec, IntGauge};
use wire::Registrar;

#[derive(Debug)]
pub(super) struct WitnessMetrics {
    pub(super) cosigned: IntCounter,
    pub(super) last_cosigned: IntGauge,
    pub(super) caught: IntCounterVec,
    pub(super) failed: IntGauge,
    pub(super) distrusted: IntGauge,
}

impl WitnessMetrics {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            cosigned: r.counter(
                "agent_witness_cosigned_total",
                "Checkpoints of the hub's log that were cosigned here.",
            )?,
            last_cosigned: r.gauge(
                "agent_witness_last_cosigned_timestamp_seconds",
                "When a checkpoint of the hub's log was cosigned here last, since 1970; 0 \
                 without a witness.",
            )?,
            caught: r.counters(
                "agent_witness_caught_total",
                "Checkpoints of the hub's log that do not go together with one seen before.",
                &["offence"],
            )?,
            failed: r.gauge(
                "agent_witness_failed",
                "1 while this center's witness cannot remember and cosigns nothing.",
            )?,
            distrusted: r.gauge(
                "agent_hub_distrusted",
                "1 while nothing is asked or answered through the hub.",
            )?,
        })
    }
}
