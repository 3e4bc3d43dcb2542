//! Which entries carry a key, packed: a record is a key, the first index and the distances to the
//! following ones. A key that stands in every entry costs a byte an entry, and a batch writes one
//! record a key instead of one an entry, which is what makes a rebuild fast.
//!
//! A stored key sorts by key, then by index. Its key part is escaped and ended by a mark, so that
//! no key is taken for the beginning of another.

use std::collections::HashMap;

use crate::digest::Digest;
use crate::index::run::Run;
use crate::index::{IndexError, KEY_BYTES_MAX};

/// Stored records begin with this byte.
const KEY_PREFIX: u8 = b'k';
/// A zero byte within a key is followed by this one.
const ESCAPED: u8 = 0xff;
/// Ends a key.
const END: [u8; 2] = [0, 1];
const INDEX_BYTES: usize = 8;
/// Most entries in one record: decoding one stays cheap, and so does rewriting the page it is on.
const RECORD_ENTRIES_MAX: u32 = 1024;
/// Most bytes of a packed distance.
const DISTANCE_BYTES_MAX: usize = 10;

/// A record as it is stored: key and value.
pub(super) type Record = (Vec<u8>, Vec<u8>);

/// Batches of so many entries become runs: those of a rebuild. A lookup asks every run, and an
/// owner that stores twice a second must not make one each time.
const RUN_ENTRIES_MIN: u64 = 16_384;

/// Entries of one key: the first, and the packed distances to the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Posting {
    pub(super) key: Vec<u8>,
    pub(super) first: u64,
    pub(super) distances: Vec<u8>,
}

/// The keys of entries that follow each other, to be stored together.
#[derive(Debug)]
pub(super) struct Batch {
    from: u64,
    /// Index behind the last entry.
    pub(super) upto: u64,
    /// Leaf hash of the last entry.
    pub(super) last: Option<Digest>,
    open: HashMap<Vec<u8>, Open>,
    full: Vec<Posting>,
}

/// A posting that may still grow.
#[derive(Debug)]
struct Open {
    first: u64,
    last: u64,
    count: u32,
    distances: Vec<u8>,
}

impl Batch {
    pub(super) fn new(from: u64) -> Self {
        Self {
            from,
            upto: from,
            last: None,
            open: HashMap::new(),
            full: Vec::new(),
        }
    }

    /// Adds one key of the entry `index`; the same key twice counts once. A key that is empty or
    /// too long is none.
    pub(super) fn add(&mut self, key: &[u8], index: u64) {
        if !(1..=KEY_BYTES_MAX).contains(&key.len()) {
            return;
        }
        let Some(open) = self.open.get_mut(key) else {
            self.open.insert(key.to_owned(), Open::begin(index));
            return;
        };
        let Some(distance) = index.checked_sub(open.last).filter(|far| *far > 0) else {
            return;
        };
        if open.count < RECORD_ENTRIES_MAX {
            pack(&mut open.distances, distance);
            open.last = index;
            open.count += 1;
            return;
        }
        let full = std::mem::replace(open, Open::begin(index));
        self.full.push(full.closed(key.to_owned()));
    }

    /// The records of the batch in the order of their keys, which is how a tree takes them fastest.
    pub(super) fn into_records(self) -> Vec<Record> {
        let Self {
            from,
            upto,
            open,
            full: mut postings,
            ..
        } = self;
        postings.reserve(open.len());
        postings.extend(open.into_iter().map(|(key, open)| open.closed(key)));
        postings.sort_unstable_by(|a, b| (&a.key, a.first).cmp(&(&b.key, b.first)));
        if upto.saturating_sub(from) >= RUN_ENTRIES_MIN {
            return Run { from, upto }.records(postings);
        }
        postings
            .into_iter()
            .map(|posting| (stored_key(&posting.key, posting.first), posting.distances))
            .collect()
    }
}

impl Open {
    const fn begin(index: u64) -> Self {
        Self {
            first: index,
            last: index,
            count: 1,
            distances: Vec::new(),
        }
    }

    fn closed(self, key: Vec<u8>) -> Posting {
        let Self {
            first, distances, ..
        } = self;
        Posting {
            key,
            first,
            distances,
        }
    }
}

/// A stored key up to its index: every record of exactly this key begins with it.
pub(super) fn stored_prefix(key: &[u8]) -> Vec<u8> {
    let mut stored = stored_beginning(key);
    stored.extend_from_slice(&END);
    stored
}

