//! Filling the index from a log: one thread reads entries and packs their keys, another stores
//! what is packed. Two batches exist at a time, whatever the length of the log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::digest::{Digest, leaf_hash};
use crate::index::postings::Batch;
use crate::index::{CaughtUp, IndexError};

/// Entries that are stored together. Larger batches pack better; this one is some 20 MiB.
const BATCH_ENTRIES: u64 = 32_768;

/// Takes the keys of one entry.
#[derive(Debug)]
pub struct Keys<'b> {
    batch: &'b mut Batch,
    index: u64,
    key: &'b mut Vec<u8>,
}

impl Keys<'_> {
    /// Adds the key that these parts make together. An empty key, or one longer than
    /// [`super::KEY_BYTES_MAX`], is none: its entry is then found by the others.
    pub fn add(&mut self, parts: &[&str]) {
        self.key.clear();
        for part in parts {
            self.key.extend_from_slice(part.as_bytes());
        }
        self.batch.add(self.key, self.index);
    }
}

/// Tells the keys of an entry.
pub type KeysOf<'k> = dyn Fn(&[u8], &mut Keys<'_>) + 'k;

/// Is shown the entries one by one.
pub(super) type OnEntry<'e> = dyn FnMut(u64, &[u8]) + 'e;

/// What the index is filled from.
pub(super) trait Source {
    /// Name of the log.
    fn origin(&self) -> &str;
    /// Leaf hash of the entry; `None` if the log has no such entry.
    fn leaf(&self, index: u64) -> Result<Option<Digest>, IndexError>;
    /// Index of the first entry that is there.
    fn first(&self) -> u64;
    /// Whether there is certainly nothing from an index on.
    fn ends_at(&self, index: u64) -> bool;
    /// Shows the entries from an index on.
    fn feed(&self, from: u64, on_entry: &mut OnEntry<'_>) -> Result<(), IndexError>;
}

/// Stores a batch.
pub(super) type Apply<'a> = dyn Fn(Batch) -> Result<(), IndexError> + Sync + 'a;

/// Reads everything from `from` on and stores its keys.
pub(super) fn fill(
    source: &dyn Source,
    apply: &Apply<'_>,
    keys_of: &KeysOf<'_>,
    begin: CaughtUp,
    on_progress: &mut dyn FnMut(CaughtUp),
) -> Result<CaughtUp, IndexError> {
    if source.ends_at(begin.upto) {
        return Ok(begin);
    }
    let stored = AtomicU64::new(begin.upto);
    let told = |stored: &AtomicU64| CaughtUp {
        upto: stored.load(Ordering::Acquire),
        ..begin
    };
    std::thread::scope(|scope| {
        let (sender, batches) = sync_channel(1);
        let storing = scope.spawn(|| store_all(batches, apply, &stored));
        let mut packing = Packing::new(Batch::new(begin.upto), sender);
        let fed = source.feed(begin.upto, &mut |index, entry| {
            if packing.pack(index, entry, keys_of) {
                on_progress(told(&stored));
            }
        });
        // What was read before a fault of the log is sound, and is kept.
        packing.send();
        drop(packing);
        let end = storing.join().unwrap_or_else(|_| Err(super::gone()));
        end.and(fed)?;
        let done = told(&stored);
        if done.upto > begin.upto {
            on_progress(done);
        }
        Ok(done)
    })
}

fn store_all(
    batches: Receiver<Batch>,
    apply: &Apply<'_>,
    stored: &AtomicU64,
) -> Result<(), IndexError> {
    for batch in batches {
        let upto = batch.upto;
        apply(batch)?;
        stored.store(upto, Ordering::Release);
    }
    Ok(())
}

struct Packing {
    batch: Batch,
    count: u64,
    /// The key that is being put together.
    key: Vec<u8>,
    /// The last entry: its leaf hash is by what the index recognises its log.
    entry: Vec<u8>,
    /// `None` once the other side is gone; it then says why.
    sender: Option<SyncSender<Batch>>,
}

impl Packing {
    const fn new(batch: Batch, sender: SyncSender<Batch>) -> Self {
        Self {
            batch,
            count: 0,
            key: Vec::new(),
            entry: Vec::new(),
            sender: Some(sender),
        }
    }

    /// Whether a batch became full with this entry.
    fn pack(&mut self, index: u64, entry: &[u8], keys_of: &KeysOf<'_>) -> bool {
        if self.sender.is_none() {
            return false;
        }
        let Self { batch, key, .. } = self;
        keys_of(entry, &mut Keys { batch, index, key });
        batch.upto = index.saturating_add(1);
        self.entry.clear();
        self.entry.extend_from_slice(entry);
        self.count += 1;
        let is_full = self.count >= BATCH_ENTRIES;
        if is_full {
            self.send();
        }
        is_full
    }

    fn send(&mut self) {
        if self.count == 0 {
            return;
        }
        self.count = 0;
        self.batch.last = Some(leaf_hash(&self.entry));
        let next = Batch::new(self.batch.upto);
        let batch = std::mem::replace(&mut self.batch, next);
        self.sender = self
            .sender
            .take()
            .filter(|sender| sender.send(batch).is_ok());
    }
}
