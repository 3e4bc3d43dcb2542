//! The index is always a function of the journal, whatever happens to its folder.

mod flipped;

use std::collections::BTreeSet;

use super::*;
use crate::digest::leaf_hash;
use crate::journal::JournalConfig;

fn journal(dir: &Path, origin: &str, entries: u64) -> Journal {
    let config = JournalConfig {
        segment_bytes: 8192,
        entry_bytes_max: 512,
        ..JournalConfig::new(dir.join(origin), origin)
    };
    let (journal, _) = Journal::open(&config).unwrap();
    append(&journal, entries);
    journal
}

fn append(journal: &Journal, entries: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..entries {
            let number = journal.size();
            journal
                .append(format!("who-{} {number}", number % 3).into_bytes())
                .await
                .unwrap();
        }
    });
}

fn keys_of(entry: &[u8], keys: &mut Keys<'_>) {
    let who = std::str::from_utf8(entry).unwrap().split(' ').next();
    keys.add(&["who:", who.unwrap()]);
    keys.add(&["all"]);
}

fn key(text: &str) -> IndexKey {
    IndexKey::new(text).unwrap()
}

fn caught_up(index: &Index, journal: &Journal) -> CaughtUp {
    index.catch_up(journal, &keys_of, |_| {}).unwrap()
}

fn everything(index: &Index) -> Vec<Hit> {
    index
        .lookup_prefix(b"", Order::OldestFirst, LOOKUP_MAX)
        .unwrap()
}

#[test]
fn entries_are_found_by_key_range_and_order() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path(), "log", 700);
    let index = Index::open(&dir.path().join("index")).unwrap();
    assert!(index.is_behind(&journal).unwrap());
    let mut told = Vec::new();
    index
        .catch_up(&journal, &keys_of, |now| told.push(now.upto))
        .unwrap();
    assert_eq!(told, [700]);
    assert!(!index.is_behind(&journal).unwrap());
    let lookup =
        |text: &str, range, order, limit| index.lookup(&key(text), range, order, limit).unwrap();
    assert_eq!(
        lookup("who:who-1", 0..700, Order::OldestFirst, 3),
        [1, 4, 7]
    );
    assert_eq!(
        lookup("who:who-1", 0..700, Order::NewestFirst, 2),
        [697, 694]
    );
    assert_eq!(lookup("who:who-1", 5..10, Order::OldestFirst, 9), [7]);
    assert_eq!(
        lookup("all", 0..700, Order::OldestFirst, 1000),
        (0..700).collect::<Vec<_>>()
    );
    assert!(lookup("who", 0..700, Order::OldestFirst, 9).is_empty());
    let hits = index
        .lookup_prefix(b"who:who-", Order::OldestFirst, LOOKUP_MAX)
        .unwrap();
    assert_eq!(hits.len(), 700);
    assert_eq!(
        hits.iter()
            .map(|hit| hit.index)
            .collect::<BTreeSet<_>>()
            .len(),
        700
    );
}

