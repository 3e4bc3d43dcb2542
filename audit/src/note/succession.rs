//! The successor of a log's signing key: a note that names both keys, signed by both. The old key
//! says whom to believe next, the new one that it continues this log and no other.

use crate::digest::{Digest, sha256};
use crate::note::{Note, NoteFault, NoteKey, NoteSigner, SignatureKind};

/// The first line; no checkpoint has such a text, since its second line is a number.
const VERSION_LINE: &str = "tianshu/log-key-succession/v1";

/// See the module. Whoever holds one has checked both signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    old: NoteKey,
    new: NoteKey,
    note: Note,
}

impl Succession {
    /// Signs with both keys; `None` if they are not two keys of one log.
    #[must_use]
    pub fn sign(old: &NoteSigner, new: &NoteSigner) -> Option<Self> {
        let text = text_of(old.key(), new.key());
        let signatures = vec![old.sign(&text, 0), new.sign(&text, 0)];
        let note = Note::new(text, signatures)?;
        Self::parse(note.to_string().as_bytes()).ok()
    }

    /// Reads one and checks both signatures.
    ///
    /// # Errors
    /// It is no note, names no two keys of one log, or not both have signed it.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteFault> {
        let note = Note::parse(bytes).ok_or(NoteFault::Form)?;
        let (old, new) = keys_in(note.text()).ok_or(NoteFault::Text)?;
        let are_of_one_log = old.name() == new.name() && !old.same_key(&new);
        let are_plain = [&old, &new].map(NoteKey::kind) == [SignatureKind::Plain; 2];
        if !are_of_one_log || !are_plain {
            return Err(NoteFault::Text);
        }
        for key in [&old, &new] {
            note.signed_by(std::slice::from_ref(key))?;
        }
        // There is one form of each, so that its digest names it.
        if note.signatures().len() != 2 {
            return Err(NoteFault::Form);
        }
        Ok(Self { old, new, note })
    }

    /// Name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.old.name()
    }

    /// The key until now.
    #[must_use]
    pub const fn old(&self) -> &NoteKey {
        &self.old
    }

    /// The key from now on.
    #[must_use]
    pub const fn new_key(&self) -> &NoteKey {
        &self.new
    }

    /// The note.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// SHA-256 of the note; the entry that introduces the successor holds it in hex.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&[self.note.to_string().as_bytes()])
    }
}

fn text_of(old: &NoteKey, new: &NoteKey) -> String {
    format!("{VERSION_LINE}\npredecessor {old}\nsuccessor {new}\n")
}

fn keys_in(text: &str) -> Option<(NoteKey, NoteKey)> {
    let lines = text.strip_prefix(VERSION_LINE)?.strip_prefix('\n')?;
    let (old, new) = lines.strip_suffix('\n')?.split_once('\n')?;
    let old = NoteKey::parse(old.strip_prefix("predecessor ")?)?;
    let new = NoteKey::parse(new.strip_prefix("successor ")?)?;
    Some((old, new))
}
