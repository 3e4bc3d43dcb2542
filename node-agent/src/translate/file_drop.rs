//! A folder into which a local system drops files, and which of them is answered from: the newest
//! that is complete and consistent. A newer one that is broken is refused and counted, and the
//! last good one stays.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use catalog::Defect;
use tokio::time::{Instant, timeout_at};

use super::convert;
use super::fixed_width::{DropFile, FILE_BYTES_MAX, FileFault, FileName, Reading};
use super::source::{Cell, Rows, Search};
use super::{QualityNote, SourceError};

/// The folder is looked at no more often than this.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// An ask waits this long for a new file to be read; then it is answered from the last one.
const LOAD_WAIT_MAX: Duration = Duration::from_millis(800);
/// Newest files that are tried until one is good.
const FILES_TRIED_MAX: usize = 8;
/// Entries of the folder that are looked at.
const FOLDER_ENTRIES_MAX: usize = 20_000;

/// The files of one type in one folder.
#[derive(Debug)]
pub(crate) struct FileDrop {
    folder: Arc<Folder>,
    looked_at: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Folder {
    dir: PathBuf,
    reading: Reading,
    state: ArcSwap<State>,
    /// Held while files are being read, so that one reader works at a time.
    at_work: Mutex<()>,
}

/// What the last look found.
#[derive(Debug, Default)]
struct State {
    good: Option<(Stamp, Arc<DropFile>)>,
    refused: Option<FileFault>,
    seen: Vec<Stamp>,
}

/// A file as the folder lists it; unchanged stamps mean an unchanged file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    name: FileName,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl FileDrop {
    pub(crate) fn new(dir: &Path, reading: Reading) -> Self {
        let state = ArcSwap::from_pointee(State::default());
        let folder = Folder {
            dir: dir.to_owned(),
            reading,
            state,
            at_work: Mutex::new(()),
        };
        Self {
            folder: Arc::new(folder),
            looked_at: Mutex::default(),
        }
    }

    /// Reads the newest good file now, however long that takes.
    pub(crate) async fn load(&self) {
        self.is_due();
        let folder = Arc::clone(&self.folder);
        if tokio::task::spawn_blocking(move || folder.look())
            .await
            .is_err()
        {
            tracing::error!("reading a dropped file failed");
        }
    }

    /// Why the newest file is not the one answered from, if so.
    pub(crate) fn refused(&self) -> Option<FileFault> {
        self.folder.state.load().refused
    }

    pub(crate) async fn search(&self, search: Search<'_>) -> Result<Rows, SourceError> {
        if self.is_due() {
            let until = search.deadline.min(Instant::now() + LOAD_WAIT_MAX);
            let folder = Arc::clone(&self.folder);
            let look = tokio::task::spawn_blocking(move || folder.look());
            // The look goes on when the wait ends; a later ask sees what it found.
            let _waited = timeout_at(until, look).await;
        }
        let state = self.folder.state.load();
        let Some((_, file)) = &state.good else {
            let refused = state.refused.is_some();
            return Err(if refused {
                SourceError::FileRefused
            } else {
                SourceError::FileMissing
            });
        };
        if file.lines(search.key).len() > search.rows_max {
            return Err(SourceError::TooManyRecords);
        }
        let rows = file
            .lines(search.key)
            .map(|line| self.folder.cells(line, search))
            .collect();
        let about = |defect, count| QualityNote {
            item: None,
            defect,
            count,
        };
        let notes = file
            .notes()
            .iter()
            .map(|(defect, count)| about(*defect, *count));
        // That a newer file exists and was refused belongs to the answer, whatever its age.
        let refused = state.refused.map(|_| about(Defect::BadFormat, 1));
        let notes = notes.chain(refused).collect();
        let as_of = convert::in_beijing(file.date(), time::Time::MIDNIGHT);
        Ok(Rows {
            rows,
            as_of,
            file_date: Some(file.date()),
            notes,
        })
    }

