//! Lists that an officer approves: one signature, every line verified by itself, the results given
//! out once to who began, and the table counted and signed.

use axum::body::Body;
use axum::http::Method;
use policies::{ApprovalStatement, SignedTable};
use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};
use wire::{RefusalCode, v1};

use super::super::honest;
use super::super::lists::opened;
use super::{BASE64, approve, given, look, passed_on, statement};
use crate::tests::center::{APPROVED, Center, Options};
use crate::tests::http::{COUNTER, Counter, Heard, KIOSK};
use crate::tests::hub::FakeHub;

/// A roster whose list an officer approves.
pub(crate) async fn roster(lines: usize) -> (FakeHub, Center, Counter) {
    let hub = FakeHub::new().await;
    hub.answers(|request| Ok(honest(request)));
    let options = Options {
        flow: Some(APPROVED),
        is_list: true,
        ..Options::default()
    };
    super::super::lists::roster_of(hub, options, lines).await
}

/// A list that waits; its number.
pub(crate) async fn waiting(counter: &Counter) -> String {
    let body = json!({ "case": opened(counter).await });
    let heard = counter.post("/v1/batches", &body).await;
    assert_eq!(heard.status, 202, "{}", heard.body);
    heard.json()["approval"].as_str().unwrap().to_owned()
}

pub(crate) async fn fetch(counter: &Counter, token: &str, id: &str) -> Heard {
    let path = format!("/v1/batches/{id}");
    let token = format!("Bearer {token}");
    counter
        .call(Method::GET, &path, Some(&token), Body::empty())
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_signature_covers_a_list_whose_table_is_signed() {
    let (hub, center, counter) = roster(40).await;
    let id = waiting(&counter).await;
    let view = given(&counter, &id, "0299").await;
    assert_eq!(view.json()["lines"].as_array().unwrap().len(), 40);
    let said = ApprovalStatement::decode(&statement(&view)).unwrap();
    assert_eq!(said.lines, 40);
    let early = fetch(&counter, COUNTER, &id).await;
    assert_eq!(early.refusal(), (409, "TS-CASE-APPROVER".into()));
    let ready = approve(&center, &counter, &id, "0299").await;
    assert_eq!(
        (ready.status, &ready.json()["state"]),
        (200, &json!("approved"))
    );
    assert!(hub.asked().is_empty(), "nothing leaves before it is begun");
    let other = fetch(&counter, KIOSK, &id).await;
    assert_eq!(other.refusal(), (404, "TS-APPROVAL-UNKNOWN".into()));

    let heard = fetch(&counter, COUNTER, &id).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    let end = heard.body.trim_end().rfind('\n').unwrap() + 1;
    let (table, summary) = heard.body.split_at(end);
    let summary: Json = serde_json::from_str(summary).unwrap();
    let summary = &summary["summary"];
    assert_eq!(
        (&summary["of"], &summary["answered"]),
        (&json!(40), &json!(40))
    );
    let bytes = |key: &str| {
        let text = summary["table"][key].as_str().unwrap();
        BASE64.decode(text.as_bytes()).unwrap()
    };
    let signed = SignedTable {
        body: bytes("body"),
        signature: bytes("signature"),
    };
    let read = center.trust.table("guoguan", &signed).unwrap();
    assert_eq!((read.lines, read.answered, read.refused), (40, 40, 0));
    assert_eq!(read.sha256, digest(&SHA256, table.as_bytes()).as_ref());
    assert!(center.trust.table("city", &signed).is_err());

    // Every line passes the guard of an answering center, in its own place alone.
    let asked = hub.asked();
    assert_eq!(asked.len(), 40);
    let answerer = center.answerer();
    for (n, request) in asked.iter().enumerate().step_by(13) {
        let heard = crate::answer::tests::heard(answerer.answer(passed_on(request)).await);
        assert!(heard.is_ok(), "line {n}");
        let mut moved = passed_on(request);
        moved.approval.as_mut().unwrap().index ^= 1;
        let heard = crate::answer::tests::heard(answerer.answer(moved).await);
        assert_eq!(heard.unwrap_err(), RefusalCode::GuardApprover, "line {n}");
    }
    let again = fetch(&counter, COUNTER, &id).await;
    assert_eq!(again.refusal(), (409, "TS-CASE-REPLAYED".into()));
    let entries = center.entries();
    let ended = entries.iter().find(|entry| entry["kind"] == "list-ended");
    let sha256 = data_encoding::HEXLOWER.encode(&read.sha256);
    assert_eq!(ended.unwrap()["table"], sha256);
    let answered = entries.iter().filter(|entry| entry["kind"] == "answered");
    assert!(answered.clone().all(|entry| entry["approver"] == "0299"));
    assert_eq!(answered.count(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_changed_after_it_was_signed_is_not_asked() {
    let (hub, center, counter) = roster(5).await;
    let id = waiting(&counter).await;
    assert_eq!(approve(&center, &counter, &id, "0299").await.status, 200);
    center
        .sql(
            "UPDATE CASES SET ID = '110101190001010022' WHERE NO = 'R-1' AND SEQ = 2;
             INSERT INTO CASES VALUES (6, 'R-1', '02', 'APP-9', '1', '1', '2026-11-20', '8', '1',
               '11010119000101009X', '某')",
        )
        .await;
    let heard = fetch(&counter, COUNTER, &id).await;
    let lines: Vec<Json> = heard
        .body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut refused: Vec<_> = lines
        .iter()
        .filter(|line| line["refusal"]["code"] == "TS-CASE-QUESTION")
        .map(|line| line["line"].as_u64().unwrap())
        .collect();
    refused.sort_unstable();
    assert_eq!(refused, [2, 6], "the changed one and the new one");
    assert_eq!(hub.asked().len(), 4);
    assert_eq!(lines.last().unwrap()["summary"]["refused"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_begin_waits_on() {
    let (hub, center, counter) = roster(3).await;
    let id = waiting(&counter).await;
    assert_eq!(approve(&center, &counter, &id, "0299").await.status, 200);
    center
        .sql("UPDATE CASES SET STATE = '9' WHERE NO = 'R-1'")
        .await;
    let closed = fetch(&counter, COUNTER, &id).await;
    assert_eq!(closed.refusal(), (409, "TS-CASE-CLOSED".into()));
    let view = look(&counter, COUNTER, &id).await.json();
    assert_eq!(view["state"], "approved");
    center
        .sql("UPDATE CASES SET STATE = '1' WHERE NO = 'R-1'")
        .await;
    assert_eq!(fetch(&counter, COUNTER, &id).await.status, 200);
    assert_eq!(hub.asked().len(), 3);
}

/// A single question of the same flow waits and is asked as any other.
#[tokio::test]
async fn what_is_no_list_is_not_fetched_as_one() {
    let (_hub, center, counter) = roster(1).await;
    let id = super::waiting(&counter).await;
    assert_eq!(approve(&center, &counter, &id, "0299").await.status, 200);
    let heard = fetch(&counter, COUNTER, &id).await;
    assert_eq!(heard.refusal(), (409, "TS-CASE-REPLAYED".into()));
    let unknown: v1::Refusal = RefusalCode::ApprovalUnknown.to_wire("");
    let heard = fetch(&counter, COUNTER, "none").await;
    assert_eq!(heard.refusal(), (404, unknown.code));
}
