//! What must hold after every fault, whatever it was. The roots are computed anew from the entries,
//! by the recursion of RFC 6962 and none of the product's trees.

use std::collections::BTreeMap;
use std::path::Path;

use audit::note::{NoteKey, SignedCheckpoint};
use audit::tree::verify_consistency;
use audit::verify::{TreeFault, verify_log};
use audit::{Digest, Journal, Publisher, Receipt, VerifyError, empty_root, leaf_hash, node_hash};

use super::super::matrix::{Ended, log_of};
use super::run::Printed;
use super::scene::{Scene, append_all};

/// Entries of a life of its own that are appended afterwards.
const APPENDED_AFTERWARDS: u64 = 3;
const LIFE_AFTERWARDS: u64 = 3;
/// Subtrees from this width on are looked up where they are known.
const KNOWN_FROM: usize = 256;

/// No acknowledged entry is lost, no size has two roots, every checkpoint that anybody may have
/// seen is one of the log of today, and the log is written and published on.
pub(super) fn holds(scene: &Scene, folder: &Path, printed: &Printed, place: &str) {
    let log = log_of(folder);
    let keys = [scene.key.clone()];
    let receipts: Vec<Receipt> = printed.receipts.values().cloned().collect();
    let mut seen = Seen::new(printed, place);
    seen.read(&log, scene);
    shows_no_damage(&log, (&receipts, &keys), &seen);
    let opened = Journal::open(&scene.config(folder));
    let (journal, _) = opened.unwrap_or_else(|error| panic!("{place}: {error}"));
    let publisher = Publisher::open(&journal, scene.signer());
    let mut publisher = publisher.unwrap_or_else(|error| panic!("{place}: {error}"));
    let size = journal.size();
    let acknowledged = scene.earlier + receipts.len() as u64;
    assert!(
        (acknowledged..=acknowledged + 1).contains(&size),
        "{place}: {size}"
    );
    if printed.ended == Ended::Done {
        assert_eq!(
            size,
            scene.earlier + scene.batches.iter().sum::<u64>(),
            "{place}"
        );
        assert_eq!(publisher.published().size(), size, "{place}");
    }
    let mut leaves = leaves_of(&journal, scene, printed, place);
    seen.read(&log, scene);
    append_all(&journal, LIFE_AFTERWARDS, APPENDED_AFTERWARDS);
    while publisher
        .advance()
        .unwrap_or_else(|e| panic!("{place}: {e}"))
        .is_some()
    {}
    let last = publisher.published().checkpoint().unwrap();
    assert_eq!(last.checkpoint.size, size + APPENDED_AFTERWARDS, "{place}");
    let added = journal.scan(size).map(|next| leaf_hash(&next.unwrap().1));
    leaves.extend(added);
    seen.read(&log, scene);
    seen.are_of(&leaves, scene);
    let new = (last.checkpoint.size, &last.checkpoint.root);
    for (old, root) in &seen.0 {
        let growth = publisher.published().consistency(*old).unwrap().unwrap();
        assert!(
            verify_consistency((*old, root), new, &growth.path),
            "{place}: {old}"
        );
    }
    journal
        .close()
        .unwrap_or_else(|error| panic!("{place}: {error}"));
    let verified = verify_log(&log, &receipts, &keys, |_| {});
    let verified = verified.unwrap_or_else(|error| panic!("{place}: {error}"));
    let tree = verified.tree.unwrap();
    assert!(verified.journal.closed && tree.signed, "{place}");
    assert_eq!(
        tree.checkpoint.checkpoint.size, last.checkpoint.size,
        "{place}"
    );
}

