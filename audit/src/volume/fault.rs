//! What can be wrong with an archive, or keep a volume from being made. No message holds a byte of
//! an entry.

use std::io;
use std::sync::Arc;

use crate::error::AuditError;
use crate::note::NoteFault;
use crate::publisher::PublishError;

/// See the module.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VolumeError {
    /// The disk refused.
    #[error("cannot {action} `{file}`: {source}")]
    Disk {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        file: String,
        /// The system's answer.
        source: Arc<io::Error>,
    },
    /// The journal cannot be read, or not be shortened.
    #[error(transparent)]
    Journal(#[from] AuditError),
    /// What was published cannot be read.
    #[error(transparent)]
    Published(#[from] PublishError),
    /// Nobody can say when the entry was written.
    #[error("entry {index} has no readable time")]
    Undated {
        /// The entry.
        index: u64,
    },
    /// A note cannot hold what should be signed, or the key is another log's.
    #[error("`{file}` cannot be signed with this key")]
    Unsignable {
        /// The file.
        file: String,
    },
    /// There is no archive.
    #[error("there is no volume in `{dir}`")]
    NoArchive {
        /// The folder.
        dir: String,
    },
    /// A file that must be there is not.
    #[error("`{file}` is missing")]
    Missing {
        /// The file.
        file: String,
    },
    /// The entries are not those that the manifest was written for.
    #[error("`{file}` is not what its manifest says")]
    Differs {
        /// The file.
        file: String,
    },
    /// A manifest, or a record of an expiry, is not one that was ever written.
    #[error("`{file}` is damaged")]
    Damaged {
        /// The file.
        file: String,
    },
    /// A manifest is not believed.
    #[error("`{file}` is not believed: {fault}")]
    Note {
        /// The file.
        file: String,
        /// Why.
        fault: NoteFault,
    },
    /// A file has the name of another volume.
    #[error("`{file}` is of the volume that begins with entry {first}")]
    Misnamed {
        /// The file.
        file: String,
        /// Where its volume begins.
        first: u64,
    },
    /// A volume does not continue the one before.
    #[error("`{file}` begins with entry {found} where {expected} must follow: a volume is missing")]
    Gap {
        /// The file.
        file: String,
        /// Where it begins.
        found: u64,
        /// Where it would continue.
        expected: u64,
    },
    /// A volume is another log's.
    #[error("`{file}` is of the log `{origin}`")]
    Origin {
        /// The file.
        file: String,
        /// That log.
        origin: String,
    },
    /// The entries, or the volume before, do not lead to the tree that the manifest states.
    #[error("`{file}` does not go together with the tree of its entries")]
    Tree {
        /// The manifest.
        file: String,
    },
    /// A volume is not in the tree of a checkpoint or of a log.
    #[error("`{file}` is not in the tree of {with}")]
    Forked {
        /// The manifest.
        file: String,
        /// The checkpoint or the log.
        with: String,
    },
    /// A file that belongs to no volume.
    #[error("`{file}` is no file of this archive")]
    Foreign {
        /// The file.
        file: String,
    },
    /// The archive ends before the journal begins.
    #[error("the archive ends at entry {end}, the journal begins at entry {first}")]
    Short {
        /// Where the archive ends.
        end: u64,
        /// Where the journal begins.
        first: u64,
    },
    /// What must be on record is not.
    #[error("not on record: {0}")]
    Record(String),
    /// What must not be removed.
    #[error("entries {first} to {last} are kept: {because}")]
    Kept {
        /// The first entry of the volume.
        first: u64,
        /// The last one.
        last: u64,
        /// Why.
        because: String,
    },
}

impl VolumeError {
    pub(crate) fn disk(action: &'static str, file: &str, source: io::Error) -> Self {
        Self::Disk {
            action,
            file: file.to_owned(),
            source: Arc::new(source),
        }
    }
}
