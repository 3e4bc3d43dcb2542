//! `docs/metrics.md` lists every metric of both programs, made from their registries.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use wire::registrar::Described;

use super::labels::closed;
use super::promtool::repository;

const DOCUMENT: &str = "docs/metrics.md";
const HEAD: &str = "# Metrics

Every metric of hub and agents, with what its labels may say. Written by a test from the registries
of the programs; do not edit, but run `UPDATE_GOLDEN=1 cargo test -p tests --test boards document`.

- The hub serves them at `/metrics` of `admin.listen`, an agent at `/metrics` of `api.listen`.
- Units are seconds, bytes or plain numbers; a counter ends in `_total`, a moment is in seconds
  since 1970.
- Labels come from closed sets. None of them names a person, a case or an amount.
- Series whose labels are known begin at zero, so that `rate` and `increase` see a first event.
- The text format has no exemplars: which question was slow stands in the entries of the logs, by
  its query and, where traces are on, its trace (`docs/operating.md`).
- `promtool check metrics` finds nothing in a live scrape; a test says so.
";

const COLUMNS: &str = "| metric | type | unit | labels | what it says |\n|---|---|---|---|---|\n";

/// Every metric of hub and agent.
pub(super) fn all() -> Vec<Described> {
    let hub = hub::metrics::Metrics::new().expect("are sound");
    let agent = node_agent::metrics::Metrics::new().expect("are sound");
    let mut all = [hub.described(), agent.described()].concat();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Their names.
pub(super) fn names() -> BTreeSet<String> {
    all().into_iter().map(|metric| metric.name).collect()
}

fn unit(metric: &Described) -> &'static str {
    const UNITS: [(&str, &str); 5] = [
        ("_timestamp_seconds", "s since 1970"),
        ("_seconds", "s"),
        ("_bytes", "bytes"),
        ("_ratio", "0 to 1"),
        ("_entries", "entries"),
    ];
    let name = metric.name.trim_end_matches("_total");
    let unit = UNITS.iter().find(|(ending, _)| name.ends_with(ending));
    unit.map_or("", |(_, unit)| unit)
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (title, prefix) in [("Hub", "hub_"), ("Agents", "agent_")] {
        let _ = write!(page, "\n## {title}\n\n{COLUMNS}");
        for metric in all()
            .iter()
            .filter(|metric| metric.name.starts_with(prefix))
        {
            let labels: Vec<_> = metric
                .labels
                .iter()
                .map(|label| {
                    let set = closed(&metric.name, label);
                    let set = set.unwrap_or_else(|| {
                        panic!("{}: `{label}` has no closed set in labels.rs", metric.name)
                    });
                    format!("`{label}`: {}", set.said())
                })
                .collect();
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {} | {} |",
                metric.name,
                metric.kind,
                unit(metric),
                labels.join("; "),
                metric.help
            );
        }
    }
    page
}

#[test]
fn the_list_of_metrics_is_current() {
    let (file, page) = (repository(DOCUMENT), page());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &page).expect("is written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        kept, page,
        "{DOCUMENT} is old: run this test with UPDATE_GOLDEN=1"
    );
}

#[test]
fn names_follow_the_conventions() {
    for metric in all() {
        let (name, kind) = (&metric.name, metric.kind);
        assert_eq!(
            name.ends_with("_total"),
            kind == "counter",
            "{name} is a {kind}"
        );
        if kind == "histogram" {
            assert!(name.ends_with("_seconds"), "{name} has its unit last");
        }
        for scaled in [
            "_ms", "_millis", "_minutes", "_days", "_kb", "_mb", "_percent",
        ] {
            assert!(!name.ends_with(scaled), "{name} has no base unit");
        }
        assert!(metric.help.ends_with('.'), "{name}: {}", metric.help);
    }
}
