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

/// Yardsticks remembered of each asking node by default.
pub const MEASURES_REMEMBERED: usize = 200_000;

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
    /// No room to remember another yardstick.
    #[error("no more yardsticks can be remembered")]
    Full,
}

/// Of what yardsticks are counted: one case, one subject, one verdict.
type Series = (String, Keyed, VerdictId);

/// The yardsticks remembered, each asking node's apart: a node that invents cases fills its own
/// memory and nobody else's.
#[derive(Debug, Clone)]
pub struct MeasureGuard {
    entries_max: usize,
    nodes: BTreeMap<String, Memory>,
}

/// The yardsticks of one node. INVARIANT: `taken` and `ends` hold the same yardsticks with the same
/// ends, at most `entries_max`.
#[derive(Debug, Clone, Default)]
struct Memory {
    taken: BTreeMap<Arc<Series>, BTreeMap<Keyed, OffsetDateTime>>,
    ends: BTreeSet<(OffsetDateTime, Arc<Series>, Keyed)>,
}

impl MeasureGuard {
    /// An empty guard that remembers at most `entries_max` yardsticks of each node.
    #[must_use]
    pub const fn new(entries_max: usize) -> Self {
        Self {
            entries_max,
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
        let entries_max = self.entries_max;
        let memory = self.nodes.entry(measuring.node.clone()).or_default();
        memory.forget(now);
        let mut further = 0;
        for (verdict, measure) in &measuring.measures {
            let taken = memory.taken.get(&measuring.series(verdict));
            if taken.is_some_and(|taken| taken.contains_key(measure)) {
                continue;
            }
            let count = taken.map_or(0, BTreeMap::len);
            if u32::try_from(count).unwrap_or(u32::MAX) >= measures_max(verdict) {
                return Err(MeasureFault::UsedUp);
            }
            further += 1;
        }
        if memory.ends.len() + further > entries_max {
            return Err(MeasureFault::Full);
        }
        for (verdict, measure) in &measuring.measures {
            let series = Arc::new(measuring.series(verdict));
            memory.record(series, *measure, now + MEASURE_KEPT);
        }
        Ok(())
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
    fn series(&self, verdict: &VerdictId) -> Series {
        (self.case_no.clone(), self.subject, verdict.clone())
    }
}

impl Memory {
    /// A later use keeps a yardstick for longer, an earlier one does not shorten that.
    fn record(&mut self, series: Arc<Series>, measure: Keyed, kept_until: OffsetDateTime) {
        let taken = self.taken.entry(Arc::clone(&series)).or_default();
        let end = taken.entry(measure).or_insert(kept_until);
        self.ends.remove(&(*end, Arc::clone(&series), measure));
        *end = kept_until.max(*end);
        self.ends.insert((*end, series, measure));
    }

    fn forget(&mut self, now: OffsetDateTime) {
        while self.ends.first().is_some_and(|(end, ..)| *end <= now) {
            let Some((_, series, measure)) = self.ends.pop_first() else {
                return;
            };
            let Some(taken) = self.taken.get_mut(&series) else {
                continue;
            };
            taken.remove(&measure);
            if taken.is_empty() {
                self.taken.remove(&series);
            }
        }
    }
}

#[cfg(test)]
mod tests;
