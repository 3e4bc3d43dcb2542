//! Changed files against the rules of a center.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::{LiveRules, RuleSources, take};
use crate::tests::center::Center;

/// Copies the delivered rules into a folder, as an operator would begin.
fn delivered(folder: &Path) {
    for file in policies::RuleFiles::builtin().all() {
        let to = folder.join(&file.name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, &file.text).unwrap();
    }
}

const FORBID_LITTLE: &str = "@id(\"quiet\")\n\
    forbid (principal, action, resource) when { context.node == \"tielu\" };\n";
const PERMIT: &str = "@id(\"wide\")\npermit (principal, action, resource);\n";

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "no `{from}`");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[tokio::test]
async fn a_fit_set_is_taken_with_its_guard_and_a_broken_one_never() {
    let center = Center::new("city").await;
    let folder = tempfile::tempdir().unwrap();
    delivered(folder.path());
    let vetoes = folder.path().join("vetoes.toml");
    fs::write(&vetoes, "").unwrap();
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("quiet.cedar"), FORBID_LITTLE).unwrap();
    let sources = RuleSources {
        node: "city".to_owned(),
        rules: Some(folder.path().to_owned()),
        vetoes: Some(vetoes.clone()),
        veto_policies: Some(folder.path().join("own")),
        catalog: Arc::clone(&center.catalog),
        trust: Arc::clone(&center.trust),
    };
    let rules = LiveRules::new(sources.read().unwrap());
    let before = *rules.current().set.digest();
    let built_in = policies::RuleSet::builtin(&center.catalog).unwrap();
    assert_eq!(before, *built_in.digest());

    fs::write(
        &vetoes,
        "[[deny]]\nflow = \"F77\"\nclas = \"04\"\nreason = \"x\"\n",
    )
    .unwrap();
    take(&sources, &rules, &center.book).await.unwrap();
    let kept = center.entries().pop().unwrap();
    assert_eq!(kept["kind"], "rules-kept");
    assert!(kept["because"].as_str().unwrap().contains("vetoes.toml"));

    fs::write(&vetoes, "").unwrap();
    // A center's own policy may only forbid.
    fs::write(own.join("wide.cedar"), PERMIT).unwrap();
    take(&sources, &rules, &center.book).await.unwrap();
    let kept = center.entries().pop().unwrap();
    assert_eq!(kept["kind"], "rules-kept");
    assert!(kept["because"].as_str().unwrap().contains("wide.cedar"));
    fs::remove_file(own.join("wide.cedar")).unwrap();

    let f05 = folder.path().join("flows/F05.toml");
    edit(&f05, "asks_per_case = 20", "asks_per_case = 19");
    take(&sources, &rules, &center.book).await.unwrap();
    let changed = center.entries().pop().unwrap();
    assert_eq!(changed["kind"], "rules-changed");
    assert_eq!(changed["from"], before.to_string());
    let now = rules.current();
    let flow = "F05".parse().unwrap();
    assert_eq!(now.flows().flow(&flow).unwrap().asks_per_case, 19);
    assert_eq!(now.guard().flows().flow(&flow).unwrap().asks_per_case, 19);
}
