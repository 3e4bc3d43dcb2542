//! A hub that lies, with the hub's real certificate at the hub's real address: it overhears an
//! honest question and changes it before it passes it on. No agent gives it anything, and each
//! refusal is in the agent's own log.

use sandbox::client::Ask;
use sandbox::evidence::{LogBook, text};
use sandbox::rogue::FalseHub;
use sandbox::world::Node;
use wire::v1;

use super::ground::Ground;

/// What the lying hub does to an honest question, and what the agent says to it.
type Lie = (
    &'static str,
    &'static str,
    fn(&mut v1::NodeAsk, &v1::NodeAsk),
);

fn envelope(ask: &mut v1::NodeAsk) -> &mut v1::Envelope {
    ask.envelope.as_mut().expect("has an envelope")
}

/// The second question is another honest one, about another person and case.
const LIES: &[Lie] = &[
    ("the case stripped", "TS-GUARD-CASE", |ask, _| {
        ask.case = None
    }),
    ("another case", "TS-GUARD-CASE", |ask, other| {
        ask.case.clone_from(&other.case);
    }),
    ("another asker", "TS-GUARD-CASE", |ask, _| {
        ask.asking_node = "zhongzhi".to_owned();
    }),
    ("the subject swapped", "TS-GUARD-SUBJECT", |ask, other| {
        ask.payload.clone_from(&other.payload);
        let tag = other.envelope.clone().unwrap_or_default().subject_tag;
        envelope(ask).subject_tag = tag;
    }),
    ("the payload swapped", "TS-GUARD-CASE", |ask, other| {
        ask.payload.clone_from(&other.payload);
    }),
    ("the items widened", "TS-GUARD-CASE", |ask, _| {
        let class = envelope(ask).wants.iter_mut().find(|want| want.class == 4);
        class.expect("class 04 is wanted").items.push(14);
    }),
    ("an unregistered class", "TS-GUARD-CASE", |ask, _| {
        envelope(ask).wants.push(v1::ClassItems {
            class: 10,
            items: vec![4],
        });
    }),
    ("another flow", "TS-GUARD-CASE", |ask, _| {
        envelope(ask).flow = "F19".to_owned();
    }),
    ("another version of the flow", "TS-GUARD-CASE", |ask, _| {
        envelope(ask).flow_digest[0] ^= 1;
    }),
    ("an unregistered verdict", "TS-GUARD-FLOW", |ask, _| {
        envelope(ask).verdicts.push("whatever".to_owned());
    }),
    ("a value smuggled in", "TS-GUARD-CASE", |ask, _| {
        envelope(ask).gives.push(v1::ClassItems {
            class: 12,
            items: vec![2],
        });
    }),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_lies_gets_nothing_out_of_an_agent() {
    let mut ground = Ground::start("lying-hub").await;
    let served = ground.star.asks_served().await.expect("the agents answer");
    ground.star.kill_hub().expect("the hub is killed");
    let mut hub = FalseHub::in_place_of(ground.star.home())
        .await
        .expect("takes the hub's place");
    hub.wait_attached(&Node::ALL)
        .await
        .expect("is taken for the hub");

    let honest = overheard(&ground, &mut hub, Node::Guoguan, "GG-S01").await;
    let other = overheard(&ground, &mut hub, Node::City, "CT-S02").await;
    let mut refused = 0;
    for (n, (name, code, lie)) in LIES.iter().enumerate() {
        let mut ask = honest.clone();
        ask.query_id = format!("lie-{n}");
        lie(&mut ask, &other);
        let reply = hub.lie(Node::City, ask).await.expect(name);
        assert_eq!(code_of(&reply), Some(*code), "{name}");
        refused += 1;
    }
    // The control: what was really signed is answered even by way of this hub, and nothing more.
    let mut ask = honest.clone();
    ask.query_id = "honest".to_owned();
    let reply = hub.lie(Node::City, ask).await.expect("replies");
    assert_eq!(code_of(&reply), None);
    drop(hub);

    ground.star.start_hub().await.expect("the hub is back");
    ground
        .star
        .wait_attached(&Node::ALL)
        .await
        .expect("the agents are back");
    let log = LogBook::read(&ground.star.home().agent_log(Node::City)).expect("verifies");
    let by_guard = log
        .of_kind("refused")
        .filter(|(_, entry)| text(entry, "by") == "guard")
        .count();
    assert_eq!(by_guard, refused, "each is in the agent's own log");
    let after = ground.star.asks_served().await.expect("the agents answer");
    assert!(after[&Node::City] > served[&Node::City]);
    ground.check().await;
}

/// An honest question as the agent of `node` signed it, in the form in which a hub passes it on.
async fn overheard(ground: &Ground, hub: &mut FalseHub, node: Node, case_no: &str) -> v1::NodeAsk {
    let desk = ground.star.desk(node, "0317").expect("has a desk");
    let open = desk.open(case_no, "F05").await.expect("is open");
    let ask = Ask {
        case: open.case,
        ..Ask::default()
    };
    desk.ask(&ask).await.expect_err("this hub answers nobody");
    let request = hub.overhear().await.expect("a question was sent");
    v1::NodeAsk {
        query_id: String::new(),
        asking_node: node.id().to_owned(),
        envelope: request.envelope,
        case: request.case,
        payload: request.payload,
        deadline_ms: 5_000,
        approval: request.approval,
        left_out: Vec::new(),
        traceparent: String::new(),
    }
}

fn code_of(reply: &v1::NodeReply) -> Option<&str> {
    match reply.outcome.as_ref() {
        Some(v1::node_reply::Outcome::Refusal(refusal)) => Some(&refusal.code),
        Some(v1::node_reply::Outcome::Classes(_)) | None => None,
    }
}
