//! Time: an answer leaves when the last center has spoken or its time is over, whoever is sick; and
//! once nothing goes wrong any more, everything becomes well.

use std::collections::BTreeMap;
use std::time::Duration;

use wire::v1;

use crate::simulation::evidence::{Evidence, Given, Violation, violation};
use crate::simulation::history::{Ending, Event};

/// What the record of an outcome takes at most: one sync that was begun before, and its own.
const RECORDING: Duration = Duration::from_millis(400);
/// The same of a disk that was made slow.
const RECORDING_SLOWLY: Duration = Duration::from_millis(2_200);

/// How long a flow lets its centers think, from its file.
pub(super) fn deadline(flow: &str) -> Duration {
    match flow {
        "F06" => Duration::from_secs(10),
        _ => Duration::from_secs(5),
    }
}

/// No answer waits longer than its flow allows, nor for anybody once all have spoken; and nothing
/// that arrived is left without an ending by a hub that lives on.
pub(super) fn answers_in_time(evidence: &Evidence<'_>) -> Vec<Violation> {
    let is_slow =
        |event: &Event| matches!(event, Event::Fault(text) if text.starts_with("DiskSlow"));
    let is_slow = evidence.events().any(|(_, event)| is_slow(event));
    let recording = if is_slow { RECORDING_SLOWLY } else { RECORDING };
    let mut first_asked: BTreeMap<&str, Duration> = BTreeMap::new();
    for (at, event) in evidence.events() {
        if let Event::NodeAsked { query, .. } = event {
            first_asked.entry(query).or_insert(at);
        }
    }
    // A line leaves when its caller takes it; that is the caller's time.
    let mut late: Vec<_> = evidence
        .given()
        .filter(|given| given.asked.flow != "F06")
        .filter_map(|given| {
            let begun = first_asked.get(given.answer.query_id.as_str())?;
            let due = due(evidence, &given, *begun) + recording;
            let said = format!(
                "{:?}: {} was due at {due:?}",
                given.at, given.answer.query_id
            );
            (given.at > due).then(|| violation("answers-in-time", said))
        })
        .collect();
    late.extend(unanswered(evidence, recording));
    late
}

/// The latest moment at which there is anything to wait for.
fn due(evidence: &Evidence<'_>, given: &Given<'_>, begun: Duration) -> Duration {
    let whole = begun + deadline(given.asked.flow);
    let query = given.answer.query_id.as_str();
    let Some(decision) = evidence.decision(query) else {
        return whole;
    };
    let spoken: Option<Vec<Duration>> = decision
        .texts("/asked")
        .iter()
        .map(|node| {
            evidence
                .replied
                .get(&(node.as_str(), query))
                .map(|(at, _)| *at)
        })
        .collect();
    let spoken = spoken.and_then(|times| times.into_iter().max());
    spoken.map_or(whole, |last| last.min(whole))
}

/// Single questions that reached a hub, which neither answered them nor died.
fn unanswered(evidence: &Evidence<'_>, recording: Duration) -> Vec<Violation> {
    let mut open: BTreeMap<u64, (u32, Duration)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (at, event) in evidence.events() {
        match event {
            Event::Arrived { call, nonce, life } => {
                let asked = evidence.signed.get(nonce.as_str());
                if asked.is_some_and(|asked| asked.flow != "F06") {
                    open.insert(*call, (*life, at + deadline("") + recording * 2));
                }
            }
            Event::Left { call, .. } | Event::Lost { call, .. } => {
                let due = open.remove(call).map(|(_, due)| due);
                if due.is_some_and(|due| at > due) {
                    wrong.push(violation(
                        "answers-in-time",
                        format!("{at:?}: call {call} hung"),
                    ));
                }
            }
            Event::HubDown { life, .. } => open.retain(|_, (of, _)| of != life),
            _ => {}
        }
    }
    wrong
}

/// Long enough after the last trouble, each node that asks hears every center.
pub(super) fn well_again(evidence: &Evidence<'_>) -> Vec<Violation> {
    let is_well = |ending: &Option<Ending>| match ending {
        Some(Ending::Answer(answer)) => {
            let mut classes = answer.nodes.iter().flat_map(|node| &node.classes);
            answer.nodes.len() == 4
                && classes.all(|class| {
                    matches!(
                        class.outcome(),
                        v1::Outcome::Answered | v1::Outcome::NoRecord
                    )
                })
        }
        _ => false,
    };
    let sick = evidence
        .run
        .last
        .iter()
        .filter(|(_, ending)| !is_well(ending));
    let said = sick.map(|(node, ending)| match ending {
        Some(ending) => format!("{node} was told at the end: {ending}"),
        None => format!("{node} was told nothing at the end"),
    });
    let gauges = evidence.events().filter_map(|(_, event)| match event {
        Event::InFlight { questions } => Some(*questions),
        _ => None,
    });
    let left = gauges.last().filter(|questions| *questions > 0);
    let left = left.map(|questions| format!("{questions} places are never given back"));
    said.chain(left)
        .map(|said| violation("well-again", said))
        .collect()
}
