//! What a match says about records: each verdict asked for is judged over the records where they
//! are, and only the finding leaves. What cannot be judged gives no finding, never a guess.

use std::collections::BTreeMap;

use catalog::{ClassNo, Record};
use policies::{Finding, Flow, Question, VerdictId, VerdictRule};
use wire::convert::{self, Findings, Measure};

use crate::measures::yardstick;

/// The verdicts of a question that look at one class.
pub(super) fn asked<'f>(
    flow: &'f Flow,
    question: &'f Question,
    class: ClassNo,
) -> impl Iterator<Item = (&'f VerdictId, &'f VerdictRule)> {
    let rules = question
        .verdicts()
        .iter()
        .filter_map(|id| Some((id, flow.verdicts.get(id)?)));
    rules.filter(move |(_, rule)| rule.class == class)
}

/// The findings about the records of one class; a verdict that cannot be judged has none.
pub(super) fn findings<'f>(
    asked: impl Iterator<Item = (&'f VerdictId, &'f VerdictRule)>,
    measures: &BTreeMap<String, Measure>,
    records: &[Record],
    asked_here: bool,
) -> Findings {
    let found = asked.filter_map(|(id, rule)| {
        let yardstick = measures.get(id.as_str()).map(yardstick);
        let finding = rule.judge(records, yardstick.as_ref(), asked_here);
        Some((id.to_string(), finding.ok()??))
    });
    found
        .map(|(id, finding)| (id, finding_to_wire(finding)))
        .collect()
}

fn finding_to_wire(finding: Finding) -> convert::Finding {
    match finding {
        Finding::Holds(holds) => convert::Finding::Holds(holds),
        Finding::Counts(counts) => convert::Finding::Counts(counts),
    }
}

#[cfg(test)]
mod tests;
