//! A full disk: what is new is refused and nothing is poisoned; what is owed is written, as long as
//! the reserve lasts; when there is room again the journal goes on by itself.

use std::time::{Duration, Instant};

use super::fake_disk::{Last, Unsynced};
use super::*;

/// Longer than a full journal takes to look again.
const SOON: Duration = Duration::from_secs(20);

fn owed(journal: &Journal, number: u64) -> Result<Receipt, AuditError> {
    block_on(async { journal.begin_owed(entry(number))?.durable().await })
}

/// Appends until there is no room; returns how many entries the log has then.
fn fill(journal: &Journal) -> u64 {
    let mut acknowledged = journal.size();
    loop {
        match append(journal, entry(acknowledged)) {
            Ok(receipt) => assert_eq!(receipt.index, acknowledged),
            Err(AuditError::NoRoom) => return acknowledged,
            Err(error) => panic!("{error}"),
        }
        acknowledged += 1;
    }
}

fn wait_for(journal: &Journal, room: Room) {
    let begun = Instant::now();
    while journal.room() != room {
        assert!(begun.elapsed() < SOON, "still {:?}", journal.room());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_full_disk_takes_what_is_owed_and_nothing_else_until_there_is_room() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    assert_eq!(journal.room(), Room::Enough);
    disk.fail_creations(u32::MAX);
    let acknowledged = fill(&journal);
    assert!(acknowledged >= 3, "the segment in use is used up");
    assert_eq!(
        (journal.room(), journal.turned_away(), journal.health()),
        (Room::Full, 1, Health::Healthy)
    );
    // The reserve is a whole segment: it holds some of them, and then even these are refused.
    let mut size = acknowledged;
    while owed(&journal, size).is_ok() {
        assert!(matches!(
            append(&journal, entry(99)),
            Err(AuditError::NoRoom)
        ));
        size += 1;
    }
    assert!(size >= acknowledged + 3, "{size}");
    assert_eq!(journal.health(), Health::Healthy);
    assert_eq!(entries(&journal), (0..size).map(entry).collect::<Vec<_>>());

    disk.fail_creations(0);
    wait_for(&journal, Room::Enough);
    for number in size..size + 20 {
        assert_eq!(append(&journal, entry(number)).unwrap().index, number);
    }
    journal.close().unwrap();
    let verified = verify(&disk.image()).unwrap();
    assert_eq!((verified.entries, verified.closed), (size + 20, true));
    let names = disk.image().into_keys();
    let left: Vec<_> = names.filter(|name| name.ends_with(".tmp")).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn what_is_owed_and_queued_with_others_is_not_refused_with_them() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    disk.fail_creations(u32::MAX);
    // Three frames are in the segment: one more of one entry would go in, none of six.
    (0..3).for_each(|number| drop(append(&journal, entry(number)).unwrap()));
    disk.stall();
    let first = journal.inner.submit(entry(3), false).unwrap();
    disk.wait_for_stalled_sync();
    let queued: Vec<_> = (0..6_u64)
        .map(|number| {
            let is_owed = number % 2 == 1;
            let bytes = vec![b'q'; 60];
            (is_owed, journal.inner.submit(bytes, is_owed).unwrap())
        })
        .collect();
    disk.go_on();
    assert_eq!(first.blocking_recv().unwrap().unwrap().index, 3);
    let mut next = 4;
    for (is_owed, answered) in queued {
        match answered.blocking_recv().unwrap() {
            Ok(receipt) => {
                assert!(is_owed);
                assert_eq!(receipt.index, next);
                next += 1;
            }
            Err(error) => assert!(!is_owed && matches!(error, AuditError::NoRoom), "{error}"),
        }
    }
    assert_eq!((next, journal.turned_away()), (7, 3));
}

#[test]
fn a_log_that_is_opened_on_a_full_disk_takes_what_is_owed() {
    let disk = FakeDisk::holding(&closed_with(2));
    disk.fail_creations(u32::MAX);
    let (journal, _) = open(&disk).unwrap();
    assert_eq!(journal.room(), Room::Full);
    assert!(matches!(
        append(&journal, entry(2)),
        Err(AuditError::NoRoom)
    ));
    assert_eq!(owed(&journal, 2).unwrap().index, 2);
    disk.fail_creations(0);
    wait_for(&journal, Room::Enough);
    assert_eq!(append(&journal, entry(3)).unwrap().index, 3);
}

#[test]
fn the_last_segment_is_told_before_it_is_full() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    disk.fail_creations(1);
    let mut lowest = Room::Enough;
    for number in 0..9 {
        append(&journal, entry(number)).unwrap();
        // The spare's thread has failed by then.
        std::thread::sleep(Duration::from_millis(20));
        lowest = lowest.min(journal.room());
    }
    assert_eq!((lowest, journal.room()), (Room::Low, Room::Enough));
}

#[test]
fn a_power_cut_while_the_reserve_is_in_use_loses_nothing() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    disk.fail_creations(u32::MAX);
    let acknowledged = fill(&journal);
    let before = disk.ops().len();
    owed(&journal, acknowledged).unwrap();
    let ops = disk.ops();
    for count in before..=ops.len() {
        for unsynced in [Unsynced::Kept, Unsynced::Dropped] {
            let image = disk.after_crash(count, Last::Whole, unsynced);
            let (again, _) = open(&FakeDisk::holding(&image)).unwrap();
            let due = acknowledged + u64::from(count == ops.len());
            assert!((due..=acknowledged + 1).contains(&again.size()), "{count}");
            let size = again.size();
            assert_eq!(entries(&again), (0..size).map(entry).collect::<Vec<_>>());
        }
    }
}