#[test]
fn several_keys_at_once_are_those_entries_that_have_each() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(&dir.path().join("index")).unwrap();
    let entries: Vec<_> = (0..20_000_u64)
        .map(|index| {
            let mut keys = vec![key("all")];
            let divisors = [2, 3, 7].into_iter().filter(|by| index.is_multiple_of(*by));
            keys.extend(divisors.map(|by| key(&format!("by:{by}"))));
            IndexedEntry {
                index,
                leaf_hash: leaf_hash(b""),
                keys,
            }
        })
        .collect();
    // Short batches and a long one, which is stored in another way.
    for batch in [&entries[..300], &entries[300..19_000], &entries[19_000..]] {
        index.apply("log", batch).unwrap();
    }
    let all = index.lookup_prefix(b"by:7", Order::OldestFirst, LOOKUP_MAX);
    assert_eq!(all.unwrap().len(), 2_858);
    let last = index.lookup_prefix(b"by:", Order::NewestFirst, 2).unwrap();
    let last: Vec<_> = last.iter().map(|hit| hit.index).collect();
    assert_eq!(last, [19_999, 19_992]);
    for (range, limit) in [(0..20_000, 9_999), (40..19_201, 9_999), (41..4_000, 3)] {
        let expected: Vec<u64> = range.clone().filter(|n| n % 42 == 0).collect();
        let keys = [key("all"), key("by:7"), key("by:2"), key("by:3")];
        for (order, expected) in [
            (Order::OldestFirst, expected.clone()),
            (Order::NewestFirst, expected.into_iter().rev().collect()),
        ] {
            let found = index
                .lookup_all(&keys, range.clone(), order, limit)
                .unwrap();
            let upto = expected.len().min(limit);
            assert_eq!(found, expected[..upto], "{range:?} {order:?}");
        }
    }
    for keys in [
        vec![key("by:7"), key("by:5")],
        vec![key("by:5"), key("all")],
    ] {
        let none = index.lookup_all(&keys, 0..20_000, Order::NewestFirst, 9);
        assert!(none.unwrap().is_empty(), "nobody has the key");
    }
    let one = index.lookup_all(&[key("by:7")], 0..20_000, Order::NewestFirst, 2);
    assert_eq!(one.unwrap(), [19_999, 19_992]);
    let none = index.lookup_all(&[], 0..9, Order::OldestFirst, 9).unwrap();
    assert!(none.is_empty());
}

/// Whatever the lists are and wherever the batches end: what is found is what each of them has.
#[test]
fn lists_of_any_density_meet_where_they_meet() {
    use proptest::prelude::*;
    let case = (
        proptest::collection::vec(proptest::collection::vec(any::<bool>(), 3), 1..2_500),
        proptest::collection::vec(1_u64..900, 0..6),
        (0_u64..2_500, 0_u64..2_500),
        1_usize..3_000,
    );
    proptest!(ProptestConfig::with_cases(48), |((has, cuts, (a, b), limit) in case)| {
        let dir = tempfile::tempdir().unwrap();
        let index = Index::open(&dir.path().join("index")).unwrap();
        let names = ["x", "y", "z"];
        let entries: Vec<_> = (0..).zip(&has).map(|(index, has)| IndexedEntry {
            index,
            leaf_hash: leaf_hash(b""),
            keys: names.iter().zip(has).filter(|(_, has)| **has).map(|(n, _)| key(n)).collect(),
        }).collect();
        let mut rest = entries.as_slice();
        for cut in cuts {
            let (now, later) = rest.split_at((cut as usize).min(rest.len()));
            index.apply("log", now).unwrap();
            rest = later;
        }
        index.apply("log", rest).unwrap();
        let range = a.min(b)..a.max(b);
        let keys = names.map(key);
        for used in 1..=3 {
            let all = (0..).zip(&has).filter(|(n, has)| {
                range.contains(n) && has.iter().take(used).all(|has| *has)
            });
            let mut expected: Vec<u64> = all.map(|(n, _)| n).collect();
            for order in [Order::OldestFirst, Order::NewestFirst] {
                let found = index.lookup_all(&keys[..used], range.clone(), order, limit).unwrap();
                prop_assert_eq!(&found, &expected[..expected.len().min(limit)]);
                expected.reverse();
            }
        }
    });
}

#[test]
fn a_key_that_looks_like_a_shorter_one_with_its_index_is_kept_apart() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(&dir.path().join("index")).unwrap();
    let long = IndexKey::new(b"a\0\0\0\0\0\0\0\x01b".to_vec()).unwrap();
    let entry = |index, key: &IndexKey| IndexedEntry {
        index,
        leaf_hash: leaf_hash(b""),
        keys: vec![key.clone()],
    };
    index
        .apply("log", &[entry(0, &long), entry(1, &key("a"))])
        .unwrap();
    assert_eq!(
        index
            .lookup(&key("a"), 0..9, Order::OldestFirst, 9)
            .unwrap(),
        [1]
    );
    assert_eq!(
        index.lookup(&long, 0..9, Order::OldestFirst, 9).unwrap(),
        [0]
    );
    assert_eq!(
        index
            .lookup_prefix(b"a\0", Order::OldestFirst, 9)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn batches_leave_no_gap() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(&dir.path().join("index")).unwrap();
    let entry = |index| IndexedEntry {
        index,
        leaf_hash: leaf_hash(b""),
        keys: vec![key("k")],
    };
    assert!(matches!(
        index.apply("log", &[entry(1)]),
        Err(IndexError::Gap { upto: 0, found: 1 })
    ));
    index.apply("log", &[entry(0), entry(1)]).unwrap();
    assert!(index.apply("log", &[entry(2), entry(4)]).is_err());
    assert_eq!(index.indexed_upto().unwrap(), 2);
    assert_eq!(everything(&index).len(), 2);
}

