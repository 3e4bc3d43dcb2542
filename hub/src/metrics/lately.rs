//! What happened lately: counts and latencies of the last hour by the minute, how fresh each
//! class's facts were, and which values were withheld. It is fed where the metrics are fed and
//! forgets at a restart; Prometheus keeps more.
//!
//! INVARIANT: bounded by the nodes of the trust list, the classes, items and defects of the catalog
//! and the codes of the list of refusals. Nothing of it is about a person.

mod faults;
mod quality;
mod ring;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use wire::{RefusalCode, v1};

use crate::ledger::entry::{ClassOutcome, NodeOutcome};
pub use faults::Changing;
use faults::Faults;
pub use quality::{Quality, Withheld};
pub use ring::{Latency, MINUTES, Tally};
use ring::{Ring, minute};

/// Minutes that count as now.
const NOW_MINUTES: usize = 2;
/// Codes by which a class is left out before its node is asked.
const NOT_ASKED: [RefusalCode; 5] = [
    RefusalCode::NodeBreaker,
    RefusalCode::NodeHeld,
    RefusalCode::NodeSuspended,
    RefusalCode::NodeDown,
    RefusalCode::NodeThrottled,
];

/// See the module.
#[derive(Debug)]
pub struct Lately {
    started: Instant,
    /// Touched once by every question that ended, and by pages; held for no I/O.
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    all: Ring<Tally>,
    refusals: BTreeMap<&'static str, (RefusalCode, Ring<u32>)>,
    nodes: BTreeMap<String, NodeLately>,
    faults: Faults,
}

#[derive(Debug, Default)]
struct NodeLately {
    ring: Ring<Tally>,
    throttled: Ring<u32>,
    classes: BTreeMap<String, ClassLately>,
    quality: Quality,
}

#[derive(Debug, Default)]
struct ClassLately {
    asks: Ring<u32>,
    failed: Ring<u32>,
    /// The minutes that count as now, the newest last, each with its number.
    now: [(u64, Tally); NOW_MINUTES],
    as_of: String,
}

/// How something goes now: over the minute that runs and a share of the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pace {
    /// Questions a minute.
    pub per_minute: f64,
    /// What they came to, over two minutes.
    pub tally: Tally,
}

/// One class of one node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClassPace {
    /// The class, as in the log.
    pub class: String,
    /// Questions of the last hour that its node was sent.
    pub asks: u64,
    /// Of these, the ones that got no answer.
    pub failed: u64,
    /// How it goes now. How long: the node's answers that had this class took so long, with
    /// whatever else was asked.
    pub now: Pace,
    /// Moment that its last facts were of, RFC 3339; empty where there were none since the start.
    pub as_of: String,
}

/// One node.
#[derive(Debug, Clone, Default)]
pub struct NodePace {
    /// How it goes now.
    pub now: Pace,
    /// By minute, oldest first.
    pub minutes: Vec<Tally>,
    /// By class.
    pub classes: Vec<ClassPace>,
    /// Values withheld since the start.
    pub withheld: Vec<Withheld>,
    /// Of these, those beyond what is told apart.
    pub withheld_beyond: u64,
    /// Questions of the last two minutes that went on without it, since it had enough to do.
    pub throttled: u64,
}

/// Refusals of one code in the last hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalPace {
    /// The code.
    pub code: RefusalCode,
    /// How often in the last hour.
    pub hour: u64,
    /// How often in the last five minutes.
    pub five_minutes: u64,
}

impl Default for Lately {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            inner: Mutex::default(),
        }
    }
}

impl Lately {
    /// An answered question.
    pub(super) fn answered(&self, elapsed: Duration, outcomes: &[NodeOutcome]) {
        let now = self.minute();
        let mut inner = self.inner();
        let tally = inner.all.at(now);
        tally.asks += 1;
        tally.latency.note(elapsed);
        inner.said(now, outcomes);
    }

    /// What nodes said to a caller who hung up.
    pub(super) fn cancelled(&self, outcomes: &[NodeOutcome]) {
        let now = self.minute();
        self.inner().said(now, outcomes);
    }

    /// A refused question.
    pub(super) fn refused(&self, code: RefusalCode) {
        let now = self.minute();
        let mut inner = self.inner();
        inner.all.at(now).refused += 1;
        let row = inner.refusals.entry(code.as_str());
        let (_, ring) = row.or_insert_with(|| (code, Ring::default()));
        *ring.at(now) += 1;
    }

    /// Values that were withheld from an answer, item by item.
    pub(super) fn withheld(&self, nodes: &[v1::NodeAnswer]) {
        for node in nodes {
            let noted = node.classes.iter().filter(|class| !class.notes.is_empty());
            for class in noted {
                let mut inner = self.inner();
                let quality = &mut inner.node(&node.node).quality;
                quality.note(class.class, &class.notes);
            }
        }
    }

    /// How the whole goes now.
    #[must_use]
    pub fn now(&self) -> Pace {
        let (minute, part) = (self.minute(), self.part());
        pace(&self.inner().all, minute, part)
    }

    /// The last hour by the minute, oldest first; the running minute is the last.
    #[must_use]
    pub fn minutes(&self) -> Vec<Tally> {
        let minute = self.minute();
        self.inner().all.back(minute, MINUTES).collect()
    }

