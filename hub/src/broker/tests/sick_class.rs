//! A sick class of a node leaves its other classes served, is left out of the question, and is back
//! by the agent's word alone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use catalog::ClassNo;
use tokio_util::sync::CancellationToken;
use wire::{RefusalCode, v1};

use super::fixture::{self, Ask, NODES, Setup, Star};
use crate::ledger::entry::Entry;
use crate::nodes::breaker::{Event, Hand, State};

fn class(number: u8) -> ClassNo {
    ClassNo::new(number).expect("is a class")
}

fn state(star: &Star, node: &str, number: u8) -> State {
    let states = star.broker.nodes.states();
    let of_node = states.iter().find(|state| state.id == node);
    let breakers = &of_node.expect("is registered").breakers;
    let breaker = breakers.iter().find(|b| b.class == class(number));
    breaker.expect("has one").state
}

/// Outcome and code of each class of a node.
fn said(answer: &v1::Answer, node: &str) -> BTreeMap<u32, (v1::Outcome, String)> {
    let node = answer.nodes.iter().find(|n| n.node == node);
    let classes = node.expect("is in the answer").classes.iter();
    classes
        .map(|c| (c.class, (c.outcome(), c.code.clone())))
        .collect()
}

fn sick_account(ask: &v1::NodeAsk) -> Option<v1::NodeReply> {
    fixture::reply(ask, |class| match class {
        4 => v1::ClassReply {
            class,
            outcome: v1::Outcome::Unavailable.into(),
            code: RefusalCode::NodeSource.to_string(),
            ..v1::ClassReply::default()
        },
        _ => v1::ClassReply {
            class,
            outcome: v1::Outcome::NoRecord.into(),
            ..v1::ClassReply::default()
        },
    })
}

#[tokio::test(start_paused = true)]
async fn a_sick_class_is_left_out_and_the_others_are_served() {
    let star = Star::new(Setup::default());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let _sick = star.attach("tielu", move |ask| {
        kept.lock().expect("is whole").push(ask.left_out.clone());
        sick_account(ask)
    });
    let rest = NODES.iter().filter(|node| **node != "tielu");
    let _rest: Vec<_> = rest
        .map(|node| star.attach(node, fixture::one_account))
        .collect();
    let mut changes = star.broker.nodes.changes();
    for _ in 0..3 {
        let answer = star.ask(&Ask::honest(&star)).await.expect("is permitted");
        let code = &said(&answer, "tielu")[&4].1;
        assert_eq!(code, RefusalCode::NodeSource.as_str());
    }
    assert_eq!(state(&star, "tielu", 4), State::Open);
    assert_eq!(state(&star, "tielu", 3), State::Closed);
    let change = changes.try_recv().expect("whoever listens is told");
    assert_eq!(
        (change.node.as_str(), change.classes),
        ("tielu", vec![class(4)])
    );
    assert_eq!(change.transition.to, State::Open);
    let answer = star.ask(&Ask::honest(&star)).await.expect("is permitted");
    let heard = said(&answer, "tielu");
    assert_eq!(heard[&3], (v1::Outcome::NoRecord, String::new()));
    let breaker = RefusalCode::NodeBreaker.to_string();
    assert_eq!(heard[&4], (v1::Outcome::Unavailable, breaker.clone()));
    assert_eq!(said(&answer, "city")[&4].0, v1::Outcome::Answered);
    let none: Vec<u32> = Vec::new();
    let asked = seen.lock().expect("is whole").clone();
    assert_eq!(asked, [none.clone(), none.clone(), none, vec![4]]);
    let Entry::Decision(decision) = star.entry_of(answer.decision.as_ref()) else {
        panic!("the receipt is not for a decision");
    };
    assert!(decision.skipped.is_empty(), "the node was asked");
    assert_eq!(decision.left_out, [("tielu/04".to_owned(), breaker)].into());
    star.settle().await;
    let opened = star.entries(0).into_iter().find_map(|entry| match entry {
        Entry::Breaker(changed) => Some(changed),
        _ => None,
    });
    let opened = opened.expect("is on record");
    assert_eq!(
        (opened.node.as_str(), opened.to.as_str()),
        ("tielu", "open")
    );
    assert_eq!(opened.classes, ["04"]);
    assert_eq!((opened.rates.calls, opened.rates.failed), (3, 3));
}

/// Nobody asks; the agent's word alone brings the class back.
#[tokio::test(start_paused = true)]
async fn a_class_is_back_by_the_agents_word() {
    let star = Star::new(Setup::default());
    let standing = Arc::new(Mutex::new(v1::Standing::Out));
    let told = Arc::clone(&standing);
    let _sick = star.attach_probed("tielu", sick_account, move |_| {
        Some(*told.lock().expect("is whole"))
    });
    for _ in 0..3 {
        star.ask(&Ask::honest(&star)).await.expect("is permitted");
    }
    let nodes = &star.broker.nodes;
    for _ in 0..20 {
        tokio::time::advance(Duration::from_millis(500)).await;
        nodes.probe_once().await;
    }
    assert_eq!(state(&star, "tielu", 4), State::Open, "its source is out");
    *standing.lock().expect("is whole") = v1::Standing::Well;
    nodes.probe_once().await;
    nodes.probe_once().await;
    assert_eq!(state(&star, "tielu", 4), State::Closed);
}

