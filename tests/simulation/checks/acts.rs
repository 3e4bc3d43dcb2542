//! What operators have done, and the hub has said is done, is obeyed until they or its time end it:
//! over restarts, crashes, reviews of the limits and clocks that go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::simulation::evidence::{Evidence, Violation, violation};
use crate::simulation::history::Event;
use crate::simulation::question::Asked;
use crate::simulation::staff::LOWERED;

/// The hub looks every second whose time is over, and again is not; a slow disk holds that up.
const LOOKS_WITHIN: Duration = Duration::from_secs(4);
/// Questions beyond rate and burst, for one that was admitted as the second began.
const SLACK: usize = 2;

/// An act that stands, as far as can be told from outside: from the word of the hub to the
/// beginning of whatever may end it.
#[derive(Debug)]
struct Stands<'a> {
    act: &'a str,
    target: &'a str,
    from: Duration,
    to: Duration,
    until_ms: Option<i64>,
}

/// How far the hub's clock was off, and from when on.
struct Clock(Vec<(Duration, i64)>);

impl Clock {
    /// The latest that it said within a time, in milliseconds from the morning on.
    fn latest(&self, from: Duration, to: Duration) -> i64 {
        let ends = self.0.iter().skip(1).map(|(at, _)| *at);
        let spans = self.0.iter().zip(ends.chain([Duration::MAX]));
        let within = spans.filter(|((begins, _), ends)| *begins <= to && from < *ends);
        let said = within.map(|((_, off), ends)| millis(to.min(ends)) + off);
        said.max().unwrap_or(i64::MAX)
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).expect("is short")
}

impl Stands<'_> {
    /// Whether it stood from the arrival of a question until it was passed on.
    fn stood(&self, arrived: Duration, asked: Duration, clock: &Clock) -> bool {
        let looked = arrived.saturating_sub(LOOKS_WITHIN);
        let has_time = |until| clock.latest(looked, asked) < until;
        self.from <= arrived && asked < self.to && self.until_ms.is_none_or(has_time)
    }

    /// Whether it keeps a question about these classes from a node.
    fn forbids(&self, node: &str, asked: &Asked, classes: &BTreeSet<u32>) -> bool {
        let mut parts = self.target.split('/').skip(1);
        let (whom, class) = (parts.next().unwrap_or_default(), parts.next());
        match self.target.split('/').next() {
            Some("node") => whom == node || whom == asked.node,
            Some("flow") => whom == asked.flow,
            Some("class") => {
                let class = class.and_then(|class| class.parse().ok());
                whom == node && class.is_some_and(|class| classes.contains(&class))
            }
            _ => false,
        }
    }
}

fn ends(act: &str, standing: &str) -> bool {
    matches!(
        (act, standing),
        ("lift", "suspend")
            | ("reset", "trip")
            | ("release", "hold-open")
            | ("limit" | "lift-limit", "limit")
    )
}

fn standing<'a>(evidence: &Evidence<'a>) -> (Vec<Stands<'a>>, Clock) {
    let mut acts: Vec<Stands<'a>> = Vec::new();
    let mut clock = vec![(Duration::ZERO, 0)];
    for (at, event) in evidence.events() {
        match event {
            Event::Acting { act, target } => {
                let ended = acts.iter_mut().filter(|standing| {
                    standing.to == Duration::MAX
                        && standing.target == *target
                        && ends(act, standing.act)
                });
                ended.for_each(|standing| standing.to = at);
            }
            Event::Acted {
                act,
                target,
                until_ms,
                ..
            } => acts.push(Stands {
                act,
                target,
                from: at,
                to: Duration::MAX,
                until_ms: *until_ms,
            }),
            Event::HubClock { off_ms } => clock.push((at, *off_ms)),
            _ => {}
        }
    }
    acts.retain(|act| matches!(act.act, "suspend" | "trip" | "hold-open" | "limit"));
    (acts, Clock(clock))
}

/// A question that was passed on to a node.
struct Passed<'a> {
    at: Duration,
    arrived: Duration,
    node: &'a str,
    query: &'a str,
    asked: &'a Asked,
    classes: BTreeSet<u32>,
}

fn passed<'a>(evidence: &Evidence<'a>) -> Vec<Passed<'a>> {
    let mut arrived: BTreeMap<&str, Duration> = BTreeMap::new();
    let mut passed = Vec::new();
    for (at, event) in evidence.events() {
        match event {
            Event::Arrived { nonce, .. } => drop(arrived.entry(nonce).or_insert(at)),
            Event::NodeAsked {
                node,
                query,
                nonce,
                left_out,
                ..
            } => {
                let asked = evidence.signed.get(nonce.as_str());
                let arrived = arrived.get(nonce.as_str());
                let (Some(asked), Some(arrived)) = (asked, arrived) else {
                    continue;
                };
                let classes = asked.wants.keys().copied();
                passed.push(Passed {
                    at,
                    arrived: *arrived,
                    node,
                    query,
                    asked,
                    classes: classes.filter(|class| !left_out.contains(class)).collect(),
                });
            }
            _ => {}
        }
    }
    passed
}

/// Nobody who is suspended asks or is asked, and no class of which the breaker was opened by hand.
pub(super) fn acts_are_obeyed(evidence: &Evidence<'_>) -> Vec<Violation> {
    let (acts, clock) = standing(evidence);
    let mut wrong = Vec::new();
    for one in passed(evidence) {
        let broken = acts.iter().find(|act| {
            act.stood(one.arrived, one.at, &clock) && act.forbids(one.node, one.asked, &one.classes)
        });
        if let Some(act) = broken {
            let said = format!(
                "{:?}: {} was asked {} though {} of {} stood since {:?}",
                one.at, one.node, one.query, act.act, act.target, act.from
            );
            wrong.push(violation("acts-are-obeyed", said));
        }
    }
    wrong
}

/// While rate and burst of a class are lowered to one, no more questions about it go to its center.
pub(super) fn limits_are_kept(evidence: &Evidence<'_>) -> Vec<Violation> {
    let (acts, clock) = standing(evidence);
    let of = |target: &'static str| acts.iter().filter(move |act| act.target == target);
    let starts: Vec<Duration> = evidence
        .events()
        .filter_map(|(at, event)| matches!(event, Event::HubUp { .. }).then_some(at))
        .collect();
    let passed = passed(evidence);
    let mut wrong = Vec::new();
    for rate in of(LOWERED[0]) {
        for burst in of(LOWERED[1]) {
            let counted = passed.iter().filter(|one| {
                one.node == "tielu"
                    && one.classes.contains(&4)
                    && [rate, burst]
                        .iter()
                        .all(|act| act.stood(one.arrived, one.at, &clock))
            });
            let times: BTreeMap<&str, Duration> = counted.map(|one| (one.query, one.at)).collect();
            let from = rate.from.max(burst.from);
            let Some(last) = times.values().max().copied() else {
                continue;
            };
            // What a hub had counted ends with it.
            let lives = 1 + starts
                .iter()
                .filter(|at| from < **at && **at <= last)
                .count();
            let seconds = usize::try_from((last - from).as_secs()).expect("is short") + 1;
            let most = seconds + lives + SLACK;
            if times.len() > most {
                let said = format!(
                    "{} questions from {from:?} to {last:?}, {most} allowed",
                    times.len()
                );
                wrong.push(violation("limits-are-kept", said));
            }
        }
    }
    wrong
}
