//! The log's way to its receivers.

use prometheus::{IntCounterVec, IntGaugeVec};
use wire::Registrar;

#[derive(Debug)]
pub(super) struct ExportMetrics {
    pub(super) lag: IntGaugeVec,
    pub(super) connected: IntGaugeVec,
    pub(super) messages: IntCounterVec,
    pub(super) cut: IntCounterVec,
    pub(super) interruptions: IntCounterVec,
}

impl ExportMetrics {
    pub(super) fn new(r: &Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            lag: r.gauges(
                "agent_export_lag_entries",
                "Entries of the own log that a receiver has not been sent.",
                &["receiver"],
            )?,
            connected: r.gauges(
                "agent_export_connected",
                "1 while a receiver is connected.",
                &["receiver"],
            )?,
            messages: r.counters(
                "agent_export_messages_total",
                "Messages sent to a receiver, those sent again included.",
                &["receiver"],
            )?,
            cut: r.counters(
                "agent_export_messages_cut_total",
                "Messages whose event was cut to the length that a receiver takes.",
                &["receiver"],
            )?,
            interruptions: r.counters(
                "agent_export_interruptions_total",
                "Connections to a receiver that broke or were not made.",
                &["receiver"],
            )?,
        })
    }
}
