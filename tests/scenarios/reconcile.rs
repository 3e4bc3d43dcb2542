//! Both sides' books agree after real traffic; whatever one side loses, invents or changes is named
//! by `tianshu audit reconcile`.

use std::path::{Path, PathBuf};
use std::process::Command;

use audit::verify::visit_dir;
use audit::{Journal, JournalConfig};
use catalog::Subject;
use sandbox::client::Ask;
use sandbox::evidence::{LogBook, text};
use sandbox::rogue::{Forgery, Thief};
use sandbox::world::{Node, ROSTER_CASE, sample};
use serde_json::{Value, json};
use wire::{Clock as _, SystemClock};

use super::ground::{Ground, assert_holds, copy_folder, folder, program, words};

/// More questions about one case than any flow allows.
const ASKS_MAX: usize = 100;
/// Answers that stay in a book that is cut.
const KEPT: u32 = 200;
/// Longest entry of any of the logs.
const ENTRY_BYTES_MAX: usize = 48 << 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_agree_and_what_one_side_loses_is_named() {
    let mut ground = Ground::start("reconcile").await;
    traffic(&mut ground).await;
    let logs = Logs::of(&ground);

    let running = logs.reconciled(&["--settle", "0"]);
    assert_eq!(
        running.code, 0,
        "beside the running star: {}",
        running.words
    );
    assert!(
        running.said["compared"].as_u64() > Some(500),
        "{}",
        running.words
    );
    assert_eq!(running.said["not_given"], json!({}));

    ground.restart(|_| whatever_is_lost_is_named(&logs)).await;
    a_stolen_key_leaves_no_word_in_its_owners_book(&mut ground).await;
    ground.check().await;
}

/// Questions of every sort: answered, approved, by list, refused by the hub.
async fn traffic(ground: &mut Ground) {
    for id in ["S1", "S6", "S9"] {
        assert_holds(&ground.show().sample(id).await);
    }
    let desk = ground
        .star
        .desk(Node::Guoguan, "0500")
        .expect("has a token");
    let open = desk.open(ROSTER_CASE, "F06").await.expect("is open");
    let listing = desk
        .list(&json!({ "case": open.case }))
        .await
        .expect("is begun");
    listing.rest().await.expect("comes to its end");
    // The same case again and again, until the hub finds that it is enough.
    let desk = ground.star.desk(Node::Guoguan, "0317").expect("has a desk");
    let open = desk.open("GG-S01", "F05").await.expect("is open");
    for _ in 0..ASKS_MAX {
        let ask = Ask {
            case: open.case.clone(),
            ..Ask::default()
        };
        if desk.ask(&ask).await.is_err() {
            break;
        }
    }
    let own = LogBook::read(&ground.star.home().agent_log(Node::Guoguan)).expect("verifies");
    let by_hub = own
        .of_kind("refused")
        .filter(|(_, entry)| text(entry, "by") == "hub");
    assert!(by_hub.count() > 0, "the hub refused something");
}

/// On copies of the closed logs; each meddling keeps the copy whole in itself.
fn whatever_is_lost_is_named(honest: &Logs) {
    let clean = honest.reconciled(&[]);
    assert_eq!(
        (clean.code, clean.findings().len()),
        (0, 0),
        "{}",
        clean.words
    );
    let judged_up_to = &clean.said["judged_up_to"];
    assert_eq!(*judged_up_to, Value::Null, "closed logs are judged whole");
    let query = an_exchange(honest);
    a_hub_that_meddles_is_named(honest, &query);
    an_agents_loss_is_named(honest, &query);
    damage_is_named(honest);
}

fn a_hub_that_meddles_is_named(honest: &Logs, query: &str) {
    let is_of = |entry: &Value| text(entry, "query") == query;
    let logs = honest.copied("reconcile-hub");

    // It hides one exchange behind entries that say nothing, so that all others keep their places.
    rewritten(&logs.hub, &honest.hub, |entry| {
        let mut nothing = json!({"v": 1, "salt": "00", "kind": "trust-reloaded", "taken": true});
        nothing["at"] = entry["at"].clone();
        nothing["cut"] = 0.into();
        Some(if is_of(&entry) { nothing } else { entry })
    });
    let found = logs.reconciled(&[]);
    assert_eq!(found.code, 1, "{}", found.words);
    assert!(found.are_all_of(query), "{}", found.words);
    assert!(
        found.says("the hub's book lacks the question"),
        "{}",
        found.words
    );

    // It takes it out: every later receipt is for another entry.
    rewritten(&logs.hub, &honest.hub, |entry| {
        (!is_of(&entry)).then_some(entry)
    });
    let found = logs.reconciled(&[]);
    assert!(
        found.says("which is not the hub's entry"),
        "{}",
        found.words
    );
    assert!(
        found.findings().iter().any(|(of, _)| *of == query),
        "{}",
        found.words
    );

    // It writes down more than a node gave.
    rewritten(&logs.hub, &honest.hub, |mut entry| {
        if is_of(&entry) && text(&entry, "kind") == "outcome" {
            entry["nodes"][0]["classes"][0]["records"] = 9_999.into();
        }
        Some(entry)
    });
    let found = logs.reconciled(&[]);
    assert!(found.says("the hub recorded 9999"), "{}", found.words);
    assert!(found.are_all_of(query), "{}", found.words);
}

