//! Some entries as framed messages, read and mapped on a thread that may wait for the disk.
//!
//! INVARIANT: a source holds one batch at the most, however far its receiver is behind.

use std::sync::Arc;

use super::{Entries, ExportedLog, Surroundings};
use crate::export::ocsf::Place;
use crate::export::syslog;

/// Entries and octets of a batch; the last message may go beyond.
const ENTRIES_MAX: u64 = 256;
const OCTETS_MAX: usize = 256 << 10;

/// Where messages come from.
pub(super) struct Source {
    log: Arc<dyn ExportedLog>,
    entries: Entries,
    app: &'static str,
    octets: usize,
    next: u64,
}

/// Framed messages.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    /// Index behind the last entry of it.
    pub(super) next: u64,
    pub(super) messages: u64,
    pub(super) cut: u64,
}

impl Source {
    pub(super) fn new(around: &Surroundings, octets: usize, from: u64) -> Self {
        Self {
            log: Arc::clone(&around.log),
            entries: around.log.entries(from),
            app: around.app,
            octets,
            next: from,
        }
    }

    pub(super) fn has_more(&self) -> bool {
        self.next < self.log.size()
    }

    /// The next messages, off the tasks' threads.
    pub(super) async fn batch(mut self) -> Result<(Self, Batch), String> {
        let read = tokio::task::spawn_blocking(move || {
            let batch = self.read()?;
            Ok((self, batch))
        });
        read.await
            .unwrap_or_else(|_| Err("reading broke down".to_owned()))
    }

    fn read(&mut self) -> Result<Batch, String> {
        let (size, checkpoint) = (self.log.size(), self.log.checkpoint());
        let mut batch = Batch::default();
        while self.next < size && batch.messages < ENTRIES_MAX && batch.bytes.len() < OCTETS_MAX {
            let Some(read) = self.entries.next() else {
                return Err(format!("the log ends before entry {}", self.next));
            };
            let read = read?;
            if read.index != self.next {
                return Err(format!("entry {} instead of {}", read.index, self.next));
            }
            let place = Place {
                log: self.log.origin(),
                index: read.index,
                leaf_hash: &read.leaf_hash,
                checkpoint: checkpoint.filter(|size| read.index < *size),
            };
            let message = syslog::message(&read.entry, &place, self.app, self.octets);
            syslog::frame(&mut batch.bytes, &message.text);
            batch.cut += u64::from(message.was_cut);
            batch.messages += 1;
            self.next += 1;
        }
        batch.next = self.next;
        Ok(batch)
    }
}
