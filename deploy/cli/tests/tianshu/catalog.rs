//! `tianshu catalog`.

use super::{done, run};

#[test]
fn the_summary_counts_what_the_catalogue_holds() {
    let catalog = catalog::Catalog::builtin().unwrap();
    let out = done(&["catalog", "summary"]);
    assert!(out.contains("classes   14\nitems     220\n"), "{out}");
    assert!(out.contains(&format!("digest    {}\n", catalog.digest())));
    let sum: usize = catalog
        .classes()
        .iter()
        .map(|class| class.items.len())
        .sum();
    let listed: usize = out
        .lines()
        .filter_map(|line| line.split_once(" items  "))
        .filter_map(|(left, _)| left.split_whitespace().last()?.parse::<usize>().ok())
        .sum();
    assert_eq!(listed, sum);
}

#[test]
fn a_class_is_shown_by_number_and_by_code() {
    let by_number = done(&["catalog", "show", "04"]);
    assert_eq!(by_number, done(&["catalog", "show", "personal-account"]));
    let catalog = catalog::Catalog::builtin().unwrap();
    let class = catalog.class_by_code("personal-account").unwrap();
    for item in &class.items {
        let line = by_number
            .lines()
            .find(|line| line.starts_with(&item.no.to_string()));
        let line = line.expect("a line for every item");
        assert!(
            line.contains(&item.code) && line.contains(&item.zh),
            "{line}"
        );
    }
    let refused = run(&["catalog", "show", "15"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert_eq!(refused.err, "tianshu: the catalogue has no class `15`\n");
}

#[test]
fn the_export_is_the_schema() {
    let out = done(&["catalog", "export", "--format", "json-schema"]);
    let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(schema["$defs"].as_object().unwrap().len(), 16);
    assert_eq!(run(&["catalog", "export", "--format", "xml"]).code, 2);
}
