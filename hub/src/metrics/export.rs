//! The log's way to its receivers.

use prometheus::{IntCounterVec, IntGaugeVec};

use super::Registrar;

/// What is counted of the log's way to its receivers.
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
                "hub_export_lag_entries",
                "Entries of the log that a receiver has not been sent.",
                &["receiver"],
            )?,
            connected: r.gauges(
                "hub_export_connected",
                "1 while a receiver is connected.",
                &["receiver"],
            )?,
            messages: r.counters(
                "hub_export_messages_total",
                "Messages sent to a receiver, those sent again included.",
                &["receiver"],
            )?,
            cut: r.counters(
                "hub_export_messages_cut_total",
                "Messages whose event was cut to the length that a receiver takes.",
                &["receiver"],
            )?,
            interruptions: r.counters(
                "hub_export_interruptions_total",
                "Connections to a receiver that broke or were not made.",
                &["receiver"],
            )?,
        })
    }
}
