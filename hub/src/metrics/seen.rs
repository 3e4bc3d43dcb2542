//! What the gauges say, for the pages: the same that Prometheus is told.

use prometheus::IntGaugeVec;
use prometheus::core::Collector as _;

use super::Metrics;

/// One receiver of the exported log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverSeen {
    /// Its name in the configuration.
    pub receiver: String,
    /// Entries that it has not been sent.
    pub lag: u64,
    /// Whether it is connected.
    pub is_connected: bool,
}

/// What the gauges say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Entries under the published checkpoint.
    pub checkpoint: u64,
    /// When a checkpoint was last as current as it can be, in seconds since 1970; 0 for never.
    pub checkpoint_at: i64,
    /// Decisions that owe their outcome for too long.
    pub overdue: u64,
    /// When what was due was archived last, in seconds since 1970; 0 without an archive.
    pub archived_at: i64,
    /// Length of the list of checkpoints.
    pub checkpoint_list_bytes: u64,
    /// Receivers of the exported log.
    pub receivers: Vec<ReceiverSeen>,
}

impl Metrics {
    /// What the gauges say now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let natural = |number: i64| u64::try_from(number).unwrap_or(0);
        let connected = by_receiver(&self.export.connected);
        let lags = by_receiver(&self.export.lag).into_iter();
        let receivers = lags.map(|(receiver, lag)| ReceiverSeen {
            is_connected: connected.contains(&(receiver.clone(), 1)),
            receiver,
            lag: natural(lag),
        });
        Seen {
            checkpoint: natural(self.published.checkpoint_entries.get()),
            checkpoint_at: self.published.checkpoint_current.get(),
            overdue: natural(self.owed.overdue.get()),
            archived_at: self.archived.passed.get(),
            checkpoint_list_bytes: natural(self.published.checkpoint_list.get()),
            receivers: receivers.collect(),
        }
    }
}

/// The values of a gauge with one label.
fn by_receiver(gauges: &IntGaugeVec) -> Vec<(String, i64)> {
    let families = gauges.collect();
    let metrics = families.iter().flat_map(|family| family.get_metric());
    let read = metrics.filter_map(|metric| {
        let label = metric.get_label().first()?;
        // Gauges of whole numbers come as floating point, exact up to 2^53.
        Some((
            label.value().to_owned(),
            metric.get_gauge().get_value() as i64,
        ))
    });
    // The library has no order; whoever reads wants one.
    let mut read: Vec<_> = read.collect();
    read.sort();
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_see_what_prometheus_is_told() {
        let metrics = Metrics::new().expect("the metrics");
        assert_eq!(metrics.seen(), Seen::default());
        metrics.checkpoint(12, Some(1_700_000_000));
        metrics.owed(3, 0);
        metrics.export_state("siem", 40, true);
        metrics.export_state("spare", 0, false);
        let seen = metrics.seen();
        assert_eq!((seen.checkpoint, seen.overdue), (12, 3));
        assert_eq!(seen.checkpoint_at, 1_700_000_000);
        let receivers = seen.receivers.iter();
        let told: Vec<_> = receivers
            .map(|r| (r.receiver.as_str(), r.lag, r.is_connected))
            .collect();
        assert_eq!(told, [("siem", 40, true), ("spare", 0, false)]);
    }
}
