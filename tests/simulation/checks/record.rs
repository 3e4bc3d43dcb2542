//! No record, no answer: what is asked and answered is in the log before, and stays there.

use std::collections::BTreeMap;

use ring::digest;
use wire::v1;

use crate::simulation::evidence::{Evidence, Violation, violation};
use crate::simulation::history::{Ending, Event};

/// No node is asked before a durable decision that names it.
pub(super) fn asked_after_its_decision(evidence: &Evidence<'_>) -> Vec<Violation> {
    let asked = evidence.events().filter_map(|(at, event)| {
        let Event::NodeAsked {
            node,
            query,
            durable,
            ..
        } = event
        else {
            return None;
        };
        let decision = evidence.decision(query);
        let is_durable = decision.is_some_and(|entry| entry.index < *durable);
        let names_it = decision.is_some_and(|entry| entry.texts("/asked").contains(*node));
        let said = format!("{at:?}: {node} was asked {query} with {durable} entries durable");
        (!is_durable || !names_it).then(|| violation("asked-after-decision", said))
    });
    asked.collect()
}

/// No answer leaves before its outcome is durable.
pub(super) fn answered_after_its_outcome(evidence: &Evidence<'_>) -> Vec<Violation> {
    let early = evidence.given().filter(|given| {
        let outcome = evidence.outcomes.get(&given.answer.query_id);
        outcome.is_none_or(|index| *index >= given.durable)
    });
    let said = early.map(|given| format!("{:?}: {} left early", given.at, given.answer.query_id));
    said.map(|said| violation("answered-after-outcome", said))
        .collect()
}

/// Each receipt that anybody was given is for an entry that is in the log after everything.
pub(super) fn receipts_stay_true(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut wrong = Vec::new();
    for (at, event) in evidence.events() {
        let (Event::Left { ending, .. } | Event::Told { ending, .. }) = event else {
            continue;
        };
        let receipts = match ending {
            Ending::Answer(answer) => vec![
                ("decision", &answer.query_id, answer.decision.as_ref()),
                ("outcome", &answer.query_id, answer.outcome.as_ref()),
            ],
            Ending::Refusal {
                query,
                receipt: Some(receipt),
                ..
            } => {
                vec![("refusal", query, Some(receipt))]
            }
            Ending::Refusal { .. } => Vec::new(),
        };
        for (kind, query, receipt) in receipts {
            if !receipt.is_some_and(|receipt| is_true(evidence, kind, query, receipt)) {
                let said = format!("{at:?}: receipt for the {kind} of {query}: {receipt:?}");
                wrong.push(violation("receipts-stay-true", said));
            }
        }
    }
    wrong
}

fn is_true(evidence: &Evidence<'_>, kind: &str, query: &str, receipt: &v1::Receipt) -> bool {
    let index = usize::try_from(receipt.index).unwrap_or(usize::MAX);
    let (Some(raw), Some(entry)) = (evidence.run.log.get(index), evidence.entries.get(index))
    else {
        return false;
    };
    // RFC 6962: a leaf is hashed behind a zero byte.
    let leaf = digest::digest(&digest::SHA256, &[&[0], raw.as_slice()].concat());
    receipt.log == "hub-1"
        && leaf.as_ref() == receipt.leaf_hash
        && entry.kind == kind
        && entry.text("/query") == query
}

/// Outcome and counts of each class are the same in the log and in the answer.
pub(super) fn the_log_says_what_was_answered(evidence: &Evidence<'_>) -> Vec<Violation> {
    let differs = evidence.given().filter(|given| {
        let index = evidence.outcomes.get(&given.answer.query_id);
        let logged = index.map(|index| logged(&evidence.entries[*index].value));
        logged.is_some_and(|logged| logged != answered(given.answer))
    });
    let said = differs.map(|given| format!("{:?}: {}", given.at, given.answer.query_id));
    said.map(|said| violation("log-says-what-was-answered", said))
        .collect()
}

type Counts = BTreeMap<(String, String), (String, u64)>;

fn logged(outcome: &serde_json::Value) -> Counts {
    let mut counts = Counts::new();
    for node in outcome["nodes"].as_array().into_iter().flatten() {
        for class in node["classes"].as_array().into_iter().flatten() {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let records = class["records"].as_u64().unwrap_or_default();
            counts.insert(
                (text(&node["node"]), text(&class["class"])),
                (text(&class["code"]), records),
            );
        }
    }
    counts
}

fn answered(answer: &v1::Answer) -> Counts {
    let classes = answer.nodes.iter().flat_map(|node| {
        node.classes.iter().map(|class| {
            let at = (node.node.clone(), format!("{:02}", class.class));
            (at, (class.code.clone(), u64::from(class.record_count)))
        })
    });
    classes.collect()
}

/// Each decision has one outcome, or was abandoned once; neither comes without one.
pub(super) fn each_decision_ends_once(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut open: BTreeMap<&str, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for entry in &evidence.entries {
        let query = entry.text("/query");
        match entry.kind.as_str() {
            "decision" if open.insert(query, 0).is_some() => {
                wrong.push(violation("ends-once", format!("{query} was decided twice")));
            }
            "outcome" | "abandoned" => match open.get_mut(query) {
                Some(0) => drop(open.insert(query, 1)),
                _ => wrong.push(violation(
                    "ends-once",
                    format!("{query} ended again, or without a decision"),
                )),
            },
            _ => {}
        }
    }
    // What the very last power cut left open the next start would close.
    let mut starts = evidence
        .entries
        .iter()
        .filter(|entry| entry.kind == "started");
    let last_start = starts.next_back().map_or(0, |entry| entry.index);
    let left = evidence
        .decisions
        .iter()
        .filter(|(query, index)| open.get(query.as_str()) == Some(&0) && **index < last_start);
    wrong.extend(left.map(|(query, _)| violation("ends-once", format!("{query} never ended"))));
    wrong
}
