//! What may be wrong with the published part of a log.

use crate::note::NoteFault;

/// What is wrong with the published part of a log, or with a mirror of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeFault {
    /// A file that must be there is not.
    #[error("`{file}` is missing")]
    Missing {
        /// The file.
        file: String,
    },
    /// A file is not what the entries say.
    #[error("`{file}` is not what the entries say")]
    Differs {
        /// The file.
        file: String,
    },
    /// A file is there that the tree does not have.
    #[error("`{file}` is no tile of this tree")]
    Foreign {
        /// The file.
        file: String,
    },
    /// A checkpoint is not believed.
    #[error("{place} is not believed: {fault}")]
    Note {
        /// The file, of the list also the record.
        place: String,
        /// Why.
        fault: NoteFault,
    },
    /// A checkpoint has another root than the entries give.
    #[error("{place} has another root over {size} entries than the entries give")]
    Root {
        /// The file, of the list also the record.
        place: String,
        /// Its size.
        size: u64,
    },
    /// A checkpoint was signed over more entries than there are.
    #[error("{place} was signed over {size} entries, there are {entries}")]
    Shrunk {
        /// The file, of the list also the record.
        place: String,
        /// Its size.
        size: u64,
        /// Entries that there are.
        entries: u64,
    },
    /// A record of the list is neither larger than the one before nor the same with further
    /// signatures.
    #[error("{place} is not larger than the one before")]
    Order {
        /// The list and the record.
        place: String,
    },
    /// Files that must go together do not.
    #[error("`{file}` does not go together with `{with}`")]
    Torn {
        /// The file.
        file: &'static str,
        /// The other one.
        with: &'static str,
    },
    /// The list ends in a record that is not whole: a crash cut it short, or it was altered.
    #[error("`{file}` ends in a record that is not whole")]
    Unfinished {
        /// The file.
        file: &'static str,
    },
    /// The successor of a key came without the entry that must introduce it.
    #[error("{place} is introduced by no entry")]
    Unintroduced {
        /// The list and the record.
        place: String,
    },
    /// A checkpoint is signed only by keys that were not introduced yet or replaced already.
    #[error("{place} is signed by no key whose turn it was")]
    OutOfTurn {
        /// The file, of the list also the record.
        place: String,
    },
    /// A key was given, and nothing is signed.
    #[error("there is no checkpoint that the key could have signed")]
    NoCheckpoint,
    /// The disk refused.
    #[error("`{file}` cannot be read: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's answer.
        reason: String,
    },
}

impl TreeFault {
    pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Self {
        Self::Unreadable {
            file: file.to_owned(),
            reason: error.to_string(),
        }
    }
}
