//! What goes on record about an export, in the words of both books. Never one entry a message: a
//! few a receiver and five minutes.

use serde::{Deserialize, Serialize};

/// The log is sent to a receiver from here on; on record before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportBegan {
    /// What the configuration calls it.
    pub receiver: String,
    /// The first entry that it is sent.
    pub from: u64,
    /// Whether it was known what it has: `kept`, `new` or `lost`.
    pub cursor: String,
    /// Entries that it should have been sent and are in the archive only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
}

/// Entries that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The first one.
    pub first: u64,
    /// The last one.
    pub last: u64,
}

impl Gap {
    /// What whoever wants entries from `wanted` on misses of a log that begins with `first`.
    #[must_use]
    pub fn before(wanted: u64, first: u64) -> Option<Self> {
        let last = first.checked_sub(1)?;
        (wanted <= last).then_some(Self {
            first: wanted,
            last,
        })
    }
}

/// A receiver has not had the whole log for five minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportLagging {
    /// What the configuration calls it.
    pub receiver: String,
    /// The first entry that it has not been sent.
    pub next: u64,
    /// So many it lacks.
    pub behind: u64,
}

/// A receiver that lagged has the whole log again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportCaughtUp {
    /// What the configuration calls it.
    pub receiver: String,
    /// The first entry that it is still to be sent.
    pub next: u64,
}

/// The log is no longer sent to a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportEnded {
    /// What the configuration called it.
    pub receiver: String,
    /// The first entry of which it is not certain that it was received.
    pub next: u64,
    /// `stop`, or `removed` where a start finds the receiver no longer configured.
    pub because: String,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// See [`ExportBegan`].
    Began(ExportBegan),
    /// See [`ExportLagging`].
    Lagging(ExportLagging),
    /// See [`ExportCaughtUp`].
    CaughtUp(ExportCaughtUp),
    /// See [`ExportEnded`].
    Ended(ExportEnded),
}
