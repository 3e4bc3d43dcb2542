//! What an agent counts. Labels come from closed sets: results, classes, defects.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

/// The agent's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    served: IntCounterVec,
    sent: IntCounterVec,
    withheld: IntCounterVec,
    file_refused: IntGaugeVec,
    /// The fault shown for each class.
    faults: Mutex<BTreeMap<String, String>>,
    link_up: IntGauge,
    book_entries: IntGauge,
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
            withheld: counters(
                "agent_values_withheld_total",
                "Values withheld for a defect.",
                &["class", "defect"],
            )?,
            link_up: gauge("agent_link_up", "Streams attached to the hub.")?,
            book_entries: gauge("agent_book_entries", "Entries in the agent's own log.")?,
            file_refused,
            faults: Mutex::default(),
            registry,
        })
    }

    /// A question of the hub was answered or refused.
    pub fn served(&self, result: &str) {
        self.served.with_label_values(&[result]).inc();
    }

    /// A question of a local system was answered or refused.
    pub fn sent(&self, result: &str) {
        self.sent.with_label_values(&[result]).inc();
    }

    /// Values of a class were withheld.
    pub fn withheld(&self, class: &str, defect: &str, count: u32) {
        self.withheld
            .with_label_values(&[class, defect])
            .inc_by(u64::from(count));
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

    /// A stream came up (+1) or went down (-1).
    pub fn link(&self, change: i64) {
        self.link_up.add(change);
    }

    /// Whether any stream is attached.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.link_up.get() > 0
    }

    /// The text that Prometheus scrapes.
    ///
    /// # Errors
    /// The encoder's; it has none for these metrics.
    pub fn scrape(&self, book_entries: u64) -> Result<String, prometheus::Error> {
        self.book_entries
            .set(i64::try_from(book_entries).unwrap_or(i64::MAX));
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}
