//! What a stolen node key does not buy: every statement that does not fit is refused by the hub, is
//! on record, and reaches no node.

use std::collections::BTreeMap;

use catalog::{Catalog, ItemNo, Subject};
use sandbox::client::Refusal;
use sandbox::evidence::{LogBook, text};
use sandbox::rogue::{Forgery, Thief};
use sandbox::world::{Node, sample};
use time::Duration;
use wire::tls::HandshakeAlert;
use wire::{Clock as _, SystemClock, v1};

use super::ground::{Ground, assert_holds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_is_on_record_and_reaches_no_node() {
    let mut ground = Ground::start("refusals").await;
    for line in ground.show().refusals().await {
        assert_holds(&line);
    }
    let thief = Thief::robbing(ground.star.home(), Node::Guoguan).expect("robs 国管");
    let honest = thief.request(&forgery("S1")).expect("can be composed");
    thief
        .ask(honest.clone())
        .await
        .expect("is connected")
        .expect("is answered");
    let served = ground.star.asks_served().await.expect("the agents answer");
    refused(&ground, &thief, honest, "TS-CASE-REPLAYED").await;
    let wrong = tampered(&thief)
        .into_iter()
        .chain(outside_the_rules(&thief));
    for (code, request) in wrong {
        refused(&ground, &thief, request, code).await;
    }
    let city = Thief::robbing(ground.star.home(), Node::City).expect("robs the city");
    let request = thief.request(&forgery("S1")).expect("can be composed");
    refused(&ground, &city, request, "TS-CASE-SIGNATURE").await;
    let staff = ground.star.home().staff_tls();
    let staff = Thief::with_certificate(ground.star.home(), Node::Guoguan, staff);
    let knocked = staff
        .expect("has a certificate")
        .knock()
        .await
        .expect("can knock");
    assert_eq!(knocked, Err(HandshakeAlert::IdentityRefused));
    let after = ground.star.asks_served().await.expect("the agents answer");
    assert_eq!(after, served, "none of it reached a node");
    ground.check().await;
}

/// Statements and questions that were changed after they were signed.
fn tampered(thief: &Thief) -> Vec<(&'static str, v1::AskRequest)> {
    let honest = || made(thief, &forgery("S1"));
    let mut other_payload = honest();
    other_payload.payload = made(thief, &forgery("S2")).payload;
    let mut other_class = honest();
    let envelope = other_class.envelope.as_mut().expect("has an envelope");
    envelope.wants = vec![v1::ClassItems {
        class: 99,
        items: vec![1],
    }];
    let mut bad_signature = honest();
    bad_signature.case.as_mut().expect("has a case").signature[0] ^= 1;
    let wider = [item("04.grzhzt"), item("04.jzny")];
    let widened = thief
        .widened(&forgery("S1"), &wider)
        .expect("can be composed");
    vec![
        ("TS-CASE-QUESTION", widened),
        ("TS-CASE-QUESTION", other_payload),
        ("TS-ITEM-UNKNOWN", other_class),
        ("TS-CASE-SIGNATURE", bad_signature),
    ]
}

/// Statements that are signed as they stand, but break a rule.
fn outside_the_rules(thief: &Thief) -> Vec<(&'static str, v1::AskRequest)> {
    let now = SystemClock.now();
    let (early, late) = (now + Duration::minutes(10), now - Duration::hours(1));
    let contract = vec![item("08.jkhtbh")];
    let forged = [
        (
            "TS-CASE-EXPIRED",
            Forgery {
                now: late,
                ..forgery("S1")
            },
        ),
        (
            "TS-CASE-NOT-YET",
            Forgery {
                now: early,
                ..forgery("S1")
            },
        ),
        (
            "TS-CASE-OVERUSED",
            Forgery {
                use_no: 21,
                ..forgery("S1")
            },
        ),
        (
            "TS-FLOW-UNKNOWN",
            Forgery {
                flow: "F99".into(),
                ..forgery("S1")
            },
        ),
        (
            "TS-CASE-MATTER",
            Forgery {
                matter: "28".into(),
                ..forgery("S1")
            },
        ),
        (
            "TS-CLASS-OUTSIDE-FLOW",
            Forgery {
                wants: contract,
                ..forgery("S1")
            },
        ),
    ];
    forged
        .into_iter()
        .map(|(code, forged)| (code, made(thief, &forged)))
        .collect()
}

fn made(thief: &Thief, forged: &Forgery) -> v1::AskRequest {
    thief.request(forged).expect("can be composed")
}

fn forgery(id: &str) -> Forgery {
    let subject = subject(id);
    Forgery {
        flow: "F05".into(),
        matter: "02".into(),
        case_no: "GG-S01".into(),
        operator: "0667".into(),
        parties: vec![subject.clone()],
        subject,
        wants: vec![item("04.grzhzt")],
        use_no: 1,
        now: SystemClock.now(),
    }
}

fn subject(id: &str) -> Subject {
    let party = sample(id).expect("is planted").cases[0].parties[0];
    party.subject().expect("is well formed")
}

fn item(name: &str) -> ItemNo {
    let catalog = Catalog::builtin().expect("the catalog is sound");
    catalog.item_named(name).expect("the catalog has it").no
}

async fn refused(ground: &Ground, thief: &Thief, request: v1::AskRequest, code: &str) {
    let refusal: Refusal = thief
        .ask(request)
        .await
        .expect("is connected")
        .expect_err("is refused");
    assert_eq!(refusal.code, code);
    let receipt = refusal.receipt.expect("is on record");
    let log = LogBook::read(&ground.star.home().hub_log()).expect("the log verifies");
    let entry = &log.entries[usize::try_from(receipt.index).expect("is an index")];
    let seen = BTreeMap::from([("kind", text(entry, "kind")), ("code", text(entry, "code"))]);
    assert_eq!(seen, BTreeMap::from([("kind", "refusal"), ("code", code)]));
}
