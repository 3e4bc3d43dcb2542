//! Module names: nouns of the domain. A name that fits any code collects any code.

use super::finding::Finding;
use super::repository::{Repository, code};

const FORBIDDEN: [&str; 7] = [
    "util", "utils", "common", "helpers", "misc", "manager", "types",
];

pub(super) fn modules(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, text) in repository.rust() {
        let path = file.strip_suffix(".rs").unwrap_or(file);
        if path.ends_with("/mod") {
            findings.push(Finding::of(
                file,
                "`foo.rs` stands beside `foo/`, not in it as `mod.rs`",
            ));
        }
        for part in path.split('/').filter(|part| FORBIDDEN.contains(part)) {
            findings.push(Finding::of(
                file,
                format!("`{part}` does not say what it is"),
            ));
        }
        for (line, name) in code(text).filter_map(|(line, text)| Some((line, inline(text)?))) {
            if FORBIDDEN.contains(&name) {
                findings.push(Finding::at(
                    file,
                    line,
                    format!("`{name}` does not say what it is"),
                ));
            }
        }
    }
    findings
}

/// The name of a module that begins on this line and not in a file of its own.
fn inline(line: &str) -> Option<&str> {
    let line = line.trim().strip_suffix('{')?.trim_end();
    let (visibility, name) = line.rsplit_once("mod ")?;
    (visibility.is_empty() || visibility.starts_with("pub")).then_some(name)
}

#[test]
fn names_that_say_nothing_are_found_wherever_they_stand() {
    let found = modules(&Repository::of(&[
        ("hub/src/broker.rs", "mod tests {\n}\nmod nodes;\n"),
        ("hub/src/util.rs", ""),
        ("hub/src/nodes/mod.rs", ""),
        ("hub/src/common/case.rs", ""),
        (
            "hub/src/call.rs",
            "//! Call.\npub(crate) mod helpers {\n}\n// mod misc {\n",
        ),
        ("hub/src/utility.rs", ""),
    ]));
    let files: Vec<_> = found.iter().map(|finding| finding.file.as_str()).collect();
    let expected = [
        "hub/src/call.rs",
        "hub/src/common/case.rs",
        "hub/src/nodes/mod.rs",
        "hub/src/util.rs",
    ];
    assert_eq!(files, expected);
    assert_eq!(found[0].line, Some(2));
}
