//! Nodes that have enough to do, by the hub's limits or by their own word: known as that, asked
//! less, and neither an error of the question nor a failure in their breaker.

use std::sync::Arc;

use tokio::time::Instant;
use wire::{LimitName, Limits, RefusalCode, v1};

use super::fixture::{self, Ask, NODES, Setup, Star};
use crate::ledger::entry::Entry;
use crate::nodes::breaker::State;
use crate::nodes::loads::Going;
use crate::throttle::Urgency;

/// Outcome and code of each class of a node.
fn said_of<'a>(answer: &'a v1::Answer, node: &str) -> Vec<(v1::Outcome, &'a str)> {
    let answers = answer.nodes.iter().find(|answer| answer.node == node);
    let classes = &answers.expect("is in the answer").classes;
    let said = classes.iter().map(|class| (class.outcome(), &*class.code));
    said.collect()
}

fn breaker(star: &Star, node: &str) -> State {
    let states = star.broker.nodes.states();
    let mut states = states.into_iter();
    states
        .find(|state| state.id == node)
        .expect("is there")
        .breaker
}

fn limit(star: &Star, node: &str) -> usize {
    let mut states = star.broker.nodes.loads().states().into_iter();
    states
        .find(|state| state.node == node)
        .expect("is there")
        .limit
}

#[tokio::test(start_paused = true)]
async fn a_node_with_enough_under_way_is_gone_without() {
    let star = Star::new(Setup::default());
    let _nodes: Vec<_> = NODES
        .iter()
        .map(|node| star.attach(node, fixture::one_account))
        .collect();
    let narrow = Limits::default()
        .with_only(LimitName::TargetInFlightMin, "city", 1)
        .with_only(LimitName::TargetInFlightMax, "city", 1)
        .with_only(LimitName::TargetQueueMax, "city", 0);
    let loads = star.broker.nodes.loads();
    loads.replace(Arc::new(narrow));
    let held = loads.enter(Going {
        node: "city",
        classes: &[],
        from: "tielu",
        urgency: Urgency::Counter,
        deadline: Instant::now() + std::time::Duration::from_secs(60),
    });
    let held = held.await.expect("is free");
    for _ in 0..5 {
        let answer = star.ask(&Ask::honest(&star)).await.expect("is answered");
        let throttled = RefusalCode::NodeThrottled.as_str();
        for (outcome, code) in said_of(&answer, "city") {
            assert_eq!((outcome, code), (v1::Outcome::Unavailable, throttled));
        }
        for node in ["guoguan", "tielu", "zhongzhi"] {
            let said = said_of(&answer, node);
            assert!(
                said.contains(&(v1::Outcome::Answered, "")),
                "{node}: {said:?}"
            );
        }
    }
    assert_eq!(breaker(&star, "city"), State::Closed);
    drop(held);
    let answer = star.ask(&Ask::honest(&star)).await.expect("is answered");
    assert!(said_of(&answer, "city").contains(&(v1::Outcome::Answered, "")));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_says_it_is_busy_is_asked_less_and_not_cut_off() {
    let star = Star::new(Setup::default());
    let busy = |ask: &v1::NodeAsk| {
        let refusal = RefusalCode::NodeBusy.to_wire(&ask.query_id);
        Some(v1::NodeReply {
            query_id: ask.query_id.clone(),
            outcome: Some(v1::node_reply::Outcome::Refusal(refusal)),
        })
    };
    let _busy = star.attach("tielu", busy);
    let before = limit(&star, "tielu");
    for _ in 0..20 {
        let answer = star.ask(&Ask::honest(&star)).await.expect("is answered");
        let told = RefusalCode::NodeBusy.as_str();
        for said in said_of(&answer, "tielu") {
            assert_eq!(said, (v1::Outcome::Unavailable, told));
        }
    }
    assert_eq!(breaker(&star, "tielu"), State::Closed);
    assert!(limit(&star, "tielu") < before);
    star.settle().await;
    let of_tielu = |entry: &Entry| matches!(entry, Entry::Breaker(b) if b.node == "tielu");
    assert!(!star.entries(0).iter().any(of_tielu));
}
