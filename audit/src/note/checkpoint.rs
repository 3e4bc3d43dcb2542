//! Checkpoints (C2SP tlog-checkpoint): origin, size and root of a log's tree as the text of a note.

use std::fmt;

use crate::digest::Digest;
use crate::note::{Note, NoteFault, NoteKey, NoteSignature, SignatureKind};

/// What a log says about its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
    /// Further lines; ours have none.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// Reads the text of a note; `None` if it is no checkpoint.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next()?.to_owned();
        let size = decimal(lines.next()?)?;
        let root = Digest::from_base64(lines.next()?)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        let sound = !origin.is_empty() && extensions.iter().all(|line| !line.is_empty());
        sound.then_some(Self {
            origin,
            size,
            root,
            extensions,
        })
    }
}

/// The text of the note, with its last newline.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            size,
            root,
            extensions,
        } = self;
        writeln!(f, "{origin}\n{size}\n{}", root.to_base64())?;
        extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A number in decimal without leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A checkpoint with its note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What the note says.
    pub checkpoint: Checkpoint,
    /// The note.
    pub note: Note,
}

impl SignedCheckpoint {
    /// A note over a checkpoint; `None` if no note can hold it.
    #[must_use]
    pub fn new(checkpoint: Checkpoint, signatures: Vec<NoteSignature>) -> Option<Self> {
        let note = Note::new(checkpoint.to_string(), signatures)?;
        Some(Self { checkpoint, note })
    }

    /// Reads a note whose text is a checkpoint. Its signatures are not looked at.
    ///
    /// # Errors
    /// It is no note, or its text is no checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteFault> {
        let note = Note::parse(bytes).ok_or(NoteFault::Form)?;
        let checkpoint = Checkpoint::parse(note.text()).ok_or(NoteFault::Text)?;
        Ok(Self { checkpoint, note })
    }

    /// The same checkpoint with further signatures; one of a key that has signed already is left
    /// out. `None` if no note can hold them all.
    #[must_use]
    pub fn with(&self, more: &[NoteSignature]) -> Option<Self> {
        let mut signatures = self.note.signatures().to_vec();
        for new in more {
            let is_new = |old: &NoteSignature| (&old.name, old.id) != (&new.name, new.id);
            if signatures.iter().all(is_new) {
                signatures.push(new.clone());
            }
        }
        Self::new(self.checkpoint.clone(), signatures)
    }

    /// Whether it is `other` with perhaps further signatures behind those of `other`.
    #[must_use]
    pub fn extends(&self, other: &Self) -> bool {
        self.checkpoint == other.checkpoint
            && self.note.signatures().starts_with(other.note.signatures())
    }

    /// Whether the log itself has signed with one of `keys`, under its own name.
    ///
    /// # Errors
    /// It has not, a known signature is wrong, or the checkpoint is another log's.
    pub fn verify(&self, keys: &[NoteKey]) -> Result<(), NoteFault> {
        let signers = self.note.signed_by(keys)?;
        let own = signers
            .iter()
            .filter(|key| key.kind() == SignatureKind::Plain)
            .any(|key| key.name() == self.checkpoint.origin);
        if own { Ok(()) } else { Err(NoteFault::Origin) }
    }
}
