//! The one list of exceptions. It forgives a file a rule, never a whole rule, and never twice: what
//! it forgives must still be there.

use super::finding::{Finding, Rule};

const LIST: &str = include_str!("exceptions.toml");

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default, rename = "exception")]
    exceptions: Vec<Exception>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    rule: Rule,
    file: String,
    reason: String,
}

/// Fails with every finding that is not forgiven and every forgiveness that nobody needs.
pub(super) fn hold(rule: Rule, findings: Vec<Finding>) {
    let faults = settle(LIST, rule, findings);
    assert!(
        faults.is_empty(),
        "{} fault(s):\n{}",
        faults.len(),
        faults.join("\n")
    );
}

fn settle(list: &str, rule: Rule, findings: Vec<Finding>) -> Vec<String> {
    let list: List = toml::from_str(list).expect("tests/tidy/exceptions.toml is well formed");
    let forgiven: Vec<_> = list
        .exceptions
        .iter()
        .filter(|entry| entry.rule == rule)
        .collect();
    let mut faults = Vec::new();
    for entry in &forgiven {
        if entry.reason.trim().is_empty() {
            faults.push(format!("exceptions.toml: `{}` has no reason", entry.file));
        }
        if forgiven
            .iter()
            .filter(|other| other.file == entry.file)
            .count()
            > 1
        {
            faults.push(format!("exceptions.toml: `{}` is listed twice", entry.file));
        }
        if !findings.iter().any(|finding| finding.file == entry.file) {
            faults.push(format!(
                "exceptions.toml: `{}` keeps rule {rule:?} now; take the entry out",
                entry.file
            ));
        }
    }
    let unforgiven = findings
        .iter()
        .filter(|finding| forgiven.iter().all(|entry| entry.file != finding.file))
        .map(ToString::to_string);
    faults.extend(unforgiven);
    faults
}

#[test]
fn an_exception_forgives_one_file_one_rule_and_only_while_needed() {
    let list = r#"
        [[exception]]
        rule = "length"
        file = "a.rs"
        reason = "a table"
    "#;
    let in_a = || vec![Finding::of("a.rs", "too long")];
    assert!(settle(list, Rule::Length, in_a()).is_empty());
    assert_eq!(
        settle(list, Rule::Length, vec![]).len(),
        1,
        "no longer needed"
    );
    assert_eq!(
        settle(list, Rule::Columns, in_a()),
        ["a.rs: too long"],
        "another rule"
    );
    let in_b = vec![Finding::at("b.rs", 3, "too long")];
    let faults = settle(list, Rule::Length, in_b);
    assert_eq!(faults.len(), 2, "another file, and a.rs no longer needed");
    assert_eq!(faults[1], "b.rs:3: too long");
    assert_eq!(
        settle(&list.replace("a table", " "), Rule::Length, in_a()).len(),
        1,
        "no reason"
    );
}
