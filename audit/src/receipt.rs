//! The receipt of an acknowledged entry: which log, which index, which leaf hash. It says that
//! the entry is durable; it does not prove that the log shows the same history to everybody, which
//! takes a signed checkpoint.

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, leaf_hash};

/// What the writer hands out once an entry is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Origin of the log.
    pub log: String,
    /// Index of the entry, counted from 0 without gaps.
    pub index: u64,
    /// RFC 6962 leaf hash of the entry.
    pub leaf_hash: Digest,
}

impl Receipt {
    /// Whether `entry` is the one that this receipt was given for.
    #[must_use]
    pub fn is_for(&self, entry: &[u8]) -> bool {
        leaf_hash(entry) == self.leaf_hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_stable_json_and_fits_one_entry_only() {
        let receipt = Receipt {
            log: "hub-1".to_owned(),
            index: 7,
            leaf_hash: leaf_hash(b"one"),
        };
        let json = serde_json::to_string(&receipt).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&json).unwrap(), receipt);
        assert!(json.starts_with(r#"{"log":"hub-1","index":7,"leaf_hash":""#));
        assert!(receipt.is_for(b"one"));
        assert!(!receipt.is_for(b"two"));
    }
}
