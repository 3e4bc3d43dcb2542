//! A hub whose log was forked or rolled back, under its own key and with its own certificate.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use audit::note::{NoteKey, NoteSigner, SignatureKind, SignedCheckpoint};
use audit::verify::visit_dir;
use audit::witness::{Caught, Offence};
use audit::{Digest, Journal, JournalConfig, Publisher};
use sandbox::client::fetch_text;
use sandbox::evidence::{LogBook, text};
use sandbox::metrics::sum;
use sandbox::star::{HUB, READY_WAIT, Star, until};
use sandbox::world::Node;

use super::super::ground::{Ground, copy_folder, program, words};
use super::{asked, has_quorum, proof, wait_quorum};

/// What the hub writes beside a log that is not believed any more.
const DISOWNED: &str = "disowned";
/// What an agent writes that has lost its trust.
const DISTRUSTED: &str = "hub-distrusted";
const SEGMENT_BYTES: u64 = 1 << 20;

fn move_folder(from: &Path, to: &Path) {
    std::fs::remove_dir_all(to).ok();
    std::fs::rename(from, to).expect("is moved");
}

fn log_key(star: &Star) -> NoteKey {
    let key = std::fs::read_to_string(star.home().log_key()).expect("has a key");
    NoteKey::parse(key.trim()).expect("is a key")
}

/// The hub's log, and beside it places for a copy and for the one that is true.
fn folders(star: &Star) -> [PathBuf; 3] {
    let log = star.home().hub_log();
    let beside = ["copy", "original"].map(|name| log.with_file_name(name));
    for folder in &beside {
        std::fs::remove_dir_all(folder).ok();
    }
    let [copy, original] = beside;
    [log, copy, original]
}

/// Lets a copy of the log grow by itself: entries that could be its own, under the hub's key.
async fn grow(star: &Star, log: &Path, entries: usize) {
    let mut first = Vec::new();
    visit_dir(
        log,
        |index, bytes| {
            if index == 0 {
                first = bytes.to_vec();
            }
        },
        |_| {},
    )
    .expect("the copy verifies");
    let mut config = JournalConfig::new(log, HUB);
    config.segment_bytes = SEGMENT_BYTES;
    let (journal, _) = Journal::open(&config).expect("opens");
    for _ in 0..entries {
        journal.append(first.clone()).await.expect("is written");
    }
    let der = std::fs::read(star.home().dir().join("hub/keys/checkpoint.p8")).expect("is there");
    let signer = NoteSigner::from_pkcs8(HUB, SignatureKind::Plain, &der).expect("is a key");
    let mut publisher = Publisher::open(&journal, signer).expect("opens");
    publisher.advance().expect("publishes");
    journal.close().expect("closes");
}

