//! No case, no question: what may be opened, by whom it may be used, and how long.

use serde_json::json;
use time::Duration;

use super::star;
use crate::tests::center::{Center, Options};
use crate::tests::http::{Counter, KIOSK, case};
use crate::tests::hub::FakeHub;

#[tokio::test]
async fn an_open_case_shows_its_parties_masked() {
    let (_hub, center, counter) = star().await;
    let opened = counter.open("BJ-1").await;
    assert_eq!(opened.status, 200);
    let view = opened.json();
    let fields = [
        ("case_no", json!("BJ-1")),
        ("flow", json!("F05")),
        ("matter", json!("02")),
        ("expires_at", json!("2026-11-23T10:30:00+08:00")),
        ("asks_left", json!(20)),
    ];
    for (field, value) in fields {
        assert_eq!(view[field], value, "{field}");
    }
    assert_eq!(view["parties"][0]["id_masked"], "110101********0014");
    assert_eq!(view["parties"][1]["id_masked"], "110101********009X");
    let entry = &center.entries()[0];
    assert_eq!(entry["kind"], "case-opened");
    assert_eq!(
        (&entry["system"], &entry["parties"]),
        (&json!("counter"), &json!(2))
    );
}

#[tokio::test]
async fn a_case_that_may_not_ask_is_not_opened_and_the_refusal_is_on_record() {
    let (_hub, center, counter) = star().await;
    let refusals = [
        (case("BJ-9", "F05"), 409, "TS-CASE-UNKNOWN"),
        (case("", "F05"), 409, "TS-CASE-UNKNOWN"),
        (case("' OR 1=1 --", "F05"), 409, "TS-CASE-UNKNOWN"),
        (case("BJ-2", "F05"), 409, "TS-CASE-CLOSED"),
        (case("BJ-3", "F05"), 409, "TS-CASE-MATTER"),
        (case("BJ-4", "F05"), 409, "TS-CASE-MALFORMED"),
        (case("BJ-1", "F99"), 403, "TS-FLOW-UNKNOWN"),
        (case("BJ-1", "purchase"), 403, "TS-FLOW-UNKNOWN"),
        (case("BJ-1", "F19"), 409, "TS-CASE-MATTER"),
    ];
    for (n, (body, status, code)) in refusals.into_iter().enumerate() {
        let heard = counter.post("/v1/cases", &body).await;
        assert_eq!(heard.refusal(), (status, code.into()), "{body}");
        let view = heard.json();
        assert!(!view["say"]["zh"].as_str().unwrap().is_empty());
        let entries = center.entries();
        assert_eq!(entries.len(), n + 1, "{body}");
        assert_eq!(entries[n]["code"], code);
        assert_eq!(view["own_receipt"]["index"], n);
    }
    let sent = center.metric("agent_asks_sent_total{result=\"refused\"}");
    assert_eq!(sent, 9);
}

#[tokio::test]
async fn a_flow_that_is_not_enabled_yet_opens_no_case() {
    let (_hub, center, counter) = star().await;
    // Every delivered flow is enabled from 2020 on.
    center.clock.advance(Duration::days(-3_000));
    let heard = counter.open("BJ-1").await;
    assert_eq!(heard.refusal(), (403, "TS-FLOW-DISABLED".into()));
}

#[tokio::test]
async fn operator_and_counter_are_names_and_no_identity_numbers() {
    let (_hub, center, counter) = star().await;
    let id = crate::tests::center::PERSON;
    let malformed = (400, "TS-ASK-MALFORMED");
    let personal = (409, "TS-CASE-PERSONAL-DATA");
    for (field, wrong, expected) in [
        ("operator", "", malformed),
        ("counter", " ", malformed),
        ("operator", "a\nb", malformed),
        ("operator", "张三", malformed),
        ("operator", id, personal),
        ("counter", id, personal),
    ] {
        let mut body = case("BJ-1", "F05");
        body[field] = wrong.into();
        let heard = counter.post("/v1/cases", &body).await;
        assert_eq!(heard.refusal(), (expected.0, expected.1.into()), "{field}");
    }
    let entries = serde_json::to_string(&center.entries()).unwrap();
    assert!(!entries.contains(id));
}

