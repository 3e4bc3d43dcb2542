//! The published log and its witnesses.

use prometheus::{IntCounterVec, IntGauge};

use super::Registrar;

#[derive(Debug)]
pub(super) struct Published {
    pub(super) checkpoint_entries: IntGauge,
    pub(super) checkpoint_current: IntGauge,
    pub(super) checkpoint_list: IntGauge,
    pub(super) checkpoint_witnesses: IntGauge,
    pub(super) witness_policy: IntGauge,
    pub(super) checkpoint_unwitnessed: IntGauge,
    pub(super) log_disowned: IntGauge,
    pub(super) witness_refusals: IntCounterVec,
}

impl Published {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            checkpoint_entries: r.gauge(
                "hub_checkpoint_entries",
                "Entries under the published checkpoint.",
            )?,
            checkpoint_current: r.gauge(
                "hub_checkpoint_current_timestamp_seconds",
                "When a checkpoint last covered all that the one before found, since 1970.",
            )?,
            checkpoint_list: r.gauge(
                "hub_checkpoint_list_bytes",
                "Length of the list of all checkpoints ever published.",
            )?,
            witness_policy: r.gauge(
                "hub_witness_policy",
                "1 if a policy of witnesses is configured; without one nobody is asked.",
            )?,
            checkpoint_witnesses: r.gauge(
                "hub_checkpoint_witnesses",
                "Witnesses that have cosigned the published checkpoint.",
            )?,
            checkpoint_unwitnessed: r.gauge(
                "hub_checkpoint_unwitnessed_seconds",
                "How long no published checkpoint has had a quorum of witnesses; 0 if one has.",
            )?,
            log_disowned: r.gauge(
                "hub_log_disowned",
                "1 once a witness has shown another history of this log.",
            )?,
            witness_refusals: r.counters(
                "hub_witness_refusals_total",
                "Answers of a node's witness that were neither a cosignature nor a proof.",
                &["node"],
            )?,
        })
    }
}
