//! The pages of the catalog over the catalog and rules that are delivered.

use catalog::Catalog;
use dashboards::catalog::CatalogDesk;

use crate::broker::tests::fixture::{Setup, Star};
use crate::config::Candidates;
use crate::desk::bench::{desk, desk_with, viewer};

#[tokio::test]
async fn everything_is_there_and_found_by_number_code_and_name() {
    let star = Star::new(Setup::default());
    let bench = desk(&star);
    let all = bench.desk.catalog("");
    assert_eq!(all.classes.len(), 14);
    assert_eq!(
        all.classes.iter().map(|class| class.items).sum::<usize>(),
        220
    );
    assert!(all.found.is_none());
    for query in ["04-08", "GRZHZT", "grzhzt", "个人账户状态"] {
        let found = bench.desk.catalog(query).found.expect("was looked for");
        assert!(found.iter().any(|item| item.number == "04-08"), "{query}");
    }
    let many = bench.desk.catalog("0");
    assert!(many.is_cut);
    assert_eq!(
        bench
            .desk
            .catalog("没有这样的")
            .found
            .map(|found| found.len()),
        Some(0)
    );
    for class in &all.classes {
        let shown = CatalogDesk::class(&*bench.desk, &class.number).expect("is there");
        for row in &shown.items {
            let item = bench.desk.item(&row.number).expect("is there");
            assert_eq!(item.class.number, class.number);
            assert_eq!(
                item.row.kind.starts_with("code"),
                item.set.is_some(),
                "{}",
                row.number
            );
        }
    }
    let status = bench.desk.item("04-08").expect("is there");
    let opening = status.flows.iter().find(|one| one.flow == "F05");
    assert!(
        opening
            .expect("F05 asks for it")
            .how
            .en
            .contains("asked for")
    );
    assert!(bench.desk.item("04").is_none());
    assert!(CatalogDesk::class(&*bench.desk, "99").is_none());
}

#[tokio::test]
async fn a_candidate_is_compared_and_a_broken_one_is_named() {
    let star = Star::new(Setup::default());
    let none = desk(&star).desk.versions(&viewer()).await.expect("is told");
    assert!(none.candidate.is_none());
    let folder = tempfile::tempdir().expect("a folder");
    for source in Catalog::builtin_sources() {
        let file = folder.path().join(source.name);
        std::fs::create_dir_all(file.parent().expect("has one")).expect("is made");
        let text = match source.name {
            "catalog.toml" => source.text.replace("2026.1", "2026.2"),
            "code-sets/personal-account-status.toml" => {
                format!(
                    "{}\n[[entry]]\ncode = \"77\"\nlabel = \"新\"\n",
                    source.text
                )
            }
            _ => source.text.to_owned(),
        };
        std::fs::write(file, text).expect("is written");
    }
    let candidates = Candidates {
        catalog: Some(folder.path().to_owned()),
        ..Candidates::default()
    };
    let bench = desk_with(&star, candidates);
    let shown = bench.desk.versions(&viewer()).await.expect("is told");
    let candidate = shown.candidate.expect("is there").expect("is sound");
    assert_eq!(candidate.label.version, "2026.2");
    let [change] = &candidate.changes[..] else {
        panic!("{:?}", candidate.changes);
    };
    assert_eq!((&*change.kind, change.weight), ("code-added", "widening"));
    std::fs::write(folder.path().join("catalog.toml"), "version = 7\n").expect("is written");
    let shown = bench.desk.versions(&viewer()).await.expect("is told");
    shown.candidate.expect("is there").expect_err("is broken");
}
