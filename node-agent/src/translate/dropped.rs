//! A complete and consistent file of a file drop, whatever its format: its name, why one is
//! refused, and its lines in memory by their key. It reads nothing itself.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use catalog::{Defect, HouseId};
use time::Date;

use super::convert::{self, DayForm};

/// Largest file that is read into memory.
pub(crate) const FILE_BYTES_MAX: usize = 256 << 20;
/// Most lines of one file.
pub(crate) const LINES_MAX: usize = 2_000_000;
/// First lines of a file that are kept at hand for samples.
const FIRST_LINES_MAX: usize = 100;

/// Why a file was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// The file's name is of a day that is yet to come.
    #[error("future-dated")]
    FutureDated,
    /// The folder or the file cannot be read.
    #[error("unreadable")]
    Unreadable,
    /// The folder holds more entries than are looked at.
    #[error("folder-too-full")]
    FolderTooFull,
    /// The file is longer than is read.
    #[error("too-large")]
    TooLarge,
    /// The file has more lines than are read, or a line longer than any layout.
    #[error("too-many-lines")]
    TooManyLines,
    /// The first line is no header.
    #[error("no-header")]
    NoHeader,
    /// The H record disagrees with the file's name.
    #[error("header-mismatch")]
    HeaderMismatch,
    /// The last line is no T record: the file is not complete.
    #[error("no-trailer")]
    NoTrailer,
    /// A line between them is no D line.
    #[error("unknown-line")]
    UnknownLine,
    /// A D line ends before its last field.
    #[error("short-line")]
    ShortLine,
    /// The trailer or the marker states another number of lines.
    #[error("wrong-count")]
    WrongCount,
    /// An amount that is summed is no amount.
    #[error("bad-amount")]
    BadAmount,
    /// The trailer states another total.
    #[error("wrong-total")]
    WrongTotal,
    /// The file has no `.ok` marker: it is not complete.
    #[error("no-marker")]
    NoMarker,
    /// The marker is no marker.
    #[error("bad-marker")]
    BadMarker,
    /// The marker states another digest.
    #[error("wrong-digest")]
    WrongDigest,
    /// The header line lacks a column that the mapping reads, or names one twice.
    #[error("bad-header")]
    BadHeader,
    /// A line has more or fewer fields than the header, or a field longer than is read.
    #[error("bad-line")]
    BadLine,
}

/// Why a file was refused, and at which of its lines, if it is one. It carries no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) fault: FileFault,
    /// Counted from 1.
    pub(crate) line: Option<usize>,
}

impl FileFault {
    /// The refusal of a file for what stands at `place`, counted from 0.
    pub(crate) const fn at(self, place: usize) -> Refusal {
        Refusal {
            fault: self,
            line: Some(place.saturating_add(1)),
        }
    }
}

impl From<FileFault> for Refusal {
    fn from(fault: FileFault) -> Self {
        Self { fault, line: None }
    }
}

/// What the name of a file promises about what is in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileName {
    pub(crate) date: Date,
    pub(crate) sequence: u32,
    pub(crate) name: String,
}

/// How the lines of a file are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keying {
    /// By a subject's number, in its normal spelling.
    Number,
    /// By the trimmed text.
    Plain,
    /// By a real-estate unit number, in its normal spelling.
    HouseUnit,
    /// By a contract number, without blanks and prefix.
    HouseContract,
}

type LinesByKey = HashMap<String, Vec<Range<usize>>>;

/// One line on its way into the index; `key` is `None` where it cannot be decoded.
pub(crate) struct Line {
    pub(crate) key: Option<String>,
    /// By the further ways of the mapping, in order; empty where the line has no such key.
    pub(crate) further: Vec<String>,
    pub(crate) range: Range<usize>,
}

/// A complete and consistent file in memory, indexed by its key field.
pub(crate) struct DropFile {
    bytes: Vec<u8>,
    date: Date,
    /// The names of the fields, where the file itself says them.
    header: Vec<String>,
    pub(super) by_key: LinesByKey,
    further: Vec<LinesByKey>,
    first: Vec<Range<usize>>,
    notes: Vec<(Defect, u32)>,
}

