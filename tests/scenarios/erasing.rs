//! Values beside the agents' logs: either side shows single ones with proof; two officers have them
//! erased through the running agent, on record, and the log verifies as before.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use sandbox::evidence::{LogBook, text};
use sandbox::world::Node;
use serde_json::{Value, json};

use super::ground::{Ground, assert_holds, folder, program, words};

const BASIS: &str = "PIPL-47-2026-11";

/// The program `tianshu`: how it ended, and what it said.
fn tianshu(args: &[&dyn AsRef<OsStr>]) -> (i32, String) {
    let mut command = Command::new(program("tianshu"));
    let ended = command.args(args).output().expect("the program runs");
    let code = ended.status.code().expect("ends by itself");
    (code, words(&ended))
}

struct Site {
    log: PathBuf,
    key: PathBuf,
    home: PathBuf,
}

impl Site {
    fn of(ground: &Ground, node: Node) -> Self {
        let home = ground.star.home();
        Self {
            log: home.agent_log(node),
            key: home.node(node).join("keys/side.key"),
            home: folder("erasing-files").join(node.id()),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        std::fs::create_dir_all(&self.home).expect("is made");
        self.home.join(name)
    }

    /// Shows values of an entry, into a file.
    fn disclosed(&self, index: u64, fields: &[&str], name: &str) -> (i32, String, PathBuf) {
        let out = self.file(name);
        let _ = std::fs::remove_file(&out);
        let index = index.to_string();
        let mut args: Vec<&dyn AsRef<OsStr>> = vec![
            &"audit",
            &"disclose",
            &self.log,
            &"--index",
            &index,
            &"--key",
            &self.key,
            &"--out",
            &out,
        ];
        for field in fields {
            args.push(&"--field");
            args.push(field);
        }
        let (code, said) = tianshu(&args);
        (code, said, out)
    }
}

fn json_of(file: &Path) -> Value {
    let bytes = std::fs::read(file).expect("is written");
    serde_json::from_slice(&bytes).expect("is JSON")
}

/// Value of each field that is shown.
fn values(file: &Path) -> Vec<(String, String)> {
    let shown = json_of(file);
    let fields = shown["fields"].as_array().expect("is a list");
    let pair = |field: &Value| {
        (
            text(field, "field").to_owned(),
            text(field, "value").to_owned(),
        )
    };
    fields.iter().map(pair).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_are_shown_with_proof_and_erased_on_record() {
    let mut ground = Ground::start("erasing").await;
    for id in ["S1", "S6"] {
        assert_holds(&ground.show().sample(id).await);
    }
    let (city, guoguan) = (
        Site::of(&ground, Node::City),
        Site::of(&ground, Node::Guoguan),
    );
    let (served, answered) = an_exchange(&city, &guoguan);
    both_sides_show_the_same(&city, served, &guoguan, answered);
    let shown = a_changed_disclosure_is_named(&city, served);
    erased_by_two_officers(&ground, &city, served);

    let (code, said, _) = city.disclosed(served, &[], "again.json");
    assert_eq!(code, 1, "{said}");
    let expected = format!("erased under `{BASIS}` on ");
    assert!(said.starts_with(&expected), "{said}");
    assert!(
        said.contains("asked by legal-1, approved by legal-2"),
        "{said}"
    );
    let (code, said) = tianshu(&[&"audit", &"verify", &shown, &"--log", &city.log]);
    assert_eq!(code, 0, "an old disclosure holds its own values: {said}");
    let (code, said) = tianshu(&[&"audit", &"verify", &city.log]);
    assert_eq!(code, 0, "{said}");
    let (code, said, _) = guoguan.disclosed(answered, &["subject"], "own.json");
    assert_eq!(code, 0, "the asker's own values are the asker's: {said}");

    ground.restart(|_| {}).await;
    let book = LogBook::read(&city.log).expect("verifies");
    assert_eq!(book.of_kind("stopped").count(), 1);
    let started = book.of_kind("started").last().expect("it started").1;
    assert_eq!(started["keep_days"], 1_096);
    assert!(!text(&started["clock"], "state").is_empty());
    ground.check().await;
}

/// A question that the city answered with records, in both books.
fn an_exchange(city: &Site, guoguan: &Site) -> (u64, u64) {
    let (own, other) = (LogBook::read(&city.log), LogBook::read(&guoguan.log));
    let (own, other) = (own.expect("verifies"), other.expect("verifies"));
    let has_records = |entry: &Value| {
        let classes = entry["classes"].as_object().expect("has classes");
        text(entry, "node") == "guoguan"
            && classes
                .values()
                .any(|class| class["records"].as_u64() > Some(0))
    };
    let mut served = own.of_kind("served");
    let (at, entry) = served
        .find(|(_, entry)| has_records(entry))
        .expect("was asked");
    let answered = other.last("answered", "query", text(entry, "query"));
    (at, answered.expect("was answered"))
}

/// What the city says it said is what guoguan says it heard, value by value.
fn both_sides_show_the_same(city: &Site, served: u64, guoguan: &Site, answered: u64) {
    let (code, said, own) = city.disclosed(served, &[], "all.json");
    assert_eq!(code, 0, "{said}");
    let (code, said, other) = guoguan.disclosed(answered, &[], "all.json");
    assert_eq!(code, 0, "{said}");
    let is_citys = |(field, _): &(String, String)| field.starts_with("city/");
    let own: Vec<_> = values(&own).into_iter().filter(is_citys).collect();
    let other: Vec<_> = values(&other).into_iter().filter(is_citys).collect();
    assert!(own.len() > 3, "{} values", own.len());
    assert_eq!(own, other);
}

fn a_changed_disclosure_is_named(city: &Site, served: u64) -> PathBuf {
    let (code, said, shown) = city.disclosed(served, &["subject"], "subject.json");
    assert_eq!(code, 0, "{said}");
    assert_eq!(values(&shown).len(), 1, "no other value is in it");
    let (code, said) = tianshu(&[&"audit", &"verify", &shown]);
    assert_eq!(code, 1, "its own receipt proves nothing: {said}");
    assert!(said.contains("NOT SHOWN to be in a log"), "{said}");
    let (code, said) = tianshu(&[&"audit", &"verify", &shown, &"--log", &city.log]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("verdict         proven"), "{said}");
    let lies = [
        ("value", json!("110101190001010014")),
        ("salt", json!("00".repeat(32))),
    ];
    for (place, lie) in lies {
        let mut changed = json_of(&shown);
        changed["fields"][0][place] = lie;
        let file = city.file("changed.json");
        std::fs::write(&file, changed.to_string()).expect("is written");
        let (code, said) = tianshu(&[&"audit", &"verify", &file]);
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("`subject` is not what the entry commits to"),
            "{said}"
        );
    }
    shown
}

fn erased_by_two_officers(ground: &Ground, city: &Site, served: u64) {
    let officer = |name| ground.star.home().officer_key(Node::City, name);
    let (paper, index) = (city.file("paper.json"), served.to_string());
    let sign = || {
        let first = officer("legal-1");
        let (code, said) = tianshu(&[
            &"officer",
            &"erasure",
            &"--key",
            &first,
            &"--officer",
            &"legal-1",
            &"--approver",
            &"legal-2",
            &"--node",
            &"city",
            &"--subject-of-index",
            &index,
            &"--basis",
            &BASIS,
            &"--out",
            &paper,
        ]);
        assert_eq!(code, 0, "{said}");
    };
    let hand_over = |key: &Path| {
        let args: [&dyn AsRef<OsStr>; 8] = [
            &"audit",
            &"erase",
            &city.log,
            &"--officer-statement",
            &paper,
            &"--key",
            &key,
            &"--yes",
        ];
        tianshu(&args)
    };
    // One person twice is not two.
    for not_the_second in ["legal-1", "legal-3"] {
        sign();
        let (code, said) = hand_over(&officer(not_the_second));
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("refused: it is not signed by two officers"),
            "{said}"
        );
    }
    let erased = || {
        LogBook::read(&city.log)
            .expect("verifies")
            .of_kind("erased")
            .count()
    };
    assert_eq!(erased(), 0);
    sign();
    let (code, said) = hand_over(&officer("legal-2"));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("erased "), "{said}");
    assert_eq!(erased(), 1);
}
