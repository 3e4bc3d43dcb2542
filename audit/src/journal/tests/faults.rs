//! A disk that fails ends the journal for good; nothing is acknowledged that is not on disk.

use super::fake_disk::{Last, Unsynced};
use super::*;

/// After the failure nothing is acknowledged, and another process finds what was.
fn check_poisoned(journal: &Journal, disk: &Arc<FakeDisk>, acknowledged: u64) {
    let Health::Poisoned(reason) = journal.health() else {
        panic!("{:?}", journal.health())
    };
    for _ in 0..3 {
        match append(journal, entry(99)) {
            Err(AuditError::Poisoned { reason: again }) => assert_eq!(again, reason),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(journal.size(), acknowledged);
    assert_eq!(
        entries(journal),
        (0..acknowledged).map(entry).collect::<Vec<_>>()
    );
    assert!(matches!(journal.close(), Err(AuditError::Poisoned { .. })));
    for unsynced in [Unsynced::Kept, Unsynced::Dropped] {
        let image = disk.after_crash(disk.ops().len(), Last::Whole, unsynced);
        let (again, _) = open(&FakeDisk::holding(&image)).unwrap();
        let found = entries(&again);
        assert!(found.len() as u64 >= acknowledged);
        assert_eq!(
            found,
            (0..found.len() as u64).map(entry).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_failed_sync_poisons() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    append(&journal, entry(0)).unwrap();
    append(&journal, entry(1)).unwrap();
    disk.fail_sync_after(0);
    let refused = append(&journal, entry(2)).unwrap_err();
    assert!(
        refused.to_string().contains("simulated input/output error"),
        "{refused}"
    );
    // From here on the disk works again; the journal does not believe it.
    check_poisoned(&journal, &disk, 2);
}

#[test]
fn a_failed_write_poisons_and_leaves_no_half_entry() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    append(&journal, entry(0)).unwrap();
    disk.fail_write_after(0);
    assert!(matches!(
        append(&journal, entry(1)),
        Err(AuditError::Poisoned { .. })
    ));
    check_poisoned(&journal, &disk, 1);
}

#[test]
fn a_failed_sync_refuses_everybody_who_waits() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    disk.stall();
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let journal = journal.clone();
            std::thread::spawn(move || append(&journal, entry(0)))
        })
        .collect();
    disk.wait_for_stalled_sync();
    disk.fail_sync_after(0);
    disk.go_on();
    for thread in threads {
        assert!(matches!(
            thread.join().unwrap(),
            Err(AuditError::Poisoned { .. })
        ));
    }
    assert_eq!(journal.size(), 0);
}

#[test]
fn a_failed_closing_is_told() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    append(&journal, entry(0)).unwrap();
    disk.fail_sync_after(0);
    assert!(matches!(journal.close(), Err(AuditError::Poisoned { .. })));
    let (again, recovery) = open(&FakeDisk::holding(&disk.image())).unwrap();
    assert_eq!((again.size(), recovery.entries), (1, 1));
}

#[test]
fn a_spare_that_failed_is_tried_again_when_it_is_needed() {
    let disk = FakeDisk::new();
    let (journal, _) = open(&disk).unwrap();
    disk.fail_creations(1);
    for number in 0..9 {
        append(&journal, entry(number)).unwrap();
    }
    assert!(!disk.is_failing_creations());
    assert!(journal.segments() >= 2);
    journal.close().unwrap();
    assert_eq!(verify(&disk.image()).unwrap().entries, 9);
}

#[test]
fn a_full_queue_refuses_at_once_and_the_queued_are_kept() {
    let disk = FakeDisk::new();
    let config = JournalConfig {
        queue_max: 3,
        ..small()
    };
    let (journal, _) = Journal::open_on(Arc::new(Arc::clone(&disk)), &config, None).unwrap();
    disk.stall();
    let submit = |number| journal.inner.submit(entry(number), false);
    let first = submit(0).unwrap();
    disk.wait_for_stalled_sync();
    let queued: Vec<_> = (1..4).map(|number| submit(number).unwrap()).collect();
    for _ in 0..2 {
        assert!(matches!(append(&journal, entry(9)), Err(AuditError::Full)));
    }
    assert_eq!(journal.size(), 0, "nothing counts before its sync");
    disk.go_on();
    for (index, answered) in (0..).zip(std::iter::once(first).chain(queued)) {
        assert_eq!(answered.blocking_recv().unwrap().unwrap().index, index);
    }
    assert_eq!(append(&journal, entry(4)).unwrap().index, 4);
    assert_eq!(journal.health(), Health::Healthy);
}
