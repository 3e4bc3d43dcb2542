//! A full disk stops no publisher: whichever file finds no room, the next call goes on from the
//! head, and nothing that was signed is taken back.

use super::*;

/// The list alone is no new file; its write is failed instead.
fn hindered(disk: &Arc<FakeDisk>, publisher: &mut Publisher, hinder: impl Fn(&Arc<FakeDisk>)) {
    hinder(disk);
    assert!(publisher.advance().unwrap().is_none());
    assert!(publisher.lacks_room());
}

#[test]
fn publishing_goes_on_when_there_is_room_whichever_file_had_none() {
    // Two bundles and two tiles are filled, then head, list and checkpoint: seven writes.
    for failing in 0..7 {
        let disk = FakeDisk::new();
        let (journal, mut publisher) = open(&disk);
        append(&journal, 3);
        let early = publisher.advance().unwrap().unwrap();
        append(&journal, 600);
        hindered(&disk, &mut publisher, |disk| disk.fail_write_after(failing));
        assert_eq!(
            publisher.published().size(),
            3,
            "readers keep what was shown"
        );
        hindered(&disk, &mut publisher, |disk| disk.fail_puts(1));
        // A crash in this state is one that any run may leave.
        let crashed = FakeDisk::holding(&disk.image());
        drop(open(&crashed));
        append(&journal, 5);
        let mut last = None;
        while let Some(next) = publisher.advance().unwrap() {
            last = Some(next);
        }
        assert!(!publisher.lacks_room());
        let last = last.unwrap();
        assert_eq!(last.checkpoint.size, 608);
        let growth = publisher.published().consistency(3).unwrap().unwrap();
        let (old, new) = (&early.checkpoint, &last.checkpoint);
        assert!(verify_consistency(
            (old.size, &old.root),
            (new.size, &new.root),
            &growth.path
        ));
        check_served(&journal, &publisher.published());
        journal.close().unwrap();
        let (_, publisher) = open(&FakeDisk::holding(&disk.image()));
        assert_eq!(publisher.published().size(), 608);
    }
}

#[test]
fn a_head_that_had_no_room_to_be_shown_is_shown_first() {
    let disk = FakeDisk::new();
    let (journal, mut publisher) = open(&disk);
    append(&journal, 10);
    // The head is one file, the list the next.
    hindered(&disk, &mut publisher, |disk| disk.fail_write_after(1));
    append(&journal, 10);
    let image = disk.image();
    let sizes: Vec<_> = std::iter::from_fn(|| publisher.advance().unwrap())
        .map(|shown| shown.checkpoint.size)
        .collect();
    assert_eq!(sizes, [10, 20]);
    // The same after a restart on the full disk.
    let disk = FakeDisk::holding(&image);
    let journal = open_journal(&disk);
    disk.fail_write_after(0);
    let mut publisher = open_publisher(&disk, &journal).unwrap();
    assert!(publisher.lacks_room());
    assert_eq!(publisher.published().size(), 0);
    let sizes: Vec<_> = std::iter::from_fn(|| publisher.advance().unwrap())
        .map(|shown| shown.checkpoint.size)
        .collect();
    assert_eq!(sizes, [10, 20]);
}
