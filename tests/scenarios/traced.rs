//! One question through a star that is traced: its trace spans every program on the way, its id is
//! in every log, nothing personal leaves with it, and a dead collector holds up nobody.

mod receiver;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use sandbox::client::Ask;
use sandbox::evidence::{LogBook, text};
use sandbox::metrics::sum;
use sandbox::star::{Star, until};
use sandbox::world::Node;
use serde_json::Value;

use super::ground::{Ground, assert_holds};
use super::secrets::Secrets;
use receiver::{Came, Receiver};

/// Longer than spans wait for others.
const SOON: Duration = Duration::from_secs(20);
/// A question of this star takes some tenths of a second on a busy machine.
const PROMPT: Duration = Duration::from_secs(4);

/// Each name with that of the span that it is a part of.
const PARTS: [(&str, &str); 13] = [
    ("local.ask", ""),
    ("case.look_up", "local.ask"),
    ("hub.ask", "local.ask"),
    ("book.write", "local.ask"),
    ("broker.answer", "hub.ask"),
    ("admit", "broker.answer"),
    ("authorize", "broker.answer"),
    ("audit.open", "broker.answer"),
    ("node.ask", "broker.answer"),
    ("audit.seal", "broker.answer"),
    ("node.answer", "node.ask"),
    ("guard", "node.answer"),
    ("source.find", "node.answer"),
];
/// What a span or a program may say.
const ATTRIBUTES: [&str; 6] = [
    "tianshu.query",
    "tianshu.flow",
    "tianshu.node",
    "tianshu.class",
    "tianshu.connector",
    "error.type",
];

fn trace_to(star: &Star, collector: u16) {
    let nodes = Node::ALL.map(|node| star.home().agent_config(node));
    for config in nodes.iter().chain([&star.home().hub_config()]) {
        append(config, collector);
    }
}

fn append(config: &Path, collector: u16) {
    let mut text = std::fs::read_to_string(config).expect("is there");
    text.push_str(&format!(
        "\n[traces]\ncollector = \"127.0.0.1:{collector}\"\n"
    ));
    std::fs::write(config, text).expect("is written");
}

async fn ask(star: &Star) -> Value {
    let desk = star.desk(Node::City, "0301").expect("has a token");
    let open = desk.open("CT-S02", "F05").await.expect("is open");
    let ask = Ask {
        case: open.case,
        party: open.parties.first().expect("has a party").no,
        ..Ask::default()
    };
    desk.post("/v1/asks", &ask).await.expect("is answered")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_spans_the_star_and_its_id_is_in_every_log() {
    let receiver = Receiver::open().await;
    let star = Ground::prepare("traced");
    trace_to(&star, receiver.port);
    let mut ground = Ground::on(star);
    ground.star.start().await.expect("the star starts");
    let answer = ask(&ground.star).await;
    let (query, trace) = (text(&answer, "query"), text(&answer, "trace"));
    let spans = until(SOON, async || {
        let spans = receiver.spans(trace);
        let ended: BTreeSet<_> = spans.iter().map(|span| span.name.as_str()).collect();
        // Every program sends its own when it likes to.
        let of_name = |name: &str| spans.iter().filter(|span| span.name == name).count();
        let is_whole = ended.contains("local.ask")
            && ended.len() == PARTS.len()
            && of_name("node.answer") == of_name("node.ask");
        is_whole.then_some(spans)
    });
    let spans = spans.await;
    let spans = spans.unwrap_or_else(|| panic!("{:#?}", receiver.spans(trace)));
    parts_hold_together(&spans);
    let programs: BTreeSet<_> = spans.iter().map(|span| span.service.as_str()).collect();
    for program in [
        "tianshu-agent city",
        "tianshu-hub hub-1",
        "tianshu-agent guoguan",
    ] {
        assert!(programs.contains(program), "{programs:?}");
    }
    is_in_every_log(&ground.star, query, trace).await;
    for line in ground.show().refusals().await {
        assert_holds(&line);
    }
    assert_holds(&ground.show().sample("S2").await);
    a_dead_collector_holds_up_nobody(&ground.star, &receiver).await;
    Secrets::of_the_samples().assert_absent("what a collector got", &receiver.bytes());
    ground.check().await;
}

fn parts_hold_together(spans: &[Came]) {
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (&span.span, span)).collect();
    assert_eq!(by_id.len(), spans.len(), "ids are their own");
    for span in spans {
        let whole = by_id
            .get(&span.parent)
            .map_or("", |whole| whole.name.as_str());
        let part = (span.name.as_str(), whole);
        // An agent writes its log for a question of its own and for one that it answers.
        let is_part = PARTS.contains(&part) || part == ("book.write", "node.answer");
        assert!(is_part, "{part:?}");
        assert_eq!(span.parent.is_empty(), whole.is_empty(), "{span:?}");
        assert!(span.began <= span.ended, "{span:?}");
        for (key, value) in &span.said {
            assert!(ATTRIBUTES.contains(&key.as_str()), "{key}: {value}");
        }
    }
    let of_name = |name| spans.iter().filter(move |span: &&Came| span.name == name);
    assert_eq!(of_name("local.ask").count(), 1);
    let asked: BTreeSet<_> = of_name("node.ask")
        .map(|span| &span.said["tianshu.node"])
        .collect();
    let answered = of_name("node.answer").map(|span| &span.service);
    assert_eq!(
        asked.len(),
        answered.collect::<BTreeSet<_>>().len(),
        "{asked:?}"
    );
    assert!(of_name("source.find").any(|span| span.said["tianshu.connector"] == "sql"));
}