/// What the stored forms of all keys that begin with `prefix` begin with.
pub(super) fn stored_beginning(prefix: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(prefix.len() + 1 + END.len() + INDEX_BYTES);
    stored.push(KEY_PREFIX);
    for byte in prefix {
        stored.push(*byte);
        if *byte == 0 {
            stored.push(ESCAPED);
        }
    }
    stored
}

pub(super) fn stored_key(key: &[u8], first: u64) -> Vec<u8> {
    let mut stored = stored_prefix(key);
    stored.extend_from_slice(&first.to_be_bytes());
    stored
}

/// First index of a record, and its key in the stored form without the index.
pub(super) fn first_of(stored: &[u8]) -> Result<(&[u8], u64), IndexError> {
    let (prefix, first) = stored
        .split_last_chunk::<INDEX_BYTES>()
        .ok_or_else(unreadable)?;
    Ok((prefix, u64::from_be_bytes(*first)))
}

/// The key of a stored prefix.
pub(super) fn key_of(prefix: &[u8]) -> Result<Vec<u8>, IndexError> {
    let key = prefix
        .strip_prefix(&[KEY_PREFIX])
        .and_then(|rest| rest.strip_suffix(&END));
    let mut key = key.ok_or_else(unreadable)?.iter();
    let mut plain = Vec::new();
    while let Some(byte) = key.next() {
        plain.push(*byte);
        if *byte == 0 && key.next() != Some(&ESCAPED) {
            return Err(unreadable());
        }
    }
    Ok(plain)
}

/// The indexes of a record, oldest first.
pub(super) fn indexes(first: u64, mut distances: &[u8]) -> Result<Vec<u64>, IndexError> {
    let mut indexes = vec![first];
    let mut last = first;
    while !distances.is_empty() {
        let distance = unpack(&mut distances).ok_or_else(unreadable)?;
        last = last.checked_add(distance).ok_or_else(unreadable)?;
        indexes.push(last);
    }
    Ok(indexes)
}

/// Seven bits a byte, lowest first; the high bit says that more follow.
pub(super) fn pack(to: &mut Vec<u8>, mut distance: u64) {
    while let rest @ 1.. = distance >> 7 {
        to.push((distance & 0x7f) as u8 | 0x80);
        distance = rest;
    }
    to.push(distance as u8);
}

pub(super) fn unpack(from: &mut &[u8]) -> Option<u64> {
    let mut distance = 0_u64;
    for place in 0..DISTANCE_BYTES_MAX {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        let bits = u64::from(byte & 0x7f);
        distance |= bits.checked_shl(u32::try_from(place * 7).ok()?)?;
        if byte & 0x80 == 0 {
            return Some(distance);
        }
    }
    None
}

pub(super) fn unreadable() -> IndexError {
    IndexError::Store("a record of it is not readable".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_reads_back(
            mut wanted in proptest::collection::btree_set(any::<u64>(), 1..3_000),
        ) {
            let mut batch = Batch::new(0);
            for index in &wanted {
                batch.add(b"key", *index);
                batch.add(b"key", *index);
            }
            for (stored, distances) in batch.into_records() {
                let (prefix, first) = first_of(&stored).unwrap();
                prop_assert_eq!(key_of(prefix).unwrap(), b"key");
                let found = indexes(first, &distances).unwrap();
                prop_assert!(found.len() <= RECORD_ENTRIES_MAX as usize);
                for index in found {
                    prop_assert!(wanted.remove(&index));
                }
            }
            prop_assert!(wanted.is_empty());
        }

        #[test]
        fn keys_read_back_and_none_begins_another(
            one in proptest::collection::vec(0_u8..3, 1..9),
            other in proptest::collection::vec(0_u8..3, 1..9),
        ) {
            prop_assert_eq!(key_of(&stored_prefix(&one)).unwrap(), one.clone());
            let begins = stored_key(&other, 7).starts_with(&stored_prefix(&one));
            prop_assert_eq!(begins, one == other);
            let order = stored_key(&one, 7).cmp(&stored_key(&other, 7));
            prop_assert_eq!(order, one.cmp(&other));
        }

        #[test]
        fn arbitrary_records_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = indexes(7, &bytes);
            let _ = first_of(&bytes);
            let _ = key_of(&bytes);
        }
    }

    #[test]
    fn a_key_that_is_empty_or_too_long_is_none() {
        let mut batch = Batch::new(0);
        batch.add(b"", 0);
        batch.add(&[b'a'; KEY_BYTES_MAX + 1], 0);
        assert!(batch.into_records().is_empty());
    }
}
