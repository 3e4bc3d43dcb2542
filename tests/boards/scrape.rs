//! A whole star with traffic, scraped: `promtool check metrics` finds nothing, every metric of the
//! list is there, every label says what its set allows, and whatever boards and alerts name exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use catalog::Catalog;
use sandbox::showcase::Show;
use sandbox::star::{PortChoice, Star, StarOptions, Stores, lasting_day};
use sandbox::world::Node;
use wire::SystemClock;

use super::document::{all, names};
use super::grafana::{dashboards, expressions};
use super::labels::closed;
use super::promql::{Named, base, named};
use super::promtool::{assert_finds_nothing, files};

const PEOPLE: u32 = 300;
/// Series of receivers, which this star has none of; the scenarios of the export see them.
const NOT_HERE: [&str; 10] = [
    "hub_export_lag_entries",
    "hub_export_connected",
    "hub_export_messages_total",
    "hub_export_messages_cut_total",
    "hub_export_interruptions_total",
    "agent_export_lag_entries",
    "agent_export_connected",
    "agent_export_messages_total",
    "agent_export_messages_cut_total",
    "agent_export_interruptions_total",
];

/// Series of a scrape: metric, and the labels of each.
type Series = BTreeMap<String, BTreeSet<BTreeMap<String, String>>>;

async fn star() -> Star {
    let options = StarOptions {
        people: PEOPLE,
        seed: 7,
        stores: Stores::Sqlite,
        ports: PortChoice::Free,
        now: lasting_day(&SystemClock, &mut |_| {}),
    };
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("boards");
    let mut star = Star::prepare(&home, &options, &mut |_, _, _| {}).expect("is prepared");
    star.start().await.expect("the star starts");
    star
}

fn read(series: &mut Series, text: &str) {
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series_name, _) = line.rsplit_once(' ').expect("a sample has a value");
        let (name, labels) = match series_name.split_once('{') {
            Some(_) => {
                let mut found = named(series_name);
                assert_eq!(found.len(), 1, "{line}");
                let Named { metric, labels } = found.remove(0);
                (metric, labels)
            }
            None => (series_name.to_owned(), Vec::new()),
        };
        let of_name = series.entry(name).or_default();
        of_name.insert(labels.into_iter().collect());
    }
}

fn labels_are_closed(series: &Series) {
    let names = names();
    for (name, of_name) in series {
        let base = base(name, &names).unwrap_or_else(|| panic!("`{name}` is in no list"));
        for labels in of_name {
            for (label, value) in labels.iter().filter(|(label, _)| *label != "le") {
                let set = closed(base, label).expect("has a set");
                assert!(set.has(value), "{name}: `{label}` says `{value}`");
            }
        }
    }
}

/// Whether a scrape has a series with these labels; a pattern of alternatives is met by any.
fn has(series: &Series, named: &Named) -> bool {
    let Some(of_name) = series.get(&named.metric) else {
        return false;
    };
    let added = ["job", "instance", "le"];
    let wanted: Vec<_> = named
        .labels
        .iter()
        .filter(|(label, value)| !added.contains(&label.as_str()) && !value.contains(['*', '+']))
        .collect();
    of_name.iter().any(|labels| {
        wanted.iter().all(|(label, value)| {
            let own = labels.get(label).map_or("", String::as_str);
            value.split('|').any(|value| value == own)
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_star_with_traffic_shows_all_that_is_listed() {
    let mut star = star().await;
    let catalog = Catalog::builtin().expect("is sound");
    let show = Show::new(&mut star, &catalog);
    let mut lines = show.refusals().await;
    lines.push(show.unknown_code().await);
    lines.push(show.wrong_trailer().await);
    for line in lines {
        assert!(line.holds(), "{}: {:#?}", line.id, line.told);
    }
    let mut series = Series::new();
    let hub = star.hub_metrics().await.expect("the hub answers");
    assert_finds_nothing(&["check", "metrics"], &hub);
    read(&mut series, &hub);
    for node in Node::ALL {
        let agent = star.agent_metrics(node).await.expect("the agent answers");
        assert_finds_nothing(&["check", "metrics"], &agent);
        read(&mut series, &agent);
    }
    star.stop().await.expect("stops in good order");
    labels_are_closed(&series);
    let is_there = |name: &str| {
        let histogram = format!("{name}_bucket");
        series.contains_key(name) || series.contains_key(&histogram)
    };
    let missing: Vec<_> = all()
        .into_iter()
        .map(|metric| metric.name)
        .filter(|name| !is_there(name) && !NOT_HERE.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    named_things_exist(&series);
}

/// What boards and alerts look for.
fn named_things_exist(series: &Series) {
    let known = names();
    let mut looked_for = Vec::new();
    for (file, board) in dashboards() {
        let all = expressions(&board).into_iter();
        looked_for.extend(all.map(|(expr, _)| (file.clone(), expr)));
    }
    for file in files("dashboards/alerts", "yaml") {
        let text = std::fs::read_to_string(&file).expect("is readable");
        let lines = text.lines().map(str::trim);
        let exprs = lines.filter(|line| !line.starts_with(['#', 's', 'd']));
        looked_for.extend(exprs.map(|line| (file.display().to_string(), line.to_owned())));
    }
    for (file, expr) in looked_for {
        for named in named(&expr) {
            let base = base(&named.metric, &known).unwrap_or_default();
            if !NOT_HERE.contains(&base) {
                assert!(has(series, &named), "{file}: no series of {named:?}");
            }
        }
    }
}
