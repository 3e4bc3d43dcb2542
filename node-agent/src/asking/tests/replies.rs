//! The hub's word is checked: an answer that does not answer the question is refused whole, a
//! refusal passes through as it is, and silence is never read as an answer.

use std::time::{Duration, Instant};

use serde_json::json;
use wire::{RefusalCode, v1};

use super::{honest, receipt, star};
use crate::tests::center::Center;
use crate::tests::http::Counter;
use crate::tests::hub::channel_to;

type Lie = (&'static str, fn(&mut v1::Answer));

fn class(answer: &mut v1::Answer) -> &mut v1::ClassReply {
    &mut answer.nodes[0].classes[1]
}

/// The class of a center that has no record.
fn silent(answer: &mut v1::Answer) -> &mut v1::ClassReply {
    &mut answer.nodes[1].classes[1]
}

fn payload(item: u32) -> Vec<u8> {
    use prost::Message as _;
    let value = v1::ItemValue {
        item,
        value: Some(v1::item_value::Value::Decimal("1.00".into())),
    };
    let record = v1::Record {
        values: vec![value],
    };
    v1::Records {
        records: vec![record],
    }
    .encode_to_vec()
}

fn note(item: u32, defect: &str) -> v1::QualityNote {
    v1::QualityNote {
        item,
        defect: defect.into(),
        count: 1,
    }
}

/// A center that holds something and has no hit.
fn held_back(class: u32) -> v1::ClassReply {
    v1::ClassReply {
        class,
        outcome: v1::Outcome::Answered.into(),
        as_of: "2026-11-23T10:00:00+08:00".into(),
        found: true,
        held_back: true,
        ..v1::ClassReply::default()
    }
}

/// What is wrong with the answer as a whole.
const LIES: &[Lie] = &[
    ("no receipt of the decision", |a| a.decision = None),
    ("no receipt of the outcome", |a| a.outcome = None),
    ("half a receipt", |a| {
        a.outcome.as_mut().unwrap().leaf_hash.truncate(31)
    }),
    ("no query id", |a| a.query_id.clear()),
    ("an endless query id", |a| a.query_id = "q".repeat(65)),
    ("an unknown node", |a| a.nodes[0].node = "nobody".into()),
    ("a node twice", |a| a.nodes[1] = a.nodes[0].clone()),
    ("a node left out", |a| drop(a.nodes.pop())),
    ("no node at all", |a| a.nodes.clear()),
    ("a class not asked for", |a| class(a).class = 10),
    ("a class that nobody knows", |a| class(a).class = 99),
    ("a class twice", |a| {
        a.nodes[0].classes[0] = a.nodes[0].classes[1].clone()
    }),
    ("a class left out", |a| drop(a.nodes[0].classes.pop())),
];

/// What is wrong with one class of it.
const CLASS_LIES: &[Lie] = &[
    ("an item not asked for", |a| class(a).payload = payload(14)),
    ("an undecodable payload", |a| {
        class(a).payload = vec![0xff; 7]
    }),
    ("a note on an item not asked for", |a| {
        class(a).notes = vec![note(14, "too-long")]
    }),
    ("a note that nobody knows", |a| {
        class(a).notes = vec![note(8, "born 1900")]
    }),
    ("an unknown outcome", |a| class(a).outcome = 77),
    ("no outcome", |a| class(a).outcome = 0),
    ("an answer with a reason for silence", |a| {
        class(a).code = "TS-NODE-DOWN".into()
    }),
    ("an answer without records", |a| class(a).payload.clear()),
    ("an answer without its time", |a| class(a).as_of.clear()),
    ("records with no record", |a| silent(a).payload = payload(8)),
    ("records beside the word that none is given", |a| {
        class(a).held_back = true;
        class(a).found = true;
    }),
    ("nothing that is held back", |a| silent(a).held_back = true),
    ("a value's note beside what is held back", |a| {
        *class(a) = held_back(4);
        class(a).notes = vec![note(8, "unknown-code")];
    }),
    ("what the asking center holds back from itself", |a| {
        a.nodes[2].classes[1] = held_back(4)
    }),
    ("a silence without a reason", |a| {
        silent(a).outcome = v1::Outcome::Unavailable.into();
    }),
    ("a reason that nobody knows", |a| {
        silent(a).outcome = v1::Outcome::Refused.into();
        silent(a).code = "TS-BECAUSE".into();
    }),
];

#[tokio::test]
async fn an_answer_that_does_not_answer_the_question_is_refused_whole() {
    for (what, lie) in [LIES, CLASS_LIES].concat() {
        let (hub, center, counter) = star().await;
        let handle = counter.handle().await;
        hub.answers(move |request| {
            let mut answer = honest(request);
            lie(&mut answer);
            Ok(answer)
        });
        let heard = counter.ask(&handle, json!({})).await;
        assert_eq!(heard.refusal(), (503, "TS-HUB-REPLY".into()), "{what}");
        let entry = center.entries().pop().unwrap();
        assert_eq!(
            (&entry["code"], &entry["by"]),
            (&json!("TS-HUB-REPLY"), &json!("local"))
        );
        assert!(
            center
                .entries()
                .iter()
                .all(|entry| entry["kind"] != "answered")
        );
    }
}

#[tokio::test]
async fn records_do_not_come_with_a_match() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    let heard = counter.ask(&handle, json!({"mode": "match"})).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    let city = &heard.json()["lamps"][0];
    assert_eq!(
        (&city["lamp"], &city["classes"][1]["records"]),
        (&json!("answered"), &json!([]))
    );
    hub.answers(|request| {
        let mut answer = honest(request);
        class(&mut answer).payload = payload(8);
        Ok(answer)
    });
    let heard = counter.ask(&handle, json!({"mode": "match"})).await;
    assert_eq!(heard.refusal(), (503, "TS-HUB-REPLY".into()));
    let heard = counter.ask(&handle, json!({"mode": "guess"})).await;
    assert_eq!(heard.refusal(), (400, "TS-ASK-MALFORMED".into()));
}

