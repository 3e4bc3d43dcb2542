//! Whoever alters a log afterwards is found by the auditor's own program, `tianshu audit verify`,
//! which names the file and the place: every byte of small logs, samples of a larger one, and files
//! that are cut, lengthened, renamed, exchanged, taken away or brought from elsewhere.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use audit::{Journal, JournalConfig, Receipt};

const ORIGIN: &str = "altered.tianshu.test";
/// Programs at the same time.
const WORKERS: usize = 3;
/// Distance of the samples in the larger log; a prime, so that they meet every alignment.
const SAMPLE_BYTES: usize = 1409;

/// What the program said of a log.
#[derive(Debug)]
struct Verdict {
    whole: bool,
    said: String,
}

impl Verdict {
    fn of(log: &Path, more: &[&str]) -> Self {
        let said = Command::new(tianshu())
            .args(["audit", "verify"])
            .arg(log)
            .args(more)
            .output()
            .expect("tianshu runs");
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        match said.status.code() {
            Some(0) => assert!(text.contains("verdict         whole"), "{text}"),
            Some(1) => assert!(text.contains("verdict         DAMAGED"), "{text}"),
            other => panic!("{other:?}: {text}{}", String::from_utf8_lossy(&said.stderr)),
        }
        Self {
            whole: said.status.success(),
            said: text,
        }
    }

    /// It names a file and an offset in it.
    fn place(&self) -> Option<(String, usize)> {
        let (file, rest) = self
            .said
            .split_once("fault           `")?
            .1
            .split_once("` is damaged at offset ")?;
        let digits = rest.split(' ').next()?;
        Some((file.to_owned(), digits.parse().ok()?))
    }
}

pub(super) fn tianshu() -> PathBuf {
    let own = std::env::current_exe().expect("has a path");
    let folder = own
        .parent()
        .and_then(Path::parent)
        .expect("lies in a target folder");
    let program = folder.join("tianshu");
    assert!(
        program.is_file(),
        "run `cargo build --workspace --bins` first: {program:?}"
    );
    program
}

/// A log with its receipts, and whether its writer closed it.
struct Log {
    folder: tempfile::TempDir,
    receipts: Vec<Receipt>,
}

impl Log {
    /// So many entries of so many bytes.
    fn with(entries: usize, entry_bytes: usize, segment_bytes: u64, closed: bool) -> Self {
        let ground = tempfile::tempdir().unwrap();
        let config = JournalConfig {
            segment_bytes,
            entry_bytes_max: entry_bytes,
            ..JournalConfig::new(ground.path().join("log"), ORIGIN)
        };
        let (journal, _) = Journal::open(&config).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let append = |number: usize| {
            let mut entry = format!("{number} ").into_bytes();
            entry.resize(entry_bytes, b'e');
            runtime.block_on(journal.append(entry)).unwrap()
        };
        let receipts = (0..entries).map(append).collect();
        // A copy made now is what a killed writer leaves.
        if closed {
            journal.close().unwrap();
        }
        let folder = copy_of(&config.dir);
        journal.close().unwrap();
        Self { folder, receipts }
    }

    /// The segment files in order.
    fn segments(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path().join("journal")).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let mut segments: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|kind| kind == "seg"))
            .collect();
        segments.sort();
        segments
    }

    fn receipts_file(&self) -> String {
        let file = self.folder.path().join("receipts");
        std::fs::write(&file, sandbox::evidence::as_lines(&self.receipts)).unwrap();
        file.display().to_string()
    }

    /// The log altered in a copy, and what the program says then.
    fn altered(&self, alter: impl FnOnce(&Path)) -> Verdict {
        let copy = copy_of(self.folder.path());
        alter(&copy.path().join("journal"));
        Verdict::of(copy.path(), &[])
    }
}

fn copy_of(log: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let journal = copy.path().join("journal");
    std::fs::create_dir(&journal).unwrap();
    for file in std::fs::read_dir(log.join("journal")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), journal.join(file.file_name())).unwrap();
    }
    copy
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Flips every `step`th byte of every segment; returns how many.
fn flip(log: &Log, step: usize) -> usize {
    assert!(Verdict::of(log.folder.path(), &[]).whole);
    let mut places = Vec::new();
    for segment in log.segments() {
        let bytes = std::fs::read(&segment).unwrap();
        let flips = (0..bytes.len())
            .step_by(step)
            .map(|at| (name(&segment), at));
        places.extend(flips);
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let copy = copy_of(log.folder.path());
                while let Some((file, at)) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let path = copy.path().join("journal").join(file);
                    let whole = std::fs::read(&path).unwrap();
                    let mut changed = whole.clone();
                    changed[*at] ^= 0x20;
                    std::fs::write(&path, &changed).unwrap();
                    let verdict = Verdict::of(copy.path(), &[]);
                    let found = verdict.place();
                    let named =
                        found.is_some_and(|(named, offset)| named == *file && offset <= *at);
                    assert!(!verdict.whole && named, "`{file}` byte {at}: {verdict:?}");
                    std::fs::write(&path, &whole).unwrap();
                }
            });
        }
    });
    places.len()
}

