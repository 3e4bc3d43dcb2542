//! One flipped byte anywhere in a log or a mirror is found, and its file is named.

mod every_byte;
mod rotation;

use std::fs;
use std::path::{Path, PathBuf};

use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use tempfile::TempDir;

use super::*;
use crate::journal::{Journal, JournalConfig};
use crate::note::{NoteSigner, SignatureKind};
use crate::publisher::{CHECKPOINT_NAME, CHECKPOINTS_NAME, HEAD_NAME, Publisher};
use crate::tree::{Row, Tile, tiles_of};

const ORIGIN: &str = "log.tianshu.test";
/// Over one full bundle, so that every kind of file is there.
const ENTRIES: u64 = 300;

struct Ground {
    home: TempDir,
    keys: [NoteKey; 1],
    receipts: Vec<Receipt>,
}

impl Ground {
    /// A closed log with several checkpoints, and a mirror of what it serves.
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let signer = NoteSigner::from_pkcs8(ORIGIN, SignatureKind::Plain, der.as_ref()).unwrap();
        let keys = [signer.key().clone()];
        let config = JournalConfig {
            segment_bytes: 16 << 10,
            entry_bytes_max: 200,
            ..JournalConfig::new(home.path().join("log"), ORIGIN)
        };
        let (journal, _) = Journal::open(&config).unwrap();
        let mut publisher = Publisher::open(&journal, signer).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let mut receipts = Vec::new();
        for number in 0..ENTRIES {
            let entry = format!("entry {number}").into_bytes();
            receipts.push(runtime.block_on(journal.append(entry)).unwrap());
            if [10, 20, ENTRIES - 1].contains(&number) {
                publisher.advance().unwrap().unwrap();
            }
        }
        let ground = Self {
            home,
            keys,
            receipts,
        };
        ground.mirror(&publisher.published());
        journal.close().unwrap();
        ground
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    fn mirrored(&self) -> PathBuf {
        self.home.path().join("mirror")
    }

    /// Copies what is served.
    fn mirror(&self, published: &crate::PublishedLog) {
        let store = |path: &str, bytes: &[u8]| {
            let file = self.mirrored().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        };
        let checkpoint = published.checkpoint().unwrap();
        store(CHECKPOINT_NAME, checkpoint.note.to_string().as_bytes());
        for tile in tiles_of(published.size()) {
            store(&tile.to_string(), &published.tile(tile).unwrap().unwrap());
            if tile.row == Row::Hashes(0) {
                let bundle = Tile {
                    row: Row::Entries,
                    ..tile
                };
                let bytes = published.tile(bundle).unwrap().unwrap();
                store(&bundle.to_string(), &bytes);
            }
        }
    }

    fn verify(&self) -> Result<VerifiedLog, VerifyError> {
        verify_log(&self.log(), &self.receipts, &self.keys, |_| {})
    }

    fn verify_mirror(&self) -> Result<VerifiedMirror, TreeFault> {
        verify_mirror(&self.mirrored(), &self.keys, |_, _| {})
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Overwrites a file, full tiles included.
fn write(file: &Path, bytes: &[u8]) {
    fs::remove_file(file).unwrap();
    fs::write(file, bytes).unwrap();
}

/// Flips one bit at a sample of places of a file and gives what is said; short files at every byte.
fn flipped(file: &Path, mut said: impl FnMut() -> Option<String>) {
    let whole = fs::read(file).unwrap();
    let step = if whole.len() < 1000 {
        1
    } else {
        whole.len() / 47
    };
    let name = file.file_name().unwrap().to_str().unwrap();
    for at in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        write(file, &bytes);
        match said() {
            Some(fault) => assert!(fault.contains(name), "{name} at {at}: {fault}"),
            None => panic!("{name} at {at}: not found"),
        }
    }
    write(file, &whole);
}

#[test]
fn a_whole_log_says_what_was_checked() {
    let ground = Ground::new();
    let verified = ground.verify().unwrap();
    assert_eq!(
        (verified.journal.entries, verified.journal.closed),
        (300, true)
    );
    let tree = verified.tree.unwrap();
    assert_eq!((tree.checkpoints, tree.tiles, tree.bundles), (3, 1, 1));
    assert_eq!((tree.checkpoint.checkpoint.size, tree.signed), (300, true));
    let unsigned = verify_log(&ground.log(), &[], &[], |_| {}).unwrap();
    assert!(!unsigned.tree.unwrap().signed);
    let mirror = ground.verify_mirror().unwrap();
    assert_eq!((mirror.tiles, mirror.bundles, mirror.signed), (3, 2, true));
    assert_eq!(mirror.checkpoint, tree.checkpoint);
}

#[test]
fn any_flipped_byte_of_a_log_is_found_and_its_file_is_named() {
    let ground = Ground::new();
    let files: Vec<_> = files(&ground.log());
    let files: Vec<_> = files
        .iter()
        .filter(|file| !file.ends_with("lock"))
        .collect();
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        flipped(file, || {
            ground.verify().err().map(|fault| fault.to_string())
        });
    }
    ground.verify().unwrap();
}

