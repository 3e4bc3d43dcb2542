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
        let given = approvals.given("a", own, NOW).err();
        assert_eq!(given, refused.err(), "{own}");
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
    let given = |name: &str| {
        let given = approvals.given("a", name, NOW);
        given.map(|all| all.into_iter().flat_map(|(_, body)| body).collect())
    };
    assert_eq!(given("zz-head"), Err(RefusalCode::CaseApproverStatement));
    assert_eq!(given("e"), Ok(vec![3]));
    assert_eq!(given("nobody"), Err(RefusalCode::CaseApproverStatement));
    approvals.take("a", NOW).unwrap();
    assert_eq!(given("e"), Err(RefusalCode::CaseReplayed));
}

/// Whoever knows the number may fetch in an officer's name; what the officer reads stays theirs.
#[tokio::test]
async fn nobody_replaces_what_an_officer_is_reading() {
    let approvals = waiting_one().await;
    give(&approvals, "zz-head", 1).unwrap();
    for n in 2..9 {
        let other = Approver {
            counter: n.to_string(),
            system: "kiosk".into(),
            ..officer("zz-head")
        };
        approvals.give("a", &other, NOW, |_| Ok(vec![n])).unwrap();
    }
    let given = approvals.given("a", "zz-head", NOW).unwrap();
    assert_eq!(given[0], (officer("zz-head"), vec![1]));
    let of_kiosk: Vec<u8> = given[1..].iter().map(|(_, body)| body[0]).collect();
    assert_eq!(of_kiosk, [5, 6, 7, 8], "its own oldest go");
}

#[tokio::test]
async fn one_system_has_its_share_and_keeps_nobody_out() {
    let (approvals, sheet) = (Approvals::default(), sheet(1).await);
    let by = |system: &str, n: usize| {
        let mut waits = prepared(&sheet, &format!("{system}-{n}"), NOW + Duration::HOUR);
        waits.open.system = system.to_owned();
        approvals.insert(waits, NOW).err()
    };
    for n in 0..APPROVALS_OF_SYSTEM_MAX {
        assert_eq!(by("counter", n), None);
    }
    let full = by("counter", APPROVALS_OF_SYSTEM_MAX);
    assert_eq!(full, Some(RefusalCode::CaseMemory));
    assert_eq!(by("kiosk", 0), None);
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
        let mut prepared = prepared(&sheet, &n.to_string(), NOW + Duration::HOUR);
        prepared.open.system = format!("system-{}", n % 5);
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
    let list = |id: &str, system: &str| {
        let mut waits = prepared(&long, id, NOW + Duration::HOUR);
        waits.open.system = system.to_owned();
        approvals.insert(waits, NOW).err()
    };
    let full = Some(RefusalCode::CaseMemory);
    for (id, system, expected) in [
        ("a", "counter", None),
        ("b", "counter", None),
        ("c", "counter", full),
        ("d", "office", None),
        ("e", "office", None),
        ("f", "kiosk", full),
    ] {
        assert_eq!(list(id, system), expected, "{id}");
    }
}

/// An answer without centers, as good as any to be kept.
fn answered(now: OffsetDateTime) -> Fate {
    let receipt = || audit::Receipt {
        log: "hub-1".into(),
        index: 1,
        leaf_hash: audit::leaf_hash(b"1"),
    };
    let answer = AnswerView {
        trace: String::new(),
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
