//! The tree over the lines of what is approved, as RFC 6962 shapes it. Refuses a path of any other
//! length than the place needs.

use ring::digest;

use crate::flow::{LIST_LINES_MAX, sha256};

/// Most hashes of a path: a list has at most 5,000 lines.
pub const PATH_HASHES_MAX: usize = 13;

const _: () = assert!(LIST_LINES_MAX <= 1 << PATH_HASHES_MAX);

/// As RFC 6962 has it: an inner hash is never taken for a leaf.
const NODE_PREFIX: &[u8] = &[1];

/// A tree over leaves in the order of their lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalTree {
    /// The leaves, then each level above; the last one holds the root alone.
    levels: Vec<Vec<[u8; 32]>>,
}

impl ApprovalTree {
    /// The tree; none over no line or more than a list may have.
    #[must_use]
    pub fn over(leaves: Vec<[u8; 32]>) -> Option<Self> {
        let count = u32::try_from(leaves.len()).ok()?;
        if !(1..=LIST_LINES_MAX).contains(&count) {
            return None;
        }
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below.chunks(2).map(|pair| match pair {
                [left, right] => inner(left, right),
                // The odd one moves up as it is: so the tree has the shape of RFC 6962.
                one => one.first().copied().unwrap_or_default(),
            });
            let above = above.collect();
            levels.push(above);
        }
        Some(Self { levels })
    }

    /// How many lines it is over.
    #[must_use]
    pub fn lines(&self) -> u32 {
        let leaves = self.levels.first().map_or(0, Vec::len);
        u32::try_from(leaves).unwrap_or(u32::MAX)
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let top = self.levels.last().and_then(|level| level.first());
        top.copied().unwrap_or_default()
    }

    /// The hashes from a line to the root; none where there is no such line.
    #[must_use]
    pub fn path(&self, index: u32) -> Option<Vec<[u8; 32]>> {
        let mut at = usize::try_from(index).ok()?;
        self.levels.first()?.get(at)?;
        let mut path = Vec::new();
        for level in &self.levels {
            path.extend(level.get(at ^ 1));
            at /= 2;
        }
        Some(path)
    }
}

/// The root that a leaf at its place leads to over this path; none where the path cannot be right.
#[must_use]
pub(super) fn root_of(
    leaf: [u8; 32],
    index: u32,
    lines: u32,
    path: &[[u8; 32]],
) -> Option<[u8; 32]> {
    if index >= lines || lines > LIST_LINES_MAX {
        return None;
    }
    let (mut at, mut last) = (index, lines - 1);
    let (mut hash, mut path) = (leaf, path.iter());
    while last > 0 {
        if at % 2 == 1 {
            hash = inner(path.next()?, &hash);
        } else if at < last {
            hash = inner(&hash, path.next()?);
        }
        (at, last) = (at / 2, last / 2);
    }
    path.next().is_none().then_some(hash)
}

fn inner(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(NODE_PREFIX);
    context.update(left);
    context.update(right);
    sha256(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u32) -> Vec<[u8; 32]> {
        let leaf = |n: u32| {
            let mut leaf = [0; 32];
            leaf[..4].copy_from_slice(&n.to_be_bytes());
            leaf
        };
        (0..count).map(leaf).collect()
    }

    /// MTH of RFC 6962, section 2.1, as it is written there.
    fn defined(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [one] => *one,
            more => {
                let half = more.len().next_power_of_two() / 2;
                inner(&defined(&more[..half]), &defined(&more[half..]))
            }
        }
    }

    #[test]
    fn every_line_of_every_size_leads_to_the_root_of_rfc_6962() {
        for count in (1..70).chain([4_095, 4_097, LIST_LINES_MAX]) {
            let leaves = leaves(count);
            let tree = ApprovalTree::over(leaves.clone()).expect("a tree");
            assert_eq!(tree.root(), defined(&leaves), "{count}");
            for (leaf, index) in leaves.iter().zip(0..).step_by(1 + leaves.len() / 50) {
                let path = tree.path(index).expect("a path");
                assert!(path.len() <= PATH_HASHES_MAX);
                let root = root_of(*leaf, index, count, &path);
                assert_eq!(root, Some(tree.root()), "{index} of {count}");
            }
            assert_eq!(tree.path(count), None);
        }
        assert_eq!(ApprovalTree::over(Vec::new()), None);
        assert_eq!(ApprovalTree::over(leaves(LIST_LINES_MAX + 1)), None);
    }

    #[test]
    fn another_place_size_or_path_leads_elsewhere() {
        let leaves = leaves(11);
        let tree = ApprovalTree::over(leaves.clone()).expect("a tree");
        let path = tree.path(5).expect("a path");
        let root = Some(tree.root());
        assert_eq!(root_of(leaves[5], 5, 11, &path), root);
        for (index, lines) in [(4, 11), (7, 11), (11, 11), (5, 5), (5, 0), (5, 99_999)] {
            assert_ne!(root_of(leaves[5], index, lines, &path), root);
        }
        assert_ne!(root_of(leaves[4], 5, 11, &path), root);
        assert_ne!(root_of(leaves[5], 5, 11, &path[1..]), root);
        assert_ne!(
            root_of(leaves[5], 5, 11, &[&path[..], &path[..1]].concat()),
            root
        );
        let mut other = path.clone();
        other[0][0] ^= 1;
        assert_ne!(root_of(leaves[5], 5, 11, &other), root);
    }
}
