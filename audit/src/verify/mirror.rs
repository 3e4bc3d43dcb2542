//! Offline verification of a mirror: nothing but files as the log serves them over HTTP, a
//! checkpoint, tiles and, where the mirror may have them, bundles. Everything is computed anew from
//! the lowest row that is there.

use std::path::Path;

use crate::digest::{Digest, leaf_hash};
use crate::note::{NOTE_BYTES_MAX, NoteKey, SignedCheckpoint};
use crate::publisher::{CHECKPOINT_NAME, LocalShelf, Shelf as _};
use crate::tree::{
    BUNDLE_BYTES_MAX, RightEdge, Row, TILE_WIDTH, Tile, bytes_of, cut_bundle, hashes_of,
    read_bundle, tiles_of,
};
use crate::verify::fault::TreeFault;
use crate::verify::folder::tile_files;

/// Bytes of a full tile of hashes.
const HASHES_BYTES: usize = TILE_WIDTH as usize * 32;

/// A mirror that is exactly the tree of its checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedMirror {
    /// Its checkpoint.
    pub checkpoint: SignedCheckpoint,
    /// Tiles of hashes, full and partial.
    pub tiles: u64,
    /// Bundles, full and partial; none if the mirror has only hashes.
    pub bundles: u64,
    /// The signature was checked with a key that was given.
    pub signed: bool,
}

/// Verifies the mirror in `dir`; `on_progress` is told entries done and entries in all.
///
/// # Errors
/// Names the first file that is missing, differs or is foreign.
pub fn verify_mirror(
    dir: &Path,
    keys: &[NoteKey],
    mut on_progress: impl FnMut(u64, u64),
) -> Result<VerifiedMirror, TreeFault> {
    let mirror = Mirror {
        shelf: LocalShelf::new(dir.to_owned()),
        has_bundles: dir.join("tile/entries").is_dir(),
    };
    let checkpoint = mirror.checkpoint(keys)?;
    let size = checkpoint.checkpoint.size;
    let mut edge = RightEdge::default();
    let (mut tiles, mut bundles) = (0_u64, 0_u64);
    for tile in tiles_of(size).filter(|tile| tile.row == Row::Hashes(0)) {
        let leaves = mirror.leaves(tile)?;
        tiles += 1;
        bundles += u64::from(mirror.has_bundles);
        for leaf in leaves {
            for full in edge.push(leaf) {
                if full.tile.row != Row::Hashes(0) {
                    mirror.compare(full.tile, &full.bytes)?;
                    tiles += 1;
                }
            }
        }
        on_progress(edge.size(), size);
    }
    let above = |tile: &Tile| tile.row != Row::Hashes(0) && !tile.is_full();
    for tile in tiles_of(size).filter(above) {
        mirror.compare(tile, &bytes_of(edge.partial(tile.row.level())))?;
        tiles += 1;
    }
    if edge.root() != checkpoint.checkpoint.root {
        let place = format!("`{CHECKPOINT_NAME}`");
        return Err(TreeFault::Root { place, size });
    }
    mirror.check_others(dir, size)?;
    Ok(VerifiedMirror {
        checkpoint,
        tiles,
        bundles,
        signed: !keys.is_empty(),
    })
}

struct Mirror {
    shelf: LocalShelf,
    has_bundles: bool,
}

impl Mirror {
    fn checkpoint(&self, keys: &[NoteKey]) -> Result<SignedCheckpoint, TreeFault> {
        let file = CHECKPOINT_NAME;
        let bytes = self.shelf.read(file, NOTE_BYTES_MAX);
        let bytes = bytes.map_err(|e| TreeFault::unreadable(file, &e))?;
        let bytes = bytes.ok_or(TreeFault::Missing {
            file: file.to_owned(),
        })?;
        let read = SignedCheckpoint::parse(&bytes).and_then(|read| {
            if !keys.is_empty() {
                read.verify(keys)?;
            }
            Ok(read)
        });
        let place = format!("`{file}`");
        read.map_err(|fault| TreeFault::Note { place, fault })
    }

    /// The leaf hashes of a tile of level 0: of its entries if they are there, and then the tile of
    /// hashes must say the same.
    fn leaves(&self, tile: Tile) -> Result<Vec<Digest>, TreeFault> {
        let (file, stored) = self.tile(tile, HASHES_BYTES)?;
        let hashes = hashes_of(&stored).filter(|read| read.len() == usize::from(tile.width));
        let hashes = hashes.ok_or(TreeFault::Differs { file: file.clone() })?;
        if !self.has_bundles {
            return Ok(hashes);
        }
        let bundle = Tile {
            row: Row::Entries,
            ..tile
        };
        let (bundle_file, bytes) = self.tile(bundle, BUNDLE_BYTES_MAX)?;
        let entries = read_bundle(&bytes, tile.width);
        let entries = entries.ok_or(TreeFault::Differs {
            file: bundle_file.clone(),
        })?;
        let leaves: Vec<_> = entries.into_iter().map(leaf_hash).collect();
        if leaves != hashes {
            // Which of the two was altered the root would tell; both are named.
            let file = format!("{bundle_file}` or `{file}");
            return Err(TreeFault::Differs { file });
        }
        Ok(leaves)
    }

    fn compare(&self, tile: Tile, due: &[u8]) -> Result<(), TreeFault> {
        let (file, there) = self.tile(tile, HASHES_BYTES)?;
        if there == due {
            Ok(())
        } else {
            Err(TreeFault::Differs { file })
        }
    }

    /// The file and bytes of a tile; a partial one may be cut out of the full one that came later.
    fn tile(&self, tile: Tile, max: usize) -> Result<(String, Vec<u8>), TreeFault> {
        let own = tile.to_string();
        if let Some(bytes) = self.read(&own, max)? {
            return Ok((own, bytes));
        }
        let full = tile.filled().to_string();
        match self.read(&full, max)? {
            Some(bytes) => Ok((full, cut(tile, &bytes).unwrap_or_default())),
            None => Err(TreeFault::Missing { file: own }),
        }
    }

    fn read(&self, file: &str, max: usize) -> Result<Option<Vec<u8>>, TreeFault> {
        let read = self.shelf.read(file, max);
        read.map_err(|e| TreeFault::unreadable(file, &e))
    }

    /// Files that this checkpoint does not need: partial tiles of earlier ones must be beginnings
    /// of what was verified; others are foreign.
    fn check_others(&self, dir: &Path, size: u64) -> Result<(), TreeFault> {
        for file in tile_files(dir)? {
            let tile = Tile::parse(&file).filter(|tile| tile.is_in(size));
            let Some(tile) = tile else {
                return Err(TreeFault::Foreign { file });
            };
            let max = match tile.row {
                Row::Hashes(_) => HASHES_BYTES,
                Row::Entries => BUNDLE_BYTES_MAX,
            };
            let width = match crate::tree::width_at(tile.row.level(), size) {
                _ if tile.filled().is_in(size) => TILE_WIDTH,
                partial => partial,
            };
            let (_, verified) = self.tile(Tile { width, ..tile }, max)?;
            if self.read(&file, max)? != cut(tile, &verified) {
                return Err(TreeFault::Differs { file });
            }
        }
        Ok(())
    }
}

/// The bytes of the first places of a wider tile.
fn cut(tile: Tile, wider: &[u8]) -> Option<Vec<u8>> {
    match tile.row {
        Row::Hashes(_) => wider
            .get(..usize::from(tile.width) * 32)
            .map(<[u8]>::to_vec),
        Row::Entries => cut_bundle(wider, tile.width).map(<[u8]>::to_vec),
    }
}
