//! The entries of a question that waits for a second operator.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// See [`super::Entry::ApprovalAsked`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalAsked {
    /// Number under which the question waits.
    pub approval: String,
    /// Case number.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asks, where, through which system.
    pub operator: String,
    /// See `operator`.
    pub counter: String,
    /// See `operator`.
    pub system: String,
    /// Items asked for, by class.
    pub items: BTreeMap<String, Vec<String>>,
    /// Verdicts asked for.
    pub verdicts: Vec<String>,
    /// How many subjects are asked about.
    #[serde(default)]
    pub lines: usize,
}

/// See [`super::Entry::ApprovalShown`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalShown {
    /// Number under which the question waits.
    pub approval: String,
    /// Who is to approve, where, through which system.
    pub approver: String,
    /// See `approver`.
    pub counter: String,
    /// See `approver`.
    pub system: String,
    /// SHA-256 of the bytes, in hex.
    pub statement: String,
}

/// See [`super::Entry::Approved`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Number under which the question waited.
    pub approval: String,
    /// Case number.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asked.
    pub operator: String,
    /// Who approved, where, through which system.
    pub approver: String,
    /// See `approver`.
    pub counter: String,
    /// See `approver`.
    pub system: String,
    /// SHA-256 of the statement that the officer signed, in hex.
    #[serde(default)]
    pub statement: String,
    /// The officer's signature over it, in hex.
    #[serde(default)]
    pub signature: String,
    /// The statement itself, byte for byte: only with its words can the signature be verified.
    #[serde(default)]
    pub body: String,
}
