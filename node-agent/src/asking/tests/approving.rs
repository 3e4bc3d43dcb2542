//! Two operators, one question, through the API: it waits, nobody approves their own, and what
//! leaves carries both statements over the same question.

use axum::http::Method;
use policies::{SignedCase, TrustList};
use serde_json::{Value as Json, json};
use wire::{RefusalCode, v1};

use super::{honest, star};
use crate::tests::center::{Center, Options};
use crate::tests::http::{COUNTER, Counter, Heard, KIOSK};
use crate::tests::hub::FakeHub;

/// As [`star`], where F05 needs a second operator.
async fn careful() -> (FakeHub, Center, Counter) {
    let hub = FakeHub::new().await;
    hub.answers(|request| Ok(honest(request)));
    let options = Options {
        flow: Some(("second_approver = false", "second_approver = true")),
        ..Options::default()
    };
    let center = Center::with("guoguan", options).await;
    let counter = Counter::of(&center, hub.channel());
    (hub, center, counter)
}

fn by(operator: &str) -> Json {
    json!({"operator": operator, "counter": "9"})
}

async fn look(counter: &Counter, token: &str, id: &str) -> Heard {
    let token = format!("Bearer {token}");
    let path = format!("/v1/approvals/{id}");
    counter
        .call(Method::GET, &path, Some(&token), axum::body::Body::empty())
        .await
}

async fn approve(counter: &Counter, token: &str, id: &str, body: &Json) -> Heard {
    counter
        .post_as(token, &format!("/v1/approvals/{id}"), body)
        .await
}

/// A question that waits; its number.
async fn waiting(counter: &Counter) -> String {
    let handle = counter.handle().await;
    let heard = counter.ask(&handle, json!({})).await;
    assert_eq!(heard.status, 202, "{}", heard.body);
    let view = heard.json();
    assert_eq!(
        (&view["state"], &view["operator"]),
        (&json!("awaiting"), &json!("0231"))
    );
    view["approval"].as_str().unwrap().to_owned()
}

fn opened(trust: &TrustList, case: Option<v1::SignedCase>) -> policies::VerifiedCase {
    let case = case.unwrap();
    let case = SignedCase {
        body: case.body,
        signature: case.signature,
    };
    trust.verify("guoguan", &case).unwrap()
}

