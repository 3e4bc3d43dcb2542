//! On record before it is asked, on record before it is answered: a real star whose processes are
//! watched while questions cross it. Every sync is held back for a moment after it is done, so that
//! whoever does not wait for it is seen to go ahead.

mod swapped;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use sandbox::evidence::LogBook;
use sandbox::star::Star;
use sandbox::world::Node;

use super::ground::{Question, prepared, process_of, put, quiet};
use super::order::{Committed, Connection, Events, Passed, Rule};
use super::trace::{self, Call, Watch};

/// Every call that can move bytes to a file or a connection, take them from one, or make them
/// durable; in full and in hex.
const RULES: [&str; 7] = [
    "-xx",
    "-s",
    "70000",
    "-e",
    "trace=fsync,fdatasync,sync_file_range,msync,write,writev,pwrite64,pwritev,pwritev2,sendto,\
     sendmsg,sendmmsg,sendfile,splice,copy_file_range,read,readv,recvfrom,recvmsg,recvmmsg,\
     io_uring_enter",
    "-e",
    "inject=fdatasync:delay_exit=20000",
];

/// Asked before anything is watched, so that the connections are made.
const WARM_UP: [Question; 2] = [
    (Node::City, "CT-S02", "F05"),
    (Node::Guoguan, "GG-S01", "F05"),
];
/// Watched, one after the other.
const WATCHED: [Question; 5] = [
    (Node::City, "CT-S02", "F05"),
    (Node::Guoguan, "GG-S01", "F05"),
    (Node::City, "CT-S11", "F19"),
    (Node::City, "CT-S13", "F05"),
    (Node::Guoguan, "GG-S03", "F05"),
];

/// One process of the star as strace saw it.
struct Witnessed {
    log: PathBuf,
    calls: Vec<Call>,
}

impl Witnessed {
    fn events(&self) -> Result<Events, String> {
        Events::read(&self.calls, &self.log.display().to_string())
    }
}

