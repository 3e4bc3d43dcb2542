//! What the log says of itself: a witness that holds another history, a clock that went back.

use serde::{Deserialize, Serialize};

/// See [`super::Entry::Disowned`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disowned {
    /// The node whose witness holds it.
    pub node: String,
    /// `rolled-back` or `forked`.
    pub because: String,
    /// The checkpoint that the witness holds, a signed note.
    pub theirs: String,
    /// The one that this log signed last.
    pub ours: String,
}

/// See [`super::Entry::ClockWentBack`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockWentBack {
    /// What the clock says, RFC 3339.
    pub clock: String,
    /// How far that is behind the entry before.
    pub behind_ms: u64,
}