impl fmt::Debug for DropFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.by_key.len();
        f.debug_struct("DropFile")
            .field("date", &self.date)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

impl FileName {
    /// Reads `<TYPE><YYYYMMDD>_<seq>.<extension>`; `None` for names of other types.
    pub(crate) fn parse(name: &str, file_type: &str, extension: &str) -> Option<Self> {
        let rest = name.strip_prefix(file_type)?.strip_suffix(extension)?;
        let (date, sequence) = rest.strip_suffix('.')?.split_once('_')?;
        let date = convert::date(DayForm::Compact, date).ok()?;
        Some(Self {
            date,
            sequence: whole(sequence.as_bytes())?,
            name: name.to_owned(),
        })
    }
}

impl Keying {
    pub(crate) fn normal(self, key: &str) -> String {
        match self {
            Self::Number => convert::id_number(key),
            Self::Plain => convert::trimmed(key).to_owned(),
            Self::HouseUnit => number_of(HouseId::unit(key)),
            Self::HouseContract => number_of(HouseId::contract(key)),
        }
    }
}

/// A number as a key; what is none is no key, and its line is found by no house.
fn number_of(house: Result<HouseId, Defect>) -> String {
    house.map_or_else(|_| String::new(), |house| house.number().to_owned())
}

impl DropFile {
    /// Indexes the lines. Repeated ones, and ones without a readable key, are counted and left out.
    pub(crate) fn new(date: Date, bytes: Vec<u8>, header: Vec<String>, lines: Vec<Line>) -> Self {
        let mut by_key = LinesByKey::new();
        let mut further: Vec<LinesByKey> = Vec::new();
        let mut first = Vec::new();
        let mut seen = HashSet::with_capacity(lines.len());
        let (mut repeated, mut undecodable, mut keyless) = (0, 0, 0);
        for line in lines {
            if !seen.insert(part(&bytes, &line.range)) {
                repeated += 1;
                continue;
            }
            if first.len() < FIRST_LINES_MAX {
                first.push(line.range.clone());
            }
            further.resize_with(line.further.len().max(further.len()), LinesByKey::new);
            for (keys, key) in further.iter_mut().zip(line.further) {
                if !key.is_empty() {
                    keys.entry(key).or_default().push(line.range.clone());
                }
            }
            match line.key {
                None => undecodable += 1,
                Some(key) if key.is_empty() => keyless += 1,
                Some(key) => by_key.entry(key).or_default().push(line.range),
            }
        }
        drop(seen);
        let counted = [
            (Defect::Duplicate, repeated),
            (Defect::Undecodable, undecodable),
            (Defect::MissingRequired, keyless),
        ];
        let notes = counted.into_iter().filter(|(_, count)| *count > 0);
        Self {
            notes: notes.collect(),
            bytes,
            date,
            header,
            by_key,
            further,
            first,
        }
    }

    pub(crate) fn date(&self) -> Date {
        self.date
    }

    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// What was dropped or could not be indexed, with counts.
    pub(crate) fn notes(&self) -> &[(Defect, u32)] {
        &self.notes
    }

    /// The lines under a key of one way, 0 being the first.
    pub(crate) fn lines(&self, way: usize, key: &str) -> impl ExactSizeIterator<Item = &[u8]> {
        let keys = match way.checked_sub(1) {
            None => Some(&self.by_key),
            Some(way) => self.further.get(way),
        };
        let ranges = keys
            .and_then(|keys| keys.get(key))
            .map(Vec::as_slice)
            .unwrap_or_default();
        ranges.iter().map(|range| part(&self.bytes, range))
    }

    /// The first lines, whomever they are about.
    pub(crate) fn first(&self) -> impl Iterator<Item = &[u8]> {
        self.first.iter().map(|range| part(&self.bytes, range))
    }
}

pub(crate) fn part<'b>(bytes: &'b [u8], range: &Range<usize>) -> &'b [u8] {
    bytes.get(range.clone()).unwrap_or_default()
}

/// A whole number in digits and nothing else.
pub(crate) fn whole(digits: &[u8]) -> Option<u32> {
    let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    all_digits.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}
