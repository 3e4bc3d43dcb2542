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
use time::Date;
use tokio::time::{Instant, timeout_at};

use super::convert;
use super::csv_file::{self, MARKER_BYTES_MAX};
use super::dropped::{DropFile, FILE_BYTES_MAX, FileFault, FileName, Refusal};
use super::fixed_width;
use super::source::{Cell, Rows, Search};
use super::{QualityNote, SourceError};

/// The folder is looked at no more often than this.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// An ask waits this long for a new file to be read; then it is answered from the last one.
const LOAD_WAIT_MAX: Duration = Duration::from_millis(800);
/// Newest files that are tried until one is good.
const FILES_TRIED_MAX: usize = 8;
/// Newest files whose changes are noticed, those of days to come among them.
const FILES_SEEN_MAX: usize = 64;
/// Entries of the folder that are looked at.
const FOLDER_ENTRIES_MAX: usize = 20_000;

/// Bytes that surely hold the header line of a file.
const HEADER_BYTES_MAX: usize = 64 << 10;
/// How the name of the marker beside a CSV file ends.
const MARKER_EXTENSION: &str = "ok";

/// How the files of one type are written.
#[derive(Debug, Clone)]
pub(crate) enum Format {
    FixedWidth(fixed_width::Reading),
    Csv(csv_file::Reading),
}

impl Format {
    fn file_name(&self, name: &str) -> Option<FileName> {
        match self {
            Self::FixedWidth(reading) => FileName::parse(name, &reading.file_type, "txt"),
            Self::Csv(reading) => FileName::parse(name, &reading.file_type, "csv"),
        }
    }

    fn has_marker(&self) -> bool {
        matches!(self, Self::Csv(_))
    }

    fn cells(&self, file: &DropFile, line: &[u8], search: Search<'_>) -> Vec<Cell> {
        match self {
            Self::FixedWidth(reading) => reading.cells(line, search),
            Self::Csv(reading) => reading.cells(file, line, search),
        }
    }
}

/// The files of one type in one folder; a clone is another handle on them.
#[derive(Debug, Clone)]
pub(crate) struct FileDrop {
    folder: Arc<Folder>,
    looked_at: Arc<Mutex<Option<Instant>>>,
}

#[derive(Debug)]
struct Folder {
    dir: PathBuf,
    format: Format,
    state: ArcSwap<State>,
    /// Held while files are being read, so that one reader works at a time.
    at_work: Mutex<()>,
}

/// What the last look found.
#[derive(Debug, Default)]
struct State {
    good: Option<(Stamp, Arc<DropFile>)>,
    refused: Option<Refusal>,
    seen: Vec<Stamp>,
    /// The day by which files of days to come were refused; none yet at load.
    today: Option<Date>,
}

/// A file as the folder lists it; unchanged stamps mean an unchanged file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    name: FileName,
    file: Written,
    marker: Option<Written>,
}

/// Length and time of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Written {
    fn of(path: &Path) -> Option<Self> {
        let data = fs::metadata(path).ok()?;
        Some(Self {
            bytes: data.len(),
            modified: data.modified().ok(),
        })
    }
}

impl FileDrop {
    pub(crate) fn new(dir: &Path, format: Format) -> Self {
        let state = ArcSwap::from_pointee(State::default());
        let folder = Folder {
            dir: dir.to_owned(),
            format,
            state,
            at_work: Mutex::new(()),
        };
        Self {
            folder: Arc::new(folder),
            looked_at: Arc::default(),
        }
    }

    /// Reads the newest good file now, however long that takes.
    pub(crate) async fn load(&self) {
        let folder = Arc::clone(&self.folder);
        if tokio::task::spawn_blocking(move || folder.look(None))
            .await
            .is_err()
        {
            tracing::error!("reading a dropped file failed");
        }
    }

    /// Whether any file is answered from.
    pub(crate) fn has_good_file(&self) -> bool {
        self.folder.state.load().good.is_some()
    }