/// A node whose agent says nothing keeps nobody else's word from being heard.
#[tokio::test(start_paused = true)]
async fn a_silent_agent_does_not_slow_the_probes_of_others() {
    let star = Star::new(Setup::default());
    let _silent = star.attach_probed("city", sick_account, |_| None);
    let probed = Arc::new(Mutex::new(0));
    let count = Arc::clone(&probed);
    let _out = star.attach_probed("tielu", sick_account, move |_| {
        *count.lock().expect("is whole") += 1;
        Some(v1::Standing::Out)
    });
    for _ in 0..3 {
        star.ask(&Ask::honest(&star)).await.expect("is permitted");
    }
    let stop = CancellationToken::new();
    let probing = Arc::clone(&star.broker.nodes).keep_probing(stop.clone());
    let waiting = async {
        tokio::time::sleep(Duration::from_millis(10_250)).await;
        stop.cancel();
    };
    tokio::join!(probing, waiting);
    assert_eq!(*probed.lock().expect("is whole"), 21, "twice a second");
}

/// A node that hangs is out long before the time of the first question is up; one whose source is
/// only slow is not. (To the millisecond: `nodes/prober/tests.rs`.)
#[tokio::test]
async fn a_silent_node_is_tried_and_out_before_the_time_is_up() {
    for (word, becomes) in [
        (None, State::Open),
        (Some(v1::Standing::Out), State::Open),
        (Some(v1::Standing::Well), State::Closed),
        (Some(v1::Standing::Untried), State::Closed),
    ] {
        let star = Star::new(Setup::default());
        let is_known = Arc::new(AtomicBool::new(false));
        let known = Arc::clone(&is_known);
        let replies = move |ask: &v1::NodeAsk| {
            let is_first = !known.swap(true, Ordering::SeqCst);
            is_first.then(|| fixture::one_account(ask)).flatten()
        };
        let _silent = star.attach_probed("tielu", replies, move |_| word);
        star.ask(&Ask::honest(&star)).await.expect("is permitted");
        let stop = CancellationToken::new();
        let probing = Arc::clone(&star.broker.nodes).keep_probing(stop.clone());
        let asking = async {
            let asked = Ask::honest(&star);
            let answer = star.ask(&asked);
            let looking = async {
                tokio::time::sleep(Duration::from_millis(700)).await;
                assert_eq!(state(&star, "tielu", 4), State::Closed, "it has its time");
                if word.is_some() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    assert_eq!(state(&star, "tielu", 4), State::Closed, "it has spoken");
                }
                // One question whose time is up opens nothing, so there is no hurry.
                for _ in 0..30 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    if state(&star, "tielu", 4) == State::Open {
                        break;
                    }
                }
                assert_eq!(state(&star, "tielu", 4), becomes, "{word:?}");
                assert_eq!(state(&star, "city", 4), State::Closed);
            };
            let (answer, ()) = tokio::join!(answer, looking);
            answer.expect("is permitted");
            stop.cancel();
        };
        tokio::join!(probing, asking);
    }
}

/// An agent that never says anything, and one that does not know of probes, harm nobody.
#[tokio::test(start_paused = true)]
async fn a_silent_agent_is_not_back() {
    for probed in [true, false] {
        let star = Star::new(Setup::default());
        let _sick = if probed {
            star.attach_probed("tielu", sick_account, |_| None)
        } else {
            star.attach("tielu", sick_account)
        };
        for _ in 0..3 {
            star.ask(&Ask::honest(&star)).await.expect("is permitted");
        }
        let frames = star.frames();
        for _ in 0..10 {
            tokio::time::advance(Duration::from_millis(500)).await;
            star.broker.nodes.probe_once().await;
        }
        assert_eq!(state(&star, "tielu", 4), State::Open);
        assert_eq!(star.frames() > frames, probed, "probes went down");
    }
}

#[tokio::test]
async fn what_the_operators_hold_or_suspend_is_told_with_its_own_code() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    let tripped = [(class(4), Event::Set(Hand::Tripped))];
    star.broker.nodes.heard("tielu", &tripped);
    let set = |change: fn(&mut policies::Suspensions)| {
        change(&mut star.broker.suspensions.write().expect("is whole"));
    };
    set(|state| {
        state.set_class("city", class(3), true);
        state.set_node("zhongzhi", true);
    });
    let answer = star.ask(&Ask::honest(&star)).await.expect("is permitted");
    let unavailable = |code: RefusalCode| (v1::Outcome::Unavailable, code.to_string());
    let (held, suspended) = (RefusalCode::NodeHeld, RefusalCode::NodeSuspended);
    assert_eq!(said(&answer, "tielu")[&4], unavailable(held));
    assert_eq!(said(&answer, "tielu")[&3].0, v1::Outcome::NoRecord);
    assert_eq!(said(&answer, "city")[&3], unavailable(suspended));
    assert_eq!(said(&answer, "city")[&4].0, v1::Outcome::Answered);
    for class in [3, 4] {
        assert_eq!(said(&answer, "zhongzhi")[&class], unavailable(suspended));
    }
    assert_eq!(star.frames(), 3, "a suspended node is not asked");
    let Entry::Decision(decision) = star.entry_of(answer.decision.as_ref()) else {
        panic!("the receipt is not for a decision");
    };
    assert_eq!(decision.skipped["zhongzhi"], suspended.as_str());
    assert_eq!(decision.left_out["tielu/04"], held.as_str());
    set(|state| state.set_node("zhongzhi", false));
    star.broker
        .nodes
        .heard("tielu", &[(class(4), Event::Reset)]);
    let answer = star.ask(&Ask::honest(&star)).await.expect("is permitted");
    assert_eq!(said(&answer, "tielu")[&4].0, v1::Outcome::Answered);
    assert_eq!(said(&answer, "zhongzhi")[&4].0, v1::Outcome::Answered);
}
