//! A text that several people have sealed: a note with a signature of each of them.

use crate::note::{Note, NoteFault, NoteKey};

/// A text with the names of those who sealed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedText {
    /// The text with its last newline.
    pub text: String,
    /// Names of the keys.
    pub by: Vec<String>,
}

impl SealedText {
    /// Reads a note that at least `signers_min` of `keys` have signed.
    ///
    /// # Errors
    /// It is no note, a known signature is wrong, or too few have signed.
    pub fn read(bytes: &[u8], keys: &[NoteKey], signers_min: usize) -> Result<Self, NoteFault> {
        let note = Note::parse(bytes).ok_or(NoteFault::Form)?;
        let signers = note.signed_by(keys)?;
        if signers.len() < signers_min {
            return Err(NoteFault::TooFew);
        }
        Ok(Self {
            by: signers.iter().map(|key| key.name().to_owned()).collect(),
            text: note.text().to_owned(),
        })
    }
}
