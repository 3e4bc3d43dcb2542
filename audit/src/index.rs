//! The search index: which entries carry which key. Everything in it can be made again from the
//! journal, so whatever does not open, does not answer or does not fit the journal is moved aside
//! and built anew. It refuses to be a source of truth: it stores indexes of entries, never their
//! contents.

mod fill;
mod meet;
mod postings;
mod run;
mod sources;
mod store;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{File, TryLockError};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::digest::Digest;
use crate::error::AuditError;
use crate::journal::Journal;
use crate::search::LogReader;
use crate::verify::VerifyError;
use fill::{Source, fill};
use postings::Batch;
use store::{IndexedPart, Store};

pub use fill::{Keys, KeysOf};

/// Longest key.
pub const KEY_BYTES_MAX: usize = 512;
/// Most hits that one lookup returns, whatever its caller asks for.
pub const LOOKUP_MAX: usize = 10_000;
/// Why the index could not answer. None of these means that anything is lost.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Another process uses it.
    #[error("the index in `{dir}` is in use by another process")]
    InUse {
        /// Its folder.
        dir: String,
    },
    /// A batch does not begin where the index ends.
    #[error("the index ends at entry {upto}, the batch begins at {found}")]
    Gap {
        /// Entries indexed so far.
        upto: u64,
        /// First entry of the batch, or the first one out of order.
        found: u64,
    },
    /// The store failed or broke down.
    #[error("the index store failed: {0}")]
    Store(String),
    /// A folder or lock file cannot be used.
    #[error("cannot use `{file}`")]
    Disk {
        /// The file or folder.
        file: String,
        /// The system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] AuditError),
    /// The log that is read from outside could not be read.
    #[error(transparent)]
    Log(#[from] VerifyError),
}

/// Something that entries are found by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexKey(Vec<u8>);

impl IndexKey {
    /// `None` if the key is empty or longer than [`KEY_BYTES_MAX`].
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        (1..=KEY_BYTES_MAX)
            .contains(&bytes.len())
            .then_some(Self(bytes))
    }

    /// The key's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

// Keys hold pseudonyms, so that not even a debug line shows them.
impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexKey({} bytes)", self.0.len())
    }
}

/// An entry as the index sees it.
#[derive(Debug, Clone)]
pub struct IndexedEntry {
    /// Its index in the log.
    pub index: u64,
    /// Its leaf hash, by which the index later recognises its log.
    pub leaf_hash: Digest,
    /// What it is found by.
    pub keys: Vec<IndexKey>,
}

/// In which order a lookup goes through the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the lowest index or key up.
    OldestFirst,
    /// From the highest index or key down.
    NewestFirst,
}

/// One key of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The whole key.
    pub key: IndexKey,
    /// Index of the entry.
    pub index: u64,
}

/// What catching up came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaughtUp {
    /// Entries indexed now.
    pub upto: u64,
    /// The index did not open, did not fit the journal, or broke, and was built anew.
    pub rebuilt: bool,
}

/// An open index.
pub struct Index {
    dir: PathBuf,
    /// Held for writing only while the folder is moved aside; `None` only if that failed.
    store: RwLock<Option<Store>>,
    /// What was there did not open; told by the next catching up.
    is_replaced: AtomicBool,
    /// Keeps a second process from moving a live folder aside.
    _lock: File,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl Index {
    /// Opens the index in `dir`. Whatever does not open is moved to `dir` + `.broken`, and an
    /// empty index takes its place.
    ///
    /// # Errors
    /// Another process uses it, or not even an empty index can be made.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        let lock = lock(dir)?;
        let (store, is_replaced) = match Store::open(dir) {
            Ok(store) => (store, false),
            Err(error) => {
                tracing::warn!(%error, "the audit index does not open and is built anew");
                move_aside(dir)?;
                (Store::open(dir)?, true)
            }
        };
        Ok(Self {
            dir: dir.to_owned(),
            store: RwLock::new(Some(store)),
            is_replaced: AtomicBool::new(is_replaced),
            _lock: lock,
        })
    }

    /// Number of entries that are indexed, counted from the first one.
    ///
    /// # Errors
    /// The store failed.
    pub fn indexed_upto(&self) -> Result<u64, IndexError> {
        Ok(self.with(Store::part)?.map_or(0, |part| part.upto))
    }

    /// Whether the journal has entries that are not indexed.
    ///
    /// # Errors
    /// The store failed.
    pub fn is_behind(&self, journal: &Journal) -> Result<bool, IndexError> {
        Ok(self.indexed_upto()? < journal.size())
    }

    /// Indexes the entries that follow those indexed so far, all of them or none.
    ///
    /// # Errors
    /// The batch leaves a gap, or the store failed.
    pub fn apply(&self, origin: &str, entries: &[IndexedEntry]) -> Result<(), IndexError> {
        let Some(last) = entries.last() else {
            return Ok(());
        };
        let upto = self.indexed_upto()?;
        for (expected, entry) in (upto..).zip(entries) {
            if entry.index != expected {
                return Err(IndexError::Gap {
                    upto: expected,
                    found: entry.index,
                });
            }
        }
        let mut batch = Batch::new(upto);
        for entry in entries {
            for key in &entry.keys {
                batch.add(key.bytes(), entry.index);
            }
        }
        batch.upto = last.index.saturating_add(1);
        batch.last = Some(last.leaf_hash);
        self.apply_batch(origin, batch)
    }

