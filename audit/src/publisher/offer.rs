//! A signed checkpoint on its way to witnesses: what they are asked, and whether what one of them
//! has seen before is of this history. It is a copy of its own, so that asking takes as long as it
//! takes and holds up nobody.

use std::sync::Arc;

use crate::note::SignedCheckpoint;
use crate::publisher::fault::PublishError;
use crate::publisher::nodes::{Shelved, TileNodes};
use crate::publisher::shelf::Shelf;
use crate::tree::{RightEdge, consistency_path, root_of};
use crate::witness::encode_request;

/// See the module.
#[derive(Debug, Clone)]
pub struct Offer {
    pub(super) checkpoint: Arc<SignedCheckpoint>,
    pub(super) edge: RightEdge,
    pub(super) shelf: Arc<dyn Shelf>,
}

/// What a checkpoint that a witness has seen says about the log that signed both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is a beginning of this history.
    Ours,
    /// It is over more entries than were ever signed here: the log was rolled back.
    Ahead,
    /// It has another root: the log has two histories.
    Other,
}

impl Offer {
    /// The checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> &Arc<SignedCheckpoint> {
        &self.checkpoint
    }

    /// Entries under it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The body of `add-checkpoint` for a witness that has seen `old` entries; `None` if those are
    /// more than there are. Blocks.
    ///
    /// # Errors
    /// The disk fails.
    pub fn request(&self, old: u64) -> Result<Option<String>, PublishError> {
        let mut nodes = TileNodes::new(Shelved(self.shelf.as_ref()), &self.edge);
        let path = consistency_path(&mut nodes, old, self.size())?;
        Ok(path.map(|path| encode_request(old, &path, &self.checkpoint)))
    }

    /// How a checkpoint of this log that somebody else holds stands to this one. Whether the log
    /// signed it is for the caller to see. Blocks.
    ///
    /// # Errors
    /// The disk fails.
    pub fn standing(&self, seen: &SignedCheckpoint) -> Result<Standing, PublishError> {
        let seen = &seen.checkpoint;
        if seen.size > self.size() {
            return Ok(Standing::Ahead);
        }
        let mut nodes = TileNodes::new(Shelved(self.shelf.as_ref()), &self.edge);
        if root_of(&mut nodes, seen.size)? == seen.root {
            Ok(Standing::Ours)
        } else {
            Ok(Standing::Other)
        }
    }
}
