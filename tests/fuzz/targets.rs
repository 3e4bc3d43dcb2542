//! One target a format: bytes in, and what must hold of whatever is accepted.

use std::fs;
use std::path::Path;

use audit::note::{
    NOTE_BYTES_MAX, Note, PROOF_BYTES_MAX, SIGNATURES_MAX, SignatureKind, SignedCheckpoint,
    Succession, TlogProof,
};
use audit::tree::{Tile, cut_bundle, encode_bundle, read_bundle};
use audit::verify::verify_dir;
use audit::witness::{Policy, REQUEST_BYTES_MAX, Witness};
use audit::{Journal, JournalConfig};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use wire::Heading;

use super::mutation::{apply, mutated};
use super::valid::{self, ORIGIN, signer};

/// Inputs a target; the same number in every run.
const CASES: u32 = 4_000;
/// A verified folder or a witness's memory costs more.
const CASES_ON_DISK: u32 = 600;

/// Runs a target over mutated inputs; the share that it accepts must be neither none nor all, or
/// the mutations miss it.
fn run(valid: &[Vec<u8>], cases: u32, target: impl Fn(&[u8]) -> bool) {
    for bytes in valid {
        assert!(target(bytes), "a valid one is refused: {bytes:?}");
    }
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let accepted = std::cell::Cell::new(0_u32);
    let tried = TestRunner::new(config).run(&mutated(), |mutations| {
        let bytes = apply(valid, &mutations);
        accepted.set(accepted.get() + u32::from(target(&bytes)));
        Ok::<(), TestCaseError>(())
    });
    tried.unwrap();
    let accepted = accepted.get();
    assert!(
        accepted > cases / 100 && accepted < cases,
        "{accepted} of {cases}"
    );
}

/// What is longer than the limit is refused before anything is made of it.
fn refuses_long(valid: &[u8], max: usize, target: impl Fn(&[u8]) -> bool) {
    let line = valid.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let mut long = valid.to_vec();
    let end = valid[..line]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let last = valid[end..].to_vec();
    while long.len() <= max {
        long.extend_from_slice(&last);
    }
    assert!(!target(&long));
}

#[test]
fn notes_and_checkpoints() {
    let log = signer(ORIGIN, SignatureKind::Plain);
    let keys = [log.key().clone()];
    let valid = valid::notes(&log);
    let note = |bytes: &[u8]| {
        let Some(note) = Note::parse(bytes) else {
            return false;
        };
        assert_eq!(note.to_string().as_bytes(), bytes);
        assert!(note.signatures().len() <= SIGNATURES_MAX);
        let _ = note.signed_by(&keys);
        true
    };
    run(&valid, CASES, note);
    refuses_long(&valid[0], NOTE_BYTES_MAX, note);
    run(&valid, CASES, |bytes| {
        let Ok(read) = SignedCheckpoint::parse(bytes) else {
            return false;
        };
        assert_eq!(read.note.to_string().as_bytes(), bytes);
        assert_eq!(read.checkpoint.to_string(), read.note.text());
        if read.verify(&keys).is_ok() {
            // Nobody makes another text under the same key.
            let texts = valid.iter().map(|bytes| Note::parse(bytes).unwrap());
            assert!(texts.into_iter().any(|own| own.text() == read.note.text()));
        }
        true
    });
}

#[test]
fn tile_paths() {
    run(&valid::tile_paths(), CASES, |bytes| {
        let tile = std::str::from_utf8(bytes).ok().and_then(Tile::parse);
        let Some(tile) = tile else { return false };
        assert_eq!(tile.to_string().as_bytes(), bytes);
        let _ = (
            tile.end(),
            tile.leaves_end(),
            tile.is_in(u64::MAX),
            tile.filled(),
        );
        true
    });
}

#[test]
fn bundles() {
    run(&valid::bundles(), CASES, |bytes| {
        let whole = (0..=256).find_map(|width| Some((width, read_bundle(bytes, width)?)));
        for width in [0, 1, 3, 256, u16::MAX] {
            if let Some(cut) = cut_bundle(bytes, width) {
                assert!(bytes.starts_with(cut) && read_bundle(cut, width).is_some());
            }
        }
        let Some((_, entries)) = whole else {
            return false;
        };
        let mut again = Vec::new();
        entries
            .iter()
            .for_each(|entry| assert!(encode_bundle(&mut again, entry)));
        assert_eq!(again, bytes);
        true
    });
}

