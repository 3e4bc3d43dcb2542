//! The owner's routes where they are served: beside those of local systems, with a book and a
//! quarantine that the agent's own answers fill.

use axum::body::Body;
use axum::http::Method;
use serde_json::json;

use super::center::{Center, NAMES, PERSON, PERSON_15};
use super::http::case;
use super::http::{COUNTER, Counter, Heard, OWNER};
use super::hub::FakeHub;
use crate::answer::tests::good;

const QUARANTINE: &str = "/v1/quarantine?class=04&operator=0231";
const LOOKS: &str = "/v1/owner/looks";

async fn as_whom(counter: &Counter, token: &str, method: Method, path: &str) -> Heard {
    let body = match method {
        Method::POST => Body::from(look("0231").to_string()),
        _ => Body::empty(),
    };
    let token = format!("Bearer {token}");
    counter.call(method, path, Some(&token), body).await
}

fn look(operator: &str) -> serde_json::Value {
    json!({"what": "trace", "class": "04", "case_no": "BJ-1", "operator": operator})
}

fn looks(center: &Center) -> Vec<serde_json::Value> {
    let mut entries = center.entries();
    entries.retain(|entry| entry["kind"] == "owner-looked");
    entries
}

#[tokio::test]
async fn the_owner_reads_what_was_withheld_when_this_center_was_asked_and_no_system_does() {
    let hub = FakeHub::new().await;
    let center = Center::new("guoguan").await;
    let counter = Counter::of(&center, hub.channel());
    // Another center asks: the state `8` of the second account is nothing that the mapping knows.
    center.answerer().answer(good().signed(&center)).await;
    for (method, path) in [(Method::GET, QUARANTINE), (Method::POST, LOOKS)] {
        for other in [COUNTER, "", "Bearer"] {
            let heard = as_whom(&counter, other, method.clone(), path).await;
            assert_eq!(
                heard.refusal(),
                (401, "TS-LOCAL-TOKEN".to_owned()),
                "{path}"
            );
            assert!(!heard.body.contains("STATE"), "{}", heard.body);
        }
    }
    assert!(
        looks(&center).is_empty(),
        "who is not let in has not looked"
    );

    let heard = as_whom(&counter, OWNER, Method::GET, QUARANTINE).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    let kept = heard.json()["values"][0].clone();
    assert_eq!(kept["item"], "04-08");
    assert_eq!(kept["defect"], "unknown-code");
    assert_eq!(
        kept["columns"],
        json!([{"name": "STATE", "text": "8", "missing": null}])
    );
    // A tool beside the agent announces its look.
    let noted = as_whom(&counter, OWNER, Method::POST, LOOKS).await;
    assert_eq!((noted.status, noted.body.as_str()), (204, ""));
    let logged = looks(&center);
    assert_eq!(logged.len(), 2, "{logged:?}");
    assert_eq!(
        (&logged[0]["what"], &logged[1]["what"]),
        (&"quarantine".into(), &"trace".into())
    );
    assert_eq!(logged[1]["case_no"], "BJ-1");
    for entry in center.entries() {
        let entry = entry.to_string();
        for secret in [PERSON, PERSON_15, NAMES[0]] {
            assert!(!entry.contains(secret), "{entry}");
        }
    }
}

#[tokio::test]
async fn the_owners_token_is_no_systems_token() {
    let hub = FakeHub::new().await;
    let center = Center::new("guoguan").await;
    let counter = Counter::of(&center, hub.channel());
    let token = format!("Bearer {OWNER}");
    for (path, body) in [
        ("/v1/cases", case("BJ-1", "F05")),
        ("/v1/asks", json!({"case": "h"})),
    ] {
        let body = Body::from(body.to_string());
        let heard = counter.call(Method::POST, path, Some(&token), body).await;
        assert_eq!(
            heard.refusal(),
            (401, "TS-LOCAL-TOKEN".to_owned()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_look_that_cannot_be_noted_shows_nothing() {
    let hub = FakeHub::new().await;
    let center = Center::new("guoguan").await;
    let counter = Counter::of(&center, hub.channel());
    center.answerer().answer(good().signed(&center)).await;
    let token = format!("Bearer {OWNER}");
    for body in [
        look(""),
        look(PERSON),
        look("沈砚秋"),
        json!({"operator": "0231"}),
        json!("0231"),
    ] {
        let body = Body::from(body.to_string());
        let heard = counter.call(Method::POST, LOOKS, Some(&token), body).await;
        assert_eq!(heard.refusal(), (400, "TS-ASK-MALFORMED".to_owned()));
    }
    assert!(looks(&center).is_empty());
    center.book.close().unwrap();
    for (method, path) in [(Method::GET, QUARANTINE), (Method::POST, LOOKS)] {
        let heard = as_whom(&counter, OWNER, method, path).await;
        assert_eq!(
            heard.refusal(),
            (503, "TS-LOCAL-AUDIT".to_owned()),
            "{path}"
        );
        assert!(!heard.body.contains("STATE"), "{}", heard.body);
    }
}
