//! Archive volumes: stretches of a log in files that need no database and no log to be read. START
//! HERE: [`Archiver::next`] makes one, [`Archive`] reads and verifies them, [`Keeper`] lets the
//! journal's oldest segments go once everything in them lies in a verified volume.
//!
//! A volume is two files: the entries, encoded as in bundles, and a signed manifest that holds
//! them against the log's tree. It counts once its manifest is there; nothing in it ever changes.

mod archive;
mod archiver;
mod check;
mod expiry;
mod fault;
mod keeper;
mod last_said;
mod manifest;
mod orders;
mod removal;
mod restore;
#[cfg(test)]
mod tests;
mod vault;

pub use archive::Archive;
pub use archiver::{Archiver, Covering, OwnCheckpoints, TimeOf};
pub use check::{ArchiveProgress, CheckedLog, ExpiredVolume, VerifiedArchive, verify_archive};
pub use expiry::{Expired, ExpiryOrder};
pub use fault::VolumeError;
pub use keeper::{Keeper, Kept, KeptEvent, Record};
pub use last_said::LastSaid;
pub use manifest::Manifest;
pub use orders::{OrderBook, OrdersCopy, SealedOrders};
pub use removal::{Held, Removal};
pub use restore::{Restored, Stretch, restore, restore_stretch};
pub(crate) use vault::{LocalVault, Vault};

/// Entries of a volume: of its tree one hash at level 2.
pub const VOLUME_ENTRIES: u64 = 65_536;
/// A volume with so many bytes of entries is closed at the end of a bundle, so that one fits into
/// memory while it is verified.
pub const VOLUME_BYTES: u64 = 64 << 20;

/// How a log is divided into volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VolumeSize {
    /// Most entries; every volume ends at a multiple of it at the latest. A multiple of 256.
    pub entries: u64,
    /// Bytes of entries after which it is closed early.
    pub bytes: u64,
}

impl Default for VolumeSize {
    fn default() -> Self {
        Self {
            entries: VOLUME_ENTRIES,
            bytes: VOLUME_BYTES,
        }
    }
}
