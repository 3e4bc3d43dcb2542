//! What happens before the first checkpoint of a run: what was signed and published is compared
//! with the journal. A head that no reader has seen yet is published; whatever does not agree stops
//! the start. Missing tiles are made again from the journal, different ones are never touched.

use crate::digest::{Digest, leaf_hash};
use crate::publisher::fault::PublishError;
use crate::publisher::head::{CHECKPOINT_NAME, HEAD_NAME};
use crate::publisher::nodes::{Shelved, TileNodes};
use crate::publisher::published::View;
use crate::publisher::succession::keys_on;
use crate::publisher::{ADVANCE_ENTRIES_MAX, Publisher};
use crate::tree::{
    BUNDLE_BYTES_MAX, RightEdge, Row, Tile, cut_bundle, encode_bundle, hashes_in, root_of,
    root_of_full, width_at,
};

/// Where a journal begins whose first segments were removed.
const BASE_FILE: &str = "journal/base";

impl Publisher {
    pub(super) fn recover(&mut self) -> Result<(), PublishError> {
        self.heads.check()?;
        self.check_base()?;
        let size = self.heads.head_size();
        let entries = self.journal.size();
        if size > entries {
            return Err(PublishError::Shrunk {
                file: HEAD_NAME,
                signed: size,
                entries,
            });
        }
        self.stand_at(size)?;
        let signed = self.heads.head().map(|head| head.checkpoint.root);
        if signed.is_some_and(|signed| signed != self.edge.root()) {
            // A tile under the edge is not what it was, or the journal is not: this names the tile.
            self.build_all(size)?;
        }
        self.compare_roots()?;
        let Some(head) = self.heads.head().cloned() else {
            return Ok(());
        };
        if self.heads.published() == Some(&head) {
            self.view.show(View {
                checkpoint: head.into(),
                edge: self.edge.clone(),
                list_bytes: self.heads.list_bytes(),
            });
        } else {
            // The crash came between keeping the head and showing it.
            self.shelf.sync_folders().map_err(PublishError::folders)?;
            match self.show(head) {
                Err(error) if error.is_no_room() => self.wait_for_room(&error)?,
                published => drop(published?),
            }
        }
        Ok(())
    }

    fn stand_at(&mut self, size: u64) -> Result<(), PublishError> {
        match self.edge_from_tiles(size, self.last_leaves(size)?)? {
            Some(edge) => {
                self.edge = edge;
                self.bundle.clear();
                self.refill_bundle(size)
            }
            None => self.build_all(size),
        }
    }

    /// The disk is full, which is no reason to end: what was not published is forgotten, and the
    /// next call begins again from the head. Nothing that was written meanwhile has a name that a
    /// reader knows.
    pub(super) fn wait_for_room(&mut self, error: &PublishError) -> Result<(), PublishError> {
        if !self.lacks_room {
            tracing::warn!(%error, "the disk is full: no checkpoint until there is room");
        }
        self.lacks_room = true;
        self.stand_at(self.heads.head_size())
    }

    /// The right edge at `size`, from the full tiles under it and the last entries; `None` if a
    /// tile is missing.
    fn edge_from_tiles(
        &self,
        size: u64,
        mut leaves: Vec<Digest>,
    ) -> Result<Option<RightEdge>, PublishError> {
        let mut levels = Vec::new();
        let mut level = 0_u8;
        while hashes_in(level, size) > 0 {
            let width = u64::from(width_at(level, size));
            let first = hashes_in(level, size) - width;
            let hashes = match level.checked_sub(1) {
                None => std::mem::take(&mut leaves),
                Some(below) => {
                    let mut roots = Vec::new();
                    for number in first..first + width {
                        let tile = Tile::full(Row::Hashes(below), number);
                        match Shelved(self.shelf.as_ref()).find(tile)? {
                            Some(hashes) => roots.push(root_of_full(&hashes)),
                            None => return Ok(None),
                        }
                    }
                    roots
                }
            };
            levels.push(hashes);
            level = level.saturating_add(1);
        }
        Ok(RightEdge::of(size, levels))
    }

    /// Leaf hashes of the entries behind the last full bundle.
    fn last_leaves(&self, size: u64) -> Result<Vec<Digest>, PublishError> {
        let mut leaves = Vec::new();
        let width = usize::from(width_at(0, size));
        for next in self.journal.scan(size - width as u64).take(width) {
            leaves.push(leaf_hash(&next?.1));
        }
        Ok(leaves)
    }

