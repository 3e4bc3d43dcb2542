//! A log whose signing key was replaced: whoever holds the old key, and whoever holds the new one,
//! verifies all of it; whoever holds neither, or finds no entry that introduced it, does not.

use std::fs;
use std::path::Path;

use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;

use crate::digest::Digest;
use crate::journal::{Journal, JournalConfig};
use crate::note::{NoteFault, NoteKey, NoteSigner, SignatureKind, Succession};
use crate::publisher::{CHECKPOINTS_NAME, KEYS_NAME, PublishError, Publisher};
use crate::verify::{Demands, Said, TreeFault, VerifiedLog, VerifyError, verify_log_with};
use crate::witness::{Witness, encode_request};

const ORIGIN: &str = "log.tianshu.test";

/// An entry that introduces a successor begins with this word.
fn says(entry: &[u8]) -> Option<Said> {
    let statement = std::str::from_utf8(entry).ok()?.strip_prefix("key ")?;
    let statement = Digest::from_hex(statement)?;
    Some(Said::Successor { statement })
}

/// A key, made anew for each test and taken as often as it is needed.
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

struct Rotated {
    home: tempfile::TempDir,
    old: Key,
    new: Key,
}

fn opened(home: &Path, signer: NoteSigner) -> (Journal, Publisher) {
    let mut config = JournalConfig::new(home, ORIGIN);
    config.segment_bytes = 64 << 10;
    let (journal, _) = Journal::open(&config).unwrap();
    let publisher = Publisher::open(&journal, signer).unwrap();
    (journal, publisher)
}

fn append(journal: &Journal, text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let appended = runtime.unwrap().block_on(journal.append(text.into()));
    appended.unwrap();
}

/// Entries under the old key, under both, and under the new one, over two bundles.
fn rotated(introduce: bool) -> Rotated {
    let home = tempfile::tempdir().unwrap();
    let (old, new) = (Key::new(), Key::new());
    let (journal, mut publisher) = opened(home.path(), old.signer());
    let step = |publisher: &mut Publisher, count: u64| {
        for number in 0..count {
            append(&journal, &format!("entry {number}"));
        }
        publisher.advance().unwrap().unwrap()
    };
    let first = step(&mut publisher, 200);
    assert_eq!(first.note.signatures().len(), 1);
    let succession = Succession::sign(&old.signer(), &new.signer()).unwrap();
    if introduce {
        append(&journal, &format!("key {}", succession.digest()));
    }
    publisher.succeed(&succession, new.signer()).unwrap();
    // A second start with the same statement adds nothing.
    publisher.succeed(&succession, new.signer()).unwrap();
    let both = step(&mut publisher, 200);
    assert_eq!(both.note.signatures().len(), 2);
    journal.close().unwrap();
    drop((journal, publisher));
    let (journal, mut publisher) = opened(home.path(), new.signer());
    append(&journal, "under the new key alone");
    let last = publisher.advance().unwrap().unwrap();
    assert_eq!(last.note.signatures().len(), 1);
    journal.close().unwrap();
    Rotated { home, old, new }
}

impl Rotated {
    fn verify(&self, keys: &[NoteKey]) -> Result<VerifiedLog, VerifyError> {
        let demands = Demands {
            keys,
            says: Some(&says),
            ..Demands::default()
        };
        verify_log_with(self.home.path(), &demands, |_| {})
    }

