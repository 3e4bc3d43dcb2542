//! What can go wrong with values beside a log. No message contains a byte of a field.

use std::io;
use std::path::Path;
use std::sync::Arc;

/// Why a record could not be kept, read or erased.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SideFault {
    /// The disk refused.
    #[error("cannot {action} `{file}`")]
    Disk {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        file: String,
        /// The system's answer.
        #[source]
        source: Arc<io::Error>,
    },
    /// The disk is full, or a quota used up: nothing was written, and what was kept is whole.
    #[error("there is no room on the disk for values beside the log")]
    NoRoom,
    /// A write failed before; nothing more is kept by this process.
    #[error("values beside the log are not kept any more: a write failed")]
    Stopped,
    /// More bytes than one record may have.
    #[error("the record has {bytes} bytes and the store takes {max}")]
    TooLong {
        /// Of the record.
        bytes: usize,
        /// The most.
        max: usize,
    },
    /// The generator of random bytes failed.
    #[error("the random generator failed")]
    NoRandom,
    /// The record, or its key, does not open: another key, or changed bytes.
    #[error("the record does not open with this key")]
    Sealed,
    /// A file is not as it was written.
    #[error("`{file}` is damaged at offset {offset}")]
    Damaged {
        /// The volume or plan.
        file: String,
        /// Where.
        offset: u64,
    },
    /// No such record: it never was, or it was erased.
    #[error("there is no such record")]
    Missing,
}

impl SideFault {
    pub(super) fn disk(action: &'static str, file: &Path, source: io::Error) -> Self {
        Self::Disk {
            action,
            file: file.display().to_string(),
            source: Arc::new(source),
        }
    }
}
