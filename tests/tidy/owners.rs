//! Which files may name which big library. One owner keeps its traps in one place and lets it be
//! replaced. Tests may name what they test against.

use super::finding::Finding;
use super::repository::{Repository, code, has_word, is_test};

/// A library by its name in code, and what the paths of its owners begin with.
const OWNERS: [(&str, &[&str]); 11] = [
    ("sled", &["audit/src/index"]),
    (
        "rustls",
        &[
            "wire/src/tls",
            "deploy/sandbox/",
            "node-agent/src/translate/http",
        ],
    ),
    (
        "hyper_rustls",
        &["node-agent/src/translate/http", "deploy/sandbox/"],
    ),
    ("quick_xml", &["node-agent/src/translate/soap"]),
    ("odbc_api", &["node-agent/src/translate/odbc"]),
    ("cel", &["node-agent/src/translate/expression"]),
    ("tokio_rustls", &["wire/src/tls", "deploy/sandbox/"]),
    ("cedar_policy", &["policies/src/"]),
    ("governor", &["hub/src/api/staff/attendance"]),
    (
        "sqlx",
        &[
            "node-agent/src/translate/sql",
            "node-agent/src/translate/postgres",
            "node-agent/src/translate/mysql",
            // It fills the database that it measures, as tests do.
            "node-agent/benches",
            "deploy/sandbox/src/world",
        ],
    ),
    ("openssl", &[]),
];

pub(super) fn uses(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, text) in repository.rust().filter(|(file, _)| !is_test(file)) {
        for (library, owners) in OWNERS {
            if owners.iter().any(|owner| file.starts_with(owner)) {
                continue;
            }
            let used = code(text).find(|(_, line)| names(line, library));
            if let Some((line, _)) = used {
                let said = format!("names `{library}`, which belongs to {owners:?}");
                findings.push(Finding::at(file, line, said));
            }
        }
    }
    findings
}

/// Whether a line of code uses a library: a path that begins with it, or an import of it.
fn names(line: &str, library: &str) -> bool {
    let path = line.contains(&format!("{library}::")) && has_word(line, library);
    let import = line.trim_start().strip_prefix("use ").is_some_and(|rest| {
        has_word(rest, library) && rest.trim_start_matches("::").starts_with(library)
    });
    path || import
}

#[test]
fn a_library_outside_its_owner_is_found() {
    let found = uses(&Repository::of(&[
        ("audit/src/index/store.rs", "use sled::Db;"),
        (
            "audit/src/journal.rs",
            "// not sled::Db\nlet db: sled::Db = x;",
        ),
        ("hub/src/api.rs", "use sqlx;"),
        (
            "hub/src/app.rs",
            "use wire::tls::Rustls; let sqlx = 1; // a bobsled::x",
        ),
        (
            "wire/src/tls/server.rs",
            "use rustls::ServerConfig; use tokio_rustls::TlsAcceptor;",
        ),
        ("wire/src/limits.rs", "use tokio_rustls::TlsAcceptor;"),
        ("wire/tests/wire.rs", "use rustls::ServerConfig;"),
    ]));
    let places: Vec<_> = found.iter().map(|at| (at.file.as_str(), at.line)).collect();
    let expected = [
        ("audit/src/journal.rs", Some(2)),
        ("hub/src/api.rs", Some(1)),
        ("wire/src/limits.rs", Some(1)),
    ];
    assert_eq!(places, expected);
}

#[test]
fn every_owner_is_there() {
    let repository = Repository::read();
    for (library, owners) in OWNERS {
        let kept = owners.iter().any(|owner| {
            repository
                .under(owner, ".rs")
                .any(|(_, text)| code(text).any(|(_, line)| names(line, library)))
        });
        assert!(
            kept || owners.is_empty(),
            "no owner of `{library}` names it; mend the table"
        );
    }
}
