//! Restoring, and letting go of what is over.

use super::*;
use crate::LogReader;
use crate::verify::verify_log;

fn order() -> ExpiryOrder {
    ExpiryOrder {
        by: vec!["li".to_owned(), "wang".to_owned()],
        orders: crate::leaf_hash(b"orders"),
        at: 5_000,
    }
}

fn shown(dir: &Path) -> Vec<(u64, Vec<u8>)> {
    let mut shown = Vec::new();
    let reader = LogReader::open(dir).unwrap();
    let on_entry = |index, entry: &[u8]| shown.push((index, entry.to_vec()));
    reader.visit(0..u64::MAX, on_entry).unwrap();
    shown
}

#[test]
fn a_restored_log_has_the_entries_of_the_log_and_can_be_verified() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    ground
        .pass(both, (i64::MAX, Some(1000)), &nothing_held)
        .unwrap();
    journal.close().unwrap();
    let to = ground.home.path().join("restored");
    let restored = restore(&ground.archive_dir(), &to, &keys(), |_| {}).unwrap();
    assert_eq!(
        (restored.first, restored.end, restored.volumes),
        (0, 1280, 3)
    );
    let expected: Vec<_> = (0..1280).map(|number| (number, entry(number))).collect();
    assert_eq!(shown(&to), expected);
    let verified = verify_log(&to, &[], &[], |_| {}).unwrap();
    assert!(verified.journal.closed && verified.base.is_none());
    // Not over anything that is there.
    assert!(restore(&ground.archive_dir(), &to, &keys(), |_| {}).is_err());
    // A missing volume is named.
    std::fs::remove_file(ground.archive_dir().join("00000000000000000512.volume")).unwrap();
    let again = ground.home.path().join("again");
    let found = restore(&ground.archive_dir(), &again, &keys(), |_| {}).unwrap_err();
    assert!(
        found.to_string().contains("00000000000000000512.volume"),
        "{found}"
    );
}

#[test]
fn volumes_expire_on_record_and_the_rest_can_be_restored() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    ground
        .pass(both, (i64::MAX, Some(1100)), &nothing_held)
        .unwrap();
    let archive = ground.archive();
    let held = |index: u64, _: &[u8]| (index == 100).then(|| "H-7".to_owned());
    let (gone, kept) = archive.expire(512, &order(), &held).unwrap();
    assert_eq!((gone.len(), kept.len()), (0, 1));
    assert!(kept[0].to_string().contains("H-7"), "{}", kept[0]);
    let (gone, _) = archive.expire(511, &order(), &nothing_held).unwrap();
    assert!(gone.is_empty(), "its last entry is not from before");
    let (gone, kept) = archive.expire(512, &order(), &nothing_held).unwrap();
    assert_eq!((gone.len(), gone[0].count, kept.len()), (1, 512, 0));
    // The log takes the record in, once.
    ground.pass(both, (0, None), &nothing_held).unwrap();
    ground.pass(both, (0, None), &nothing_held).unwrap();
    assert_eq!(says(&journal, 1400, "expired 0"), 1);
    journal.close().unwrap();
    let verified = ground.verify().unwrap();
    assert_eq!((verified.volumes, verified.expired.len()), (2, 1));
    assert_eq!(verified.expired[0].order, order());

    let to = ground.home.path().join("restored");
    let restored = restore(&ground.archive_dir(), &to, &keys(), |_| {}).unwrap();
    assert_eq!((restored.first, restored.end), (512, 1280));
    let expected: Vec<_> = (512..1280).map(|number| (number, entry(number))).collect();
    assert_eq!(shown(&to), expected);
    let verified = verify_log(&to, &[], &[], |_| {}).unwrap();
    assert!(!verified.base.unwrap().is_signed());
    // Every byte of the record counts.
    let file = ground.archive_dir().join("00000000000000000000.expired");
    let whole = std::fs::read(&file).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, bytes).unwrap();
        assert!(ground.verify().is_err(), "{at}");
    }
}
