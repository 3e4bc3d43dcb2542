//! What an agent counts. Labels come from closed sets: results, classes, defects.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use audit::Room;
use audit::witness::Offence;
use prometheus::{
    GaugeVec, Histogram, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Registry, TextEncoder,
};
use wire::registrar::{Described, GroundGauges, GroundNames};
use wire::tls::TlsStatus;
use wire::traces::Tracer;
use wire::{ClockState, Registrar};

use crate::intake::TooMuch;

mod book;
mod export;
mod naming;
mod witness;

use book::BookMetrics;
use export::ExportMetrics;
use naming::NamingMetrics;
use witness::WitnessMetrics;

const GROUND: GroundNames = GroundNames {
    build: "agent_build_info",
    certificate: "agent_certificate_expiry_timestamp_seconds",
    revocation: "agent_revocation_expiry_timestamp_seconds",
    clock: "agent_clock_state",
    spans: "agent_trace_spans_total",
};

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
    described: Vec<Described>,
    ground: GroundGauges,
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
    links: IntGauge,
    ask_seconds: Histogram,
    look_up_seconds: HistogramVec,
    book: BookMetrics,
    export: ExportMetrics,
}

impl Metrics {
    /// All metrics at zero.
    ///
    /// # Errors
    /// Two metrics of one name, which a test would show.
    pub fn new() -> Result<Self, prometheus::Error> {
        let r = &Registrar::default();
        let metrics = Self {
            ground: GroundGauges::new(r, &GROUND, env!("CARGO_PKG_VERSION"))?,
            served: r.counters(
                "agent_asks_served_total",
                "Questions of the hub that reached this node, by how they ended.",
                &["result"],
            )?,
            sent: r.counters(
                "agent_asks_sent_total",
                "Questions of local systems, by how they ended.",
                &["result"],
            )?,
            shed: r.counters(
                "agent_asks_shed_total",
                "Questions and probes that were too much for this node, by the limit they met.",
                &["limit"],
            )?,
            withheld: r.counters(
                "agent_values_withheld_total",
                "Values withheld for a defect.",
                &["class", "item", "defect"],
            )?,
            witness: WitnessMetrics::new(r)?,
            naming: NamingMetrics::new(r)?,
            links: r.gauge("agent_links", "Streams attached to the hub.")?,
            book: BookMetrics::new(r)?,
            export: ExportMetrics::new(r)?,
            file_refused: r.gauges(
                "agent_files_refused",
                "1 while the newest file of a class is refused.",
                &["class", "fault"],
            )?,
            ratio: r.ratios(
                "agent_values_withheld_ratio",
                "Share of the latest values of a class that was withheld.",
                &["class"],
            )?,
            ask_seconds: r.latency(
                "agent_ask_seconds",
                "Time from a local system's question to its answer or refusal.",
            )?,
            look_up_seconds: r.latencies(
                "agent_look_up_seconds",
                "Time that the center's own system took for a class.",
                &["class"],
            )?,
            latest: Mutex::default(),
            faults: Mutex::default(),
            registry: r.registry(),
            described: r.described(),
        };
        metrics.begin_at_zero();
        Ok(metrics)
    }

    /// Every metric with its type and labels.
    #[must_use]
    pub fn described(&self) -> &[Described] {
        &self.described
    }

    /// A counter that appears with its first event hides that event from `rate` and `increase`.
    fn begin_at_zero(&self) {
        for result in ["answered", "refused", "cancelled", "repeated"] {
            self.served.with_label_values(&[result]);
        }
        for result in ["answered", "refused"] {
            self.sent.with_label_values(&[result]);
        }
        for result in ["named", "limited", "refused"] {
            self.naming.named.with_label_values(&[result]);
        }
        for limit in [TooMuch::AtOnce, TooMuch::Often(Duration::ZERO)] {
            self.shed.with_label_values(&[limit.as_str()]);
        }
        let offences = [
            Offence::TwoHistories,
            Offence::NotGrown,
            Offence::OlderShown,
        ];
        for offence in offences {
            self.witness.caught.with_label_values(&[offence.as_str()]);
        }
    }

    /// What the agent is running on.
    pub fn door_is(&self, status: &TlsStatus) {
        self.ground.door_is("link", status);
    }

    /// Whose spans are counted.
    pub fn traces_of(&self, tracer: Tracer) {
        self.ground.traces_of(tracer);
    }

    /// How the clock is kept.
    pub fn clock_is(&self, clock: &ClockState) {
        self.ground.clock_is(clock);
    }

    /// Whether the agent's own log can write.
    pub fn book_healthy(&self, healthy: bool) {
        self.book.healthy.set(i64::from(healthy));
    }

    /// A local system's question came to its end.
    pub fn asked(&self, elapsed: Duration) {
        self.ask_seconds.observe(elapsed.as_secs_f64());
    }

    /// The center's own system was asked about a class.
    pub fn looked_up(&self, class: &str, elapsed: Duration) {
        let seconds = self.look_up_seconds.with_label_values(&[class]);
        seconds.observe(elapsed.as_secs_f64());
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
        self.links.add(change);
    }

    /// Whether any stream is attached.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.links.get() > 0
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
        self.ground.look();
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
