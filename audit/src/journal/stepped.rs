//! A journal without a thread of its own: whoever holds the [`Writer`] decides when what is queued
//! gets written, so that a simulation with its own time can drive it and always sees the same.

use std::sync::Arc;

use super::committer::Committer;
use super::{Disk, Journal, JournalConfig, Recovery};
use crate::error::AuditError;

/// The writing half of a journal. Dropping it is what a killed process does: what is queued stays
/// unwritten and the log gets no mark of a good end.
#[derive(Debug)]
#[must_use = "without its writer a journal takes nothing"]
pub struct Writer {
    committer: Committer,
}

impl Writer {
    /// Writes what is queued now as one frame, syncs it and answers those who wait; `false` if
    /// nothing was queued. After a failed write everything queued is refused.
    pub fn write(&mut self) -> bool {
        self.committer.step()
    }

    /// Writes what is queued and marks the log as closed.
    pub fn close(self) {
        self.committer.end();
    }
}

impl Journal {
    /// As [`Journal::open`], on any disk, without a lock and without a thread: nothing is written
    /// but by the writer, and it alone closes the log ([`Writer::close`]).
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_stepped(
        disk: Arc<dyn Disk>,
        config: &JournalConfig,
    ) -> Result<(Self, Recovery, Writer), AuditError> {
        let (journal, recovery, mut committer) = Self::prepare(disk, config)?;
        committer.prepares = false;
        Ok((journal, recovery, Writer { committer }))
    }
}