#[tokio::test]
async fn a_bad_value_is_withheld_and_noted_on_arrival() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    hub.answers(|request| {
        let mut answer = honest(request);
        // A decimal where the catalog has a code.
        class(&mut answer).payload = payload(8);
        Ok(answer)
    });
    let heard = counter.ask(&handle, json!({})).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    let class = &heard.json()["lamps"][0]["classes"][1];
    let withheld = json!({"absent": "withheld", "defect": class["notes"][0]["defect"]});
    assert_eq!(class["records"][0]["grzhzt"], withheld);
    assert_eq!(
        (&class["notes"][0]["item"], &class["notes"][0]["count"]),
        (&json!("04-08"), &json!(1))
    );
}

#[tokio::test]
async fn every_kind_of_nothing_keeps_its_own_lamp_and_sentence() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    hub.answers(|request| {
        let mut answer = honest(request);
        let kinds = [
            (1, v1::Outcome::Unavailable, RefusalCode::NodeDown),
            (2, v1::Outcome::Refused, RefusalCode::GuardVeto),
            (3, v1::Outcome::NotCovered, RefusalCode::NotCovered),
        ];
        for (node, outcome, code) in kinds {
            for class in &mut answer.nodes[node].classes {
                class.outcome = outcome.into();
                class.code = code.to_string();
                class.as_of.clear();
            }
        }
        class(&mut answer).outcome = v1::Outcome::Stale.into();
        // A sick node's own word about its silence harms nobody else's answer.
        silent(&mut answer).as_of = "yesterday".into();
        Ok(answer)
    });
    let answer = counter.ask(&handle, json!({})).await.json();
    let lamp = |n: usize| {
        (
            &answer["lamps"][n]["lamp"],
            &answer["lamps"][n]["say"]["en"],
        )
    };
    let stale = "The data is not current; mind its time.";
    assert_eq!(lamp(0), (&json!("stale"), &json!(stale)));
    assert_eq!(
        lamp(1),
        (&json!("not-known"), &json!(RefusalCode::NodeDown.en()))
    );
    assert_eq!(
        lamp(2),
        (&json!("refused"), &json!(RefusalCode::GuardVeto.en()))
    );
    assert_eq!(
        lamp(3),
        (&json!("not-covered"), &json!(RefusalCode::NotCovered.en()))
    );
    assert_eq!(answer["lamps"][1]["as_of"], json!(null));
}

