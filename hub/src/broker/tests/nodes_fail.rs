//! Nodes that are silent, gone, draining or lying: each is known as what it is, and costs the
//! others nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use wire::limits::{DEADLINE_MIN, HOP_RESERVE};
use wire::{RefusalCode, v1};

use super::fixture::{self, Ask, NODES, Setup, Star};
use crate::ledger::entry::Entry;
use crate::nodes::breaker::State;

/// Outcome and code of class 04, by node.
fn said(answer: &v1::Answer) -> BTreeMap<&str, (v1::Outcome, &str)> {
    let account = |node: &v1::NodeAnswer| node.classes.iter().position(|c| c.class == 4);
    answer
        .nodes
        .iter()
        .map(|node| {
            let class = &node.classes[account(node).expect("class 04 was asked")];
            (node.node.as_str(), (class.outcome(), class.code.as_str()))
        })
        .collect()
}

fn unavailable(code: RefusalCode) -> (v1::Outcome, &'static str) {
    (v1::Outcome::Unavailable, code.as_str())
}

const ANSWERED: (v1::Outcome, &str) = (v1::Outcome::Answered, "");

fn breaker(star: &Star, node: &str) -> State {
    breaker_of(star, node, 4)
}

fn breaker_of(star: &Star, node: &str, class: u8) -> State {
    let mut states = star.broker.nodes.states().into_iter();
    let state = states.find(|state| state.id == node);
    let breakers = state.expect("is registered").breakers;
    let mut breakers = breakers.into_iter();
    let breaker = breakers.find(|breaker| breaker.class.get() == class);
    breaker.expect("every class has one").state
}

async fn breaker_changes(star: &Star) -> Vec<(String, String, String)> {
    star.settle().await;
    let change = |entry| match entry {
        Entry::Breaker(change) => Some((change.node, change.to, change.because)),
        _ => None,
    };
    star.entries(0).into_iter().filter_map(change).collect()
}

