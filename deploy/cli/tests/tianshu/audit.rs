//! `tianshu audit`, over logs written by the real writer and damaged by hand.

use std::fs;
use std::path::Path;

use audit::{Journal, JournalConfig, Receipt, leaf_hash};
use tempfile::TempDir;

use super::{done, run};

async fn log(dir: &Path, entries: &[&str]) -> Vec<Receipt> {
    let (journal, _) = Journal::open(&JournalConfig::new(dir, "hub-1")).unwrap();
    let mut receipts = Vec::new();
    for entry in entries {
        receipts.push(journal.append(entry.as_bytes().to_vec()).await.unwrap());
    }
    journal.close().unwrap();
    receipts
}

fn receipts_file(dir: &Path, receipts: &[Receipt]) -> String {
    let file = dir.join("receipts.jsonl");
    let lines: Vec<_> = receipts
        .iter()
        .map(|receipt| serde_json::to_string(receipt).unwrap())
        .collect();
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    file.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_whole_log_verifies_with_its_receipts() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("audit");
    let receipts = log(&folder, &[r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#]).await;
    let folder = folder.to_str().unwrap();
    let out = done(&["audit", "verify", folder]);
    for said in [
        "log             hub-1\n",
        "entries         3\n",
        "verdict         whole\n",
    ] {
        assert!(out.contains(said), "{out}");
    }
    let file = receipts_file(dir.path(), &receipts);
    let out = done(&["audit", "verify", folder, "--receipts", &file]);
    assert!(out.contains("receipts        3, all honoured\n"), "{out}");
}

#[tokio::test]
async fn a_receipt_that_the_log_does_not_honour_is_named() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("audit");
    let mut receipts = log(&folder, &["one", "two"]).await;
    receipts[1].leaf_hash = leaf_hash(b"another");
    let file = receipts_file(dir.path(), &receipts);
    let ran = run(&[
        "audit",
        "verify",
        folder.to_str().unwrap(),
        "--receipts",
        &file,
    ]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("entry 1 is not the one that the receipt was given for"),
        "{ran:?}"
    );

    fs::write(&file, "{}\n").unwrap();
    let ran = run(&[
        "audit",
        "verify",
        folder.to_str().unwrap(),
        "--receipts",
        &file,
    ]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("line 1: no receipt"), "{ran:?}");
}

#[tokio::test]
async fn an_altered_byte_is_named() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("audit");
    log(&folder, &[r#"{"amount":100}"#, "two"]).await;
    let mut altered = 0;
    for entry in walk(&folder) {
        let bytes = fs::read(&entry).unwrap();
        if let Some(at) = bytes.windows(6).position(|six| six == b"amount") {
            let mut bytes = bytes;
            bytes[at] ^= 1;
            fs::write(&entry, bytes).unwrap();
            altered += 1;
        }
    }
    assert_eq!(altered, 1);
    let ran = run(&["audit", "verify", folder.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("verdict         DAMAGED\nfault "),
        "{ran:?}"
    );
    assert_eq!(run(&["audit", "show", folder.to_str().unwrap()]).code, 1);
}

/// Another exit code than damage, and no verdict: the path may be mistyped.
#[test]
fn a_place_without_a_log_cannot_be_read() {
    let dir = TempDir::new().unwrap();
    let none = dir.path().to_str().unwrap();
    for args in [
        vec!["verify"],
        vec!["show"],
        vec!["search"],
        vec!["stats"],
        vec!["reconcile", "--agent", none, "--hub"],
    ] {
        for (place, said) in [(none, "there is no log in"), ("/nonexist", "/nonexist`")] {
            let ran = run(&[&["audit"], args.as_slice(), &[place]].concat());
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {ran:?}");
            assert!(ran.err.contains(said), "{args:?}: {ran:?}");
        }
    }
    let ran = run(&["audit", "verify", "/nonexist"]);
    assert!(
        ran.err.starts_with("tianshu: `/nonexist` cannot be read: "),
        "{ran:?}"
    );
}

#[tokio::test]
async fn entries_are_shown_one_a_line() {
    let dir = TempDir::new().unwrap();
    let entries = [r#"{"a":1}"#, "two\nlines \u{1b}[31m", "{\"城\":3}", "four"];
    log(dir.path(), &entries).await;
    let folder = dir.path().to_str().unwrap();
    let line = |index: usize, text: &str| {
        format!("{index} {} {text}\n", leaf_hash(entries[index].as_bytes()))
    };
    let all = [
        line(0, entries[0]),
        line(1, "two\\u{a}lines \\u{1b}[31m"),
        line(2, entries[2]),
        line(3, entries[3]),
    ];
    assert_eq!(done(&["audit", "show", folder]), all.concat());
    assert_eq!(
        done(&["audit", "show", folder, "--from", "1", "--limit", "2"]),
        all[1..3].concat()
    );
    assert_eq!(done(&["audit", "show", folder, "--index", "3"]), all[3]);
    let ran = run(&["audit", "show", folder, "--index", "4"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        ran.err,
        "tianshu: the log has 4 entries and none with index 4\n"
    );
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path))
        } else {
            files.push(path)
        }
    }
    files
}