/// A center that declines by a rule of its own says which, and the clerk hears whom to call.
#[tokio::test]
async fn the_rule_of_a_center_is_told_with_its_lamp_and_on_record_by_its_name() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    hub.answers(|request| {
        let mut answer = honest(request);
        for (class, zh) in answer.nodes[2]
            .classes
            .iter_mut()
            .zip(["月末结账。", "110101190001010014"])
        {
            class.outcome = v1::Outcome::Refused.into();
            class.code = RefusalCode::GuardVeto.to_string();
            class.payload.clear();
            class.rule = Some(v1::Rule {
                id: "month-end".into(),
                zh: zh.into(),
                en: "The month is being closed.".into(),
            });
        }
        Ok(answer)
    });
    let heard = counter.ask(&handle, json!({})).await;
    assert!(!heard.body.contains("110101190001010014"), "a hub may lie");
    let answer = heard.json();
    let lamp = &answer["lamps"][2];
    let say = json!({ "zh": "月末结账。", "en": "The month is being closed." });
    assert_eq!(lamp["rule"], json!({ "id": "month-end", "say": say }));
    assert_eq!(lamp["classes"][0]["rule"], lamp["rule"]);
    assert_eq!(lamp["classes"][1]["rule"]["say"]["zh"], "");
    let said = lamp["say"]["zh"].as_str().unwrap();
    assert!(said.ends_with("规则 month-end：月末结账。"), "{said}");
    let name = answer["lamps"][2]["name"].clone();
    assert_eq!(lamp["call"]["who"], name, "the owner of the rule is called");
    let node = lamp["node"].as_str().unwrap().to_owned();
    let entry = center.entries().pop().unwrap();
    assert_eq!(entry["rules"], json!({ node: "month-end" }));
}

#[tokio::test]
async fn a_policy_of_the_star_is_told_with_its_refusal() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    hub.answers(|_| {
        let word = catalog::RuleWord::new("month-end", "月末结账。", "").unwrap();
        let refusal = wire::Refusal::by(RefusalCode::PolicyDenied, Some(&word));
        Err(wire::refusal::status(&refusal.to_wire("q-9")))
    });
    let refused = counter.ask(&handle, json!({})).await.json();
    assert_eq!(refused["code"], "TS-POLICY-DENIED");
    assert_eq!(refused["rule"]["id"], "month-end");
    let said = refused["say"]["zh"].as_str().unwrap();
    assert!(said.ends_with("规则 month-end：月末结账。"), "{said}");
    assert!(refused["call"]["phone"].is_string());
    assert_eq!(center.entries().pop().unwrap()["rule"], "month-end");
}

#[tokio::test]
async fn no_hit_is_an_answer_and_no_kind_of_nothing() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    hub.answers(|request| {
        let mut answer = honest(request);
        *class(&mut answer) = held_back(4);
        Ok(answer)
    });
    let answer = counter.ask(&handle, json!({})).await.json();
    let city = &answer["lamps"][0];
    assert_eq!(city["lamp"], "no-hit");
    assert!(
        city["say"]["en"]
            .as_str()
            .unwrap()
            .ends_with("gives no details.")
    );
    let class = &city["classes"][1];
    assert_eq!(
        (&class["outcome"], &class["held_back"], &class["records"]),
        (&json!("answered"), &json!(true), &json!([]))
    );
    assert_eq!(center.entries().pop().unwrap()["lamps"]["city"], "no-hit");
    // In a match nothing is held back that could be.
    let heard = counter.ask(&handle, json!({"mode": "match"})).await;
    assert_eq!(heard.refusal(), (503, "TS-HUB-REPLY".into()));
}

#[tokio::test]
async fn a_center_that_was_left_out_by_a_limit_says_when_to_come_back() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    hub.answers(|ask| {
        let mut answer = honest(ask);
        let reply = silent(&mut answer);
        *reply = v1::ClassReply {
            class: reply.class,
            outcome: v1::Outcome::Unavailable.into(),
            code: RefusalCode::NodeThrottled.to_string(),
            retry_after_ms: 1_250,
            ..v1::ClassReply::default()
        };
        // Beside an answer it says nothing.
        class(&mut answer).retry_after_ms = 7;
        Ok(answer)
    });
    let view = counter.ask(&handle, json!({})).await.json();
    let lamps = view["lamps"].as_array().expect("has lamps");
    let told = |lamp: &serde_json::Value| {
        let classes = lamp["classes"].as_array().expect("has classes");
        let of_classes: Vec<_> = classes
            .iter()
            .map(|c| c["retry_after_ms"].clone())
            .collect();
        (lamp["retry_after_ms"].clone(), of_classes)
    };
    assert_eq!(told(&lamps[0]).0, 0);
    let (of_lamp, of_classes) = told(&lamps[1]);
    assert_eq!(of_lamp, 1_250);
    assert_eq!(of_classes.iter().filter(|told| **told == 1_250).count(), 1);
    assert_eq!(lamps[1]["lamp"], "not-known");
}

