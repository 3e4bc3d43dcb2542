//! Questions whose end nobody waits for: every decision gets its outcome or is closed as abandoned.

use std::sync::Arc;

use catalog::ClassNo;
use tokio::sync::Notify;
use wire::RefusalCode;

use super::fixture::{self, Ask, Setup, Star};
use crate::ledger::entry::{Abandoned, Entry};
use crate::nodes::BreakerWatch;
use crate::nodes::breaker::{State, Transition};

#[tokio::test]
async fn a_caller_who_hangs_up_leaves_no_open_decision() {
    let star = Star::new(Setup::default());
    let asked = Arc::new(Notify::new());
    let told = Arc::clone(&asked);
    let _silent = star.attach("city", move |_| {
        told.notify_one();
        None
    });
    let ask = Ask::honest(&star);
    let request = ask.request();
    let handled = star.broker.handle(Arc::new(ask.peer.clone()), request);
    tokio::select! {
        _ = handled => panic!("the node has not answered yet"),
        () = asked.notified() => {}
    }
    // The node never answers: without the hanging up this would last as long as the flow allows.
    let soon = std::time::Duration::from_millis(900);
    tokio::time::timeout(soon, star.settle())
        .await
        .expect("the hub stops waiting");
    let entries = star.entries(0);
    let [Entry::Decision(_), Entry::Outcome(outcome)] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    assert!(outcome.cancelled && outcome.decision == 0, "{outcome:?}");
    let city = outcome.nodes.iter().find(|node| node.node == "city");
    for class in &city.expect("was asked").classes {
        let said = (class.outcome.as_str(), class.code.as_str());
        assert_eq!(said, ("unavailable", RefusalCode::AskCancelled.as_str()));
    }
    assert_eq!(star.broker.throttle.in_flight(), 0);
    let states = star.broker.nodes.states();
    let is_closed = |node: &crate::nodes::MemberState| node.breaker == State::Closed;
    assert!(
        states.iter().all(is_closed),
        "nobody looks sick: {states:?}"
    );
}

#[derive(Debug)]
struct Panics;

impl BreakerWatch for Panics {
    fn changed(&self, _: &str, _: &[ClassNo], transition: Transition) {
        // Not where a stream is dropped at the end of the test.
        if transition.because() == "failed" {
            panic!("a fault inside the hub, for the test");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_inside_the_hub_closes_its_decision() {
    let mut setup = Setup {
        watch: Some(Arc::new(Panics)),
        ..Setup::default()
    };
    setup.breaker.failures_in_row = 1;
    let star = Star::new(setup);
    let _silent = star.attach("city", |_| None);
    let refusal = star
        .ask(&Ask::honest(&star))
        .await
        .expect_err("the hub fails");
    assert_eq!(refusal.code, RefusalCode::HubInternal.as_str());
    star.settle().await;
    let entries = star.entries(0);
    let [Entry::Decision(decision), rest @ ..] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    let abandoned = Entry::Abandoned(Abandoned {
        query: decision.query.clone(),
        decision: 0,
        because: "dropped".to_owned(),
    });
    let refused = star.entry_of(refusal.receipt.as_ref());
    assert!(matches!(refused, Entry::Refusal(_)), "{refused:?}");
    assert!(
        rest.len() == 2 && rest.contains(&abandoned) && rest.contains(&refused),
        "{rest:?}"
    );
    assert_eq!(refusal.query_id, decision.query);
    assert_eq!(
        star.broker.throttle.in_flight(),
        0,
        "its place is free again"
    );
    let restored = crate::ledger::restore(star.journal(), 0).expect("reads");
    assert!(
        restored.open.is_empty(),
        "nothing is left to close at a start"
    );
}

#[tokio::test]
async fn a_sealed_decision_is_not_abandoned() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
    star.settle().await;
    let entries = star.entries(0);
    assert!(
        matches!(entries.as_slice(), [Entry::Decision(_), Entry::Outcome(_)]),
        "{entries:?}"
    );
}