fn change(node: &str, to: &str, because: &str) -> (String, String, String) {
    (node.to_owned(), to.to_owned(), because.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_silent_node_is_waited_for_until_its_breaker_opens() {
    let star = Star::new(Setup::default());
    let _silent = star.attach("tielu", |_| None);
    let rest = NODES.iter().filter(|node| **node != "tielu");
    let _rest: Vec<_> = rest
        .map(|node| star.attach(node, fixture::one_account))
        .collect();
    for n in 1..=3 {
        assert_eq!(
            breaker(&star, "tielu"),
            State::Closed,
            "before question {n}"
        );
        let begun = Instant::now();
        let answer = star
            .ask(&Ask::honest(&star))
            .await
            .expect("a partial answer is one");
        let waited = begun.elapsed();
        assert!(
            waited >= Duration::from_secs(5) - HOP_RESERVE,
            "waited {waited:?}"
        );
        assert!(
            waited < Duration::from_secs(5),
            "the caller has given up: {waited:?}"
        );
        let said = said(&answer);
        assert_eq!(said["tielu"], unavailable(RefusalCode::NodeTimeout));
        for node in ["city", "guoguan", "zhongzhi"] {
            assert_eq!(said[node], ANSWERED, "{node}");
        }
    }
    check_skipped(&star).await;
}

/// The next question does not wait for 铁路, and the log says why.
async fn check_skipped(star: &Star) {
    assert_eq!(breaker(star, "tielu"), State::Open);
    let (begun, frames) = (Instant::now(), star.frames());
    let answer = star
        .ask(&Ask::honest(star))
        .await
        .expect("a partial answer is one");
    assert!(
        begun.elapsed() < Duration::from_millis(100),
        "waited {:?}",
        begun.elapsed()
    );
    assert_eq!(
        said(&answer)["tielu"],
        unavailable(RefusalCode::NodeBreaker)
    );
    assert_eq!(said(&answer)["city"], ANSWERED);
    assert_eq!(
        star.frames(),
        frames + 3,
        "only the three others were asked"
    );
    let Entry::Decision(decision) = star.entry_of(answer.decision.as_ref()) else {
        panic!("the receipt is not for a decision");
    };
    assert_eq!(decision.asked, ["city", "guoguan", "zhongzhi"]);
    assert_eq!(decision.skipped["tielu"], RefusalCode::NodeBreaker.as_str());
    assert_eq!(
        breaker_changes(star).await,
        [change("tielu", "open", "failed")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_healed_node_is_probed_and_asked_again() {
    let mut setup = Setup::default();
    setup.breaker.failures_in_row = 1;
    let star = Star::new(setup);
    let silent = star.attach("tielu", |_| None);
    star.ask(&Ask::honest(&star))
        .await
        .expect("a partial answer is one");
    assert_eq!(breaker(&star, "tielu"), State::Open);
    let _healed = star.attach("tielu", fixture::one_account);
    drop(silent);
    assert_eq!(
        breaker(&star, "tielu"),
        State::Open,
        "a further stream does not shorten its time"
    );
    tokio::time::advance(Duration::from_secs(5)).await;
    let answer = star.ask(&Ask::honest(&star)).await.expect("is permitted");
    assert_eq!(said(&answer)["tielu"], ANSWERED);
    let expected = [
        change("tielu", "open", "failed"),
        change("tielu", "half-open", "time"),
        change("tielu", "closed", "answered"),
    ];
    assert_eq!(breaker_changes(&star).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_node_lost_while_asked_is_known_at_once() {
    let star = Star::new(Setup::default());
    let (tell, mut told) = tokio::sync::mpsc::channel(1);
    let lost = star.attach("tielu", move |_| {
        tell.try_send(()).expect("is asked once");
        None
    });
    let _city = star.attach("city", fixture::one_account);
    let begun = Instant::now();
    let ask = Ask::honest(&star);
    let (answer, ()) = tokio::join!(star.ask(&ask), async {
        told.recv().await.expect("is asked");
        drop(lost);
    });
    assert!(
        begun.elapsed() < Duration::from_millis(100),
        "waited {:?}",
        begun.elapsed()
    );
    let answer = answer.expect("a partial answer is one");
    assert_eq!(said(&answer)["tielu"], unavailable(RefusalCode::NodeDown));
    assert_eq!(said(&answer)["city"], ANSWERED);
    assert_eq!(
        breaker_changes(&star).await,
        [change("tielu", "open", "link-lost")]
    );
    // Attached again, it is tried with one question and trusted after that.
    let _back = star.attach("tielu", fixture::one_account);
    let answer = star.ask(&Ask::honest(&star)).await.expect("is permitted");
    assert_eq!(said(&answer)["tielu"], ANSWERED);
    assert_eq!(breaker(&star, "tielu"), State::Closed);
}

#[tokio::test]
async fn a_node_that_says_farewell_is_down_and_not_broken() {
    let star = Star::new(Setup::default());
    let leaving = star.attach("tielu", fixture::one_account);
    leaving.link.drain();
    let answer = star
        .ask(&Ask::honest(&star))
        .await
        .expect("a partial answer is one");
    assert_eq!(said(&answer)["tielu"], unavailable(RefusalCode::NodeDown));
    drop(leaving);
    let answer = star
        .ask(&Ask::honest(&star))
        .await
        .expect("a partial answer is one");
    assert_eq!(said(&answer)["tielu"], unavailable(RefusalCode::NodeDown));
    assert_eq!(star.frames(), 0);
    assert_eq!(breaker(&star, "tielu"), State::Closed);
    assert_eq!(breaker_changes(&star).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_reply_to_another_question_is_no_answer() {
    let star = Star::new(Setup::default());
    let _wrong = star.attach("tielu", |ask| {
        let mut reply = fixture::one_account(ask)?;
        reply.query_id = "another".to_owned();
        Some(reply)
    });
    let answer = star
        .ask(&Ask::honest(&star))
        .await
        .expect("a partial answer is one");
    assert_eq!(
        said(&answer)["tielu"],
        unavailable(RefusalCode::NodeTimeout)
    );
}

#[tokio::test]
async fn a_lying_node_is_cut_off() {
    let star = Star::new(Setup::default());
    let _liar = star.attach("tielu", |ask| {
        fixture::reply(ask, |class| v1::ClassReply {
            outcome: 99,
            ..fixture::answered(class, &[])
        })
    });
    let _city = star.attach("city", fixture::one_account);
    for _ in 0..3 {
        let answer = star
            .ask(&Ask::honest(&star))
            .await
            .expect("a partial answer is one");
        assert_eq!(said(&answer)["tielu"], unavailable(RefusalCode::NodeReply));
        assert_eq!(said(&answer)["city"], ANSWERED);
    }
    let answer = star
        .ask(&Ask::honest(&star))
        .await
        .expect("a partial answer is one");
    assert_eq!(
        said(&answer)["tielu"],
        unavailable(RefusalCode::NodeBreaker)
    );
}

/// A refusal of the node's guard says nothing about its health.
#[tokio::test]
async fn a_refusing_node_is_not_broken() {
    let star = Star::new(Setup::default());
    let _guarded = star.attach("tielu", |ask| {
        let refusal = RefusalCode::GuardVeto.to_wire(&ask.query_id);
        let outcome = Some(v1::node_reply::Outcome::Refusal(refusal));
        Some(v1::NodeReply {
            query_id: ask.query_id.clone(),
            outcome,
        })
    });
    for _ in 0..6 {
        let answer = star
            .ask(&Ask::honest(&star))
            .await
            .expect("a partial answer is one");
        let refused = (v1::Outcome::Refused, RefusalCode::GuardVeto.as_str());
        assert_eq!(said(&answer)["tielu"], refused);
    }
    assert_eq!(breaker(&star, "tielu"), State::Closed);
}

/// A caller in a hurry must not make healthy nodes look sick: each has the shortest deadline at
/// least.
#[tokio::test(start_paused = true)]
async fn a_hasty_caller_trips_no_breaker() {
    let star = Star::new(Setup::default());
    let left = Arc::new(AtomicU32::new(u32::MAX));
    let least = Arc::clone(&left);
    let _nodes = star.attach_all(move |ask| {
        least.fetch_min(ask.deadline_ms, Ordering::SeqCst);
        None
    });
    let mut ask = Ask::honest(&star);
    ask.deadline_ms = 1;
    let begun = Instant::now();
    let answer = star.ask(&ask).await.expect("a partial answer is one");
    assert!(
        begun.elapsed() >= DEADLINE_MIN,
        "the nodes had {:?}",
        begun.elapsed()
    );
    let left = Duration::from_millis(left.load(Ordering::SeqCst).into());
    assert_eq!(left, DEADLINE_MIN, "as the nodes were told");
    for (node, said) in said(&answer) {
        assert_eq!(said, unavailable(RefusalCode::NodeTimeout), "{node}");
    }
    for _ in 0..5 {
        let mut hasty = Ask::honest(&star);
        hasty.deadline_ms = 200;
        star.ask(&hasty).await.expect("a partial answer is one");
    }
    for node in NODES {
        assert_eq!(breaker(&star, node), State::Closed, "{node}");
    }
}

/// The caller's deadline, if it is the shorter one, ends the wait.
#[tokio::test(start_paused = true)]
async fn the_shorter_deadline_counts() {
    let star = Star::new(Setup::default());
    let _silent = star.attach("city", |_| None);
    for (caller_ms, waited_ms) in [(0, 4_850), (1_000, 850), (60_000, 4_850)] {
        let mut ask = Ask::honest(&star);
        ask.deadline_ms = caller_ms;
        assert_eq!(breaker(&star, "city"), State::Closed);
        let begun = Instant::now();
        star.ask(&ask).await.expect("a partial answer is one");
        let waited = begun.elapsed().as_millis();
        assert!(
            (waited_ms..waited_ms + 50).contains(&waited),
            "{caller_ms}: {waited}"
        );
    }
}
