//! The star that the tests stand on: prepared in a folder of its own, quiet before it is watched,
//! asked through a counter, its processes found by their configuration.

use std::collections::BTreeMap;
use std::path::Path;

use sandbox::client::{Answer, Ask, CallError};
use sandbox::metrics::sum;
use sandbox::star::{PortChoice, READY_WAIT, Star, StarOptions, Stores, lasting_day, until};
use sandbox::world::Node;
use wire::SystemClock;

/// Streams that an agent keeps when its configuration names no other number.
const STREAMS: u64 = 2;

/// A question: who asks, from which case and flow.
pub(super) type Question = (Node, &'static str, &'static str);

/// A star in a folder of its own, not started yet.
pub(super) fn prepared(name: &str) -> Star {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("durability")
        .join(name);
    let options = StarOptions {
        people: 300,
        seed: 7,
        stores: Stores::Sqlite,
        ports: PortChoice::Free,
        now: lasting_day(&SystemClock, &mut |_| {}),
    };
    Star::prepare(&folder, &options, &mut |_, _, _| {}).expect("is prepared")
}

/// Waits until every stream of every agent is attached, each of which is an entry of the log.
pub(super) async fn quiet(star: &Star) {
    let all = until(READY_WAIT, async || {
        let metrics = star.hub_metrics().await.ok()?;
        let links = |node: &Node| sum(&metrics, "hub_node_links", &[("node", node.id())]);
        Node::ALL
            .iter()
            .all(|node| links(node) == STREAMS)
            .then_some(())
    });
    all.await.expect("all streams are attached");
}

/// Opens the case and puts the question.
pub(super) async fn put(star: &Star, (node, case_no, flow): Question) -> Result<Answer, CallError> {
    let desk = star.desk(node, "0317").expect("has a desk");
    let open = desk.open(case_no, flow).await?;
    let wants = BTreeMap::from([("04".to_owned(), vec!["grzhzt".to_owned()])]);
    let ask = Ask {
        case: open.case,
        wants: Some(wants),
        ..Ask::default()
    };
    desk.ask(&ask).await
}

/// The process that was started with this configuration file.
pub(super) fn process_of(config: &Path) -> u32 {
    let config = config.display().to_string();
    let all = std::fs::read_dir("/proc").unwrap().map_while(Result::ok);
    let mut found = all.filter_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let words = std::fs::read(entry.path().join("cmdline")).ok()?;
        let named = words
            .split(|byte| *byte == 0)
            .any(|word| word == config.as_bytes());
        named.then_some(pid)
    });
    found.next().expect("it runs")
}
