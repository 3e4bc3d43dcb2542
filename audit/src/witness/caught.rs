//! What a witness catches: two checkpoints signed by one log that do not go together, with what the
//! log had to say for itself. How much it proves is told apart, because a wrong path may also be a
//! fault of whoever made it.

use crate::digest::Digest;
use crate::note::{NoteFault, NoteKey, SignedCheckpoint};
use crate::tree::proves_another_beginning;
use crate::witness::request::Request;

/// What a log did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offence {
    /// It signed two histories: the checkpoints and the path prove it to everybody.
    TwoHistories,
    /// It did not show that the second tree grew out of the first.
    NotGrown,
    /// It showed an older tree than before: it was rolled back, or somebody else shows an old one.
    OlderShown,
}

impl Offence {
    /// As written in logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TwoHistories => "two-histories",
            Self::NotGrown => "not-grown",
            Self::OlderShown => "older-shown",
        }
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// What it comes to.
    pub offence: Offence,
    /// The checkpoint that was cosigned.
    pub seen: Option<SignedCheckpoint>,
    /// The one that does not grow out of it.
    pub shown: SignedCheckpoint,
    /// The path by which the log meant to show that it does.
    pub path: Vec<Digest>,
}

impl Caught {
    /// What the sizes alone give away, before a path is looked at.
    pub(super) fn by_sizes(seen: Option<&SignedCheckpoint>, request: &Request) -> Option<Self> {
        let seen = seen?;
        let (before, shown) = (&seen.checkpoint, &request.checkpoint.checkpoint);
        let offence = if shown.size == before.size && shown.root != before.root {
            Offence::TwoHistories
        } else if shown.size < before.size {
            Offence::OlderShown
        } else {
            return None;
        };
        Some(Self {
            offence,
            seen: Some(seen.clone()),
            shown: request.checkpoint.clone(),
            path: Vec::new(),
        })
    }

    pub(super) fn not_grown(seen: Option<SignedCheckpoint>, request: Request) -> Self {
        let mut caught = Self {
            offence: Offence::NotGrown,
            seen,
            shown: request.checkpoint,
            path: request.path,
        };
        if caught.proves_two_histories() {
            caught.offence = Offence::TwoHistories;
        }
        caught
    }

    /// Whether the two checkpoints and the path prove two histories, whoever looks at them. The
    /// signatures are for [`Caught::verify`].
    #[must_use]
    pub fn proves_two_histories(&self) -> bool {
        let Some(seen) = &self.seen else { return false };
        let (old, new) = (&seen.checkpoint, &self.shown.checkpoint);
        let (old, new) = ((old.size, &old.root), (new.size, &new.root));
        proves_another_beginning(old, new, &self.path)
    }

    /// Whether it is proof: both checkpoints signed by the log with `keys`, and two histories.
    ///
    /// # Errors
    /// A checkpoint is not the log's.
    pub fn verify(&self, keys: &[NoteKey]) -> Result<bool, NoteFault> {
        self.shown.verify(keys)?;
        if let Some(seen) = &self.seen {
            seen.verify(keys)?;
        }
        Ok(self.proves_two_histories())
    }
}