    /// Refusals of the last hour by code, the most frequent first.
    #[must_use]
    pub fn refusals(&self) -> Vec<RefusalPace> {
        let minute = self.minute();
        let inner = self.inner();
        let sum = |ring: &Ring<u32>, back| ring.back(minute, back).map(u64::from).sum();
        let rows = inner.refusals.values().map(|(code, ring)| RefusalPace {
            code: *code,
            hour: sum(ring, MINUTES),
            five_minutes: sum(ring, 5),
        });
        let mut rows: Vec<_> = rows.filter(|row| row.hour > 0).collect();
        rows.sort_by(|a, b| {
            b.hour
                .cmp(&a.hour)
                .then(a.code.as_str().cmp(b.code.as_str()))
        });
        rows
    }

    /// How a node goes.
    #[must_use]
    pub fn node(&self, node: &str) -> NodePace {
        let (minute, part) = (self.minute(), self.part());
        let inner = self.inner();
        let Some(node) = inner.nodes.get(node) else {
            let minutes = vec![Tally::default(); MINUTES];
            return NodePace {
                minutes,
                ..NodePace::default()
            };
        };
        let sum = |ring: &Ring<u32>| ring.back(minute, MINUTES).map(u64::from).sum();
        let class = |(name, class): (&String, &ClassLately)| ClassPace {
            class: name.clone(),
            asks: sum(&class.asks),
            failed: sum(&class.failed),
            now: class.pace(minute, part),
            as_of: class.as_of.clone(),
        };
        NodePace {
            now: pace(&node.ring, minute, part),
            minutes: node.ring.back(minute, MINUTES).collect(),
            classes: node.classes.iter().map(class).collect(),
            withheld: node.quality.rows(),
            withheld_beyond: node.quality.beyond(),
            throttled: node
                .throttled
                .back(minute, NOW_MINUTES)
                .map(u64::from)
                .sum(),
        }
    }

    fn minute(&self) -> u64 {
        minute(self.started.elapsed())
    }

    /// How much of the running minute is over.
    fn part(&self) -> f64 {
        let seconds = self.started.elapsed().as_secs_f64();
        (seconds / 60.0).fract()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running minute, and of the one before as much as makes a whole minute.
fn pace(ring: &Ring<Tally>, minute: u64, part: f64) -> Pace {
    let mut back = ring.back(minute, NOW_MINUTES);
    let (before, now) = (
        back.next().unwrap_or_default(),
        back.next().unwrap_or_default(),
    );
    together(&before, &now, part)
}

fn together(before: &Tally, now: &Tally, part: f64) -> Pace {
    Pace {
        per_minute: f64::from(now.asks) + f64::from(before.asks) * (1.0 - part),
        tally: before.and(now),
    }
}

impl Inner {
    fn node(&mut self, node: &str) -> &mut NodeLately {
        self.nodes.entry(node.to_owned()).or_default()
    }

    fn said(&mut self, now: u64, outcomes: &[NodeOutcome]) {
        for outcome in outcomes {
            self.node(&outcome.node).said(now, outcome);
        }
    }
}

impl NodeLately {
    fn said(&mut self, now: u64, outcome: &NodeOutcome) {
        let asked = || outcome.classes.iter().filter(|class| was_asked(class));
        let tally = self.ring.at(now);
        if asked().next().is_none() {
            tally.left_out += 1;
            let throttled = RefusalCode::NodeThrottled.as_str();
            let is_throttled = outcome.classes.iter().any(|class| class.code == throttled);
            *self.throttled.at(now) += u32::from(is_throttled);
            return;
        }
        tally.asks += 1;
        tally.failed += u32::from(asked().any(has_failed));
        let elapsed = Duration::from_millis(outcome.elapsed_ms);
        tally.latency.note(elapsed);
        for class in asked() {
            self.class(class).said(now, class, elapsed);
        }
    }

    fn class(&mut self, class: &ClassOutcome) -> &mut ClassLately {
        self.classes.entry(class.class.clone()).or_default()
    }
}

impl ClassLately {
    fn said(&mut self, now: u64, class: &ClassOutcome, elapsed: Duration) {
        *self.asks.at(now) += 1;
        *self.failed.at(now) += u32::from(has_failed(class));
        let [before, running] = &mut self.now;
        if running.0 < now {
            *before = std::mem::replace(running, (now, Tally::default()));
        }
        running.1.asks += 1;
        running.1.failed += u32::from(has_failed(class));
        running.1.latency.note(elapsed);
        if !class.as_of.is_empty() {
            self.as_of.clone_from(&class.as_of);
        }
    }
}

impl ClassLately {
    fn pace(&self, minute: u64, part: f64) -> Pace {
        let of = |wanted: Option<u64>| {
            // The newest first: at the start both stand at minute zero.
            let mut known = self.now.iter().rev();
            let known = known.find(|(minute, _)| Some(*minute) == wanted);
            known.map_or_else(Tally::default, |(_, tally)| *tally)
        };
        together(&of(minute.checked_sub(1)), &of(Some(minute)), part)
    }
}

fn was_asked(class: &ClassOutcome) -> bool {
    !NOT_ASKED.iter().any(|code| code.as_str() == class.code)
}

fn has_failed(class: &ClassOutcome) -> bool {
    let is_cancelled = class.code == RefusalCode::AskCancelled.as_str();
    class.outcome == "unavailable" && !is_cancelled
}

#[cfg(test)]
mod tests;
