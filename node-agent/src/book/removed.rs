//! What stays beside the values of an entry that leaves the folder of the log: where it was, when
//! it was written and what it was about, so that the values can still be found, erased and held.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use audit::side::{PRIVATE_FOLDER, Sides};
use policies::KeptEntry;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Book, BookError};

/// Beside the volume, and gone soon after it.
const SUFFIX: &str = ".removed";
/// So much is gathered before it is written.
const GATHERED_BYTES_MAX: usize = 1 << 20;

/// An entry with values, as far as these have to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Trace {
    pub(super) record: String,
    pub(super) index: u64,
    pub(super) at: String,
    pub(super) query: String,
    pub(super) case_no: String,
    pub(super) subject: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Committed {
    at: String,
    query: String,
    case_no: String,
    subject: String,
    sides: Option<Sides>,
}

impl Trace {
    /// Of an entry that commits to values.
    pub(super) fn of(index: u64, entry: &[u8]) -> Result<Option<Self>, BookError> {
        let entry: Committed = serde_json::from_slice(entry)?;
        let Committed {
            at,
            query,
            case_no,
            subject,
            sides,
        } = entry;
        Ok(sides.map(|sides| Self {
            record: sides.record,
            index,
            at,
            query,
            case_no,
            subject,
        }))
    }

    /// When it was written.
    pub(super) fn at(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(&self.at, &Rfc3339).ok()
    }

    /// As the officers' orders look at it.
    pub(crate) fn kept(&self) -> Option<KeptEntry<'_>> {
        Some(KeptEntry {
            index: self.index,
            at: self.at()?,
            case_no: &self.case_no,
            subject: &self.subject,
        })
    }

    fn volume(&self) -> &str {
        self.record.split_once('/').map_or("", |(volume, _)| volume)
    }
}

impl Book {
    /// Writes the traces of what is about to leave the folder of the log; durable when this
    /// returns. Blocks.
    ///
    /// # Errors
    /// The log cannot be read, or the traces not written.
    pub(crate) fn trace_removed(&self, first: u64, end: u64) -> Result<(), BookError> {
        // Whether or not values are kept now: some may be there from before.
        let folder = self.private();
        let mut gathered: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut bytes = 0;
        for read in self.journal.scan(first.max(self.journal.first())) {
            let (index, entry) = read?;
            if index >= end {
                break;
            }
            let Some(trace) = Trace::of(index, &entry)? else {
                continue;
            };
            let line = serde_json::to_vec(&trace)?;
            bytes += line.len();
            let lines = gathered.entry(trace.volume().to_owned()).or_default();
            lines.extend_from_slice(&line);
            lines.push(b'\n');
            if bytes > GATHERED_BYTES_MAX {
                append(&folder, std::mem::take(&mut gathered))?;
                bytes = 0;
            }
        }
        append(&folder, gathered)
    }

    /// The traces beside one volume, by record. Blocks.
    pub(super) fn traces(&self, volume: &str) -> Result<HashMap<String, Trace>, BookError> {
        let file = self.private().join(format!("{volume}{SUFFIX}"));
        let text = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
            read => read.map_err(BookError::Traces)?,
        };
        // A line that a crash cut off is there again behind it: nothing was removed then.
        let lines = text.split(|byte| *byte == b'\n');
        let traces = lines.filter_map(|line| serde_json::from_slice::<Trace>(line).ok());
        Ok(traces.map(|trace| (trace.record.clone(), trace)).collect())
    }

    /// Takes traces away whose volume is not there any more. Blocks.
    pub(super) fn forget_traces(&self) -> Result<(), BookError> {
        let folder = self.private();
        for file in fs::read_dir(&folder).map_err(BookError::Traces)? {
            let name = file.map_err(BookError::Traces)?.file_name();
            let volume = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
            if volume.is_some_and(|volume| !is_there(&folder, volume)) {
                fs::remove_file(folder.join(&name)).map_err(BookError::Traces)?;
            }
        }
        Ok(())
    }

    fn private(&self) -> PathBuf {
        self.journal.dir().join(PRIVATE_FOLDER)
    }
}

fn is_there(folder: &Path, volume: &str) -> bool {
    folder.join(format!("{volume}.vol")).is_file()
}

fn append(folder: &Path, gathered: BTreeMap<String, Vec<u8>>) -> Result<(), BookError> {
    for (volume, lines) in gathered {
        if !is_there(folder, &volume) {
            continue;
        }
        let file = folder.join(format!("{volume}{SUFFIX}"));
        let mut options = OpenOptions::new();
        let opened = options.append(true).create(true).mode(0o600).open(file);
        // A line of its own, whatever a crash has left before it.
        let lines = [b"\n".as_slice(), &lines].concat();
        opened
            .and_then(|mut file| file.write_all(&lines).and_then(|()| file.sync_all()))
            .and_then(|()| fs::File::open(folder)?.sync_all())
            .map_err(BookError::Traces)?;
    }
    Ok(())
}
