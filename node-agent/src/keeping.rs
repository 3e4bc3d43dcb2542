//! Keeping the agent's own log: archiving what is due, letting go what two officers of this
//! center have let go of, each step on record. START HERE: [`Keeping::keep`]. It runs beside the
//! questions, never on their path; a pass that fails is told, and tried again.
//!
//! The log publishes nothing, so that each volume brings a checkpoint of its own.

mod setup;
mod standing;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use audit::note::NoteSigner;
use audit::volume::{Archiver, Keeper, Kept, KeptEvent, OrderBook, OwnCheckpoints, VolumeSize};
use audit::{Archive, Receipt, VolumeError};
use policies::{KeptEntry, day_begins};
use time::OffsetDateTime;
use tokio::runtime::Handle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use wire::keeping::{Archived, Retention, VolumeExpired, days_before, written_at};
use wire::{ArchiveSettings, Clock, Heading};

use crate::book::{Book, Entry};
use crate::metrics::Metrics;
use standing::Standing;

pub(crate) use setup::{keep_book, order_book};

/// How often the officers' orders are looked at, and whether a pass is due.
const LOOK_PAUSE: Duration = Duration::from_secs(60);
/// A pass that failed is tried again no sooner.
const AGAIN_AFTER: Duration = Duration::from_secs(600);

/// See the module.
#[derive(Debug)]
pub struct Keeping {
    /// The archive.
    pub archive: ArchiveSettings,
    /// Days that an entry stays in the folder of the log.
    pub hot_days: u64,
    /// Folder of the log.
    pub dir: PathBuf,
    /// The log's key.
    pub signer: NoteSigner,
    /// The book.
    pub book: Arc<Book>,
    /// The officers' orders; without them nothing leaves the folder of the log.
    pub orders: Option<OrderBook>,
    /// The counts.
    pub metrics: Arc<Metrics>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Keeping {
    /// Keeps until told to stop.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        // An archive that never has a pass is behind from the start on.
        let mut due = self.clock.now();
        self.metrics.archived(due.unix_timestamp(), 0, 0);
        let mut pause = tokio::time::interval(LOOK_PAUSE);
        pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = pause.tick() => {}
                () = stop.cancelled() => return,
            }
            let (keeping, handle) = (Arc::clone(&self), Handle::current());
            let is_due = self.clock.now() >= due;
            let looked = tokio::task::spawn_blocking(move || keeping.look(is_due, &handle)).await;
            let after = match looked {
                Ok(Ok(_)) => self.archive.every,
                Ok(Err(error)) => {
                    tracing::error!(%error, "the log is not archived; it is tried again");
                    AGAIN_AFTER
                }
                Err(_) => AGAIN_AFTER,
            };
            if is_due {
                due = self.clock.now() + after;
            }
        }
    }

    /// Takes changed orders, and makes a pass if one is due. Blocks.
    ///
    /// # Errors
    /// As [`Keeper::pass`]; or nobody knows any more what must be kept.
    pub fn look(&self, is_due: bool, handle: &Handle) -> Result<Option<Kept>, VolumeError> {
        let standing = Standing::read(self, handle)?;
        if !is_due {
            return Ok(None);
        }
        self.pass(&standing, handle).map(Some)
    }

    fn pass(&self, standing: &Standing, handle: &Handle) -> Result<Kept, VolumeError> {
        let now = self.clock.now();
        let archive = Archive::new(&self.archive.dir, vec![self.signer.key().clone()]);
        let time_of = |entry: &[u8]| written_at(entry).map(OffsetDateTime::unix_timestamp);
        let covering = OwnCheckpoints {
            journal: self.book.journal(),
            signer: &self.signer,
        };
        let archiver = Archiver {
            journal: self.book.journal(),
            archive: &archive,
            signer: &self.signer,
            covering: &covering,
            time_of: &time_of,
            size: VolumeSize::default(),
        };
        let close_before = days_before(now, self.archive.after_days);
        let held = |index: u64, entry: &[u8]| standing.held(index, entry);
        let hot_from = standing.hot_until().map(|day| {
            // The officers may keep more than the configuration, never less.
            day_begins(day).min(days_before(now, self.hot_days))
        });
        let keeper = Keeper::new(&self.dir, archiver, close_before, hot_from, &held);
        let kept = keeper.pass(&mut |event| self.record(event, standing, handle))?;
        if let Some(hold) = &kept.held_by {
            tracing::info!(hold, "entries stay in the journal for a hold");
        }
        let Kept {
            volumes,
            archived,
            first,
            removed,
            ..
        } = kept;
        tracing::info!(volumes, archived, removed, first, "the log was archived");
        self.metrics.archived(now.unix_timestamp(), archived, first);
        Ok(kept)
    }

    fn record(
        &self,
        event: KeptEvent<'_>,
        standing: &Standing,
        handle: &Handle,
    ) -> Result<Receipt, String> {
        if let KeptEvent::Removing(removal) = &event {
            // First, so that no value beside the log is ever without its entry or its trace.
            let traced = self.book.trace_removed(removal.first, removal.end);
            traced.map_err(|error| error.to_string())?;
        }
        let entry = match event {
            KeptEvent::Archived(manifest) => Entry::Archived(Archived {
                first: manifest.first(),
                last: manifest.end().saturating_sub(1),
                sha256: manifest.sha256.to_string(),
                root: manifest.after.root().to_base64(),
            }),
            KeptEvent::Removing(removal) => {
                let volumes = removal.volumes.iter();
                Entry::Retention(Retention {
                    first: removal.first,
                    last: removal.end.saturating_sub(1),
                    volumes: volumes
                        .map(|(file, sum)| (file.clone(), sum.to_string()))
                        .collect(),
                    orders: standing.digest(),
                    approved_by: standing.by(),
                })
            }
            KeptEvent::Expired(expired) => Entry::VolumeExpired(VolumeExpired {
                first: expired.first,
                last: expired
                    .first
                    .saturating_add(expired.count)
                    .saturating_sub(1),
                sha256: expired.sha256.to_string(),
                orders: expired.order.orders.to_string(),
                approved_by: expired.order.by.clone(),
            }),
        };
        self.note(entry, handle)
    }

    fn note(&self, entry: Entry, handle: &Handle) -> Result<Receipt, String> {
        let noted = handle.block_on(self.book.write(entry));
        noted.map_err(|error| format!("{error}"))
    }
}

/// What orders look at of an entry; `None` if it is none of this version.
fn looked_at<T>(index: u64, entry: &[u8], look: impl FnOnce(KeptEntry<'_>) -> T) -> Option<T> {
    let heading = Heading::read(entry)?;
    let at = written_at(entry)?;
    Some(look(KeptEntry {
        index,
        at,
        case_no: &heading.case_no,
        subject: &heading.subject,
    }))
}

#[cfg(test)]
mod tests;
