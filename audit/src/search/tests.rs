//! A log read from outside, whole and in part, sound and damaged.

use std::fs;

use super::*;
use crate::index::{Index, IndexKey, Keys, Order};
use crate::journal::{Journal, JournalConfig};

/// A log of many small segments.
fn log(dir: &Path, entries: u64) -> Journal {
    let config = JournalConfig {
        segment_bytes: 2048,
        entry_bytes_max: 512,
        ..JournalConfig::new(dir, "log")
    };
    let (journal, _) = Journal::open(&config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        for number in 0..entries {
            let entry = format!("entry {number}").into_bytes();
            journal.append(entry).await.unwrap();
        }
    });
    journal
}

fn shown(log: &LogReader, range: Range<u64>) -> (Vec<u64>, Result<Stretch, VerifyError>) {
    let mut indexes = Vec::new();
    let stretch = log.visit(range, |index, entry| {
        assert_eq!(entry, format!("entry {index}").as_bytes());
        indexes.push(index);
    });
    (indexes, stretch)
}

#[test]
fn a_part_is_shown_with_what_stands_around_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = log(dir.path(), 200);
    let chain = journal.chain();
    let reader = LogReader::open(dir.path()).unwrap();
    let firsts = reader.segments().to_vec();
    assert!(firsts.len() > 5, "{firsts:?}");

    let (indexes, whole) = shown(&reader, 0..u64::MAX);
    let whole = whole.unwrap();
    assert_eq!(indexes, (0..200).collect::<Vec<_>>());
    assert_eq!((whole.chain, whole.reaches_end), (chain, true));
    assert!(whole.in_use && whole.unfinished.is_none());

    let (indexes, part) = shown(&reader, firsts[2] + 1..firsts[3] + 1);
    let part = part.unwrap();
    assert_eq!(indexes, (firsts[2]..firsts[4]).collect::<Vec<_>>());
    assert_eq!((part.begin, part.end), (firsts[2], firsts[4]));
    assert!(!part.reaches_end);
    let (_, before) = shown(&reader, 0..firsts[2]);
    assert_eq!(
        before.unwrap().chain,
        part.chain_before,
        "the parts fit together"
    );

    for index in [0, 1, firsts[3], 199] {
        let entry = reader.read(index).unwrap().expect("is there");
        assert_eq!(entry, format!("entry {index}").into_bytes());
    }
    assert_eq!(reader.read(200).unwrap(), None);
}

#[test]
fn damage_a_missing_segment_and_an_unfinished_end_are_named() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 100).close().unwrap();
    let reader = LogReader::open(dir.path()).unwrap();
    let firsts = reader.segments().to_vec();
    let file = |first| dir.path().join("journal").join(format!("{first:020}.seg"));

    // A byte of an entry in the middle.
    let sound = fs::read(file(firsts[1])).unwrap();
    let mut altered = sound.clone();
    altered[545] ^= 1;
    fs::write(file(firsts[1]), &altered).unwrap();
    let (indexes, fault) = shown(&reader, 0..u64::MAX);
    assert_eq!(indexes, (0..firsts[1]).collect::<Vec<_>>());
    assert!(matches!(fault, Err(VerifyError::Damaged(_))), "{fault:?}");
    assert!(reader.read(firsts[1]).is_err());
    assert!(shown(&reader, 0..firsts[1]).1.is_ok(), "the part before it");
    fs::write(file(firsts[1]), &sound).unwrap();

    // A segment that is gone.
    fs::remove_file(file(firsts[1])).unwrap();
    let reader = LogReader::open(dir.path()).unwrap();
    let fault = shown(&reader, 0..u64::MAX).1;
    assert!(matches!(fault, Err(VerifyError::Damaged(_))), "{fault:?}");
    fs::write(file(firsts[1]), &sound).unwrap();

    // The end, as a copy of a running log has it.
    let last = *firsts.last().unwrap();
    let mut torn = fs::read(file(last)).unwrap();
    let end = torn.iter().rposition(|byte| *byte != 0).unwrap();
    torn[end - 1] ^= 1;
    fs::write(file(last), torn).unwrap();
    let stretch = shown(&LogReader::open(dir.path()).unwrap(), 0..u64::MAX).1;
    let stretch = stretch.unwrap();
    assert!(stretch.unfinished.is_some() && !stretch.in_use);
    assert!(LogReader::open(&dir.path().join("journal")).is_err());
}

/// Catching up again and again, from a log that grows, is the same as indexing it once.
#[test]
fn an_index_follows_a_log_from_outside_without_counting_twice() {
    let dir = tempfile::tempdir().unwrap();
    let keys_of = |_: &[u8], keys: &mut Keys<'_>| keys.add(&["all"]);
    let index = Index::open(&dir.path().join("index")).unwrap();
    let log_dir = dir.path().join("log");
    for upto in [30, 60, 60, 90] {
        log(
            &log_dir,
            30 * u64::from(index.indexed_upto().unwrap() < upto),
        );
        let reader = LogReader::open(&log_dir).unwrap();
        let done = index.catch_up_log(&reader, &keys_of, |_| {}).unwrap();
        assert_eq!((done.upto, done.rebuilt), (upto, false));
        let all = IndexKey::new("all").unwrap();
        let found = index.lookup(&all, 0..u64::MAX, Order::OldestFirst, 1_000);
        assert_eq!(found.unwrap(), (0..upto).collect::<Vec<_>>());
    }
}
