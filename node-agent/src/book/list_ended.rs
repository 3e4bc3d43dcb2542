//! How a list of a local system ended: counts alone, no line of it and nobody's number.

use serde::{Deserialize, Serialize};

/// See [`super::Entry::ListEnded`]. Each of its lines that reached the hub has an entry of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEnded {
    /// Case number.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asked.
    pub operator: String,
    /// Where.
    pub counter: String,
    /// Through which system.
    pub system: String,
    /// Lines in all.
    pub lines: usize,
    /// Lines answered.
    pub answered: usize,
    /// Lines refused.
    pub refused: usize,
    /// Lines answered about which at least one center could or would not say anything.
    pub not_known: usize,
    /// Lines neither answered nor refused.
    pub not_asked: usize,
    /// Refusal code of what ended it early; empty where nothing did.
    pub because: String,
    /// SHA-256 of the result table, in hex, where the list needed an officer.
    #[serde(default)]
    pub table: String,
}
