//! The local API's door: tokens, sizes, malformed requests, evidence, health, and its own document.

mod document;

use axum::body::Body;
use axum::http::Method;
use serde_json::json;

use crate::asking::tests::star;
use crate::tests::http::{COUNTER, case};

#[tokio::test]
async fn without_a_good_token_nothing_is_heard() {
    let (hub, center, counter) = star().await;
    let cases = case("BJ-1", "F05").to_string();
    let wrong = [
        None,
        Some(String::new()),
        Some("Bearer ".to_owned()),
        Some("Bearer wrong".to_owned()),
        Some(format!("Basic {COUNTER}")),
        Some(COUNTER.to_owned()),
        Some(format!("Bearer {}", &COUNTER[1..])),
        Some(format!("Bearer {COUNTER}x")),
    ];
    let routes = [
        (Method::POST, "/v1/cases"),
        (Method::POST, "/v1/asks"),
        (Method::GET, "/v1/evidence/q-1"),
    ];
    for token in wrong {
        for (method, path) in routes.clone() {
            let call = counter.call(method, path, token.as_deref(), cases.clone());
            let heard = call.await;
            let expected = (401, "TS-LOCAL-TOKEN".to_owned());
            assert_eq!(heard.refusal(), expected, "{path} {token:?}");
        }
    }
    // An unknown caller can neither fill the log nor reach the hub.
    assert!(center.entries().is_empty() && hub.asked().is_empty());
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_refused_and_on_record() {
    let (hub, center, counter) = star().await;
    let token = format!("Bearer {COUNTER}");
    let handle = counter.handle().await;
    let large = format!("{{\"case\":\"{}\"}}", "x".repeat(16 * 1024));
    let asks = [
        ("{}".to_owned(), 409, "TS-CASE-MISSING"),
        (
            r#"{"party":0,"mode":"details"}"#.to_owned(),
            409,
            "TS-CASE-MISSING",
        ),
        (String::new(), 400, "TS-ASK-MALFORMED"),
        ("not json".to_owned(), 400, "TS-ASK-MALFORMED"),
        ("{\"case\":".to_owned(), 400, "TS-ASK-MALFORMED"),
        ("[]".to_owned(), 400, "TS-ASK-MALFORMED"),
        (r#"{"case":7}"#.to_owned(), 400, "TS-ASK-MALFORMED"),
        (
            json!({"case": handle, "party": -1}).to_string(),
            400,
            "TS-ASK-MALFORMED",
        ),
        (
            json!({"case": handle, "name": "x"}).to_string(),
            400,
            "TS-ASK-MALFORMED",
        ),
        (
            json!({"case": handle, "wants": ["04"]}).to_string(),
            400,
            "TS-ASK-MALFORMED",
        ),
        (large.clone(), 400, "TS-ASK-TOO-LARGE"),
    ];
    for (n, (body, status, code)) in asks.into_iter().enumerate() {
        let what = format!("{body:.40}");
        let heard = counter
            .call(Method::POST, "/v1/asks", Some(&token), body)
            .await;
        assert_eq!(heard.refusal(), (status, code.to_owned()), "{what}");
        let entries = center.entries();
        assert_eq!(entries.len(), n + 2, "{what}");
        assert_eq!(entries[n + 1]["code"], code, "{what}");
    }
    let opens = [
        ("{}", "TS-ASK-MALFORMED"),
        (r#"{"case_no":"BJ-1"}"#, "TS-ASK-MALFORMED"),
        (&large, "TS-ASK-TOO-LARGE"),
    ];
    for (body, code) in opens {
        let body = Body::from(body.to_owned());
        let heard = counter
            .call(Method::POST, "/v1/cases", Some(&token), body)
            .await;
        assert_eq!(heard.refusal(), (400, code.to_owned()));
    }
    assert!(hub.asked().is_empty());
}

#[tokio::test]
async fn evidence_is_found_or_said_to_be_unknown() {
    let (_hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    let answer = counter.ask(&handle, json!({})).await.json();
    let query = answer["query"].as_str().unwrap();
    let found = counter.get(&format!("/v1/evidence/{query}")).await;
    assert_eq!(found.status, 200);
    let found = found.json();
    assert_eq!(
        (&found["query"], &found["log"]),
        (&json!(query), &json!("guoguan"))
    );
    for unknown in ["nothing", &query[1..], "%20", &"q".repeat(5_000)] {
        let heard = counter.get(&format!("/v1/evidence/{unknown}")).await;
        assert_eq!(
            heard.refusal(),
            (404, "TS-EVIDENCE-UNKNOWN".into()),
            "{unknown:.9}"
        );
    }
}

#[tokio::test]
async fn ready_means_attached_and_recording() {
    let (_hub, center, counter) = star().await;
    let health = async |path| counter.call(Method::GET, path, None, Body::empty()).await;
    assert_eq!(health("/health/live").await.status, 200);
    let ready = health("/health/ready").await;
    assert_eq!(
        (ready.status, ready.body.as_str()),
        (503, "not attached to the hub\n")
    );
    center.metrics.link(1);
    assert_eq!(health("/health/ready").await.status, 200);
    center.book.close().unwrap();
    let ready = health("/health/ready").await;
    assert_eq!(
        (ready.status, ready.body.as_str()),
        (503, "own log cannot be written\n")
    );
    assert_eq!(health("/health/live").await.status, 200);
}

#[tokio::test]
async fn metrics_count_without_a_token_and_name_nobody() {
    let (_hub, _center, counter) = star().await;
    counter.handle().await;
    let metrics = counter
        .call(Method::GET, "/metrics", None, Body::empty())
        .await;
    assert_eq!(metrics.status, 200);
    assert!(
        metrics.body.contains("agent_book_entries 1\n"),
        "{}",
        metrics.body
    );
    assert!(!metrics.body.contains("BJ-1") && !metrics.body.contains("0231"));
}
