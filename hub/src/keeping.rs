//! Keeping the log: archiving what is due, letting go what two officers have let go of, each step
//! on record. START HERE: [`Keeping::keep`]. It runs beside the questions, never on their path; a
//! pass that fails is told, and tried again.

mod passed;
mod standing;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use audit::note::NoteSigner;
use audit::publisher::own_keys;
use audit::volume::{Archiver, Expired, Keeper, Kept, KeptEvent, LastSaid, OrderBook, VolumeSize};
use audit::{Archive, PublishedLog, Receipt, VolumeError};
use policies::{KeepingOrders, KeptEntry, day_begins};
use time::OffsetDateTime;
use tokio::runtime::Handle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use wire::keeping::{
    ARCHIVED_DAYS_MIN, Archived, NamedOrders, Retention, VolumeExpired, days_before, written_at,
};
use wire::{ArchiveSettings, Clock, Heading};

use crate::ledger::Ledger;
use crate::ledger::entry::Entry;
use crate::metrics::Metrics;
use crate::witnesses::Witnesses;
use standing::Standing;

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
    pub ledger: Arc<Ledger>,
    /// What was published of it.
    pub published: PublishedLog,
    /// Whether the log is believed.
    pub witnesses: Arc<Witnesses>,
    /// The officers' orders; without them nothing leaves the folder of the log.
    pub orders: Option<OrderBook>,
    /// The orders that the log says are in force.
    pub named: LastSaid<NamedOrders>,
    /// The counts.
    pub metrics: Arc<Metrics>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Keeping {
    /// Keeps until told to stop.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        let mut due = self.clock.now();
        let keeping = Arc::clone(&self);
        if tokio::task::spawn_blocking(move || keeping.remember())
            .await
            .is_err()
        {
            tracing::error!("when the log was archived last is not known");
        }
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
        if self.witnesses.is_disowned() {
            // It is evidence from here on: not a byte of it is moved.
            return Ok(None);
        }
        let standing = Standing::read(self, handle)?;
        if !is_due {
            return Ok(None);
        }
        self.pass(&standing, handle).map(Some)
    }

    fn pass(&self, standing: &Standing, handle: &Handle) -> Result<Kept, VolumeError> {
        let now = self.clock.now();
        // Volumes from before the key was replaced carry the signature of its predecessor.
        let keys = own_keys(&self.dir, self.signer.key())?;
        let archive = Archive::new(&self.archive.dir, keys);
        let time_of = |entry: &[u8]| written_at(entry).map(OffsetDateTime::unix_timestamp);
        let archiver = Archiver {
            journal: self.ledger.journal(),
            archive: &archive,
            signer: &self.signer,
            covering: &self.published,
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
        self.passed_at(now.unix_timestamp());
        self.metrics.archived(now.unix_timestamp(), archived, first);
        Ok(kept)
    }

    fn record(
        &self,
        event: KeptEvent<'_>,
        standing: &Standing,
        handle: &Handle,
    ) -> Result<Receipt, String> {
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
                    serial: standing.serial(),
                    orders: standing.digest(),
                    approved_by: standing.by(),
                })
            }
            KeptEvent::Expired(expired) => Entry::VolumeExpired(self.expired(expired, standing)?),
        };
        self.note(entry, handle)
    }

    /// What the log says of a record in the archive, where anybody may have put it: only what
    /// officers of today have sealed goes on record, and only their names.
    fn expired(&self, expired: &Expired, standing: &Standing) -> Result<VolumeExpired, String> {
        let book = self.orders.as_ref();
        let book = book.ok_or("a volume has expired, and no orders are configured")?;
        let sealed = expired.sealed(&book.keys, book.signers_min);
        let sealed = sealed.map_err(|error| error.to_string())?;
        let orders = KeepingOrders::parse(&sealed.text).map_err(|fault| fault.to_string())?;
        let over = days_before(self.clock.now(), ARCHIVED_DAYS_MIN);
        let log = self.ledger.journal().origin();
        if !orders.lets_go(log, expired.until) || expired.until >= over {
            let first = expired.first;
            return Err(format!("no orders let the volume of entry {first} expire"));
        }
        let digest = expired.order.orders.to_string();
        Ok(VolumeExpired {
            first: expired.first,
            last: expired.last(),
            sha256: expired.sha256.to_string(),
            superseded: digest != standing.digest(),
            orders: digest,
            approved_by: sealed.by,
        })
    }

    fn note(&self, entry: Entry, handle: &Handle) -> Result<Receipt, String> {
        if self.witnesses.is_disowned() {
            return Err("the log was disowned meanwhile".to_owned());
        }
        let noted = handle.block_on(self.ledger.note(entry));
        noted.map_err(|error| error.to_string())
    }
}

/// What orders look at of an entry; `None` if it is none of this version.
fn looked_at<T>(index: u64, entry: &[u8], look: impl FnOnce(KeptEntry<'_>) -> T) -> Option<T> {
    let heading = Heading::read(entry)?;
    let at = written_at(entry)?;
    Some(look(KeptEntry {
        index,
        at,
        case_no: &heading.case.number,
        subject: &heading.subject,
    }))
}

#[cfg(test)]
mod tests;
