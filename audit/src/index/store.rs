//! The only file that knows sled, and it trusts sled with nothing: a panic is an error like any
//! other, and a state that this version did not write is refused.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::digest::{DIGEST_BYTES, Digest};
use crate::index::postings::{
    Posting, Record, first_of, indexes, key_of, stored_beginning, stored_key, stored_prefix,
};
use crate::index::run::{LIST, Run};
use crate::index::{Hit, IndexError, IndexKey, LOOKUP_MAX, Order};

/// Memory that sled may use for its cache.
const CACHE_BYTES: u64 = 32 << 20;
/// Layout and keys of what is stored; another number means to build anew. 5: operators stand in
/// small letters.
const FORMAT: u8 = 5;
const INDEX_BYTES: usize = 8;
/// Stored under this name: format, entries indexed, leaf hash of the last one, origin of the log.
const STATE_NAME: &[u8] = b"state";

/// Entries indexed, leaf hash of the last one, log they are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexedPart {
    pub(super) upto: u64,
    pub(super) last: Digest,
    pub(super) origin: String,
}

/// An open sled database.
pub(super) struct Store {
    db: sled::Db,
}

impl Store {
    pub(super) fn open(dir: &Path) -> Result<Self, IndexError> {
        let config = sled::Config::new().path(dir).cache_capacity(CACHE_BYTES);
        let store = Self {
            db: guarded(|| config.open())?,
        };
        // A store whose state cannot be read is as good as one that does not open.
        store.part()?;
        Ok(store)
    }

    /// Lets go of the folder; whatever goes wrong meanwhile, it is about to be moved aside.
    pub(super) fn close(self) {
        guarded(|| {
            drop(self.db);
            Ok(())
        })
        .ok();
    }

    /// What is indexed; `None` if nothing is.
    pub(super) fn part(&self) -> Result<Option<IndexedPart>, IndexError> {
        let Some(state) = guarded(|| self.db.get(STATE_NAME))? else {
            return match guarded(|| self.db.iter().keys().next().transpose())? {
                None => Ok(None),
                Some(_) => Err(IndexError::Store("its state is missing".to_owned())),
            };
        };
        IndexedPart::parse(&state)
            .map(Some)
            .ok_or_else(|| IndexError::Store("its state is not readable".to_owned()))
    }

    /// Adds records, after which `part` is indexed; all of it or nothing.
    pub(super) fn apply(&self, records: Vec<Record>, part: &IndexedPart) -> Result<(), IndexError> {
        let mut batch = sled::Batch::default();
        for (key, value) in records {
            batch.insert(key, value);
        }
        // In the same batch as the keys: the store never claims an entry whose keys it lost.
        batch.insert(STATE_NAME, part.encode());
        guarded(|| self.db.apply_batch(batch))
    }

    pub(super) fn lookup(
        &self,
        key: &IndexKey,
        range: Range<u64>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.among_records(key, &range, order, limit)?;
        found.extend(self.among_runs(key, &range, order, limit)?);
        // Each of the two is in order and neither holds an entry of the other.
        found.sort_unstable();
        let mut found = in_order(found, order);
        found.truncate(limit);
        Ok(found)
    }

    fn among_records(
        &self,
        key: &IndexKey,
        range: &Range<u64>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        let begin = stored_key(key.bytes(), range.start);
        // A record that begins before the range may reach into it.
        let low = self.last_upto(stored_prefix(key.bytes()), &begin)?;
        let low = low.unwrap_or(begin);
        let high = stored_key(key.bytes(), range.end);
        let mut found = Vec::new();
        self.each(
            || self.db.range(low..high),
            order,
            |stored, packed| {
                let (_, first) = first_of(stored)?;
                let indexes = in_order(indexes(first, packed)?, order);
                found.extend(indexes.into_iter().filter(|index| range.contains(index)));
                Ok(found.len() < limit)
            },
        )?;
        found.truncate(limit);
        Ok(found)
    }

    fn among_runs(
        &self,
        key: &IndexKey,
        range: &Range<u64>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        let mut found = Vec::new();
        for run in self.runs(order)? {
            if found.len() >= limit {
                break;
            }
            if run.from >= range.end || run.upto <= range.start {
                continue;
            }
            let mut here = Vec::new();
            self.each_posting(run, key.bytes(), range.start, |posting| {
                let wanted = posting.key == key.bytes() && posting.first < range.end;
                if wanted {
                    let indexes = indexes(posting.first, &posting.distances)?;
                    here.extend(indexes.into_iter().filter(|index| range.contains(index)));
                }
                let is_enough = order == Order::OldestFirst && found.len() + here.len() >= limit;
                Ok(wanted && !is_enough)
            })?;
            found.extend(in_order(here, order));
        }
        found.truncate(limit);
        Ok(found)
    }

