//! A shortened log whose key is replaced, and what a base is believed for.

use std::fs;

use super::*;
use crate::Base;
use crate::digest::Digest;
use crate::note::Succession;
use crate::publisher::{CHECKPOINT_NAME, CHECKPOINTS_NAME, HEAD_NAME, own_keys};
use crate::verify::{
    Demands, Said, TreeFault, VerifiedLog, VerifyError, verify_log, verify_log_with,
};

const BASE: &str = "journal/base";

/// What entries of these tests say.
fn says(entry: &[u8]) -> Option<Said> {
    let text = std::str::from_utf8(entry).ok()?;
    let words: Vec<&str> = text.split(' ').collect();
    match words.as_slice() {
        [_, "removing", _, end] => Some(Said::Removed {
            end: end.parse().ok()?,
        }),
        [_, "key", statement] => Some(Said::Successor {
            statement: Digest::from_hex(statement)?,
        }),
        _ => None,
    }
}

fn verified(log: &Path, keys: &[NoteKey], is_published: bool) -> Result<VerifiedLog, VerifyError> {
    let demands = Demands {
        keys,
        says: Some(&says),
        is_published,
        ..Demands::default()
    };
    verify_log_with(log, &demands, |_| {})
}

/// A key, to be taken as often as it is needed.
struct Key(Vec<u8>);

impl Key {
    fn new() -> Self {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self(der.as_ref().to_vec())
    }

    fn signer(&self) -> NoteSigner {
        NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, &self.0).unwrap()
    }

    fn key(&self) -> NoteKey {
        self.signer().key().clone()
    }
}

fn reopened(ground: &Ground) -> Journal {
    let config = JournalConfig {
        segment_bytes: 4 << 10,
        entry_bytes_max: 200,
        ..JournalConfig::new(ground.log(), ORIGIN)
    };
    Journal::open(&config).unwrap().0
}

/// A pass as the owner makes it, with the key that it has now.
fn passed(ground: &Ground, published: &PublishedLog, journal: &Journal, own: &NoteSigner) -> Kept {
    let keys = own_keys(&ground.log(), own.key()).unwrap();
    let archive = Archive::new(&ground.archive_dir(), keys);
    let archiver = Archiver {
        journal,
        archive: &archive,
        signer: own,
        covering: published,
        time_of: &time_of,
        size: SMALL,
    };
    let hot_from = Some(i64::try_from(journal.size()).unwrap() - 400);
    let keeper = Keeper::new(&ground.log(), archiver, i64::MAX, hot_from, &nothing_held);
    let kept = keeper.pass(&mut |event| on_record(journal, event));
    kept.unwrap()
}

/// A log that was shortened with the old key, and goes on with the new one.
fn rotated(ground: &Ground) -> Key {
    let new = Key::new();
    let (journal, mut publisher) = ground.open();
    ground.archive();
    let kept = passed(ground, &publisher.published(), &journal, &signer());
    assert!(kept.first > 512, "{kept:?}");
    let statement = Succession::sign(&signer(), &new.signer()).unwrap();
    let entry = format!("{} key {}", journal.size(), statement.digest()).into_bytes();
    journal.begin(entry).unwrap().wait().unwrap();
    publisher.succeed(&statement, new.signer()).unwrap();
    append(&journal, 10);
    publisher.advance().unwrap().unwrap();
    journal.close().unwrap();
    new
}

#[test]
fn a_shortened_archived_log_goes_on_and_verifies_after_its_key_was_replaced() {
    let ground = Ground::new(1400);
    let new = rotated(&ground);
    let both = [signer().key().clone(), new.key()];
    let check = |begins: u64| {
        for key in &both {
            let read = verified(&ground.log(), std::slice::from_ref(key), true).unwrap();
            assert_eq!(read.journal.first, begins);
            assert!(read.tree.unwrap().signed);
        }
    };
    // Within the overlap, at the cut-over, and after the next removal.
    let journal = reopened(&ground);
    let first = journal.first();
    journal.close().unwrap();
    check(first);
    for round in 0..2 {
        let journal = reopened(&ground);
        let mut publisher = Publisher::open(&journal, new.signer()).unwrap();
        append(&journal, 1200);
        publisher.advance().unwrap().unwrap();
        let before = journal.first();
        let kept = passed(&ground, &publisher.published(), &journal, &new.signer());
        assert!(kept.volumes > 0 && kept.first > before, "{round}: {kept:?}");
        publisher.advance().unwrap();
        journal.close().unwrap();
        // By now the entry that introduced the new key has left the journal too.
        check(kept.first);
    }
    let read = verified(&ground.log(), &both[1..], true).unwrap();
    assert_eq!(read.tree.unwrap().successors, 0);
    let log = ground.log();
    verify_archive(&ground.archive_dir(), &both, None, Some(&log), |_| {}).unwrap();
}

