//! What an agent counts. Labels come from closed sets: results, classes, defects.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use audit::Room;
use prometheus::{GaugeVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

mod book;
mod export;
mod naming;
mod witness;

use book::BookMetrics;
use export::ExportMetrics;
use naming::NamingMetrics;
use witness::WitnessMetrics;

/// Values of a class after which the older half of the ratio is forgotten.
const RATIO_VALUES: u64 = 10_000;

/// How many values were looked at, and how many of them were withheld.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    values: u64,
    withheld: u64,
}

/// The agent's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    served: IntCounterVec,
    sent: IntCounterVec,
    shed: IntCounterVec,
    naming: NamingMetrics,
    withheld: IntCounterVec,
    file_refused: IntGaugeVec,
    ratio: GaugeVec,
    /// The latest values of each class.
    latest: Mutex<BTreeMap<String, [Share; 2]>>,
    /// The fault shown for each class.
    faults: Mutex<BTreeMap<String, String>>,
    witness: WitnessMetrics,
    link_up: IntGauge,
    book: BookMetrics,
    export: ExportMetrics,
}

impl Metrics {
    /// All metrics at zero.
    ///
    /// # Errors
    /// Two metrics of one name, which a test would show.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let metric = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(metric.clone()))?;
            Ok::<_, prometheus::Error>(metric)
        };
        let gauge = |name: &str, help: &str| {
            let metric = IntGauge::new(name, help)?;
            registry.register(Box::new(metric.clone()))?;
            Ok::<_, prometheus::Error>(metric)
        };
        let file_refused = IntGaugeVec::new(
            Opts::new(
                "agent_files_refused",
                "1 while the newest file of a class is refused.",
            ),
            &["class", "fault"],
        )?;
        registry.register(Box::new(file_refused.clone()))?;
        let ratio = GaugeVec::new(
            Opts::new(
                "agent_values_withheld_ratio",
                "Share of the latest values of a class that was withheld.",
            ),
            &["class"],
        )?;
        registry.register(Box::new(ratio.clone()))?;
        Ok(Self {
            served: counters(
                "agent_asks_served_total",
                "Questions of the hub that reached this node, by how they ended.",
                &["result"],
            )?,
            sent: counters(
                "agent_asks_sent_total",
                "Questions of local systems, by how they ended.",
                &["result"],
            )?,
            shed: counters(
                "agent_asks_shed_total",
                "Questions of the hub that were too much for this node, by the limit they met.",
                &["limit"],
            )?,
            withheld: counters(
                "agent_values_withheld_total",
                "Values withheld for a defect.",
                &["class", "item", "defect"],
            )?,
            witness: WitnessMetrics::new(&registry)?,
            naming: NamingMetrics::new(&registry)?,
            link_up: gauge("agent_link_up", "Streams attached to the hub.")?,
            book: BookMetrics::new(&registry)?,
            export: ExportMetrics::new(&registry)?,
            file_refused,
            ratio,
            latest: Mutex::default(),
            faults: Mutex::default(),
            registry,
        })
    }

    /// Whether the disk has room for the agent's own log.
    pub fn book_room(&self, room: Room) {
        self.book.room(room);
    }

    /// A question of the hub was answered or refused.
    pub fn served(&self, result: &str) {
        self.served.with_label_values(&[result]).inc();
    }

    /// A question of the hub that was too much, by the limit that it met.
    pub fn shed(&self, limit: &str) {
        self.shed.with_label_values(&[limit]).inc();
    }

    /// The hub's auditor wanted a number named.
    pub fn subject_named(&self, result: &str) {
        self.naming.named.with_label_values(&[result]).inc();
    }

    /// A question of a local system was answered or refused.
    pub fn sent(&self, result: &str) {
        self.sent.with_label_values(&[result]).inc();
    }

    /// Values of an item were withheld; `item` is empty for what is about a source as a whole.
    pub fn withheld(&self, class: &str, item: &str, defect: &str, count: u32) {
        self.withheld
            .with_label_values(&[class, item, defect])
            .inc_by(u64::from(count));
    }

    /// So many values of a class were looked at, so many of them withheld. The ratio is over the
    /// latest 10,000 to 20,000 values, so that it shows how the data is and not how it was.
    pub fn values(&self, class: &str, values: u64, withheld: u64) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let [now, before] = latest.entry(class.to_owned()).or_default();
        now.values = now.values.saturating_add(values);
        now.withheld = now.withheld.saturating_add(withheld);
        let all = now.values.saturating_add(before.values);
        let bad = now.withheld.saturating_add(before.withheld);
        if now.values >= RATIO_VALUES {
            *before = *now;
            *now = Share::default();
        }
        drop(latest);
        if all > 0 {
            let ratio = self.ratio.with_label_values(&[class]);
            ratio.set(bad as f64 / all as f64);
        }
    }

    /// Whether the newest file of a class is refused, and why.
    pub fn file_refused(&self, class: &str, fault: Option<String>) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match &fault {
            Some(fault) => faults.insert(class.to_owned(), fault.clone()),
            None => faults.remove(class),
        };
        if before == fault {
            return;
        }
        if let Some(before) = before {
            self.file_refused
                .with_label_values(&[class, &before])
                .set(0);
        }
        if let Some(fault) = fault {
            self.file_refused.with_label_values(&[class, &fault]).set(1);
        }
    }

    /// A checkpoint was cosigned.
    pub fn witness_cosigned(&self) {
        self.witness.cosigned.inc();
    }

    /// When a checkpoint was cosigned last, in seconds since 1970.
    pub fn witness_last_cosigned(&self, at: i64) {
        self.witness.last_cosigned.set(at);
    }

    /// The hub's log was caught.
    pub fn witness_caught(&self, offence: &str) {
        self.witness.caught.with_label_values(&[offence]).inc();
    }

    /// Whether this center's witness has lost its memory.
    pub fn witness_failed(&self, failed: bool) {
        self.witness.failed.set(i64::from(failed));
    }

    /// Whether nothing goes through the hub.
    pub fn hub_distrusted(&self, distrusted: bool) {
        self.witness.distrusted.set(i64::from(distrusted));
    }

    /// How the export to a receiver stands.
    pub fn export_state(&self, receiver: &str, lag: u64, connected: bool) {
        let lag = i64::try_from(lag).unwrap_or(i64::MAX);
        self.export.lag.with_label_values(&[receiver]).set(lag);
        let connected = i64::from(connected);
        self.export
            .connected
            .with_label_values(&[receiver])
            .set(connected);
    }

    /// Messages were sent to a receiver, some of them cut.
    pub fn export_sent(&self, receiver: &str, messages: u64, cut: u64) {
        let sent = self.export.messages.with_label_values(&[receiver]);
        sent.inc_by(messages);
        self.export.cut.with_label_values(&[receiver]).inc_by(cut);
    }

    /// A connection to a receiver broke or was not made.
    pub fn export_broke(&self, receiver: &str) {
        self.export
            .interruptions
            .with_label_values(&[receiver])
            .inc();
    }

    /// A stream came up (+1) or went down (-1).
    pub fn link(&self, change: i64) {
        self.link_up.add(change);
    }

    /// Whether any stream is attached.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.link_up.get() > 0
    }

    /// Everything that was due is in the archive: when, up to which entry, and with which entry the
    /// book begins.
    pub fn archived(&self, at: i64, entries: u64, first: u64) {
        self.book.archived(at, entries, first);
    }

    /// The text that Prometheus scrapes.
    ///
    /// # Errors
    /// The encoder's; it has none for these metrics.
    pub fn scrape(&self, book_entries: u64) -> Result<String, prometheus::Error> {
        self.book
            .entries
            .set(i64::try_from(book_entries).unwrap_or(i64::MAX));
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withheld_values_are_counted_by_item_and_shown_as_a_rate() {
        let metrics = Metrics::new().expect("is sound");
        metrics.withheld("04", "04-08", "unknown-code", 3);
        metrics.values("04", 20, 3);
        let text = metrics.scrape(0).expect("is written");
        let counted =
            "agent_values_withheld_total{class=\"04\",defect=\"unknown-code\",item=\"04-08\"} 3";
        assert!(text.contains(counted), "{text}");
        assert!(
            text.contains("agent_values_withheld_ratio{class=\"04\"} 0.15"),
            "{text}"
        );
        // What was bad long ago is forgotten.
        metrics.values("04", RATIO_VALUES, 0);
        metrics.values("04", RATIO_VALUES, 0);
        metrics.values("04", 1, 0);
        let text = metrics.scrape(0).expect("is written");
        assert!(
            text.contains("agent_values_withheld_ratio{class=\"04\"} 0\n"),
            "{text}"
        );
    }
}
