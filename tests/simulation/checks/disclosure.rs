//! Least data: whatever a node sends, a caller gets the items asked for and nothing else.

use std::collections::BTreeSet;

use policies::Mode;
use prost::Message as _;
use wire::v1;

use crate::simulation::answer::CANARY;
use crate::simulation::evidence::{Evidence, Given, Violation, violation};
use crate::simulation::history::{Ending, Event};
use crate::simulation::question::{holding, item_no, value};

/// Classes and items of an answer are of the question; a match has no records; and what an honest
/// center shows is what it holds.
pub(super) fn nothing_outside_the_permit(evidence: &Evidence<'_>) -> Vec<Violation> {
    let outside = evidence.given().filter_map(|given| {
        let beyond = beyond(&given)?;
        let said = format!("{:?}: {}: {beyond}", given.at, given.answer.query_id);
        Some(violation("nothing-outside-the-permit", said))
    });
    outside.collect()
}

fn beyond(given: &Given<'_>) -> Option<String> {
    let asked = given.asked;
    for node in &given.answer.nodes {
        for class in &node.classes {
            let Some(items) = asked.wants.get(&class.class) else {
                return Some(format!("{} class {}", node.node, class.class));
            };
            let shown = items_of(class);
            if !shown.is_subset(items) || (asked.mode == Mode::Match && class.record_count > 0) {
                return Some(format!("{} class {}: {shown:?}", node.node, class.class));
            }
            if let Some(wrong) = untrue(&node.node, asked.person, class) {
                return Some(format!("{} says {wrong}", node.node));
            }
        }
    }
    None
}

fn items_of(class: &v1::ClassReply) -> BTreeSet<u32> {
    let records = v1::Records::decode(class.payload.as_slice()).unwrap_or_default();
    let values = records.records.iter().flat_map(|record| &record.values);
    values.map(|value| value.item).collect()
}

/// A value that the center does not hold.
fn untrue(node: &str, person: u64, class: &v1::ClassReply) -> Option<String> {
    let records = v1::Records::decode(class.payload.as_slice()).unwrap_or_default();
    let held = holding(node, person, class.class);
    records
        .records
        .iter()
        .flat_map(|record| &record.values)
        .find_map(|shown| {
            let item = item_no(&format!("{:02}-{:02}", class.class, shown.item));
            let text = value(node, person, item, held);
            let encoded = shown.encode_to_vec();
            let is_it = encoded
                .windows(text.len())
                .any(|window| window == text.as_bytes());
            (!is_it).then(|| format!("{item} is not {text}"))
        })
}

/// What liars smuggle reaches no caller, and no log.
pub(super) fn no_canary(evidence: &Evidence<'_>) -> Vec<Violation> {
    let has_it = |bytes: &[u8]| {
        bytes
            .windows(CANARY.len())
            .any(|window| window == CANARY.as_bytes())
    };
    let left = evidence.events().filter_map(|(at, event)| match event {
        Event::Left {
            call,
            ending: Ending::Answer(answer),
            ..
        } if has_it(&answer.encode_to_vec()) => {
            Some(violation("no-canary", format!("{at:?}: call {call}")))
        }
        _ => None,
    });
    let logged = evidence.run.log.iter().filter(|entry| has_it(entry));
    left.chain(logged.map(|_| violation("no-canary", "in the log")))
        .collect()
}
