//! The log as its users see it: on a real disk, under real processes, through the public face.
#![expect(
    clippy::unwrap_used,
    reason = "a step of a test that fails ends the test"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use audit::verify::{verify_dir, verify_receipt, verify_receipts, visit_dir};
use audit::{AuditError, Health, Journal, JournalConfig, Receipt, VerifyError, leaf_hash};

const ORIGIN: &str = "hub-1.tianshu.test";

fn config(dir: &Path) -> JournalConfig {
    JournalConfig {
        segment_bytes: 256 << 10,
        ..JournalConfig::new(dir, ORIGIN)
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap()
}

/// `tasks` tasks append `each` entries one after the other.
fn crowd(journal: &Journal, tasks: usize, each: usize) -> Vec<Receipt> {
    runtime().block_on(async {
        let mut set = tokio::task::JoinSet::new();
        for task in 0..tasks {
            let journal = journal.clone();
            set.spawn(async move {
                let mut receipts = Vec::new();
                for number in 0..each {
                    let entry = format!("{task} {number} {}", "-".repeat(600)).into_bytes();
                    let hash = leaf_hash(&entry);
                    let receipt = journal.append(entry).await.unwrap();
                    assert_eq!(receipt.leaf_hash, hash);
                    receipts.push(receipt);
                }
                receipts
            });
        }
        set.join_all().await.concat()
    })
}

#[test]
fn a_crowd_of_64_shares_syncs_and_every_receipt_is_honoured() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(&config(dir.path())).unwrap();
    let begun = Instant::now();
    let receipts = crowd(&journal, 64, 100);
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "64 tasks, 6400 entries of about 600 bytes: {:.0} appends/s",
        6400.0 / seconds
    );
    journal.close().unwrap();
    let indexes: BTreeSet<_> = receipts.iter().map(|receipt| receipt.index).collect();
    assert!(indexes.into_iter().eq(0..6400));
    let mut told = Vec::new();
    let verified = verify_receipts(dir.path(), &receipts, |now| told.push(now)).unwrap();
    assert_eq!((verified.entries, verified.closed), (6400, true));
    assert_eq!(
        (verified.origin.as_str(), verified.chain),
        (ORIGIN, journal.chain())
    );
    assert!(
        verified.segments >= 10 && verified.frames < 6400,
        "{verified:?}"
    );
    assert_eq!(
        told.last().map(|now| (now.segments_done, now.entries)),
        Some((verified.segments, 6400))
    );
}

#[test]
fn a_receipt_for_anything_else_is_not_honoured() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(&config(dir.path())).unwrap();
    let receipt = crowd(&journal, 1, 3).remove(1);
    journal.close().unwrap();
    verify_receipt(dir.path(), &receipt).unwrap();
    let refused = |receipt: &Receipt| verify_receipt(dir.path(), receipt).unwrap_err();
    let other_log = Receipt {
        log: "hub-2.tianshu.test".to_owned(),
        ..receipt.clone()
    };
    assert!(matches!(refused(&other_log), VerifyError::OtherLog { .. }));
    let too_far = Receipt {
        index: 3,
        ..receipt.clone()
    };
    assert!(matches!(
        refused(&too_far),
        VerifyError::EntryMissing {
            index: 3,
            entries: 3
        }
    ));
    let other_entry = Receipt {
        index: 2,
        ..receipt.clone()
    };
    assert!(matches!(
        refused(&other_entry),
        VerifyError::OtherEntry { index: 2 }
    ));
    let nothing = verify_dir(&dir.path().join("nothing"), |_| {}).unwrap_err();
    assert!(matches!(nothing, VerifyError::NoLog { .. }));
}

#[test]
fn one_writer_at_a_time_and_the_last_handle_lets_go() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(&config(dir.path())).unwrap();
    assert!(matches!(
        Journal::open(&config(dir.path())),
        Err(AuditError::Locked { .. })
    ));
    crowd(&journal, 1, 1);
    let clone = journal.clone();
    drop(journal);
    assert_eq!(clone.health(), Health::Healthy);
    drop(clone);
    let (journal, recovery) = Journal::open(&config(dir.path())).unwrap();
    assert_eq!((recovery.entries, recovery.tail_copied), (1, false));
    journal.close().unwrap();
    let (_again, _) = Journal::open(&config(dir.path())).unwrap();
}