/// The log of [`Ground`], shortened, under a checkpoint that covers the record of it.
fn shortened() -> Ground {
    let ground = Ground::new(1400);
    let (journal, mut publisher) = ground.open();
    ground.archive();
    passed(&ground, &publisher.published(), &journal, &signer());
    publisher.advance().unwrap().unwrap();
    journal.close().unwrap();
    verified(&ground.log(), &keys(), true).unwrap();
    ground
}

fn base_of(ground: &Ground) -> Base {
    Base::parse(&fs::read(ground.log().join(BASE)).unwrap()).unwrap()
}

fn put_base(ground: &Ground, base: &Base) {
    fs::write(ground.log().join(BASE), base.to_string()).unwrap();
}

#[test]
fn a_base_that_nobody_signed_is_not_believed_where_anything_was_published() {
    let ground = shortened();
    let base = base_of(&ground);
    let bare = Base::unsigned(base.origin.clone(), base.chain, base.edge.clone());
    put_base(&ground, &bare);
    for keys in [keys(), Vec::new()] {
        let refused = verify_log(&ground.log(), &[], &keys, |_| {});
        let is_base = matches!(refused, Err(VerifyError::Base(_)));
        assert!(is_base, "{refused:?}");
    }
    // Nor one that a stranger signed.
    put_base(&ground, &bare.signed(&Key::new().signer()).unwrap());
    let refused = verified(&ground.log(), &keys(), true);
    assert!(matches!(refused, Err(VerifyError::Base(_))), "{refused:?}");
    put_base(&ground, &base);
    verified(&ground.log(), &keys(), true).unwrap();
}

/// Segments that are deleted beside the log's own removal: the next base is made from what is left,
/// and signed, but no entry says so.
#[test]
fn a_base_without_an_entry_that_says_so_is_not_believed() {
    let ground = shortened();
    let (journal, publisher) = ground.open();
    drop(publisher);
    let mut edge = base_of(&ground).edge;
    let next = journal.segment_firsts()[1];
    for entry in journal
        .scan(edge.size())
        .take((next - edge.size()) as usize)
    {
        edge.push(crate::leaf_hash(&entry.unwrap().1));
    }
    let chain = journal.chain_before(next).unwrap();
    let base = Base::unsigned(ORIGIN.to_owned(), chain, edge);
    journal.begin_at(base.signed(&signer()).unwrap()).unwrap();
    journal.close().unwrap();
    let refused = verified(&ground.log(), &keys(), true);
    let is_unrecorded = matches!(refused, Err(VerifyError::Unrecorded { first }) if first == next);
    assert!(is_unrecorded, "{refused:?}");
}

/// The thief of the key that was replaced: a statement for a key of his own, which no entry
/// introduces, and a base, before which it might lie.
#[test]
fn a_base_introduces_no_successor_of_a_key_that_was_replaced() {
    let ground = Ground::new(1400);
    let new = rotated(&ground);
    let evil = Key::new();
    let journal = reopened(&ground);
    let mut publisher = Publisher::open(&journal, signer()).unwrap();
    let statement = Succession::sign(&signer(), &evil.signer()).unwrap();
    publisher.succeed(&statement, evil.signer()).unwrap();
    append(&journal, 10);
    publisher.advance().unwrap().unwrap();
    journal.close().unwrap();
    let refused = verified(&ground.log(), &[new.key()], true);
    let is_refused = matches!(refused, Err(VerifyError::Tree(TreeFault::OutOfTurn { .. })));
    assert!(is_refused, "{refused:?}");
}

#[test]
fn a_log_that_publishes_nothing_is_verified_by_its_signed_base() {
    let ground = shortened();
    for name in [HEAD_NAME, CHECKPOINT_NAME, CHECKPOINTS_NAME] {
        fs::remove_file(ground.log().join(name)).unwrap();
    }
    fs::remove_dir_all(ground.log().join("tile")).unwrap();
    let read = verified(&ground.log(), &keys(), false).unwrap();
    assert!(read.tree.is_none() && read.base.is_some());
    // Only where that is expected, with its own key, and with a base.
    let refused = verified(&ground.log(), &keys(), true);
    let is_refused = matches!(refused, Err(VerifyError::Tree(TreeFault::NoCheckpoint)));
    assert!(is_refused, "{refused:?}");
    let refused = verified(&ground.log(), &[Key::new().key()], false);
    assert!(matches!(refused, Err(VerifyError::Base(_))), "{refused:?}");
    let base = base_of(&ground);
    put_base(&ground, &Base::unsigned(base.origin, base.chain, base.edge));
    let refused = verified(&ground.log(), &keys(), false);
    let is_refused = matches!(refused, Err(VerifyError::Tree(TreeFault::NoCheckpoint)));
    assert!(is_refused, "{refused:?}");
}