#[test]
fn every_flipped_byte_of_a_small_log_is_found_and_named() {
    let log = Log::with(2, 40, 760, true);
    assert_eq!(log.segments().len(), 2);
    assert_eq!(flip(&log, 1), 2 * 760);
}

#[test]
fn flipped_bytes_of_a_log_that_nobody_closed_are_found_and_named() {
    // Every byte of it: `a_flipped_bit_in_an_unclosed_log_is_found_and_named_as_well`.
    let log = Log::with(2, 40, 760, false);
    assert!(flip(&log, 7) > 200);
}

#[test]
fn sampled_flipped_bytes_of_several_segments_are_found_and_named() {
    let log = Log::with(300, 700, 64 << 10, true);
    assert_eq!(log.segments().len(), 4);
    assert!(flip(&log, SAMPLE_BYTES) > 150);
}

#[test]
fn files_that_are_cut_lengthened_renamed_or_exchanged_are_found_and_named() {
    let log = Log::with(14, 40, 900, true);
    let names: Vec<_> = log.segments().iter().map(|path| name(path)).collect();
    assert_eq!(names.len(), 5);
    let bytes = |of: &str| std::fs::read(log.folder.path().join("journal").join(of)).unwrap();
    let mut found = Vec::new();
    for file in &names {
        for length in [0, 300, 512, 600, 899, 901, 1800] {
            let verdict = log.altered(|journal| {
                let mut bytes = bytes(file);
                bytes.resize(length, 0);
                std::fs::write(journal.join(file), bytes).unwrap();
            });
            found.push((
                format!("{file} is {length} bytes long"),
                file.clone(),
                verdict,
            ));
        }
        let renamed = "00000000000000000100.seg";
        let verdict = log.altered(|journal| {
            std::fs::rename(journal.join(file), journal.join(renamed)).unwrap();
        });
        found.push((format!("{file} is renamed"), String::new(), verdict));
        let twice = log.altered(|journal| {
            std::fs::copy(journal.join(file), journal.join(renamed)).unwrap();
        });
        found.push((format!("{file} is there twice"), renamed.to_owned(), twice));
    }
    for pair in names.windows(2) {
        let swapped = log.altered(|journal| {
            std::fs::write(journal.join(&pair[0]), bytes(&pair[1])).unwrap();
            std::fs::write(journal.join(&pair[1]), bytes(&pair[0])).unwrap();
        });
        found.push((format!("{pair:?} are exchanged"), pair[0].clone(), swapped));
        // The log goes on with the segment behind the one that is gone.
        let gone = log.altered(|journal| std::fs::remove_file(journal.join(&pair[0])).unwrap());
        found.push((format!("{} is gone", pair[0]), pair[1].clone(), gone));
    }
    for (what, file, verdict) in found {
        let place = verdict.place();
        let named = place.is_some_and(|(named, _)| file.is_empty() || named == file);
        assert!(!verdict.whole && named, "{what}: {verdict:?}");
    }
}

#[test]
fn a_segment_of_another_log_and_of_an_earlier_day_are_found() {
    let log = Log::with(14, 40, 900, true);
    let segments = log.segments();
    let other_entries = Log::with(14, 41, 900, true);
    let brought = &other_entries.segments()[1];
    let verdict = log.altered(|journal| {
        std::fs::copy(brought, journal.join(name(&segments[1]))).unwrap();
    });
    assert_eq!(
        verdict.place(),
        Some((name(&segments[1]), 0)),
        "{verdict:?}"
    );
    // An earlier state of a segment in the middle of the log.
    let earlier = Log::with(4, 40, 900, false);
    let verdict = log.altered(|journal| {
        std::fs::copy(&earlier.segments()[1], journal.join(name(&segments[1]))).unwrap();
    });
    assert_eq!(
        verdict.place(),
        Some((name(&segments[2]), 0)),
        "{verdict:?}"
    );
}

#[test]
fn what_is_cut_off_at_the_end_is_found_by_the_receipts() {
    let log = Log::with(14, 40, 900, true);
    let receipts = log.receipts_file();
    let with_receipts = ["--receipts", receipts.as_str()];
    assert!(Verdict::of(log.folder.path(), &with_receipts).whole);
    let cut = copy_of(log.folder.path());
    let last = log.segments().pop().unwrap();
    std::fs::remove_file(cut.path().join("journal").join(name(&last))).unwrap();
    // Without receipts only the closing is missed; docs/audit-log.md says so.
    let alone = Verdict::of(cut.path(), &[]);
    assert!(
        alone.whole && alone.said.contains("not closed"),
        "{alone:?}"
    );
    let verdict = Verdict::of(cut.path(), &with_receipts);
    assert!(
        !verdict.whole && verdict.said.contains("the log ends at"),
        "{verdict:?}"
    );
}

#[test]
fn a_foreign_file_beside_the_segments_is_no_part_of_the_log() {
    let log = Log::with(3, 40, 900, true);
    let verdict = log.altered(|journal| {
        std::fs::write(journal.join("notes.txt"), "not a segment").unwrap();
        std::fs::write(journal.join("1.seg"), "not a segment's name").unwrap();
    });
    assert!(verdict.whole, "{verdict:?}");
}
