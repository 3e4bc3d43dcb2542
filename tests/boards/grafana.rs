//! Grafana dashboards: they load without edits as far as that can be told without a Grafana, which
//! neither Debian nor npm has: schema, sources, panels that do not lie over each other, units, axes
//! from zero; expressions that `promtool` parses; metrics and labels that exist.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::document::all;
use super::promql::{base, grouped, named, shown};
use super::promtool::{assert_finds_nothing, files, promtool};

const BOARDS: &str = "dashboards/grafana";
/// Width of Grafana's grid.
const COLUMNS: u64 = 24;
/// What Grafana puts in an expression, and what stands for it here.
const VARIABLES: [(&str, &str); 4] = [
    ("$__rate_interval", "5m"),
    ("$__range", "1h"),
    ("$hub", ".*"),
    ("$node", ".*"),
];
/// Labels that Prometheus or its configuration adds, and those of a histogram.
const ADDED: [&str; 5] = ["instance", "job", "node", "le", "alertname"];

/// A dashboard and its file's name.
pub(super) fn dashboards() -> Vec<(String, Value)> {
    let files = files(BOARDS, "json").into_iter();
    files
        .map(|file| {
            let text = std::fs::read_to_string(&file).expect("is readable");
            let board = serde_json::from_str(&text).expect("is JSON");
            (file.display().to_string(), board)
        })
        .collect()
}

fn panels(board: &Value) -> impl Iterator<Item = &Value> {
    list(&board["panels"]).filter(|panel| panel["type"] != "row")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Every expression of a dashboard as `promtool` reads it, with its legend.
pub(super) fn expressions(board: &Value) -> Vec<(String, String)> {
    let targets = panels(board).flat_map(|panel| list(&panel["targets"]));
    let notes = list(&board["annotations"]["list"]).filter(|note| note.get("expr").is_some());
    let mut all: Vec<_> = targets
        .map(|target| (text(&target["expr"]), text(&target["legendFormat"])))
        .collect();
    all.extend(notes.map(|note| (text(&note["expr"]), text(&note["titleFormat"]))));
    all.into_iter()
        .map(|(expr, legend)| {
            let mut expr = expr.to_owned();
            for (variable, value) in VARIABLES {
                expr = expr.replace(variable, value);
            }
            (expr, legend.to_owned())
        })
        .collect()
}

#[test]
fn dashboards_are_whole() {
    let mut uids = BTreeSet::new();
    for (file, board) in dashboards() {
        assert!(uids.insert(text(&board["uid"]).to_owned()), "{file}: uid");
        assert!(text(&board["uid"]).starts_with("tianshu-"), "{file}: uid");
        assert!(!text(&board["title"]).is_empty(), "{file}: title");
        assert!(
            board["schemaVersion"].as_u64() >= Some(36),
            "{file}: schema"
        );
        assert!(board.get("__inputs").is_none(), "{file}: asks for an edit");
        assert!(
            board.get("id").is_none(),
            "{file}: has the id of some Grafana"
        );
        let first = &board["templating"]["list"][0];
        assert_eq!(first["type"], "datasource", "{file}: source");
        assert_eq!(first["name"], "source", "{file}: source");
        let mut ids = BTreeSet::new();
        let mut covered = BTreeSet::new();
        for panel in panels(&board) {
            let place = format!("{file}: panel {}", panel["title"]);
            assert!(
                ids.insert(panel["id"].as_u64().expect("has an id")),
                "{place}: id"
            );
            panel_is_whole(&place, panel);
            for cell in cells(panel) {
                assert!(cell.0 < COLUMNS, "{place} is off the grid");
                assert!(covered.insert(cell), "{place} lies over another");
            }
        }
        assert!(!ids.is_empty(), "{file} has panels");
    }
    assert!(uids.len() >= 4);
}

fn cells(panel: &Value) -> Vec<(u64, u64)> {
    let side = |name: &str| panel["gridPos"][name].as_u64().expect("has its place");
    let (x, y, w, h) = (side("x"), side("y"), side("w"), side("h"));
    (x..x + w)
        .flat_map(|x| (y..y + h).map(move |y| (x, y)))
        .collect()
}

fn panel_is_whole(place: &str, panel: &Value) {
    assert!(!text(&panel["title"]).is_empty(), "{place}: title");
    assert!(
        !text(&panel["description"]).is_empty(),
        "{place}: says nothing"
    );
    let defaults = &panel["fieldConfig"]["defaults"];
    assert!(!text(&defaults["unit"]).is_empty(), "{place}: unit");
    if panel["type"] == "timeseries" {
        assert_eq!(defaults["min"], 0, "{place}: its axis begins at zero");
    }
    let mut refs = BTreeSet::new();
    for target in list(&panel["targets"]) {
        assert!(refs.insert(text(&target["refId"])), "{place}: refId");
        assert_eq!(target["datasource"]["uid"], "${source}", "{place}: source");
        let legend = target.get("legendFormat").map(text);
        assert!(legend.is_some(), "{place}: legend");
        if panel["type"] == "timeseries" {
            assert_ne!(legend, Some(""), "{place}: legend");
        }
    }
    assert!(!refs.is_empty(), "{place}: asks for nothing");
}

/// The expressions as recording rules, which is how `promtool` of every version parses them.
fn recorded(expressions: &[(String, String)]) -> String {
    let mut rules = "groups:\n  - name: boards\n    rules:\n".to_owned();
    for (index, (expr, _)) in expressions.iter().enumerate() {
        let quoted = serde_json::to_string(expr).expect("is text");
        let _ = writeln!(
            rules,
            "      - record: board:{index}\n        expr: {quoted}"
        );
    }
    rules
}

fn parses(rules: &str) -> std::process::Output {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rules.yaml");
    std::fs::write(&file, rules).expect("is written");
    promtool(&["check", "rules", file.to_str().expect("is UTF-8")], "")
}

#[test]
fn expressions_parse() {
    for (file, board) in dashboards() {
        let said = parses(&recorded(&expressions(&board)));
        assert!(said.status.success(), "{file}: {said:?}");
    }
    let broken = [("sum by (rate(x[5m])".to_owned(), String::new())];
    assert!(
        !parses(&recorded(&broken)).status.success(),
        "promtool parses"
    );
    assert_finds_nothing(&["--version"], "");
}

#[test]
fn metrics_and_labels_of_dashboards_exist() {
    let all = all();
    let names = all.iter().map(|metric| metric.name.clone()).collect();
    for (file, board) in dashboards() {
        for (expr, legend) in expressions(&board) {
            let mut labels: BTreeSet<String> = ADDED.map(str::to_owned).into();
            let found = named(&expr);
            assert!(
                !found.is_empty(),
                "{file}: `{expr}` names no metric of ours"
            );
            for named in &found {
                let base = base(&named.metric, &names);
                let base = base.unwrap_or_else(|| panic!("{file}: no metric `{}`", named.metric));
                let metric = all.iter().find(|metric| metric.name == base);
                let own = &metric.expect("is there").labels;
                for (label, _) in &named.labels {
                    let known = own.contains(label) || ADDED.contains(&label.as_str());
                    assert!(known, "{file}: `{base}` has no label `{label}`");
                }
                labels.extend(own.iter().cloned());
            }
            for label in grouped(&expr).union(&shown(&legend)) {
                assert!(
                    labels.contains(label),
                    "{file}: `{expr}` has no label `{label}`"
                );
            }
        }
    }
}
