//! Why a center's own system gave no answer: a closed list of codes, none of which quotes what the
//! system said.

/// Why a local system gave no rows. The words are codes: none quotes what the system said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SourceError {
    /// No answer within the deadline or the statement time-out.
    #[error("timed-out")]
    TimedOut,
    /// The limits that protect the local system are reached.
    #[error("overloaded")]
    Overloaded,
    /// The database is locked by its owner.
    #[error("locked")]
    Locked,
    /// The database is not where the connector says.
    #[error("missing")]
    Missing,
    /// The statement no longer delivers a column that the mapping reads.
    #[error("column-missing")]
    ColumnMissing,
    /// No file was ever dropped.
    #[error("file-missing")]
    FileMissing,
    /// Every dropped file was refused, and no earlier good one is known.
    #[error("file-refused")]
    FileRefused,
    /// The system does not say how old its rows are.
    #[error("age-unknown")]
    AgeUnknown,
    /// More records than an answer may hold.
    #[error("too-many-records")]
    TooManyRecords,
    /// The case's rows contradict each other or miss what a case needs.
    #[error("case-unreadable")]
    CaseUnreadable,
    /// The mapping folder says nothing about cases.
    #[error("cases-not-mapped")]
    CasesNotMapped,
    /// The system does not let the agent's account in, or not to what the mapping reads.
    #[error("access-denied")]
    AccessDenied,
    /// One reply is larger than the agent takes.
    #[error("reply-too-large")]
    TooLarge,
    /// The system did not prove to be the one that the connector names.
    #[error("untrusted")]
    Untrusted,
    /// The system calls the question malformed.
    #[error("rejected")]
    Rejected,
    /// The system says that it failed.
    #[error("failed")]
    Failed,
    /// Several records of which only the latest counts, and one does not say when it was made.
    #[error("undated")]
    Undated,
    /// The source is asked with a value that the question does not pass on.
    #[error("not-given")]
    NotGiven,
    /// Anything else the database reports.
    #[error("broken")]
    Broken,
}

impl SourceError {
    /// The stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TimedOut => "timed-out",
            Self::Overloaded => "overloaded",
            Self::Locked => "locked",
            Self::Missing => "missing",
            Self::ColumnMissing => "column-missing",
            Self::FileMissing => "file-missing",
            Self::FileRefused => "file-refused",
            Self::AgeUnknown => "age-unknown",
            Self::TooManyRecords => "too-many-records",
            Self::CaseUnreadable => "case-unreadable",
            Self::CasesNotMapped => "cases-not-mapped",
            Self::AccessDenied => "access-denied",
            Self::TooLarge => "reply-too-large",
            Self::Untrusted => "untrusted",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Undated => "undated",
            Self::NotGiven => "not-given",
            Self::Broken => "broken",
        }
    }
}