    pub(super) fn lookup_prefix(
        &self,
        prefix: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let limit = limit.min(LOOKUP_MAX);
        let mut hits = Vec::new();
        self.each(
            || self.db.scan_prefix(stored_beginning(prefix)),
            order,
            |stored, packed| {
                let (key, first) = first_of(stored)?;
                let key = IndexKey(key_of(key)?);
                hits.extend(hits_of(&key, in_order(indexes(first, packed)?, order)));
                Ok(hits.len() < limit)
            },
        )?;
        hits.truncate(limit);
        for run in self.runs(order)? {
            let mut here = Vec::new();
            self.each_posting(run, prefix, 0, |posting| {
                let wanted = posting.key.starts_with(prefix);
                if wanted {
                    let Posting {
                        key,
                        first,
                        distances,
                    } = posting;
                    here.extend(hits_of(&IndexKey(key), indexes(first, &distances)?));
                }
                // From the highest key down, all of them must be known.
                Ok(wanted && (order == Order::NewestFirst || here.len() < limit))
            })?;
            hits.append(&mut here);
            sort_hits(&mut hits, order);
            hits.truncate(limit);
        }
        Ok(hits)
    }

    /// The stored key of the last record between `low` and `high`, both included.
    fn last_upto(&self, low: Vec<u8>, high: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let last = guarded(|| self.db.range(low..=high.to_vec()).next_back().transpose())?;
        Ok(last.map(|(stored, _)| stored.to_vec()))
    }

    fn runs(&self, order: Order) -> Result<Vec<Run>, IndexError> {
        let mut runs = Vec::new();
        self.each(
            || self.db.scan_prefix(LIST),
            order,
            |stored, value| {
                runs.push(Run::listed(stored, value)?);
                Ok(true)
            },
        )?;
        Ok(runs)
    }

    /// Shows the postings of a run from the first key that is not before `key`, until told that it
    /// is enough; of `key` itself from the posting that may hold `begin`.
    fn each_posting(
        &self,
        run: Run,
        key: &[u8],
        begin: u64,
        mut show: impl FnMut(Posting) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        let wanted = run.block_key(key, begin);
        let low = self.last_upto(run.blocks(), &wanted)?.unwrap_or(wanted);
        let blocks = run.blocks();
        self.each(
            || self.db.range(low..),
            Order::OldestFirst,
            |stored, packed| {
                if !stored.starts_with(&blocks) {
                    return Ok(false);
                }
                for posting in run.unpacked(packed)? {
                    if posting.key.as_slice() >= key && !show(posting)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            },
        )
    }

    /// Shows records until told that it is enough.
    fn each(
        &self,
        open: impl FnOnce() -> sled::Iter,
        order: Order,
        mut show: impl FnMut(&[u8], &[u8]) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        let mut stored = guarded(|| Ok(open()))?;
        loop {
            let next = guarded(|| match order {
                Order::OldestFirst => stored.next().transpose(),
                Order::NewestFirst => stored.next_back().transpose(),
            })?;
            let Some((key, value)) = next else {
                return Ok(());
            };
            if !show(&key, &value)? {
                return Ok(());
            }
        }
    }
}

fn in_order(mut indexes: Vec<u64>, order: Order) -> Vec<u64> {
    if order == Order::NewestFirst {
        indexes.reverse();
    }
    indexes
}

fn hits_of(key: &IndexKey, indexes: Vec<u64>) -> impl Iterator<Item = Hit> {
    indexes.into_iter().map(|index| Hit {
        key: key.clone(),
        index,
    })
}

fn sort_hits(hits: &mut [Hit], order: Order) {
    hits.sort_unstable_by(|a, b| {
        let oldest_first = (&a.key, a.index).cmp(&(&b.key, b.index));
        match order {
            Order::OldestFirst => oldest_first,
            Order::NewestFirst => oldest_first.reverse(),
        }
    });
}

impl IndexedPart {
    fn encode(&self) -> Vec<u8> {
        let mut state = vec![FORMAT];
        state.extend_from_slice(&self.upto.to_be_bytes());
        state.extend_from_slice(self.last.bytes());
        state.extend_from_slice(self.origin.as_bytes());
        state
    }

    fn parse(state: &[u8]) -> Option<Self> {
        let (format, rest) = state.split_first()?;
        let (upto, rest) = rest.split_first_chunk::<INDEX_BYTES>()?;
        let (last, origin) = rest.split_first_chunk::<DIGEST_BYTES>()?;
        let origin = String::from_utf8(origin.to_vec()).ok()?;
        let (upto, last) = (u64::from_be_bytes(*upto), Digest::new(*last));
        (*format == FORMAT).then_some(Self { upto, last, origin })
    }
}

/// Runs something of sled's; it reports some corruption by panicking.
fn guarded<T>(work: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, IndexError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(IndexError::Store(error.to_string())),
        Err(_) => Err(IndexError::Store("it broke down".to_owned())),
    }
}