async fn is_in_every_log(star: &Star, query: &str, trace: &str) {
    assert_eq!(trace.len(), 32);
    let desk = star.desk(Node::City, "0301").expect("has a token");
    let evidence: Value = desk
        .get(&format!("/v1/evidence/{query}"))
        .await
        .expect("is there");
    let evidence = evidence.to_string();
    assert!(
        evidence.contains(&format!("\"trace\":\"{trace}\"")),
        "{evidence}"
    );
    let hub = LogBook::read(&star.home().hub_log()).expect("verifies");
    for kind in ["decision", "outcome"] {
        let mut of_query = hub
            .of_kind(kind)
            .filter(|(_, entry)| text(entry, "query") == query);
        let (_, entry) = of_query.next().expect("is on record");
        assert_eq!(text(entry, "trace"), trace, "{kind}");
    }
    let served = Node::ALL.into_iter().filter(|node| {
        let own = LogBook::read(&star.home().agent_log(*node)).expect("verifies");
        own.last("served", "trace", trace).is_some()
    });
    assert!(served.count() >= 2, "answering agents have it too");
}

async fn a_dead_collector_holds_up_nobody(star: &Star, receiver: &Receiver) {
    let spans = async |result| {
        let metrics = star.hub_metrics().await.expect("the hub answers");
        sum(&metrics, "hub_trace_spans_total", &[("result", result)])
    };
    assert!(spans("sent").await > 0);
    receiver.close();
    let begun = Instant::now();
    ask(star).await;
    assert!(begun.elapsed() < PROMPT, "nobody waits for a collector");
    let dropped = until(SOON, async || (spans("dropped").await > 0).then_some(()));
    dropped.await.expect("what is lost is counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_collector_nothing_is_traced() {
    let ground = Ground::start("untraced").await;
    let answer = ask(&ground.star).await;
    assert_eq!(answer["trace"], "", "{answer}");
    let hub = LogBook::read(&ground.star.home().hub_log()).expect("verifies");
    let mut decisions = hub.of_kind("decision");
    assert!(decisions.all(|(_, entry)| entry.get("trace").is_none()));
    ground.check().await;
}
