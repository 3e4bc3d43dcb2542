//! What the log says of a breaker that changed.

use serde::{Deserialize, Serialize};

/// See [`super::Entry::Breaker`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerChanged {
    /// The node.
    pub node: String,
    /// The classes that changed alike; all of them in entries of an earlier version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// The event behind it.
    pub because: String,
    /// What operators have set over it; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hand: String,
    /// What counted in the window just before.
    #[serde(default)]
    pub rates: BreakerRates,
    /// So many changes of the class before this one are told by it: they came while the log took
    /// nothing. `from` is the state before the first of them.
    #[serde(default, skip_serializing_if = "is_none")]
    pub folded: u64,
    /// How long it waited for the log, where that was long.
    #[serde(default, skip_serializing_if = "is_none")]
    pub late_ms: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_none(number: &u64) -> bool {
    *number == 0
}

/// What the window of each of the classes held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerRates {
    /// Calls that tell something about the source.
    pub calls: usize,
    /// Of these, failures.
    pub failed: usize,
    /// Of these, slow answers.
    pub slow: usize,
    /// Calls that the node declined for overload; not among `calls`.
    pub busy: usize,
}
