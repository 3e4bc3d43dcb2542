//! What the hub counts. Labels come from closed sets: codes, node names of the trust list, states.

use audit::Room;
use prometheus::{
    Histogram, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Registry, TextEncoder,
};
use std::time::Duration;
use wire::registrar::{Described, GroundGauges, GroundNames};
use wire::traces::Tracer;
use wire::{ClockState, RefusalCode, Registrar};

use crate::ledger::entry::NodeOutcome;
use crate::nodes::MemberState;
use crate::nodes::loads::LoadState;
use crate::nodes::retry::Tries;

mod alerts;
mod archived;
mod beginning;
mod breakers;
mod export;
mod journal;
pub mod lately;
mod loads;
mod owed;
mod published;
pub mod seen;

use alerts::AlertMetrics;
use archived::Archived;
use breakers::BreakerMetrics;
use export::ExportMetrics;
use journal::JournalGauges;
use lately::{Changing, Lately};
use loads::LoadMetrics;
use owed::Owed;
use published::Published;

const GROUND: GroundNames = GroundNames {
    build: "hub_build_info",
    certificate: "hub_certificate_expiry_timestamp_seconds",
    revocation: "hub_revocation_expiry_timestamp_seconds",
    clock: "hub_clock_state",
    spans: "hub_trace_spans_total",
};

/// What comes of a changed file that is in force.
const TAKEN: &str = "taken";

/// The hub's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    described: Vec<Described>,
    ground: GroundGauges,
    asks: IntCounterVec,
    refusals: IntCounterVec,
    ask_seconds: Histogram,
    node_outcomes: IntCounterVec,
    node_seconds: HistogramVec,
    withheld: IntCounterVec,
    replies_broken: IntCounterVec,
    replies_late: IntCounterVec,
    retries: IntCounterVec,
    in_flight: IntGauge,
    journal: JournalGauges,
    published: Published,
    archived: Archived,
    node_links: IntGaugeVec,
    breakers: BreakerMetrics,
    handshakes_refused: IntCounterVec,
    unread: IntGauge,
    export: ExportMetrics,
    owed: Owed,
    loads: LoadMetrics,
    lately: Lately,
    alerts: AlertMetrics,
}

impl Metrics {
    /// All metrics at zero.
    ///
    /// # Errors
    /// Two metrics of one name, which a test would show.
    pub fn new() -> Result<Self, prometheus::Error> {
        let metrics = Self::entered(Registrar::default())?;
        metrics.begin_at_zero();
        Ok(metrics)
    }

    fn entered(r: Registrar) -> Result<Self, prometheus::Error> {
        Ok(Self {
            ground: GroundGauges::new(&r, &GROUND, env!("CARGO_PKG_VERSION"))?,
            asks: r.counters(
                "hub_asks_total",
                "Questions, by how they ended.",
                &["result"],
            )?,
            refusals: r.counters("hub_refusals_total", "Refused questions.", &["code"])?,
            ask_seconds: r.latency("hub_ask_seconds", "Time from arrival to answer.")?,
            node_outcomes: r.counters(
                "hub_node_outcomes_total",
                "Class outcomes by node.",
                &["node", "outcome"],
            )?,
            node_seconds: r.latencies("hub_node_seconds", "Time to reply.", &["node"])?,
            withheld: r.counters("hub_values_withheld_total", "Values withheld.", &["node"])?,
            replies_broken: r.counters(
                "hub_replies_broken_total",
                "Replies that broke the contract.",
                &["node"],
            )?,
            replies_late: r.counters(
                "hub_replies_late_total",
                "Replies that nobody waited for any more.",
                &["node"],
            )?,
            retries: r.counters(
                "hub_retries_total",
                "Questions lost with their stream: sent again, or not for want of budget.",
                &["node", "result"],
            )?,
            in_flight: r.gauge("hub_asks_in_flight", "Questions under way.")?,
            journal: JournalGauges::new(&r)?,
            published: Published::new(&r)?,
            archived: Archived::new(&r)?,
            node_links: r.gauges("hub_node_links", "Attached streams.", &["node"])?,
            breakers: BreakerMetrics::new(&r)?,
            handshakes_refused: r.counters(
                "hub_handshakes_refused_total",
                "Refused connections, by code.",
                &["code"],
            )?,
            unread: r.gauge(
                "hub_answers_unread_bytes",
                "Bytes of answers that wait for callers to read them.",
            )?,
            export: ExportMetrics::new(&r)?,
            owed: Owed::new(&r)?,
            loads: LoadMetrics::new(&r)?,
            alerts: AlertMetrics::new(&r)?,
            lately: Lately::default(),
            registry: r.registry(),
            described: r.described(),
        })
    }

