//! What the publishing process does while it is hurt. Each scene starts from a folder that was laid
//! out before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use audit::note::{NoteKey, NoteSigner, SignatureKind};
use audit::{Digest, Journal, JournalConfig, Publisher, leaf_hash};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use tests::short_entry;

use super::super::matrix::{Watched, copy, log_of};

pub(super) const ORIGIN: &str = "publishing.tianshu.test";
/// Some forty frames to a segment, so that a bundle's entries cross several.
const SMALL_SEGMENT_BYTES: u64 = 4096;
const LARGE_SEGMENT_BYTES: u64 = 1 << 20;

/// One scene.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) name: &'static str,
    /// What the folder holds before.
    template: Option<PathBuf>,
    pub(super) key_file: PathBuf,
    pub(super) key: NoteKey,
    pub(super) segment_bytes: u64,
    pub(super) watched: Watched,
    pub(super) life: u64,
    /// Entries of life 1 that are there before.
    pub(super) earlier: u64,
    /// Entries appended before each checkpoint.
    pub(super) batches: &'static [u64],
    /// Roots over the earlier entries' leaves, by first leaf and number of leaves.
    pub(super) known: BTreeMap<(usize, usize), Digest>,
}

impl Scene {
    pub(super) fn all(ground: &Path) -> Vec<Self> {
        let key_file = ground.join("key.p8");
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        std::fs::write(&key_file, der.as_ref()).unwrap();
        let scene = |name, template: Option<PathBuf>, watched, earlier: u64, batches| {
            let large = earlier > 60_000;
            Self {
                name,
                template,
                key: signer(&key_file).key().clone(),
                key_file: key_file.clone(),
                segment_bytes: segment_bytes(large),
                watched,
                life: 2,
                earlier,
                batches,
                known: if large {
                    known(earlier)
                } else {
                    BTreeMap::new()
                },
            }
        };
        let [grown, kept, large] = templates(ground, &key_file);
        let (opening, writing) = (Watched::Opening, Watched::Writing);
        vec![
            scene(
                "a log is published for the first time",
                None,
                writing,
                0,
                &[2, 1],
            ),
            scene(
                "a bundle and a tile are filled",
                Some(grown),
                writing,
                250,
                &[10, 1],
            ),
            scene(
                "a tile of level 1 is filled",
                Some(large),
                writing,
                65_530,
                &[10],
            ),
            scene(
                "a head that nobody saw is published",
                Some(kept),
                opening,
                310,
                &[1],
            ),
        ]
    }

    pub(super) fn config(&self, folder: &Path) -> JournalConfig {
        config(folder, self.segment_bytes)
    }

    pub(super) fn signer(&self) -> NoteSigner {
        signer(&self.key_file)
    }

    /// Puts the folder as it is before the scene.
    pub(super) fn lay_out(&self, folder: &Path) {
        if folder.exists() {
            std::fs::remove_dir_all(folder).unwrap();
        }
        match &self.template {
            Some(template) => copy(template, folder),
            None => std::fs::create_dir(folder).unwrap(),
        }
    }

    /// All entries in the order in which they are appended, whatever fails.
    pub(super) fn entry(&self, index: u64) -> Vec<u8> {
        let life = if index < self.earlier { 1 } else { self.life };
        short_entry(life, index)
    }
}

/// Logs that scenes begin with: before a full bundle, with a head that nobody saw, before a full
/// tile of level 1.
fn templates(ground: &Path, key_file: &Path) -> [PathBuf; 3] {
    let begun = |name: &str, count: u64| {
        let folder = ground.join(name);
        laid_out(&folder, key_file, &[count]);
        folder
    };
    let kept = begun("kept", 300);
    between_head_and_checkpoint(&kept, key_file);
    [begun("grown", 250), kept, begun("large", 65_530)]
}

const fn segment_bytes(large: bool) -> u64 {
    if large {
        LARGE_SEGMENT_BYTES
    } else {
        SMALL_SEGMENT_BYTES
    }
}

fn config(folder: &Path, segment_bytes: u64) -> JournalConfig {
    JournalConfig {
        segment_bytes,
        entry_bytes_max: 1000,
        ..JournalConfig::new(log_of(folder), ORIGIN)
    }
}

fn signer(key_file: &Path) -> NoteSigner {
    let der = std::fs::read(key_file).unwrap();
    NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, &der).unwrap()
}

/// Appends entries of life 1, as many at once as the queue takes.
pub(super) fn append_all(journal: &Journal, life: u64, count: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    let mut next = journal.size();
    let end = next + count;
    while next < end {
        let stop = end.min(next + 1000);
        let appending: Vec<_> = (next..stop)
            .map(|number| journal.begin(short_entry(life, number)).unwrap())
            .collect();
        for entry in appending {
            runtime.block_on(entry.durable()).unwrap();
        }
        next = stop;
    }
}

/// A log with so many entries before each of its checkpoints, closed in good order.
fn laid_out(folder: &Path, key_file: &Path, counts: &[u64]) {
    let large = counts.iter().sum::<u64>() > 60_000;
    let (journal, _) = Journal::open(&config(folder, segment_bytes(large))).unwrap();
    let mut publisher = Publisher::open(&journal, signer(key_file)).unwrap();
    for count in counts {
        append_all(&journal, 1, *count);
        publisher.advance().unwrap().unwrap();
    }
    journal.close().unwrap();
}

/// What a kill between keeping a head and showing it leaves: the head of the next checkpoint, and
/// the files of the one before.
fn between_head_and_checkpoint(folder: &Path, key_file: &Path) {
    let log = log_of(folder);
    let kept = ["checkpoint", "proofs/checkpoints.log"];
    let before = kept.map(|file| std::fs::read(log.join(file)).unwrap());
    let (journal, _) = Journal::open(&config(folder, SMALL_SEGMENT_BYTES)).unwrap();
    let mut publisher = Publisher::open(&journal, signer(key_file)).unwrap();
    append_all(&journal, 1, 10);
    publisher.advance().unwrap().unwrap();
    journal.close().unwrap();
    for (file, bytes) in kept.iter().zip(before) {
        std::fs::write(log.join(file), bytes).unwrap();
    }
}

/// Roots of the aligned subtrees of the first entries, which all runs share.
fn known(earlier: u64) -> BTreeMap<(usize, usize), Digest> {
    let leaves: Vec<_> = (0..earlier)
        .map(|number| leaf_hash(&short_entry(1, number)))
        .collect();
    let mut known = BTreeMap::new();
    let mut row = leaves;
    let mut width = 1;
    while row.len() > 1 {
        let pairs = row.chunks_exact(2);
        row = pairs
            .map(|pair| audit::node_hash(&pair[0], &pair[1]))
            .collect();
        width *= 2;
        if width >= 256 {
            let places = row.iter().enumerate();
            known.extend(places.map(|(at, hash)| ((at * width, width), *hash)));
        }
    }
    known
}
