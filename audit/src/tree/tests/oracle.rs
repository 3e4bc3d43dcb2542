//! Property tests against an implementation that shares no line with ours.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;

type Oracle = MemoryBackedTree<Sha256, [u8; 8]>;

fn oracle(size: u64) -> Oracle {
    let mut tree = Oracle::new();
    for number in 0..size {
        tree.push(number.to_be_bytes());
    }
    tree
}

fn hashes(bytes: &[u8]) -> Vec<Digest> {
    super::super::edge::hashes_of(bytes).unwrap()
}

#[test]
fn every_small_tree_has_the_oracle_s_roots_and_paths() {
    for size in 1..=66_u64 {
        let oracle = oracle(size);
        let mut ours = Leaves::numbered(size);
        let root = had(root_of(&mut ours, size));
        assert_eq!(root.bytes()[..], oracle.root().as_bytes()[..], "{size}");
        for index in 0..size {
            let path = had(inclusion_path(&mut ours, index, size)).unwrap();
            let theirs = oracle.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(path, hashes(theirs.as_bytes()), "{index} of {size}");
            let leaf = leaf_hash(&index.to_be_bytes());
            assert!(verify_inclusion(index, size, leaf, &path, &root));
        }
        assert_eq!(had(inclusion_path(&mut ours, size, size)), None);
        for old in 1..size {
            let path = had(consistency_path(&mut ours, old, size)).unwrap();
            let theirs = oracle.prove_consistency(usize::try_from(size - old).unwrap());
            assert_eq!(path, hashes(theirs.as_bytes()), "{old} to {size}");
            let before = had(root_of(&mut ours, old));
            assert!(verify_consistency((old, &before), (size, &root), &path));
        }
    }
}

#[test]
fn trees_are_cut_into_the_tiles_that_the_go_port_cuts() {
    for size in [
        1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000,
    ] {
        let mut theirs: Vec<_> = tlog_tiles::Tile::new_tiles(8, 0, size)
            .iter()
            .map(|tile| (tile.level(), tile.level_index(), tile.width()))
            .collect();
        theirs.sort_unstable();
        let mut ours: Vec<_> = tiles_of(size)
            .map(|tile| (tile.row.level(), tile.number, u32::from(tile.width)))
            .collect();
        ours.sort_unstable();
        assert_eq!(ours, theirs, "{size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn large_trees_agree_too(size in 2_u64..3_000, index: u64, old: u64) {
        let (index, old) = (index % size, 1 + old % (size - 1));
        let oracle = oracle(size);
        let mut ours = Leaves::numbered(size);
        let root = had(root_of(&mut ours, size));
        prop_assert_eq!(root.bytes().to_vec(), oracle.root().as_bytes().to_vec());
        let path = had(inclusion_path(&mut ours, index, size)).unwrap();
        let theirs = oracle.prove_inclusion(usize::try_from(index).unwrap());
        prop_assert_eq!(&path, &hashes(theirs.as_bytes()));
        let path = had(consistency_path(&mut ours, old, size)).unwrap();
        let theirs = oracle.prove_consistency(usize::try_from(size - old).unwrap());
        prop_assert_eq!(&path, &hashes(theirs.as_bytes()));
    }

    /// A proof holds for what it was made for and for nothing that differs anywhere.
    #[test]
    fn an_altered_proof_proves_nothing(
        size in 2_u64..600, index: u64, other: u64, at: prop::sample::Index, bit in 0_usize..256,
    ) {
        let (index, other) = (index % size, other % (2 * size));
        let mut ours = Leaves::numbered(size);
        let root = had(root_of(&mut ours, size));
        let leaf = leaf_hash(&index.to_be_bytes());
        let path = had(inclusion_path(&mut ours, index, size)).unwrap();
        prop_assert_eq!(verify_inclusion(other, size, leaf, &path, &root), other == index);
        let altered = altered(&path, at.index(path.len()), bit);
        prop_assert!(!verify_inclusion(index, size, leaf, &altered, &root));
        prop_assert!(!verify_inclusion(index, size, leaf, &path[1..], &root));
        let longer = [&path[..], &[root]].concat();
        prop_assert!(!verify_inclusion(index, size, leaf, &longer, &root));
        prop_assert!(!verify_inclusion(index, size, root, &path, &root));
    }

    #[test]
    fn an_altered_history_is_not_consistent(
        size in 2_u64..600, old: u64, changed: u64, at: prop::sample::Index, bit in 0_usize..256,
    ) {
        let old = 1 + old % (size - 1);
        let mut ours = Leaves::numbered(size);
        let (before, after) = (had(root_of(&mut ours, old)), had(root_of(&mut ours, size)));
        let path = had(consistency_path(&mut ours, old, size)).unwrap();
        let holds = |before: &Digest, after: &Digest, path: &[Digest]| {
            verify_consistency((old, before), (size, after), path)
        };
        prop_assert!(holds(&before, &after, &path));
        let altered = altered(&path, at.index(path.len()), bit);
        prop_assert!(!holds(&before, &after, &altered));
        prop_assert!(!holds(&before, &after, &path[1..]));
        prop_assert!(!holds(&before, &after, &[&path[..], &[after]].concat()));
        prop_assert!(!verify_consistency((size, &after), (old, &before), &path));
        // Another leaf within the old tree: no path joins the two.
        let mut forged = Leaves::numbered(size);
        forged.0[usize::try_from(changed % old).unwrap()] = leaf_hash(b"forged");
        let path = had(consistency_path(&mut forged, old, size)).unwrap();
        let root = had(root_of(&mut forged, size));
        prop_assert!(!holds(&before, &root, &path));
    }

    #[test]
    fn arbitrary_proofs_are_refused_without_harm(
        index: u64, size: u64, old: u64, path in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let path: Vec<_> = path.into_iter().map(Digest::new).collect();
        let (leaf, root) = (leaf_hash(b"leaf"), leaf_hash(b"root"));
        prop_assert!(!verify_inclusion(index, size, leaf, &path, &root));
        let trivial = old == 0 && path.is_empty();
        let consistent = verify_consistency((old, &leaf), (size, &root), &path);
        prop_assert_eq!(consistent, trivial);
    }
}

fn altered(path: &[Digest], at: usize, bit: usize) -> Vec<Digest> {
    let mut path = path.to_vec();
    let mut bytes = *path[at].bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    path[at] = Digest::new(bytes);
    path
}