/// Waits until the hub says that it is disowned.
async fn wait_disowned(star: &Star) {
    let seen = until(READY_WAIT, async || {
        let text = star.hub_metrics().await.ok()?;
        (sum(&text, "hub_log_disowned", &[]) == 1).then_some(())
    });
    seen.await.expect("the hub is caught");
    let file = star.home().hub_log().join(DISOWNED);
    until(READY_WAIT, async || file.is_file().then_some(()))
        .await
        .expect("the log is marked");
    let page = fetch_text(&star.home().admin_url()).await.expect("a page");
    assert!(page.contains(r#"role="alert""#) && page.contains("两种历史"));
}

/// The log does not start again by itself.
fn assert_does_not_start(star: &Star) {
    let said = Command::new(program("tianshu-hub"))
        .arg("--config")
        .arg(star.home().hub_config())
        .output()
        .expect("the hub runs");
    assert_eq!(said.status.code(), Some(1), "{}", words(&said));
    assert!(words(&said).contains("another history"), "{}", words(&said));
}

/// What the agents hold as evidence; `None` while none has any.
fn all_evidence(star: &Star) -> Option<Vec<(Node, Caught)>> {
    let all = Node::ALL.map(|node| evidence(star, node).map(|caught| (node, caught)));
    let all: Vec<_> = all.into_iter().flatten().collect();
    (!all.is_empty()).then_some(all)
}

/// What an agent holds as evidence.
fn evidence(star: &Star, node: Node) -> Option<Caught> {
    let book = LogBook::read(&star.home().agent_log(node)).expect("verifies");
    let (_, entry) = book.of_kind("hub-caught").last()?;
    let note = |field| SignedCheckpoint::parse(text(entry, field).as_bytes()).expect("is signed");
    let path = entry["path"].as_array().expect("has a path").iter();
    let path = path.map(|hash| Digest::from_hex(hash.as_str().expect("is text")));
    let caught = Caught {
        offence: match text(entry, "offence") {
            "two-histories" => Offence::TwoHistories,
            "not-grown" => Offence::NotGrown,
            "older-shown" => Offence::OlderShown,
            other => panic!("{other}"),
        },
        seen: Some(note("seen")),
        shown: note("shown"),
        path: path.map(|hash| hash.expect("is a hash")).collect(),
    };
    let distrusted = entry["distrusted"] == true;
    assert_eq!(distrusted, caught.offence != Offence::OlderShown);
    Some(caught)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forked_hub_is_caught_and_nothing_goes_through_it() {
    let mut ground = Ground::start("witnessed-forked").await;
    let [log, fork, original] = folders(&ground.star);
    let star = &mut ground.star;
    asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    star.stop_hub().await.expect("stops");
    copy_folder(&log, &fork);
    star.start_hub().await.expect("starts");
    star.wait_attached(&Node::ALL).await.expect("all are back");
    let answer = asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    let last = proof(star, answer.receipts.outcome.index, 4).await;
    let last = audit::note::TlogProof::parse(&last).expect("is a proof");
    star.stop_hub().await.expect("stops");
    move_folder(&log, &original);
    let size = usize::try_from(last.checkpoint.checkpoint.size).expect("is small");
    grow(star, &fork, size).await;
    move_folder(&fork, &log);

    star.launch_hub().expect("starts");
    wait_disowned(star).await;
    let key = [log_key(star)];
    // The first witness that it met, and whoever was asked in the same second.
    let caught = until(READY_WAIT, async || all_evidence(star)).await;
    let caught = caught.expect("somebody has evidence");
    let witness = caught[0].0;
    for (node, caught) in caught {
        // Whoever has the log's public key sees two histories in it; a path from a power of two
        // holds no second root, and is evidence only beside the log itself.
        let seen = caught.seen.as_ref().expect("had seen it").checkpoint.size;
        let is_proof = caught.verify(&key).expect("both are signed by the log");
        assert_eq!(is_proof, !seen.is_power_of_two(), "{node:?}: {caught:#?}");
        assert!(star.home().agent_log(node).join(DISTRUSTED).is_file());
    }
    let refused = asked(star, witness, "GG-S01").await;
    let refused = refused.expect_err("is refused");
    let refusal = refused.refusal().expect("is a refusal");
    assert_eq!(refusal.code, "TS-HUB-DISTRUSTED");
    star.stop_hub().await.expect("stops");
    assert_does_not_start(star);

    // Somebody acts: the true log is put back, and the centers are told so.
    std::fs::remove_dir_all(&log).expect("is removed");
    move_folder(&original, &log);
    star.launch_hub().expect("starts");
    for node in Node::ALL {
        let file = star.home().agent_log(node).join(DISTRUSTED);
        let had_evidence = evidence(star, node).is_some();
        assert_eq!(std::fs::remove_file(file).is_ok(), had_evidence, "{node:?}");
    }
    star.wait_hub("ready").await.expect("is ready");
    wait_quorum(star, true).await;
    star.wait_attached(&Node::ALL).await.expect("all are back");
    let answered = until(READY_WAIT, async || {
        asked(star, Node::Guoguan, "GG-S01").await.ok()
    });
    let answer = answered.await.expect("answers again");
    proof(star, answer.receipts.outcome.index, 4).await;
    let book = LogBook::read(&star.home().agent_log(witness)).expect("verifies");
    assert_eq!(book.of_kind("hub-trusted").count(), 1, "it is on record");
    ground.hub_stopped();
    ground.hub_stopped();
    ground.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolled_back_hub_is_caught_before_it_answers_or_signs_anything() {
    let mut ground = Ground::start("witnessed-rolled-back").await;
    let [log, backup, original] = folders(&ground.star);
    let star = &mut ground.star;
    asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    star.stop_hub().await.expect("stops");
    copy_folder(&log, &backup);
    let signed = std::fs::read(backup.join("head")).expect("is there");
    star.start_hub().await.expect("starts");
    star.wait_attached(&Node::ALL).await.expect("all are back");
    let answer = asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    proof(star, answer.receipts.outcome.index, 4).await;
    star.stop_hub().await.expect("stops");
    move_folder(&log, &original);
    move_folder(&backup, &log);

    star.launch_hub().expect("starts");
    // From the first moment on every question is refused; none reaches a node.
    let refused = until(READY_WAIT, async || {
        let asked = asked(star, Node::Guoguan, "GG-S01").await;
        let refused = asked.expect_err("a rolled-back hub answers nothing");
        let code = refused.refusal().expect("is a refusal").code.clone();
        let known = [
            "TS-HUB-UNREACHABLE",
            "TS-AUDIT-UNCHECKED",
            "TS-AUDIT-FORKED",
        ];
        assert!(known.contains(&code.as_str()), "{code}");
        (code == "TS-AUDIT-FORKED").then_some(())
    });
    refused.await.expect("the hub is caught");
    wait_disowned(star).await;
    assert!(!has_quorum(star).await);
    // Nobody lost trust: an older copy is no second history.
    let caught = until(READY_WAIT, async || all_evidence(star)).await;
    let caught = caught.expect("is on record");
    assert!(
        caught
            .iter()
            .all(|(_, caught)| caught.offence == Offence::OlderShown)
    );
    star.stop_hub().await.expect("stops");
    assert_does_not_start(star);
    assert_eq!(
        std::fs::read(log.join("head")).expect("is there"),
        signed,
        "nothing was signed after the copy"
    );
    let book = LogBook::read(&log).expect("verifies");
    assert_eq!(book.of_kind("disowned").count(), 1);
    assert_eq!(book.of_kind("decision").count(), 1, "only the first one");

    std::fs::remove_dir_all(&log).expect("is removed");
    move_folder(&original, &log);
    star.start_hub().await.expect("starts");
    star.wait_attached(&Node::ALL).await.expect("all are back");
    tokio::time::sleep(Duration::from_millis(100)).await;
    asked(star, Node::Guoguan, "GG-S01").await.expect("answers");
    ground.hub_stopped();
    ground.hub_stopped();
    ground.check().await;
}
