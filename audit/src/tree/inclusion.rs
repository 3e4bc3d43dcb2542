//! Inclusion: that an entry stands at an index of a tree (RFC 6962 section 2.1.1; verified as RFC
//! 9162 section 2.1.3.2 says).

use crate::digest::{Digest, node_hash};
use crate::tree::node::{Nodes, split, subtree_root};

/// The path that proves the leaf at `index` in the tree of the first `size` leaves, from the leaf's
/// sibling up to the root's child; `None` if the tree has no such leaf.
///
/// # Errors
/// A node cannot be had.
pub fn inclusion_path<N: Nodes>(
    nodes: &mut N,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Digest>>, N::Error> {
    if index >= size {
        return Ok(None);
    }
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(subtree_root(nodes, middle, to)?);
            to = middle;
        } else {
            path.push(subtree_root(nodes, from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// One step from a leaf to the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InclusionStep {
    /// The hash beside the one reached so far.
    pub sibling: Digest,
    /// Whether it stands to the left.
    pub is_left: bool,
    /// The hash over both.
    pub reached: Digest,
}

/// The steps that `path` takes from the leaf at `index`; `None` if no tree of this size has such a
/// path.
#[must_use]
pub fn inclusion_steps(
    index: u64,
    size: u64,
    leaf: Digest,
    path: &[Digest],
) -> Option<Vec<InclusionStep>> {
    let mut last = size.checked_sub(1)?;
    let mut at = index;
    if at > last {
        return None;
    }
    let mut reached = leaf;
    let mut steps = Vec::with_capacity(path.len());
    for sibling in path {
        if last == 0 {
            return None;
        }
        let is_left = at & 1 == 1 || at == last;
        if is_left {
            reached = node_hash(sibling, &reached);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            reached = node_hash(&reached, sibling);
        }
        steps.push(InclusionStep {
            sibling: *sibling,
            is_left,
            reached,
        });
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some(steps)
}

/// The root that `path` leads to from the leaf at `index`; `None` if no tree of this size has such
/// a path.
#[must_use]
pub fn root_of_inclusion(index: u64, size: u64, leaf: Digest, path: &[Digest]) -> Option<Digest> {
    let steps = inclusion_steps(index, size, leaf, path)?;
    Some(steps.last().map_or(leaf, |step| step.reached))
}

/// Whether `path` proves that `leaf` stands at `index` in the tree of this size and root.
#[must_use]
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: Digest,
    path: &[Digest],
    root: &Digest,
) -> bool {
    root_of_inclusion(index, size, leaf, path) == Some(*root)
}
