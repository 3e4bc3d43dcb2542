//! What both books say about what is kept of them (docs/audit-entries.md). The names of the fields
//! are none by which an entry is found.

use serde::{Deserialize, Serialize};

/// A volume was made and verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// The first entry.
    pub first: u64,
    /// The last entry.
    pub last: u64,
    /// SHA-256 of the entries' file.
    pub sha256: String,
    /// Root of the log's tree with the last entry, in base64.
    pub root: String,
}

/// Entries are about to leave the folder of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// The first entry that goes.
    pub first: u64,
    /// The last entry that goes.
    pub last: u64,
    /// The volumes in which they lie, each with the SHA-256 of its entries' file.
    pub volumes: Vec<(String, String)>,
    /// Serial of the orders.
    pub serial: u64,
    /// SHA-256 of the orders.
    pub orders: String,
    /// The officers who sealed them.
    pub approved_by: Vec<String>,
}

/// The officers' orders are in force from here on. The log says which: a copy beside it that it
/// does not name counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersTaken {
    /// Their serial.
    pub serial: u64,
    /// SHA-256 of their text.
    pub orders: String,
    /// The officers who sealed them.
    pub approved_by: Vec<String>,
    /// SHA-256 of the orders before, where their text was gone: which holds they had, and so which
    /// of them end here, nobody could read any more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lost: String,
}

/// A hold was set, or lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldChanged {
    /// Its name.
    pub hold: String,
    /// Why it is there, without naming a person.
    pub reason: String,
    /// Who asked for it.
    pub asked_by: String,
    /// Who agreed.
    pub agreed_by: String,
    /// SHA-256 of the orders that change it.
    pub orders: String,
    /// The officers who sealed them.
    pub approved_by: Vec<String>,
}

/// The entries of a volume were removed from the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeExpired {
    /// The first entry.
    pub first: u64,
    /// The last entry.
    pub last: u64,
    /// SHA-256 of the entries' file.
    pub sha256: String,
    /// SHA-256 of the orders.
    pub orders: String,
    /// The officers who sealed them.
    pub approved_by: Vec<String>,
    /// These were not the orders in force any more when the log took this in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
}
