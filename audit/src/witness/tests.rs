//! A witness against honest, forked and rolled-back logs: every status of the specification, and a
//! memory that no power cut and no alteration makes it lose.

mod policies;

use std::sync::Arc;

use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;

use super::*;
use crate::digest::{Digest, leaf_hash};
use crate::journal::tests::fake_disk::{FakeDisk, Last, Unsynced};
use crate::note::Checkpoint;
use crate::tree::{RightEdge, consistency_path, root_of};

const ORIGIN: &str = "hub-1";
const NOW: u64 = 1_790_000_000;

pub(super) fn signer(name: &str, kind: SignatureKind) -> NoteSigner {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    NoteSigner::from_pkcs8(name, kind, der.as_ref()).unwrap()
}

/// A log with one history; a forked one shares a beginning.
struct Log {
    signer: NoteSigner,
    leaves: Vec<Digest>,
}

impl crate::tree::Nodes for Log {
    type Error = std::convert::Infallible;

    fn node(&mut self, height: u32, number: u64) -> Result<Digest, Self::Error> {
        let mut edge = RightEdge::default();
        for leaf in number << height..(number + 1) << height {
            edge.push(self.leaves[usize::try_from(leaf).unwrap()]);
        }
        Ok(edge.root())
    }
}

impl Log {
    fn new() -> Self {
        Self::of(signer(ORIGIN, SignatureKind::Plain), |number| number)
    }

    fn of(signer: NoteSigner, entry: impl Fn(u64) -> u64) -> Self {
        let leaves = (0..200).map(|number| leaf_hash(&entry(number).to_be_bytes()));
        Self {
            signer,
            leaves: leaves.collect(),
        }
    }

    fn checkpoint(&mut self, size: u64) -> SignedCheckpoint {
        let Ok(root) = root_of(self, size);
        self.signed(size, root)
    }

    fn signed(&self, size: u64, root: Digest) -> SignedCheckpoint {
        let checkpoint = Checkpoint {
            origin: self.signer.key().name().to_owned(),
            size,
            root,
            extensions: Vec::new(),
        };
        let signature = self.signer.sign(&checkpoint.to_string(), 0);
        SignedCheckpoint::new(checkpoint, vec![signature]).unwrap()
    }

    fn path(&mut self, old: u64, new: u64) -> Vec<Digest> {
        let Ok(path) = consistency_path(self, old, new);
        path.unwrap_or_default()
    }

    /// The request that an honest log makes.
    fn request(&mut self, old: u64, new: u64) -> String {
        encode_request(old, &self.path(old, new), &self.checkpoint(new))
    }
}

struct Ground {
    disk: Arc<FakeDisk>,
    key: Vec<u8>,
    known: NoteKey,
}

impl Ground {
    fn new(log: &Log) -> Self {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self {
            disk: FakeDisk::new(),
            key: der.as_ref().to_vec(),
            known: log.signer.key().clone(),
        }
    }

    fn open_on(&self, disk: &Arc<FakeDisk>) -> Result<Witness, WitnessFault> {
        let kind = SignatureKind::Cosignature;
        let signer = NoteSigner::from_pkcs8("city.tianshu", kind, &self.key).unwrap();
        let memory = Arc::new(Arc::clone(disk));
        Witness::open_on(memory, signer, std::slice::from_ref(&self.known))
    }

    fn open(&self) -> Witness {
        self.open_on(&self.disk).unwrap()
    }
}

fn status(witness: &mut Witness, request: &str) -> u16 {
    witness.add_checkpoint(request.as_bytes(), NOW).status
}

