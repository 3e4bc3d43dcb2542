//! Nodes of a tree out of its tiles: full ones from wherever they lie, the partial ones of the
//! right edge from memory.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::publisher::fault::PublishError;
use crate::publisher::shelf::Shelf;
use crate::tree::{Nodes, RightEdge, Row, TILE_WIDTH, Tile, hashes_of, root_of_full};

/// Bytes of a full tile of hashes.
pub(crate) const FULL_TILE_BYTES: usize = TILE_WIDTH as usize * 32;
/// A level is eight powers of two.
const LEVEL_BITS: u32 = 8;

/// Where full tiles of hashes come from.
pub(crate) trait TileSource {
    type Error;
    /// The hashes of a full tile.
    fn full_tile(&mut self, tile: Tile) -> Result<Vec<Digest>, Self::Error>;
}

/// Full tiles of a shelf.
#[derive(Debug)]
pub(crate) struct Shelved<'a>(pub(crate) &'a dyn Shelf);

impl Shelved<'_> {
    /// The hashes of a full tile; `None` if it is not there.
    pub(crate) fn find(&self, tile: Tile) -> Result<Option<Vec<Digest>>, PublishError> {
        let name = tile.to_string();
        let bytes = self.0.read(&name, FULL_TILE_BYTES);
        let Some(bytes) = bytes.map_err(|e| PublishError::disk("read", &name, e))? else {
            return Ok(None);
        };
        let hashes = hashes_of(&bytes).filter(|hashes| hashes.len() == usize::from(TILE_WIDTH));
        hashes.map(Some).ok_or(PublishError::Differs { file: name })
    }
}

impl TileSource for Shelved<'_> {
    type Error = PublishError;

    fn full_tile(&mut self, tile: Tile) -> Result<Vec<Digest>, PublishError> {
        let missing = || {
            PublishError::disk(
                "read",
                &tile.to_string(),
                std::io::ErrorKind::NotFound.into(),
            )
        };
        self.find(tile)?.ok_or_else(missing)
    }
}

/// See the module. Tiles are read once each.
#[derive(Debug)]
pub(crate) struct TileNodes<'a, S> {
    source: S,
    edge: &'a RightEdge,
    read: BTreeMap<Tile, Vec<Digest>>,
}

impl<'a, S: TileSource> TileNodes<'a, S> {
    pub(crate) const fn new(source: S, edge: &'a RightEdge) -> Self {
        Self {
            source,
            edge,
            read: BTreeMap::new(),
        }
    }
}

impl<S: TileSource> Nodes for TileNodes<'_, S> {
    type Error = S::Error;

    fn node(&mut self, height: u32, number: u64) -> Result<Digest, S::Error> {
        let level = u8::try_from(height / LEVEL_BITS).unwrap_or(u8::MAX);
        let within = height % LEVEL_BITS;
        let width = u64::from(TILE_WIDTH);
        let first = number << within;
        let tile = Tile::full(Row::Hashes(level), first / width);
        let partial = self.edge.partial(level);
        let hashes = if tile.is_in(self.edge.size()) {
            if !self.read.contains_key(&tile) {
                let hashes = self.source.full_tile(tile)?;
                self.read.insert(tile, hashes);
            }
            self.read.get(&tile).map(Vec::as_slice).unwrap_or_default()
        } else {
            partial
        };
        // Both are below 256.
        let begin = usize::try_from(first % width).unwrap_or(usize::MAX);
        let end = begin.saturating_add(1 << within);
        // A node beyond the tree is nobody's: its hash is that of nothing and proves nothing.
        Ok(root_of_full(hashes.get(begin..end).unwrap_or_default()))
    }
}
