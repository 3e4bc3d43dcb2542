//! What this center's witness has to say about the hub's log.

use serde::{Deserialize, Serialize};

/// See [`super::Entry::HubCaught`]. The two checkpoints are evidence: both are signed by the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubCaught {
    /// Origin of the log.
    pub log: String,
    /// `two-histories`, `not-grown` or `older-shown`.
    pub offence: String,
    /// The checkpoint that was cosigned here, a signed note.
    pub seen: String,
    /// The one that was shown later and does not grow out of it.
    pub shown: String,
    /// The path by which it was meant to be shown, as hex digests.
    pub path: Vec<String>,
    /// Whether nothing is asked or answered through the hub from here on.
    pub distrusted: bool,
    /// SHA-256 of the evidence, in hex, which is the name of its file; nothing in entries from
    /// before there was one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
}

/// See [`super::Entry::HubTrusted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubTrusted {
    /// The file that was taken away.
    pub file: String,
}
