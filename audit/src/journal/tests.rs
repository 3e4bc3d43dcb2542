//! The journal under power cuts, failing disks, crowds and tampering, on a simulated disk.

mod crash;
pub(crate) mod fake_disk;
mod faults;
mod full;
mod group;
mod reopened;
mod stepped;
mod tamper;
mod vector;

use std::sync::Arc;

use super::*;
use crate::verify::{Verified, VerifyError, conclude, verify_disk};
use fake_disk::{FakeDisk, Image};

const ORIGIN: &str = "log.tianshu.test";

/// Four or five one-entry frames to a segment.
fn small() -> JournalConfig {
    JournalConfig {
        segment_bytes: 1024,
        queue_max: 64,
        entry_bytes_max: 200,
        ..JournalConfig::new("unused", ORIGIN)
    }
}

fn open(disk: &Arc<FakeDisk>) -> Result<(Journal, Recovery), AuditError> {
    Journal::open_on(Arc::new(Arc::clone(disk)), &small(), None)
}

fn entry(number: u64) -> Vec<u8> {
    format!(
        "entry {number} {}",
        "x".repeat(usize::try_from(number % 5).unwrap())
    )
    .into_bytes()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

fn append(journal: &Journal, entry: Vec<u8>) -> Result<Receipt, AuditError> {
    block_on(journal.append(entry))
}

fn entries(journal: &Journal) -> Vec<Vec<u8>> {
    let read: Vec<_> = journal.scan(0).map(|next| next.unwrap()).collect();
    assert!(
        read.iter()
            .zip(0..)
            .all(|((index, _), expected)| *index == expected)
    );
    read.into_iter().map(|(_, entry)| entry).collect()
}

/// As `tianshu audit verify` sees the disk when no writer is at work.
fn verify(image: &Image) -> Result<Verified, VerifyError> {
    let disk = FakeDisk::holding(image);
    let (verified, tail) = verify_disk(&disk, &mut |_, _| {}, &mut |_| {})?.unwrap();
    conclude(verified, tail, false)
}

/// The disk of a journal with so many entries that was closed in good order.
fn closed_with(count: u64) -> Image {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    for number in 0..count {
        append(&journal, entry(number)).unwrap();
    }
    journal.close().unwrap();
    disk.image()
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    type Change = fn(&mut JournalConfig);
    let wrong: [(&str, Change); 7] = [
        ("origin", |config| config.origin = "a b".to_owned()),
        ("origin", |config| config.origin.clear()),
        ("segment_bytes", |config| config.segment_bytes = 841),
        ("segment_bytes", |config| {
            config.segment_bytes = SEGMENT_BYTES_MAX + 1
        }),
        ("queue_max", |config| config.queue_max = 0),
        ("entry_bytes_max", |config| config.entry_bytes_max = 65_536),
        ("entry_bytes_max", |config| config.entry_bytes_max = 0),
    ];
    for (expected, change) in wrong {
        let mut config = small();
        change(&mut config);
        match config.check() {
            Err(AuditError::Config { key, .. }) => assert_eq!(key, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let least = JournalConfig {
        segment_bytes: 842,
        ..small()
    };
    least.check().unwrap();
    JournalConfig::new("unused", ORIGIN).check().unwrap();
}

#[test]
fn entries_of_every_accepted_length_come_back_after_reopening() {
    let config = JournalConfig {
        segment_bytes: 842,
        ..small()
    };
    let disk = FakeDisk::new();
    let as_disk = || Arc::new(Arc::clone(&disk)) as Arc<dyn Disk>;
    let (journal, recovery) = Journal::open_on(as_disk(), &config, None).unwrap();
    assert_eq!((recovery.entries, recovery.tail_copied), (0, false));
    for length in 0..=config.entry_bytes_max {
        let receipt = append(&journal, vec![7; length]).unwrap();
        assert!(receipt.is_for(&vec![7; length]));
    }
    let long = append(&journal, vec![7; 201]);
    assert!(matches!(
        long,
        Err(AuditError::EntryTooLong {
            bytes: 201,
            max: 200
        })
    ));
    let chain = journal.chain();
    assert!(matches!(
        journal.read(201),
        Err(AuditError::NoSuchEntry {
            index: 201,
            size: 201
        })
    ));
    journal.close().unwrap();
    assert_eq!(journal.health(), Health::Closed);
    assert!(matches!(append(&journal, vec![]), Err(AuditError::Closed)));
    assert_ne!(
        journal.chain(),
        chain,
        "the closing frame is part of the chain"
    );

    let (again, recovery) = Journal::open_on(as_disk(), &config, None).unwrap();
    assert_eq!(
        (
            recovery.entries,
            recovery.tail_copied,
            recovery.bytes_dropped
        ),
        (201, false, 0)
    );
    assert_eq!(again.chain(), journal.chain());
    for (length, (index, read)) in (0..).zip(again.scan(0).map(Result::unwrap)) {
        assert_eq!((length as u64, vec![7; length]), (index, read));
        assert_eq!(again.read(index).unwrap(), vec![7; length]);
    }
    assert_eq!(again.scan(190).count(), 11);
    assert_eq!(again.scan(201).count(), 0);
}

#[test]
fn opening_and_closing_adds_nothing() {
    let image = closed_with(3);
    let disk = FakeDisk::holding(&image);
    for _ in 0..50 {
        let (journal, _) = open(&disk).unwrap();
        journal.close().unwrap();
    }
    assert_eq!(disk.image(), image);
}
