//! Two people, one question, through the API: it waits, nobody approves their own or without a key,
//! and what leaves carries the node's statement and the officer's over the same question.

pub(crate) mod lists;

use axum::http::Method;
use data_encoding::BASE64;
use policies::{ApprovalStatement, SignedCase};
use serde_json::{Value as Json, json};
use wire::{RefusalCode, v1};

use super::{honest, star};
use crate::tests::center::{APPROVED, Center, Options};
use crate::tests::http::{COUNTER, Counter, Heard, KIOSK};
use crate::tests::hub::FakeHub;

/// As [`star`], where F05 needs an officer.
pub(crate) async fn careful() -> (FakeHub, Center, Counter) {
    let hub = FakeHub::new().await;
    hub.answers(|request| Ok(honest(request)));
    let options = Options {
        flow: Some(APPROVED),
        ..Options::default()
    };
    let center = Center::with("guoguan", options).await;
    let counter = Counter::of(&center, hub.channel());
    (hub, center, counter)
}

async fn look(counter: &Counter, token: &str, id: &str) -> Heard {
    let token = format!("Bearer {token}");
    let path = format!("/v1/approvals/{id}");
    counter
        .call(Method::GET, &path, Some(&token), axum::body::Body::empty())
        .await
}

/// What an officer is given to sign, through the kiosk's system.
pub(crate) async fn given(counter: &Counter, id: &str, operator: &str) -> Heard {
    let body = json!({"operator": operator, "counter": "9"});
    let path = format!("/v1/approvals/{id}/statement");
    counter.post_as(KIOSK, &path, &body).await
}

async fn send(counter: &Counter, id: &str, operator: &str, signature: &[u8]) -> Heard {
    let body = json!({"operator": operator, "signature": BASE64.encode(signature)});
    let path = format!("/v1/approvals/{id}");
    counter.post_as(KIOSK, &path, &body).await
}

fn statement(given: &Heard) -> Vec<u8> {
    assert_eq!(given.status, 200, "{}", given.body);
    let text = given.json()["statement"].as_str().unwrap().to_owned();
    BASE64.decode(text.as_bytes()).unwrap()
}

/// An officer reads, signs and approves.
pub(crate) async fn approve(center: &Center, counter: &Counter, id: &str, operator: &str) -> Heard {
    let bytes = statement(&given(counter, id, operator).await);
    let signature = center.officer(operator).sign(&bytes).unwrap();
    send(counter, id, operator, &signature).await
}