#[test]
fn any_flipped_byte_of_a_mirror_is_found_and_its_file_is_named() {
    let ground = Ground::new();
    let all = files(&ground.mirrored());
    assert_eq!(all.len(), 6, "{all:?}");
    for file in &all {
        flipped(file, || {
            ground.verify_mirror().err().map(|fault| fault.to_string())
        });
    }
    ground.verify_mirror().unwrap();
}

#[test]
fn missing_and_foreign_files_are_named() {
    for (name, with_log) in [
        ("tile/0/000", true),
        ("tile/entries/000", true),
        (HEAD_NAME, true),
        (CHECKPOINT_NAME, true),
        (CHECKPOINTS_NAME, true),
        ("tile/0/000", false),
        ("tile/0/001.p/44", false),
        ("tile/1/000.p/1", false),
        ("tile/entries/001.p/44", false),
        (CHECKPOINT_NAME, false),
    ] {
        let ground = Ground::new();
        let (folder, said): (_, &dyn Fn() -> String) = if with_log {
            (ground.log(), &|| ground.verify().unwrap_err().to_string())
        } else {
            (ground.mirrored(), &|| {
                ground.verify_mirror().unwrap_err().to_string()
            })
        };
        fs::remove_file(folder.join(name)).unwrap();
        let fault = said();
        let named = fault.contains(name) || name == CHECKPOINT_NAME;
        assert!(named, "{name}: {fault}");
    }
    let ground = Ground::new();
    for (folder, name) in [
        (ground.log(), "tile/0/001"),
        (ground.log(), "tile/0/000.p/7"),
        (ground.mirrored(), "tile/0/000.p/7"),
        (ground.mirrored(), "tile/notes"),
        (ground.mirrored(), "tile/1/000.p/2"),
    ] {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).ok();
        // Where `000` is a tile, `000.p` is a folder beside it.
        fs::write(&file, [7; 224]).unwrap();
        let fault = if folder == ground.log() {
            ground.verify().unwrap_err().to_string()
        } else {
            ground.verify_mirror().unwrap_err().to_string()
        };
        assert!(fault.contains(name), "{fault}");
        fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_mirror_may_keep_early_partial_tiles_and_hold_full_ones_in_their_place() {
    let ground = Ground::new();
    let full = fs::read(ground.mirrored().join("tile/0/000")).unwrap();
    fs::create_dir_all(ground.mirrored().join("tile/0/000.p")).unwrap();
    fs::write(ground.mirrored().join("tile/0/000.p/7"), &full[..224]).unwrap();
    ground.verify_mirror().unwrap();
    // Hashes alone can be verified too; the entries are then not.
    fs::remove_dir_all(ground.mirrored().join("tile/entries")).unwrap();
    let verified = ground.verify_mirror().unwrap();
    assert_eq!((verified.tiles, verified.bundles), (3, 0));
}

#[test]
fn another_history_under_the_same_checkpoints_is_found() {
    let (one, other) = (Ground::new(), Ground::new());
    // The other log has the same entries and another key.
    for name in [HEAD_NAME, CHECKPOINT_NAME, CHECKPOINTS_NAME] {
        fs::copy(other.log().join(name), one.log().join(name)).unwrap();
    }
    let fault = one.verify().unwrap_err().to_string();
    assert!(fault.contains("no known key has signed it"), "{fault}");
    // Without a key nothing tells them apart, and the verdict says that none was given.
    let verified = verify_log(&one.log(), &[], &[], |_| {}).unwrap();
    assert!(!verified.tree.unwrap().signed);
}

#[test]
fn a_key_is_not_content_with_a_log_that_was_never_signed() {
    let ground = Ground::new();
    for name in [HEAD_NAME, CHECKPOINT_NAME, CHECKPOINTS_NAME] {
        fs::remove_file(ground.log().join(name)).unwrap();
    }
    fs::remove_dir_all(ground.log().join("tile")).unwrap();
    let fault = ground.verify().unwrap_err();
    assert!(matches!(fault, VerifyError::Tree(TreeFault::NoCheckpoint)));
    let verified = verify_log(&ground.log(), &[], &[], |_| {}).unwrap();
    assert_eq!(verified.tree, None);
}
