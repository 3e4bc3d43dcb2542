//! Who may approve, how often, how long, and who sees what became of it.

use super::*;
use crate::tests::center::Center;
use time::Duration;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-23 10:00 +8);

/// A sheet of so many lines about one question.
async fn sheet(lines: usize) -> Arc<Sheet> {
    let center = Center::new("guoguan").await;
    let nowhere = tonic::transport::Endpoint::from_static("http://127.0.0.1:1");
    let asker = center.asker(nowhere.connect_lazy());
    Arc::new(crate::asking::tests::sheet(&asker, lines).await)
}

fn prepared(sheet: &Arc<Sheet>, id: &str, expires_at: OffsetDateTime) -> Prepared {
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
    let body = serde_json::from_str(r#"{"case": "h"}"#).unwrap();
    Prepared {
        id: id.to_owned(),
        open,
        work: Work::Question(Box::new(body)),
        sheet: Arc::clone(sheet),
        expires_at,
    }
}

async fn waiting_one() -> Approvals {
    let approvals = Approvals::default();
    let prepared = prepared(&sheet(1).await, "a", NOW + Duration::HOUR);
    assert_eq!(approvals.insert(prepared, NOW).unwrap().state, "awaiting");
    approvals
}

fn officer(name: &str) -> Approver {
    Approver {
        operator: name.into(),
        counter: "9".into(),
        system: "office".into(),
    }
}

fn give(approvals: &Approvals, name: &str, body: u8) -> Result<Vec<u8>, RefusalCode> {
    let given = approvals.give("a", &officer(name), NOW, |_| Ok(vec![body]));
    given.map(|(_, body)| body)
}

#[tokio::test]
async fn nobody_approves_their_own_question() {
    let approvals = waiting_one().await;
    for own in ["zz-legal-1", " zz-legal-1 ", "ZZ-Legal-1"] {
        let refused = Err(RefusalCode::CaseApprover);
        assert_eq!(give(&approvals, own, 1), refused, "{own}");
        let given = approvals.given("a", own, NOW).map(|(_, body)| body);
        assert_eq!(given, refused, "{own}");
    }
    assert_eq!(give(&approvals, "zz-head", 1), Ok(vec![1]));
}

#[tokio::test]
async fn what_was_given_is_kept_for_few_and_only_while_it_waits() {
    let approvals = waiting_one().await;
    assert_eq!(give(&approvals, "zz-head", 1), Ok(vec![1]));
    assert_eq!(
        give(&approvals, "zz-head", 2),
        Ok(vec![1]),
        "the same again"
    );
    for other in ["b", "c", "d", "e"] {
        give(&approvals, other, 3).unwrap();
    }
    let given = |name: &str| approvals.given("a", name, NOW).map(|(_, body)| body);
    assert_eq!(given("zz-head"), Err(RefusalCode::CaseApproverStatement));
    assert_eq!(given("e"), Ok(vec![3]));
    assert_eq!(given("nobody"), Err(RefusalCode::CaseApproverStatement));
    approvals.take("a", NOW).unwrap();
    assert_eq!(given("e"), Err(RefusalCode::CaseReplayed));
}

#[tokio::test]
async fn a_question_is_approved_once_unless_it_waits_again() {
    let approvals = waiting_one().await;
    assert!(approvals.take("a", NOW).is_ok());
    let again = |approvals: &Approvals| approvals.take("a", NOW).err();
    assert_eq!(again(&approvals), Some(RefusalCode::CaseReplayed));
    approvals.settle("a", Fate::Awaiting, "office", NOW);
    assert_eq!(again(&approvals), None);
    let refusal = Box::new(RefusalView::here(RefusalCode::CaseBasis, None));
    approvals.settle("a", Fate::Refused(refusal), "office", NOW);
    assert_eq!(again(&approvals), Some(RefusalCode::CaseReplayed));
}

#[tokio::test]
async fn a_list_begins_once_by_the_system_that_prepared_it() {
    let approvals = waiting_one().await;
    let begin = |system: &str| approvals.begin("a", system, NOW).err();
    assert_eq!(begin("counter"), Some(RefusalCode::CaseApprover));
    approvals.take("a", NOW).unwrap();
    let signed = Signed {
        by: officer("zz-head"),
        body: Vec::new(),
        signature: Vec::new(),
    };
    approvals.settle("a", Fate::Approved(signed), "office", NOW);
    assert_eq!(begin("office"), Some(RefusalCode::ApprovalUnknown));
    assert_eq!(begin("counter"), None);
    assert_eq!(begin("counter"), Some(RefusalCode::CaseReplayed));
}

#[tokio::test]
async fn an_outcome_is_for_the_systems_of_the_two_operators() {
    let approvals = waiting_one().await;
    assert!(approvals.look("a", "anybody", NOW).is_ok(), "it waits");
    approvals.take("a", NOW).unwrap();
    let refusal = Box::new(RefusalView::here(RefusalCode::CaseBasis, None));
    approvals.settle("a", Fate::Refused(refusal), "office", NOW);
    for system in ["counter", "office"] {
        let view = approvals.look("a", system, NOW).unwrap();
        assert_eq!((view.state, view.refusal.is_some()), ("refused", true));
    }
    let other = approvals.look("a", "kiosk", NOW).unwrap_err();
    assert_eq!(other, RefusalCode::ApprovalUnknown);
}

#[tokio::test]
async fn nothing_waits_longer_than_its_case_and_there_is_an_end_to_it() {
    let approvals = waiting_one().await;
    let sheet = sheet(1).await;
    let later = NOW + Duration::HOUR;
    let unknown = RefusalCode::ApprovalUnknown;
    assert_eq!(approvals.take("a", later).unwrap_err(), unknown);
    assert_eq!(approvals.look("a", "counter", later).unwrap_err(), unknown);
    let approvals = waiting_one().await;
    assert_eq!(approvals.take("b", NOW).unwrap_err(), unknown);
    for n in 1..APPROVALS_MAX {
        let prepared = prepared(&sheet, &n.to_string(), NOW + Duration::HOUR);
        assert!(approvals.insert(prepared, NOW).is_ok());
    }
    let more = || prepared(&sheet, "more", later + Duration::HOUR);
    let full = approvals.insert(more(), NOW).unwrap_err();
    assert_eq!(full, RefusalCode::CaseMemory);
    assert!(approvals.insert(more(), later).is_ok(), "the old are gone");
}

#[tokio::test]
async fn lists_that_wait_hold_so_many_lines_and_no_more() {
    let (approvals, long) = (Approvals::default(), sheet(5_000).await);
    let list = |id: &str| prepared(&long, id, NOW + Duration::HOUR);
    for id in ["a", "b", "c", "d"] {
        assert!(approvals.insert(list(id), NOW).is_ok());
    }
    let full = approvals.insert(list("e"), NOW).unwrap_err();
    assert_eq!(full, RefusalCode::CaseMemory);
}

/// An answer without centers, as good as any to be kept.
fn answered(now: OffsetDateTime) -> Fate {
    let receipt = || audit::Receipt {
        log: "hub-1".into(),
        index: 1,
        leaf_hash: audit::leaf_hash(b"1"),
    };
    let answer = AnswerView {
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
    };
    Fate::answered(&answer, now)
}

#[tokio::test]
async fn answers_are_few_short_lived_and_given_once() {
    let (approvals, sheet) = (Approvals::default(), sheet(1).await);
    let answer = |id: &str, at: OffsetDateTime| {
        approvals
            .insert(prepared(&sheet, id, NOW + Duration::HOUR), NOW)
            .unwrap();
        approvals.take(id, NOW).unwrap();
        approvals.settle(id, answered(at), "office", NOW);
    };
    for n in 0..=ANSWERS_KEPT_MAX {
        let later = Duration::seconds(i64::try_from(ANSWERS_KEPT_MAX - n).unwrap());
        answer(&n.to_string(), NOW + later);
    }
    let kept = |n: usize, now| {
        let view = approvals.look(&n.to_string(), "counter", now).unwrap();
        assert_eq!(view.state, "answered");
        view.answer.is_some()
    };
    // The last one was to go first of all and stays, since nobody has read it yet.
    assert!(!kept(ANSWERS_KEPT_MAX - 1, NOW));
    assert!(
        kept(ANSWERS_KEPT_MAX, NOW) && !kept(ANSWERS_KEPT_MAX, NOW),
        "once"
    );
    assert!(kept(0, NOW));
    let officers = approvals.look("1", "office", NOW).unwrap();
    assert!(officers.answer.is_none(), "the officer has heard it");
    assert!(kept(1, NOW));
    let late = NOW + ANSWER_KEPT;
    assert!(kept(2, late), "made later");
    assert!(!kept(3, NOW + 2 * ANSWER_KEPT));
}
