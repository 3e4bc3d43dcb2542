//! A journal that is driven by hand: nothing is written but by its writer, and a dropped one is a
//! process that was killed.

use super::*;
use crate::journal::Writer;

fn opened(disk: &Arc<FakeDisk>) -> (Journal, Recovery, Writer) {
    let as_disk = Arc::new(Arc::clone(disk));
    Journal::open_stepped(as_disk, &small()).unwrap()
}

#[test]
fn nothing_is_written_before_the_writer_is_told_to() {
    let disk = FakeDisk::new();
    let (journal, _, mut writer) = opened(&disk);
    assert!(!writer.write(), "nothing is queued");
    let appending: Vec<_> = (0..3)
        .map(|number| journal.begin(entry(number)).unwrap())
        .collect();
    assert_eq!(journal.size(), 0);
    assert!(writer.write());
    assert!(!writer.write(), "one frame took all three");
    let indexes = appending.into_iter().map(|one| block_on(one.durable()));
    let indexes: Vec<_> = indexes.map(|receipt| receipt.unwrap().index).collect();
    assert_eq!(indexes, [0, 1, 2]);
    writer.close();
    assert!(matches!(append(&journal, vec![1]), Err(AuditError::Closed)));
    let (again, recovery, _writer) = opened(&disk);
    assert!(!recovery.tail_copied, "it was closed in good order");
    assert_eq!(entries(&again), [entry(0), entry(1), entry(2)]);
}

#[test]
fn a_dropped_writer_leaves_what_a_killed_process_leaves() {
    let disk = FakeDisk::new();
    let (journal, _, mut writer) = opened(&disk);
    let first = journal.begin(entry(0)).unwrap();
    writer.write();
    let second = journal.begin(entry(1)).unwrap();
    drop(writer);
    assert!(block_on(first.durable()).is_ok());
    assert!(block_on(second.durable()).is_err(), "nobody writes it");
    assert!(append(&journal, entry(2)).is_err());
    let (again, recovery, _writer) = opened(&disk);
    assert!(recovery.tail_copied, "it has no mark of a good end");
    assert_eq!(entries(&again), [entry(0)]);
}

#[test]
fn a_failed_write_refuses_everything_queued() {
    let disk = FakeDisk::new();
    let (journal, _, mut writer) = opened(&disk);
    disk.fail_sync_after(0);
    let appending: Vec<_> = (0..40)
        .map(|number| journal.begin(vec![number; 200]).unwrap())
        .collect();
    while writer.write() {}
    for one in appending {
        let refused = block_on(one.durable());
        assert!(
            matches!(refused, Err(AuditError::Poisoned { .. })),
            "{refused:?}"
        );
    }
    assert!(matches!(journal.health(), Health::Poisoned(_)));
    writer.close();
}
