//! Changed limits.

use serde::{Deserialize, Serialize};

/// See [`super::Entry::LimitsChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsChanged {
    /// Digest of the limits until now.
    pub from: String,
    /// Digest of the limits from now on.
    pub to: String,
    /// The values that differ, each with before and after; the first of them, if there are many.
    pub changed: Vec<String>,
}

/// See [`super::Entry::LimitsKept`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsKept {
    /// Digest of the limits that stay.
    pub kept: String,
    /// The first faults, with file and line.
    pub because: String,
}
