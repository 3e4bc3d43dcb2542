//! The power is cut at every byte of every write; what was acknowledged is always there, and the
//! log can always be continued.

use super::fake_disk::{Last, Op, Unsynced};
use super::*;

/// Reopens the log after a crash and checks everything that must hold.
///
/// Entries were appended one after the other, so that the log must hold a beginning of them: at
/// least those acknowledged, each whole.
fn check(image: &Image, acknowledged: u64, submitted: u64, place: &str) {
    let disk = FakeDisk::holding(image);
    let (journal, recovery) = open(&disk).unwrap_or_else(|e| panic!("{place}: {e}"));
    let size = journal.size();
    assert_eq!(recovery.entries, size, "{place}");
    assert!(
        (acknowledged..=submitted).contains(&size),
        "{place}: {size} of {acknowledged}"
    );
    let expected: Vec<_> = (0..size).map(entry).collect();
    assert_eq!(entries(&journal), expected, "{place}");

    let receipt = append(&journal, b"after the crash".to_vec()).unwrap();
    assert_eq!(receipt.index, size, "{place}");
    assert_eq!(journal.read(size).unwrap(), b"after the crash", "{place}");
    journal.close().unwrap();
    let verified = verify(&disk.image()).unwrap_or_else(|e| panic!("{place}: {e}"));
    assert_eq!(
        (verified.entries, verified.closed),
        (size + 1, true),
        "{place}"
    );
    assert_eq!(verified.chain, journal.chain(), "{place}");
}

/// Every way in which the power may go during operation `count - 1`.
fn cuts(op: &Op) -> Vec<Last> {
    match op {
        Op::Write { bytes, .. } => {
            let heads = (0..=bytes.len()).map(Last::Head);
            heads.chain((1..bytes.len()).map(Last::Rest)).collect()
        }
        Op::Create { bytes, .. } => {
            let half = usize::try_from(bytes / 2).unwrap();
            vec![Last::Head(0), Last::Head(half), Last::Whole]
        }
        Op::Sync { .. }
        | Op::Rename { .. }
        | Op::Remove { .. }
        | Op::SyncFolder
        | Op::Cut { .. } => {
            vec![Last::Whole]
        }
    }
}

/// Runs a journal over several segments and one closing; also tells after how many operations
/// how many entries were acknowledged.
fn recorded() -> (Arc<FakeDisk>, Vec<(usize, u64)>) {
    let disk = FakeDisk::new();
    let mut acknowledged = Vec::new();
    for run in [0..7, 7..11] {
        let (journal, _) = open(&disk).unwrap();
        for number in run {
            append(&journal, entry(number)).unwrap();
            acknowledged.push((disk.ops().len(), number + 1));
        }
        journal.close().unwrap();
    }
    (disk, acknowledged)
}

#[test]
fn a_power_cut_at_any_byte_loses_nothing_acknowledged() {
    let (disk, acknowledged) = recorded();
    let ops = disk.ops();
    assert!(verify(&disk.image()).unwrap().segments >= 3);
    let mut checked = 0;
    for count in 1..=ops.len() {
        // What was acknowledged before this operation was begun.
        let due = acknowledged
            .iter()
            .rfind(|(at, _)| *at < count)
            .map_or(0, |(_, number)| *number);
        for last in cuts(&ops[count - 1]) {
            for unsynced in [Unsynced::Kept, Unsynced::Dropped] {
                let image = disk.after_crash(count, last, unsynced);
                let place = format!("operation {count}, {last:?}, unsynced {unsynced:?}");
                check(&image, due, 11, &place);
                checked += 1;
            }
        }
    }
    assert!(checked > 4000, "{checked}");
}

#[test]
fn a_power_cut_during_recovery_loses_nothing_acknowledged() {
    let (disk, acknowledged) = recorded();
    let ops = disk.ops();
    let writes = ops
        .iter()
        .enumerate()
        .filter(|(_, op)| matches!(op, Op::Write { .. }));
    let mut copies = 0;
    for (at, _) in writes {
        let count = at + 1;
        let due = acknowledged
            .iter()
            .rfind(|(at, _)| *at < count)
            .map_or(0, |(_, number)| *number);
        let torn = disk.after_crash(count, Last::Head(61), Unsynced::Kept);
        let recovering = FakeDisk::holding(&torn);
        let (journal, recovery) = open(&recovering).unwrap();
        copies += usize::from(recovery.tail_copied);
        // Only what the opening did, without what closing adds.
        let ops = recovering.ops();
        drop(journal);
        for count in 1..=ops.len() {
            for last in cuts(&ops[count - 1]).into_iter().step_by(41) {
                for unsynced in [Unsynced::Kept, Unsynced::Dropped] {
                    let image = recovering.after_crash(count, last, unsynced);
                    check(
                        &image,
                        due,
                        11,
                        &format!("{at}, then {count}, {last:?}, {unsynced:?}"),
                    );
                }
            }
        }
    }
    assert!(copies > 10, "{copies}");
}

#[test]
fn the_copied_tail_is_what_was_whole_and_nothing_else() {
    let (disk, _) = recorded();
    let ops = disk.ops();
    let torn_frame = ops
        .iter()
        .rposition(|op| matches!(op, Op::Write { .. }))
        .unwrap();
    let image = disk.after_crash(torn_frame + 1, Last::Head(40), Unsynced::Kept);
    assert!(matches!(
        verify(&image),
        Err(VerifyError::UnfinishedTail { bytes: 1..=40, .. })
    ));
    let disk = FakeDisk::holding(&image);
    let (_journal, recovery) = open(&disk).unwrap();
    assert!(recovery.tail_copied);
    assert!((1..=40).contains(&recovery.bytes_dropped));
    let whole = disk.after_crash(disk.ops().len(), Last::Whole, Unsynced::Dropped);
    assert_eq!(verify(&whole).unwrap().entries, 11);
}