    fn is_due(&self) -> bool {
        let mut looked_at = self
            .looked_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let due = looked_at.is_none_or(|at| at.elapsed() >= LOOK_INTERVAL);
        if due {
            *looked_at = Some(Instant::now());
        }
        due
    }
}

impl Folder {
    /// The wanted fields of a line: sliced as bytes, then decoded.
    fn cells(&self, line: &[u8], search: Search<'_>) -> Vec<Cell> {
        let Reading {
            layout, charset, ..
        } = &self.reading;
        let wanted = search.columns.iter().zip(search.wanted);
        let cells = wanted.map(|(name, wanted)| {
            let range = layout.fields.get(name).filter(|_| *wanted);
            let Some(bytes) = range.and_then(|range| line.get(range.clone())) else {
                return Cell::Null;
            };
            charset.decode(bytes).map_or(Cell::Undecodable, Cell::Text)
        });
        cells.collect()
    }

    /// Looks at the folder and reads what is new. Blocking; never called on an async thread.
    fn look(&self) {
        let Ok(_at_work) = self.at_work.try_lock() else {
            return;
        };
        let last = self.state.load_full();
        let newest = match self.newest() {
            Ok(newest) => newest,
            Err(fault) => {
                self.state.store(Arc::new(State {
                    good: last.good.clone(),
                    refused: Some(fault),
                    seen: Vec::new(),
                }));
                return;
            }
        };
        if !newest.is_empty() && newest == last.seen {
            return;
        }
        let mut refused = None;
        let mut good = None;
        for stamp in &newest {
            match self.read(stamp, last.good.as_ref()) {
                Ok(file) => {
                    good = Some((stamp.clone(), file));
                    break;
                }
                Err(fault) => {
                    tracing::warn!(file = %stamp.name.name, %fault, "a dropped file is refused");
                    refused = refused.or(Some(fault));
                }
            }
        }
        // Whoever empties the folder or breaks every file in it takes nothing back.
        let good = good.or_else(|| last.good.clone());
        self.state.store(Arc::new(State {
            good,
            refused,
            seen: newest,
        }));
    }

    /// The newest files of the type, newest first.
    fn newest(&self) -> Result<Vec<Stamp>, FileFault> {
        let entries = fs::read_dir(&self.dir).map_err(|_| FileFault::Unreadable)?;
        let mut names = Vec::new();
        for (count, entry) in entries.enumerate() {
            if count == FOLDER_ENTRIES_MAX {
                return Err(FileFault::FolderTooFull);
            }
            let name = entry.map_err(|_| FileFault::Unreadable)?.file_name();
            let name = name
                .to_str()
                .and_then(|n| FileName::parse(n, &self.reading.file_type));
            names.extend(name);
        }
        names.sort_by(|a, b| b.cmp(a));
        names.truncate(FILES_TRIED_MAX);
        let stamps = names.into_iter().map(|name| {
            let data = fs::metadata(self.dir.join(&name.name)).ok();
            let bytes = data.as_ref().map_or(0, fs::Metadata::len);
            Stamp {
                name,
                bytes,
                modified: data.and_then(|data| data.modified().ok()),
            }
        });
        Ok(stamps.collect())
    }

    fn read(
        &self,
        stamp: &Stamp,
        good: Option<&(Stamp, Arc<DropFile>)>,
    ) -> Result<Arc<DropFile>, FileFault> {
        if let Some((_, file)) = good.filter(|(known, _)| known == stamp) {
            return Ok(Arc::clone(file));
        }
        let file = fs::File::open(self.dir.join(&stamp.name.name));
        let limit = u64::try_from(FILE_BYTES_MAX)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let mut bytes = Vec::new();
        let read = file.and_then(|file| file.take(limit).read_to_end(&mut bytes));
        read.map_err(|_| FileFault::Unreadable)?;
        self.reading.read(bytes, &stamp.name).map(Arc::new)
    }
}
