//! Malformed and oversized messages: refused, while everybody else's questions and streams go on
//! undisturbed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use sandbox::client::{Ask, Desk};
use sandbox::metrics::sum;
use sandbox::rogue::Thief;
use sandbox::star::{Star, until};
use sandbox::world::Node;
use wire::v1;

use super::ground::Ground;

/// Rounds of throwing everything.
const ROUNDS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_and_oversized_messages_harm_nobody_else() {
    let ground = Ground::start("wire-abuse").await;
    let links = links(&ground.star).await;
    let over = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    let desk = ground.star.desk(Node::City, "0101").expect("has a desk");
    let mut counter = tokio::task::JoinSet::new();
    counter.spawn(work(desk, Arc::clone(&over), Arc::clone(&answered)));
    let thief = Thief::robbing(ground.star.home(), Node::Guoguan).expect("robs 国管");
    for _ in 0..ROUNDS {
        throw(&thief).await;
    }
    let before = answered.load(Ordering::Relaxed);
    let goes_on = until(Duration::from_secs(10), async || {
        (answered.load(Ordering::Relaxed) > before).then_some(())
    });
    goes_on
        .await
        .expect("the counter is answered after all that");
    over.store(true, Ordering::Relaxed);
    let worked = counter
        .join_next()
        .await
        .expect("somebody was at the counter");
    worked.expect("every question at the counter was answered by all centers");
    assert_eq!(
        self::links(&ground.star).await,
        links,
        "no stream of an agent was lost"
    );
    ground.check().await;
}

/// Everything that no agent would send.
async fn throw(thief: &Thief) {
    let code = |thrown: sandbox::rogue::Thrown| thrown.refusal.expect("is refused").code;
    let bytes: Vec<u8> = (0..600_u32).map(|n| (n * 7 % 251) as u8).collect();
    let garbage = code(thief.throw_bytes(bytes).await.expect("is connected"));
    assert!(!garbage.is_empty());
    let huge = code(
        thief
            .throw_bytes(vec![7; 1 << 20])
            .await
            .expect("is connected"),
    );
    assert_eq!(
        huge, "OutOfRange",
        "a message above the limit is not even read"
    );
    let rude = code(thief.attach_rudely().await.expect("is connected"));
    assert_eq!(rude, "TS-ATTACH-MALFORMED");
    let other = code(
        thief
            .attach_with_other_catalog()
            .await
            .expect("is connected"),
    );
    assert_eq!(other, "TS-ATTACH-CATALOG");
    for (request, expected) in [
        (v1::AskRequest::default(), "TS-ASK-MALFORMED"),
        (with_payload(vec![0; 5_000]), "TS-ASK-TOO-LARGE"),
        (with_payload(Vec::new()), "TS-ASK-MALFORMED"),
    ] {
        let refusal = thief
            .ask(request)
            .await
            .expect("is connected")
            .expect_err("is refused");
        assert_eq!(refusal.code, expected);
        assert!(refusal.receipt.is_some(), "{expected} is on record");
    }
}

fn with_payload(payload: Vec<u8>) -> v1::AskRequest {
    v1::AskRequest {
        envelope: Some(v1::Envelope::default()),
        payload,
        ..Default::default()
    }
}

/// Asks all the while; every answer must be whole.
async fn work(desk: Desk, over: Arc<AtomicBool>, answered: Arc<AtomicUsize>) {
    for case_no in ["CT-S11", "CT-S10", "CT-S09"] {
        let open = desk.open(case_no, "F19").await.expect("is open");
        let wants = BTreeMap::from([("04".to_owned(), vec!["grzhzt".to_owned()])]);
        let ask = Ask {
            case: open.case,
            wants: Some(wants),
            ..Ask::default()
        };
        for _ in 0..open.asks_left {
            if over.load(Ordering::Relaxed) {
                return;
            }
            let answer = desk.ask(&ask).await.expect("is answered");
            assert_eq!(answer.lamps.len(), 4);
            for lamp in &answer.lamps {
                assert!(
                    ["answered", "no-hit", "nothing"].contains(&lamp.lamp.as_str()),
                    "{lamp:?}"
                );
            }
            answered.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    }
}

async fn links(star: &Star) -> Vec<u64> {
    let text = star.hub_metrics().await.expect("the hub answers");
    Node::ALL
        .map(|node| sum(&text, "hub_node_links", &[("node", node.id())]))
        .to_vec()
}