#[tokio::test]
async fn a_question_leaves_when_a_second_operator_confirms() {
    let (hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    assert!(hub.asked().is_empty(), "nothing leaves before");
    let heard = approve(&counter, KIOSK, &id, &by("0299")).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    let asked = hub.asked();
    let [request] = &asked[..] else {
        panic!("{} questions", asked.len());
    };
    let first = opened(&center.trust, request.case.clone());
    let second = opened(&center.trust, request.approval.clone());
    let (one, two) = (first.assertion(), second.assertion());
    assert_eq!((&*one.operator, &*one.system), ("0231", "counter"));
    assert_eq!((&*two.operator, &*two.system), ("0299", "kiosk"));
    assert_eq!(one.query_digest, two.query_digest);
    assert_ne!(one.nonce, two.nonce);
    // The guard of an answering center takes both, and neither alone.
    let ask = |approval| v1::NodeAsk {
        query_id: "q-7".into(),
        asking_node: "guoguan".into(),
        envelope: request.envelope.clone(),
        case: request.case.clone(),
        payload: request.payload.clone(),
        deadline_ms: 5_000,
        approval,
    };
    let answerer = center.answerer();
    let reply = answerer.answer(ask(request.approval.clone())).await;
    assert!(crate::answer::tests::heard(reply).is_ok());
    let reply = answerer.answer(ask(None)).await;
    let refused = crate::answer::tests::heard(reply).unwrap_err();
    assert_eq!(refused, RefusalCode::GuardCase);
    let served = center.entries();
    let served = served.iter().find(|entry| entry["kind"] == "served");
    assert_eq!(served.unwrap()["approver"], "0299");
}

#[tokio::test]
async fn both_steps_are_on_record_and_the_first_reads_the_answer() {
    let (_hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    let answer = approve(&counter, KIOSK, &id, &by("0299")).await.json();
    let kept = look(&counter, COUNTER, &id).await.json();
    assert_eq!(kept["state"], "answered");
    assert_eq!(kept["answer"], answer);
    let entries = center.entries();
    let [.., asked, approved, answered] = &entries[..] else {
        panic!("{} entries", entries.len());
    };
    assert_eq!(
        [&asked["kind"], &approved["kind"], &answered["kind"]],
        ["approval-asked", "approved", "answered"]
    );
    for entry in [asked, approved] {
        assert_eq!(entry["approval"], id);
        assert_eq!(entry["operator"], "0231");
    }
    assert_eq!(approved["approver"], "0299");
    assert_eq!((&*answered["operator"].to_string()), "\"0231\"");
    assert_eq!(answered["approver"], "0299");
    let again = approve(&counter, KIOSK, &id, &by("0300")).await;
    assert_eq!(again.refusal(), (409, "TS-CASE-REPLAYED".into()));
}

#[tokio::test]
async fn nobody_approves_alone_or_by_guessing() {
    let (hub, _center, counter) = careful().await;
    let id = waiting(&counter).await;
    for (id, body, refusal) in [
        (&*id, by("0231"), (409, "TS-CASE-APPROVER")),
        (&*id, by(""), (400, "TS-ASK-MALFORMED")),
        (&*id, by("张三"), (400, "TS-ASK-MALFORMED")),
        (
            &*id,
            by("110101190001010014"),
            (409, "TS-CASE-PERSONAL-DATA"),
        ),
        (&*id, json!({"operator": "0299"}), (400, "TS-ASK-MALFORMED")),
        ("none", by("0299"), (404, "TS-APPROVAL-UNKNOWN")),
    ] {
        let heard = approve(&counter, COUNTER, id, &body).await;
        let (status, code) = refusal;
        assert_eq!(heard.refusal(), (status, code.to_owned()), "{body}");
    }
    assert!(hub.asked().is_empty());
    let unknown = look(&counter, COUNTER, "none").await;
    assert_eq!(unknown.refusal(), (404, "TS-APPROVAL-UNKNOWN".into()));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_it_waits() {
    let (hub, center, counter) = careful().await;
    let handle = counter.handle().await;
    let given = json!({"given": {"12.wqcxmm": "pw-1"}});
    let heard = counter.ask(&handle, given).await;
    assert_eq!(heard.refusal(), (400, "TS-ASK-MALFORMED".into()));
    let nobody = counter.ask(&handle, json!({"party": 7})).await;
    assert_eq!(nobody.refusal(), (409, "TS-CASE-SUBJECT".into()));
    let waits = |entry: &Json| entry["kind"] == "approval-asked";
    assert!(!center.entries().iter().any(waits) && hub.asked().is_empty());
}

#[tokio::test]
async fn a_case_that_changed_meanwhile_is_not_asked() {
    let (hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    center.sql("UPDATE CASES SET STATE = '9'").await;
    let heard = approve(&counter, KIOSK, &id, &by("0299")).await;
    assert_eq!(heard.refusal(), (409, "TS-CASE-CLOSED".into()));
    center
        .sql(
            "UPDATE CASES SET STATE = '1';
             UPDATE CASES SET ID = '110101190001010022' WHERE SEQ = 0",
        )
        .await;
    let heard = approve(&counter, KIOSK, &id, &by("0299")).await;
    assert_eq!(heard.refusal(), (409, "TS-CASE-QUESTION".into()));
    assert!(hub.asked().is_empty());
    // It waits on, so that a mended case can still be approved.
    let view = look(&counter, COUNTER, &id).await.json();
    assert_eq!(view["state"], "awaiting");
}

#[tokio::test]
async fn a_refusal_of_the_hub_is_the_end_of_it_unless_it_had_no_room() {
    let (hub, _center, counter) = careful().await;
    let id = waiting(&counter).await;
    let refuses = |code: RefusalCode| {
        hub.answers(move |_| Err(wire::refusal::status(&code.to_wire("q-9"))));
    };
    refuses(RefusalCode::LimitHub);
    let heard = approve(&counter, KIOSK, &id, &by("0299")).await;
    assert_eq!(heard.refusal(), (429, "TS-LIMIT-HUB".into()));
    refuses(RefusalCode::CaseBasis);
    let heard = approve(&counter, KIOSK, &id, &by("0299")).await;
    assert_eq!(heard.refusal(), (409, "TS-CASE-BASIS".into()));
    let view = look(&counter, COUNTER, &id).await.json();
    assert_eq!(view["state"], "refused");
    assert_eq!(view["refusal"]["code"], "TS-CASE-BASIS");
}

#[tokio::test]
async fn a_flow_without_a_second_operator_does_not_wait() {
    let (_hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    assert_eq!(counter.ask(&handle, json!({})).await.status, 200);
}
