//! The frontier of a tree: the roots of its largest whole subtrees, at most one a height. It is the
//! least by which a tree can be continued and its root told, once its leaves lie elsewhere.

use crate::digest::{Digest, empty_root, node_hash};
use crate::tree::node::join;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Of falling height: one for every bit of the size that is set.
    nodes: Vec<Digest>,
}

impl Frontier {
    /// The frontier with these nodes; `None` if a tree of `size` leaves has another number.
    #[must_use]
    pub fn of(size: u64, nodes: Vec<Digest>) -> Option<Self> {
        let fits = u32::try_from(nodes.len()) == Ok(size.count_ones());
        fits.then_some(Self { size, nodes })
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The nodes, of falling height.
    #[must_use]
    pub fn nodes(&self) -> &[Digest] {
        &self.nodes
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Digest) {
        let mut node = leaf;
        let mut at = self.size;
        while at & 1 == 1 {
            if let Some(left) = self.nodes.pop() {
                node = node_hash(&left, &node);
            }
            at >>= 1;
        }
        self.nodes.push(node);
        self.size = self.size.saturating_add(1);
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Digest {
        join(&self.nodes, None).unwrap_or_else(empty_root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::leaf_hash;
    use crate::tree::RightEdge;

    #[test]
    fn it_has_the_root_of_the_tree_at_every_size_and_can_be_continued_from_its_nodes() {
        let (mut frontier, mut edge) = (Frontier::default(), RightEdge::default());
        for number in 0..700_u32 {
            assert_eq!(frontier.root(), edge.root(), "{number}");
            let leaf = leaf_hash(&number.to_be_bytes());
            let nodes = frontier.nodes().to_vec();
            frontier = Frontier::of(u64::from(number), nodes).unwrap();
            frontier.push(leaf);
            edge.push(leaf);
        }
        let nodes = frontier.nodes().to_vec();
        assert_eq!(Frontier::of(701, nodes), None);
    }
}
