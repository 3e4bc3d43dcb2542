//! Whether the hub's answer answers the question: every center and class once, outcomes that agree
//! with what came along. What does not is refused whole; a center left out would look clean.

use std::collections::BTreeSet;

use catalog::Defect;
use policies::{Flow, Mode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::{RefusalCode, v1};

use super::Asker;
use super::question::Asked;
use crate::book::is_query_id;

/// Refuses an answer that leaves out, repeats or adds a center or class, or contradicts itself.
pub(crate) fn scrutinize(
    asker: &Asker,
    asked: &Asked,
    answer: &v1::Answer,
) -> Result<(), RefusalCode> {
    let question = &asked.question;
    let rules = asker.rules.current();
    let flow = rules.flows().flow(&question.flow());
    let flow = flow.ok_or(RefusalCode::FlowUnknown)?;
    let is_asked = |node: &&str| {
        question
            .classes()
            .any(|class| flow.asks(node, class, question))
    };
    let nodes = asker.trust.nodes().map(|node| node.id.as_str());
    let targets: BTreeSet<&str> = nodes.filter(is_asked).collect();
    let nodes: BTreeSet<&str> = answer.nodes.iter().map(|node| node.node.as_str()).collect();
    let is_sound = is_query_id(&answer.query_id)
        && nodes == targets
        && nodes.len() == answer.nodes.len()
        && answer
            .nodes
            .iter()
            .all(|node| is_complete(asked, flow, node));
    if is_sound {
        Ok(())
    } else {
        Err(RefusalCode::HubReply)
    }
}

/// Every class that this center was asked for, once.
fn is_complete(asked: &Asked, flow: &Flow, node: &v1::NodeAnswer) -> bool {
    let question = &asked.question;
    let wanted: BTreeSet<u32> = question
        .classes()
        .filter(|class| flow.asks(&node.node, *class, question))
        .map(|class| u32::from(class.get()))
        .collect();
    let classes: BTreeSet<u32> = node.classes.iter().map(|reply| reply.class).collect();
    classes == wanted
        && classes.len() == node.classes.len()
        && node
            .classes
            .iter()
            .all(|reply| may_hold_back(asked, flow, (&node.node, reply)) && agrees(asked, reply))
}

/// Records are held back only where the flow asks for a hit first, and then nothing else is said.
fn may_hold_back(asked: &Asked, flow: &Flow, (node, reply): (&str, &v1::ClassReply)) -> bool {
    let question = &asked.question;
    let asks_itself = question.asking_node() == node;
    let is_answer = matches!(reply.outcome(), v1::Outcome::Answered | v1::Outcome::Stale);
    let unknown = Defect::UnknownItem.as_str();
    let says_nothing_else = reply.payload.is_empty()
        && reply.verdicts.is_empty()
        && reply.notes.iter().all(|note| note.defect == unknown);
    !reply.held_back
        || flow.holds_back(question.mode(), asks_itself)
            && is_answer
            && reply.found
            && says_nothing_else
}

/// A silence gives its known reason, and nothing that came with records looks empty. Only what the
/// hub vouches for is held against it: the time of a silence is a node's own word.
fn agrees(asked: &Asked, reply: &v1::ClassReply) -> bool {
    let Ok(outcome) = v1::Outcome::try_from(reply.outcome) else {
        return false;
    };
    let is_match = asked.question.mode() == Mode::Match;
    let has_records = !reply.payload.is_empty();
    let gives_too_much = has_records && is_match;
    let has_reason = !reply.code.is_empty();
    let is_dated = OffsetDateTime::parse(&reply.as_of, &Rfc3339).is_ok();
    match outcome {
        v1::Outcome::Unspecified => false,
        v1::Outcome::Answered => {
            let shows_none = is_match || reply.held_back;
            !has_reason && has_records != shows_none && is_dated
        }
        v1::Outcome::Stale => !has_reason && !gives_too_much && is_dated,
        v1::Outcome::NoRecord => !has_reason && !has_records,
        v1::Outcome::Refused | v1::Outcome::Unavailable | v1::Outcome::NotCovered => {
            reply.code.parse::<RefusalCode>().is_ok() && !has_records
        }
    }
}
