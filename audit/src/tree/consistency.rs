//! Consistency: that a tree only grew (RFC 6962 section 2.1.2; verified as RFC 9162 section 2.1.4.2
//! says).

use std::cmp::Ordering;

use crate::digest::{Digest, node_hash};
use crate::tree::node::{Nodes, split, subtree_root};

/// The path that proves that the first `old` leaves of the tree of `new` leaves are what they were;
/// empty where nothing needs proof; `None` if the tree shrank.
///
/// # Errors
/// A node cannot be had.
pub fn consistency_path<N: Nodes>(
    nodes: &mut N,
    old: u64,
    new: u64,
) -> Result<Option<Vec<Digest>>, N::Error> {
    if old > new {
        return Ok(None);
    }
    let mut path = Vec::new();
    if old == 0 || old == new {
        return Ok(Some(path));
    }
    let (mut from, mut to) = (0, new);
    while old != to {
        let middle = from + split(to - from);
        if old <= middle {
            path.push(subtree_root(nodes, middle, to)?);
            to = middle;
        } else {
            path.push(subtree_root(nodes, from, middle)?);
            from = middle;
        }
    }
    // The old root itself is known to whoever asks.
    if from != 0 {
        path.push(subtree_root(nodes, from, to)?);
    }
    path.reverse();
    Ok(Some(path))
}

/// Whether `path` proves that the tree `new` (size and root) begins with the tree `old`.
#[must_use]
pub fn verify_consistency(old: (u64, &Digest), new: (u64, &Digest), path: &[Digest]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    match old_size.cmp(&new_size) {
        Ordering::Greater => false,
        Ordering::Equal => path.is_empty() && old_root == new_root,
        Ordering::Less if old_size == 0 => path.is_empty(),
        Ordering::Less => roots_of_path(old, new_size, path) == Some((*old_root, *new_root)),
    }
}

/// Whether `path` proves that the tree `new` begins with *another* tree of the old size than `old`.
///
/// A path leads to two roots, the old one and the new one. If it leads to the new root and not to
/// the old one, then whoever signed both roots has two histories. Where the old size is a power of
/// two, a path holds no root of its own for it, and nothing is proven.
#[must_use]
pub fn proves_another_beginning(old: (u64, &Digest), new: (u64, &Digest), path: &[Digest]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == new_size {
        return old_root != new_root;
    }
    if old_size == 0 || old_size > new_size || old_size.is_power_of_two() {
        return false;
    }
    roots_of_path(old, new_size, path)
        .is_some_and(|(before, after)| before != *old_root && after == *new_root)
}

/// The old root and the new one to which a path leads; `None` if it is of another length. For
/// 0 < old size < new size.
fn roots_of_path(
    (old_size, old_root): (u64, &Digest),
    new_size: u64,
    path: &[Digest],
) -> Option<(Digest, Digest)> {
    let mut at = old_size.checked_sub(1)?;
    let mut last = new_size.checked_sub(1)?;
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (first, rest) = if old_size.is_power_of_two() {
        (*old_root, path)
    } else {
        let (first, rest) = path.split_first()?;
        (*first, rest)
    };
    let (mut before, mut after) = (first, first);
    for node in rest {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            before = node_hash(node, &before);
            after = node_hash(node, &after);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            after = node_hash(&after, node);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some((before, after))
}