#[tokio::test]
async fn a_number_that_holds_a_persons_name_opens_no_case_and_reaches_no_log() {
    let (_hub, center, counter) = star().await;
    for (n, (number, application)) in [("张三-01", "APP-5"), ("BJ-5", "张三的申请")]
        .into_iter()
        .enumerate()
    {
        center
            .sql(&format!(
                "INSERT INTO CASES SELECT 0, '{number}', '02', '{application}', '1', '1', \
                 '2026-11-20', '0', '1', ID, '张三' FROM CASES WHERE NO = 'BJ-1' LIMIT 1"
            ))
            .await;
        let heard = counter.open(number).await;
        assert_eq!(heard.refusal(), (409, "TS-CASE-PERSONAL-DATA".into()));
        assert_eq!(center.entries().len(), n + 1);
    }
    let entries = serde_json::to_string(&center.entries()).unwrap();
    assert!(!entries.contains("张三"), "{entries}");
}

#[tokio::test]
async fn a_business_system_that_is_down_opens_no_case() {
    let hub = FakeHub::new().await;
    let options = Options {
        without: "cases.toml",
        ..Options::default()
    };
    let center = Center::with("guoguan", options).await;
    let counter = Counter::of(&center, hub.channel());
    let unmapped = counter.open("BJ-1").await;
    assert_eq!(unmapped.refusal(), (503, "TS-LOCAL-SOURCE".into()));
    let (_hub, center, counter) = star().await;
    let handle = counter.handle().await;
    center.sql("DROP TABLE CASES").await;
    for heard in [
        counter.open("BJ-1").await,
        counter.ask(&handle, json!({})).await,
    ] {
        assert_eq!(heard.refusal(), (503, "TS-LOCAL-SOURCE".into()));
    }
}

#[tokio::test]
async fn a_handle_serves_the_system_that_opened_it_and_not_longer_than_its_case() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    let not_open = (409, "TS-CASE-NOT-OPEN".to_owned());
    for wrong in ["", "00000000000000000000000000000000", &handle[1..]] {
        let heard = counter.ask(wrong, json!({})).await;
        assert_eq!(heard.refusal(), not_open, "{wrong}");
    }
    let body = json!({ "case": handle });
    let other = counter.post_as(KIOSK, "/v1/asks", &body).await;
    assert_eq!(other.refusal(), not_open);
    center
        .clock
        .advance(Duration::minutes(30) - Duration::SECOND);
    assert_eq!(counter.ask(&handle, json!({})).await.status, 200);
    center.clock.advance(Duration::SECOND);
    let expired = counter.ask(&handle, json!({})).await;
    assert_eq!(expired.refusal(), not_open);
    assert_eq!(hub.asked().len(), 1);
    assert_ne!(
        counter.handle().await,
        handle,
        "a handle is never given twice"
    );
}

#[tokio::test]
async fn a_case_asks_as_often_as_its_flow_allows() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    // What is refused before it is signed uses nothing up.
    for _ in 0..3 {
        let wants = json!({"wants": {"04": ["nothing"]}});
        assert_eq!(counter.ask(&handle, wants).await.status, 400);
    }
    for n in 0..20 {
        assert_eq!(counter.ask(&handle, json!({})).await.status, 200, "ask {n}");
    }
    let heard = counter.ask(&handle, json!({})).await;
    assert_eq!(heard.refusal(), (403, "TS-CASE-OVERUSED".into()));
    let mut uses = Vec::new();
    for request in hub.asked() {
        let body = request.case.unwrap().body;
        let case: serde_json::Value = serde_json::from_slice(&body).unwrap();
        uses.push(case["use_no"].as_u64().unwrap());
    }
    assert_eq!(uses, (1..=20).collect::<Vec<_>>());
    assert_eq!(center.entries().last().unwrap()["code"], "TS-CASE-OVERUSED");
}

#[tokio::test]
async fn a_case_closed_in_the_business_system_asks_no_more() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    assert_eq!(counter.ask(&handle, json!({})).await.status, 200);
    center
        .sql("UPDATE CASES SET STATE = '9' WHERE NO = 'BJ-1'")
        .await;
    let closed = counter.ask(&handle, json!({})).await;
    assert_eq!(closed.refusal(), (409, "TS-CASE-CLOSED".into()));
    center.sql("DELETE FROM CASES WHERE NO = 'BJ-1'").await;
    let gone = counter.ask(&handle, json!({})).await;
    assert_eq!(gone.refusal(), (409, "TS-CASE-UNKNOWN".into()));
    assert_eq!(hub.asked().len(), 1);
}

/// A matter that changes under an open case must not ride on the flow of the old one.
#[tokio::test]
async fn a_case_whose_matter_changed_asks_no_more() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    center
        .sql("UPDATE CASES SET MATTER = '28' WHERE NO = 'BJ-1'")
        .await;
    let heard = counter.ask(&handle, json!({})).await;
    assert_eq!(heard.refusal(), (409, "TS-CASE-MATTER".into()));
    assert!(hub.asked().is_empty());
}
