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

/// Vetoes as their center has validated and sealed them.
fn put_sealed(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    wire::seal_file(file).unwrap();
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
    put_sealed(&vetoes, "");
    let own = home.path().join("own");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("quiet.cedar"), FORBID_LITTLE).unwrap();
    wire::seal(&own).unwrap();
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

    put_sealed(
        &vetoes,
        "[[deny]]\nflow = \"F77\"\nclas = \"04\"\nreason = \"x\"\n",
    );
    take(&sources, &rules, &center.book).await.unwrap();
    let kept = center.entries().pop().unwrap();
    assert_eq!(kept["kind"], "rules-kept");
    assert!(kept["because"].as_str().unwrap().contains("vetoes.toml"));

    put_sealed(&vetoes, "");
    // A center's own policy may only forbid.
    fs::write(own.join("wide.cedar"), PERMIT).unwrap();
    wire::seal(&own).unwrap();
    take(&sources, &rules, &center.book).await.unwrap();
    let kept = center.entries().pop().unwrap();
    assert_eq!(kept["kind"], "rules-kept");
    assert!(kept["because"].as_str().unwrap().contains("wide.cedar"));
    fs::remove_file(own.join("wide.cedar")).unwrap();
    wire::seal(&own).unwrap();

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
    put_sealed(&vetoes, text);
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
    put_sealed(sources.vetoes.as_ref().unwrap(), NO_BALANCE);
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
        put_sealed(sources.vetoes.as_ref().unwrap(), text);
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

/// An emptied file, and half of one, are sound lists that say less.
#[tokio::test]
async fn vetoes_that_were_copied_half_way_are_not_taken() {
    let two = format!("{NO_BALANCE}[[deny]]\nclass = \"03\"\nreason = \"x\"\n");
    let (center, _home, sources, rules) = vetoing(&two).await;
    let before = rules.current().vetoes_digest();
    let file = sources.vetoes.clone().unwrap();
    for half in ["", NO_BALANCE] {
        fs::write(&file, half).unwrap();
        take(&sources, &rules, &center.book).await.unwrap();
        let kept = center.entries().pop().unwrap();
        assert_eq!(kept["kind"], "rules-kept");
        assert!(kept["because"].as_str().unwrap().contains("vetoes.toml"));
        assert_eq!(rules.current().vetoes_digest(), before);
        assert!(sources.read().is_err(), "an agent would start on it");
    }
    fs::remove_file(wire::digest_beside(&file)).unwrap();
    assert!(sources.read().is_err(), "an agent would start on it");
    // A digest that comes later is seen by itself.
    let mut watches = sources.watches();
    put_sealed(&file, NO_BALANCE);
    for _ in 0..3 {
        look(&sources, &mut watches, &rules, &center.book).await;
    }
    assert_ne!(rules.current().vetoes_digest(), before);
}

#[tokio::test]
async fn half_a_folder_of_own_policies_is_not_taken() {
    let (center, home, mut sources, _) = vetoing("").await;
    let own = home.path().join("own");
    fs::create_dir(&own).unwrap();
    for name in ["one", "two"] {
        let text = FORBID_LITTLE.replace("quiet", name);
        fs::write(own.join(format!("{name}.cedar")), text).unwrap();
    }
    sources.veto_policies = Some(own.clone());
    assert!(sources.read().is_err(), "is not sealed");
    wire::seal(&own).unwrap();
    let rules = LiveRules::new(sources.read().unwrap());
    let before = rules.current().vetoes_digest();
    fs::remove_file(own.join("two.cedar")).unwrap();
    take(&sources, &rules, &center.book).await.unwrap();
    let kept = center.entries().pop().unwrap();
    assert_eq!(kept["kind"], "rules-kept");
    assert!(kept["because"].as_str().unwrap().contains("two.cedar"));
    assert_eq!(rules.current().vetoes_digest(), before);
    wire::seal(&own).unwrap();
    take(&sources, &rules, &center.book).await.unwrap();
    assert_ne!(rules.current().vetoes_digest(), before);
}
