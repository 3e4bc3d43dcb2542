//! What readers see: the published checkpoint, the tiles and bundles of its tree, proofs. Nothing
//! of what is being built shows, and nothing blocks the publisher.

use std::sync::{Arc, PoisonError, RwLock};

use crate::digest::Digest;
use crate::journal::Journal;
use crate::note::{SignedCheckpoint, TlogProof};
use crate::publisher::fault::PublishError;
use crate::publisher::nodes::{FULL_TILE_BYTES, Shelved, TileNodes};
use crate::publisher::shelf::Shelf;
use crate::tree::{
    BUNDLE_BYTES_MAX, RightEdge, Row, TILE_WIDTH, Tile, bytes_of, consistency_path, cut_bundle,
    encode_bundle, inclusion_path,
};

/// A published state.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) checkpoint: Arc<SignedCheckpoint>,
    pub(crate) edge: RightEdge,
    /// Length of the list of checkpoints.
    pub(crate) list_bytes: u64,
}

/// A published checkpoint and the path that proves that its tree begins with an older one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// The checkpoint.
    pub checkpoint: Arc<SignedCheckpoint>,
    /// See [`consistency_path`].
    pub path: Vec<Digest>,
}

/// See the module. Clones share it.
#[derive(Debug, Clone)]
pub struct PublishedLog {
    journal: Journal,
    shelf: Arc<dyn Shelf>,
    /// Written by the publisher after each checkpoint; held for the length of a copy of the
    /// pointer.
    view: Arc<RwLock<Option<Arc<View>>>>,
}

impl PublishedLog {
    pub(crate) fn new(journal: Journal, shelf: Arc<dyn Shelf>) -> Self {
        Self {
            journal,
            shelf,
            view: Arc::default(),
        }
    }

    pub(crate) fn show(&self, view: View) {
        let mut shown = self.view.write().unwrap_or_else(PoisonError::into_inner);
        *shown = Some(Arc::new(view));
    }

    fn view(&self) -> Option<Arc<View>> {
        let shown = self.view.read().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }

    /// The published checkpoint; `None` before the first one.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Arc<SignedCheckpoint>> {
        self.view().map(|view| Arc::clone(&view.checkpoint))
    }

    /// Entries under the published checkpoint.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.view().map_or(0, |view| view.edge.size())
    }

    /// Length of the list of all checkpoints ever published, which only grows.
    #[must_use]
    pub fn list_bytes(&self) -> u64 {
        self.view().map_or(0, |view| view.list_bytes)
    }

    /// Index below which whole bundles are not served: their entries lie in the archive.
    #[must_use]
    pub fn minimum_index(&self) -> u64 {
        self.journal.first()
    }

    /// Whether a bundle was removed to the archive.
    #[must_use]
    pub fn is_removed(&self, tile: Tile) -> bool {
        tile.row == Row::Entries && tile.filled().leaves_end() <= self.minimum_index()
    }

    /// The bytes of a tile or bundle; `None` if the published tree does not have it. Partial ones
    /// are cut out of memory, of the journal or of the full one.
    ///
    /// # Errors
    /// The disk or the journal fails.
    pub fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>, PublishError> {
        let Some(view) = self.view() else {
            return Ok(None);
        };
        let size = view.edge.size();
        if !tile.is_in(size) {
            return Ok(None);
        }
        let width = usize::from(tile.width);
        match tile.row {
            Row::Hashes(level) if !tile.filled().is_in(size) => {
                let hashes = view.edge.partial(level).get(..width);
                Ok(hashes.map(bytes_of))
            }
            Row::Hashes(_) => {
                let mut bytes = self.stored(tile.filled(), FULL_TILE_BYTES)?;
                bytes.truncate(width * FULL_TILE_BYTES / usize::from(TILE_WIDTH));
                Ok(Some(bytes))
            }
            Row::Entries if !tile.filled().is_in(size) => self.last_entries(tile).map(Some),
            Row::Entries => {
                let bytes = self.stored(tile.filled(), BUNDLE_BYTES_MAX)?;
                let cut = cut_bundle(&bytes, tile.width).map(<[u8]>::to_vec);
                let file = tile.filled().to_string();
                cut.map(Some).ok_or(PublishError::Differs { file })
            }
        }
    }

    fn stored(&self, tile: Tile, max: usize) -> Result<Vec<u8>, PublishError> {
        let name = tile.to_string();
        let failed = |e| PublishError::disk("read", &name, e);
        let bytes = self.shelf.read(&name, max).map_err(failed)?;
        bytes.ok_or_else(|| failed(std::io::ErrorKind::NotFound.into()))
    }

    fn last_entries(&self, tile: Tile) -> Result<Vec<u8>, PublishError> {
        let first = tile.number.saturating_mul(u64::from(TILE_WIDTH));
        let mut bundle = Vec::new();
        for next in self.journal.scan(first).take(usize::from(tile.width)) {
            if !encode_bundle(&mut bundle, &next?.1) {
                return Err(PublishError::Entry);
            }
        }
        Ok(bundle)
    }

    /// The proof that the entry at `index` is in the published tree; `None` if it is not yet.
    ///
    /// # Errors
    /// The disk fails.
    pub fn proof(&self, index: u64) -> Result<Option<TlogProof>, PublishError> {
        let Some(view) = self.view() else {
            return Ok(None);
        };
        let mut nodes = TileNodes::new(Shelved(self.shelf.as_ref()), &view.edge);
        let path = inclusion_path(&mut nodes, index, view.edge.size())?;
        Ok(path.map(|path| TlogProof {
            index,
            path,
            checkpoint: view.checkpoint.as_ref().clone(),
        }))
    }

    /// The published checkpoint and the path that proves that its tree begins with the one of `old`
    /// entries; `None` if it has fewer or there is none.
    ///
    /// # Errors
    /// The disk fails.
    pub fn consistency(&self, old: u64) -> Result<Option<Growth>, PublishError> {
        let Some(view) = self.view() else {
            return Ok(None);
        };
        let mut nodes = TileNodes::new(Shelved(self.shelf.as_ref()), &view.edge);
        let path = consistency_path(&mut nodes, old, view.edge.size())?;
        let checkpoint = Arc::clone(&view.checkpoint);
        Ok(path.map(|path| Growth { checkpoint, path }))
    }
}