    fn apply_batch(&self, origin: &str, batch: Batch) -> Result<(), IndexError> {
        let (upto, Some(last)) = (batch.upto, batch.last) else {
            return Ok(());
        };
        let origin = origin.to_owned();
        let part = IndexedPart { upto, last, origin };
        let records = batch.into_records();
        self.with(|store| store.apply(records, &part))
    }

    /// Indexes in `range` of the entries with exactly this key.
    ///
    /// # Errors
    /// The store failed.
    pub fn lookup(
        &self,
        key: &IndexKey,
        range: Range<u64>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        self.with(|store| store.lookup(key, range, order, limit.min(LOOKUP_MAX)))
    }

    /// Entries with a key that begins with `prefix`, in the order of the keys.
    ///
    /// # Errors
    /// The store failed.
    pub fn lookup_prefix(
        &self,
        prefix: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        self.with(|store| store.lookup_prefix(prefix, order, limit))
    }

    /// Indexes everything that the journal has and the index has not. An index that claims more
    /// than the journal has, or entries that the journal does not have, or whose store fails, is
    /// moved aside and built anew.
    ///
    /// # Errors
    /// The journal cannot be read, or the store fails a second time.
    pub fn catch_up(
        &self,
        journal: &Journal,
        keys_of: &KeysOf<'_>,
        mut on_progress: impl FnMut(CaughtUp),
    ) -> Result<CaughtUp, IndexError> {
        self.follow(journal, keys_of, &mut on_progress)
    }

    /// As [`Index::catch_up`], from a log that is read from outside: nothing of it is locked or
    /// written, and the index lies elsewhere.
    ///
    /// # Errors
    /// As [`Index::catch_up`]; what was read before a fault of the log is indexed.
    pub fn catch_up_log(
        &self,
        log: &LogReader,
        keys_of: &KeysOf<'_>,
        mut on_progress: impl FnMut(CaughtUp),
    ) -> Result<CaughtUp, IndexError> {
        self.follow(log, keys_of, &mut on_progress)
    }

    fn follow(
        &self,
        source: &dyn Source,
        keys_of: &KeysOf<'_>,
        on_progress: &mut dyn FnMut(CaughtUp),
    ) -> Result<CaughtUp, IndexError> {
        let mut rebuilt = false;
        let fits = self.fits(source);
        if matches!(fits, Ok(false) | Err(IndexError::Store(_))) {
            self.discard()?;
            rebuilt = true;
        } else {
            fits?;
        }
        let told = rebuilt | self.is_replaced.swap(false, Ordering::Relaxed);
        match self.advance(source, keys_of, told, on_progress) {
            Err(IndexError::Store(_)) if !rebuilt => {
                self.discard()?;
                self.advance(source, keys_of, true, on_progress)
            }
            other => other,
        }
    }

    fn advance(
        &self,
        source: &dyn Source,
        keys_of: &KeysOf<'_>,
        rebuilt: bool,
        on_progress: &mut dyn FnMut(CaughtUp),
    ) -> Result<CaughtUp, IndexError> {
        let upto = self.indexed_upto()?.max(source.first());
        let begin = CaughtUp { upto, rebuilt };
        let origin = source.origin().to_owned();
        let apply = |batch| self.apply_batch(&origin, batch);
        fill(source, &apply, keys_of, begin, on_progress)
    }

    /// Whether what is indexed is a beginning of this log.
    fn fits(&self, source: &dyn Source) -> Result<bool, IndexError> {
        let Some(IndexedPart { upto, last, origin }) = self.with(Store::part)? else {
            return Ok(true);
        };
        let Some(index) = upto.checked_sub(1) else {
            return Ok(false);
        };
        Ok(origin == source.origin() && source.leaf(index)? == Some(last))
    }

    fn with<T>(&self, work: impl FnOnce(&Store) -> Result<T, IndexError>) -> Result<T, IndexError> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        store.as_ref().map_or_else(|| Err(gone()), work)
    }

    /// Moves what is there aside and begins empty; for a caller whose lookup failed.
    ///
    /// # Errors
    /// The folder cannot be moved, or no store can be made.
    pub fn discard(&self) -> Result<(), IndexError> {
        tracing::warn!("the audit index is moved aside and built anew");
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = store.take() {
            old.close();
        }
        move_aside(&self.dir)?;
        *store = Some(Store::open(&self.dir)?);
        Ok(())
    }
}

fn gone() -> IndexError {
    IndexError::Store("it could not be built anew".to_owned())
}

fn beside(dir: &Path, suffix: &str) -> PathBuf {
    let mut path = dir.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn disk_error(file: &Path, source: std::io::Error) -> IndexError {
    IndexError::Disk {
        file: file.display().to_string(),
        source,
    }
}

fn lock(dir: &Path) -> Result<File, IndexError> {
    let path = beside(dir, ".lock");
    if let Some(parent) = dir.parent() {
        std::fs::create_dir_all(parent).map_err(|e| disk_error(parent, e))?;
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = file.map_err(|e| disk_error(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(IndexError::InUse {
            dir: dir.display().to_string(),
        }),
        Err(TryLockError::Error(e)) => Err(disk_error(&path, e)),
    }
}

/// Keeps the last broken index for whoever wants to look at it, and no more than one.
fn move_aside(dir: &Path) -> Result<(), IndexError> {
    let aside = beside(dir, ".broken");
    for result in [
        std::fs::remove_dir_all(&aside),
        std::fs::remove_file(&aside),
    ] {
        // Mostly there is none; if it cannot be removed, the rename below says so.
        result.ok();
    }
    match std::fs::rename(dir, &aside) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(disk_error(dir, e)),
        _ => Ok(()),
    }
}