    /// Why the newest file is not the one answered from, if so.
    pub(crate) fn refused(&self) -> Option<Refusal> {
        self.folder.state.load().refused
    }

    /// The column names of the newest file, good or not, where files have a header line.
    pub(crate) async fn header(&self) -> Option<Vec<String>> {
        let folder = Arc::clone(&self.folder);
        let read = tokio::task::spawn_blocking(move || folder.header()).await;
        read.ok().flatten()
    }

    pub(crate) async fn search(
        &self,
        search: Search<'_>,
        today: Date,
    ) -> Result<Rows, SourceError> {
        let state = self.current(today, search.deadline).await;
        let (file, refused) = answering(&state)?;
        let key = [search.key.to_owned()];
        let keys = if search.way == 0 { &key } else { search.bound };
        let found = || keys.iter().map(|key| file.lines(search.way, key));
        if found().map(|lines| lines.len()).sum::<usize>() > search.rows_max {
            return Err(SourceError::TooManyRecords);
        }
        let lines = found().flatten();
        let rows = lines.map(|line| self.folder.format.cells(file, line, search));
        Ok(rows_of(file, refused, rows.collect()))
    }

    /// The first records of the file, whomever they are about: for the owner's own eyes.
    pub(crate) async fn sample(
        &self,
        search: Search<'_>,
        today: Date,
    ) -> Result<Rows, SourceError> {
        let state = self.current(today, search.deadline).await;
        let (file, refused) = answering(&state)?;
        let lines = file.first().take(search.rows_max);
        let rows = lines.map(|line| self.folder.format.cells(file, line, search));
        Ok(rows_of(file, refused, rows.collect()))
    }

    /// Whether the newest file is the one answered from.
    pub(crate) async fn standing(&self, today: Date, deadline: Instant) -> Result<(), SourceError> {
        let state = self.current(today, deadline).await;
        let (_, refused) = answering(&state)?;
        refused.map_or(Ok(()), |_| Err(SourceError::FileRefused))
    }

