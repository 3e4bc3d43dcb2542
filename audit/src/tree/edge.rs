//! The right edge of a growing tree: per level the hashes of the tile that is not full yet. It is
//! all that appending and the root need, at most 255 hashes a level.

use crate::digest::{DIGEST_BYTES, Digest, node_hash};
use crate::tree::node::join;
use crate::tree::tile::{Row, TILE_WIDTH, Tile};

/// A tile that an append filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullTile {
    /// Which one.
    pub tile: Tile,
    /// Its 256 hashes one after the other.
    pub bytes: Vec<u8>,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RightEdge {
    size: u64,
    levels: Vec<Vec<Digest>>,
}

impl RightEdge {
    /// The edge of a tree whose partial tiles are known, lowest level first; `None` if they do not
    /// have the widths of a tree of `size` leaves.
    #[must_use]
    pub fn of(size: u64, levels: Vec<Vec<Digest>>) -> Option<Self> {
        let fits = (0_u8..)
            .zip(&levels)
            .all(|(level, hashes)| hashes.len() == usize::from(super::width_at(level, size)));
        let level = u8::try_from(levels.len()).ok()?;
        (fits && super::hashes_in(level, size) == 0).then_some(Self { size, levels })
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Hashes of the partial tile of a level; none if its last tile is full.
    #[must_use]
    pub fn partial(&self, level: u8) -> &[Digest] {
        let level = self.levels.get(usize::from(level));
        level.map(Vec::as_slice).unwrap_or_default()
    }

    /// Appends a leaf and gives the tiles that it filled, lowest level first.
    pub fn push(&mut self, leaf: Digest) -> Vec<FullTile> {
        self.size = self.size.saturating_add(1);
        let mut filled = Vec::new();
        let mut carried = Some(leaf);
        let mut level = 0_u8;
        while let Some(hash) = carried.take() {
            let place = usize::from(level);
            if self.levels.len() == place {
                self.levels
                    .push(Vec::with_capacity(usize::from(TILE_WIDTH)));
            }
            let Some(hashes) = self.levels.get_mut(place) else {
                break;
            };
            hashes.push(hash);
            if hashes.len() == usize::from(TILE_WIDTH) {
                let spanned = super::hashes_in(level, self.size);
                let number = (spanned / u64::from(TILE_WIDTH)).saturating_sub(1);
                filled.push(FullTile {
                    tile: Tile::full(Row::Hashes(level), number),
                    bytes: bytes_of(hashes),
                });
                carried = Some(root_of_full(hashes));
                hashes.clear();
                level = level.saturating_add(1);
            }
        }
        filled
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut right = None;
        for hashes in &self.levels {
            let parts = whole_nodes(hashes);
            right = join(&parts, right);
        }
        right.unwrap_or_else(crate::digest::empty_root)
    }
}

/// Hashes one after the other, as a tile holds them.
#[must_use]
pub fn bytes_of(hashes: &[Digest]) -> Vec<u8> {
    hashes
        .iter()
        .flat_map(|hash| hash.bytes().iter().copied())
        .collect()
}

/// The hashes in the bytes of a tile; `None` if they are not whole.
#[must_use]
pub fn hashes_of(bytes: &[u8]) -> Option<Vec<Digest>> {
    let (whole, rest) = bytes.as_chunks::<DIGEST_BYTES>();
    rest.is_empty()
        .then(|| whole.iter().copied().map(Digest::new).collect())
}

/// The largest whole nodes over neighbouring hashes, of falling height.
fn whole_nodes(hashes: &[Digest]) -> Vec<Digest> {
    let mut parts = Vec::new();
    let mut rest = hashes;
    while let Some(height) = rest.len().checked_ilog2() {
        let (whole, right) = rest.split_at_checked(1 << height).unwrap_or((rest, &[]));
        parts.push(root_of_full(whole));
        rest = right;
    }
    parts
}

/// The root over a power of two of hashes.
pub(crate) fn root_of_full(hashes: &[Digest]) -> Digest {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        let (pairs, _) = row.as_chunks::<2>();
        row = pairs
            .iter()
            .map(|[left, right]| node_hash(left, right))
            .collect();
    }
    row.first()
        .copied()
        .unwrap_or_else(crate::digest::empty_root)
}
