//! What a pass archives and removes, and what a log without its first segments still is.

use super::*;
use crate::digest::leaf_hash;
use crate::index::{Index, IndexKey, Keys, Order};
use crate::tree::{Row, Tile};
use crate::verify::{VerifyError, verify_log};
use crate::{AuditError, LogReader, PublishError};

const ALL: i64 = i64::MAX;

#[test]
fn volumes_are_full_or_old_and_hold_whole_bundles() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    // Full ones only: 1400 entries are two volumes of 512 and 376 entries more.
    let kept = ground.pass(both, (0, None), &nothing_held).unwrap();
    assert_eq!((kept.volumes, kept.archived), (2, 1024));
    assert_eq!(kept.waiting_since, Some(1024));
    // Old enough: one whole bundle of the rest; the remainder waits for its bundle.
    let kept = ground.pass(both, (1025, None), &nothing_held).unwrap();
    assert_eq!((kept.volumes, kept.archived), (1, 1280));
    let kept = ground.pass(both, (ALL, None), &nothing_held).unwrap();
    assert_eq!((kept.volumes, kept.archived, kept.first), (0, 1280, 0));
    let manifests = ground.archive().manifests().unwrap();
    let ends: Vec<_> = manifests.iter().map(Manifest::end).collect();
    assert_eq!(ends, [512, 1024, 1280]);
    assert_eq!((manifests[1].from, manifests[1].until), (512, 1023));
    // What comes after a short one ends at the next multiple again.
    append(&journal, 1000);
    drop(publisher);
    let mut publisher = Publisher::open(&journal, signer()).unwrap();
    publisher.advance().unwrap();
    let both = (&journal, &publisher.published());
    let kept = ground.pass(both, (0, None), &nothing_held).unwrap();
    assert_eq!((kept.volumes, kept.archived), (2, 2048));
    let manifests = ground.archive().manifests().unwrap();
    assert_eq!(manifests[3].end(), 1536);
    journal.close().unwrap();
    let verified = ground.verify().unwrap();
    assert_eq!((verified.volumes, verified.end), (5, 2048));
    assert_eq!(verified.log.unwrap().entries, 2048);
}

#[test]
fn a_volume_of_so_many_bytes_is_closed_with_its_bundle() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let (archive, signer) = (ground.archive(), signer());
    let archiver = Archiver {
        journal: &journal,
        archive: &archive,
        signer: &signer,
        covering: &publisher.published(),
        time_of: &time_of,
        size: VolumeSize {
            entries: VOLUME_ENTRIES,
            bytes: 3_000,
        },
    };
    let manifest = archiver.next(0).unwrap().unwrap();
    assert_eq!((manifest.count, manifest.bytes), (512, 5_522));
}

#[test]
fn a_shortened_log_opens_verifies_is_served_and_goes_on() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let early = journal.read(3).unwrap();
    let before = publisher.published().proof(3).unwrap().unwrap();
    let both = (&journal, &publisher.published());
    let kept = ground.pass(both, (ALL, Some(900)), &nothing_held).unwrap();
    let first = kept.first;
    assert!(first > 512 && first <= 900, "{first}");
    assert_eq!((kept.removed, journal.first()), (first, first));
    assert!(matches!(
        journal.read(first - 1),
        Err(AuditError::Removed { .. })
    ));
    assert_eq!(journal.read(first).unwrap(), entry(first));
    journal.close().unwrap();

    let (journal, mut publisher) = ground.open();
    assert_eq!(journal.first(), first);
    let base = journal.base().unwrap();
    base.verify(&keys()).unwrap();
    // The record of it came before it.
    assert_eq!(says(&journal, 1400, &format!("removing 0 {first}")), 1);
    append(&journal, 300);
    publisher.advance().unwrap().unwrap();
    let published = publisher.published();
    let gone = Tile::full(Row::Entries, 0);
    assert!(published.is_removed(gone));
    assert!(matches!(
        published.tile(gone),
        Err(PublishError::Disk { .. })
    ));
    let there = Tile::full(Row::Entries, first / 256);
    assert!(!published.is_removed(there) && published.tile(there).unwrap().is_some());
    // An old proof, and a new one of a removed entry.
    let leaf = leaf_hash(&early);
    before.verify(leaf, &keys()).unwrap();
    published
        .proof(3)
        .unwrap()
        .unwrap()
        .verify(leaf, &keys())
        .unwrap();
    journal.close().unwrap();

    seen_from_outside(&ground, first, &early);
}

