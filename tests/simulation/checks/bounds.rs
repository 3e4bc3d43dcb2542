//! Everything is bounded: questions under way, by the hub's own gauge, by the log, and as the nodes
//! see it.

use std::collections::{BTreeMap, BTreeSet};

use wire::limits::{ASKS_PER_STREAM_MAX, LIST_LINES_IN_FLIGHT_MAX, STREAMS_PER_NODE_MAX};

use crate::simulation::evidence::{Evidence, Violation, violation};
use crate::simulation::history::Event;

pub(super) fn bounded(evidence: &Evidence<'_>) -> Vec<Violation> {
    let most = evidence.run.in_flight_max + LIST_LINES_IN_FLIGHT_MAX;
    let mut wrong = Vec::new();
    for (at, event) in evidence.events() {
        if let Event::InFlight { questions, .. } = event
            && usize::try_from(*questions).unwrap_or(usize::MAX) > most
        {
            wrong.push(violation(
                "bounded",
                format!("{at:?}: {questions} under way, {most} allowed"),
            ));
        }
    }
    for life in evidence.lives() {
        let mut open = BTreeSet::new();
        for entry in life {
            match entry.kind.as_str() {
                "decision" => drop(open.insert(entry.text("/query"))),
                "outcome" | "abandoned" => drop(open.remove(entry.text("/query"))),
                _ => {}
            }
            if open.len() > most {
                wrong.push(violation(
                    "bounded",
                    format!("entry {}: {} open", entry.index, open.len()),
                ));
            }
        }
    }
    wrong.extend(asked_at_once(evidence));
    wrong
}

/// Questions that a node has and nobody has heard of again.
fn asked_at_once(evidence: &Evidence<'_>) -> Vec<Violation> {
    let most = ASKS_PER_STREAM_MAX * STREAMS_PER_NODE_MAX;
    let mut open: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (at, event) in evidence.events() {
        match event {
            Event::NodeAsked { node, query, .. } => {
                let open = open.entry(node).or_default();
                open.insert(query);
                if open.len() > most {
                    wrong.push(violation(
                        "bounded",
                        format!("{at:?}: {node} has {} questions", open.len()),
                    ));
                }
            }
            Event::Replied { node, query, .. } => {
                open.entry(node).or_default().remove(query.as_str());
            }
            Event::HubDown { .. } => open.clear(),
            Event::Left {
                ending: crate::simulation::history::Ending::Answer(answer),
                ..
            } => {
                open.values_mut().for_each(|open| {
                    open.remove(answer.query_id.as_str());
                });
            }
            _ => {}
        }
    }
    wrong
}
