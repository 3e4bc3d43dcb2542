//! Which metrics of ours an expression names, and by which labels; not more of the language than
//! that. What is no PromQL at all is found by `promtool`.

use std::collections::BTreeSet;

/// What the names of our metrics begin with.
const PREFIXES: [&str; 2] = ["hub_", "agent_"];
/// What Prometheus appends to the name of a histogram.
const SERIES: [&str; 3] = ["_bucket", "_sum", "_count"];

/// A metric with the labels that stand in its braces.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub(super) metric: String,
    /// Label and the values that are looked for.
    pub(super) labels: Vec<(String, String)>,
}

/// Every metric of ours in an expression.
pub(super) fn named(expr: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let mut rest = expr;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        let word = &rest[start..];
        let end = word
            .find(|letter: char| !in_name(letter))
            .unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        rest = after;
        if let Some(text) = after.strip_prefix('"') {
            rest = text;
        }
        if !PREFIXES.iter().any(|prefix| word.starts_with(prefix)) {
            continue;
        }
        let mut labels = Vec::new();
        if let Some(inner) = after.strip_prefix('{') {
            let (inner, after) = inner.split_once('}').expect("braces are closed");
            rest = after;
            labels = matchers(inner);
        }
        found.push(Named {
            metric: word.to_owned(),
            labels,
        });
    }
    found
}

/// The name without what a histogram's series append, if `known` says that there is one.
pub(super) fn base<'a>(name: &'a str, known: &BTreeSet<String>) -> Option<&'a str> {
    if known.contains(name) {
        return Some(name);
    }
    let stripped = SERIES.iter().find_map(|series| name.strip_suffix(series))?;
    known.contains(stripped).then_some(stripped)
}

/// The labels by which something is summed, joined or written: in `by (…)` and in `{{…}}`.
pub(super) fn grouped(expr: &str) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    for word in [" by (", " on (", "by(", "without ("] {
        for part in expr.split(word).skip(1) {
            let inner = part.split(')').next().unwrap_or_default();
            labels.extend(inner.split(',').map(|label| label.trim().to_owned()));
        }
    }
    labels.retain(|label| !label.is_empty());
    labels
}

/// The labels that a legend shows.
pub(super) fn shown(legend: &str) -> BTreeSet<String> {
    let parts = legend.split("{{").skip(1);
    parts
        .filter_map(|part| Some(part.split_once("}}")?.0.trim().to_owned()))
        .collect()
}

fn matchers(inner: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    let mut rest = inner;
    while let Some(at) = rest.find(['=', '!']) {
        let label = rest[..at].trim_matches([',', ' ']).to_owned();
        let value = &rest[at..];
        let open = value.find('"').expect("a value is quoted");
        let value = &value[open + 1..];
        let close = value.find('"').expect("a value is quoted");
        labels.push((label, value[..close].to_owned()));
        rest = &value[close + 1..];
    }
    labels
}

fn in_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[test]
fn metrics_and_labels_are_read() {
    let expr = "sum by (node, to) (rate(hub_x_total{job=\"a\",code=~\"B|C\"}[5m])) / agent_y > 0";
    let found = named(expr);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].metric, "hub_x_total");
    let labels: Vec<_> = found[0]
        .labels
        .iter()
        .map(|(label, _)| label.as_str())
        .collect();
    assert_eq!(labels, ["job", "code"]);
    assert_eq!(found[0].labels[1].1, "B|C");
    assert_eq!(found[1].metric, "agent_y");
    assert_eq!(grouped(expr), ["node", "to"].map(str::to_owned).into());
    assert_eq!(shown("{{node}}: {{ to }}"), grouped(expr));
}