#[test]
fn an_honest_log_is_cosigned_and_remembered_over_openings() {
    let mut log = Log::new();
    let ground = Ground::new(&log);
    let mut old = 0;
    for new in [0, 1, 1, 2, 7, 64, 100, 200] {
        let mut witness = ground.open();
        let answer = witness.add_checkpoint(log.request(old, new).as_bytes(), NOW);
        assert_eq!((answer.status, answer.kind), (200, TEXT_TYPE), "{new}");
        assert_eq!(answer.caught, None);
        // A log puts the line under its note; then both signatures verify.
        let note = format!("{}{}", log.checkpoint(new).note, answer.body);
        let cosigned = SignedCheckpoint::parse(note.as_bytes()).unwrap();
        let keys = [log.signer.key().clone(), witness.key().clone()];
        assert_eq!(cosigned.note.signed_by(&keys).unwrap().len(), 2);
        assert_eq!(witness.seen(ORIGIN), Some(&cosigned));
        old = new;
    }
    let answer = ground
        .open()
        .add_checkpoint(log.request(7, 100).as_bytes(), NOW);
    let told = (answer.status, answer.kind, answer.body.as_str());
    assert_eq!(told, (409, SIZE_TYPE, "200\n"));
}

#[test]
fn every_refusal_has_the_status_of_the_specification() {
    let mut log = Log::new();
    let ground = Ground::new(&log);
    let mut witness = ground.open();
    assert_eq!(status(&mut witness, &log.request(0, 50)), 200);

    let good = log.request(50, 80);
    for malformed in [
        String::new(),
        good.replace("old 50", "old 050"),
        good.replace("old 50", "new 50"),
        good.replacen("old 50\n", "old 50\nAAAA\n", 1),
        good.replacen("\n\n", "\n", 1),
        good.trim_end().to_owned(),
        encode_request(50, &[leaf_hash(b""); 64], &log.checkpoint(80)),
    ] {
        assert_eq!(status(&mut witness, &malformed), 400, "{malformed}");
    }
    let mut stranger = Log::of(signer("hub-9", SignatureKind::Plain), |number| number);
    assert_eq!(status(&mut witness, &stranger.request(0, 5)), 404);
    let mut imposter = Log::new();
    assert_eq!(
        status(&mut witness, &imposter.request(50, 80)),
        403,
        "no known key"
    );
    let signature = log.checkpoint(80).note.signatures()[0].clone();
    let forged = SignedCheckpoint::new(log.checkpoint(81).checkpoint, vec![signature]).unwrap();
    let forged = encode_request(50, &log.path(50, 81), &forged);
    assert_eq!(
        status(&mut witness, &forged),
        403,
        "a wrong signature of a known key"
    );

    let smaller = encode_request(50, &[], &log.checkpoint(40));
    assert_eq!(status(&mut witness, &smaller), 400, "old is larger");
    assert_eq!(status(&mut witness, &log.request(0, 80)), 409);
    assert_eq!(status(&mut witness, &log.request(51, 80)), 409);

    let mut path = log.path(50, 80);
    path.pop();
    let short = encode_request(50, &path, &log.checkpoint(80));
    assert_eq!(status(&mut witness, &short), 422);
    let same_size = encode_request(50, &[], &log.signed(50, leaf_hash(b"other")));
    assert_eq!(status(&mut witness, &same_size), 422);
    assert_eq!(
        witness.seen(ORIGIN).unwrap().checkpoint.size,
        50,
        "nothing was taken"
    );
    assert_eq!(status(&mut witness, &good), 200);

    let mut fresh = Ground::new(&log).open();
    let empty = encode_request(0, &[], &log.signed(0, leaf_hash(b"x")));
    assert_eq!(
        status(&mut fresh, &empty),
        422,
        "the empty tree has one root"
    );
    let path_for_nothing = encode_request(0, &log.path(3, 80), &log.checkpoint(80));
    assert_eq!(status(&mut fresh, &path_for_nothing), 422);
    assert_eq!(fresh.seen(ORIGIN), None);
}

