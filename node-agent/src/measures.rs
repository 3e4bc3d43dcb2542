//! By which limits and spans cases have measured persons, kept for both sides of an agent and read
//! back from its own log at a start: a restart gives nobody another guess.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use data_encoding::HEXLOWER;
use policies::{
    Flow, MEASURES_IN_ALL, MEASURES_REMEMBERED, MeasureFault, MeasureGuard, Measuring, SubjectTag,
    TagKey, VerdictId, Yardstick,
};
use time::OffsetDateTime;
use wire::convert::Measure;

use crate::book::Book;

/// The yardsticks that this agent has seen used.
#[derive(Debug)]
pub struct Measures(Mutex<MeasureGuard>);

impl Default for Measures {
    fn default() -> Self {
        Self(Mutex::new(empty()))
    }
}

impl Measures {
    /// As the log of this agent has them. Blocks.
    ///
    /// # Errors
    /// The log cannot be read, or holds more than can be remembered.
    pub fn restored(book: &Book, now: OffsetDateTime) -> anyhow::Result<Self> {
        let mut guard = empty();
        let measured = book.measured(now)?;
        guard
            .restore(measured, now)
            .context("the log holds more than this agent can remember")?;
        Ok(Self(Mutex::new(guard)))
    }

    /// Counts what a question measures, before anything is looked up or sent.
    ///
    /// # Errors
    /// It is one too many, or no further one can be remembered.
    pub(crate) fn count(
        &self,
        measuring: &Measuring,
        flow: &Flow,
        now: OffsetDateTime,
    ) -> Result<(), MeasureFault> {
        // A verdict that the flow has not was refused before; no yardstick of it counts as allowed.
        let measures_max = |verdict: &VerdictId| {
            let rule = flow.verdicts.get(verdict);
            rule.map_or(0, |rule| rule.bounds.measures_max)
        };
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        guard.check_and_record(measuring, measures_max, now)
    }
}

const fn empty() -> MeasureGuard {
    MeasureGuard::new(MEASURES_REMEMBERED, MEASURES_IN_ALL)
}

/// What a question measures, by keyed digests.
pub(crate) fn measuring(
    key: &TagKey,
    (node, case_no): (&str, &str),
    subject: &SubjectTag,
    measures: &BTreeMap<String, Measure>,
) -> Measuring {
    let subject = key.measured(subject);
    let digested = measures.iter().filter_map(|(verdict, measure)| {
        // Only verdicts that were read from a question get this far.
        let id: VerdictId = verdict.parse().ok()?;
        let digest = key.measure((node, case_no), &subject, &id, &yardstick(measure));
        Some((id, digest))
    });
    Measuring {
        node: node.to_owned(),
        case_no: case_no.to_owned(),
        subject,
        measures: digested.collect(),
    }
}

/// As verdicts take it.
pub(crate) fn yardstick(measure: &Measure) -> Yardstick {
    match measure {
        Measure::Limit(limit) => Yardstick::Limit(*limit),
        Measure::Months(from, until) => Yardstick::Months(*from, *until),
    }
}

/// The digests as they stand in the log; the subject only beside one.
pub(crate) fn on_record(measuring: &Measuring) -> (String, BTreeMap<String, String>) {
    let measures: BTreeMap<String, String> = measuring
        .measures
        .iter()
        .map(|(verdict, digest)| (verdict.to_string(), HEXLOWER.encode(digest)))
        .collect();
    if measures.is_empty() {
        return (String::new(), measures);
    }
    (HEXLOWER.encode(&measuring.subject), measures)
}

/// The same, read back; nothing where a digest or verdict is none.
pub(crate) fn from_record(
    (node, case_no): (&str, &str),
    subject: &str,
    measures: &BTreeMap<String, String>,
) -> Option<Measuring> {
    let keyed = |hex: &str| HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok();
    let read = measures
        .iter()
        .map(|(verdict, hex)| Some((verdict.parse().ok()?, keyed(hex)?)));
    Some(Measuring {
        node: node.to_owned(),
        case_no: case_no.to_owned(),
        subject: keyed(subject)?,
        measures: read.collect::<Option<_>>()?,
    })
}
