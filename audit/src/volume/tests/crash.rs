//! The power is cut at every operation of archiving and of removing: the log always opens, and no
//! entry is ever in neither place.

use std::sync::Arc;

use super::*;
use crate::journal::tests::fake_disk::{FakeDisk, Image, Last, Op, Unsynced};

/// Over two volumes, and several segments in each.
const ENTRIES: u64 = 1_100;

pub(super) fn open(disk: &Arc<FakeDisk>) -> (Journal, Publisher) {
    let config = JournalConfig {
        segment_bytes: 4 << 10,
        entry_bytes_max: 200,
        ..JournalConfig::new("unused", ORIGIN)
    };
    let (journal, _) = Journal::open_on(Arc::new(Arc::clone(disk)), &config, None).unwrap();
    let shelf = Arc::new(Arc::clone(disk));
    let publisher = Publisher::open_on(&journal, shelf, signer()).unwrap();
    (journal, publisher)
}

pub(super) fn archive(disk: &Arc<FakeDisk>) -> Archive {
    Archive::on(Arc::new(Arc::clone(disk)), keys())
}

fn pass(disk: &Arc<FakeDisk>, journal: &Journal, publisher: &Publisher) -> Kept {
    pass_with(disk, (journal, publisher), (0, i64::MAX))
}

pub(super) fn pass_with(
    disk: &Arc<FakeDisk>,
    (journal, publisher): (&Journal, &Publisher),
    (close_before, hot_from): (i64, i64),
) -> Kept {
    let (archive, signer) = (archive(disk), signer());
    let archiver = Archiver {
        journal,
        archive: &archive,
        signer: &signer,
        covering: &publisher.published(),
        time_of: &time_of,
        size: SMALL,
    };
    let log = Box::new(Arc::clone(disk));
    let times = (close_before, Some(hot_from));
    let keeper = Keeper::on(log, archiver, times, &nothing_held);
    keeper.pass(&mut |event| on_record(journal, event)).unwrap()
}

fn filled() -> Image {
    let disk = FakeDisk::new();
    let (journal, mut publisher) = open(&disk);
    for _ in 0..ENTRIES / 50 {
        append(&journal, 50);
    }
    publisher.advance().unwrap().unwrap();
    journal.close().unwrap();
    disk.image()
}

/// The ways in which the power may go during an operation; of long writes a sample.
fn cuts(op: &Op) -> Vec<Last> {
    match op {
        Op::Write { bytes, .. } => {
            let half = bytes.len() / 2;
            vec![
                Last::Head(0),
                Last::Head(half),
                Last::Rest(half),
                Last::Whole,
            ]
        }
        _ => vec![Last::Head(0), Last::Whole],
    }
}

/// Every entry is in the journal or in a volume that verifies, and what left the journal is on
/// record in it.
fn nothing_is_lost(disk: &Arc<FakeDisk>, journal: &Journal, place: &str) {
    let archive = archive(disk);
    let mut archived = 0;
    for manifest in archive
        .manifests()
        .unwrap_or_else(|e| panic!("{place}: {e}"))
    {
        let volume = archive.entries(&manifest);
        let volume = volume.unwrap_or_else(|e| panic!("{place}: {e}"));
        for (index, found) in volume.entries() {
            assert_eq!(found, entry(index), "{place}");
        }
        archived = manifest.end();
    }
    let first = journal.first();
    assert!(first <= archived, "{place}: {first} of {archived}");
    let rest: Vec<_> = journal.scan(first).map(|next| next.unwrap().1).collect();
    for (number, found) in (first..ENTRIES).zip(&rest) {
        assert_eq!(*found, entry(number), "{place}");
    }
    assert!(journal.size() >= ENTRIES, "{place}");
    let said = says(journal, first, &format!("removing 0 {first}"));
    assert!(first == 0 || said > 0, "{place}: not on record");
}

#[test]
fn a_power_cut_at_any_operation_leaves_every_entry_in_one_place_and_a_log_that_opens() {
    let image = filled();
    let disk = FakeDisk::holding(&image);
    let (journal, publisher) = open(&disk);
    let kept = pass(&disk, &journal, &publisher);
    assert_eq!((kept.volumes, kept.archived), (2, 1024));
    assert!(kept.first > 768, "{kept:?}");
    journal.close().unwrap();
    let ops = disk.ops();
    assert!(
        ops.iter()
            .filter(|op| matches!(op, Op::Remove { .. }))
            .count()
            >= 5
    );
    let (mut checked, mut resumed) = (0, 0);
    for count in 1..=ops.len() {
        for last in cuts(&ops[count - 1]) {
            for unsynced in [Unsynced::Kept, Unsynced::Dropped] {
                let place = format!("operation {count}, {last:?}, {unsynced:?}");
                let disk = FakeDisk::holding(&disk.after_crash(count, last, unsynced));
                let (journal, publisher) = open(&disk);
                nothing_is_lost(&disk, &journal, &place);
                let before = journal.first();
                // Now and then the next pass takes up what was cut off.
                if checked % 5 == 0 {
                    let again = pass(&disk, &journal, &publisher);
                    assert_eq!((again.archived, again.first), (1024, kept.first), "{place}");
                    let left = |name: &String| {
                        let bundle = crate::tree::Tile::parse(name);
                        let first = name
                            .strip_suffix(".seg")
                            .and_then(|n| n.parse::<u64>().ok());
                        first.is_some_and(|first| first < kept.first)
                            || bundle.is_some_and(|tile| {
                                tile.row == crate::tree::Row::Entries
                                    && tile.leaves_end() <= kept.first
                            })
                    };
                    assert_eq!(disk.image().keys().find(|name| left(name)), None, "{place}");
                    nothing_is_lost_after(&disk, &journal, &place);
                    resumed += usize::from(before < kept.first);
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 200 && resumed > 20, "{checked} {resumed}");
}

/// After a second pass the record may name two steps.
fn nothing_is_lost_after(disk: &Arc<FakeDisk>, journal: &Journal, place: &str) {
    let first = journal.first();
    let archived = archive(disk).manifests().unwrap().pop().unwrap().end();
    assert!(first <= archived, "{place}");
    let said = format!(" {first}");
    let rest = journal.scan(first).map(|next| next.unwrap().1);
    let mut texts = rest.map(|entry| String::from_utf8(entry).unwrap());
    let on_record = texts.any(|text| text.contains(" removing ") && text.ends_with(&said));
    assert!(on_record, "{place}");
}

#[test]
fn a_second_removal_begins_where_the_first_one_ended() {
    let disk = FakeDisk::holding(&filled());
    let (journal, mut publisher) = open(&disk);
    let first = pass(&disk, &journal, &publisher).first;
    for _ in 0..20 {
        append(&journal, 50);
    }
    publisher.advance().unwrap().unwrap();
    let kept = pass(&disk, &journal, &publisher);
    assert!(kept.first > first && kept.removed == kept.first - first);
    journal.close().unwrap();
    let (journal, publisher) = open(&disk);
    assert_eq!(journal.first(), kept.first);
    let published = publisher.published();
    assert_eq!(published.proof(0).unwrap().unwrap().index, 0);
}
