//! Restoring, and letting go of what is over.

use super::*;
use crate::LogReader;
use crate::digest::sha256;
use crate::note::Note;
use crate::verify::verify_log;

const ORDERS: &str = "let go\n";

fn officer(name: &'static str) -> NoteSigner {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    NoteSigner::from_pkcs8(name, SignatureKind::Plain, der.as_ref()).unwrap()
}

fn order_of(signers: &[&NoteSigner]) -> ExpiryOrder {
    let signatures = signers.iter().map(|signer| signer.sign(ORDERS, 0));
    let note = Note::new(ORDERS.to_owned(), signatures.collect()).unwrap();
    ExpiryOrder {
        note: note.to_string(),
        orders: sha256(&[ORDERS.as_bytes()]),
        at: 5_000,
    }
}

fn order() -> ExpiryOrder {
    order_of(&[&officer("c/li"), &officer("c/wang")])
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
    let order = order();
    let (gone, kept) = archive.expire(512, &order, &held).unwrap();
    assert_eq!((gone.len(), kept.len()), (0, 1));
    assert!(kept[0].to_string().contains("H-7"), "{}", kept[0]);
    let (gone, _) = archive.expire(511, &order, &nothing_held).unwrap();
    assert!(gone.is_empty(), "its last entry is not from before");
    let (gone, kept) = archive.expire(512, &order, &nothing_held).unwrap();
    assert_eq!((gone.len(), gone[0].count, kept.len()), (1, 512, 0));
    // The log takes the record in, once.
    ground.pass(both, (0, None), &nothing_held).unwrap();
    ground.pass(both, (0, None), &nothing_held).unwrap();
    assert_eq!(says(&journal, 1400, "expired 0"), 1);
    journal.close().unwrap();
    let verified = ground.verify().unwrap();
    assert_eq!((verified.volumes, verified.expired.len()), (2, 1));
    let gone = &verified.expired[0];
    assert_eq!(gone.record.order, order);
    let (index, said) = gone.entry.as_ref().unwrap();
    assert!(*index >= 1400 && said.ends_with(b" expired 0"));

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

#[test]
fn an_expiry_that_the_log_does_not_say_is_shown_by_nothing() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    ground.pass(both, (i64::MAX, None), &nothing_held).unwrap();
    journal.close().unwrap();
    let (li, wang) = (officer("c/li"), officer("c/wang"));
    let (gone, _) = ground
        .archive()
        .expire(512, &order_of(&[&li, &wang]), &nothing_held)
        .unwrap();
    let today = [li.key().clone(), wang.key().clone()];
    assert_eq!(gone[0].sealed(&today, 2).unwrap().by, ["c/li", "c/wang"]);
    // Names that nobody's key stands behind are not believed.
    let forger = officer("c/wang");
    for signers in [&[&li][..], &[&li, &forger], &[&li, &li]] {
        let mut forged = gone[0].clone();
        forged.order = order_of(signers);
        assert!(forged.sealed(&today, 2).is_err());
    }
    let verified = ground.verify().unwrap();
    assert_eq!(verified.expired[0].entry, None, "not on record yet");
    // A receipt that names any other entry shows nothing either, nor one that is damaged.
    let file = ground
        .archive_dir()
        .join("00000000000000000000.expired.receipt");
    let leaf = crate::leaf_hash(&entry(600));
    let line = |index: u64| {
        format!("{{\"log\":\"{ORIGIN}\",\"index\":{index},\"leaf_hash\":\"{leaf}\"}}\n")
    };
    std::fs::write(&file, line(601)).unwrap();
    assert_eq!(ground.verify().unwrap().expired[0].entry, None);
    std::fs::write(&file, line(600)).unwrap();
    let shown = ground.verify().unwrap().expired.remove(0).entry;
    assert_eq!(
        shown,
        Some((600, entry(600))),
        "the caller reads that it is no expiry"
    );
    std::fs::write(&file, "{}").unwrap();
    assert!(ground.verify().is_err());
}

#[test]
fn a_record_beside_entries_removes_nothing_and_a_hold_stands_against_it() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    ground.pass(both, (i64::MAX, None), &nothing_held).unwrap();
    journal.close().unwrap();
    let archive = ground.archive();
    let volume = ground.archive_dir().join("00000000000000000000.volume");
    let whole = std::fs::read(&volume).unwrap();
    archive.expire(512, &order(), &nothing_held).unwrap();
    std::fs::write(&volume, &whole).unwrap();
    let held = |index: u64, _: &[u8]| (index == 100).then(|| "H-7".to_owned());
    let (gone, kept) = archive.expire(512, &order(), &held).unwrap();
    assert_eq!((gone.len(), kept.len()), (0, 1));
    assert!(volume.is_file() && ground.verify().unwrap().expired.is_empty());
    let to = ground.home.path().join("restored");
    let restored = restore(&ground.archive_dir(), &to, &keys(), |_| {}).unwrap();
    assert_eq!((restored.first, restored.expired.len()), (0, 0));
    // An empty record is damage, and drops nothing in silence.
    let record = ground.archive_dir().join("00000000000000000000.expired");
    std::fs::remove_file(&record).unwrap();
    std::fs::write(&record, "").unwrap();
    let again = ground.home.path().join("again");
    let found = restore(&ground.archive_dir(), &again, &keys(), |_| {});
    assert!(
        matches!(found, Err(VolumeError::Damaged { .. })),
        "{found:?}"
    );
}

#[test]
fn a_held_volume_before_an_expired_one_is_named_and_can_be_restored() {
    let ground = Ground::new(1400);
    let (journal, publisher) = ground.open();
    let both = (&journal, &publisher.published());
    ground.pass(both, (i64::MAX, None), &nothing_held).unwrap();
    journal.close().unwrap();
    let held = |index: u64, _: &[u8]| (index == 100).then(|| "H-7".to_owned());
    let (gone, kept) = ground.archive().expire(1024, &order(), &held).unwrap();
    assert_eq!((gone.len(), gone[0].first, kept.len()), (1, 512, 1));
    let stretch = |first, end| Stretch { first, end };
    let to = ground.home.path().join("latest");
    let restored = restore(&ground.archive_dir(), &to, &keys(), |_| {}).unwrap();
    assert_eq!((restored.first, restored.end), (1024, 1280));
    assert_eq!(restored.expired, [stretch(512, 1024)]);
    assert_eq!(restored.left_out, [stretch(0, 512)]);
    let to = ground.home.path().join("held");
    let restored = restore_stretch(&ground.archive_dir(), &to, &keys(), Some(100), |_| {});
    let restored = restored.unwrap();
    assert_eq!((restored.first, restored.end), (0, 512));
    assert_eq!(restored.left_out, [stretch(1024, 1280)]);
    let expected: Vec<_> = (0..512).map(|number| (number, entry(number))).collect();
    assert_eq!(shown(&to), expected);
    // What expired is nowhere.
    let nowhere = ground.home.path().join("nowhere");
    let found = restore_stretch(&ground.archive_dir(), &nowhere, &keys(), Some(600), |_| {});
    assert!(
        matches!(found, Err(VolumeError::NoArchive { .. })),
        "{found:?}"
    );
}