    /// Every metric with its type and labels.
    #[must_use]
    pub fn described(&self) -> &[Described] {
        &self.described
    }

    /// An answered question.
    pub fn answered(&self, elapsed: Duration, outcomes: &[NodeOutcome]) {
        self.asks.with_label_values(&["answered"]).inc();
        self.ask_seconds.observe(elapsed.as_secs_f64());
        self.said(outcomes);
        self.lately.answered(elapsed, outcomes);
    }

    fn said(&self, outcomes: &[NodeOutcome]) {
        for node in outcomes {
            self.node_seconds
                .with_label_values(&[&node.node])
                .observe(Duration::from_millis(node.elapsed_ms).as_secs_f64());
            for class in &node.classes {
                self.node_outcomes
                    .with_label_values(&[&node.node, &class.outcome])
                    .inc();
                if class.withheld > 0 {
                    let withheld = self.withheld.with_label_values(&[&node.node]);
                    withheld.inc_by(u64::from(class.withheld));
                }
            }
        }
    }

    /// A question whose caller hung up; what nodes said by then counts for them.
    pub fn cancelled(&self, outcomes: &[NodeOutcome]) {
        self.asks.with_label_values(&["cancelled"]).inc();
        self.said(outcomes);
        self.lately.cancelled(outcomes);
    }

    /// A refused question.
    pub fn refused(&self, code: RefusalCode) {
        self.asks.with_label_values(&["refused"]).inc();
        self.refusals.with_label_values(&[code.as_str()]).inc();
        self.lately.refused(code);
    }

    /// What happened in the last hour, for the pages.
    #[must_use]
    pub fn lately(&self) -> &Lately {
        &self.lately
    }

    /// Values that are withheld from an answer.
    pub fn withheld(&self, nodes: &[wire::v1::NodeAnswer]) {
        self.lately.withheld(nodes);
    }

    /// A reply that broke the contract.
    pub fn reply_broken(&self, node: &str) {
        self.replies_broken.with_label_values(&[node]).inc();
        self.lately.reply_broken(node);
    }

    /// A reply that nobody waited for.
    pub fn reply_late(&self, node: &str) {
        self.replies_late.with_label_values(&[node]).inc();
    }

    /// How often a node was asked one question.
    pub fn tried(&self, node: &str, tries: Tries) {
        let count = |result| self.retries.with_label_values(&[node, result]);
        if tries.made > 1 {
            count("sent").inc();
        }
        if tries.denied {
            count("denied").inc();
        }
    }

    /// A refused connection.
    pub fn handshake_refused(&self, code: RefusalCode) {
        self.handshakes_refused
            .with_label_values(&[code.as_str()])
            .inc();
        self.lately.handshake_refused(code);
    }

