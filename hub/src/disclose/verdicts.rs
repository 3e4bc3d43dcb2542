//! Findings of a match: only those of verdicts that were asked for go on, each of the kind that its
//! verdict gives. Anything else could carry what the records hold, so it is dropped and blamed.

use catalog::{Catalog, ClassNo, Value};
use policies::{VerdictRule, VerdictTest};
use wire::convert::{self, Finding, Findings, WireError};
use wire::v1;

use super::Terms;

/// What goes on, and how many findings do not.
pub(super) fn released(
    terms: &Terms<'_>,
    (node, class): (&str, ClassNo),
    outcome: v1::Outcome,
    sent: &[v1::Verdict],
) -> Result<(Findings, usize), WireError> {
    let mut findings = convert::findings_from_wire(sent)?;
    let asked = terms.verdicts_of(node, class);
    let before = findings.len();
    findings.retain(|id, finding| {
        let rule = asked.get(id.as_str());
        rule.is_some_and(|rule| may_say(terms.catalog, rule, outcome, finding))
    });
    let dropped = before - findings.len();
    Ok((findings, dropped))
}

/// Whether a verdict may say this of a class with this outcome.
fn may_say(catalog: &Catalog, rule: &VerdictRule, outcome: v1::Outcome, finding: &Finding) -> bool {
    let is_something = match (&rule.test, finding) {
        (VerdictTest::CountBy(item), Finding::Counts(counts)) => {
            let is_code = |code: &String| {
                let code = Value::Code(code.clone());
                catalog.check_value(*item, &code).is_ok()
            };
            if !counts.keys().all(is_code) {
                return false;
            }
            counts.values().any(|count| *count > 0)
        }
        (VerdictTest::CountBy(_), Finding::Holds(_)) | (_, Finding::Counts(_)) => return false,
        (VerdictTest::Exists | VerdictTest::MonthsOverlap(..), Finding::Holds(holds)) => *holds,
        // Nothing at all is within every limit.
        (VerdictTest::SumWithin(_), Finding::Holds(_)) => false,
    };
    match outcome {
        v1::Outcome::Answered | v1::Outcome::Stale => true,
        // Where there is no record, nothing can be found in one.
        v1::Outcome::NoRecord => !is_something,
        _ => false,
    }
}
