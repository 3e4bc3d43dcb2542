//! Nodes that have enough to do, by the hub's limits or by their own word: known as that, asked
//! less, and neither an error of the question nor a failure in their breaker.

use std::sync::Arc;

use tokio::time::Instant;
use wire::{LimitName, Limits, RefusalCode, v1};

use super::fixture::{self, Ask, NODES, Setup, Star};
use crate::ledger::entry::Entry;
use crate::nodes::breaker::State;
use crate::nodes::loads::Going;
use crate::nodes::plan::Manner;

/// Outcome and code of each class of a node.
fn said_of<'a>(answer: &'a v1::Answer, node: &str) -> Vec<(v1::Outcome, &'a str)> {
    let answers = answer.nodes.iter().find(|answer| answer.node == node);
    let classes = &answers.expect("is in the answer").classes;
    let said = classes.iter().map(|class| (class.outcome(), &*class.code));
    said.collect()
}

/// When to come back, by class.
fn waits_of(answer: &v1::Answer, node: &str) -> Vec<u32> {
    let answers = answer.nodes.iter().find(|answer| answer.node == node);
    let classes = &answers.expect("is in the answer").classes;
    classes.iter().map(|class| class.retry_after_ms).collect()
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
        manner: Manner::COUNTER,
        deadline: Instant::now() + std::time::Duration::from_secs(60),
    });
    let held = held.await.expect("is free");
    for _ in 0..5 {
        let answer = star.ask(&Ask::honest(&star)).await.expect("is answered");
        let throttled = RefusalCode::NodeThrottled.as_str();
        for (outcome, code) in said_of(&answer, "city") {
            assert_eq!((outcome, code), (v1::Outcome::Unavailable, throttled));
        }
        assert!(waits_of(&answer, "city").iter().all(|wait| *wait >= 100));
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

/// Nobody stands at a counter for a single question of a flow that has time: it has none before
/// those who do, and the patience of a list.
#[tokio::test]
async fn a_single_question_of_a_flow_that_has_time_waits_as_a_list_does() {
    let star = Star::new(Setup {
        flow: Some(("pace = \"interactive\"", "pace = \"batch\"")),
        ..Setup::default()
    });
    let _city = star.attach("city", fixture::one_account);
    let loads = star.broker.nodes.loads();
    let narrow = [LimitName::TargetInFlightMin, LimitName::TargetInFlightMax];
    let narrow = narrow.iter().fold(Limits::default(), |limits, name| {
        limits.with_only(*name, "city", 1)
    });
    loads.replace(Arc::new(narrow));
    let held = loads.enter(Going {
        node: "city",
        classes: &[],
        from: "tielu",
        manner: Manner::COUNTER,
        deadline: Instant::now() + std::time::Duration::from_secs(60),
    });
    let held = held.await.expect("is free");
    let waiting = || {
        let mut states = loads.states().into_iter();
        let city = states.find(|state| state.node == "city");
        city.expect("is there").waiting
    };
    let freed = async {
        while waiting() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        // Longer than a counter waits.
        tokio::time::sleep(std::time::Duration::from_millis(1_300)).await;
        drop(held);
    };
    let ask = Ask::honest(&star);
    let (answer, ()) = tokio::join!(star.ask(&ask), freed);
    let answer = answer.expect("is answered");
    let said = said_of(&answer, "city");
    assert!(said.contains(&(v1::Outcome::Answered, "")), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_says_it_is_busy_is_asked_less_and_not_cut_off() {
    let star = Star::new(Setup::default());
    let busy = |ask: &v1::NodeAsk| {
        let refusal = v1::Refusal {
            retry_after_ms: 2_345,
            ..RefusalCode::NodeBusy.to_wire(&ask.query_id)
        };
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
        // Its own word, and no more of it than whole seconds.
        assert!(waits_of(&answer, "tielu").iter().all(|wait| *wait == 3_000));
    }
    assert_eq!(breaker(&star, "tielu"), State::Closed);
    assert!(limit(&star, "tielu") < before);
    star.settle().await;
    let of_tielu = |entry: &Entry| matches!(entry, Entry::Breaker(b) if b.node == "tielu");
    assert!(!star.entries(0).iter().any(of_tielu));
}

/// One class over its own limit takes no other with it.
#[tokio::test(start_paused = true)]
async fn a_class_over_its_limit_is_left_out_alone() {
    let star = Star::new(Setup::default());
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    let behave = move |ask: &v1::NodeAsk| {
        kept.lock().expect("is whole").push(ask.left_out.clone());
        fixture::one_account(ask)
    };
    let _tielu = star.attach("tielu", behave);
    let narrow = Limits::default()
        .with_only(LimitName::ClassPerSecond, "tielu/04", 1)
        .with_only(LimitName::ClassBurst, "tielu/04", 1);
    star.broker.nodes.loads().replace(Arc::new(narrow));
    let first = star.ask(&Ask::honest(&star)).await.expect("is answered");
    let classes = said_of(&first, "tielu");
    assert!(classes.len() > 1, "several are asked: {classes:?}");
    assert!(
        classes.iter().all(|(_, code)| code.is_empty()),
        "{classes:?}"
    );
    let second = star.ask(&Ask::honest(&star)).await.expect("is answered");
    let tielu = second.nodes.iter().find(|answer| answer.node == "tielu");
    for (class, before) in tielu.expect("is there").classes.iter().zip(&classes) {
        if class.class == 4 {
            assert_eq!(class.code, RefusalCode::NodeClassRate.as_str());
            assert_eq!(class.outcome(), v1::Outcome::Unavailable);
            assert!((1..=1_000).contains(&class.retry_after_ms), "{class:?}");
        } else {
            assert_eq!((class.outcome(), class.code.as_str()), *before);
            assert_eq!(class.retry_after_ms, 0);
        }
    }
    assert_eq!(*asked.lock().expect("is whole"), [vec![], vec![4]]);
    assert_eq!(breaker(&star, "tielu"), State::Closed);
    // The outcome on record says it of the class.
    let Entry::Outcome(outcome) = star.entry_of(second.outcome.as_ref()) else {
        panic!("the receipt is not for an outcome");
    };
    let of_tielu = outcome.nodes.iter().find(|node| node.node == "tielu");
    let class = of_tielu
        .expect("is there")
        .classes
        .iter()
        .find(|c| c.class == "04");
    assert_eq!(
        class.expect("is there").code,
        RefusalCode::NodeClassRate.as_str()
    );
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    let third = star.ask(&Ask::honest(&star)).await.expect("is answered");
    assert_eq!(said_of(&third, "tielu"), said_of(&first, "tielu"));
}
