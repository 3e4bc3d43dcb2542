//! A real hub whose signing key is replaced, with the commands and the configuration of
//! docs/operating.md: whoever holds the old key or the new one verifies the whole log afterwards.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use audit::note::SignedCheckpoint;
use sandbox::client::fetch_bytes;
use sandbox::evidence::LogBook;
use sandbox::star::{Star, until};

use super::altered::tianshu;
use super::ground::prepared;

const SOON: Duration = Duration::from_secs(20);
const OLD: &str = "checkpoint_key = \"keys/checkpoint.p8\"\n";
const BOTH: &str = "checkpoint_key = \"keys/checkpoint.p8\"\nsuccessor_key = \"keys/successor.p8\"
successor_statement = \"keys/successor.note\"\n";
const NEW: &str = "checkpoint_key = \"keys/successor.p8\"\n";

/// Runs `tianshu` and gives what it prints.
fn said(words: &[&str]) -> String {
    let done = Command::new(tianshu()).args(words).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let wrong = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{words:?}: {said}{wrong}");
    said
}

/// Starts the hub and waits for a checkpoint over its start, signed by so many keys.
async fn started(star: &mut Star, signatures: usize) -> SignedCheckpoint {
    star.start_hub().await.expect("starts");
    let entries = LogBook::read(&star.home().hub_log()).expect("verifies");
    let size = entries.verified.entries;
    let url = format!("{}/log/checkpoint", star.home().admin_url());
    let shown = until(SOON, async || {
        let note = fetch_bytes(&url).await.ok()?;
        let read = SignedCheckpoint::parse(&note).ok()?;
        let covers = read.checkpoint.size >= size;
        (covers && read.note.signatures().len() == signatures).then_some(read)
    });
    shown.await.expect("is published")
}

fn configure(star: &Star, from: &str, to: &str) {
    let file = star.home().hub_config();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_whose_key_was_replaced_is_verified_with_either_key() {
    let mut star = prepared("rotated-key");
    started(&mut star, 1).await;
    star.kill_hub().expect("it runs");
    let keys = star.home().hub_config().with_file_name("keys");
    let file = |name: &str| text(&keys.join(name));
    // The folder may be one of an earlier run.
    for left in ["successor.p8", "successor.note"] {
        let _ = fs::remove_file(keys.join(left));
    }
    let origin = LogBook::read(&star.home().hub_log())
        .unwrap()
        .verified
        .origin;
    let (old, new) = (file("checkpoint.p8"), file("successor.p8"));
    let statement = file("successor.note");
    let mut words = vec!["audit", "rotate-key", "--origin", &origin, "--key", &old];
    words.extend(["--out", &new, "--statement", &statement]);
    let new_key = said(&words).trim().to_owned();

    configure(&star, OLD, BOTH);
    started(&mut star, 2).await;
    star.kill_hub().expect("it runs");
    // A second start within the overlap introduces nothing once more.
    let both = started(&mut star, 2).await;
    star.kill_hub().expect("it runs");
    // The policy of witnesses names both keys before the new one signs alone.
    let policy = star.home().witness_policy();
    let named = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, format!("log {new_key}\n{named}")).unwrap();
    configure(&star, BOTH, NEW);
    let alone = started(&mut star, 1).await;
    assert!(alone.checkpoint.size > both.checkpoint.size);
    star.stop().await.expect("stops in good order");

    let log = text(&star.home().hub_log());
    let old_key = text(&star.home().log_key());
    for key in [&old_key, &new_key] {
        let said = said(&["audit", "verify", &log, "--key", key]);
        assert!(said.contains("verdict         whole"), "{said}");
        assert!(said.contains("successors      1 keys"), "{said}");
    }
    let book = LogBook::read(&star.home().hub_log()).unwrap();
    assert_eq!(book.of_kind("key-introduced").count(), 1);
}
