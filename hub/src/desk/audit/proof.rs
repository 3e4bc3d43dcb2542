//! The proof of an entry, gone through step by step.

use audit::leaf_hash;
use audit::note::{NoteKey, NoteSignature, SignatureKind, SignedCheckpoint};
use audit::publisher::own_keys;
use audit::tree::{inclusion_steps, verify_consistency};
use audit::witness::Quorum;
use audit::{Digest, PublishedLog};
use dashboards::audit::{Grown, Older, Proven, Signature, Step, Verdict};
use data_encoding::{BASE64, HEXLOWER};

use super::{Shelf, moment};

/// Between proof and growth the log may publish anew; then both are asked for again, so often.
const TRIES: usize = 4;

/// `None` while no checkpoint covers the entry.
pub(super) fn proven(
    shelf: &Shelf,
    (number, entry): (u64, &[u8]),
    older: Option<Older>,
) -> anyhow::Result<Option<Proven>> {
    for _ in 0..TRIES {
        let Some(proof) = shelf.published.proof(number)? else {
            return Ok(None);
        };
        let grown = match &older {
            None => None,
            Some(older) => match grown(&shelf.published, &proof.checkpoint, older)? {
                Some(grown) => Some(grown),
                None => continue,
            },
        };
        let leaf = leaf_hash(entry);
        let head = &proof.checkpoint.checkpoint;
        let steps = inclusion_steps(number, head.size, leaf, &proof.path).unwrap_or_default();
        let reached = steps.last().map_or(leaf, |step| step.reached);
        let is_whole = steps.len() == proof.path.len();
        let (keys, own) = keys(shelf)?;
        let policy = shelf.witnesses.policy();
        let quorum = policy.map(|policy| policy.judge(&proof.checkpoint) == Ok(Quorum::Met));
        return Ok(Some(Proven {
            log: head.origin.clone(),
            entry: BASE64.encode(entry),
            entry_bytes: entry.len(),
            leaf_hash: leaf.to_string(),
            steps: steps.iter().map(step).collect(),
            root: head.root.to_string(),
            root_base64: head.root.to_base64(),
            size: head.size,
            is_included: is_whole && reached == head.root,
            signatures: signatures(&proof.checkpoint, &keys),
            quorum,
            keys: keys.iter().map(ToString::to_string).collect(),
            own_keys: own,
            proof: BASE64.encode(proof.to_string().as_bytes()),
            grown,
        }));
    }
    anyhow::bail!("the log publishes faster than a proof of its growth can be made")
}

fn step(step: &audit::tree::InclusionStep) -> Step {
    Step {
        sibling: step.sibling.to_string(),
        is_left: step.is_left,
        result: step.reached.to_string(),
    }
}

/// The keys that are believed here, the log's own first, and how many those are.
fn keys(shelf: &Shelf) -> anyhow::Result<(Vec<NoteKey>, usize)> {
    let mut keys = own_keys(shelf.journal.dir(), &shelf.key)?;
    let own = keys.len();
    let policy = shelf.witnesses.policy();
    keys.extend(
        policy
            .into_iter()
            .flat_map(|policy| policy.witnesses().cloned()),
    );
    Ok((keys, own))
}

fn signatures(checkpoint: &SignedCheckpoint, keys: &[NoteKey]) -> Vec<Signature> {
    let text = checkpoint.note.text();
    let signed = |signature: &NoteSignature| {
        let is_its = |key: &&NoteKey| key.name() == signature.name && key.id() == signature.id;
        let key = keys.iter().find(is_its);
        let is_witness = key.is_some_and(|key| key.kind() == SignatureKind::Cosignature);
        let at = signature.cosigned_at().filter(|_| is_witness);
        Signature {
            name: signature.name.clone(),
            id: HEXLOWER.encode(&signature.id),
            at: at.map(moment).unwrap_or_default(),
            verdict: match key {
                None => Verdict::Unknown,
                Some(key) if key.verifies(text, &signature.bytes) => Verdict::Good,
                Some(_) => Verdict::Wrong,
            },
        }
    };
    checkpoint.note.signatures().iter().map(signed).collect()
}

/// Whether the tree of a checkpoint begins with an older one; `None` if another checkpoint was
/// published meanwhile.
fn grown(
    published: &PublishedLog,
    checkpoint: &SignedCheckpoint,
    older: &Older,
) -> anyhow::Result<Option<Grown>> {
    let head = &checkpoint.checkpoint;
    let answer = |path: &[Digest], holds| Grown {
        older: older.clone(),
        path: path.iter().map(Digest::to_base64).collect(),
        holds,
    };
    if older.size > head.size {
        return Ok(Some(answer(&[], false)));
    }
    let Some(growth) = published.consistency(older.size)? else {
        return Ok(None);
    };
    if growth.checkpoint.checkpoint != *head {
        return Ok(None);
    }
    let holds = Digest::from_base64(&older.root).is_some_and(|root| {
        let old = (older.size, &root);
        verify_consistency(old, (head.size, &head.root), &growth.path)
    });
    Ok(Some(answer(&growth.path, holds)))
}
