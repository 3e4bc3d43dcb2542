//! The journal: entries go in, and are acknowledged once they are on disk. START HERE: `append`
//! hands an entry to the thread in `committer.rs`, whose `write_durably` is the line after which
//! an entry counts. It refuses instead of waiting when its queue is full, and for good after the
//! first failed write.

mod base;
mod committer;
mod config;
mod disk;
mod find;
mod folder;
mod frame;
mod places;
mod recovery;
mod removal;
mod scan;
mod segment;
mod shared;
mod stepped;
mod supply;
#[cfg(test)]
pub(crate) mod tests;
mod walk;

use std::collections::VecDeque;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::digest::{Digest, leaf_hash};
use crate::error::AuditError;
use crate::receipt::Receipt;
use committer::{Committer, Submission};
use shared::{Shared, State};
use supply::Supply;

pub use base::Base;
pub(crate) use base::{damage as base_damage, read as read_base};
pub use config::{ENTRY_BYTES_MAX, JournalConfig, QUEUE_MAX, SEGMENT_BYTES, SEGMENT_BYTES_MAX};
pub(crate) use disk::LocalDisk;
pub use disk::{Access, Disk, SegmentFile};
pub(crate) use find::find_entry;
pub(crate) use folder::make as make_folder;
pub use scan::Scan;
pub(crate) use segment::file_name;
pub use stepped::Writer;
pub use supply::Room;
pub(crate) use supply::is_no_room;
pub(crate) use walk::{Cursor, Tail, header, segments, walk};

/// Folder of the segments within the folder of the log.
pub(crate) const JOURNAL_FOLDER: &str = "journal";
/// File in the folder of the log whose lock the writer holds.
pub(crate) const LOCK_NAME: &str = "lock";
/// A predecessor that is just ending, or a verifier that looks whether there is a writer, holds
/// the lock for a moment: it is tried so often, at this distance.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// What opening a journal found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Entries in the log.
    pub entries: u64,
    /// Segment files.
    pub segments: u64,
    /// Bytes of an unfinished write that were dropped; none of it was ever acknowledged.
    pub bytes_dropped: u64,
    /// The last writer did not close the log, so the tail was copied to a fresh file.
    pub tail_copied: bool,
}

/// Whether the journal still accepts entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Healthy,
    /// A write or sync failed; this process acknowledges nothing more.
    Poisoned(Arc<str>),
    /// It was closed.
    Closed,
}

/// A handle on an open journal. Clones share it; the last one that goes away closes it, which
/// waits for the disk, as [`Journal::close`] does.
#[derive(Debug, Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

/// An entry on its way to the disk. Dropping it does not withdraw the entry.
#[derive(Debug)]
#[must_use = "an entry counts once it is durable"]
pub struct Appending {
    answered: oneshot::Receiver<Result<Receipt, AuditError>>,
    inner: Arc<Inner>,
}

impl Appending {
    /// Returns once the entry is on disk.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub async fn durable(self) -> Result<Receipt, AuditError> {
        // The thread answers everything it takes; it can only be gone if it broke down.
        self.answered
            .await
            .unwrap_or_else(|_| Err(self.inner.shared.broken_down()))
    }
}

impl Appending {
    /// As [`Appending::durable`], for a thread that may wait.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn wait(self) -> Result<Receipt, AuditError> {
        let answered = self.answered.blocking_recv();
        answered.unwrap_or_else(|_| Err(self.inner.shared.broken_down()))
    }
}

impl Journal {
    /// Locks, verifies and recovers the log in `config.dir`, creating it if there is none, and
    /// starts its writing thread. Blocks; the time it takes grows with the log.
    ///
    /// # Errors
    /// The settings are wrong, another writer is active, the disk fails, or an acknowledged part
    /// of the log is damaged.
    pub fn open(config: &JournalConfig) -> Result<(Self, Recovery), AuditError> {
        config.check()?;
        let folder = config.dir.join(JOURNAL_FOLDER);
        folder::make(&folder)?;
        let lock = lock(config)?;
        Self::open_on(Arc::new(LocalDisk::new(folder)), config, Some(lock))
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        config: &JournalConfig,
        lock: Option<File>,
    ) -> Result<(Self, Recovery), AuditError> {
        let (journal, recovery, committer) = Self::prepare(disk, config)?;
        let thread = std::thread::Builder::new()
            .name("audit-commit".to_owned())
            .spawn(move || {
                committer.run();
                // The lock goes last, when nothing can be written any more.
                drop(lock);
            });
        let thread = thread.map_err(|e| AuditError::disk("start the writer of", "journal", e))?;
        *held(&journal.inner.thread) = Some(thread);
        Ok((journal, recovery))
    }