/// Not even a verifier that comes before the recovery sees damage.
fn shows_no_damage(log: &Path, (receipts, keys): (&[Receipt], &[NoteKey]), seen: &Seen<'_>) {
    match verify_log(log, receipts, keys, |_| {}) {
        Ok(_) | Err(VerifyError::UnfinishedTail { .. }) => {}
        Err(VerifyError::Tree(TreeFault::Unfinished { .. })) => {}
        Err(VerifyError::Tree(TreeFault::NoCheckpoint)) if seen.0.is_empty() => {}
        // The head may be there before the first checkpoint is.
        Err(VerifyError::Tree(TreeFault::NoCheckpoint)) if !log.join("checkpoint").exists() => {}
        Err(error) => panic!("{}: {error}", seen.1),
    }
}

/// The entries are those that were appended, receipts are honoured; the leaves of all of them.
fn leaves_of(journal: &Journal, scene: &Scene, printed: &Printed, place: &str) -> Vec<Digest> {
    let mut leaves = Vec::new();
    for next in journal.scan(0) {
        let (index, bytes) = next.unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(bytes == scene.entry(index), "{place}: entry {index}");
        if let Some(receipt) = printed.receipts.get(&index) {
            assert!(receipt.is_for(&bytes), "{place}: the receipt of {index}");
        }
        leaves.push(leaf_hash(&bytes));
    }
    leaves
}

/// Root by size of every checkpoint that was printed, or stood in one of the three files when
/// somebody could have looked.
struct Seen<'p>(BTreeMap<u64, Digest>, &'p str);

impl<'p> Seen<'p> {
    fn new(printed: &Printed, place: &'p str) -> Self {
        let mut seen = Self(BTreeMap::new(), place);
        printed.checkpoints.iter().for_each(|read| seen.add(read));
        seen
    }

    fn add(&mut self, read: &SignedCheckpoint) {
        let head = &read.checkpoint;
        let before = *self.0.entry(head.size).or_insert(head.root);
        assert_eq!(before, head.root, "{}: two roots of {}", self.1, head.size);
    }

    /// Everything that stands signed on disk. An append that was cut off may leave the beginning
    /// of a record behind the last whole one.
    fn read(&mut self, log: &Path, scene: &Scene) {
        let keys = [scene.key.clone()];
        let whole = |bytes: &[u8]| {
            let read = SignedCheckpoint::parse(bytes).ok()?;
            read.verify(&keys).ok().map(|()| read)
        };
        for file in ["checkpoint", "head"] {
            if let Ok(bytes) = std::fs::read(log.join(file)) {
                let read = whole(&bytes);
                self.add(&read.unwrap_or_else(|| panic!("{}: `{file}` is torn", self.1)));
            }
        }
        let list = std::fs::read(log.join("proofs/checkpoints.log"));
        let list = String::from_utf8_lossy(&list.unwrap_or_default()).into_owned();
        let mut records = list.split_inclusive("\n\n");
        let mut record = String::new();
        while let Some(part) = records.next() {
            record.push_str(part);
            // A text, an empty line, its signatures, an empty line.
            if part.starts_with("— ") {
                let note = record.strip_suffix('\n').unwrap_or(&record);
                match whole(note.as_bytes()) {
                    Some(read) => self.add(&read),
                    None => assert!(records.next().is_none(), "{}: a torn record", self.1),
                }
                record.clear();
            }
        }
    }

    fn are_of(&self, leaves: &[Digest], scene: &Scene) {
        for (size, root) in &self.0 {
            let size = usize::try_from(*size).unwrap();
            let own = root_over(&leaves[..size], 0, scene);
            assert_eq!(own, *root, "{}: the root of {size}", self.1);
        }
    }
}

/// MTH of RFC 6962 over leaves of which the first is number `first`.
fn root_over(leaves: &[Digest], first: usize, scene: &Scene) -> Digest {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            if leaves.len() >= KNOWN_FROM
                && let Some(root) = scene.known.get(&(first, leaves.len()))
            {
                return *root;
            }
            let half = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(half);
            let left = root_over(left, first, scene);
            node_hash(&left, &root_over(right, first + half, scene))
        }
    }
}
