//! Why nothing more is published. No message holds a byte of an entry.

use std::io;
use std::sync::Arc;

use crate::error::AuditError;
use crate::journal::is_no_room;
use crate::note::NoteFault;

const FOLDERS: &str = "sync the folders of";

/// See the module.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PublishError {
    /// The disk refused.
    #[error("cannot {action} `{file}`: {source}")]
    Disk {
        /// What was tried.
        action: &'static str,
        /// The file.
        file: String,
        /// The system's answer.
        source: Arc<io::Error>,
    },
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] AuditError),
    /// The journal gave another number of entries than it has, or one that no bundle can hold.
    #[error("the journal's entries do not fill the tree as they should")]
    Entry,
    /// The key is not this log's.
    #[error("the key is of the log `{name}`, this is `{origin}`")]
    Key {
        /// Name of the key.
        name: String,
        /// Name of the log.
        origin: String,
    },
    /// No note can hold the checkpoint.
    #[error("the checkpoint cannot be signed")]
    Unsignable,
    /// A successor of the key does not go together with the key, its statement or the list.
    #[error("the statement is not about this log's key and this successor")]
    Succession,
    /// A tile or bundle is not what the journal says.
    #[error("`{file}` is not what the journal says")]
    Differs {
        /// The file.
        file: String,
    },
    /// A kept or published checkpoint is not believed.
    #[error("`{file}` is not believed: {fault}")]
    Note {
        /// The file.
        file: &'static str,
        /// Why.
        fault: NoteFault,
    },
    /// A checkpoint was signed over more entries than the journal has.
    #[error("`{file}` was signed over {signed} entries, the journal has {entries}")]
    Shrunk {
        /// The file.
        file: &'static str,
        /// Entries that were signed over.
        signed: u64,
        /// Entries that there are.
        entries: u64,
    },
    /// The journal gives another root for a size than was signed.
    #[error("`{file}` has another root over {size} entries than the journal gives")]
    Forked {
        /// The file.
        file: &'static str,
        /// The size.
        size: u64,
    },
    /// A file that must be there beside another is not, or says something else.
    #[error("`{file}` does not go together with `{with}`")]
    Torn {
        /// The file.
        file: &'static str,
        /// The other one.
        with: &'static str,
    },
}

impl PublishError {
    pub(crate) fn disk(action: &'static str, file: &str, source: io::Error) -> Self {
        Self::Disk {
            action,
            file: file.to_owned(),
            source: Arc::new(source),
        }
    }

    /// Whether a file could not be written because the disk is full. It is written anew from its
    /// beginning, so that nothing of the failed attempt is trusted. A folder that cannot be synced
    /// is another matter: its names may be there or not.
    pub(crate) fn is_no_room(&self) -> bool {
        match self {
            Self::Disk { action, source, .. } => *action != FOLDERS && is_no_room(source),
            _ => false,
        }
    }

    pub(crate) fn folders(source: io::Error) -> Self {
        Self::disk(FOLDERS, "tile", source)
    }
}