#[test]
fn a_forked_log_is_caught_by_the_first_witness_that_it_meets() {
    // The same key, the same entries up to 40, then others.
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let two = |entry: fn(u64) -> u64| {
        let signer = NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, der.as_ref());
        Log::of(signer.unwrap(), entry)
    };
    let mut honest = two(|number| number);
    let mut forked = two(|number| number + 1000 * u64::from(number >= 40));
    let ground = Ground::new(&honest);
    let mut witness = ground.open();
    assert_eq!(status(&mut witness, &honest.request(0, 60)), 200);
    for size in [60, 61, 100, 200] {
        let request = forked.request(60, size);
        let answer = witness.add_checkpoint(request.as_bytes(), NOW);
        assert_eq!(answer.status, 422, "{size}");
        let caught = answer.caught.expect("both are evidence");
        assert_eq!(caught.offence, Offence::TwoHistories, "{size}");
        // Whoever has the log's key sees it from the evidence alone.
        let key = [honest.signer.key().clone()];
        assert_eq!(caught.verify(&key), Ok(true), "{size}");
        let stranger = [signer(ORIGIN, SignatureKind::Plain).key().clone()];
        assert!(caught.verify(&stranger).is_err());
        assert_eq!(
            caught.seen.unwrap().checkpoint,
            honest.checkpoint(60).checkpoint
        );
        assert_eq!(caught.shown, forked.checkpoint(size));
    }
    // Its beginning is no help: the witness has seen more.
    assert_eq!(status(&mut witness, &forked.request(40, 61)), 409);
    assert_eq!(status(&mut witness, &honest.request(60, 61)), 200);
}

#[test]
fn a_rolled_back_log_gets_no_cosignature_until_it_has_its_history_again() {
    let mut log = Log::new();
    let ground = Ground::new(&log);
    let mut witness = ground.open();
    assert_eq!(status(&mut witness, &log.request(0, 60)), 200);
    // Restored from a copy of 30 entries; it asks from where it believes to be.
    let answer = witness.add_checkpoint(log.request(30, 31).as_bytes(), NOW);
    assert_eq!((answer.status, answer.body.as_str()), (409, "60\n"));
    assert_eq!(answer.seen.as_deref(), witness.seen(ORIGIN), "its proof");
    let caught = answer.caught.expect("an older tree is shown");
    assert_eq!(caught.offence, Offence::OlderShown);
    assert!(!caught.proves_two_histories());
    // Told the size, it has no tree of it.
    let answer =
        witness.add_checkpoint(encode_request(60, &[], &log.checkpoint(31)).as_bytes(), NOW);
    assert_eq!(answer.status, 400);
    // Grown beyond it with other entries, it is caught.
    let mut other = Log {
        signer: NoteSigner::from_pkcs8("x", SignatureKind::Plain, &ground.key).unwrap(),
        leaves: log.leaves.clone(),
    };
    std::mem::swap(&mut other.signer, &mut log.signer);
    other.leaves[31..].reverse();
    let answer = witness.add_checkpoint(other.request(60, 70).as_bytes(), NOW);
    assert_eq!(answer.status, 422);
    assert!(answer.caught.is_some());
}

#[test]
fn a_wrong_path_is_no_proof_and_neither_is_one_from_a_power_of_two() {
    let mut log = Log::new();
    let mut witness = Ground::new(&log).open();
    assert_eq!(status(&mut witness, &log.request(0, 50)), 200);
    let mut path = log.path(50, 80);
    path.pop();
    let short = encode_request(50, &path, &log.checkpoint(80));
    let answer = witness.add_checkpoint(short.as_bytes(), NOW);
    let caught = answer.caught.expect("is noticed");
    assert_eq!(caught.offence, Offence::NotGrown);
    assert_eq!(caught.verify(&[log.signer.key().clone()]), Ok(false));

    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let own = || NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, der.as_ref()).unwrap();
    let (mut one, mut two) = (Log::of(own(), |n| n), Log::of(own(), |n| n + 1000));
    let mut witness = Ground::new(&one).open();
    assert_eq!(status(&mut witness, &one.request(0, 64)), 200);
    let answer = witness.add_checkpoint(two.request(64, 80).as_bytes(), NOW);
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.caught.map(|caught| caught.offence),
        Some(Offence::NotGrown)
    );
}

