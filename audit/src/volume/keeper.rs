//! One pass of keeping: what may be archived is archived, and what may leave the journal leaves it,
//! each step on record before the next. A pass that was cut off anywhere is taken up by the next.

use std::path::Path;

use crate::receipt::Receipt;
use crate::volume::archiver::Archiver;
use crate::volume::expiry::{self, Expired};
use crate::volume::fault::VolumeError;
use crate::volume::manifest::Manifest;
use crate::volume::removal::{Held, Look, Removal, remove_bundles};
use crate::volume::{LocalVault, Vault};

/// What must be on record before the pass goes on.
#[derive(Debug, Clone, Copy)]
pub enum KeptEvent<'e> {
    /// A volume was made and verified.
    Archived(&'e Manifest),
    /// These entries are about to leave the journal.
    Removing(&'e Removal),
    /// A volume's entries were removed from the archive.
    Expired(&'e Expired),
}

/// Writes an entry and returns once it is durable.
pub type Record<'r> = dyn FnMut(KeptEvent<'_>) -> Result<Receipt, String> + 'r;

/// What a pass came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Volumes that were made.
    pub volumes: u64,
    /// Index behind the last archived entry.
    pub archived: u64,
    /// When the oldest entry was written that is in no volume, in seconds since 1970.
    pub waiting_since: Option<i64>,
    /// The first entry of the journal now.
    pub first: u64,
    /// Entries that left the journal.
    pub removed: u64,
    /// The hold at which removing ended.
    pub held_by: Option<String>,
}

/// See the module.
pub struct Keeper<'a> {
    archiver: Archiver<'a>,
    log: Box<dyn Vault>,
    /// A volume is closed short if its oldest entry is from before.
    close_before: i64,
    /// Entries of this time and later stay in the journal; all of them if it is not given.
    hot_from: Option<i64>,
    held: &'a Held<'a>,
}

impl std::fmt::Debug for Keeper<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}

impl<'a> Keeper<'a> {
    /// A keeper of the log in `dir`.
    #[must_use]
    pub fn new(
        dir: &Path,
        archiver: Archiver<'a>,
        close_before: i64,
        hot_from: Option<i64>,
        held: &'a Held<'a>,
    ) -> Self {
        let log = Box::new(LocalVault::new(dir));
        Self::on(log, archiver, (close_before, hot_from), held)
    }

    pub(crate) fn on(
        log: Box<dyn Vault>,
        archiver: Archiver<'a>,
        (close_before, hot_from): (i64, Option<i64>),
        held: &'a Held<'a>,
    ) -> Self {
        Self {
            archiver,
            log,
            close_before,
            hot_from,
            held,
        }
    }

    /// One pass. Blocks.
    ///
    /// # Errors
    /// The archive is damaged, the disk fails, or something could not be put on record. Nothing
    /// left the journal then that is not in a verified volume.
    pub fn pass(&self, record: &mut Record<'_>) -> Result<Kept, VolumeError> {
        let journal = self.archiver.journal;
        let mut kept = Kept::default();
        self.finish()?;
        while let Some(manifest) = self.archiver.next(self.close_before)? {
            record(KeptEvent::Archived(&manifest)).map_err(VolumeError::Record)?;
            kept.volumes = kept.volumes.saturating_add(1);
        }
        for expired in expiry::unrecorded(self.archiver.archive)? {
            let receipt = record(KeptEvent::Expired(&expired)).map_err(VolumeError::Record)?;
            expiry::recorded(self.archiver.archive, &expired, &receipt)?;
        }
        if let Some(hot_from) = self.hot_from {
            self.remove(hot_from, record, &mut kept)?;
        }
        let last = self.archiver.archive.manifests()?.pop();
        kept.archived = last.map_or(0, |last| last.end());
        kept.first = journal.first();
        if let Some(next) = journal.scan(kept.archived).next() {
            kept.waiting_since = (self.archiver.time_of)(&next?.1);
        }
        Ok(kept)
    }

    /// Takes away what a removal that was cut off left.
    fn finish(&self) -> Result<(), VolumeError> {
        self.archiver.journal.finish_removal()?;
        remove_bundles(self.log.as_ref(), self.archiver.journal.first())?;
        Ok(())
    }

    fn remove(
        &self,
        hot_from: i64,
        record: &mut Record<'_>,
        kept: &mut Kept,
    ) -> Result<(), VolumeError> {
        let journal = self.archiver.journal;
        let look = Look {
            journal,
            archive: self.archiver.archive,
            time_of: self.archiver.time_of,
            held: self.held,
            hot_from,
        };
        let found = look.find()?;
        kept.held_by = found.held_by;
        let Some(removal) = found.removal else {
            return Ok(());
        };
        record(KeptEvent::Removing(&removal)).map_err(VolumeError::Record)?;
        // A crash up to here removes nothing; the next pass says so once more.
        kept.removed = removal.end.saturating_sub(removal.first);
        removal.apply(journal, self.archiver.signer)?;
        remove_bundles(self.log.as_ref(), journal.first())?;
        Ok(())
    }
}
