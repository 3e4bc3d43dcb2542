//! A hub gone mad, with the hub's real certificate: it floods an agent with questions as fast as
//! they leave, then with probes, and then reads nothing of what it is told. The agent takes in what
//! its own limits allow, says so, answers its own local systems as before, and stays within a bound
//! of memory.

use std::time::{Duration, Instant};

use catalog::Catalog;
use sandbox::client::Desk;
use sandbox::metrics::sum;
use sandbox::rogue::{FalseHub, Forgery, Thief};
use sandbox::star::until;
use sandbox::world::{Node, sample};
use wire::{Clock as _, SystemClock, v1};

use super::ground::Ground;
use super::wire_floods::{pid_of, resident_kb};

/// Questions of one flood, far more than any agent takes in meanwhile.
const QUESTIONS: usize = 40_000;
const FLOOD_LIMIT: Duration = Duration::from_secs(10);
/// The local interface answers within this meanwhile.
const LOCAL_WITHIN: Duration = Duration::from_secs(2);
const GROWTH_KB_MAX: u64 = 96 * 1024;
/// An agent leaves a hub that has read nothing for twenty seconds, looks once a second, and waits
/// at most two before it dials.
const LEFT_WITHIN: Duration = Duration::from_secs(27);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_bears_a_hub_gone_mad() {
    let mut ground = Ground::start("mad-hub").await;
    let thief = Thief::robbing(ground.star.home(), Node::Guoguan).expect("robs 国管");
    let honest = question(&thief);
    let pid = pid_of(&ground.star.home().agent_config(Node::City));
    ground.star.kill_hub().expect("the hub is killed");
    let hub = FalseHub::in_place_of(ground.star.home()).await;
    let hub = hub.expect("takes the hub's place");
    hub.wait_attached(&[Node::City])
        .await
        .expect("is taken for the hub");
    let desk = ground.star.desk(Node::City, "0101").expect("has a desk");
    answers(&hub, &honest, "before").await;
    let before = resident_kb(pid);

    flood_of_questions(&ground, &hub, &honest, &desk, (pid, before)).await;
    flood_of_probes(&hub, &honest, &desk, (pid, before)).await;

    let attached = hub.attached(Node::City);
    hub.deafen(true);
    let begun = Instant::now();
    let left = async {
        hub.flood(Node::City, asks(&honest, "deaf"), FLOOD_LIMIT)
            .await;
        let left = until(LEFT_WITHIN, async || {
            (hub.attached(Node::City) > attached).then_some(())
        });
        left.await.expect("the agent leaves and comes back");
        begun.elapsed()
    };
    let (left, slowest, worst) = meanwhile(&desk, pid, left).await;
    println!(
        "it left a hub that does not read after {left:?}; its desk waited {slowest:?}; {} kB more",
        worst.saturating_sub(before)
    );
    assert_borne(slowest, before, worst);
    hub.deafen(false);
    answers(&hub, &honest, "healed").await;
    drop(hub);

    ground.star.start_hub().await.expect("the hub is back");
    let back = ground.star.wait_attached(&Node::ALL).await;
    back.expect("the agents are back");
    ground.check().await;
}

/// The agent's process, and what it held before.
type Held = (u32, u64);

async fn flood_of_questions(
    ground: &Ground,
    hub: &FalseHub,
    honest: &v1::NodeAsk,
    desk: &Desk,
    (pid, before): Held,
) {
    let flood = hub.flood(Node::City, asks(honest, "flood"), FLOOD_LIMIT);
    let (taken, slowest, worst) = meanwhile(desk, pid, flood).await;
    answers(hub, honest, "after").await;
    let (replies, busy) = hub.replies();
    let metrics = ground
        .star
        .agent_metrics(Node::City)
        .await
        .expect("the agent answers");
    let shed = sum(&metrics, "agent_asks_shed_total", &[]);
    println!(
        "it read {taken} questions, shed {shed}, said {replies} times something and {busy} times \
         that it is busy; its desk waited {slowest:?}; {} kB more",
        worst.saturating_sub(before)
    );
    assert!(taken > 10_000 && shed > 0 && busy > 0);
    assert_borne(slowest, before, worst);
}

