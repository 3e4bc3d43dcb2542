//! Which verdicts a match asks for and what they are measured against; and whether what came back
//! is a finding of a verdict that was asked for.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, ClassNo};
use policies::{Flow, Mode, Question, VerdictFault, VerdictId, VerdictRule, VerdictTest};
use serde::Deserialize;
use serde_json::Value as Json;
use wire::convert::{self, Finding, Measure};
use wire::{RefusalCode, v1};

use crate::measures::yardstick;

/// A yardstick as a local system gives it: a limit, or first and last month.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YardstickBody {
    /// The limit of a sum, as decimal text.
    #[serde(default)]
    pub limit: String,
    /// First month of a span, `YYYYMM`.
    #[serde(default)]
    pub from: String,
    /// Last month of a span.
    #[serde(default)]
    pub until: String,
}

/// The verdicts of a question and what they are measured against.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) verdicts: Vec<String>,
    pub(super) measures: BTreeMap<String, Measure>,
}

/// What a local system asks for; left out, every verdict of the flow that looks at a class asked
/// for and whose yardstick is given or not needed.
pub(super) fn chosen(
    flow: &Flow,
    mode: Mode,
    wanted: &BTreeSet<ClassNo>,
    named: Option<&[String]>,
    yardsticks: Option<&BTreeMap<String, YardstickBody>>,
) -> Result<Chosen, RefusalCode> {
    let mut measures = BTreeMap::new();
    for (verdict, body) in yardsticks.into_iter().flatten() {
        let measure = convert::measure(&body.limit, &body.from, &body.until);
        let measure = measure.map_err(|_| RefusalCode::AskMalformed)?;
        measures.insert(verdict.clone(), measure);
    }
    let verdicts = match (named, mode) {
        (Some(named), _) => named.to_vec(),
        (None, Mode::Details) => Vec::new(),
        (None, Mode::Match) => {
            let is_ready = |(id, rule): &(&VerdictId, &VerdictRule)| {
                let measured = measures.get(id.as_str());
                // One that does not fit is asked for by its yardstick, and refused below.
                wanted.contains(&rule.class) && (measured.is_some() || check(rule, None).is_ok())
            };
            let ready = flow.verdicts.iter().filter(is_ready);
            ready.map(|(id, _)| id.to_string()).collect()
        }
    };
    if !verdicts.is_empty() && mode != Mode::Match {
        return Err(RefusalCode::VerdictOutsideFlow);
    }
    for verdict in &verdicts {
        let id = verdict.parse::<VerdictId>().ok();
        let rule = id.and_then(|id| flow.verdicts.get(&id));
        let rule = rule.ok_or(RefusalCode::VerdictOutsideFlow)?;
        check(rule, measures.get(verdict)).map_err(|fault| match fault {
            VerdictFault::SpanTooLong => RefusalCode::MeasureOutsideFlow,
            _ => RefusalCode::AskMalformed,
        })?;
    }
    if measures.keys().any(|verdict| !verdicts.contains(verdict)) {
        return Err(RefusalCode::AskMalformed);
    }
    Ok(Chosen { verdicts, measures })
}

/// Whether the yardstick is the one that the verdict needs, or none is needed and given.
fn check(rule: &VerdictRule, measure: Option<&Measure>) -> Result<(), VerdictFault> {
    rule.check_yardstick(measure.map(yardstick).as_ref())
}

/// The verdicts asked for that look at one class of one center.
fn of_class<'f>(
    flow: &'f Flow,
    question: &'f Question,
    node: &str,
    class: ClassNo,
) -> BTreeMap<&'f str, &'f VerdictRule> {
    let asks_itself = question.asking_node() == node;
    let rules = question
        .verdicts()
        .iter()
        .filter_map(|id| Some((id.as_str(), flow.verdicts.get(id)?)));
    rules
        .filter(|(_, rule)| rule.class == class && !(rule.elsewhere && asks_itself))
        .collect()
}

/// What a class of a center says by verdict: a finding, or nothing where it could not be judged.
/// A verdict that leaves out the asking center is not shown for it.
///
/// # Errors
/// Something that is no finding of a verdict asked for.
pub(super) fn shown(
    catalog: &Catalog,
    (flow, question): (&Flow, &Question),
    (node, class): (&str, ClassNo),
    reply: &v1::ClassReply,
) -> Result<BTreeMap<String, Json>, RefusalCode> {
    let asked = of_class(flow, question, node, class);
    let found = convert::findings_from_wire(&reply.verdicts).map_err(|_| RefusalCode::HubReply)?;
    let outcome = v1::Outcome::try_from(reply.outcome).unwrap_or_default();
    let has_facts = matches!(
        outcome,
        v1::Outcome::Answered | v1::Outcome::NoRecord | v1::Outcome::Stale
    );
    let is_sound = |(id, finding): (&String, &Finding)| {
        let rule = asked.get(id.as_str());
        has_facts && rule.is_some_and(|rule| may_say(catalog, rule, finding))
    };
    if !found.iter().all(is_sound) {
        return Err(RefusalCode::HubReply);
    }
    let said = |id: &str| found.get(id).map_or(Json::Null, json);
    let all = asked.keys().map(|id| ((*id).to_owned(), said(id)));
    Ok(all.collect())
}

/// Whether a finding is of the kind that its verdict gives; counts name codes of the item only.
fn may_say(catalog: &Catalog, rule: &VerdictRule, finding: &Finding) -> bool {
    match (&rule.test, finding) {
        (VerdictTest::CountBy(item), Finding::Counts(counts)) => counts.keys().all(|code| {
            let code = catalog::Value::Code(code.clone());
            catalog.check_value(*item, &code).is_ok()
        }),
        (VerdictTest::CountBy(_), Finding::Holds(_)) | (_, Finding::Counts(_)) => false,
        (_, Finding::Holds(_)) => true,
    }
}

fn json(finding: &Finding) -> Json {
    match finding {
        Finding::Holds(holds) => Json::Bool(*holds),
        Finding::Counts(counts) => counts
            .iter()
            .map(|(code, count)| (code.clone(), Json::from(*count)))
            .collect(),
    }
}

#[cfg(test)]
mod tests;