/// The book of one is cut at its end; that of another loses one line of what it served.
fn an_agents_loss_is_named(honest: &Logs, query: &str) {
    for (node, kind) in [(Node::Guoguan, "answered"), (Node::City, "served")] {
        let logs = honest.copied("reconcile-agent");
        let mut books = logs.agents.iter().zip(&honest.agents);
        let book = books.find(|(copy, _)| copy.ends_with(node.id()));
        let (copy, own) = book.expect("is there");
        let mut seen = 0;
        rewritten(copy, own, |entry| {
            seen += u32::from(text(&entry, "kind") == kind);
            let is_lost = match node {
                Node::Guoguan => seen > KEPT,
                _ => text(&entry, "query") == query,
            };
            (!is_lost).then_some(entry)
        });
        let found = logs.reconciled(&[]);
        assert_eq!(found.code, 1, "{}", found.words);
        let named = format!("the book of {}", node.id());
        let findings = found.findings();
        let mut lacks = findings.iter().map(|(_, says)| says);
        assert!(
            lacks.any(|says| says.contains(&named) && says.contains("lacks")),
            "{}",
            found.words
        );
    }
}

fn damage_is_named(honest: &Logs) {
    let logs = honest.copied("reconcile-damaged");
    let file = logs.hub.join("journal").join(format!("{:020}.seg", 0));
    let mut bytes = std::fs::read(&file).expect("is there");
    bytes[700] ^= 1;
    std::fs::write(&file, bytes).expect("is written");
    let found = logs.reconciled(&[]);
    assert_eq!(found.code, 1);
    let faults = found.said["faults"].to_string();
    assert!(faults.contains("is damaged"), "{}", found.words);
}

/// A question that the city answered with a record.
fn an_exchange(logs: &Logs) -> String {
    let hub = LogBook::read(&logs.hub).expect("verifies");
    let outcome = hub.of_kind("outcome").find(|(_, entry)| {
        let first = &entry["nodes"][0];
        first["node"] == "city" && first["classes"][0]["records"].as_u64() > Some(0)
    });
    text(outcome.expect("somebody was found").1, "query").to_owned()
}

/// Whoever steals a center's keys asks past its agent; the center's own book knows nothing of it,
/// neither of what the hub answered nor of what it refused, whatever else the agent refuses by
/// itself meanwhile.
async fn a_stolen_key_leaves_no_word_in_its_owners_book(ground: &mut Ground) {
    let thief = Thief::robbing(ground.star.home(), Node::Guoguan).expect("robs 国管");
    let person = |id: &str| {
        let party = sample(id).expect("is planted").cases[0].parties[0];
        party.subject().expect("is well formed")
    };
    let (subject, stranger) = (person("S6"), person("S1"));
    let catalog = catalog::Catalog::builtin().expect("the catalog is sound");
    let request = |item: &str, operator: &str, about: &Subject| {
        let request = thief.request(&Forgery {
            flow: "F05".into(),
            matter: "02".into(),
            case_no: "GG-S06".into(),
            operator: operator.into(),
            parties: vec![subject.clone()],
            subject: about.clone(),
            wants: vec![catalog.item_named(item).expect("is there").no],
            use_no: 1,
            now: SystemClock.now(),
        });
        request.expect("can be composed")
    };
    let desk = ground.star.desk(Node::Guoguan, "0317").expect("has a desk");
    let answer = thief.ask(request("04.grzhzt", "0667", &subject)).await;
    answer.expect("is connected").expect("is answered");
    let refusals = [
        ("08.jkhtbh", "0667", &subject),
        ("04.grzhzt", "0666", &stranger),
        ("04.grzhzt", "0666", &stranger),
        ("04.grzhzt", "0317", &stranger),
    ];
    for (item, operator, about) in refusals {
        let refusal = thief.ask(request(item, operator, about)).await;
        refusal.expect("is connected").expect_err("is refused");
        let open = desk.open("GG-NONE", "F05").await;
        open.expect_err("there is no such case, and the agent says so by itself");
    }
    let found = Logs::of(ground).reconciled(&["--settle", "0"]);
    assert_eq!(found.code, 1, "{}", found.words);
    let mut findings: Vec<_> = found.findings().iter().map(|(_, says)| *says).collect();
    findings.sort_unstable();
    let not_the_subject = "the book of guoguan lacks the refusal TS-CASE-SUBJECT";
    let expected = [
        not_the_subject,
        not_the_subject,
        not_the_subject,
        "the book of guoguan lacks the refusal TS-CLASS-OUTSIDE-FLOW",
        "the hub answered; the book of guoguan lacks it",
    ];
    assert_eq!(findings, expected, "{}", found.words);
    let explained = found.said["explained"].to_string();
    assert!(!explained.contains("did not wait"), "{}", found.words);
}

