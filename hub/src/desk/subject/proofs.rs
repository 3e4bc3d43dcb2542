//! The proofs of a page: checked here under one signed checkpoint for paper, and as a file that
//! `tianshu audit verify` reads without this hub.

use std::collections::BTreeMap;

use audit::note::{PROOF_FILE_HEADING, ProofLine, SignedCheckpoint, TlogProof};
use audit::tree::root_of_inclusion;
use audit::{PublishError, PublishedLog, leaf_hash};
use dashboards::subject::{Proven, SignedHead};

use super::reading::Found;
use crate::desk::audit::Made;

/// How often proofs are looked up again because a checkpoint was published meanwhile.
const TRIES_MAX: usize = 3;
/// Digits of a pseudonym in the name of a file.
const NAME_DIGITS: usize = 12;

/// Where each entry of the page stands, all under one checkpoint. One that is published meanwhile
/// has them looked up again; an entry that never came under the same one counts as not covered.
pub(super) fn prove(
    published: &PublishedLog,
    found: &Found,
) -> Result<(Option<SignedHead>, BTreeMap<u64, Proven>), PublishError> {
    let leaves = found.leaves();
    let mut head = published.checkpoint();
    let mut proofs = Vec::new();
    for _ in 0..TRIES_MAX {
        proofs = leaves
            .iter()
            .map(|leaf| published.proof(leaf.number))
            .collect::<Result<_, _>>()?;
        let latest = published.checkpoint();
        if latest == head {
            break;
        }
        head = latest;
    }
    let is_under = |proof: &TlogProof| {
        let size = proof.checkpoint.checkpoint.size;
        head.as_ref()
            .is_some_and(|head| head.checkpoint.size == size)
    };
    let proven = leaves.iter().zip(proofs).map(|(leaf, proof)| {
        let hash = leaf_hash(&leaf.bytes);
        let path = proof.filter(is_under).map(|proof| {
            let under = &proof.checkpoint.checkpoint;
            let root = root_of_inclusion(leaf.number, under.size, hash, &proof.path);
            let hashes = proof.path.iter().map(|hash| hash.to_base64());
            (hashes.collect(), root == Some(under.root))
        });
        let leaf_hash = hash.to_string();
        (
            leaf.number,
            Proven {
                leaf: leaf_hash,
                path,
            },
        )
    });
    let proven = proven.collect();
    let signers = |signed: &SignedCheckpoint| {
        let signatures = signed.note.signatures().iter();
        signatures.map(|signature| signature.name.clone()).collect()
    };
    let shown = head.as_ref().map(|signed| SignedHead {
        size: signed.checkpoint.size,
        root: signed.checkpoint.root.to_base64(),
        signers: signers(signed),
        note: signed.note.to_string(),
    });
    Ok((shown, proven))
}

/// What the file is called.
pub(super) fn name(subject: &str, found: &Found) -> String {
    let digits: String = subject.chars().take(NAME_DIGITS).collect();
    let leaves = found.leaves();
    let [first, last] =
        [leaves.first(), leaves.last()].map(|leaf| leaf.map_or(0, |leaf| leaf.number));
    format!("subject-{digits}-{first}-{last}.proofs")
}

/// One line an entry: its number, its bytes, and its proof. Entries that no checkpoint covers yet
/// are named, and have none.
pub(super) fn file(
    published: &PublishedLog,
    log: &str,
    found: &Found,
) -> Result<Made, PublishError> {
    let mut text = format!("{PROOF_FILE_HEADING}\n");
    let leaves = found.leaves();
    for leaf in &leaves {
        let proof = published.proof(leaf.number)?;
        // An entry is JSON, and so it is text; one that were not would fail its own hash.
        let entry = String::from_utf8_lossy(&leaf.bytes);
        let line = ProofLine::new(log, leaf.number, &entry, proof.as_ref());
        text.push_str(&serde_json::to_string(&line).unwrap_or_default());
        text.push('\n');
    }
    let is_cut = found.before.is_some() || found.is_behind || found.archived > 0;
    Ok(Made::new(text.into_bytes(), leaves.len() as u64, is_cut))
}
