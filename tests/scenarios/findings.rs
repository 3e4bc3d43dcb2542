//! Questions that are answered, and the ones that the asking center's own agent already refuses.

use std::collections::BTreeMap;

use audit::leaf_hash;
use sandbox::client::{Ask, AskSubject, CallError, Desk};
use sandbox::evidence::honours;
use sandbox::world::{CLOSED_CASE, NO_CONSENT_CASE, Node, sample};
use serde_json::{Value, json};

use super::ground::{Ground, assert_holds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planted_samples_are_found_and_wrong_questions_are_not_sent() {
    let mut ground = Ground::start("findings").await;
    for id in [
        "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S14",
    ] {
        assert_holds(&ground.show().sample(id).await);
    }
    evidence_is_there(&ground).await;
    the_agent_refuses(&ground).await;
    the_api_refuses(&ground).await;
    assert_holds(&ground.show().sample("S1").await);
    ground.check().await;
}

async fn evidence_is_there(ground: &Ground) {
    let desk = ground.star.desk(Node::Guoguan, "0317").expect("has a desk");
    let open = desk.open("GG-S01", "F05").await.expect("is open");
    assert_eq!(open.matter, "02");
    let ask = Ask {
        case: open.case.clone(),
        ..Ask::default()
    };
    let answer = desk.ask(&ask).await.expect("is answered");
    let evidence = desk.evidence(&answer.query).await.expect("is on record");
    assert_eq!(evidence.query, answer.query);
    let log = ground.star.home().agent_log(Node::Guoguan);
    let own = std::slice::from_ref(&answer.receipts.own);
    honours(&log, own).expect("the agent's own log honours its receipt");
    let entries: Vec<_> = evidence
        .entries
        .iter()
        .filter_map(|page| page.get("entry"))
        .collect();
    assert!(
        entries.iter().any(|entry| entry["kind"] == "answered"),
        "{entries:?}"
    );
    assert!(
        entries.iter().any(|entry| entry["kind"] == "served"),
        "it answered itself too"
    );
    let pages = evidence.entries.iter();
    let hashes: Vec<_> = pages
        .filter_map(|page| page["leaf_hash"].as_str())
        .collect();
    assert!(
        hashes.contains(&answer.receipts.own.leaf_hash.to_string().as_str()),
        "{hashes:?}"
    );
    assert_ne!(leaf_hash(b""), answer.receipts.own.leaf_hash);
    refused(desk.evidence("000000000000").await, "TS-EVIDENCE-UNKNOWN");
}

async fn the_agent_refuses(ground: &Ground) {
    let served = ground.star.asks_served().await.expect("the agents answer");
    let desk = ground.star.desk(Node::Guoguan, "0317").expect("has a desk");
    cases_that_cannot_ask(&desk).await;
    questions_that_do_not_fit(&desk).await;
    what_the_hub_refuses(ground, &desk).await;
    let after = ground.star.asks_served().await.expect("the agents answer");
    assert_eq!(after, served, "none of it reached a node");
}

async fn cases_that_cannot_ask(desk: &Desk) {
    refused(desk.open("GG-NONE", "F05").await, "TS-CASE-UNKNOWN");
    refused(desk.open(CLOSED_CASE, "F05").await, "TS-CASE-CLOSED");
    refused(desk.open("GG-S01", "F10").await, "TS-CASE-MATTER");
    refused(desk.open("GG-S01", "F99").await, "TS-FLOW-UNKNOWN");
    refused(desk.open("CT-S02", "F05").await, "TS-CASE-UNKNOWN");
    let handle = Ask {
        case: "0".repeat(32),
        ..Ask::default()
    };
    refused(desk.ask(&handle).await, "TS-CASE-NOT-OPEN");
}

async fn questions_that_do_not_fit(desk: &Desk) {
    let ask = open(desk, "GG-S01").await;
    let stranger = sample("S2").expect("is planted").cases[0].parties[0];
    for (number, code) in [
        (stranger.number, "TS-CASE-SUBJECT"),
        ("110101199001011234", "TS-SUBJECT-MALFORMED"),
    ] {
        let subject = AskSubject {
            id_type: "01".into(),
            id_number: number.into(),
        };
        refused(
            desk.ask(&Ask {
                subject: Some(subject),
                ..ask.clone()
            })
            .await,
            code,
        );
    }
    refused(
        desk.ask(&Ask {
            party: 7,
            ..ask.clone()
        })
        .await,
        "TS-CASE-SUBJECT",
    );
    let wants = Some(item("nosuch"));
    refused(
        desk.ask(&Ask {
            wants,
            ..ask.clone()
        })
        .await,
        "TS-ITEM-UNKNOWN",
    );
}

/// Well formed, so it is the hub that refuses, and has it on record.
async fn what_the_hub_refuses(ground: &Ground, desk: &Desk) {
    let wants = Some(item("grzhye"));
    let asked = desk
        .ask(&Ask {
            wants,
            ..open(desk, "GG-S01").await
        })
        .await;
    let receipt = refused(asked, "TS-ITEM-OUTSIDE-FLOW").expect("is on record");
    honours(&ground.star.home().hub_log(), &[receipt]).expect("the hub's log honours it");
    let asked = desk.ask(&open(desk, NO_CONSENT_CASE).await).await;
    refused(asked, "TS-CASE-CONSENT").expect("is on record");
}

/// A question that leaves everything to the flow, from an open case.
async fn open(desk: &Desk, case_no: &str) -> Ask {
    let open = desk.open(case_no, "F05").await.expect("is open");
    Ask {
        case: open.case,
        ..Ask::default()
    }
}

fn item(code: &str) -> BTreeMap<String, Vec<String>> {
    BTreeMap::from([("04".to_owned(), vec![code.to_owned()])])
}

async fn the_api_refuses(ground: &Ground) {
    let desk = ground.star.desk(Node::Guoguan, "0317").expect("has a desk");
    let stranger = desk.clone().with_token(&"0".repeat(64));
    refused(stranger.open("GG-S01", "F05").await, "TS-LOCAL-TOKEN");
    refused(post(&desk, json!({})).await, "TS-CASE-MISSING");
    refused(post(&desk, json!({"case": 7})).await, "TS-ASK-MALFORMED");
    refused(
        post(&desk, json!({"case": "x", "surprise": true})).await,
        "TS-ASK-MALFORMED",
    );
    let bytes = desk
        .post_bytes::<Value>("/v1/asks", b"{\"case\":\"\xff\xfe".to_vec())
        .await;
    refused(bytes, "TS-ASK-MALFORMED");
    let huge = desk
        .post_bytes::<Value>("/v1/asks", vec![b' '; 4 << 20])
        .await;
    assert!(huge.is_err(), "a body of 4 MiB is refused");
}

async fn post(desk: &Desk, body: Value) -> Result<Value, CallError> {
    desk.post("/v1/asks", &body).await
}

/// It was refused with this code, in both languages; gives the hub's receipt if there is one.
fn refused<T: std::fmt::Debug>(asked: Result<T, CallError>, code: &str) -> Option<audit::Receipt> {
    let error = asked.expect_err("is refused");
    let refusal = error
        .refusal()
        .unwrap_or_else(|| panic!("{code}: {error}"))
        .clone();
    assert_eq!(refusal.code, code);
    assert!(
        !refusal.say.zh.is_ascii() && refusal.say.en.is_ascii(),
        "{code} says why"
    );
    assert!(["caller", "policy", "capacity", "node", "hub"].contains(&refusal.turn.as_str()));
    refusal.receipt
}
