//! A flow that asks the centers that the question names: `at` says which, is signed, is on record,
//! and an answer is complete when exactly these centers are in it.

use serde_json::json;
use wire::v1;

use super::honest;
use crate::tests::center::{Center, Options};
use crate::tests::http::Counter;
use crate::tests::hub::FakeHub;

/// A counter of `guoguan` where F05 asks named centers; the hub answers for those in `answering`.
async fn naming(answering: &'static [&'static str]) -> (FakeHub, Center, Counter) {
    let hub = FakeHub::new().await;
    hub.answers(move |request| {
        let mut answer = honest(request);
        let is_there = |node: &v1::NodeAnswer| answering.contains(&node.node.as_str());
        answer.nodes.retain(is_there);
        Ok(answer)
    });
    let options = Options {
        flow: Some(("targets = \"all\"", "targets = \"named\"")),
        ..Options::default()
    };
    let center = Center::with("guoguan", options).await;
    let counter = Counter::of(&center, hub.channel());
    (hub, center, counter)
}

#[tokio::test]
async fn the_centers_asked_are_named_signed_and_on_record() {
    let (hub, center, counter) = naming(&["city"]).await;
    let handle = counter.handle().await;
    let answer = counter.ask(&handle, json!({ "at": ["city"] })).await.json();
    let lamps = answer["lamps"].as_array().unwrap();
    assert_eq!(lamps.len(), 1);
    assert_eq!(lamps[0]["node"], "city");
    let asked = hub.asked().remove(0);
    assert_eq!(asked.envelope.as_ref().unwrap().named, ["city"]);
    let entry = center.entries().pop().unwrap();
    assert_eq!(entry["named"], json!(["city"]));
    // The guard of a center that is not named gives nothing, and does not believe another name.
    let ask = v1::NodeAsk {
        query_id: "q-1".into(),
        asking_node: "guoguan".into(),
        envelope: asked.envelope,
        case: asked.case,
        payload: asked.payload,
        deadline_ms: 5_000,
        approval: None,
        left_out: Vec::new(),
        traceparent: String::new(),
    };
    let mut renamed = ask.clone();
    renamed.envelope.as_mut().unwrap().named = vec!["guoguan".into()];
    for (ask, code) in [
        (ask, wire::RefusalCode::GuardTarget),
        (renamed, wire::RefusalCode::GuardCase),
    ] {
        let reply = center.answerer().answer(ask).await;
        assert_eq!(crate::answer::tests::heard(reply), Err(code));
        assert_eq!(center.entries().pop().unwrap()["code"], code.as_str());
    }
}

#[tokio::test]
async fn an_answer_of_more_or_other_centers_is_refused_whole() {
    for answering in [&["city", "tielu"][..], &["tielu"], &[]] {
        let (_hub, _center, counter) = naming(answering).await;
        let handle = counter.handle().await;
        let heard = counter.ask(&handle, json!({ "at": ["city"] })).await;
        assert_eq!(
            heard.refusal(),
            (503, "TS-HUB-REPLY".into()),
            "{answering:?}"
        );
    }
}

#[tokio::test]
async fn a_center_that_nobody_knows_and_too_many_are_refused_here() {
    let (hub, _center, counter) = naming(&["city"]).await;
    let handle = counter.handle().await;
    let five = ["city", "city", "city", "city", "city"];
    for (at, code) in [
        (json!(["depot"]), "TS-CENTER-UNKNOWN"),
        (json!(["city", "City"]), "TS-CENTER-UNKNOWN"),
        (json!(["110101190001010014"]), "TS-CENTER-UNKNOWN"),
        (json!(five), "TS-ASK-TOO-LARGE"),
    ] {
        let heard = counter.ask(&handle, json!({ "at": at })).await;
        assert_eq!(heard.refusal(), (400, code.into()), "{at}");
    }
    assert!(hub.asked().is_empty());
}
