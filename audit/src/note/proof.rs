//! Proofs that can be carried away (C2SP tlog-proof): index, inclusion path and checkpoint in one
//! text file.

use std::fmt;

use crate::digest::{Digest, base64};
use crate::note::checkpoint::decimal;
use crate::note::{NOTE_BYTES_MAX, NoteFault, NoteKey, SignedCheckpoint};
use crate::tree::{PATH_MAX, verify_inclusion};

/// The first line.
const VERSION_LINE: &str = "c2sp.org/tlog-proof@v1";
/// Longest extra data that is read, as base64.
const EXTRA_BYTES_MAX: usize = 64 << 10;
/// Longest proof that is read: the checkpoint, the path, the extra data and the first lines.
pub const PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + EXTRA_BYTES_MAX + PATH_MAX * 45 + 128;

/// That an entry stands at an index of the tree of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Index of the entry.
    pub index: u64,
    /// From the leaf's sibling up to the root's child.
    pub path: Vec<Digest>,
    /// The checkpoint with its signatures.
    pub checkpoint: SignedCheckpoint,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// The file is not a proof.
    #[error("it is not a tlog-proof")]
    Form,
    /// Its checkpoint is not believed.
    #[error("its checkpoint is not believed: {0}")]
    Checkpoint(#[from] NoteFault),
    /// The path does not lead from this leaf to the root of the checkpoint.
    #[error("its path does not lead from this entry to the root of the checkpoint")]
    Path,
}

impl TlogProof {
    /// Reads a proof. Extra data is passed over: nothing vouches for it.
    ///
    /// # Errors
    /// It is not a proof, or its checkpoint is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFault> {
        let text = std::str::from_utf8(bytes).map_err(|_| ProofFault::Form)?;
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(ProofFault::Form);
        }
        let (index, path, checkpoint) = Self::parts(text).ok_or(ProofFault::Form)?;
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())?;
        Ok(Self {
            index,
            path,
            checkpoint,
        })
    }

    fn parts(text: &str) -> Option<(u64, Vec<Digest>, &str)> {
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n').peekable();
        if lines.next()? != VERSION_LINE {
            return None;
        }
        if let Some(extra) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            base64(extra)?;
            lines.next();
        }
        let index = decimal(lines.next()?.strip_prefix("index ")?)?;
        let path: Option<Vec<_>> = lines.map(Digest::from_base64).collect();
        let path = path.filter(|path| path.len() <= PATH_MAX)?;
        Some((index, path, checkpoint))
    }

    /// Whether it proves that the entry with this leaf hash stands at its index in a log that signs
    /// with one of `keys`.
    ///
    /// # Errors
    /// Why it does not.
    pub fn verify(&self, leaf: Digest, keys: &[NoteKey]) -> Result<(), ProofFault> {
        self.checkpoint.verify(keys)?;
        let head = &self.checkpoint.checkpoint;
        if verify_inclusion(self.index, head.size, leaf, &self.path, &head.root) {
            Ok(())
        } else {
            Err(ProofFault::Path)
        }
    }
}

/// The file.
impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{VERSION_LINE}\nindex {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint.note)
    }
}
