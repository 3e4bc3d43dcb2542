//! Signed notes (C2SP signed-note): a text, an empty line, signature lines. A note is read only if
//! it is well formed, and written back exactly as it was read. What a text says is not trusted
//! before a known key has been asked.

mod checkpoint;
mod key;
mod proof;
mod proof_file;
mod sealed;
mod succession;
#[cfg(test)]
mod tests;

use std::fmt;

use data_encoding::BASE64;

use crate::digest::base64;

pub(crate) use checkpoint::decimal;
pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use key::{KEY_ID_BYTES, KeyId, NoteKey, NoteSigner, SignatureKind, is_key_name};
pub use proof::{PROOF_BYTES_MAX, ProofFault, TlogProof};
pub use proof_file::{
    LineFault, PROOF_FILE_BYTES_MAX, PROOF_FILE_HEADING, PROOF_FILE_LINES_MAX, ProofLine,
};
pub use sealed::SealedText;
pub use succession::Succession;

/// Longest note that is read: 32 signatures of the longest kind with room to spare.
pub const NOTE_BYTES_MAX: usize = 256 << 10;
/// Most signatures that are read; the specification asks for 16 at least.
pub const SIGNATURES_MAX: usize = 32;
/// What a signature line begins with: an em dash and a blank.
pub(crate) const SIGNATURE_PREFIX: &str = "— ";

/// Why a note is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// It is not of the form of a signed note.
    #[error("it is not a well-formed signed note")]
    Form,
    /// Its text is not a checkpoint.
    #[error("its text is not a checkpoint")]
    Text,
    /// No known key has signed it.
    #[error("no known key has signed it")]
    Unsigned,
    /// Fewer known keys have signed it than must have.
    #[error("too few known keys have signed it")]
    TooFew,
    /// A signature of a known key is wrong.
    #[error("a signature of a known key is wrong")]
    Signature,
    /// The checkpoint is another log's.
    #[error("it is of another log")]
    Origin,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key.
    pub name: String,
    /// Its id.
    pub id: KeyId,
    /// What the key made; its form depends on the kind of the key.
    pub bytes: Vec<u8>,
}

impl NoteSignature {
    /// When a cosignature says that it was made, in seconds since 1970; of other signatures it
    /// means nothing.
    #[must_use]
    pub fn cosigned_at(&self) -> Option<u64> {
        let (time, _) = self.bytes.split_first_chunk()?;
        Some(u64::from_be_bytes(*time))
    }

    /// Reads one line without its newline.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
        let decoded = base64(encoded)?;
        let (id, bytes) = decoded.split_first_chunk::<KEY_ID_BYTES>()?;
        let sound = is_key_name(name) && !bytes.is_empty();
        sound.then(|| Self {
            name: name.to_owned(),
            id: *id,
            bytes: bytes.to_vec(),
        })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = [self.id.as_slice(), &self.bytes].concat();
        write!(
            f,
            "{SIGNATURE_PREFIX}{} {}",
            self.name,
            BASE64.encode(&whole)
        )
    }
}

/// A text with signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The signed text with its last newline.
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note with signatures over `text`; `None` if no note can hold the text.
    #[must_use]
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Option<Self> {
        let note = Self { text, signatures };
        // The one definition of a well-formed note is its parser.
        (Self::parse(note.to_string().as_bytes()).as_ref() == Some(&note)).then_some(note)
    }

    /// Reads a note; `None` if it is not well formed.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > NOTE_BYTES_MAX {
            return None;
        }
        let whole = std::str::from_utf8(bytes).ok()?;
        if whole.chars().any(|c| c < ' ' && c != '\n') {
            return None;
        }
        let (text, lines) = whole.rsplit_once("\n\n")?;
        let lines = lines.strip_suffix('\n')?;
        let signatures: Option<Vec<_>> = lines.split('\n').map(NoteSignature::parse).collect();
        let signatures = signatures.filter(|read| read.len() <= SIGNATURES_MAX)?;
        Some(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }

    /// The signed text with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signatures, believed or not.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The keys among `known` that have signed. Signatures of unknown keys are ignored.
    ///
    /// # Errors
    /// A known key's signature is wrong, or no known key has signed.
    pub fn signed_by<'k>(&self, known: &'k [NoteKey]) -> Result<Vec<&'k NoteKey>, NoteFault> {
        let mut signers: Vec<&NoteKey> = Vec::new();
        for signature in &self.signatures {
            let claimed = known
                .iter()
                .find(|key| key.name() == signature.name && key.id() == signature.id);
            let Some(key) = claimed else { continue };
            if !key.verifies(&self.text, &signature.bytes) {
                return Err(NoteFault::Signature);
            }
            if !signers.contains(&key) {
                signers.push(key);
            }
        }
        if signers.is_empty() {
            return Err(NoteFault::Unsigned);
        }
        Ok(signers)
    }
}

/// The note as it is stored and sent.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            writeln!(f, "{signature}")?;
        }
        Ok(())
    }
}
