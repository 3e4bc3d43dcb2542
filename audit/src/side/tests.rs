//! Values beside a log: kept, found, shown with proof, erased, and what a crash leaves.

mod erasing;
mod vector;

use std::fs;
use std::path::Path;

use ring::rand::SystemRandom;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::{Receipt, leaf_hash};

const MONTH: u32 = 202_611;

fn field(name: &str, value: &str) -> Field {
    let (name, value) = (name.to_owned(), Zeroizing::new(value.to_owned()));
    Field { name, value }
}

fn key(byte: u8) -> SideKey {
    SideKey::new(&[byte; SIDE_KEY_BYTES])
}

fn open(dir: &Path) -> SideStore {
    SideStore::open(dir, "city", key(7)).unwrap()
}

fn keep(store: &SideStore, group: &str, fields: &[(&str, &str)]) -> Kept {
    let fields = fields.iter().map(|(n, v)| field(n, v)).collect();
    let random = SystemRandom::new();
    store
        .keep((MONTH, 0), group.as_bytes(), fields, &random)
        .unwrap()
}

fn values(opened: &Opened) -> Vec<(String, String)> {
    let told = |f: &Field| (f.name.clone(), f.value.to_string());
    opened.fields.iter().map(told).collect()
}

#[test]
fn what_is_kept_is_found_and_is_what_was_committed_to() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let kept = keep(&store, "zhang", &[("city/04.a/1", "12.50"), ("b", "")]);
    let other = keep(&store, "li", &[("city/04.a/1", "12.50")]);
    assert_eq!(kept.count, 2);
    assert_ne!(kept.root, other.root, "equal values have other salts");
    let opened = store.find(&kept.record).unwrap();
    assert_eq!(opened.root(), kept.root);
    assert_eq!(
        values(&opened),
        [
            ("city/04.a/1".to_owned(), "12.50".to_owned()),
            ("b".to_owned(), String::new())
        ]
    );
    // Another process reads beside the writer, and after it.
    drop(store);
    let store = SideStore::reading(dir.path(), "city", key(7));
    assert_eq!(store.find(&kept.record).unwrap().root(), kept.root);
    assert_eq!(store.find(&other.record).unwrap().root(), other.root);
}

#[test]
fn another_key_another_log_and_changed_bytes_open_nothing() {
    let dir = TempDir::new().unwrap();
    let kept = keep(&open(dir.path()), "zhang", &[("a", "SECRET-VALUE")]);
    let found = SideStore::reading(dir.path(), "city", key(8)).find(&kept.record);
    assert!(matches!(found, Err(SideFault::Sealed)), "{found:?}");
    let found = SideStore::reading(dir.path(), "tielu", key(7)).find(&kept.record);
    assert!(matches!(found, Err(SideFault::Damaged { .. })), "{found:?}");
    let (volume, _) = kept.record.split_once('/').unwrap();
    let file = dir.path().join("private").join(format!("{volume}.vol"));
    let whole = fs::read(&file).unwrap();
    let text = String::from_utf8_lossy(&whole);
    assert!(!text.contains("SECRET-VALUE") && !text.contains("zhang"));
    let heads = open(dir.path()).heads(volume).unwrap();
    let end = heads.iter().map(|h| h.offset + u64::from(h.length)).max();
    for at in 0..usize::try_from(end.unwrap()).unwrap() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        fs::write(&file, &changed).unwrap();
        let found = SideStore::reading(dir.path(), "city", key(7)).find(&kept.record);
        // A row's size of the log is no part of what is found, but of what its checksum covers.
        assert!(found.is_err(), "byte {at} can be changed");
    }
}