#[test]
fn a_deleted_or_corrupted_index_is_rebuilt_to_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path(), "log", 40);
    let folder = dir.path().join("index");
    let index = Index::open(&folder).unwrap();
    caught_up(&index, &journal);
    let before = everything(&index);
    assert_eq!(before.len(), 80);
    drop(index);

    std::fs::remove_dir_all(&folder).unwrap();
    let index = Index::open(&folder).unwrap();
    assert_eq!(index.indexed_upto().unwrap(), 0);
    caught_up(&index, &journal);
    assert_eq!(everything(&index), before);
    drop(index);

    // A database that it cannot read at all sled takes for an empty one, without a word.
    for (name, is_told) in [("conf", true), ("db", false)] {
        let size = std::fs::metadata(folder.join(name)).unwrap().len();
        std::fs::write(
            folder.join(name),
            vec![0xa5; usize::try_from(size).unwrap()],
        )
        .unwrap();
        let index = Index::open(&folder).unwrap();
        let caught_up = caught_up(&index, &journal);
        assert_eq!(
            (caught_up.upto, caught_up.rebuilt, everything(&index)),
            (40, is_told, before.clone()),
            "{name}"
        );
        drop(index);
    }

    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "a file where the folder should be").unwrap();
    let index = Index::open(&folder).unwrap();
    caught_up(&index, &journal);
    assert_eq!(everything(&index), before);
}

#[test]
fn an_index_that_claims_more_than_the_journal_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let longer = journal(dir.path(), "longer", 30);
    let index = Index::open(&dir.path().join("index")).unwrap();
    caught_up(&index, &longer);
    // The same name with a shorter history, as after a restored backup.
    longer.close().unwrap();
    std::fs::remove_dir_all(dir.path().join("longer")).unwrap();
    let shorter = journal(dir.path(), "longer", 10);
    let expected = CaughtUp {
        upto: 10,
        rebuilt: true,
    };
    assert_eq!(caught_up(&index, &shorter), expected);
    assert_eq!(everything(&index).len(), 20);
    append(&shorter, 5);
    assert_eq!(
        caught_up(&index, &shorter),
        CaughtUp {
            upto: 15,
            rebuilt: false
        }
    );
    // Another log altogether.
    let other = journal(dir.path(), "other", 20);
    assert_eq!(
        caught_up(&index, &other),
        CaughtUp {
            upto: 20,
            rebuilt: true
        }
    );
}

#[test]
fn an_index_of_another_history_of_the_same_length_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path(), "log", 3);
    let index = Index::open(&dir.path().join("index")).unwrap();
    let foreign: Vec<_> = (0..3)
        .map(|index| IndexedEntry {
            index,
            leaf_hash: leaf_hash(b"x"),
            keys: vec![key("x")],
        })
        .collect();
    index.apply("log", &foreign).unwrap();
    assert_eq!(
        caught_up(&index, &journal),
        CaughtUp {
            upto: 3,
            rebuilt: true
        }
    );
    assert!(
        index
            .lookup(&key("x"), 0..9, Order::OldestFirst, 9)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_live_index_is_not_moved_aside_by_a_second_one() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("index");
    let index = Index::open(&folder).unwrap();
    assert!(matches!(
        Index::open(&folder),
        Err(IndexError::InUse { .. })
    ));
    assert!(folder.join("conf").exists());
    drop(index);
    Index::open(&folder).unwrap();
}