    /// The journal with all that its writer needs, which does not run yet.
    fn prepare(
        disk: Arc<dyn Disk>,
        config: &JournalConfig,
    ) -> Result<(Self, Recovery, Committer), AuditError> {
        config.check()?;
        let opened = recovery::open(disk.as_ref(), config)?;
        let cursor = opened.cursor;
        let supply = Supply::begin(Arc::clone(&disk), config.segment_bytes)?;
        let room = if supply.has_reserve() {
            Room::Enough
        } else {
            tracing::error!("no room for the reserve of the log: only what is owed is taken");
            Room::Full
        };
        let state = State {
            base: opened.base.map(Arc::new),
            cursor,
            health: Health::Healthy,
            room,
            places: opened.places,
        };
        let shared = Arc::new(Shared::new(disk, config, state));
        let (sender, queue) = sync_channel(config.queue_max);
        let committer = Committer {
            shared: Arc::clone(&shared),
            queue,
            cursor,
            active: opened.active,
            closed: opened.closed,
            supply,
            held: VecDeque::new(),
        };
        let inner = Inner {
            shared,
            queue: Mutex::new(Some(sender)),
            thread: Mutex::new(None),
            entry_bytes_max: config.entry_bytes_max,
        };
        let journal = Self {
            inner: Arc::new(inner),
        };
        Ok((journal, opened.recovery, committer))
    }

    /// Appends an entry and returns once it is on disk. Dropping the future does not withdraw the
    /// entry.
    ///
    /// # Errors
    /// [`AuditError::Full`] at once when the queue is full; [`AuditError::EntryTooLong`];
    /// [`AuditError::NoRoom`] while the disk is full: nothing was written then; after a
    /// failed write [`AuditError::Poisoned`], which says nothing about whether the entry will be
    /// found in the log later.
    pub async fn append(&self, entry: Vec<u8>) -> Result<Receipt, AuditError> {
        self.begin(entry)?.durable().await
    }

    /// Puts an entry in the queue, behind everything that was put there before, and returns at
    /// once. For a writer whose entries must lie in the order in which it made them.
    ///
    /// # Errors
    /// As [`Journal::append`] before anything is written.
    pub fn begin(&self, entry: Vec<u8>) -> Result<Appending, AuditError> {
        self.inner.begin(entry, false)
    }

    /// As [`Journal::begin`], for an entry that is owed: the outcome of what is on record already,
    /// or that the disk is full. It is taken as long as the reserve lasts.
    ///
    /// # Errors
    /// As [`Journal::begin`].
    pub fn begin_owed(&self, entry: Vec<u8>) -> Result<Appending, AuditError> {
        self.inner.begin(entry, true)
    }

