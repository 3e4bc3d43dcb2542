//! Changed rules and trust.

use serde::{Deserialize, Serialize};

/// See [`super::Entry::RulesChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesChanged {
    /// Digest of the set until now.
    pub from: String,
    /// Digest of the set from now on.
    pub to: String,
    /// Digest of its flows.
    pub flows: String,
    /// Flows that are new or mean something else or elsewhere than before.
    pub changed: Vec<String>,
}

/// See [`super::Entry::RulesKept`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesKept {
    /// Digest of the set that stays.
    pub kept: String,
    /// The first faults, with file and line.
    pub because: String,
}

/// See [`super::Entry::TrustReloaded`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustReloaded {
    /// Whether the new files are in force; if not, the old ones stay.
    pub taken: bool,
    /// Connections cut because their certificate is revoked or expired.
    pub cut: u64,
    /// Whose door: `staff`, or empty for that of the nodes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub door: String,
}
