//! One flipped byte anywhere in the files of the index: it answers as if nothing had happened, or
//! is made anew, or says that it is bad. It never leaves out what is there.

use std::fs;
use std::path::PathBuf;

use super::*;

/// Bytes flipped in a file longer than this many: a sample at a seeded place in each stretch.
const FLIPS_A_FILE: usize = 300;
const SEED: u64 = 20_261_126;
const ENTRIES: u64 = 700;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &name);
        } else {
            fs::copy(&path, &name).unwrap();
        }
    }
}

/// The places to be flipped: each byte, or one of each stretch.
fn places(length: usize) -> Vec<usize> {
    if length <= FLIPS_A_FILE {
        return (0..length).collect();
    }
    let mut state = SEED;
    let stretch = length / FLIPS_A_FILE;
    let mut next = || {
        // SplitMix64: the same places in every run.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        usize::try_from(mixed >> 33).unwrap()
    };
    (0..FLIPS_A_FILE)
        .map(|at| at * stretch + next() % stretch)
        .collect()
}

#[test]
fn a_flipped_byte_of_the_index_never_hides_an_entry() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path(), "log", ENTRIES);
    let whole = dir.path().join("index");
    let index = Index::open(&whole).unwrap();
    caught_up(&index, &journal);
    let due = everything(&index);
    assert_eq!(due.len() as u64, 2 * ENTRIES);
    drop(index);
    let hurt = dir.path().join("hurt");
    let (mut flips, mut refused, mut rebuilt) = (0, 0, 0);
    for file in files(&whole) {
        let name = file.strip_prefix(&whole).unwrap();
        let bytes = fs::read(&file).unwrap();
        for at in places(bytes.len()) {
            let _ = fs::remove_dir_all(&hurt);
            let _ = fs::remove_dir_all(dir.path().join("hurt.broken"));
            copy(&whole, &hurt);
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(hurt.join(name), changed).unwrap();
            flips += 1;
            let found = Index::open(&hurt).and_then(|index| {
                let caught = index.catch_up(&journal, &keys_of, |_| {})?;
                rebuilt += usize::from(caught.rebuilt);
                index.lookup_prefix(b"", Order::OldestFirst, LOOKUP_MAX)
            });
            match found {
                Ok(found) => assert!(found == due, "{name:?} byte {at}: {}", found.len()),
                Err(_) => refused += 1,
            }
        }
    }
    println!("{flips} flips, {refused} refused, {rebuilt} made anew");
    assert!(flips > FLIPS_A_FILE);
}