#[test]
fn a_cosignature_is_remembered_before_it_leaves() {
    let mut log = Log::new();
    let ground = Ground::new(&log);
    let mut given = Vec::new();
    let mut witness = ground.open();
    for (old, new) in [(0, 10), (10, 20), (20, 20), (20, 90)] {
        assert_eq!(status(&mut witness, &log.request(old, new)), 200);
        given.push((ground.disk.ops().len(), new));
    }
    for count in 0..=ground.disk.ops().len() {
        let due = given.iter().rfind(|(at, _)| *at <= count);
        let due = due.map_or(0, |(_, size)| *size);
        for last in [Last::Head(0), Last::Head(40), Last::Rest(40), Last::Whole] {
            for unsynced in [Unsynced::Kept, Unsynced::Dropped] {
                let image = ground.disk.after_crash(count, last, unsynced);
                let witness = ground.open_on(&FakeDisk::holding(&image)).unwrap();
                let seen = witness.seen(ORIGIN).map_or(0, |seen| seen.checkpoint.size);
                assert!(
                    seen >= due,
                    "{count}, {last:?}, {unsynced:?}: {seen} of {due}"
                );
            }
        }
    }
}

#[test]
fn a_witness_that_cannot_remember_cosigns_nothing_more() {
    for sync in [false, true] {
        let mut log = Log::new();
        let ground = Ground::new(&log);
        let mut witness = ground.open();
        assert_eq!(status(&mut witness, &log.request(0, 10)), 200);
        if sync {
            ground.disk.fail_sync_after(0);
        } else {
            ground.disk.fail_write_after(0);
        }
        let answer = witness.add_checkpoint(log.request(10, 20).as_bytes(), NOW);
        assert_eq!(answer.status, 500);
        assert!(!answer.body.contains('—'));
        assert_eq!(status(&mut witness, &log.request(10, 20)), 500, "for good");
        assert_eq!(status(&mut ground.open(), &log.request(10, 20)), 200);
    }
}

#[test]
fn an_altered_memory_opens_nothing() {
    let mut log = Log::new();
    let ground = Ground::new(&log);
    assert_eq!(status(&mut ground.open(), &log.request(0, 10)), 200);
    let image = ground.disk.image();
    let (name, note) = image.iter().next().unwrap();
    for at in 0..note.len() {
        let mut altered = image.clone();
        altered.get_mut(name).unwrap()[at] ^= 1;
        let opened = ground.open_on(&FakeDisk::holding(&altered));
        assert!(matches!(opened, Err(WitnessFault::Memory { .. })), "{at}");
    }
    let kind = SignatureKind::Plain;
    let plain = NoteSigner::from_pkcs8("city.tianshu", kind, &ground.key).unwrap();
    let memory = Arc::new(Arc::clone(&ground.disk));
    let opened = Witness::open_on(memory, plain, &[]);
    assert!(matches!(opened, Err(WitnessFault::Key)));
}

#[test]
fn signatures_of_others_are_neither_believed_nor_kept() {
    let mut log = Log::new();
    let ground = Ground::new(&log);
    let mut witness = ground.open();
    let mut shown = log.checkpoint(10);
    let other = signer("somebody", SignatureKind::Cosignature);
    let text = shown.checkpoint.to_string();
    let signatures = [shown.note.signatures(), &[other.sign(&text, NOW)]].concat();
    shown = SignedCheckpoint::new(shown.checkpoint, signatures).unwrap();
    assert_eq!(status(&mut witness, &encode_request(0, &[], &shown)), 200);
    let kept = witness.seen(ORIGIN).unwrap().note.signatures().iter();
    let names: Vec<_> = kept.map(|signature| signature.name.as_str()).collect();
    assert_eq!(names, [ORIGIN, "city.tianshu"]);
}