async fn flood_of_probes(hub: &FalseHub, honest: &v1::NodeAsk, desk: &Desk, (pid, before): Held) {
    let probes = u32::try_from(QUESTIONS).expect("is small");
    let probed = hub.flood_probes(Node::City, probes, FLOOD_LIMIT);
    let (taken, slowest, worst) = meanwhile(desk, pid, probed).await;
    answers(hub, honest, "probed").await;
    let (words, busy) = hub.words();
    println!(
        "it read {taken} probes, said {words} words and {busy} times that it is busy; its desk \
         waited {slowest:?}; {} kB more",
        worst.saturating_sub(before)
    );
    assert!(taken > 10_000 && busy > 0 && words > busy);
    // A probe that is taken in is a statement at the source.
    assert!(
        words - busy < taken / 10,
        "{words} words, {busy} of them busy"
    );
    assert_borne(slowest, before, worst);
}

fn assert_borne(slowest: Duration, before: u64, worst: u64) {
    assert!(slowest < LOCAL_WITHIN, "{slowest:?}");
    assert!(
        worst < before + GROWTH_KB_MAX,
        "{before} kB, then {worst} kB"
    );
}

/// The desk opens cases until the attack has ended: its end, the longest wait of the desk, and the
/// most that the agent held.
async fn meanwhile<T>(
    desk: &Desk,
    pid: u32,
    attack: impl Future<Output = T>,
) -> (T, Duration, u64) {
    let (mut slowest, mut worst) = (Duration::ZERO, 0);
    tokio::pin!(attack);
    loop {
        let begun = Instant::now();
        let opened = desk.open("CT-S02", "F05");
        tokio::select! {
            opened = opened => {
                opened.expect("the local interface answers");
                slowest = slowest.max(begun.elapsed());
                worst = worst.max(resident_kb(pid));
            }
            ended = &mut attack => return (ended, slowest, worst.max(resident_kb(pid))),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn asks<'a>(honest: &'a v1::NodeAsk, name: &'a str) -> impl Iterator<Item = v1::NodeAsk> + 'a {
    (0..QUESTIONS).map(move |n| v1::NodeAsk {
        query_id: format!("{name}-{n}"),
        ..honest.clone()
    })
}

/// Asked as a sane hub would, it answers; after a flood as soon as its limits allow.
async fn answers(hub: &FalseHub, honest: &v1::NodeAsk, name: &str) {
    let mut tries = 0;
    let answered = until(Duration::from_secs(10), async || {
        tries += 1;
        let ask = v1::NodeAsk {
            query_id: format!("{name}-{tries}"),
            ..honest.clone()
        };
        let reply = hub.lie(Node::City, ask).await.ok()?;
        let classes = matches!(reply.outcome, Some(v1::node_reply::Outcome::Classes(_)));
        classes.then_some(())
    });
    answered
        .await
        .unwrap_or_else(|| panic!("{name}: no answer"));
}

/// An honest question as the agent of 国管 would sign it, in the form in which a hub passes it on.
fn question(thief: &Thief) -> v1::NodeAsk {
    let catalog = Catalog::builtin().expect("the catalog is sound");
    let party = sample("S1").expect("is planted").cases[0].parties[0];
    let subject = party.subject().expect("is well formed");
    let forgery = Forgery {
        flow: "F05".into(),
        matter: "02".into(),
        case_no: "GG-S01".into(),
        operator: "0667".into(),
        parties: vec![subject.clone()],
        subject,
        wants: vec![
            catalog
                .item_named("04.grzhzt")
                .expect("is in the catalog")
                .no,
        ],
        use_no: 1,
        now: SystemClock.now(),
    };
    let request = thief.request(&forgery).expect("can be composed");
    v1::NodeAsk {
        traceparent: String::new(),
        query_id: String::new(),
        asking_node: Node::Guoguan.id().to_owned(),
        envelope: request.envelope,
        case: request.case,
        payload: request.payload,
        deadline_ms: 5_000,
        approval: None,
        left_out: Vec::new(),
    }
}
