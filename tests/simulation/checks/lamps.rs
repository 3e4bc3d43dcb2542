//! A missing center never looks clean: each lamp of an answer against what that center said, and
//! when.

use std::collections::BTreeSet;
use std::time::Duration;

use wire::limits::HOP_RESERVE;
use wire::v1;

use super::time::deadline;
use crate::simulation::evidence::{Evidence, Given, Violation, violation};

/// Every center that the question is for is there once, with every class and, where it says
/// nothing, the reason.
pub(super) fn every_center_is_there(evidence: &Evidence<'_>) -> Vec<Violation> {
    let wrong = evidence.given().filter(|given| {
        let told: Vec<&str> = given
            .answer
            .nodes
            .iter()
            .map(|node| node.node.as_str())
            .collect();
        let centers: Vec<&str> = given.asked.centers.iter().copied().collect();
        let classes: BTreeSet<u32> = given.asked.wants.keys().copied().collect();
        let is_whole = |node: &v1::NodeAnswer| {
            let told: Vec<u32> = node.classes.iter().map(|class| class.class).collect();
            told.iter().copied().eq(classes.iter().copied())
        };
        let has_reason =
            |class: &v1::ClassReply| !class.code.is_empty() || is_finding(class.outcome());
        let classes = given.answer.nodes.iter().flat_map(|node| &node.classes);
        told != centers
            || !given.answer.nodes.iter().all(is_whole)
            || !classes.into_iter().all(has_reason)
    });
    let said = wrong.map(|given| format!("{:?}: {}", given.at, given.answer.query_id));
    said.map(|said| violation("every-center-is-there", said))
        .collect()
}

/// Whether an outcome says that the center has looked.
fn is_finding(outcome: v1::Outcome) -> bool {
    matches!(
        outcome,
        v1::Outcome::Answered | v1::Outcome::NoRecord | v1::Outcome::Stale
    )
}

/// A center that is said to have looked has said so itself, of this question, before the answer
/// left.
pub(super) fn nothing_looks_clean_by_itself(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut wrong = Vec::new();
    for given in evidence.given() {
        for (node, class) in lamps(&given) {
            let said = evidence
                .replied
                .get(&(node, given.answer.query_id.as_str()));
            let said = said
                .filter(|(at, _)| *at <= given.at)
                .and_then(|(_, said)| said.classes.get(&class.class));
            if is_finding(class.outcome()) && said != Some(&class.outcome()) {
                let told = format!(
                    "{node} class {} {:?}, it said {said:?}",
                    class.class,
                    class.outcome()
                );
                let said = format!("{:?}: {}: {told}", given.at, given.answer.query_id);
                wrong.push(violation("nothing-looks-clean-by-itself", said));
            }
        }
    }
    wrong
}

/// What an honest center has said in its time is in the answer, however the others are.
pub(super) fn what_was_said_in_time_counts(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut wrong = Vec::new();
    for given in evidence.given() {
        let Some(arrived) = evidence.arrived.get(&given.call) else {
            continue;
        };
        // The hub's own time may begin a little later, never earlier.
        let until = *arrived + deadline(given.asked.flow) - HOP_RESERVE - Duration::from_millis(5);
        for (node, class) in lamps(&given) {
            let said = evidence
                .replied
                .get(&(node, given.answer.query_id.as_str()));
            let Some((at, said)) =
                said.filter(|(at, said)| said.is_honest && *at < until.min(given.at))
            else {
                continue;
            };
            if said.left_out.contains(&class.class) {
                continue;
            }
            let expected = match said.classes.get(&class.class) {
                Some(outcome) => *outcome,
                None => v1::Outcome::Refused,
            };
            if class.outcome() != expected {
                let told = format!(
                    "{node} said {expected:?} at {at:?}, told {:?} {}",
                    class.outcome(),
                    class.code
                );
                let said = format!("{:?}: {}: {told}", given.at, given.answer.query_id);
                wrong.push(violation("what-was-said-in-time-counts", said));
            }
        }
    }
    wrong
}

fn lamps<'a>(given: &Given<'a>) -> impl Iterator<Item = (&'a str, &'a v1::ClassReply)> {
    let nodes = given.answer.nodes.iter();
    nodes.flat_map(|node| {
        node.classes
            .iter()
            .map(move |class| (node.node.as_str(), class))
    })
}