#[test]
fn proofs() {
    let log = signer(ORIGIN, SignatureKind::Plain);
    let keys = [log.key().clone()];
    let valid = valid::proofs(&log);
    let target = |bytes: &[u8]| {
        let Ok(proof) = TlogProof::parse(bytes) else {
            return false;
        };
        // Extra data is passed over, so that what is written need not be what was read.
        let written = proof.to_string();
        assert_eq!(TlogProof::parse(written.as_bytes()).as_ref(), Ok(&proof));
        let is_plain = !bytes.starts_with(b"c2sp.org/tlog-proof@v1\nextra ");
        assert!(!is_plain || written.as_bytes() == bytes);
        let proven = proof.verify(audit::leaf_hash(b"of nobody"), &keys);
        assert!(proven.is_err());
        true
    };
    run(&valid, CASES, target);
    refuses_long(&valid[0], PROOF_BYTES_MAX, target);
}

#[test]
fn requests_to_a_witness() {
    let log = signer(ORIGIN, SignatureKind::Plain);
    let own = signer("witness", SignatureKind::Cosignature);
    let valid = valid::requests(&log);
    let memory = tempfile::tempdir().unwrap();
    let witness = Witness::open(memory.path(), own, &[log.key().clone()]).unwrap();
    let witness = std::cell::RefCell::new(witness);
    let target = |bytes: &[u8]| {
        let answer = witness.borrow_mut().add_checkpoint(bytes, 7);
        assert!(answer.body.len() < 4096);
        let known = [200, 400, 403, 404, 409, 422];
        assert!(known.contains(&answer.status), "{}", answer.status);
        answer.status != 400
    };
    let sound: Vec<_> = { valid.iter() }
        .filter(|bytes| target(bytes))
        .cloned()
        .collect();
    assert!(sound.len() >= 3);
    run(&sound, CASES_ON_DISK, target);
    refuses_long(&valid[0], REQUEST_BYTES_MAX, target);
}

#[test]
fn statements_of_successors() {
    let valid = valid::successions();
    run(&valid, CASES, |bytes| {
        let Ok(read) = Succession::parse(bytes) else {
            return false;
        };
        assert_eq!(read.note().to_string().as_bytes(), bytes);
        // Two signatures hold over it: it says what one of ours says.
        let own = valid.iter().map(|bytes| Succession::parse(bytes).unwrap());
        assert!(
            own.into_iter()
                .any(|own| own.note().text() == read.note().text())
        );
        true
    });
}

#[test]
fn policies() {
    let log = signer(ORIGIN, SignatureKind::Plain);
    let checkpoints = valid::checkpoints(&log);
    run(&valid::policies(log.key()), CASES, |bytes| {
        let policy = std::str::from_utf8(bytes).ok().map(Policy::parse);
        let Some(Ok(policy)) = policy else {
            return false;
        };
        assert!(policy.witnesses().count() <= 256);
        for checkpoint in &checkpoints {
            let _ = policy.judge(checkpoint);
        }
        true
    });
}

#[test]
fn headings() {
    run(&valid::headings(), CASES, |bytes| {
        let Some(heading) = Heading::read(bytes) else {
            return false;
        };
        let mut keys = 0_usize;
        heading.each_key("city", |parts| {
            keys += 1;
            assert!(parts.iter().map(|part| part.len()).sum::<usize>() <= bytes.len() + 64);
        });
        assert!(keys <= bytes.len());
        let _ = (
            heading.center("city"),
            heading.case_number(),
            heading.hour(),
        );
        true
    });
}

/// Frames are read where they lie: in a segment. A mutated one is damage, an unfinished tail, or
/// the very bytes that were written.
#[test]
fn frames() {
    let home = tempfile::tempdir().unwrap();
    let config = JournalConfig {
        segment_bytes: 2048,
        entry_bytes_max: 500,
        ..JournalConfig::new(home.path(), ORIGIN)
    };
    let (journal, _) = Journal::open(&config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    for number in 0..5_usize {
        let entry = vec![b'e'; 20 * number];
        runtime.block_on(journal.append(entry)).unwrap();
    }
    journal.close().unwrap();
    let segment = home.path().join("journal/00000000000000000000.seg");
    let whole = fs::read(&segment).unwrap();
    let verified = |path: &Path| verify_dir(path, |_| {});
    let due = verified(home.path()).unwrap();
    run(std::slice::from_ref(&whole), CASES_ON_DISK, |bytes| {
        fs::write(&segment, bytes).unwrap();
        match verified(home.path()) {
            Ok(found) => {
                assert!(bytes == whole.as_slice() && found == due);
                true
            }
            Err(_) => false,
        }
    });
}