    /// Name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.inner.shared.origin
    }

    /// Folder of the log.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.shared.dir
    }

    /// Number of acknowledged entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.inner.shared.size()
    }

    /// Index of the first entry that is there: 0, or where the archive begins to be the only place.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.base().map_or(0, |base| base.index())
    }

    /// Where the journal begins, if its first segments were removed.
    #[must_use]
    pub fn base(&self) -> Option<Arc<Base>> {
        self.inner.shared.read().base.clone()
    }

    /// First indexes of the segments, in order. The last one is being written.
    #[must_use]
    pub fn segment_firsts(&self) -> Vec<u64> {
        self.inner.shared.read().places.firsts()
    }

    /// Chain hash before the segment that begins with `first`.
    ///
    /// # Errors
    /// Its header cannot be read.
    pub(crate) fn chain_before(&self, first: u64) -> Result<Digest, AuditError> {
        let disk = self.inner.shared.disk.as_ref();
        Ok(removal::cursor_at(disk, first)?.chain)
    }

    /// Begins the journal with `base` and removes the segments before it, also those that an
    /// earlier removal left. Blocks. Tells how many segments went.
    ///
    /// # Errors
    /// The base is not before the last segment, or not what its segment says, or the disk fails;
    /// then no segment behind the base was touched.
    pub(crate) fn begin_at(&self, base: Base) -> Result<u64, AuditError> {
        let shared = &self.inner.shared;
        let disk = shared.disk.as_ref();
        let first = base.index();
        if first < self.first() || !self.segment_firsts().contains(&first) {
            return Err(base_damage(first, crate::Fault::Begin).into());
        }
        removal::begin_at(disk, &base)?;
        // A crash from here on leaves segments that no reader looks into any more.
        shared.begin_at(base);
        removal::remove_before(disk, first)
    }

    /// Makes a log without entries that begins with `base`, in a folder without one.
    ///
    /// # Errors
    /// The settings are wrong, or the disk fails.
    pub(crate) fn make_from(config: &JournalConfig, base: &Base) -> Result<(), AuditError> {
        config.check()?;
        let folder = config.dir.join(JOURNAL_FOLDER);
        folder::make(&folder)?;
        recovery::make_from(&LocalDisk::new(folder), config, base)
    }

    /// Removes segments that a removal which was cut off left before the base.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn finish_removal(&self) -> Result<u64, AuditError> {
        removal::remove_before(self.inner.shared.disk.as_ref(), self.first())
    }

    /// Chain hash over everything acknowledged.
    #[must_use]
    pub fn chain(&self) -> Digest {
        self.inner.shared.read().cursor.chain
    }

    /// Number of segment files.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.inner.shared.read().places.segments()
    }

    /// Whether the journal still accepts entries.
    #[must_use]
    pub fn health(&self) -> Health {
        self.inner.shared.read().health.clone()
    }

    /// Whether the disk has room for more.
    #[must_use]
    pub fn room(&self) -> Room {
        self.inner.shared.room()
    }

    /// Entries that were refused because the disk was full, since the opening.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.inner.shared.turned_away()
    }

    /// The entry at `index`, read from disk and checked.
    ///
    /// # Errors
    /// There is no such entry, the disk fails, or the entry was damaged since it was written.
    pub fn read(&self, index: u64) -> Result<Vec<u8>, AuditError> {
        scan::read_one(&self.inner.shared, index)
    }

    /// The entries from `from` on with their indexes.
    #[must_use]
    pub fn scan(&self, from: u64) -> Scan {
        Scan::new(Arc::clone(&self.inner.shared), from)
    }

    /// Writes what is queued, marks the log as closed and gives up its lock. Blocks. Every later
    /// append is refused; reading goes on working.
    ///
    /// # Errors
    /// The journal was, or became, poisoned.
    pub fn close(&self) -> Result<(), AuditError> {
        self.inner.stop();
        match self.health() {
            Health::Poisoned(reason) => Err(AuditError::Poisoned { reason }),
            Health::Healthy | Health::Closed => Ok(()),
        }
    }
}

fn lock(config: &JournalConfig) -> Result<File, AuditError> {
    let path = config.dir.join(LOCK_NAME);
    let shown = path.display().to_string();
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = file.map_err(|e| AuditError::disk("create", &shown, e))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(e)) => return Err(AuditError::disk("lock", &shown, e)),
        }
    }
    Err(AuditError::Locked {
        dir: config.dir.display().to_string(),
    })
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    /// `None` once closed. Held for the length of a `try_send` only.
    queue: Mutex<Option<SyncSender<Submission>>>,
    /// Taken by whoever waits for the thread to end.
    thread: Mutex<Option<JoinHandle<()>>>,
    entry_bytes_max: usize,
}

impl Inner {
    fn begin(self: &Arc<Self>, entry: Vec<u8>, owed: bool) -> Result<Appending, AuditError> {
        Ok(Appending {
            answered: self.submit(entry, owed)?,
            inner: Arc::clone(self),
        })
    }

    fn submit(
        &self,
        entry: Vec<u8>,
        owed: bool,
    ) -> Result<oneshot::Receiver<Result<Receipt, AuditError>>, AuditError> {
        if let Some(refusal) = self.shared.refusal() {
            return Err(refusal);
        }
        if !owed && self.shared.room() == Room::Full {
            self.shared.count_turned_away();
            return Err(AuditError::NoRoom);
        }
        let (bytes, max) = (entry.len(), self.entry_bytes_max);
        if bytes > max {
            return Err(AuditError::EntryTooLong { bytes, max });
        }
        // Hashed here, by many callers side by side, and not by the one writing thread.
        let leaf_hash = leaf_hash(&entry);
        let (answer, answered) = oneshot::channel();
        let submission = Submission {
            entry,
            leaf_hash,
            owed,
            answer,
        };
        match held(&self.queue)
            .as_ref()
            .map(|queue| queue.try_send(submission))
        {
            Some(Ok(())) => Ok(answered),
            Some(Err(TrySendError::Full(_))) => Err(AuditError::Full),
            Some(Err(TrySendError::Disconnected(_))) => Err(self.shared.broken_down()),
            None => Err(self.shared.refusal().unwrap_or(AuditError::Closed)),
        }
    }

    fn stop(&self) {
        held(&self.queue).take();
        let mut thread = held(&self.thread);
        if let Some(thread) = thread.take()
            && thread.join().is_err()
        {
            self.shared.broken_down();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
