//! The decisions under `docs/adr/`: numbered without a gap, all in the index, all of one shape.
//! What they say is for people.

use super::finding::Finding;
use super::repository::Repository;

const FOLDER: &str = "docs/adr/";
const INDEX: &str = "docs/adr/README.md";
const SECTIONS: [&str; 4] = ["## Status", "## Context", "## Decision", "## Consequences"];

pub(super) fn index(repository: &Repository) -> Vec<Finding> {
    let index = repository.text(INDEX).unwrap_or_default();
    let mut findings = Vec::new();
    let decisions = repository
        .under(FOLDER, ".md")
        .filter(|(file, _)| *file != INDEX);
    for (position, (file, text)) in decisions.enumerate() {
        let name = file.strip_prefix(FOLDER).unwrap_or(file);
        if !name.starts_with(&format!("{:04}-", position + 1)) {
            let said = format!(
                "should have number {:04}: no gap, no number twice",
                position + 1
            );
            findings.push(Finding::of(file, said));
        }
        if !index.contains(&format!("]({name})")) {
            findings.push(Finding::of(file, format!("is not in {INDEX}")));
        }
        for section in SECTIONS
            .iter()
            .filter(|section| !text.lines().any(|line| line == **section))
        {
            findings.push(Finding::of(file, format!("has no section `{section}`")));
        }
    }
    for (line, name) in links(index) {
        if repository.text(&format!("{FOLDER}{name}")).is_none() {
            findings.push(Finding::at(INDEX, line, format!("`{name}` does not exist")));
        }
    }
    findings
}

/// Line and target of every link to a decision.
fn links(index: &str) -> impl Iterator<Item = (usize, &str)> {
    index.lines().enumerate().filter_map(|(at, line)| {
        let (_, rest) = line.split_once("](")?;
        let (target, _) = rest.split_once(')')?;
        let numbered = target.chars().take(4).all(|letter| letter.is_ascii_digit());
        (numbered && target.ends_with(".md")).then_some((at + 1, target))
    })
}

#[test]
fn a_gap_a_missing_entry_and_a_missing_section_are_found() {
    let whole = SECTIONS.join("\n\n");
    let good = Repository::of(&[
        (INDEX, "- [one](0001-a.md)\n"),
        ("docs/adr/0001-a.md", &whole),
    ]);
    assert!(index(&good).is_empty());
    let found = index(&Repository::of(&[
        (INDEX, "- [one](0001-a.md)\n- [gone](0009-b.md)\n"),
        (
            "docs/adr/0001-a.md",
            "## Status\n\n## Context\n\n## Decision\n",
        ),
        ("docs/adr/0003-c.md", &whole),
    ]));
    let said: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[0].ends_with("`## Consequences`") && said[1].contains("number 0002"));
    assert!(said[2].contains("is not in") && said[3].starts_with("docs/adr/README.md:2:"));
}
