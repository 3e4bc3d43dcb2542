//! The only file that knows sled, and it trusts sled with nothing: a panic is an error like any
//! other, and a state that this version did not write is refused.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::digest::{DIGEST_BYTES, Digest};
use crate::index::{Hit, IndexError, IndexKey, IndexedEntry, LOOKUP_MAX, Order};

/// Memory that sled may use for its cache.
const CACHE_BYTES: u64 = 32 << 20;
/// Layout of the stored keys; another one means to build anew.
const FORMAT: u8 = 1;
/// Stored keys: this byte, the key, the index in big-endian order, so that they sort by it.
const KEY_PREFIX: u8 = b'k';
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

    /// Adds the keys of `entries`, after which `part` is indexed; all of it or nothing.
    pub(super) fn apply(
        &self,
        entries: &[IndexedEntry],
        part: &IndexedPart,
    ) -> Result<(), IndexError> {
        let mut batch = sled::Batch::default();
        for entry in entries {
            for key in &entry.keys {
                batch.insert(stored_key(key.bytes(), entry.index), &[]);
            }
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
    ) -> Result<Vec<Hit>, IndexError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let bounds = stored_key(key.bytes(), range.start)..stored_key(key.bytes(), range.end);
        hits(
            || self.db.range(bounds),
            order,
            limit,
            |hit| hit.key == *key,
        )
    }

    pub(super) fn lookup_prefix(
        &self,
        prefix: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let mut stored = vec![KEY_PREFIX];
        stored.extend_from_slice(prefix);
        // The bytes of an index may look like the continuation of a shorter key.
        let wanted = |hit: &Hit| hit.key.bytes().starts_with(prefix);
        hits(|| self.db.scan_prefix(&stored), order, limit, wanted)
    }
}

fn hits(
    open: impl FnOnce() -> sled::Iter,
    order: Order,
    limit: usize,
    wanted: impl Fn(&Hit) -> bool,
) -> Result<Vec<Hit>, IndexError> {
    let limit = limit.min(LOOKUP_MAX);
    guarded(|| {
        let mut stored = open().keys();
        let mut hits = Vec::new();
        while hits.len() < limit {
            let next = match order {
                Order::OldestFirst => stored.next(),
                Order::NewestFirst => stored.next_back(),
            };
            let Some(key) = next else { break };
            hits.extend(hit(&key?).filter(&wanted));
        }
        Ok(hits)
    })
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

fn stored_key(key: &[u8], index: u64) -> Vec<u8> {
    let mut stored = Vec::with_capacity(1 + key.len() + INDEX_BYTES);
    stored.push(KEY_PREFIX);
    stored.extend_from_slice(key);
    stored.extend_from_slice(&index.to_be_bytes());
    stored
}

fn hit(stored: &[u8]) -> Option<Hit> {
    let (key, index) = stored
        .strip_prefix(&[KEY_PREFIX])?
        .split_last_chunk::<INDEX_BYTES>()?;
    Some(Hit {
        key: IndexKey(key.to_vec()),
        index: u64::from_be_bytes(*index),
    })
}
