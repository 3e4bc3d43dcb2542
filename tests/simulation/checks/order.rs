//! The log as the truth: it never forks, no statement serves twice in it, no question stands in it
//! without a case, and breakers change by their rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::simulation::evidence::{Entry, Evidence, Violation, violation};
use crate::simulation::history::Event;

/// No statement is behind two decisions, over all lives of the hub.
pub(super) fn no_statement_serves_twice(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut used: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    for entry in decisions(evidence) {
        let statement = (entry.text("/who/node"), entry.text("/case/nonce"));
        if let Some(before) = used.insert(statement, entry.text("/query")) {
            let said = format!(
                "{statement:?} was used by {before} and {}",
                entry.text("/query")
            );
            wrong.push(violation("no-statement-serves-twice", said));
        }
    }
    wrong
}

/// Whoever is asked, and whatever is decided, rests on a question that a node has signed and may
/// ask; what is granted was asked for, of the centers that it was asked of.
pub(super) fn no_question_without_a_case(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut wrong = Vec::new();
    for (at, event) in evidence.events() {
        let Event::NodeAsked { node, nonce, .. } = event else {
            continue;
        };
        let signed = evidence.signed.get(nonce.as_str());
        if !signed.is_some_and(|asked| asked.is_fair && asked.centers.contains(node)) {
            let said = format!("{at:?}: {node} was asked by statement {nonce}");
            wrong.push(violation("no-question-without-a-case", said));
        }
    }
    for entry in decisions(evidence) {
        if !is_covered(evidence, entry) {
            let said = format!("decision {} of {}", entry.index, entry.text("/query"));
            wrong.push(violation("no-question-without-a-case", said));
        }
    }
    wrong
}

fn is_covered(evidence: &Evidence<'_>, entry: &Entry) -> bool {
    let Some(asked) = evidence.signed.get(entry.text("/case/nonce")) else {
        return false;
    };
    let mut centers = entry.texts("/asked");
    centers.extend(entry.keys("/skipped"));
    let granted = entry.keys("/items");
    let wanted = asked.wants.keys().map(|class| format!("{class:02}"));
    asked.is_fair
        && entry.text("/who/node") == asked.node
        && entry.text("/case/number") == asked.case_no
        && entry.text("/case/flow") == asked.flow
        && centers
            .iter()
            .map(String::as_str)
            .eq(asked.centers.iter().copied())
        && granted.into_iter().eq(wanted)
}

fn decisions<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = &'a Entry> {
    evidence
        .entries
        .iter()
        .filter(|entry| entry.kind == "decision")
}

/// What was ever synced is in the log at the end, in the order in which it was synced, and time in
/// it never goes back.
pub(super) fn the_log_never_forks(evidence: &Evidence<'_>) -> Vec<Violation> {
    let (durable, log) = (&evidence.run.durable, &evidence.run.log);
    let mut wrong = Vec::new();
    let forked = durable
        .iter()
        .enumerate()
        .find(|(index, entry)| log.get(*index) != Some(entry));
    if let Some((index, _)) = forked {
        let said = format!(
            "entry {index} of {} synced is another in the log of {}",
            durable.len(),
            log.len()
        );
        wrong.push(violation("the-log-never-forks", said));
    }
    let times: Vec<&str> = evidence
        .entries
        .iter()
        .map(|entry| entry.text("/at"))
        .collect();
    let parsed = times.iter().map(|at| {
        time::OffsetDateTime::parse(at, &time::format_description::well_known::Rfc3339).ok()
    });
    let parsed: Vec<_> = parsed.collect();
    if let Some(at) = parsed
        .windows(2)
        .position(|pair| pair[0].is_none() || pair[0] > pair[1])
    {
        let said = format!(
            "entry {at} is of {}, the next of {}",
            times[at],
            times[at + 1]
        );
        wrong.push(violation("the-log-never-forks", said));
    }
    wrong
}

/// What opens a breaker though it is an answer.
const SLOW: &str = "answered slowly";
/// From where to where a breaker may go, and because of what, where nobody sets it by hand.
const STEPS: &[(&str, &str, &str)] = &[
    ("closed", "open", "failed"),
    ("closed", "open", "broken"),
    ("closed", "open", SLOW),
    ("closed", "open", "link-lost"),
    ("closed", "open", "breached"),
    ("closed", "open", "stalled"),
    ("open", "half-open", "time"),
    ("open", "half-open", "attached"),
    ("open", "half-open", "healthy"),
    ("open", "half-open", "untried"),
    ("half-open", "closed", "answered"),
    ("half-open", "closed", "healthy"),
    ("half-open", "closed", "untried"),
    ("half-open", "open", "failed"),
    ("half-open", "open", "broken"),
    ("half-open", "open", SLOW),
    ("half-open", "open", "unwell"),
    ("half-open", "open", "link-lost"),
    ("half-open", "open", "breached"),
];

/// What staff do to a breaker, and what they leave it as.
const BY_HAND: [&str; 5] = ["tripped", "held-open", "held-closed", "reset", "released"];

/// Breakers begin closed with each life, go on from where they are, and by the steps above or by
/// hand. What is set by hand is set again at a start, before the log says that it has started: of
/// such classes the first that a life says is where they are.
pub(super) fn breakers_keep_their_rules(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let is_by_hand = |entry: &Entry| BY_HAND.contains(&entry.text("/because"));
    let by_hand: BTreeSet<(String, String)> = evidence
        .entries
        .iter()
        .filter(|entry| entry.kind == "breaker" && is_by_hand(entry))
        .flat_map(|entry| {
            let node = entry.text("/node").to_owned();
            let classes = entry.texts("/classes").into_iter();
            classes.map(move |class| (node.clone(), class))
        })
        .collect();
    for life in evidence.lives() {
        let mut states: BTreeMap<(&str, String), &str> = BTreeMap::new();
        for entry in life.iter().filter(|entry| entry.kind == "breaker") {
            let (node, from, to) = (entry.text("/node"), entry.text("/from"), entry.text("/to"));
            let because = match (entry.text("/because"), to) {
                // Of a trial nothing is counted before.
                ("answered", "open") if from == "half-open" || entry.number("/rates/slow") > 0 => {
                    SLOW
                }
                (because, _) => because,
            };
            for class in entry.texts("/classes") {
                let before = states.insert((node, class.clone()), to);
                let was_set = by_hand.contains(&(node.to_owned(), class.clone()));
                let is_set_again = is_by_hand(entry) && from == "closed";
                let was = match before {
                    None if was_set => from,
                    Some(_) if is_set_again => from,
                    before => before.unwrap_or("closed"),
                };
                // What was folded because the log took nothing is more than one step.
                let is_step = entry.number("/folded") > 0
                    || is_by_hand(entry)
                    || STEPS.contains(&(from, to, because));
                if was != from || !is_step {
                    let said = format!(
                        "entry {}: {node} class {class} was {was}, {from} to {to} \
                         because {because}",
                        entry.index
                    );
                    wrong.push(violation("breakers-keep-their-rules", said));
                }
            }
        }
    }
    wrong
}