    async fn current(&self, today: Date, deadline: Instant) -> Arc<State> {
        if self.is_due() {
            let until = deadline.min(Instant::now() + LOAD_WAIT_MAX);
            let folder = Arc::clone(&self.folder);
            let look = tokio::task::spawn_blocking(move || folder.look(Some(today)));
            // The look goes on when the wait ends; a later ask sees what it found.
            let _waited = timeout_at(until, look).await;
        }
        self.folder.state.load_full()
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

/// The file that is answered from, and why a newer one is not.
fn answering(state: &State) -> Result<(&DropFile, Option<Refusal>), SourceError> {
    match (&state.good, state.refused) {
        (Some((_, file)), refused) => Ok((file, refused)),
        (None, Some(_)) => Err(SourceError::FileRefused),
        (None, None) => Err(SourceError::FileMissing),
    }
}

fn rows_of(file: &DropFile, refused: Option<Refusal>, rows: Vec<Vec<Cell>>) -> Rows {
    let about = |defect, count| QualityNote {
        item: None,
        defect,
        count,
    };
    let notes = file.notes().iter();
    let notes = notes.map(|(defect, count)| about(*defect, *count));
    // That a newer file exists and was refused belongs to the answer, whatever its age.
    let is_superseded = refused.is_some();
    let refused = is_superseded.then(|| about(Defect::BadFormat, 1));
    Rows {
        rows,
        as_of: convert::in_beijing(file.date(), time::Time::MIDNIGHT),
        file_date: Some(file.date()),
        is_superseded,
        notes: notes.chain(refused).collect(),
    }
}

impl Folder {
    /// Looks at the folder and reads what is new. Blocking; never called on an async thread.
    fn look(&self, today: Option<Date>) {
        let Ok(_at_work) = self.at_work.try_lock() else {
            return;
        };
        let last = self.state.load_full();
        // Files of one day's offset are a matter of clocks; one of next year would win for ever.
        let latest = today.and_then(Date::next_day);
        let is_to_come = |name: &FileName| latest.is_some_and(|latest| name.date > latest);
        let newest = match self.newest() {
            Ok(newest) => newest,
            Err(fault) => {
                self.state.store(Arc::new(State {
                    good: last.good.clone(),
                    refused: Some(fault.into()),
                    seen: Vec::new(),
                    today,
                }));
                return;
            }
        };
        if !newest.is_empty() && newest == last.seen && today == last.today {
            return;
        }
        let mut refused = None;
        let mut good = None;
        let (to_come, come): (Vec<&Stamp>, _) =
            newest.iter().partition(|stamp| is_to_come(&stamp.name));
        for stamp in to_come {
            refused = Some(refusal(stamp, FileFault::FutureDated.into()));
        }
        for stamp in come.into_iter().take(FILES_TRIED_MAX) {
            match self.read(stamp, last.good.as_ref()) {
                Ok(file) => {
                    good = Some((stamp.clone(), file));
                    break;
                }
                Err(fault) => refused = refused.or(Some(refusal(stamp, fault))),
            }
        }
        // Whoever empties the folder or breaks every file in it takes nothing back.
        let known = last.good.clone();
        let good = good.or_else(|| known.filter(|(stamp, _)| !is_to_come(&stamp.name)));
        self.state.store(Arc::new(State {
            good,
            refused,
            seen: newest,
            today,
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
            let name = name.to_str().and_then(|n| self.format.file_name(n));
            names.extend(name);
        }
        names.sort_by(|a, b| b.cmp(a));
        names.truncate(FILES_SEEN_MAX);
        let nothing = Written {
            bytes: 0,
            modified: None,
        };
        let stamps = names.into_iter().map(|name| {
            let path = self.dir.join(&name.name);
            let marker = path.with_extension(MARKER_EXTENSION);
            let marker = self.format.has_marker().then(|| Written::of(&marker));
            Stamp {
                file: Written::of(&path).unwrap_or(nothing),
                marker: marker.flatten(),
                name,
            }
        });
        Ok(stamps.collect())
    }

    fn read(
        &self,
        stamp: &Stamp,
        good: Option<&(Stamp, Arc<DropFile>)>,
    ) -> Result<Arc<DropFile>, Refusal> {
        if let Some((_, file)) = good.filter(|(known, _)| known == stamp) {
            return Ok(Arc::clone(file));
        }
        let path = self.dir.join(&stamp.name.name);
        let file = match &self.format {
            Format::FixedWidth(reading) => reading.read(bytes(&path, FILE_BYTES_MAX)?, &stamp.name),
            Format::Csv(reading) => {
                if stamp.marker.is_none() {
                    return Err(FileFault::NoMarker.into());
                }
                let marker = bytes(&path.with_extension(MARKER_EXTENSION), MARKER_BYTES_MAX)?;
                reading.read(&bytes(&path, FILE_BYTES_MAX)?, &marker, &stamp.name)
            }
        };
        file.map(Arc::new)
    }

    /// The header line of the newest file, good or not.
    fn header(&self) -> Option<Vec<String>> {
        let newest = self.newest().ok()?;
        let path = self.dir.join(&newest.first()?.name.name);
        match &self.format {
            Format::FixedWidth(_) => None,
            Format::Csv(reading) => reading.header(&bytes(&path, HEADER_BYTES_MAX).ok()?),
        }
    }
}

/// Tells of a refusal, without anything that stands in the file.
fn refusal(stamp: &Stamp, refusal: Refusal) -> Refusal {
    let Refusal { fault, line } = refusal;
    tracing::warn!(file = %stamp.name.name, %fault, line, "a dropped file is refused");
    refusal
}

/// The bytes of a file, one more than `most` at the most.
fn bytes(path: &Path, most: usize) -> Result<Vec<u8>, FileFault> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let file = fs::File::open(path);
    let read = file.and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|_| FileFault::Unreadable)
}