/// A question that waits; its number.
pub(crate) async fn waiting(counter: &Counter) -> String {
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

/// The question as an honest hub passes it on.
pub(crate) fn passed_on(request: &v1::AskRequest) -> v1::NodeAsk {
    v1::NodeAsk {
        query_id: "q-7".into(),
        asking_node: "guoguan".into(),
        envelope: request.envelope.clone(),
        case: request.case.clone(),
        payload: request.payload.clone(),
        deadline_ms: 5_000,
        approval: request.approval.clone(),
        left_out: Vec::new(),
        traceparent: String::new(),
    }
}

#[tokio::test]
async fn a_question_leaves_when_an_officer_has_signed() {
    let (hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    assert!(hub.asked().is_empty(), "nothing leaves before");
    let heard = approve(&center, &counter, &id, "0299").await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    let asked = hub.asked();
    let [request] = &asked[..] else {
        panic!("{} questions", asked.len());
    };
    let case = request.case.clone().unwrap();
    let case = SignedCase {
        body: case.body,
        signature: case.signature,
    };
    let case = center.trust.verify("guoguan", &case).unwrap();
    let one = case.assertion();
    let approval = request.approval.clone().unwrap();
    let two = ApprovalStatement::decode(&approval.body).unwrap();
    assert_eq!((&*one.operator, &*one.system), ("0231", "counter"));
    assert_eq!((&*two.operator, &*two.system), ("0299", "kiosk"));
    assert_eq!(
        (&*two.asker, two.lines, &*approval.signer),
        ("0231", 1, "0299")
    );
    assert_eq!(two.expires_at - two.issued_at, time::Duration::minutes(30));
    // The guard of an answering center takes both, and neither alone.
    let answerer = center.answerer();
    let reply = answerer.answer(passed_on(request)).await;
    assert!(crate::answer::tests::heard(reply).is_ok());
    let alone = v1::NodeAsk {
        approval: None,
        ..passed_on(request)
    };
    let refused = crate::answer::tests::heard(answerer.answer(alone).await).unwrap_err();
    assert_eq!(refused, RefusalCode::GuardApprover);
    let served = center.entries();
    let served = served.iter().find(|entry| entry["kind"] == "served");
    assert_eq!(served.unwrap()["approver"], "0299");
    // Both books name the same bytes, and the asker's has the bytes.
    let entries = center.entries();
    let signed = entries.iter().find(|entry| entry["kind"] == "approved");
    let (signed, served) = (signed.unwrap(), served.unwrap());
    assert_eq!(signed["body"].as_str().unwrap().as_bytes(), approval.body);
    assert_eq!(served["approval_statement"], signed["statement"]);
    assert_eq!(served["approval_signature"], signed["signature"]);
}

/// Whom the local system named stays named, though the number is not kept.
#[tokio::test]
async fn a_named_party_is_asked_about_by_its_place() {
    let (hub, center, counter) = careful().await;
    let handle = counter.handle().await;
    let named = json!({"subject": {"id_type": "01", "id_number": crate::tests::center::SPOUSE}});
    let waits = counter.ask(&handle, named).await.json();
    let id = waits["approval"].as_str().unwrap();
    let view = given(&counter, id, "0299").await.json();
    assert_eq!(view["lines"][0]["line"], 1);
    assert_eq!(approve(&center, &counter, id, "0299").await.status, 200);
    assert_eq!(super::number(&hub.asked()[0]), crate::tests::center::SPOUSE);
}

/// A captured agent shows its officer one person and asks about another.
#[tokio::test]
async fn an_answering_center_sees_whom_the_officer_was_shown() {
    let (hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    assert_eq!(approve(&center, &counter, &id, "0299").await.status, 200);
    let request = hub.asked().remove(0);
    let case = SignedCase {
        body: request.case.clone().unwrap().body,
        signature: request.case.clone().unwrap().signature,
    };
    let case = center.trust.verify("guoguan", &case).unwrap();
    let question = case.assertion().query_digest;
    let sent = request.approval.clone().unwrap();
    let mut said = ApprovalStatement::decode(&sent.body).unwrap();
    let salt = center.tag_key.approval_salt(&said.nonce, &question);
    let sign = |said: &mut ApprovalStatement, text: &str| {
        let line = policies::ApprovedLine {
            question,
            shown: policies::shown_digest(&salt, text),
        };
        said.root = line.leaf(&said.nonce, 0);
        let body = said.encode().unwrap();
        v1::SignedApproval {
            signature: center.officer("0299").sign(&body).unwrap(),
            body,
            shown: line.shown.to_vec(),
            ..sent.clone()
        }
    };
    for (text, expected) in [
        ("01 110101********0014", None),
        ("01 110101********0022", Some(RefusalCode::GuardSubject)),
    ] {
        let ask = v1::NodeAsk {
            approval: Some(sign(&mut said, text)),
            ..passed_on(&request)
        };
        let heard = crate::answer::tests::heard(center.answerer().answer(ask).await);
        assert_eq!(heard.err(), expected, "{text}");
    }
}

#[tokio::test]
async fn what_is_to_be_signed_says_what_it_means_and_stays_the_same() {
    let (_hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    let first = given(&counter, &id, "0299").await;
    let view = first.json();
    let said = ApprovalStatement::decode(&statement(&first)).unwrap();
    assert_eq!(view["says"]["case_no"], said.case_no);
    assert_eq!(view["says"]["flow"], "F05");
    let items: Vec<String> = said.items.iter().map(ToString::to_string).collect();
    assert_eq!(view["says"]["items"], json!(items));
    let [line] = &view["lines"].as_array().unwrap()[..] else {
        panic!("{view}");
    };
    assert_eq!(line["shown"], "01 110101********0014");
    assert!(!first.body.contains(crate::tests::center::PERSON));
    // The same bytes again: the first look's signature must not become worthless.
    center.clock.advance(time::Duration::minutes(5));
    assert_eq!(given(&counter, &id, "0299").await.json(), view);
    let other = given(&counter, &id, "0300").await;
    assert_ne!(statement(&other), statement(&first));
    let signature = center.officer("0299").sign(&statement(&first)).unwrap();
    let heard = send(&counter, &id, "0299", &signature).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
}

#[tokio::test]
async fn every_step_is_on_record_and_the_first_reads_the_answer_once() {
    let (_hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    let answer = approve(&center, &counter, &id, "0299").await.json();
    let second = look(&counter, KIOSK, &id).await.json();
    assert_eq!(
        (&second["state"], &second["answer"]),
        (&json!("answered"), &Json::Null),
        "the officer has heard it already"
    );
    for expected in [&answer, &Json::Null] {
        let kept = look(&counter, COUNTER, &id).await.json();
        assert_eq!(kept["state"], "answered");
        assert_eq!(&kept["answer"], expected);
    }
    let entries = center.entries();
    let [.., asked, shown, approved, answered] = &entries[..] else {
        panic!("{} entries", entries.len());
    };
    assert_eq!(
        [
            &asked["kind"],
            &shown["kind"],
            &approved["kind"],
            &answered["kind"]
        ],
        ["approval-asked", "approval-shown", "approved", "answered"]
    );
    for entry in [asked, shown, approved] {
        assert_eq!(entry["approval"], id);
    }
    assert_eq!(
        (&asked["operator"], &asked["lines"]),
        (&json!("0231"), &json!(1))
    );
    assert_eq!(shown["statement"], approved["statement"]);
    assert_eq!(approved["signature"].as_str().map(str::len), Some(128));
    assert_eq!(approved["approver"], "0299");
    assert_eq!((&*answered["operator"].to_string()), "\"0231\"");
    assert_eq!(answered["approver"], "0299");
    let again = given(&counter, &id, "0300").await;
    assert_eq!(again.refusal(), (409, "TS-CASE-REPLAYED".into()));
}

#[tokio::test]
async fn an_answer_that_nobody_fetches_is_dropped_soon() {
    let (_hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    assert_eq!(approve(&center, &counter, &id, "0299").await.status, 200);
    center.clock.advance(time::Duration::minutes(10));
    let kept = look(&counter, COUNTER, &id).await.json();
    assert_eq!(
        (&kept["state"], &kept["answer"]),
        (&json!("answered"), &Json::Null)
    );
}

#[tokio::test]
async fn nobody_approves_alone_by_guessing_or_without_their_own_key() {
    let (hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    for (id, operator, refusal) in [
        (&*id, "0231", (409, "TS-CASE-APPROVER")),
        (&*id, "0232", (409, "TS-CASE-OFFICER")),
        (&*id, "", (400, "TS-ASK-MALFORMED")),
        (&*id, "张三", (400, "TS-ASK-MALFORMED")),
        (&*id, "110101190001010014", (409, "TS-CASE-PERSONAL-DATA")),
        ("none", "0299", (404, "TS-APPROVAL-UNKNOWN")),
    ] {
        let heard = given(&counter, id, operator).await;
        let (status, code) = refusal;
        assert_eq!(heard.refusal(), (status, code.to_owned()), "{operator}");
    }
    let unasked = send(&counter, &id, "0299", &[0; 64]).await;
    assert_eq!(
        unasked.refusal(),
        (409, "TS-CASE-APPROVER-STATEMENT".into())
    );
    let bytes = statement(&given(&counter, &id, "0299").await);
    let by_another = center.officer("0300").sign(&bytes).unwrap();
    let asker = center.officer("0231").sign(&bytes).unwrap();
    let older = {
        let mut said = ApprovalStatement::decode(&bytes).unwrap();
        said.nonce[0] ^= 1;
        center
            .officer("0299")
            .sign(&said.encode().unwrap())
            .unwrap()
    };
    for signature in [&by_another, &asker, &older, &vec![0; 64], &Vec::new()] {
        let heard = send(&counter, &id, "0299", signature).await;
        assert_eq!(heard.refusal(), (409, "TS-CASE-APPROVER-SIGNATURE".into()));
    }
    for (operator, refusal) in [
        ("0231", (409, "TS-CASE-APPROVER")),
        ("0300", (409, "TS-CASE-APPROVER-STATEMENT")),
    ] {
        let heard = send(&counter, &id, operator, &by_another).await;
        let (status, code) = refusal;
        assert_eq!(heard.refusal(), (status, code.to_owned()), "{operator}");
    }
    let path = format!("/v1/approvals/{id}");
    for body in [
        json!({"operator": "0299"}),
        json!({"operator": "0299", "counter": "9"}),
        json!({"operator": "0299", "signature": "no base64"}),
    ] {
        let heard = counter.post_as(KIOSK, &path, &body).await;
        assert_eq!(heard.refusal(), (400, "TS-ASK-MALFORMED".into()), "{body}");
    }
    assert!(hub.asked().is_empty());
    let unknown = look(&counter, COUNTER, "none").await;
    assert_eq!(unknown.refusal(), (404, "TS-APPROVAL-UNKNOWN".into()));
    // None of it has spoilt it for the officer.
    assert_eq!(approve(&center, &counter, &id, "0299").await.status, 200);
}

#[tokio::test]
async fn who_asks_is_an_officer_too() {
    let (hub, _center, counter) = careful().await;
    let body = json!({"case_no": "BJ-1", "flow": "F05", "operator": "0232", "counter": "3"});
    let opened = counter.post("/v1/cases", &body).await.json();
    let handle = opened["case"].as_str().unwrap();
    let heard = counter.ask(handle, json!({})).await;
    assert_eq!(heard.refusal(), (409, "TS-CASE-OFFICER".into()));
    assert!(hub.asked().is_empty());
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
    let heard = approve(&center, &counter, &id, "0299").await;
    assert_eq!(heard.refusal(), (409, "TS-CASE-CLOSED".into()));
    center
        .sql(
            "UPDATE CASES SET STATE = '1';
             UPDATE CASES SET ID = '110101190001010022' WHERE SEQ = 0",
        )
        .await;
    let heard = approve(&center, &counter, &id, "0299").await;
    assert_eq!(heard.refusal(), (409, "TS-CASE-QUESTION".into()));
    assert!(hub.asked().is_empty());
    // It waits on, so that a mended case can still be approved.
    let view = look(&counter, COUNTER, &id).await.json();
    assert_eq!(view["state"], "awaiting");
}

#[tokio::test]
async fn a_refusal_of_the_hub_is_the_end_of_it_unless_it_had_no_room() {
    let (hub, center, counter) = careful().await;
    let id = waiting(&counter).await;
    let refuses = |code: RefusalCode| {
        hub.answers(move |_| Err(wire::refusal::status(&code.to_wire("q-9"))));
    };
    refuses(RefusalCode::LimitHub);
    let heard = approve(&center, &counter, &id, "0299").await;
    assert_eq!(heard.refusal(), (429, "TS-LIMIT-HUB".into()));
    refuses(RefusalCode::CaseBasis);
    let heard = approve(&center, &counter, &id, "0299").await;
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
