//! The log's way to its receivers.

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

#[derive(Debug)]
pub(super) struct ExportMetrics {
    pub(super) lag: IntGaugeVec,
    pub(super) connected: IntGaugeVec,
    pub(super) messages: IntCounterVec,
    pub(super) cut: IntCounterVec,
    pub(super) interruptions: IntCounterVec,
}

impl ExportMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            let metric = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(metric.clone()))?;
            Ok::<_, prometheus::Error>(metric)
        };
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let metric = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(metric.clone()))?;
            Ok::<_, prometheus::Error>(metric)
        };
        Ok(Self {
            lag: gauges(
                "agent_export_lag_entries",
                "Entries of the own log that a receiver has not been sent.",
                &["receiver"],
            )?,
            connected: gauges(
                "agent_export_connected",
                "1 while a receiver is connected.",
                &["receiver"],
            )?,
            messages: counters(
                "agent_export_messages_total",
                "Messages sent to a receiver, those sent again included.",
                &["receiver"],
            )?,
            cut: counters(
                "agent_export_messages_cut_total",
                "Messages whose event was cut to the length that a receiver takes.",
                &["receiver"],
            )?,
            interruptions: counters(
                "agent_export_interruptions_total",
                "Connections to a receiver that broke or were not made.",
                &["receiver"],
            )?,
        })
    }
}