/// The whole log has 1,700 entries and what is on record.
fn seen_from_outside(ground: &Ground, first: u64, early: &[u8]) {
    let verified = verify_log(&ground.log(), &[], &keys(), |_| {}).unwrap();
    assert_eq!(verified.journal.first, first);
    assert_eq!(verified.base.unwrap().index(), first);
    let receipt = Receipt {
        log: ORIGIN.to_owned(),
        index: 3,
        leaf_hash: leaf_hash(early),
    };
    let refused = verify_log(&ground.log(), &[receipt], &keys(), |_| {});
    assert!(matches!(
        refused,
        Err(VerifyError::EntryRemoved { index: 3, .. })
    ));
    let reader = LogReader::open(&ground.log()).unwrap();
    assert_eq!((reader.first(), reader.read(3).unwrap()), (first, None));
    let mut shown = Vec::new();
    reader
        .visit(0..u64::MAX, |index, _| shown.push(index))
        .unwrap();
    assert!(shown.iter().copied().eq(first..verified.journal.entries));
    ground.verify().unwrap();
}

#[test]
fn a_damaged_base_or_tile_under_it_is_found() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    ground.pass(both, (ALL, Some(900)), &nothing_held).unwrap();
    journal.close().unwrap();
    let log = ground.log();
    let whole = |name: &str| std::fs::read(log.join(name)).unwrap();
    for name in ["journal/base", "tile/0/000", "tile/0/002"] {
        let bytes = whole(name);
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            std::fs::remove_file(log.join(name)).unwrap();
            std::fs::write(log.join(name), &flipped).unwrap();
            if name == "journal/base" || at % 97 == 0 {
                let found = verify_log(&log, &[], &keys(), |_| {});
                assert!(found.is_err(), "{name} at {at}");
            }
        }
        std::fs::write(log.join(name), &bytes).unwrap();
    }
    verify_log(&log, &[], &keys(), |_| {}).unwrap();
    // Another base, and none.
    let base = whole("journal/base");
    let read = crate::Base::parse(&base).unwrap();
    let other = crate::Base::unsigned(read.origin, leaf_hash(b"another"), read.edge);
    std::fs::write(log.join("journal/base"), other.to_string()).unwrap();
    assert!(verify_log(&log, &[], &keys(), |_| {}).is_err());
    std::fs::remove_file(log.join("journal/base")).unwrap();
    assert!(matches!(
        verify_log(&log, &[], &keys(), |_| {}),
        Err(VerifyError::Damaged(_))
    ));
}

#[test]
fn a_missing_tile_is_made_again_from_the_base_on() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    ground.pass(both, (ALL, Some(900)), &nothing_held).unwrap();
    journal.close().unwrap();
    let tile = ground.log().join("tile/0/004");
    let bytes = std::fs::read(&tile).unwrap();
    std::fs::remove_file(&tile).unwrap();
    let (journal, _) = ground.open();
    journal.close().unwrap();
    assert_eq!(std::fs::read(&tile).unwrap(), bytes);
    // Of removed entries nothing can be made again.
    std::fs::remove_file(ground.log().join("tile/0/001")).unwrap();
    let config = JournalConfig {
        segment_bytes: 4 << 10,
        entry_bytes_max: 200,
        ..JournalConfig::new(ground.log(), ORIGIN)
    };
    let (journal, _) = Journal::open(&config).unwrap();
    assert!(Publisher::open(&journal, signer()).is_err());
}

#[test]
fn an_index_of_a_shortened_log_is_built_anew_from_where_it_begins() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let keys_of = |entry: &[u8], keys: &mut Keys<'_>| {
        let text = std::str::from_utf8(entry).unwrap();
        keys.add(&["last:", &text[text.len() - 1..]]);
    };
    let dir = ground.home.path().join("index");
    let index = Index::open(&dir).unwrap();
    index.catch_up(&journal, &keys_of, |_| {}).unwrap();
    let both = (&journal, &publisher.published());
    ground.pass(both, (ALL, Some(900)), &nothing_held).unwrap();
    let key = IndexKey::new("last:y").unwrap();
    let found = |index: &Index| {
        index
            .lookup(&key, 0..2000, Order::OldestFirst, 5000)
            .unwrap()
    };
    let caught_up = index.catch_up(&journal, &keys_of, |_| {}).unwrap();
    assert!(!caught_up.rebuilt);
    assert_eq!(found(&index).len(), 1400);
    index.discard().unwrap();
    let caught_up = index.catch_up(&journal, &keys_of, |_| {}).unwrap();
    assert_eq!(caught_up.upto, journal.size());
    assert!(found(&index).into_iter().eq(journal.first()..1400));
    // Also from outside.
    let reader = LogReader::open(&ground.log()).unwrap();
    let kept = Index::open(&ground.home.path().join("kept")).unwrap();
    kept.catch_up_log(&reader, &keys_of, |_| {}).unwrap();
    assert_eq!(found(&kept), found(&index));
}