/// The logs of a star.
struct Logs {
    hub: PathBuf,
    agents: Vec<PathBuf>,
}

impl Logs {
    fn of(ground: &Ground) -> Self {
        let home = ground.star.home();
        Self {
            hub: home.hub_log(),
            agents: Node::ALL.iter().map(|node| home.agent_log(*node)).collect(),
        }
    }

    /// Copies to meddle with, in folders named after their nodes.
    fn copied(&self, name: &str) -> Self {
        let to = folder(name);
        let _ = std::fs::remove_dir_all(&to);
        let copy = |from: &Path, name: &str| {
            let to = to.join(name);
            copy_folder(from, &to);
            to
        };
        Self {
            hub: copy(&self.hub, "hub"),
            agents: self
                .agents
                .iter()
                .zip(Node::ALL)
                .map(|(from, node)| copy(from, node.id()))
                .collect(),
        }
    }

    fn reconciled(&self, more: &[&str]) -> Reconciled {
        let mut command = Command::new(program("tianshu"));
        command
            .args(["audit", "reconcile", "--json", "--hub"])
            .arg(&self.hub);
        for agent in &self.agents {
            command.arg("--agent").arg(agent);
        }
        let ended = command.args(more).output().expect("the program runs");
        Reconciled {
            code: ended.status.code().expect("ends by itself"),
            said: serde_json::from_slice(&ended.stdout).unwrap_or(Value::Null),
            words: words(&ended),
        }
    }
}

struct Reconciled {
    code: i32,
    said: Value,
    words: String,
}

impl Reconciled {
    /// Question and finding.
    fn findings(&self) -> Vec<(&str, &str)> {
        let findings = self.said["findings"].as_array().expect("is a list");
        let pairs = findings.iter();
        pairs
            .map(|remark| (text(remark, "query"), text(remark, "says")))
            .collect()
    }

    fn are_all_of(&self, query: &str) -> bool {
        self.findings().iter().all(|(of, _)| *of == query)
    }

    fn says(&self, words: &str) -> bool {
        self.findings().iter().any(|(_, says)| says.contains(words))
    }
}

/// Writes a log anew, whole in itself, from what is left of another.
fn rewritten(to: &Path, from: &Path, mut keep: impl FnMut(Value) -> Option<Value>) {
    let mut entries = Vec::new();
    let take = |_, bytes: &[u8]| {
        let entry: Value = serde_json::from_slice(bytes).expect("is an entry");
        match keep(entry.clone()) {
            // As it stood: its leaf hash must stay what it was.
            Some(kept) if kept == entry => entries.push(bytes.to_vec()),
            Some(changed) => entries.push(serde_json::to_vec(&changed).expect("is JSON")),
            None => {}
        }
    };
    let origin = visit_dir(from, take, |_| {}).expect("verifies").origin;
    std::fs::remove_dir_all(to).expect("is removed");
    let mut config = JournalConfig::new(to, origin);
    (config.entry_bytes_max, config.segment_bytes) = (ENTRY_BYTES_MAX, 4 << 20);
    let (journal, _) = Journal::open(&config).expect("opens");
    tokio::task::block_in_place(|| {
        let runtime = tokio::runtime::Handle::current();
        for entry in entries {
            runtime.block_on(journal.append(entry)).expect("is written");
        }
    });
    journal.close().expect("closes");
}