#[test]
fn a_log_verifies_while_its_writer_is_at_work() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(&config(dir.path())).unwrap();
    crowd(&journal, 1, 1);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| crowd(&journal, 16, 100));
        let mut rounds = 0;
        while !writer.is_finished() || rounds == 0 {
            let before = journal.size();
            let verified = verify_dir(dir.path(), |_| {}).unwrap();
            assert!(verified.entries >= before && !verified.closed);
            rounds += 1;
        }
    });
    assert_eq!(verify_dir(dir.path(), |_| {}).unwrap().entries, 1601);
    let mut shown = 0;
    visit_dir(
        dir.path(),
        |index, entry| {
            assert_eq!(journal.read(index).unwrap(), entry);
            shown += 1;
        },
        |_| {},
    )
    .unwrap();
    assert_eq!(shown, 1601);
}

#[test]
fn a_flipped_byte_on_disk_is_found_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(&config(dir.path())).unwrap();
    crowd(&journal, 1, 5);
    journal.close().unwrap();
    let name = "00000000000000000000.seg";
    let path = dir.path().join("journal").join(name);
    let whole = std::fs::read(&path).unwrap();
    for at in [3, 511, 512, 600, 700, 3000, 200_000, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        std::fs::write(&path, &changed).unwrap();
        let error = verify_dir(dir.path(), |_| {}).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(&format!("`{name}` is damaged at offset ")),
            "{error}"
        );
    }
    std::fs::write(&path, &whole).unwrap();
    verify_dir(dir.path(), |_| {}).unwrap();
}

/// What the process that gets killed does: reads a folder from its input, then appends and prints
/// every receipt. Does nothing when the test runner starts it without an input.
#[test]
#[ignore = "started by `kill_9_loses_no_acknowledged_entry` as a process of its own"]
fn child_writer() {
    let mut dir = String::new();
    std::io::stdin().read_line(&mut dir).unwrap();
    if dir.trim().is_empty() {
        return;
    }
    let (journal, _) = Journal::open(&config(Path::new(dir.trim()))).unwrap();
    let generation = journal.size();
    runtime().block_on(async {
        let mut set = tokio::task::JoinSet::new();
        for task in 0..8 {
            let journal = journal.clone();
            set.spawn(async move {
                for number in 0..20_000 {
                    let entry = format!("{generation} {task} {number} {}", "+".repeat(task * 40));
                    let receipt = journal.append(entry.into_bytes()).await.unwrap();
                    let mut line = serde_json::to_string(&receipt).unwrap();
                    line.push('\n');
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
        set.join_all().await;
    });
}

#[test]
fn kill_9_loses_no_acknowledged_entry() {
    let dir = tempfile::tempdir().unwrap();
    let mut receipts: Vec<Receipt> = Vec::new();
    for kill_after in [1, 40, 300, 7, 1500] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child_writer", "--exact", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{}", dir.path().display()).unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let mut seen = 0;
        loop {
            line.clear();
            if lines.read_line(&mut line).unwrap() == 0 {
                break;
            }
            // The test runner may print its own words in front of the first receipt, and the kill
            // may cut the last one.
            let Some(json) = line
                .find('{')
                .map(|at| &line[at..])
                .filter(|j| j.ends_with('\n'))
            else {
                continue;
            };
            receipts.push(serde_json::from_str(json).unwrap());
            seen += 1;
            if seen == kill_after {
                child.kill().unwrap();
            }
        }
        assert!(!child.wait().unwrap().success());
        assert!(seen >= kill_after);
        let (journal, recovery) = Journal::open(&config(dir.path())).unwrap();
        assert!(recovery.tail_copied, "{recovery:?}");
        for receipt in &receipts {
            assert!(
                receipt.is_for(&journal.read(receipt.index).unwrap()),
                "{receipt:?}"
            );
        }
        receipts.extend(crowd(&journal, 2, 3));
        verify_receipts(dir.path(), &receipts, |_| {}).unwrap();
    }
    let verified = verify_receipts(dir.path(), &receipts, |_| {}).unwrap();
    assert!(verified.closed && verified.entries >= receipts.len() as u64);
}
