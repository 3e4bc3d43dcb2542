//! Changed files against the rules of a center.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::{LiveRules, RuleSources, look, take};
use crate::tests::center::Center;

/// Copies the delivered rules into a folder, as an operator would begin.
fn delivered(folder: &Path) {
    for file in policies::RuleFiles::builtin().all() {
        let to = folder.join(&file.name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, &file.text).unwrap();
    }
    wire::seal(folder).unwrap();
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
    let home = tempfile::tempdir().unwrap();
    let vetoes = home.path().join("vetoes.toml");
    fs::write(&vetoes, "").unwrap();
    let own = home.path().join("own");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("quiet.cedar"), FORBID_LITTLE).unwrap();
    let sources = RuleSources {
        node: "city".to_owned(),
        rules: Some(folder.path().to_owned()),
        vetoes: Some(vetoes.clone()),
        veto_policies: Some(own.clone()),
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
    let kept = center.entries().pop().unwrap();
    assert_eq!(kept["kind"], "rules-kept", "the folder is not sealed anew");
    assert!(kept["because"].as_str().unwrap().contains("F05.toml"));
    wire::seal(folder.path()).unwrap();
    take(&sources, &rules, &center.book).await.unwrap();
    let changed = center.entries().pop().unwrap();
    assert_eq!(changed["kind"], "rules-changed");
    assert_eq!(changed["from"], before.to_string());
    assert_eq!(changed["vetoes_from"], changed["vetoes_to"]);
    assert_eq!(changed["vetoes_to"].as_str().unwrap().len(), 64);
    let now = rules.current();
    let flow = "F05".parse().unwrap();
    assert_eq!(now.flows().flow(&flow).unwrap().asks_per_case, 19);
    assert_eq!(now.guard().flows().flow(&flow).unwrap().asks_per_case, 19);
}

/// A center with one file of vetoes, and the set that it starts with.
async fn vetoing(text: &str) -> (Center, tempfile::TempDir, RuleSources, LiveRules) {
    let center = Center::new("city").await;
    let home = tempfile::tempdir().unwrap();
    let vetoes = home.path().join("vetoes.toml");
    fs::write(&vetoes, text).unwrap();
    let sources = RuleSources {
        node: "city".to_owned(),
        rules: None,
        vetoes: Some(vetoes),
        veto_policies: None,
        catalog: Arc::clone(&center.catalog),
        trust: Arc::clone(&center.trust),
    };
    let rules = LiveRules::new(sources.read().unwrap());
    (center, home, sources, rules)
}

const NO_BALANCE: &str = "[[deny]]\nitem = \"04.grzhye\"\nreason = \"当面核实\"\n";

#[tokio::test]
async fn a_change_of_vetoes_alone_is_on_record_with_both_digests() {
    let (center, _home, sources, rules) = vetoing("").await;
    assert_eq!(rules.current().vetoes_digest(), "");
    fs::write(sources.vetoes.as_ref().unwrap(), NO_BALANCE).unwrap();
    take(&sources, &rules, &center.book).await.unwrap();
    let changed = center.entries().pop().unwrap();
    assert_eq!(changed["kind"], "rules-changed");
    assert_eq!(changed["from"], changed["to"]);
    assert_eq!(changed["vetoes_from"], "");
    assert_eq!(changed["vetoes_to"], rules.current().vetoes_digest());
    assert_eq!(rules.current().vetoes_digest().len(), 64);
}

/// No record, no rules; and the next look tries again.
#[tokio::test]
async fn a_change_that_cannot_be_recorded_is_looked_at_again() {
    for text in [NO_BALANCE, "[[deny]]\nbroken = true\n"] {
        let (center, _home, sources, rules) = vetoing("").await;
        let mut watches = sources.watches();
        fs::write(sources.vetoes.as_ref().unwrap(), text).unwrap();
        center.book.close().unwrap();
        for _ in 0..3 {
            look(&sources, &mut watches, &rules, &center.book).await;
        }
        assert_eq!(rules.current().vetoes_digest(), "", "is not used");
        assert!(
            watches[0].has_changed_and_rests(),
            "would never be read again"
        );
    }
}
