//! The body of `add-checkpoint`: old size, consistency path, checkpoint.

use std::fmt::Write as _;

use crate::digest::Digest;
use crate::note::decimal;
use crate::note::{NOTE_BYTES_MAX, SignedCheckpoint};
use crate::tree::PATH_MAX;

/// Longest body that is read.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 64 + PATH_MAX * 45;

/// A request that is well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) old: u64,
    pub(super) path: Vec<Digest>,
    pub(super) checkpoint: SignedCheckpoint,
}

impl Request {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > REQUEST_BYTES_MAX {
            return None;
        }
        let (head, checkpoint) = std::str::from_utf8(bytes).ok()?.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let old = decimal(lines.next()?.strip_prefix("old ")?)?;
        let path: Option<Vec<_>> = lines.map(Digest::from_base64).collect();
        Some(Self {
            old,
            path: path.filter(|path| path.len() <= PATH_MAX)?,
            checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes()).ok()?,
        })
    }
}

/// The body with which a log asks for a cosignature.
#[must_use]
pub fn encode_request(old: u64, path: &[Digest], checkpoint: &SignedCheckpoint) -> String {
    let mut body = format!("old {old}\n");
    for hash in path {
        // Writing to a text cannot fail.
        let _ = writeln!(body, "{}", hash.to_base64());
    }
    let _ = write!(body, "\n{}", checkpoint.note);
    body
}
