//! What can go wrong with a log: the errors of its writer, and the words for damage that writer
//! and verifier share. No message ever contains a byte of an entry.

use std::fmt;
use std::io;
use std::sync::Arc;

/// Why an append, a read or the opening of a journal was refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuditError {
    /// The bounded queue is full; nothing was written for this entry.
    #[error("the audit log's queue is full")]
    Full,
    /// The disk has no room for the next segment; nothing was written for this entry.
    #[error("the disk has no room for the audit log")]
    NoRoom,
    /// The entry is longer than the log accepts.
    #[error("the entry is {bytes} bytes long and the log accepts {max}")]
    EntryTooLong {
        /// Length of the entry.
        bytes: usize,
        /// Longest entry that the configuration accepts.
        max: usize,
    },
    /// A write or sync failed earlier; this process acknowledges nothing more.
    #[error("the audit log stopped: {reason}")]
    Poisoned {
        /// The first failure, in words.
        reason: Arc<str>,
    },
    /// The journal was closed.
    #[error("the audit log is closed")]
    Closed,
    /// The journal holds no such entry.
    #[error("the log has {size} entries, there is no entry {index}")]
    NoSuchEntry {
        /// The index asked for.
        index: u64,
        /// Entries in the log.
        size: u64,
    },
    /// The entry lies in an archive and no longer in the journal.
    #[error("entry {index} was removed to the archive, the journal begins at entry {first}")]
    Removed {
        /// The index asked for.
        index: u64,
        /// The first entry that is there.
        first: u64,
    },
    /// A setting cannot work.
    #[error("{key}: {reason}")]
    Config {
        /// The setting's name.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process, or another handle of this one, has the log open.
    #[error("the log in `{dir}` is in use by another writer")]
    Locked {
        /// Folder of the log.
        dir: String,
    },
    /// What was acknowledged is damaged; a person must look, nothing is repaired.
    #[error(transparent)]
    Damaged(#[from] Damage),
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
}

impl AuditError {
    pub(crate) fn disk(action: &'static str, file: &str, source: io::Error) -> Self {
        Self::Disk {
            action,
            file: file.to_owned(),
            source: Arc::new(source),
        }
    }

    /// The error with its sources in one line, for a reason that outlives the error itself.
    pub(crate) fn in_words(&self) -> Arc<str> {
        match self {
            Self::Disk { source, .. } => format!("{self}: {source}").into(),
            other => other.to_string().into(),
        }
    }
}

/// A place in the log that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The segment file.
    pub file: String,
    /// Offset of the damaged structure within the file.
    pub offset: u64,
    /// Index of the entry that was expected there.
    pub index: u64,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            offset,
            index,
            fault,
        } = self;
        write!(
            f,
            "`{file}` is damaged at offset {offset} (entry {index}): {fault}"
        )
    }
}

impl std::error::Error for Damage {}

/// The ways in which a segment can differ from what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Magic, reserved bytes or checksum of the segment header are wrong.
    #[error("the segment header is damaged")]
    Header,
    /// Written by a later version of this program.
    #[error("format version {0} is not known")]
    Version(u32),
    /// The file was cut or has grown.
    #[error("the file is {found} bytes long and its header says {declared}")]
    Length {
        /// Length of the file.
        found: u64,
        /// Length in its header.
        declared: u64,
    },
    /// The file was renamed, or a segment before it is missing.
    #[error("the first index is {found} where {expected} must follow")]
    Index {
        /// Index found.
        found: u64,
        /// Index that continues the log.
        expected: u64,
    },
    /// The segment is another log's.
    #[error("the segment belongs to the log `{0}`")]
    Origin(String),
    /// The chain hash does not continue from what comes before.
    #[error("the chain hash does not continue from what comes before")]
    Chain,
    /// The head of a frame does not match its checksum.
    #[error("the head of the frame is damaged")]
    FrameHead,
    /// The frame does not match its checksum.
    #[error("the contents of the frame are damaged")]
    FrameBody,
    /// The frame reaches beyond its segment.
    #[error("the frame reaches beyond the end of its segment")]
    FrameLength,
    /// Entry lengths and entry count of a frame disagree.
    #[error("the entries do not fill their frame exactly")]
    Entries,
    /// The base says where the journal begins, and nothing begins there.
    #[error("the segment with which the journal begins is missing")]
    Begin,
    /// The base is not one that was ever written.
    #[error("the base of the journal is damaged")]
    Base,
    /// Something stands behind the last frame.
    #[error("the bytes behind the last frame are not zero")]
    Padding,
}

impl Fault {
    /// Whether a write cut short by a crash can leave this behind. Everything else has a valid
    /// checksum around wrong contents, which no crash produces.
    pub(crate) const fn may_be_torn(&self) -> bool {
        matches!(self, Self::FrameHead | Self::FrameBody | Self::Padding)
    }
}