#[test]
fn a_chosen_field_is_shown_with_proof_and_no_other() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let fields = [
        ("subject", "310101199001010012"),
        ("city/04.grzhye/1", "8800.00"),
        ("city/04.grzhye/2", "1.00"),
        ("city/01.xingming/1", "Zhang"),
        ("city/04.jcjs/1", "5.00"),
    ];
    let sides = Sides::from(keep(&store, "zhang", &fields));
    let entry = serde_json::json!({"kind": "served", "sides": sides}).to_string();
    let leaf_hash = leaf_hash(entry.as_bytes());
    let receipt = || Receipt {
        log: "city".to_owned(),
        index: 4,
        leaf_hash,
    };
    let opened = store.find(&sides.record).unwrap();
    let wanted = ["04.grzhye".to_owned()];
    let shown = Disclosure::of(receipt(), entry.clone(), &opened, &wanted).unwrap();
    let text = serde_json::to_string(&shown).unwrap();
    assert_eq!(shown.fields.len(), 2);
    assert!(text.contains("8800.00") && !text.contains("Zhang") && !text.contains("3101"));
    assert_eq!(shown.verify(&sides), Ok(()));
    let read: Disclosure = serde_json::from_str(&text).unwrap();
    assert_eq!(read.verify(&sides), Ok(()));
    let changes: [fn(&mut Disclosed); 5] = [
        |shown| *shown.value = "8800.01".to_owned(),
        |shown| shown.salt = "00".repeat(32),
        |shown| shown.field = "city/04.jcjs/1".to_owned(),
        |shown| shown.at += 1,
        |shown| shown.path.truncate(1),
    ];
    for change in changes {
        let mut lie = read.clone();
        change(&mut lie.fields[0]);
        let field = lie.fields[0].field.clone();
        assert_eq!(lie.verify(&sides), Err(DisclosureFault::Field { field }));
    }
    let mut lie = read;
    lie.entry = lie.entry.replace("served", "refused");
    assert_eq!(lie.verify(&sides), Err(DisclosureFault::Entry));
    let none = Disclosure::of(receipt(), entry, &opened, &["05.x".to_owned()]);
    assert_eq!(none.unwrap_err(), DisclosureFault::NoField("05.x".into()));
}

#[test]
fn many_at_once_are_all_durable_and_share_one_key_a_subject() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let kept: Vec<Kept> = std::thread::scope(|scope| {
        let one = |n: usize| {
            let store = &store;
            scope.spawn(move || keep(store, &format!("s{}", n % 3), &[("n", &n.to_string())]))
        };
        let threads: Vec<_> = (0..24).map(one).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let volumes = store.volumes().unwrap();
    assert_eq!(volumes, ["202611-000001"]);
    let heads = store.heads(&volumes[0]).unwrap();
    let keys = heads.iter().filter(|head| head.kind == RowKind::Key);
    assert_eq!((keys.count(), heads.len()), (3, 27));
    for (n, kept) in kept.iter().enumerate() {
        let opened = store.find(&kept.record).unwrap();
        assert_eq!(values(&opened)[0].1, n.to_string());
    }
}

#[test]
fn a_new_month_and_a_new_process_begin_new_volumes() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    keep(&store, "s", &[("a", "1")]);
    let random = SystemRandom::new();
    let fields = || vec![field("a", "1")];
    store.keep((202_612, 0), b"s", fields(), &random).unwrap();
    drop(store);
    let store = open(dir.path());
    store.keep((202_612, 0), b"s", fields(), &random).unwrap();
    let names = ["202611-000001", "202612-000001", "202612-000002"];
    assert_eq!(store.volumes().unwrap(), names);
}

#[test]
fn what_cannot_be_written_is_said_and_then_nothing_more_is_kept() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    fs::remove_dir(dir.path().join("private")).unwrap();
    let random = SystemRandom::new();
    let refused = store.keep((MONTH, 0), b"s", Vec::new(), &random);
    assert!(matches!(refused, Err(SideFault::Disk { .. })));
    fs::create_dir(dir.path().join("private")).unwrap();
    let refused = store.keep((MONTH, 0), b"s", Vec::new(), &random);
    assert!(matches!(refused, Err(SideFault::Stopped)));
    assert!(!store.is_keeping());
}
