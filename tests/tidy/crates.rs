//! The arrows between our own crates, and what a manifest may say for itself. Dev-dependencies are
//! free: a test may look from anywhere.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::finding::Finding;
use super::repository::Repository;

/// What each crate of ours may depend on, by package name. No arrow back; `hub` and `node-agent`
/// never name each other; `catalog`, `audit` and `dashboards` name nobody.
const ARROWS: [(&str, &[&str]); 10] = [
    ("catalog", &[]),
    ("audit", &[]),
    ("dashboards", &[]),
    ("wire", &["catalog"]),
    ("policies", &["catalog"]),
    (
        "hub",
        &["catalog", "wire", "policies", "audit", "dashboards"],
    ),
    ("node-agent", &["catalog", "wire", "policies", "audit"]),
    ("cli", &["catalog", "wire", "policies", "audit"]),
    (
        "sandbox",
        &[
            "catalog",
            "wire",
            "policies",
            "audit",
            "cli",
            "hub",
            "node-agent",
        ],
    ),
    (
        "tests",
        &[
            "catalog",
            "wire",
            "policies",
            "audit",
            "cli",
            "hub",
            "node-agent",
            "sandbox",
        ],
    ),
];

const KINDS: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

pub(super) fn arrows(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, manifest) in members(repository) {
        let name = package(&manifest);
        let Some((_, allowed)) = ARROWS.iter().find(|(own, _)| *own == name) else {
            findings.push(Finding::of(
                &file,
                format!("`{name}` has no row in the table of arrows"),
            ));
            continue;
        };
        for kind in &KINDS[..2] {
            for (dependency, _) in table(&manifest, kind) {
                let ours = ARROWS.iter().any(|(own, _)| *own == dependency);
                if ours && !allowed.contains(&dependency.as_str()) {
                    let said = format!("`{name}` may not depend on `{dependency}`");
                    findings.push(Finding::of(&file, said));
                }
            }
        }
    }
    findings
}

pub(super) fn manifests(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, manifest) in members(repository) {
        let inherited = |value: &Value| value.get("workspace") == Some(&Value::Boolean(true));
        for kind in KINDS {
            for (dependency, value) in table(&manifest, kind) {
                if !inherited(&value) {
                    let said =
                        format!("version of `{dependency}` does not come from the workspace");
                    findings.push(Finding::of(&file, said));
                }
            }
        }
        if !manifest.get("lints").is_some_and(inherited) {
            findings.push(Finding::of(&file, "lints do not come from the workspace"));
        }
    }
    findings
}

/// Path and manifest of every member of the workspace.
fn members(repository: &Repository) -> BTreeMap<String, Table> {
    let root = repository
        .text("Cargo.toml")
        .expect("the workspace has a manifest");
    let root: Table = root
        .parse()
        .expect("the workspace's manifest is well formed");
    let members = root["workspace"]["members"]
        .as_array()
        .expect("members are a list");
    let manifest = |member: &Value| {
        let file = format!(
            "{}/Cargo.toml",
            member.as_str().expect("a member is a path")
        );
        let text = repository.text(&file).expect("a member has a manifest");
        let manifest = text
            .parse()
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        (file, manifest)
    };
    members.iter().map(manifest).collect()
}

fn package(manifest: &Table) -> &str {
    manifest["package"]["name"]
        .as_str()
        .expect("a package has a name")
}

fn table(manifest: &Table, name: &str) -> Table {
    manifest
        .get(name)
        .and_then(Value::as_table)
        .cloned()
        .unwrap_or_default()
}

#[cfg(test)]
fn made_up(wire: &str) -> Repository {
    let catalog = "lints.workspace = true\n[package]\nname = \"catalog\"";
    let root = "[workspace]\nmembers = [\"catalog\", \"wire\"]";
    let wire = format!("{wire}\n[package]\nname = \"wire\"\n");
    Repository::of(&[
        ("Cargo.toml", root),
        ("catalog/Cargo.toml", catalog),
        ("wire/Cargo.toml", &wire),
    ])
}

#[test]
fn an_arrow_back_is_found_and_a_test_may_look_anywhere() {
    let along =
        "[dependencies]\ncatalog.workspace = true\n[dev-dependencies]\nhub.workspace = true";
    assert!(arrows(&made_up(along)).is_empty());
    for kind in ["dependencies", "build-dependencies"] {
        let back = format!("[{kind}]\nhub.workspace = true");
        let found = arrows(&made_up(&back));
        assert_eq!(
            found,
            [Finding::of(
                "wire/Cargo.toml",
                "`wire` may not depend on `hub`"
            )]
        );
    }
}

#[test]
fn a_version_of_its_own_is_found() {
    let inherited = "lints.workspace = true\n[dependencies]\ntoml.workspace = true";
    assert!(manifests(&made_up(inherited)).is_empty());
    assert_eq!(
        manifests(&made_up("[dependencies]\ntoml.workspace = true")).len(),
        1,
        "lints"
    );
    for own in [
        "toml = \"1\"",
        "toml = { path = \"../toml\" }",
        "toml = { workspace = false }",
    ] {
        let own = format!("lints.workspace = true\n[dev-dependencies]\n{own}");
        assert_eq!(manifests(&made_up(&own)).len(), 1, "{own}");
    }
}

#[test]
fn the_table_has_no_cycle() {
    // A crate stands below everything that it may depend on.
    for (position, (name, allowed)) in ARROWS.iter().enumerate() {
        for dependency in *allowed {
            let place = ARROWS.iter().position(|(own, _)| own == dependency);
            assert!(
                place.is_some_and(|place| place < position),
                "{name} -> {dependency}"
            );
        }
    }
}