    /// What waits for callers to read it.
    pub fn unread(&self, bytes: usize) {
        self.unread.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Changed rules, `taken` or not: the old ones `kept`.
    pub fn rules_read(&self, result: &str) {
        self.loads.rules_read(result);
        self.lately.read(Changing::Rules, result == TAKEN);
    }

    /// Changed limits, `taken` or not: the old ones `kept`.
    pub fn limits_read(&self, result: &str) {
        self.loads.limits_read(result);
        self.lately.read(Changing::Limits, result == TAKEN);
    }

    /// Sets the gauges of what waits and what each node is asked.
    pub fn loads(&self, waiting: usize, nodes: &[LoadState]) {
        self.loads.set(waiting, nodes);
    }

    /// How long the journal took until an entry of a question was durable.
    pub fn recorded(&self, elapsed: Duration) {
        self.journal.write_seconds.observe(elapsed.as_secs_f64());
        self.lately.recorded(elapsed);
    }

    /// How much of the journal can be searched.
    pub fn indexed(&self, entries: u64) {
        let entries = i64::try_from(entries).unwrap_or(i64::MAX);
        self.journal.indexed.set(entries);
    }

    /// What a door is running on.
    pub fn door_is(&self, door: &str, status: &wire::tls::TlsStatus) {
        self.ground.door_is(door, status);
    }

    /// Whose spans are counted.
    pub fn traces_of(&self, tracer: Tracer) {
        self.ground.traces_of(tracer);
    }

    /// How the clock is kept.
    pub fn clock_is(&self, clock: &ClockState) {
        self.ground.clock_is(clock);
    }

    /// Whether the disk has room for the journal, and what was not taken for want of it.
    pub fn journal_room(&self, room: Room, turned_away: u64) {
        self.journal.set_room(room, turned_away);
    }

    /// Entries under the published checkpoint, and the moment if it is as current as it can be.
    pub fn checkpoint(&self, entries: u64, current_at: Option<i64>) {
        self.published
            .checkpoint_entries
            .set(i64::try_from(entries).unwrap_or(i64::MAX));
        if let Some(at) = current_at {
            self.published.checkpoint_current.set(at);
        }
    }

    /// Length of the list of checkpoints.
    pub fn checkpoint_list(&self, bytes: u64) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.published.checkpoint_list.set(bytes);
    }

    /// Whether witnesses are asked at all.
    pub fn witness_policy(&self, is_there: bool) {
        self.published.witness_policy.set(i64::from(is_there));
    }

    /// What the witnesses say about the published checkpoint.
    pub fn witnesses(&self, signed: usize, lacking: Duration, is_disowned: bool) {
        self.published
            .checkpoint_witnesses
            .set(i64::try_from(signed).unwrap_or(i64::MAX));
        self.published
            .checkpoint_unwitnessed
            .set(i64::try_from(lacking.as_secs()).unwrap_or(i64::MAX));
        self.published.log_disowned.set(i64::from(is_disowned));
    }

    /// A node's witness did not cosign, and proved nothing.
    pub fn witness_refused(&self, node: &str) {
        let refusals = &self.published.witness_refusals;
        refusals.with_label_values(&[node]).inc();
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

    /// Everything that was due is in the archive: when, up to which entry, and with which entry the
    /// journal begins.
    pub fn archived(&self, at: i64, entries: u64, first: u64) {
        self.archived.passed(at, entries, first);
    }

    /// Decisions that owe their outcome too long, and further ones closed without.
    pub fn owed(&self, overdue: u64, abandoned: u64) {
        let overdue = i64::try_from(overdue).unwrap_or(i64::MAX);
        self.owed.overdue.set(overdue);
        self.owed.abandoned.inc_by(abandoned);
        self.lately.abandoned(abandoned);
    }

    /// The text that Prometheus scrapes, with the gauges set to the moment.
    ///
    /// # Errors
    /// The encoder's; it has none for these metrics.
    pub fn scrape(
        &self,
        in_flight: usize,
        journal: (u64, bool),
        nodes: &[MemberState],
    ) -> Result<String, prometheus::Error> {
        self.ground.look();
        self.in_flight
            .set(i64::try_from(in_flight).unwrap_or(i64::MAX));
        self.journal.set(journal);
        for node in nodes {
            self.begin_of(&node.id);
            let links = i64::try_from(node.links).unwrap_or(i64::MAX);
            self.node_links.with_label_values(&[&node.id]).set(links);
            self.breakers.set(node);
        }
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}