    fn tree_fault(&self, keys: &[NoteKey]) -> TreeFault {
        match self.verify(keys) {
            Err(VerifyError::Tree(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn whoever_holds_either_key_verifies_the_whole_log() {
    let log = rotated(true);
    let (old, new) = (log.old.key(), log.new.key());
    for keys in [vec![old.clone()], vec![new.clone()], vec![new, old]] {
        let tree = log.verify(&keys).unwrap().tree.unwrap();
        assert!(tree.signed);
        assert_eq!((tree.checkpoints, tree.successors), (3, 1));
        assert_eq!(tree.checkpoint.checkpoint.size, 402);
    }
    let fault = log.tree_fault(&[Key::new().key()]);
    let place = format!("record 1 of `{CHECKPOINTS_NAME}`");
    let expected = NoteFault::Unsigned;
    assert_eq!(
        fault,
        TreeFault::Note {
            place,
            fault: expected
        }
    );
}

#[test]
fn a_successor_without_its_entry_or_its_statement_is_not_believed() {
    let log = rotated(false);
    for key in [log.old.key(), log.new.key()] {
        let place = match log.tree_fault(&[key]) {
            TreeFault::Unintroduced { place } | TreeFault::Note { place, .. } => place,
            other => panic!("{other}"),
        };
        assert!(place.starts_with("record "), "{place}");
    }
    let log = rotated(true);
    fs::remove_file(log.home.path().join(KEYS_NAME)).unwrap();
    for (key, record) in [(log.old.key(), 3), (log.new.key(), 1)] {
        let place = format!("record {record} of `{CHECKPOINTS_NAME}`");
        let fault = NoteFault::Unsigned;
        assert_eq!(log.tree_fault(&[key]), TreeFault::Note { place, fault });
    }
}

/// Whoever stole the old key and writes to a folder cannot show it to somebody who has the new one:
/// neither with the true statement nor with one of his own, nor where an entry only names it.
#[test]
fn a_retired_key_is_believed_for_nothing_that_the_new_one_has_not_seen() {
    let (old, new, evil) = (Key::new(), Key::new(), Key::new());
    let statement = Succession::sign(&old.signer(), &new.signer()).unwrap();
    let own = Succession::sign(&old.signer(), &evil.signer()).unwrap();
    for (entries, signers) in [
        (vec![format!("key {}", statement.digest())], vec![&old]),
        (vec![format!("key {}", own.digest())], vec![&old, &evil]),
    ] {
        let home = tempfile::tempdir().unwrap();
        let (journal, mut publisher) = opened(home.path(), old.signer());
        append(&journal, "entry");
        publisher.advance().unwrap().unwrap();
        let list = home.path().join(KEYS_NAME);
        fs::create_dir_all(list.parent().unwrap()).unwrap();
        fs::write(list, format!("{}\n", statement.note())).unwrap();
        for entry in &entries {
            append(&journal, entry);
        }
        if signers.len() == 2 {
            append(&journal, &format!("key {}", statement.digest()));
            publisher.succeed(&own, evil.signer()).unwrap();
        }
        publisher.advance().unwrap().unwrap();
        journal.close().unwrap();
        let log = Rotated {
            home,
            old: Key::new(),
            new: Key::new(),
        };
        for keys in [vec![new.key()], vec![old.key(), new.key()]] {
            let fault = log.tree_fault(&keys);
            assert!(matches!(fault, TreeFault::OutOfTurn { .. }), "{fault}");
        }
    }
}

#[test]
fn a_text_that_names_a_statement_introduces_nobody() {
    let home = tempfile::tempdir().unwrap();
    let (old, new) = (Key::new(), Key::new());
    let (journal, mut publisher) = opened(home.path(), old.signer());
    let statement = Succession::sign(&old.signer(), &new.signer()).unwrap();
    append(&journal, &format!("case {}", statement.digest()));
    publisher.succeed(&statement, new.signer()).unwrap();
    publisher.advance().unwrap().unwrap();
    journal.close().unwrap();
    let log = Rotated { home, old, new };
    for key in [log.old.key(), log.new.key()] {
        let fault = log.tree_fault(&[key]);
        assert!(matches!(fault, TreeFault::Unintroduced { .. }), "{fault}");
    }
}

#[test]
fn any_flipped_byte_of_the_statements_is_named() {
    let log = rotated(true);
    let file = log.home.path().join(KEYS_NAME);
    let whole = fs::read(&file).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&file, bytes).unwrap();
        let said = log.tree_fault(&[log.old.key()]).to_string();
        assert!(said.contains(KEYS_NAME), "byte {at}: {said}");
    }
}

#[test]
fn a_statement_binds_two_keys_of_one_log() {
    let (old, new) = (Key::new(), Key::new());
    let succession = Succession::sign(&old.signer(), &new.signer()).unwrap();
    assert_eq!(succession.origin(), ORIGIN);
    let note = succession.note().to_string();
    assert_eq!(Succession::parse(note.as_bytes()), Ok(succession.clone()));
    assert_eq!(Succession::sign(&old.signer(), &old.signer()), None);
    let other = NoteSigner::from_pkcs8("other", SignatureKind::Plain, &new.0).unwrap();
    assert_eq!(Succession::sign(&old.signer(), &other), None);
    // Half of it says nothing: neither key alone binds the other.
    let lines: Vec<&str> = note.lines().collect();
    for left_out in [lines.len() - 1, lines.len() - 2] {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != left_out);
        let text: String = kept.map(|(_, line)| format!("{line}\n")).collect();
        assert_eq!(Succession::parse(text.as_bytes()), Err(NoteFault::Unsigned));
    }
    let home = tempfile::tempdir().unwrap();
    let (_journal, mut publisher) = opened(home.path(), new.signer());
    let wrong = publisher.succeed(&succession, new.signer());
    assert!(matches!(wrong, Err(PublishError::Succession)));
}

/// A witness knows keys by its configuration: with either of them it follows the overlap, with both
/// the whole rotation.
#[test]
fn a_witness_that_knows_both_keys_follows_the_rotation() {
    let home = tempfile::tempdir().unwrap();
    let (old, new) = (Key::new(), Key::new());
    let own = Key::new();
    let cosigner = || {
        let kind = SignatureKind::Cosignature;
        NoteSigner::from_pkcs8("witness.tianshu.test", kind, &own.0).unwrap()
    };
    let memory = tempfile::tempdir().unwrap();
    let early = memory.path().join("early");
    fs::create_dir(&early).unwrap();
    let keys = [old.key(), new.key()];
    let mut witness = Witness::open(memory.path(), cosigner(), &keys).unwrap();
    let mut only_old = Witness::open(&early, cosigner(), &[old.key()]).unwrap();
    let (journal, mut publisher) = opened(home.path(), old.signer());
    let succession = Succession::sign(&old.signer(), &new.signer()).unwrap();
    let mut statuses = Vec::new();
    for step in 0..3 {
        append(&journal, "entry");
        match step {
            1 => publisher.succeed(&succession, new.signer()).unwrap(),
            2 => publisher = Publisher::open(&journal, new.signer()).unwrap(),
            _ => {}
        }
        let shown = publisher.advance().unwrap().unwrap();
        let path = publisher
            .published()
            .consistency(step)
            .unwrap()
            .unwrap()
            .path;
        let request = encode_request(step, &path, &shown);
        let both = witness.add_checkpoint(request.as_bytes(), 7).status;
        statuses.push((both, only_old.add_checkpoint(request.as_bytes(), 7).status));
    }
    assert_eq!(statuses, [(200, 200), (200, 200), (200, 403)]);
}
