//! What people look at must exist: the metrics that boards and alerts name, and the runbook that an
//! alert points at. Whether a board is useful is not decided here.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::repository::Repository;

const RUNBOOKS: &str = "docs/operating.md";
/// Where metrics are made, files and folders beside them, and what their names begin with.
const SOURCES: [(&str, &str); 2] = [
    ("hub/src/metrics", "hub_"),
    ("node-agent/src/metrics", "agent_"),
];
/// What Prometheus appends to the name of a histogram.
const SERIES: [&str; 3] = ["_bucket", "_sum", "_count"];

/// Two files may make metrics of one program.
fn prefixes() -> Vec<&'static str> {
    let mut prefixes: Vec<_> = SOURCES.iter().map(|(_, prefix)| *prefix).collect();
    prefixes.dedup();
    prefixes
}

pub(super) fn metrics(repository: &Repository) -> Vec<Finding> {
    let mut known = BTreeSet::new();
    for (made_in, prefix) in SOURCES {
        for (_, text) in repository.under(made_in, ".rs") {
            known.extend(named(text, prefix).map(|(_, name)| name));
        }
    }
    let mut findings = Vec::new();
    for (file, text) in boards(repository) {
        if file.ends_with(".json")
            && let Err(error) = serde_json::from_str::<serde_json::Value>(text)
        {
            findings.push(Finding::at(file, error.line(), "is not JSON"));
        }
        for (line, name) in prefixes()
            .into_iter()
            .flat_map(|prefix| named(text, prefix))
        {
            let base = SERIES
                .iter()
                .find_map(|series| name.strip_suffix(series))
                .unwrap_or(name);
            if !known.contains(name) && !known.contains(base) {
                findings.push(Finding::at(
                    file,
                    line,
                    format!("no metric is called `{name}`"),
                ));
            }
        }
    }
    findings
}

fn boards(repository: &Repository) -> impl Iterator<Item = (&str, &str)> {
    let grafana = repository.under("dashboards/grafana/", ".json");
    grafana.chain(repository.under("dashboards/alerts/", ".yaml"))
}

/// Line and name of every metric with this prefix in a text.
fn named<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let in_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.lines().enumerate().flat_map(move |(index, line)| {
        let names = line.split(move |letter| !in_name(letter));
        let names = names.filter(move |name| name.len() > prefix.len() && name.starts_with(prefix));
        names.map(move |name| (index + 1, name))
    })
}

pub(super) fn runbooks(repository: &Repository) -> Vec<Finding> {
    let headings = repository.text(RUNBOOKS).unwrap_or_default();
    let headings: BTreeSet<_> = headings.lines().filter_map(heading).map(anchor).collect();
    let mut findings = Vec::new();
    for (file, text) in repository.under("dashboards/alerts/", ".yaml") {
        for (line, name, link) in alerts(text) {
            let expected = format!("{RUNBOOKS}#{}", anchor(name));
            if link != Some(expected.as_str()) {
                findings.push(Finding::at(
                    file,
                    line,
                    format!("`runbook_url` is not `{expected}`"),
                ));
            } else if !headings.contains(&anchor(name)) {
                let said = format!("{RUNBOOKS} has no heading `{name}`");
                findings.push(Finding::at(file, line, said));
            }
        }
    }
    findings
}

/// Line, name and runbook of every alert of a rule file.
fn alerts(text: &str) -> Vec<(usize, &str, Option<&str>)> {
    let mut alerts: Vec<(usize, &str, Option<&str>)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(name) = line.trim_start().strip_prefix("- alert:") {
            alerts.push((index + 1, name.trim(), None));
        } else if let Some(link) = line.trim_start().strip_prefix("runbook_url:")
            && let Some(alert) = alerts.last_mut()
        {
            alert.2 = Some(link.trim());
        }
    }
    alerts
}

fn heading(line: &str) -> Option<&str> {
    line.starts_with('#')
        .then(|| line.trim_start_matches('#').trim())
}

/// The anchor that a forge makes of a heading.
fn anchor(heading: &str) -> String {
    let letters = heading.to_lowercase();
    let letters = letters
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    letters
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

#[cfg(test)]
fn made_up(alert: &str) -> Repository {
    Repository::of(&[
        (
            "hub/src/metrics.rs",
            "latency(\"hub_ask_seconds\", \"Time.\"), gauge(\"hub_in_flight\"",
        ),
        (
            "docs/operating.md",
            "# Operating\n\n## When an alert fires\n\n### Hub down\n",
        ),
        (
            "dashboards/grafana/star.json",
            r#"{"expr": "rate(hub_ask_seconds_bucket[5m])"}"#,
        ),
        ("dashboards/alerts/hub.yaml", alert),
    ])
}

#[test]
fn a_metric_that_nobody_makes_is_found() {
    assert!(
        metrics(&made_up(
            "expr: hub_in_flight > 1 and hub_ask_seconds_count > 1"
        ))
        .is_empty()
    );
    let found = metrics(&made_up("expr: sum(hub_in_flights)\nexpr: agent_x_total"));
    let lines: Vec<_> = found.iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [Some(1), Some(2)]);
}

#[test]
fn an_alert_without_its_heading_is_found() {
    let whole = "- alert: Hub down\n  annotations:\n    runbook_url: docs/operating.md#hub-down\n";
    assert!(runbooks(&made_up(whole)).is_empty());
    assert_eq!(
        runbooks(&made_up("- alert: Hub down\n")).len(),
        1,
        "no link"
    );
    assert_eq!(
        runbooks(&made_up(&whole.replace("#hub-down", "#hub"))).len(),
        1,
        "other link"
    );
    let other = whole
        .replace("Hub down", "Hub slow")
        .replace("#hub-down", "#hub-slow");
    assert_eq!(runbooks(&made_up(&other)).len(), 1, "no heading");
}

#[test]
fn there_are_boards_and_alerts_to_check() {
    let repository = Repository::read();
    assert!(boards(&repository).any(|(file, _)| file.ends_with(".json")));
    let all = repository.under("dashboards/alerts/", ".yaml");
    assert!(all.map(|(_, text)| alerts(text).len()).sum::<usize>() >= 4);
}
