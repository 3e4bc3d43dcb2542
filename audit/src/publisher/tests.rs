//! Publishing on a simulated disk: what is served, what a crash leaves, what stops it.

mod cosigned;
mod crash;
mod full;
mod refusals;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;

use super::*;
use crate::digest::Digest;
use crate::error::AuditError;
use crate::journal::JournalConfig;
use crate::journal::tests::fake_disk::{FakeDisk, Image};
use crate::note::{NoteKey, SignatureKind};
use crate::tree::{hashes_of, read_bundle, root_of, tiles_of, verify_consistency};

const ORIGIN: &str = "log.tianshu.test";

/// The same key for all tests of a run, so that what one opening signed the next one believes.
fn signer() -> NoteSigner {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    let der = KEY.get_or_init(|| {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        der.as_ref().to_vec()
    });
    NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, der).unwrap()
}

fn key() -> NoteKey {
    signer().key().clone()
}

fn open_journal(disk: &Arc<FakeDisk>) -> Journal {
    let config = JournalConfig {
        segment_bytes: 16 << 10,
        queue_max: 1024,
        entry_bytes_max: 200,
        ..JournalConfig::new("unused", ORIGIN)
    };
    let disk = Arc::new(Arc::clone(disk));
    Journal::open_on(disk, &config, None).unwrap().0
}

fn open_publisher(disk: &Arc<FakeDisk>, journal: &Journal) -> Result<Publisher, PublishError> {
    Publisher::open_on(journal, Arc::new(Arc::clone(disk)), signer())
}

fn open(disk: &Arc<FakeDisk>) -> (Journal, Publisher) {
    let journal = open_journal(disk);
    let publisher = open_publisher(disk, &journal).unwrap();
    (journal, publisher)
}

fn entry(number: u64) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

/// Appends so many entries, all at once.
fn append(journal: &Journal, count: u64) {
    let first = journal.size();
    let work = async {
        let appended = (first..first + count).map(|number| journal.append(entry(number)));
        let mut appended: Vec<_> = appended.map(Box::pin).collect();
        // Each is submitted when it is first asked for; the answers come in any order.
        std::future::poll_fn(|context| {
            appended.retain_mut(|next| match next.as_mut().poll(context) {
                std::task::Poll::Ready(receipt) => {
                    receipt.unwrap();
                    false
                }
                std::task::Poll::Pending => true,
            });
            if appended.is_empty() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work);
}

/// Everything that the published log serves, held against the journal.
fn check_served(journal: &Journal, published: &PublishedLog) {
    let checkpoint = published.checkpoint().unwrap();
    checkpoint.verify(&[key()]).unwrap();
    let size = checkpoint.checkpoint.size;
    let mut edge = RightEdge::default();
    let entries: Vec<_> = journal
        .scan(0)
        .take(usize::try_from(size).unwrap())
        .collect();
    let entries: Vec<_> = entries.into_iter().map(|next| next.unwrap().1).collect();
    let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    leaves.iter().for_each(|leaf| drop(edge.push(*leaf)));
    assert_eq!(edge.root(), checkpoint.checkpoint.root);
    for tile in tiles_of(size) {
        let hashes = hashes_of(&published.tile(tile).unwrap().unwrap()).unwrap();
        assert_eq!(hashes.len(), usize::from(tile.width));
        if tile.row == Row::Hashes(0) {
            let begin = usize::try_from(tile.number * 256).unwrap();
            assert_eq!(hashes[..], leaves[begin..begin + hashes.len()]);
            let bundle = Tile {
                row: Row::Entries,
                ..tile
            };
            let bytes = published.tile(bundle).unwrap().unwrap();
            let read = read_bundle(&bytes, tile.width).unwrap();
            assert!(read.iter().eq(&entries[begin..begin + hashes.len()]));
        }
    }
    for index in (0..size).step_by(97).chain(size.checked_sub(1)) {
        let proof = published.proof(index).unwrap().unwrap();
        let leaf = leaves[usize::try_from(index).unwrap()];
        proof.verify(leaf, &[key()]).unwrap();
    }
    assert_eq!(published.proof(size).unwrap(), None);
}

#[test]
fn a_growing_log_is_served_at_every_checkpoint_and_nothing_beyond() {
    let disk = FakeDisk::new();
    let (journal, mut publisher) = open(&disk);
    let published = publisher.published();
    assert_eq!(publisher.advance().unwrap(), None, "nothing is no tree");
    assert_eq!((published.size(), published.checkpoint()), (0, None));
    for count in [1, 1, 253, 1, 1, 254, 1, 300] {
        append(&journal, count);
        let (size, before) = (journal.size(), published.size());
        let beyond = Tile {
            row: Row::Entries,
            number: (size - 1) / 256,
            width: u16::try_from((size - 1) % 256 + 1).unwrap(),
        };
        assert_eq!(published.tile(beyond).unwrap(), None);
        assert_eq!(published.proof(before).unwrap(), None);
        let shown = publisher.advance().unwrap().unwrap();
        assert_eq!(shown.checkpoint.size, size);
        assert_eq!(publisher.advance().unwrap(), None, "nothing new");
        check_served(&journal, &published);
        assert!(published.tile(beyond).unwrap().is_some());
    }
    // Partial tiles of earlier checkpoints are cut out of the full ones.
    let early = Tile {
        row: Row::Hashes(0),
        number: 0,
        width: 2,
    };
    assert_eq!(published.tile(early).unwrap().unwrap().len(), 64);
    let early = Tile {
        row: Row::Entries,
        ..early
    };
    let bundle = published.tile(early).unwrap().unwrap();
    assert_eq!(read_bundle(&bundle, 2).unwrap(), [entry(0), entry(1)]);
    // Full ones lie on disk as they are served; partial ones do not.
    let image = disk.image();
    let stored: Vec<_> = image
        .keys()
        .filter(|name| name.starts_with("tile/"))
        .collect();
    assert_eq!(
        stored,
        [
            "tile/0/000",
            "tile/0/001",
            "tile/0/002",
            "tile/entries/000",
            "tile/entries/001",
            "tile/entries/002"
        ]
    );
}

#[test]
fn the_next_opening_goes_on_where_the_last_one_ended() {
    let disk = FakeDisk::new();
    for count in [3, 0, 400, 0, 200] {
        let (journal, mut publisher) = open(&disk);
        if journal.size() > 0 {
            check_served(&journal, &publisher.published());
        }
        append(&journal, count);
        let shown = publisher.advance().unwrap();
        assert_eq!(shown.is_some(), count > 0);
        check_served(&journal, &publisher.published());
        journal.close().unwrap();
    }
    let image = disk.image();
    let mut list = image[CHECKPOINTS_NAME].as_slice();
    let mut sizes = Vec::new();
    while let Record::Whole(note) = read_record(&mut list).unwrap() {
        sizes.push(SignedCheckpoint::parse(&note).unwrap().checkpoint.size);
    }
    assert_eq!(sizes, [3, 403, 603]);
}

#[test]
fn missing_tiles_are_made_again_and_are_the_same() {
    let disk = FakeDisk::new();
    let (journal, mut publisher) = open(&disk);
    append(&journal, 700);
    publisher.advance().unwrap();
    journal.close().unwrap();
    let whole = disk.image();
    let mut image = whole.clone();
    image.retain(|name, _| !name.starts_with("tile/0/"));
    let disk = FakeDisk::holding(&image);
    let (journal, publisher) = open(&disk);
    check_served(&journal, &publisher.published());
    journal.close().unwrap();
    let again = disk.image();
    for (name, bytes) in &whole {
        assert!(again[name] == *bytes, "{name}");
    }
}
