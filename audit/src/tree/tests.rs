//! The tree against RFC 6962's vectors, the example of the tlog-tiles text, and `ct-merkle`.

mod oracle;
mod paths;

use super::*;
use crate::digest::{Digest, empty_root, leaf_hash};

/// A whole tree in memory.
pub(super) struct Leaves(pub(super) Vec<Digest>);

impl Leaves {
    pub(super) fn numbered(count: u64) -> Self {
        Self((0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect())
    }
}

impl Nodes for Leaves {
    type Error = std::convert::Infallible;

    fn node(&mut self, height: u32, number: u64) -> Result<Digest, Self::Error> {
        let (from, to) = (number << height, (number + 1) << height);
        let leaves = &self.0[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()];
        Ok(super::edge::root_of_full(leaves))
    }
}

pub(super) fn had<T>(made: Result<T, std::convert::Infallible>) -> T {
    let Ok(made) = made;
    made
}

/// The eight leaves of the vectors that every implementation of RFC 6962 shares, and the roots of
/// the trees of one to eight of them.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn vector_leaves() -> Vec<Digest> {
    let bytes = LEAVES.map(|leaf| data_encoding::HEXLOWER.decode(leaf.as_bytes()).unwrap());
    bytes.iter().map(|leaf| leaf_hash(leaf)).collect()
}

#[test]
fn roots_are_those_of_the_vectors() {
    let mut edge = RightEdge::default();
    assert_eq!(edge.root(), empty_root());
    let mut leaves = Leaves(vector_leaves());
    for (size, (leaf, root)) in (1..).zip(vector_leaves().into_iter().zip(ROOTS)) {
        assert!(edge.push(leaf).is_empty());
        let root = Digest::from_hex(root).unwrap();
        assert_eq!(edge.root(), root, "{size}");
        assert_eq!(had(root_of(&mut leaves, size)), root, "{size}");
    }
}

#[test]
fn the_tree_of_70_000_has_the_tiles_of_the_specification() {
    let tiles: Vec<_> = tiles_of(70_000).collect();
    let full = |level| {
        let of = |tile: &&Tile| tile.row == Row::Hashes(level) && tile.is_full();
        tiles.iter().filter(of).count()
    };
    assert_eq!((full(0), full(1), full(2)), (273, 1, 0));
    let partial: Vec<_> = tiles.iter().filter(|tile| !tile.is_full()).collect();
    let paths: Vec<_> = partial.iter().map(ToString::to_string).collect();
    assert_eq!(
        paths,
        ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
    );
    let paths: Vec<_> = tiles_of(256).map(|tile| tile.to_string()).collect();
    assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(tiles_of(0).count(), 0);
}

#[test]
fn an_edge_fills_the_tiles_of_its_tree_in_order() {
    let leaves = Leaves::numbered(70_000);
    let mut edge = RightEdge::default();
    let mut filled: Vec<Tile> = Vec::new();
    for leaf in &leaves.0 {
        for full in edge.push(*leaf) {
            assert_eq!(full.bytes.len(), 8192);
            filled.push(full.tile);
        }
    }
    filled.sort_unstable();
    let expected: Vec<_> = tiles_of(70_000).filter(Tile::is_full).collect();
    assert_eq!(filled, expected);
    assert_eq!(edge.partial(0).len(), 112);
    assert_eq!(edge.partial(1).len(), 17);
    assert_eq!(edge.partial(2).len(), 1);
    assert_eq!(edge.partial(3).len(), 0);
    let levels = (0..3).map(|level| edge.partial(level).to_vec()).collect();
    assert_eq!(RightEdge::of(70_000, levels).as_ref(), Some(&edge));
    for wrong in [vec![], vec![vec![]; 3], vec![edge.partial(0).to_vec()]] {
        assert_eq!(RightEdge::of(70_000, wrong), None);
    }
}

#[test]
fn bundles_are_read_back_and_cut_and_nothing_else_is_read() {
    let entries: [&[u8]; 4] = [b"one", b"", &[7; 65_535], b"four"];
    let mut bundle = Vec::new();
    for entry in entries {
        assert!(encode_bundle(&mut bundle, entry));
    }
    assert!(!encode_bundle(&mut bundle, &[0; 65_536]));
    assert_eq!(read_bundle(&bundle, 4).unwrap(), entries);
    assert_eq!(cut_bundle(&bundle, 2).unwrap(), b"\0\x03one\0\0");
    assert_eq!(cut_bundle(&bundle, 4).unwrap(), bundle);
    for width in [0, 3, 5, 256] {
        assert_eq!(read_bundle(&bundle, width), None, "{width}");
    }
    assert_eq!(cut_bundle(&bundle, 5), None);
    bundle.pop();
    assert_eq!(read_bundle(&bundle, 4), None);
}
