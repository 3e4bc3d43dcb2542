//! A refusal and a silence say whom to call, and what is passed on is never in the log.

use serde_json::json;
use wire::{RefusalCode, v1};

use super::{honest, star};

fn refusing(code: RefusalCode) -> impl Fn(&v1::AskRequest) -> Result<v1::Answer, tonic::Status> {
    move |_| Err(wire::refusal::status(&code.to_wire("q-9")))
}

#[tokio::test]
async fn a_refusal_says_whom_to_call() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    let own = json!({"who": {"zh": "guoguan中心", "en": "guoguan center"}, "phone": "010-1"});
    let of_hub = json!({"who": {"zh": "枢纽", "en": "the hub"}, "phone": "010-9"});
    let unknown = counter.open("BJ-9").await.json();
    assert_eq!(
        (&unknown["code"], &unknown["call"]),
        (&json!("TS-CASE-UNKNOWN"), &own)
    );
    for (code, call) in [
        (RefusalCode::FlowDisabled, &own),
        (RefusalCode::HubInternal, &of_hub),
        (RefusalCode::LimitHub, &json!(null)),
    ] {
        hub.answers(refusing(code));
        let refusal = counter.ask(&handle, json!({})).await.json();
        assert_eq!(refusal["code"], code.as_str());
        assert_eq!(&refusal["call"], call, "{code}");
    }
}

#[tokio::test]
async fn a_silent_center_says_whom_to_call_and_one_that_speaks_does_not() {
    let (hub, _center, counter) = star().await;
    let silent = |node: &mut v1::NodeAnswer, outcome: v1::Outcome, code: RefusalCode| {
        for class in &mut node.classes {
            *class = v1::ClassReply {
                class: class.class,
                outcome: outcome.into(),
                code: code.to_string(),
                ..v1::ClassReply::default()
            };
        }
    };
    hub.answers(move |request| {
        let mut answer = honest(request);
        let nodes = &mut answer.nodes;
        silent(
            &mut nodes[1],
            v1::Outcome::Unavailable,
            RefusalCode::NodeDown,
        );
        silent(&mut nodes[2], v1::Outcome::Refused, RefusalCode::GuardVeto);
        silent(
            &mut nodes[3],
            v1::Outcome::Unavailable,
            RefusalCode::GivenMissing,
        );
        Ok(answer)
    });
    let handle = counter.handle().await;
    let answer = counter.ask(&handle, json!({})).await.json();
    let whom = |n: usize| answer["lamps"][n]["call"]["who"]["en"].clone();
    let names = [0, 1, 2, 3].map(whom);
    assert_eq!(
        names,
        [
            json!(null),
            json!("zhongzhi center"),
            json!("guoguan center"),
            // What was not given, this center's own people must enter.
            json!("guoguan center"),
        ]
    );
}

#[tokio::test]
async fn what_is_given_is_refused_outside_the_flow_and_never_logged() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    let secret = "pw-never-to-be-seen";
    for (given, refusal) in [
        (json!({"12.wqcxmm": secret}), (403, "TS-ITEM-OUTSIDE-FLOW")),
        (json!({"12.nothing": secret}), (400, "TS-ITEM-UNKNOWN")),
        (json!({secret: "1"}), (400, "TS-ITEM-UNKNOWN")),
        (json!([secret]), (400, "TS-ASK-MALFORMED")),
    ] {
        let heard = counter.ask(&handle, json!({ "given": given })).await;
        let (status, code) = refusal;
        assert_eq!(heard.refusal(), (status, code.to_owned()));
        assert!(!heard.body.contains(secret));
    }
    assert!(hub.asked().is_empty());
    let log = serde_json::to_string(&center.entries()).unwrap();
    assert!(log.contains("TS-ITEM-OUTSIDE-FLOW") && !log.contains(secret));
}

#[tokio::test]
async fn verdicts_that_the_flow_has_not_are_refused() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    for (more, refusal) in [
        (
            json!({"mode": "match", "verdicts": ["rich"]}),
            (403, "TS-VERDICT-OUTSIDE-FLOW"),
        ),
        (
            json!({"mode": "match", "yardsticks": {"rich": {"limit": "1"}}}),
            (400, "TS-ASK-MALFORMED"),
        ),
        (
            json!({"mode": "match", "yardsticks": {"rich": {"limit": "much"}}}),
            (400, "TS-ASK-MALFORMED"),
        ),
    ] {
        let heard = counter.ask(&handle, more.clone()).await;
        let (status, code) = refusal;
        assert_eq!(heard.refusal(), (status, code.to_owned()), "{more}");
    }
    assert!(hub.asked().is_empty());
}
