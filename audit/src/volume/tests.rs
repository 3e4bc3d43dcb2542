//! A log is archived, shortened, held, restored; on a disk in memory and on a real one.

mod crash;
mod flips;
mod kept;
mod restored;
mod rotated;
mod walks;

use std::path::{Path, PathBuf};

use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use tempfile::TempDir;

use super::*;
use crate::journal::{Journal, JournalConfig};
use crate::note::{NoteKey, NoteSigner, SignatureKind};
use crate::publisher::{PublishedLog, Publisher};
use crate::receipt::Receipt;

const ORIGIN: &str = "log.tianshu.test";
const SMALL: VolumeSize = VolumeSize {
    entries: 512,
    bytes: VOLUME_BYTES,
};

fn signer() -> NoteSigner {
    static KEY: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let der = KEY.get_or_init(|| {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        der.as_ref().to_vec()
    });
    NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, der).unwrap()
}

fn keys() -> Vec<NoteKey> {
    vec![signer().key().clone()]
}

/// The time of an entry is the number that it begins with.
fn entry(number: u64) -> Vec<u8> {
    format!("{number} entry").into_bytes()
}

fn time_of(entry: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(entry).ok()?;
    text.split(' ').next()?.parse().ok()
}

fn nothing_held(_: u64, _: &[u8]) -> Option<String> {
    None
}

/// What is put on record is itself an entry, of the time that is its index.
fn on_record(journal: &Journal, event: KeptEvent<'_>) -> Result<Receipt, String> {
    let said = match event {
        KeptEvent::Archived(manifest) => format!("archived {}", manifest.end()),
        KeptEvent::Removing(removal) => format!("removing {} {}", removal.first, removal.end),
        KeptEvent::Expired(expired) => format!("expired {}", expired.first),
    };
    let entry = format!("{} {said}", journal.size()).into_bytes();
    let written = journal.begin(entry).and_then(crate::Appending::wait);
    written.map_err(|error| error.to_string())
}

/// Whether the log says this, from an index on.
fn says(journal: &Journal, from: u64, said: &str) -> usize {
    let entries = journal.scan(from).map(|next| next.unwrap().1);
    let said = format!(" {said}");
    entries
        .filter(|entry| entry.ends_with(said.as_bytes()))
        .count()
}

fn append(journal: &Journal, count: u64) {
    let first = journal.size();
    let begun: Vec<_> = (first..first + count)
        .map(|number| journal.begin(entry(number)).unwrap())
        .collect();
    for appending in begun {
        appending.wait().unwrap();
    }
}

/// A published log and its archive in a folder of the real disk.
struct Ground {
    home: TempDir,
}

impl Ground {
    /// With so many entries, in frames of 50.
    fn new(entries: u64) -> Self {
        let ground = Self {
            home: TempDir::new().unwrap(),
        };
        let (journal, mut publisher) = ground.open();
        for _ in 0..entries / 50 {
            append(&journal, 50);
        }
        append(&journal, entries % 50);
        publisher.advance().unwrap().unwrap();
        journal.close().unwrap();
        ground
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    fn archive_dir(&self) -> PathBuf {
        self.home.path().join("archive")
    }

    fn archive(&self) -> Archive {
        std::fs::create_dir_all(self.archive_dir()).unwrap();
        Archive::new(&self.archive_dir(), keys())
    }

    fn open(&self) -> (Journal, Publisher) {
        let config = JournalConfig {
            segment_bytes: 4 << 10,
            entry_bytes_max: 200,
            ..JournalConfig::new(self.log(), ORIGIN)
        };
        let (journal, _) = Journal::open(&config).unwrap();
        let publisher = Publisher::open(&journal, signer()).unwrap();
        (journal, publisher)
    }

    /// One pass of the keeper.
    fn pass(
        &self,
        (journal, published): (&Journal, &PublishedLog),
        (close_before, hot_from): (i64, Option<i64>),
        held: &Held<'_>,
    ) -> Result<Kept, VolumeError> {
        let (archive, signer) = (self.archive(), signer());
        let archiver = Archiver {
            journal,
            archive: &archive,
            signer: &signer,
            covering: published,
            time_of: &time_of,
            size: SMALL,
        };
        let keeper = Keeper::new(&self.log(), archiver, close_before, hot_from, held);
        keeper.pass(&mut |event| on_record(journal, event))
    }

    fn verify(&self) -> Result<VerifiedArchive, VolumeError> {
        verify_archive(
            &self.archive_dir(),
            &keys(),
            None,
            Some(&self.log()),
            |_| {},
        )
    }
}

fn names(dir: &Path) -> Vec<String> {
    LocalVault::new(dir).list("").unwrap()
}
