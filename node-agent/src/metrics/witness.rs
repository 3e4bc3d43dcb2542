//! This center's witness.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

#[derive(Debug)]
pub(super) struct WitnessMetrics {
    pub(super) cosigned: IntCounter,
    pub(super) last_cosigned: IntGauge,
    pub(super) caught: IntCounterVec,
    pub(super) failed: IntGauge,
    pub(super) distrusted: IntGauge,
}

impl WitnessMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            cosigned: IntCounter::new(
                "agent_witness_cosigned_total",
                "Checkpoints of the hub's log that were cosigned here.",
            )?,
            last_cosigned: IntGauge::new(
                "agent_witness_last_cosigned_timestamp_seconds",
                "When a checkpoint of the hub's log was cosigned here last, since 1970; 0 \
                 without a witness.",
            )?,
            caught: IntCounterVec::new(
                Opts::new(
                    "agent_witness_caught_total",
                    "Checkpoints of the hub's log that do not go together with one seen before.",
                ),
                &["offence"],
            )?,
            failed: IntGauge::new(
                "agent_witness_failed",
                "1 while this center's witness cannot remember and cosigns nothing.",
            )?,
            distrusted: IntGauge::new(
                "agent_hub_distrusted",
                "1 while nothing is asked or answered through the hub.",
            )?,
        };
        registry.register(Box::new(metrics.cosigned.clone()))?;
        registry.register(Box::new(metrics.last_cosigned.clone()))?;
        registry.register(Box::new(metrics.caught.clone()))?;
        registry.register(Box::new(metrics.failed.clone()))?;
        registry.register(Box::new(metrics.distrusted.clone()))?;
        Ok(metrics)
    }
}
