//! Roots over ranges of leaves, put together from whole nodes. It asks for a node at most once a
//! range and holds no more than one a height.

use crate::digest::{Digest, empty_root, node_hash};

/// Where nodes come from: a tree in memory, tiles on disk, tiles of a mirror.
pub trait Nodes {
    /// Why a node cannot be had.
    type Error;

    /// The root over the leaves `number`·2^`height` up to (`number` + 1)·2^`height`.
    ///
    /// # Errors
    /// The node cannot be had.
    fn node(&mut self, height: u32, number: u64) -> Result<Digest, Self::Error>;
}

/// The root over the leaves `from..to`, which must be a subtree that RFC 6962 splits off: `from` is
/// a multiple of the least power of two that holds all of them.
///
/// # Errors
/// A node cannot be had.
pub fn subtree_root<N: Nodes>(nodes: &mut N, from: u64, to: u64) -> Result<Digest, N::Error> {
    let leaves = to.saturating_sub(from);
    let mut start = from;
    let mut parts = Vec::new();
    for height in (0..u64::BITS).rev() {
        if leaves >> height & 1 == 1 {
            parts.push(nodes.node(height, start >> height)?);
            start = start.saturating_add(1 << height);
        }
    }
    Ok(join(&parts, None).unwrap_or_else(empty_root))
}

/// The root of the first `size` leaves.
///
/// # Errors
/// A node cannot be had.
pub fn root_of<N: Nodes>(nodes: &mut N, size: u64) -> Result<Digest, N::Error> {
    subtree_root(nodes, 0, size)
}

/// Joins nodes of falling height, with what stands to the right of them.
pub(crate) fn join(parts: &[Digest], right: Option<Digest>) -> Option<Digest> {
    let joined = |right: Option<Digest>, left: &Digest| {
        Some(right.map_or(*left, |right| node_hash(left, &right)))
    };
    parts.iter().rev().fold(right, joined)
}

/// The largest power of two below `leaves`, where RFC 6962 splits a tree of at least two.
pub(crate) const fn split(leaves: u64) -> u64 {
    match leaves.saturating_sub(1).checked_ilog2() {
        Some(height) => 1 << height,
        None => 0,
    }
}
