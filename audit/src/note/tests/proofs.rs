//! Portable proofs: what they say, what they refuse.

use super::*;
use crate::tree::{RightEdge, inclusion_path};

struct Tree(Vec<Digest>);

impl crate::tree::Nodes for Tree {
    type Error = std::convert::Infallible;

    fn node(&mut self, height: u32, number: u64) -> Result<Digest, Self::Error> {
        let (from, to) = (number << height, (number + 1) << height);
        let mut edge = RightEdge::default();
        for leaf in from..to {
            edge.push(self.0[usize::try_from(leaf).unwrap()]);
        }
        Ok(edge.root())
    }
}

/// A proof of each entry of a log of so many.
fn proofs(log: &NoteSigner, size: u64) -> Vec<TlogProof> {
    let leaves: Vec<_> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    let mut edge = RightEdge::default();
    for leaf in &leaves {
        edge.push(*leaf);
    }
    let head = Checkpoint {
        origin: log.key().name().to_owned(),
        size,
        root: edge.root(),
        extensions: Vec::new(),
    };
    let signature = log.sign(&head.to_string(), 0);
    let checkpoint = SignedCheckpoint::new(head, vec![signature]).unwrap();
    let mut tree = Tree(leaves);
    let path = |index| {
        let Ok(path) = inclusion_path(&mut tree, index, size);
        path.unwrap()
    };
    let paths: Vec<_> = (0..size).map(path).collect();
    (0..)
        .zip(paths)
        .map(|(index, path)| TlogProof {
            index,
            path,
            checkpoint: checkpoint.clone(),
        })
        .collect()
}

#[test]
fn a_proof_reads_back_and_holds_for_its_entry_only() {
    let log = signer("hub-1", SignatureKind::Plain);
    let known = std::slice::from_ref(log.key());
    for proof in proofs(&log, 13) {
        let read = TlogProof::parse(proof.to_string().as_bytes()).unwrap();
        assert_eq!(read, proof);
        let leaf = leaf_hash(&proof.index.to_be_bytes());
        read.verify(leaf, known).unwrap();
        let other = leaf_hash(&(proof.index + 1).to_be_bytes());
        assert_eq!(read.verify(other, known), Err(ProofFault::Path));
        let stranger = signer("hub-1", SignatureKind::Plain);
        let known = std::slice::from_ref(stranger.key());
        let refused = Err(ProofFault::Checkpoint(NoteFault::Unsigned));
        assert_eq!(read.verify(leaf, known), refused);
    }
}

#[test]
fn any_flipped_bit_of_a_proof_is_found() {
    let log = signer("hub-1", SignatureKind::Plain);
    let known = std::slice::from_ref(log.key());
    let proof = &proofs(&log, 11)[6];
    let text = proof.to_string();
    let leaf = leaf_hash(&6_u64.to_be_bytes());
    for bit in 0..text.len() * 8 {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let believed = TlogProof::parse(&bytes).is_ok_and(|read| read.verify(leaf, known).is_ok());
        assert!(!believed, "bit {bit}");
    }
}

#[test]
fn the_form_is_the_specified_one() {
    let log = signer("hub-1", SignatureKind::Plain);
    let text = proofs(&log, 5)[3].to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[..2], ["c2sp.org/tlog-proof@v1", "index 3"]);
    assert_eq!((lines[5], lines[6], lines[7]), ("", "hub-1", "5"));
    let with_extra = text.replacen("index", "extra AAAA\nindex", 1);
    let read = TlogProof::parse(with_extra.as_bytes()).unwrap();
    assert_eq!(read.to_string(), text);
    for wrong in [
        text.replace("@v1", "@v2"),
        text.replace("index 3", "index 03"),
        text.replace("index 3", "index  3"),
        text.replace("index 3\n", ""),
        text.replacen("index", "extra A\nindex", 1),
        text.replacen("\n\n", "\n", 1),
        text.replacen("index 3\n", "index 3\nAAAA\n", 1),
        text.trim_end().to_owned(),
    ] {
        assert!(TlogProof::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
}