#[test]
fn what_is_held_young_or_not_archived_stays() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    // Nothing is removed without being asked for, nor what is too young.
    for hot_from in [None, Some(0), Some(10)] {
        let kept = ground.pass(both, (0, hot_from), &nothing_held).unwrap();
        assert_eq!(kept.removed, 0, "{hot_from:?}");
    }
    // A hold keeps its segment and what is behind.
    let second = journal.segment_firsts()[1];
    let held = move |index: u64, _: &[u8]| (index == second + 1).then(|| "H-1".to_owned());
    let kept = ground.pass(both, (0, Some(1400)), &held).unwrap();
    assert_eq!((kept.first, kept.held_by.as_deref()), (second, Some("H-1")));
    // Without it the rest goes as far as the archive reaches.
    let kept = ground.pass(both, (0, Some(ALL)), &nothing_held).unwrap();
    assert!(kept.first > 512 && kept.first <= kept.archived);
    // A damaged volume lets nothing go.
    let manifest = ground.archive().manifests().unwrap().remove(1);
    let file = ground.archive_dir().join(manifest.entries_file());
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100] ^= 1;
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, bytes).unwrap();
    let before = journal.first();
    let refused = ground.pass(both, (ALL, Some(ALL)), &nothing_held);
    assert!(
        matches!(refused, Err(VolumeError::Differs { .. })),
        "{refused:?}"
    );
    assert_eq!(journal.first(), before);
}

#[test]
fn nothing_goes_that_is_not_on_record_and_nothing_without_a_time() {
    let ground = Ground::new(700);
    let (journal, publisher) = ground.open();
    let (archive, signer) = (ground.archive(), signer());
    fn timeless(_: &[u8]) -> Option<i64> {
        None
    }
    let published = publisher.published();
    let with = |time_of: &'static TimeOf<'static>| Archiver {
        journal: &journal,
        archive: &archive,
        signer: &signer,
        covering: &published,
        time_of,
        size: SMALL,
    };
    let undated = with(&timeless).next(0);
    assert!(matches!(undated, Err(VolumeError::Undated { index: 0 })));
    let keeper = Keeper::new(&ground.log(), with(&time_of), 0, Some(ALL), &nothing_held);
    let refused = keeper.pass(&mut |event| match event {
        KeptEvent::Removing(_) => Err("the disk is full".to_owned()),
        other => on_record(&journal, other),
    });
    assert!(matches!(refused, Err(VolumeError::Record(_))));
    assert_eq!(journal.first(), 0);
}

#[test]
fn a_log_that_publishes_nothing_signs_its_own_checkpoints() {
    let home = TempDir::new().unwrap();
    let config = JournalConfig {
        segment_bytes: 4 << 10,
        entry_bytes_max: 200,
        ..JournalConfig::new(home.path().join("log"), ORIGIN)
    };
    let (journal, _) = Journal::open(&config).unwrap();
    for _ in 0..20 {
        append(&journal, 50);
    }
    let dir = home.path().join("archive");
    std::fs::create_dir(&dir).unwrap();
    let (archive, signer) = (Archive::new(&dir, keys()), signer());
    let covering = OwnCheckpoints {
        journal: &journal,
        signer: &signer,
    };
    let archiver = Archiver {
        journal: &journal,
        archive: &archive,
        signer: &signer,
        covering: &covering,
        time_of: &time_of,
        size: SMALL,
    };
    let keeper = Keeper::new(&config.dir, archiver, ALL, Some(500), &nothing_held);
    let kept = keeper
        .pass(&mut |event| on_record(&journal, event))
        .unwrap();
    assert_eq!(kept.archived, 768);
    assert!(kept.first > 0);
    journal.close().unwrap();
    let verified = verify_log(&config.dir, &[], &[], |_| {}).unwrap();
    assert_eq!((verified.journal.first, verified.tree), (kept.first, None));
    let log = Some(config.dir.as_path());
    let verified = verify_archive(&dir, &keys(), None, log, |_| {}).unwrap();
    assert_eq!(verified.log.unwrap().entries, 768 - kept.first);
    let (journal, _) = Journal::open(&config).unwrap();
    assert_eq!(journal.first(), kept.first);
}
