//! What a log must show to be believed: receipts that it honours, keys that have signed it, and
//! that what is missing at its beginning was removed by itself.

use crate::digest::Digest;
use crate::journal::Base;
use crate::note::{NoteFault, NoteKey};
use crate::receipt::Receipt;
use crate::verify::VerifyError;
use crate::verify::tree::TreeCheck;

/// What an entry says that a verification must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It introduces the successor of the signing key.
    Successor {
        /// SHA-256 of the statement that both keys have signed.
        statement: Digest,
    },
    /// Entries are about to leave the journal.
    Removed {
        /// The first entry that stays.
        end: u64,
    },
}

/// Reads what an entry says; entries are opaque here.
pub type Says<'s> = dyn Fn(&[u8]) -> Option<Said> + 's;

/// See the module.
#[derive(Clone, Copy)]
pub struct Demands<'d> {
    /// Each must be honoured.
    pub receipts: &'d [Receipt],
    /// Public keys of the log; without any, signatures are not looked at.
    pub keys: &'d [NoteKey],
    /// Reads entries; without it no successor is believed, and no removal is asked for.
    pub says: Option<&'d Says<'d>>,
    /// Whether it must have a checkpoint where keys are given. An agent's log publishes nothing:
    /// its signed base is enough then.
    pub is_published: bool,
}

impl Default for Demands<'_> {
    fn default() -> Self {
        Self {
            receipts: &[],
            keys: &[],
            says: None,
            is_published: true,
        }
    }
}

impl std::fmt::Debug for Demands<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Demands").finish_non_exhaustive()
    }
}

impl Demands<'_> {
    /// The base is the log's own, and an entry says what it removed. Only a log that was put
    /// together from an archive has one that nobody signed, and that publishes nothing.
    pub(super) fn check_base(
        &self,
        base: &Base,
        tree: &TreeCheck,
        removed_by: Option<u64>,
    ) -> Result<(), VerifyError> {
        let published = tree.published();
        if !base.is_signed() {
            return match published {
                Some(_) => Err(VerifyError::Base(NoteFault::Unsigned)),
                None => Ok(()),
            };
        }
        let keys = tree.keys();
        if keys.are_given() {
            base.verify(keys.family()).map_err(VerifyError::Base)?;
        }
        if self.says.is_none() {
            return Ok(());
        }
        let first = base.index();
        let removed_by = removed_by.ok_or(VerifyError::Unrecorded { first })?;
        // Whoever holds a key that was replaced can write both, and cannot sign the entry.
        let is_covered = published.is_none_or(|size| removed_by < size);
        if keys.are_given() && !is_covered {
            base.verify(&keys.current()).map_err(VerifyError::Base)?;
        }
        Ok(())
    }
}
