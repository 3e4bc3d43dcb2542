//! A run: the keys of many entries that follow each other, packed into blocks of some kilobytes
//! that are sorted by key. A tree takes a few hundred blocks a batch instead of tens of thousands
//! of keys, which makes the rebuild of an index several times faster and the index smaller.
//!
//! A lookup asks every run, so that only long batches become runs; what an owner writes by the way
//! stays one record a key.

use crate::index::IndexError;
use crate::index::postings::{Posting, Record, pack, stored_key, unpack, unreadable};

/// Blocks begin with this byte, the beginning of their run, and their first key.
const BLOCK_PREFIX: u8 = b'r';
/// The list of runs: this byte and the first index; the value is the index behind the last entry.
const LIST_PREFIX: u8 = b'R';
/// A block that has grown to this ends.
const BLOCK_BYTES: usize = 8 << 10;

/// What the stored forms of all runs in the list begin with.
pub(super) const LIST: [u8; 1] = [LIST_PREFIX];

/// A run as the list has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) from: u64,
    pub(super) upto: u64,
}

impl Run {
    /// Packs postings, which are sorted, and says which run they make.
    pub(super) fn records(self, postings: Vec<Posting>) -> Vec<Record> {
        let mut list = LIST.to_vec();
        list.extend_from_slice(&self.from.to_be_bytes());
        let mut records = vec![(list, self.upto.to_be_bytes().to_vec())];
        let mut block: Option<Record> = None;
        let mut last = Vec::new();
        for posting in postings {
            let Posting {
                key,
                first,
                distances,
            } = posting;
            let (_, packed) = block.get_or_insert_with(|| {
                last.clear();
                (self.block_key(&key, first), Vec::with_capacity(BLOCK_BYTES))
            });
            let shared = last.iter().zip(&key).take_while(|(a, b)| a == b).count();
            let own = key.get(shared..).unwrap_or_default();
            for number in [shared as u64, own.len() as u64] {
                pack(packed, number);
            }
            packed.extend_from_slice(own);
            for number in [first - self.from, distances.len() as u64] {
                pack(packed, number);
            }
            packed.extend_from_slice(&distances);
            last = key;
            if packed.len() >= BLOCK_BYTES {
                records.extend(block.take());
            }
        }
        records.extend(block);
        records
    }

    /// Reads one line of the list.
    pub(super) fn listed(stored: &[u8], value: &[u8]) -> Result<Self, IndexError> {
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).ok();
        let from = stored.strip_prefix(&LIST).and_then(number);
        let (Some(from), Some(upto)) = (from, number(value)) else {
            return Err(unreadable());
        };
        Ok(Self { from, upto })
    }

    /// The stored form of a block that begins with this key and entry.
    pub(super) fn block_key(self, key: &[u8], first: u64) -> Vec<u8> {
        let mut stored = self.blocks();
        stored.extend_from_slice(&stored_key(key, first));
        stored
    }

    /// What the stored forms of all blocks of this run begin with.
    pub(super) fn blocks(self) -> Vec<u8> {
        let mut stored = vec![BLOCK_PREFIX];
        stored.extend_from_slice(&self.from.to_be_bytes());
        stored
    }

    /// The postings of a block, in order.
    pub(super) fn unpacked(self, mut packed: &[u8]) -> Result<Vec<Posting>, IndexError> {
        let mut postings: Vec<Posting> = Vec::new();
        while !packed.is_empty() {
            let before = postings.last().map_or(&[][..], |last| &last.key);
            let posting = self.next(before, &mut packed).ok_or_else(unreadable)?;
            postings.push(posting);
        }
        Ok(postings)
    }

    fn next(self, before: &[u8], packed: &mut &[u8]) -> Option<Posting> {
        let shared = usize::try_from(unpack(packed)?).ok()?;
        let mut key = before.get(..shared)?.to_vec();
        let own = usize::try_from(unpack(packed)?).ok()?;
        key.extend_from_slice(take(packed, own)?);
        let first = self.from.checked_add(unpack(packed)?)?;
        let length = usize::try_from(unpack(packed)?).ok()?;
        let distances = take(packed, length)?.to_vec();
        Some(Posting {
            key,
            first,
            distances,
        })
    }
}

fn take<'p>(packed: &mut &'p [u8], length: usize) -> Option<&'p [u8]> {
    let (taken, rest) = packed.split_at_checked(length)?;
    *packed = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_run_reads_back(
            keys in btree_set(vec(0_u8..4, 1..300), 1..200),
            from in 0_u64..1 << 40,
        ) {
            let run = Run { from, upto: from + 10_000 };
            let mut postings = Vec::new();
            for (n, key) in (0..).zip(keys) {
                let distances = std::vec![1; n as usize % 90];
                postings.push(Posting { key, first: from + n, distances });
            }
            let records = run.records(postings.clone());
            prop_assert!(records.windows(2).skip(1).all(|two| two[0].0 < two[1].0), "blocks sort");
            let mut found = Vec::new();
            for (stored, packed) in records {
                if stored.starts_with(&LIST) {
                    prop_assert_eq!(Run::listed(&stored, &packed).unwrap(), run);
                    continue;
                }
                let block = run.unpacked(&packed).unwrap();
                prop_assert_eq!(stored, run.block_key(&block[0].key, block[0].first));
                found.extend(block);
            }
            prop_assert_eq!(found, postings);
        }

        #[test]
        fn arbitrary_blocks_never_panic(bytes in vec(any::<u8>(), 0..60)) {
            let _ = Run { from: u64::MAX, upto: 0 }.unpacked(&bytes);
            let _ = Run::listed(&bytes, &bytes);
        }
    }
}
