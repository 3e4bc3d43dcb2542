//! What the process does while it is hurt: begin a log, go on with one, recover one. Each scene
//! starts from a folder that was laid out before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use audit::{Journal, JournalConfig, Receipt};
use tests::numbered_entry;

pub(super) const ORIGIN: &str = "matrix.tianshu.test";
/// Three frames to a segment, so that few entries cross several.
pub(super) const SEGMENT_BYTES: u64 = 2048;
/// What a torn write may leave behind the last whole frame.
const TORN: &[u8] = b"TSFR\x01 a frame that was never finished";

/// From when on the process is watched, and hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Watched {
    /// From its start: what is of interest is the opening.
    Opening,
    /// Once the log is open: what is of interest is the writing. strace counts calls by thread, so
    /// that calls of the opening would be hit in place of the same calls of other threads.
    Writing,
}

/// One scene.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) name: &'static str,
    /// What the folder holds before; none for a log that is not there yet.
    template: Option<PathBuf>,
    /// What was acknowledged before.
    pub(super) earlier: BTreeMap<u64, Receipt>,
    pub(super) watched: Watched,
    pub(super) life: u64,
    pub(super) from: u64,
    pub(super) count: u64,
}

/// The log lies in a folder below the scene's, so that the writer makes its folder itself.
pub(in super::super) fn log_of(folder: &Path) -> PathBuf {
    folder.join("log")
}

/// A folder for everything, in memory where there is such a file system: the calls are what fails
/// here, and what a kill leaves in the page cache is the same everywhere.
pub(in super::super) fn ground() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.unwrap()
}

pub(super) fn config(folder: &Path) -> JournalConfig {
    JournalConfig {
        segment_bytes: SEGMENT_BYTES,
        entry_bytes_max: 1000,
        ..JournalConfig::new(log_of(folder), ORIGIN)
    }
}

pub(super) fn append(journal: &Journal, life: u64, number: u64) -> Receipt {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(journal.append(numbered_entry(life, number)))
        .unwrap()
}

impl Scene {
    pub(super) fn all(ground: &Path) -> [Self; 5] {
        let (closed, full) = (ground.join("closed"), ground.join("full"));
        let (journal, four) = begun(&closed, 4);
        journal.close().unwrap();
        let (journal, five) = begun(&full, 5);
        journal.close().unwrap();
        let crashed = ground.join("crashed");
        let (journal, _) = begun(&ground.join("crashing"), 4);
        copy(&ground.join("crashing"), &crashed);
        journal.close().unwrap();
        as_killed(&crashed);
        let scene = |name, template: Option<&Path>, earlier: &BTreeMap<_, _>, watched, count| {
            let template = template.map(Path::to_path_buf);
            Self {
                name,
                template,
                earlier: earlier.clone(),
                watched,
                life: 2,
                from: earlier.len() as u64,
                count,
            }
        };
        let (opening, writing) = (Watched::Opening, Watched::Writing);
        [
            scene("a new log is opened", None, &BTreeMap::new(), opening, 2),
            scene("a closed log is opened", Some(&closed), &four, opening, 2),
            scene(
                "a log is opened after a crash",
                Some(&crashed),
                &four,
                opening,
                2,
            ),
            // Three rotations, each to a prepared segment, and one spare too many at the end.
            scene(
                "a log is written and closed",
                Some(&closed),
                &four,
                writing,
                10,
            ),
            scene(
                "no spare is ready for a full segment",
                Some(&full),
                &five,
                writing,
                1,
            ),
        ]
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
}

/// A log with so many entries; the fourth begins its second segment.
fn begun(folder: &Path, count: u64) -> (Journal, BTreeMap<u64, Receipt>) {
    let (journal, _) = Journal::open(&config(folder)).unwrap();
    let receipts = (0..count).map(|number| (number, append(&journal, 1, number)));
    let receipts = receipts.collect();
    (journal, receipts)
}

/// What a killed process may leave besides a log without a closing frame: the beginning of a frame
/// behind the last whole one, and a spare half filled.
fn as_killed(folder: &Path) {
    let journal = log_of(folder).join("journal");
    let file = journal.join("00000000000000000003.seg");
    let mut bytes = std::fs::read(&file).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    bytes[end..end + TORN.len()].copy_from_slice(TORN);
    std::fs::write(&file, bytes).unwrap();
    std::fs::write(journal.join("spare.tmp"), [0; 700]).unwrap();
}

pub(in super::super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &name);
        } else {
            std::fs::copy(&path, &name).unwrap();
        }
    }
}
