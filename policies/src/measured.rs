//! Remembers by which yardsticks a case has measured a subject, and says when it is one too many: a
//! limit asked for often enough would tell the sum itself. A pure value: time comes in as an
//! argument, yardsticks as keyed digests. Refuses everything new when it is full; it never forgets
//! a yardstick that still counts to make room.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::subject::{SubjectTag, TAG_BYTES, TagKey};
use crate::verdict::{VerdictId, Yardstick};

/// Most different yardsticks that all cases of a node put to one verdict about one subject within
/// [`MEASURE_KEPT`]. The same limit in two cases is two. A flow that allows a single case more than
/// that allows as much to all of them together.
pub const MEASURES_OF_SUBJECT_MAX: u32 = 12;

/// Yardsticks remembered of each asking node by default.
pub const MEASURES_REMEMBERED: usize = 200_000;

/// Yardsticks remembered of all nodes together by default: 350 MB where each is of another case. A
/// star of five centers never gets there.
pub const MEASURES_IN_ALL: usize = 1_000_000;

/// How long a yardstick outlives its own last use. Each one ends by itself, so that what is read
/// back from a log is what a running program remembers.
pub const MEASURE_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Separates the digests of yardsticks from any other use of the agents' key.
const MEASURE_DOMAIN: &[u8] = b"tianshu/measure/v2\0";
/// Separates the pseudonyms of measured subjects in the agents' own logs.
const MEASURED_DOMAIN: &[u8] = b"tianshu/measured/v1\0";

/// A keyed digest.
type Keyed = [u8; TAG_BYTES];

/// What one question measures: keyed digests alone, so that it may stand in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measuring {
    /// The node that asks.
    pub node: String,
    /// The case there.
    pub case_no: String,
    /// Keyed pseudonym of the subject.
    pub subject: Keyed,
    /// Keyed digest of the yardstick, by verdict.
    pub measures: BTreeMap<VerdictId, Keyed>,
}

impl TagKey {
    /// The keyed digest of a yardstick, put to a verdict about a measured subject in a node's case:
    /// equal limits of two people, or of two cases, are not equal in any log. The same limit
    /// written otherwise is the same yardstick.
    #[must_use]
    pub fn measure(
        &self,
        (node, case_no): (&str, &str),
        subject: &Keyed,
        verdict: &VerdictId,
        yardstick: &Yardstick,
    ) -> Keyed {
        let canonical = yardstick.canonical();
        // The subject has a fixed length and the case, which may hold anything, comes last.
        let parts = [
            subject.as_slice(),
            node.as_bytes(),
            verdict.as_str().as_bytes(),
            canonical.as_bytes(),
            case_no.as_bytes(),
        ];
        self.keyed(MEASURE_DOMAIN, &parts)
    }

    /// By what a measured subject goes in the agents' own logs.
    #[must_use]
    pub fn measured(&self, subject: &SubjectTag) -> Keyed {
        self.keyed(MEASURED_DOMAIN, &[subject.as_bytes()])
    }
}

/// Why a question may not measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum MeasureFault {
    /// The case has put as many different yardsticks to a verdict as its flow allows.
    #[error("the case has used up the yardsticks of a verdict")]
    UsedUp,
    /// The cases of the node together have put too many to a verdict about the subject.
    #[error("the cases of the node have used up the yardsticks of a verdict about the subject")]
    UsedUpOverall,
    /// No room to remember another yardstick.
    #[error("no more yardsticks can be remembered")]
    Full,
}

/// Of what yardsticks are counted: one subject, one verdict, one case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    subject: Keyed,
    verdict: VerdictId,
    case_no: String,
}

/// A yardstick of a series; those of one series stand together.
type Taken = (Arc<Series>, Keyed);

/// The yardsticks remembered, each asking node's apart: a node that invents cases fills its own
/// memory first, and all of them together have one bound.
#[derive(Debug, Clone)]
pub struct MeasureGuard {
    node_max: usize,
    total_max: usize,
    nodes: BTreeMap<String, Memory>,
}

/// The yardsticks of one node. INVARIANT: `taken` and `ends` hold the same yardsticks with the same
/// ends, at most `node_max`.
#[derive(Debug, Clone, Default)]
struct Memory {
    taken: BTreeMap<Taken, OffsetDateTime>,
    ends: BTreeSet<(OffsetDateTime, Taken)>,
}

