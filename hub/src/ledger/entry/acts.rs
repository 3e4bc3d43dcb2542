//! What the log says of the staff: who came, what they did, and what they were refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An act of an operator of the hub; durable before it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorAct {
    /// `trip`, `reset`, `hold-open`, `hold-closed`, `release`, `suspend`, `lift`, `lower-limit`,
    /// `raise-limit`, `lift-limit`.
    pub act: String,
    /// `class/guoguan/04`, `node/city`, `operator/city/0101`, `flow/F05`, `case/city/CT-1`,
    /// `limit/node.per_second/city`.
    pub target: String,
    /// `done`; `asked` while it waits for a second person; `confirmed` by one; `renewed` when it
    /// goes on record again because it stands for long.
    pub stage: String,
    /// The entry that is confirmed, or by which a renewed act came about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// Until when it holds, RFC 3339; empty until it is ended.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub until: String,
    /// To what a limit is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u32>,
    /// The reviewed value of that limit when this was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<u32>,
    /// Why, in the operator's own words.
    pub reason: String,
    /// Who.
    pub staff: String,
    /// Serial of the certificate.
    pub serial: String,
    /// In which role.
    pub role: String,
    /// The request's idempotency key.
    pub key: String,
    /// The node that it is about, so that it is found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub node: String,
    /// The flow that it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flow: String,
    /// The case that it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub case_no: String,
}

/// An act that was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActRefused {
    /// Why.
    pub code: String,
    /// What was asked for, of a visit `get` or `post`; empty where it could not be read.
    pub act: String,
    /// Over what, of a visit the room or door (`room/audit`, `door/acts`, `sign-in`) and nothing
    /// of what was looked for there; empty where it could not be read.
    pub target: String,
    /// Who: proven by its certificate.
    pub staff: String,
    /// Serial of the certificate.
    pub serial: String,
    /// Roles on the trust list; none of somebody whom it does not name.
    pub roles: Vec<String>,
}

/// A member of the staff came to the door: the first time in a minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffSignedIn {
    /// Who.
    pub staff: String,
    /// Serial of the certificate.
    pub serial: String,
    /// Roles.
    pub roles: Vec<String>,
}

/// The acts that stand, so that a start need not read further back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActsStanding {
    /// The entries of the acts that hold or wait to be confirmed.
    pub standing: Vec<u64>,
}

/// A session at the staff's pages began or ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffSession {
    /// Whose.
    pub staff: String,
    /// Serial of the certificate.
    pub serial: String,
    /// `began`, `ended`; `expired` after its time, or where too many were open;
    /// `stopped` where the hub stopped.
    pub stage: String,
    /// Roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

/// A member of the staff looked at personal records; durable before they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// Who.
    pub staff: String,
    /// Serial of the certificate.
    pub serial: String,
    /// In which role.
    pub role: String,
    /// Room of the pages.
    pub room: String,
    /// What they looked for, by name; never a person's number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub terms: BTreeMap<String, String>,
    /// Pseudonym of the person, where they looked for one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The case that they looked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub case_no: String,
    /// Why, in their own words, where the page asks for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A member of the staff took entries of the log away as a file; durable before the file leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// Who.
    pub staff: String,
    /// Serial of the certificate.
    pub serial: String,
    /// In which role.
    pub role: String,
    /// `csv`; `jsonl`; `entry` for the bytes of a single one; `proofs` of a page of a ledger.
    pub form: String,
    /// What they looked for, by name; never a person's number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub terms: BTreeMap<String, String>,
    /// Pseudonym of the person, where they looked for one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The case that they looked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub case_no: String,
    /// Entries in the file.
    pub rows: u64,
    /// There were more, which are not in it, or may have been: the index was behind, or the time
    /// reaches into the archive.
    pub is_cut: bool,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}
