//! A flow that needs a second approver: nothing without one, and with one both are on record, both
//! statements reach the nodes, and neither serves again.

use std::sync::{Arc, Mutex};

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use wire::RefusalCode;

use super::fixture::{APPROVED, Ask, Setup, Star, one_account};
use crate::ledger::entry::Entry;

fn star() -> Star {
    Star::new(Setup {
        flow: Some(APPROVED),
        ..Setup::default()
    })
}

fn approved(star: &Star) -> Ask {
    let mut ask = Ask::honest(star);
    ask.case.operator = "0230".into();
    ask.approval = Some(|_| {});
    ask
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
    let ask = approved(&star);
    let request = ask.request();
    let answer = star.send(&ask, request.clone()).await.expect("is answered");
    let sent = (request.case, request.approval.clone());
    assert!(sent.1.is_some());
    assert_eq!(*seen.lock().expect("is whole"), [sent]);
    let Entry::Decision(decision) = star.entry_of(answer.decision.as_ref()) else {
        panic!("no decision");
    };
    assert_eq!(decision.who.operator, "0230");
    assert_eq!(decision.case.approver, "0232");
    assert_eq!(decision.case.approval_nonce.len(), 32);
    let sent = request.approval.expect("was sent");
    let digest = digest(&SHA256, &sent.body);
    assert_eq!(
        decision.case.approval_statement,
        HEXLOWER.encode(digest.as_ref())
    );
    assert_eq!(
        decision.case.approval_signature,
        HEXLOWER.encode(&sent.signature)
    );
    drop(attached);
}

/// The asking node signs anew, as often as it likes; the officer has signed once.
#[tokio::test]
async fn an_approval_serves_once_also_after_a_restart() {
    let mut star = star();
    let ask = approved(&star);
    let first = ask.request();
    star.send(&ask, first.clone()).await.expect("is answered");
    let again = |star: &Star| {
        let mut next = approved(star);
        next.case.case_no.clone_from(&ask.case.case_no);
        next.case.use_no = 2;
        let mut request = next.request();
        request.approval.clone_from(&first.approval);
        (next, request)
    };
    for restarted in [false, true] {
        if restarted {
            star = star.restarted(Setup {
                flow: Some(APPROVED),
                ..Setup::default()
            });
        }
        let (next, request) = again(&star);
        let refusal = star.send(&next, request).await.expect_err("is a replay");
        assert_eq!(refusal.code, RefusalCode::CaseReplayed.as_str());
    }
    assert_eq!(star.frames(), 0);
}