/// The whole star as strace saw it.
struct Testimony {
    hub: Witnessed,
    agents: BTreeMap<Node, Witnessed>,
    /// Where the hub listens.
    hub_port: u16,
    /// Which node is at the other end of each of the hub's connections, as the nodes' own traces
    /// say.
    links: BTreeMap<u16, Node>,
    /// The queries of the watched questions.
    queries: BTreeSet<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_asked_or_answered_before_it_is_on_disk() {
    let seen = witnessed().await;
    let asked = hold_at_hub(&seen.hub, &seen.links).expect("the hub kept the order");
    let everybody = || Node::ALL.into_iter().collect::<BTreeSet<_>>();
    let expected = seen
        .queries
        .iter()
        .map(|query| (query.clone(), everybody()));
    assert_eq!(
        asked,
        expected.collect(),
        "every node was asked every question"
    );
    let mut answered = BTreeSet::new();
    for (node, agent) in &seen.agents {
        let held = hold_at_agent(agent, seen.hub_port).expect("the agent kept the order");
        assert_eq!(held.served, seen.queries, "{}", node.id());
        answered.extend(held.answered);
    }
    assert_eq!(answered, seen.queries, "each was answered at its counter");
    swapped::are_found(&seen);
}

/// Runs the star, watches all of it while the questions are asked, and stops it.
async fn witnessed() -> Testimony {
    let mut star = prepared("star");
    // A witness answers the hub on the same streams as questions are answered, and nothing that it
    // says is an answer: what is watched here are questions.
    star.without_witnesses().expect("is written");
    star.start().await.expect("the star starts");
    quiet(&star).await;
    for question in WARM_UP {
        ask(&star, question).await;
    }
    let home = star.home();
    let hub_port = home.link().port();
    let mut processes = vec![("hub", home.hub_config(), home.hub_log())];
    for node in Node::ALL {
        processes.push((node.id(), home.agent_config(node), home.agent_log(node)));
    }
    let rules = RULES.map(str::to_owned);
    let mut watches = Vec::new();
    for (name, config, log) in processes {
        let output = home.dir().join(format!("{name}.trace"));
        let watch = Watch::attach(process_of(&config), &output, &rules);
        watches.push((name, watch, output, log));
    }
    let mut queries = BTreeSet::new();
    for question in WATCHED {
        queries.insert(ask(&star, question).await);
    }
    let mut all: BTreeMap<&str, Witnessed> = BTreeMap::new();
    for (name, mut watch, output, log) in watches {
        watch.end();
        let text = std::fs::read_to_string(&output).expect("there is a trace");
        let calls = trace::read(&text);
        all.insert(name, Witnessed { log, calls });
    }
    star.stop().await.expect("everything stops in good order");
    for witnessed in all.values() {
        LogBook::read(&witnessed.log).expect("the log verifies");
    }
    let hub = all.remove("hub").unwrap();
    let agents = Node::ALL.map(|node| (node, all.remove(node.id()).unwrap()));
    let agents = BTreeMap::from(agents);
    let links = links_of(&agents);
    Testimony {
        hub,
        agents,
        hub_port,
        links,
        queries,
    }
}

async fn ask(star: &Star, question: Question) -> String {
    put(star, question).await.expect("is answered").query
}

fn links_of(agents: &BTreeMap<Node, Witnessed>) -> BTreeMap<u16, Node> {
    let mut links = BTreeMap::new();
    for (node, agent) in agents {
        let events = agent.events().expect("the trace can be read");
        links.extend(
            events
                .connections()
                .into_iter()
                .map(|(c, _)| (c.own, *node)),
        );
    }
    links
}

/// The hub's connections: those that nodes ask on, where a question comes in first, and those that
/// nodes are asked on.
fn sides(events: &Events) -> (Vec<Connection>, Vec<Connection>) {
    let (asking, answering): (Vec<_>, Vec<_>) = events
        .connections()
        .into_iter()
        .partition(|(_, inward)| *inward);
    let alone = |of: Vec<(Connection, bool)>| of.into_iter().map(|(c, _)| c).collect();
    (alone(asking), alone(answering))
}

/// By query the nodes that were asked after its decision was durable; everything that left the hub
/// was held against the rules.
fn hold_at_hub(
    hub: &Witnessed,
    links: &BTreeMap<u16, Node>,
) -> Result<BTreeMap<String, BTreeSet<Node>>, String> {
    let events = hub.events()?;
    let (asking, answering) = sides(&events);
    let questions = events.hold(Rule {
        name: "a question",
        out: &answering,
        trigger: &asking,
        kinds: &["decision"],
    })?;
    let answers = events.hold(Rule {
        name: "an answer",
        out: &asking,
        trigger: &answering,
        kinds: &["outcome"],
    })?;
    let mut asked: BTreeMap<String, BTreeSet<Node>> = BTreeMap::new();
    for (sent, decision) in questions {
        let node = links
            .get(&sent.connection.other)
            .ok_or("nobody's connection")?;
        let nodes = decision.entry["asked"].as_array().ok_or("asks nobody")?;
        if !nodes.iter().any(|name| name == node.id()) {
            return Err(format!(
                "{} was asked and the entry does not say so",
                node.id()
            ));
        }
        asked
            .entry(decision.text("query").to_owned())
            .or_default()
            .insert(*node);
    }
    let answered: BTreeSet<_> = answers
        .iter()
        .map(|(_, outcome)| outcome.text("query"))
        .collect();
    if !answered.into_iter().eq(asked.keys()) {
        return Err("not every question was answered".to_owned());
    }
    Ok(asked)
}

/// What an agent let go after its own entry was durable, by query.
struct Held {
    /// Replies to the hub.
    served: BTreeSet<String>,
    /// Answers at its counters.
    answered: BTreeSet<String>,
}

fn hold_at_agent(agent: &Witnessed, hub_port: u16) -> Result<Held, String> {
    let events = agent.events()?;
    // What somebody else began: the hub's questions, and what the counters want. The other
    // connections are those that the agent asks on.
    let begun: Vec<_> = events
        .connections()
        .into_iter()
        .filter(|(_, inward)| *inward)
        .collect();
    let (links, counters): (Vec<_>, Vec<_>) = begun
        .into_iter()
        .map(|(c, _)| c)
        .partition(|c| c.other == hub_port);
    let replies = events.hold(Rule {
        name: "a reply to the hub",
        out: &links,
        trigger: &links,
        kinds: &["served"],
    })?;
    let answers = events.hold(Rule {
        name: "an answer at the counter",
        out: &counters,
        trigger: &counters,
        kinds: &["case-opened", "answered"],
    })?;
    let queries = |let_go: Vec<(Passed, &Committed)>, kind: &str| {
        let entries = let_go.into_iter().map(|(_, entry)| entry);
        let of_kind = entries.filter(|entry| entry.text("kind") == kind);
        of_kind
            .map(|entry| entry.text("query").to_owned())
            .collect()
    };
    Ok(Held {
        served: queries(replies, "served"),
        answered: queries(answers, "answered"),
    })
}
