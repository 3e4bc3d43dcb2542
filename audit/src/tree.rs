//! The Merkle tree over the entries of a log, as RFC 6962 builds it and C2SP tlog-tiles cuts it
//! into files. Everything here is a pure function of hashes: no file, no key, no clock.
//!
//! A *node* of height h and number n is the root over the leaves n·2^h up to (n+1)·2^h, all of them
//! there. Proofs are made from nodes, wherever those come from, and verified from nothing but what
//! the verifier holds.

mod bundle;
mod consistency;
mod edge;
mod frontier;
mod inclusion;
mod node;
#[cfg(test)]
mod tests;
mod tile;

pub use bundle::{BUNDLE_BYTES_MAX, cut_bundle, encode_bundle, read_bundle};
pub use consistency::{consistency_path, proves_another_beginning, verify_consistency};
pub(crate) use edge::root_of_full;
pub use edge::{FullTile, RightEdge, bytes_of, hashes_of};
pub use frontier::Frontier;
pub use inclusion::{
    InclusionStep, inclusion_path, inclusion_steps, root_of_inclusion, verify_inclusion,
};
pub use node::{Nodes, root_of, subtree_root};
pub use tile::{LEVEL_MAX, Row, TILE_WIDTH, Tile, hashes_in, tiles_of, width_at};

/// Hashes in the longest proof of a tree with less than 2^63 leaves.
pub const PATH_MAX: usize = 63;
