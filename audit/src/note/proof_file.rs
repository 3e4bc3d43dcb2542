//! Several entries of one log that are carried away together: a first line that says what the file
//! is, then one JSON object a line, an entry with its own proof. It needs no other file, and no
//! line trusts another.

use serde::{Deserialize, Serialize};

use super::proof::{ProofFault, TlogProof};
use super::{NoteKey, SignedCheckpoint};
use crate::digest::{Digest, leaf_hash};

/// The first line.
pub const PROOF_FILE_HEADING: &str = "tianshu/proof-file@v1";
/// Longest file that is read.
pub const PROOF_FILE_BYTES_MAX: u64 = 64 << 20;
/// Most entries in one.
pub const PROOF_FILE_LINES_MAX: usize = 10_000;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofLine {
    /// Origin of its log.
    pub log: String,
    /// Its index there.
    pub index: u64,
    /// RFC 6962 leaf hash, as receipts have it.
    pub leaf_hash: Digest,
    /// The entry, byte for byte.
    pub entry: String,
    /// A C2SP tlog-proof; none where no checkpoint covered the entry yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// Why a line proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// The entry is another one than its hash says.
    #[error("its entry does not have its leaf hash")]
    Leaf,
    /// No checkpoint covered it when the file was made.
    #[error("no checkpoint covered it when the file was made")]
    Uncovered,
    /// The proof is for another entry or log.
    #[error("its proof is for another entry or log")]
    Another,
    /// The proof proves nothing.
    #[error("{0}")]
    Proof(#[from] ProofFault),
}

impl ProofLine {
    /// An entry with its proof.
    #[must_use]
    pub fn new(log: &str, index: u64, entry: &str, proof: Option<&TlogProof>) -> Self {
        Self {
            log: log.to_owned(),
            index,
            leaf_hash: leaf_hash(entry.as_bytes()),
            entry: entry.to_owned(),
            proof: proof.map(ToString::to_string),
        }
    }

    /// Whether the entry stands at its index in a log that signs with one of `keys`; the checkpoint
    /// that says so.
    ///
    /// # Errors
    /// Why it is not proven.
    pub fn verify(&self, keys: &[NoteKey]) -> Result<SignedCheckpoint, LineFault> {
        let leaf = leaf_hash(self.entry.as_bytes());
        if leaf != self.leaf_hash {
            return Err(LineFault::Leaf);
        }
        let proof = self.proof.as_ref().ok_or(LineFault::Uncovered)?;
        let proof = TlogProof::parse(proof.as_bytes())?;
        let origin = &proof.checkpoint.checkpoint.origin;
        if proof.index != self.index || *origin != self.log {
            return Err(LineFault::Another);
        }
        proof.verify(leaf, keys)?;
        Ok(proof.checkpoint)
    }
}
