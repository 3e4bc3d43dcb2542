//! Alerts: `promtool` reads the rules, and each alert is shown a series that means its trouble and
//! one that does not.

mod healthy;
mod series;
mod troubles;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::document::names;
use super::promql::{base, named};
use super::promtool::{assert_finds_nothing, files, promtool, words};
use series::{LONG, SHORT, Step, Trouble};
use troubles::TROUBLES;

const RULES: &str = "dashboards/alerts";

fn rules() -> Vec<String> {
    let files = files(RULES, "yaml").into_iter();
    files.map(|file| file.display().to_string()).collect()
}

/// Every alert of the rules, and its expression.
fn alerts() -> Vec<(String, String)> {
    let mut alerts: Vec<(String, String)> = Vec::new();
    for file in rules() {
        let text = std::fs::read_to_string(file).expect("is readable");
        let mut in_expr = false;
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("- alert: ") {
                alerts.push((name.to_owned(), String::new()));
            }
            if let Some(expr) = line.strip_prefix("expr: ") {
                in_expr = true;
                if let Some((_, own)) = alerts.last_mut() {
                    own.push_str(expr.trim_start_matches(">-"));
                }
            } else if line.starts_with("for: ") || line.starts_with("labels:") {
                in_expr = false;
            } else if in_expr && let Some((_, own)) = alerts.last_mut() {
                let _ = write!(own, " {line}");
            }
        }
    }
    alerts
}

#[test]
fn promtool_reads_the_rules() {
    let rules = rules();
    let mut args = vec!["check", "rules"];
    args.extend(rules.iter().map(String::as_str));
    assert_finds_nothing(&args, "");
}

#[test]
fn alerts_name_metrics_that_exist() {
    let names = names();
    for (alert, expr) in alerts() {
        assert!(!expr.is_empty(), "{alert}");
        for named in named(&expr) {
            let known = base(&named.metric, &names);
            assert!(known.is_some(), "{alert}: `{}` is no metric", named.metric);
        }
    }
}

/// The series of a star, in one of its troubles or in none.
fn test_of(name: &str, step: Step, changes: &[(&str, &str)], expected: &[&str]) -> String {
    let mut text = format!(
        "  - name: {name}\n    interval: {}\n    input_series:\n",
        step.interval
    );
    let taken_out = |series: &str| changes.iter().any(|(own, _)| *own == series);
    let healthy = healthy::SERIES
        .iter()
        .filter(|(series, _)| !taken_out(series));
    for (series, values) in healthy.chain(changes) {
        if !values.is_empty() {
            let values = step.values(values);
            let _ = writeln!(
                text,
                "      - series: '{series}'\n        values: '{values}'"
            );
        }
    }
    let firing = "group by (alertname) (ALERTS{alertstate=\"firing\"})";
    let _ = write!(text, "    promql_expr_test:\n      - expr: {firing}\n");
    let _ = write!(
        text,
        "        eval_time: {}\n        exp_samples:",
        step.looked_at
    );
    if expected.is_empty() {
        text.push_str(" []");
    }
    for alert in expected {
        let _ = write!(
            text,
            "\n          - labels: '{{alertname=\"{alert}\"}}'\n            value: 1"
        );
    }
    text.push('\n');
    text
}

fn run(step: Step, tests: &str) -> std::process::Output {
    let mut text = format!("evaluation_interval: {}\nrule_files:\n", step.interval);
    for file in rules() {
        let _ = writeln!(text, "  - {file}");
    }
    let _ = write!(text, "tests:\n{tests}");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("test.yaml");
    std::fs::write(&file, text).expect("is written");
    promtool(&["test", "rules", path(&file)], "")
}

fn path(file: &Path) -> &str {
    file.to_str().expect("is UTF-8")
}

fn assert_passes(step: Step, tests: &str) {
    let said = run(step, tests);
    assert!(said.status.success(), "{}", words(&said));
}

#[test]
fn a_healthy_star_rings_nothing() {
    assert_passes(SHORT, &test_of("healthy", SHORT, &[], &[]));
    assert_passes(LONG, &test_of("healthy for days", LONG, &[], &[]));
}

#[test]
fn each_trouble_rings_its_alert_and_no_other() {
    for step in [SHORT, LONG] {
        let of_step = TROUBLES.iter().filter(|trouble| trouble.step == step);
        let tests: String = of_step
            .map(|Trouble { alert, changes, .. }| test_of(alert, step, changes, &[alert]))
            .collect();
        assert_passes(step, &tests);
    }
}

#[test]
fn every_alert_has_its_trouble() {
    let shown: BTreeSet<_> = TROUBLES
        .iter()
        .map(|trouble| trouble.alert.to_owned())
        .collect();
    let alerts: BTreeSet<_> = alerts().into_iter().map(|(alert, _)| alert).collect();
    assert_eq!(shown, alerts);
}

/// The test above can fail.
#[test]
fn a_trouble_that_does_not_ring_is_found() {
    let test = test_of("nothing is wrong", SHORT, &[], &["TianshuHubDown"]);
    let said = run(SHORT, &test);
    assert!(!said.status.success(), "{}", words(&said));
}