#[tokio::test]
async fn a_refusal_of_the_hub_passes_through_with_its_receipt() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    hub.answers(|_| {
        let refusal = v1::Refusal {
            receipt: Some(receipt(9)),
            retry_after_ms: 1_250,
            ..RefusalCode::LimitCaller.to_wire("q-9")
        };
        Err(wire::refusal::status(&refusal))
    });
    let heard = counter.ask(&handle, json!({})).await;
    assert_eq!(heard.refusal(), (429, "TS-LIMIT-CALLER".into()));
    let view = heard.json();
    assert_eq!(
        (&view["turn"], &view["query"]),
        (&json!("capacity"), &json!("q-9"))
    );
    assert_eq!(view["say"]["zh"], RefusalCode::LimitCaller.zh());
    assert_eq!(
        (&view["receipt"]["log"], &view["receipt"]["index"]),
        (&json!("hub-1"), &json!(9))
    );
    assert_eq!(view["retry_after_ms"], 1_250);
    assert_eq!(heard.retry_after, Some(2), "never too early");
    let evidence = counter.get("/v1/evidence/q-9").await.json();
    assert_eq!(evidence["entries"][0]["entry"]["by"], "hub");
    assert_eq!(
        evidence["entries"][0]["index"],
        view["own_receipt"]["index"]
    );
    assert_eq!(
        center.metric("agent_asks_sent_total{result=\"refused\"}"),
        1
    );
}

#[tokio::test]
async fn what_is_no_refusal_of_this_contract_is_an_unreachable_hub() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    let failures: [fn() -> tonic::Status; 3] = [
        || tonic::Status::unavailable("gone"),
        || tonic::Status::internal("the clerk's own number"),
        || {
            let mut refusal = RefusalCode::CaseMissing.to_wire("q");
            refusal.code = "TS-BECAUSE".into();
            wire::refusal::status(&refusal)
        },
    ];
    for failure in failures {
        hub.answers(move |_| Err(failure()));
        let heard = counter.ask(&handle, json!({})).await;
        assert_eq!(heard.refusal(), (503, "TS-HUB-UNREACHABLE".into()));
        assert!(!heard.body.contains("clerk's own"));
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let center = Center::new("guoguan").await;
    let counter = Counter::of(&center, channel_to(address));
    let handle = counter.handle().await;
    let heard = counter.ask(&handle, json!({})).await;
    assert_eq!(heard.refusal(), (503, "TS-HUB-UNREACHABLE".into()));
}

#[tokio::test]
async fn an_answer_after_deadline_and_grace_is_not_waited_for() {
    let (hub, center, counter) = star().await;
    let handle = counter.handle().await;
    hub.waits(Duration::from_secs(20));
    let begun = Instant::now();
    let heard = counter.ask(&handle, json!({"deadline_ms": 60})).await;
    assert_eq!(heard.refusal(), (503, "TS-HUB-UNREACHABLE".into()));
    let waited = begun.elapsed();
    let most = super::super::GRACE + Duration::from_secs(2);
    assert!(waited >= super::super::GRACE && waited < most, "{waited:?}");
    assert_eq!(hub.asked()[0].deadline_ms, 60);
    assert_eq!(
        center.entries().last().unwrap()["code"],
        "TS-HUB-UNREACHABLE"
    );
}

#[tokio::test]
async fn a_late_word_within_the_grace_is_heard_and_deadlines_are_bounded_by_the_flow() {
    let (hub, _center, counter) = star().await;
    let handle = counter.handle().await;
    hub.waits(Duration::from_millis(200));
    let heard = counter.ask(&handle, json!({"deadline_ms": 60})).await;
    assert_eq!(heard.status, 200);
    hub.waits(Duration::ZERO);
    for deadline in [
        json!({}),
        json!({"deadline_ms": 4_000_000_000_u32}),
        json!({"deadline_ms": 0}),
    ] {
        assert_eq!(counter.ask(&handle, deadline).await.status, 200);
    }
    let sent: Vec<_> = hub
        .asked()
        .iter()
        .map(|request| request.deadline_ms)
        .collect();
    assert_eq!(sent, [60, 5_000, 5_000, 50]);
}

#[tokio::test]
async fn an_answer_that_cannot_be_recorded_is_not_given() {
    let (_hub, center, counter) = star().await;
    let handle = counter.handle().await;
    center.book.close().unwrap();
    let heard = counter.ask(&handle, json!({})).await;
    assert_eq!(heard.refusal(), (503, "TS-LOCAL-AUDIT".into()));
    assert!(!heard.body.contains("records"));
    let heard = counter.open("BJ-1").await;
    assert_eq!(heard.refusal(), (503, "TS-LOCAL-AUDIT".into()));
}
