//! Who may approve, how often, how long, and who sees what became of it.

use super::*;
use std::sync::Arc;
use time::Duration;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);

fn prepared(id: &str, expires_at: OffsetDateTime) -> Prepared {
    let open = OpenCase {
        handle: "h".into(),
        case_no: "C-1".into(),
        flow: "F27".parse().unwrap(),
        matter: "02".parse().unwrap(),
        operator: "zz-legal-1".into(),
        counter: "3".into(),
        system: "counter".into(),
        expires_at,
        asks_max: 2,
        uses: Arc::default(),
    };
    Prepared {
        id: id.to_owned(),
        open,
        body: serde_json::from_str(r#"{"case": "h"}"#).unwrap(),
        digest: [1; 32],
        expires_at,
    }
}

fn waiting() -> Approvals {
    let approvals = Approvals::default();
    let view = approvals.insert(prepared("a", NOW + Duration::HOUR), NOW);
    assert_eq!(view.unwrap().state, "awaiting");
    approvals
}

#[test]
fn nobody_approves_their_own_question() {
    let approvals = waiting();
    for own in ["zz-legal-1", " zz-legal-1 "] {
        let refused = approvals.take("a", own, NOW).unwrap_err();
        assert_eq!(refused, RefusalCode::CaseApprover, "{own}");
    }
    assert_eq!(approvals.take("a", "zz-head", NOW).unwrap().digest, [1; 32]);
}

#[test]
fn a_question_is_approved_once_unless_it_waits_again() {
    let approvals = waiting();
    assert!(approvals.take("a", "zz-head", NOW).is_ok());
    let again = |approvals: &Approvals| approvals.take("a", "zz-other", NOW).err();
    assert_eq!(again(&approvals), Some(RefusalCode::CaseReplayed));
    approvals.settle("a", Fate::Awaiting, "office");
    assert_eq!(again(&approvals), None);
    let refusal = Box::new(RefusalView::here(RefusalCode::CaseBasis, None));
    approvals.settle("a", Fate::Refused(refusal), "office");
    assert_eq!(again(&approvals), Some(RefusalCode::CaseReplayed));
}

#[test]
fn an_outcome_is_for_the_systems_of_the_two_operators() {
    let approvals = waiting();
    assert!(approvals.look("a", "anybody", NOW).is_ok(), "it waits");
    approvals.take("a", "zz-head", NOW).unwrap();
    let refusal = Box::new(RefusalView::here(RefusalCode::CaseBasis, None));
    approvals.settle("a", Fate::Refused(refusal), "office");
    for system in ["counter", "office"] {
        let view = approvals.look("a", system, NOW).unwrap();
        assert_eq!((view.state, view.refusal.is_some()), ("refused", true));
    }
    let other = approvals.look("a", "kiosk", NOW).unwrap_err();
    assert_eq!(other, RefusalCode::ApprovalUnknown);
}

#[test]
fn nothing_waits_longer_than_its_case_and_there_is_an_end_to_it() {
    let approvals = waiting();
    let later = NOW + Duration::HOUR;
    let unknown = RefusalCode::ApprovalUnknown;
    assert_eq!(approvals.take("a", "zz-head", later).unwrap_err(), unknown);
    assert_eq!(approvals.look("a", "counter", later).unwrap_err(), unknown);
    assert_eq!(approvals.take("b", "zz-head", NOW).unwrap_err(), unknown);
    for n in 1..APPROVALS_MAX {
        let prepared = prepared(&n.to_string(), NOW + Duration::HOUR);
        assert!(approvals.insert(prepared, NOW).is_ok());
    }
    let more = || prepared("more", later + Duration::HOUR);
    let full = approvals.insert(more(), NOW).unwrap_err();
    assert_eq!(full, RefusalCode::CaseMemory);
    assert!(approvals.insert(more(), later).is_ok(), "the old are gone");
}

/// An answer without centers, as good as any to be kept.
fn answered() -> Fate {
    let receipt = || audit::Receipt {
        log: "hub-1".into(),
        index: 1,
        leaf_hash: audit::leaf_hash(b"1"),
    };
    Fate::Answered(Box::new(AnswerView {
        query: "q".into(),
        flow: "F27".into(),
        matter: "00".into(),
        case_no: "C-1".into(),
        asked_at: String::new(),
        elapsed_ms: 1,
        lamps: Vec::new(),
        receipts: crate::asking::view::Receipts {
            decision: receipt(),
            outcome: receipt(),
            own: None,
        },
    }))
}

#[test]
fn answers_are_few_and_the_one_that_was_to_go_first_goes() {
    let approvals = Approvals::default();
    for n in 0..=ANSWERS_KEPT_MAX {
        let id = n.to_string();
        let ends = NOW + Duration::HOUR - Duration::seconds(i64::try_from(n).unwrap());
        approvals.insert(prepared(&id, ends), NOW).unwrap();
        approvals.take(&id, "zz-head", NOW).unwrap();
        approvals.settle(&id, answered(), "office");
    }
    let kept = |n: usize| approvals.look(&n.to_string(), "counter", NOW).is_ok();
    // The latest ends first of all and stays, since nobody has read it yet.
    assert!(kept(ANSWERS_KEPT_MAX) && !kept(ANSWERS_KEPT_MAX - 1));
    assert!((0..ANSWERS_KEPT_MAX - 1).all(kept));
}