impl MeasureGuard {
    /// An empty guard that remembers at most `node_max` yardsticks of each node and `total_max` of
    /// all.
    #[must_use]
    pub const fn new(node_max: usize, total_max: usize) -> Self {
        Self {
            node_max,
            total_max,
            nodes: BTreeMap::new(),
        }
    }

    /// Feeds what the log holds, each with its time. On an error the guard must not be used: it
    /// would have forgotten something.
    pub fn restore(
        &mut self,
        measured: impl IntoIterator<Item = (Measuring, OffsetDateTime)>,
        now: OffsetDateTime,
    ) -> Result<(), MeasureFault> {
        for (measuring, at) in measured {
            // A log of a clock that ran ahead must not keep its entries for longer.
            let at = at.min(now);
            if at + MEASURE_KEPT > now {
                self.check_and_record(&measuring, |_| u32::MAX, at)?;
            }
        }
        Ok(())
    }

    /// Records what a question measures, or says why it may not. A refused one leaves no trace. A
    /// yardstick that the case has used before is no further one.
    pub fn check_and_record(
        &mut self,
        measuring: &Measuring,
        measures_max: impl Fn(&VerdictId) -> u32,
        now: OffsetDateTime,
    ) -> Result<(), MeasureFault> {
        if measuring.measures.is_empty() {
            return Ok(());
        }
        self.forget(now);
        let (node_max, total_left) = (self.node_max, self.total_max.saturating_sub(self.len()));
        let memory = self.nodes.entry(measuring.node.clone()).or_default();
        let mut further = 0;
        for (verdict, measure) in &measuring.measures {
            let taken = (measuring.series(verdict), *measure);
            if memory.taken.contains_key(&taken) {
                continue;
            }
            let (of_case, of_all) = memory.count(&taken.0);
            let case_max = measures_max(verdict);
            if of_case >= case_max {
                return Err(MeasureFault::UsedUp);
            }
            if of_all >= case_max.max(MEASURES_OF_SUBJECT_MAX) {
                return Err(MeasureFault::UsedUpOverall);
            }
            further += 1;
        }
        if further > total_left || memory.ends.len() + further > node_max {
            return Err(MeasureFault::Full);
        }
        for (verdict, measure) in &measuring.measures {
            let taken = (measuring.series(verdict), *measure);
            memory.record(taken, now + MEASURE_KEPT);
        }
        Ok(())
    }

    /// Of every node: what is over makes room for all.
    fn forget(&mut self, now: OffsetDateTime) {
        self.nodes.values_mut().for_each(|node| node.forget(now));
        self.nodes.retain(|_, node| !node.ends.is_empty());
    }

    /// How many yardsticks are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.values().map(|memory| memory.ends.len()).sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Measuring {
    fn series(&self, verdict: &VerdictId) -> Arc<Series> {
        Arc::new(Series {
            subject: self.subject,
            verdict: verdict.clone(),
            case_no: self.case_no.clone(),
        })
    }
}

impl Memory {
    /// How many yardsticks of the series are remembered, and how many of all cases together that
    /// have put any to the verdict about the subject.
    fn count(&self, series: &Series) -> (u32, u32) {
        let first = Series {
            case_no: String::new(),
            ..series.clone()
        };
        let all = self.taken.range((Arc::new(first), Keyed::default())..);
        let all = all.map(|((of, _), _)| of);
        let all = all.take_while(|of| of.subject == series.subject && of.verdict == series.verdict);
        let (mut of_case, mut of_all) = (0_u32, 0_u32);
        for of in all {
            of_all = of_all.saturating_add(1);
            of_case = of_case.saturating_add(u32::from(of.case_no == series.case_no));
        }
        (of_case, of_all)
    }

    /// A later use keeps a yardstick for longer, an earlier one does not shorten that.
    fn record(&mut self, taken: Taken, kept_until: OffsetDateTime) {
        let end = self.taken.entry(taken.clone()).or_insert(kept_until);
        let before = *end;
        *end = kept_until.max(before);
        let end = *end;
        self.ends.remove(&(before, taken.clone()));
        self.ends.insert((end, taken));
    }

    fn forget(&mut self, now: OffsetDateTime) {
        while self.ends.first().is_some_and(|(end, _)| *end <= now) {
            let Some((_, taken)) = self.ends.pop_first() else {
                return;
            };
            self.taken.remove(&taken);
        }
    }
}

#[cfg(test)]
mod tests;