    fn refill_bundle(&mut self, size: u64) -> Result<(), PublishError> {
        let width = usize::from(width_at(0, size));
        for next in self.journal.scan(size - width as u64).take(width) {
            if !encode_bundle(&mut self.bundle, &next?.1) {
                return Err(PublishError::Entry);
            }
        }
        Ok(())
    }

    /// Everything once more from the first entry that is there: a tile is missing or does not fit.
    fn build_all(&mut self, size: u64) -> Result<(), PublishError> {
        tracing::warn!(
            entries = size,
            "tiles are missing or do not fit: all are held against the journal"
        );
        (self.edge, self.bundle) = self.at_base()?;
        while self.edge.size() < size {
            let next = self.edge.size().saturating_add(ADVANCE_ENTRIES_MAX);
            self.build(next.min(size))?;
            tracing::info!(
                entries = self.edge.size(),
                "tiles are held against the journal"
            );
        }
        self.shelf.sync_folders().map_err(PublishError::folders)
    }

    /// The base must be the log's own, and under what was published.
    fn check_base(&self) -> Result<(), PublishError> {
        let Some(base) = self.journal.base() else {
            return Ok(());
        };
        // It may be from before the key was replaced; its tree is compared with what was published.
        let keys = keys_on(self.shelf.as_ref(), self.signer.key())?;
        let believed = base.verify(&keys);
        believed.map_err(|fault| PublishError::Note {
            file: BASE_FILE,
            fault,
        })?;
        if base.index() > self.heads.published_size() {
            return Err(PublishError::Torn {
                file: BASE_FILE,
                with: CHECKPOINT_NAME,
            });
        }
        Ok(())
    }

    /// The edge and the unfinished bundle where the journal begins: of nothing, or out of tiles
    /// and bundle, which then cannot be made again.
    fn at_base(&self) -> Result<(RightEdge, Vec<u8>), PublishError> {
        let Some(first) = self.journal.base().map(|base| base.index()) else {
            return Ok((RightEdge::default(), Vec::new()));
        };
        let missing = |tile: Tile| {
            let missing = std::io::ErrorKind::NotFound.into();
            PublishError::disk("read", &tile.to_string(), missing)
        };
        let width = width_at(0, first);
        let number = first / u64::from(crate::tree::TILE_WIDTH);
        let (mut leaves, mut bundle) = (Vec::new(), Vec::new());
        if width > 0 {
            let tile = Tile::full(Row::Hashes(0), number);
            let hashes = Shelved(self.shelf.as_ref()).find(tile)?;
            leaves = hashes.ok_or_else(|| missing(tile))?;
            leaves.truncate(usize::from(width));
            let tile = Tile::full(Row::Entries, number);
            let name = tile.to_string();
            let bytes = self.shelf.read(&name, BUNDLE_BYTES_MAX);
            let bytes = bytes.map_err(|e| PublishError::disk("read", &name, e))?;
            let bytes = bytes.ok_or_else(|| missing(tile))?;
            let cut = cut_bundle(&bytes, width).map(<[u8]>::to_vec);
            bundle = cut.ok_or(PublishError::Differs { file: name })?;
        }
        let edge = self.edge_from_tiles(first, leaves)?;
        let edge = edge.ok_or_else(|| missing(Tile::full(Row::Hashes(0), 0)))?;
        Ok((edge, bundle))
    }

    /// The journal must give the very roots that were signed.
    fn compare_roots(&self) -> Result<(), PublishError> {
        if let Some(head) = self.heads.head() {
            let signed = &head.checkpoint;
            if self.edge.root() != signed.root {
                return Err(PublishError::Forked {
                    file: HEAD_NAME,
                    size: signed.size,
                });
            }
        }
        if let Some(base) = self.journal.base() {
            let mut nodes = TileNodes::new(Shelved(self.shelf.as_ref()), &self.edge);
            if root_of(&mut nodes, base.index())? != base.edge.root() {
                return Err(PublishError::Forked {
                    file: BASE_FILE,
                    size: base.index(),
                });
            }
        }
        if let Some(published) = self.heads.published() {
            let signed = &published.checkpoint;
            let mut nodes = TileNodes::new(Shelved(self.shelf.as_ref()), &self.edge);
            if root_of(&mut nodes, signed.size)? != signed.root {
                return Err(PublishError::Forked {
                    file: CHECKPOINT_NAME,
                    size: signed.size,
                });
            }
        }
        Ok(())
    }
}
