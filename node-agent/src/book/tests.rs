//! The agent's own log: durable when written, found again by question, never going back in time.

pub(crate) mod erasing;
mod full_disk;

use std::sync::Arc;

use tempfile::TempDir;
use time::Duration;
use wire::ManualClock;

use super::*;
use crate::tests::center::{NOW, open_book};

/// All entries of a log, oldest first.
pub(crate) fn entries(book: &Book) -> Vec<serde_json::Value> {
    let read = |index| serde_json::from_slice(&book.journal.read(index).unwrap()).unwrap();
    (0..book.size()).map(read).collect()
}

fn refused(query: &str) -> Entry {
    Entry::Refused(Refused {
        query: query.into(),
        code: "TS-GUARD-CASE".into(),
        by: "guard".into(),
        node: "guoguan".into(),
        case_no: String::new(),
        flow: "F05".into(),
        operator: String::new(),
        rule: String::new(),
    })
}

#[tokio::test]
async fn an_entry_is_on_disk_when_its_receipt_is_there() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = open_book(dir.path(), "city", &clock);
    let receipt = book.write(refused("q-1")).await.unwrap();
    // Nothing is closed or flushed first: this is what a crash would leave.
    let verified = audit::verify::verify_receipt(dir.path(), &receipt).unwrap();
    assert_eq!((receipt.log.as_str(), receipt.index), ("city", 0));
    let other = audit::Receipt {
        leaf_hash: audit::leaf_hash(b"other"),
        ..receipt
    };
    assert!(audit::verify::verify_receipt(dir.path(), &other).is_err());
    drop(verified);
}

#[tokio::test]
async fn evidence_is_found_by_its_question_and_survives_a_lost_index() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = open_book(dir.path(), "city", &clock);
    for query in ["q-1", "q-2", "", "q-1"] {
        book.write(refused(query)).await.unwrap();
    }
    let found = |book: &Book, query: &str| -> Vec<u64> {
        let pages = book.evidence(query).unwrap();
        pages.iter().map(|page| page.index).collect()
    };
    assert_eq!(found(&book, "q-1"), [0, 3]);
    assert_eq!(found(&book, "q-2"), [1]);
    for unknown in ["", "q-", "q-12", &"q".repeat(10_000)] {
        assert!(found(&book, unknown).is_empty(), "{unknown:.10}");
    }
    let page = &book.evidence("q-2").unwrap()[0];
    assert_eq!(page.entry["kind"], "refused");
    let bytes = book.journal.read(page.index).unwrap();
    assert_eq!(page.leaf_hash, audit::leaf_hash(&bytes).to_string());
    book.close().unwrap();
    drop(book);
    std::fs::remove_dir_all(dir.path().join("index")).unwrap();
    let book = open_book(dir.path(), "city", &clock);
    assert_eq!((book.size(), found(&book, "q-1")), (4, vec![0, 3]));
}

#[tokio::test]
async fn times_do_not_go_back_and_every_entry_is_salted() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = open_book(dir.path(), "city", &clock);
    for step in [0, 60, -3_600, 30] {
        clock.advance(Duration::seconds(step));
        book.write(refused("q-1")).await.unwrap();
    }
    let entries = entries(&book);
    let at: Vec<_> = entries.iter().map(|e| e["at"].as_str().unwrap()).collect();
    assert_eq!(
        at,
        [
            "2026-11-23T10:00:00+08:00",
            "2026-11-23T10:01:00+08:00",
            "2026-11-23T10:01:00+08:00",
            "2026-11-23T10:01:00+08:00",
        ]
    );
    let salts: std::collections::BTreeSet<_> = entries
        .iter()
        .map(|e| e["salt"].as_str().unwrap())
        .collect();
    assert_eq!(salts.len(), 4);
    assert!(salts.iter().all(|salt| salt.len() == 32));
}

#[tokio::test]
async fn a_closed_log_takes_nothing_and_says_so() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let book = open_book(dir.path(), "city", &clock);
    assert!(book.is_recording());
    book.close().unwrap();
    assert!(!book.is_recording());
    assert!(book.write(refused("q-1")).await.is_err());
}

#[test]
fn a_log_belongs_to_one_node_and_one_process() {
    let dir = TempDir::new().unwrap();
    let clock: Arc<ManualClock> = Arc::new(ManualClock::at(NOW));
    let book = open_book(dir.path(), "city", &clock);
    let open = |node| Book::open(dir.path(), node, 1 << 20, 64, clock.clone());
    assert!(open("city").is_err(), "it is in use");
    drop(book);
    assert!(open("tielu").is_err(), "it is another node's");
    assert!(open("city").is_ok());
}
