//! A flow that needs a second operator: nothing without one, and with one both are on record and
//! both statements reach the nodes.

use std::sync::{Arc, Mutex};

use wire::RefusalCode;

use super::fixture::{Ask, Setup, Star, one_account};
use crate::ledger::entry::Entry;

fn star() -> Star {
    Star::new(Setup {
        flow: Some(("second_approver = false", "second_approver = true")),
        ..Setup::default()
    })
}

#[tokio::test]
async fn one_operator_is_not_enough() {
    let star = star();
    let refusal = star.ask(&Ask::honest(&star)).await.expect_err("is refused");
    assert_eq!(refusal.code, RefusalCode::CaseApprover.as_str());
    assert_eq!(star.frames(), 0);
}

#[tokio::test]
async fn two_operators_are_on_record_and_both_statements_travel() {
    let star = star();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let nodes = Arc::clone(&seen);
    let attached = star.attach("tielu", move |ask| {
        let both = (ask.case.clone(), ask.approval.clone());
        nodes.lock().expect("is whole").push(both);
        one_account(ask)
    });
    let ask = Ask {
        approval: Some(|_| {}),
        ..Ask::honest(&star)
    };
    let request = ask.request();
    let answer = star.send(&ask, request.clone()).await.expect("is answered");
    let sent = (request.case, request.approval);
    assert!(sent.1.is_some());
    assert_eq!(*seen.lock().expect("is whole"), [sent]);
    let Entry::Decision(decision) = star.entry_of(answer.decision.as_ref()) else {
        panic!("no decision");
    };
    assert_eq!(decision.who.operator, "0231");
    assert_eq!(decision.case.approver, "0232");
    drop(attached);
}
