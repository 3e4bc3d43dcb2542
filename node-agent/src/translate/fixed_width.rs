//! One file of a file drop: H record, D lines of fixed byte positions, T record. A file that does
//! not add up is refused as a whole; nothing is read out of it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use catalog::Defect;
use rust_decimal::Decimal;
use time::Date;

use super::charset::Charset;
use super::convert::{self, AmountUnit, DayForm};
use super::origin::{LINE_BYTES_MAX, Layout};

/// Largest file that is read into memory.
pub(crate) const FILE_BYTES_MAX: usize = 256 << 20;
/// Most lines of one file.
pub(crate) const LINES_MAX: usize = 2_000_000;

const HEADER_TYPE: Range<usize> = 1..3;
const HEADER_DATE: Range<usize> = 3..11;
const HEADER_SEQUENCE: Range<usize> = 11..14;
const TRAILER_COUNT: Range<usize> = 1..11;
const TRAILER_TOTAL: Range<usize> = 11..27;

/// Why a file was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
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
    /// The first line is no H record.
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
    /// The trailer states another number of lines.
    #[error("wrong-count")]
    WrongCount,
    /// An amount that is summed is no amount.
    #[error("bad-amount")]
    BadAmount,
    /// The trailer states another total.
    #[error("wrong-total")]
    WrongTotal,
}

/// What the name of a file promises about its H record.
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
}

/// How to read the files of one type.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) file_type: String,
    pub(crate) layout: Layout,
    pub(crate) charset: Charset,
    pub(crate) keying: Keying,
}

type LinesByKey = HashMap<String, Vec<Range<usize>>>;

/// A complete and consistent file in memory, indexed by its key field.
pub(crate) struct DropFile {
    bytes: Vec<u8>,
    date: Date,
    by_key: LinesByKey,
    notes: Vec<(Defect, u32)>,
}

impl fmt::Debug for DropFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.by_key.len();
        f.debug_struct("DropFile")
            .field("date", &self.date)
            .field("keys", &keys)
            .finish()
    }
}

impl FileName {
    /// Reads `<TYPE><YYYYMMDD>_<seq>.txt`; `None` for names of other types.
    pub(crate) fn parse(name: &str, file_type: &str) -> Option<Self> {
        let rest = name.strip_prefix(file_type)?.strip_suffix(".txt")?;
        let (date, sequence) = rest.split_once('_')?;
        let date = convert::date(DayForm::Compact, date).ok()?;
        Some(Self {
            date,
            sequence: whole(sequence.as_bytes())?,
            name: name.to_owned(),
        })
    }
}

impl Reading {
    /// Checks the whole file and indexes its lines.
    pub(crate) fn read(&self, bytes: Vec<u8>, name: &FileName) -> Result<DropFile, FileFault> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(FileFault::TooLarge);
        }
        let lines = lines(&bytes)?;
        let (header, rest) = lines.split_first().ok_or(FileFault::NoHeader)?;
        self.check_header(part(&bytes, header), name)?;
        let (trailer, lines) = rest.split_last().ok_or(FileFault::NoTrailer)?;
        self.check_trailer(&bytes, part(&bytes, trailer), lines)?;
        let (by_key, notes) = self.index(&bytes, lines);
        Ok(DropFile {
            by_key,
            notes,
            date: name.date,
            bytes,
        })
    }

    fn check_header(&self, header: &[u8], name: &FileName) -> Result<(), FileFault> {
        if header.first() != Some(&b'H') {
            return Err(FileFault::NoHeader);
        }
        let date = text(header, &HEADER_DATE).and_then(|d| convert::date(DayForm::Compact, d).ok());
        let sequence = header.get(HEADER_SEQUENCE).and_then(whole);
        let agrees = text(header, &HEADER_TYPE) == Some(self.file_type.as_str())
            && date == Some(name.date)
            && sequence == Some(name.sequence);
        if agrees {
            Ok(())
        } else {
            Err(FileFault::HeaderMismatch)
        }
    }

    fn check_trailer(
        &self,
        bytes: &[u8],
        trailer: &[u8],
        lines: &[Range<usize>],
    ) -> Result<(), FileFault> {
        if trailer.first() != Some(&b'T') {
            return Err(FileFault::NoTrailer);
        }
        let mut total = Decimal::ZERO;
        for line in lines {
            let line = part(bytes, line);
            if line.first() != Some(&b'D') {
                return Err(FileFault::UnknownLine);
            }
            if line.len() < self.layout.line_bytes_min {
                return Err(FileFault::ShortLine);
            }
            if let Some(field) = &self.layout.total {
                total += text(line, field)
                    .and_then(fen)
                    .ok_or(FileFault::BadAmount)?;
            }
        }
        let count = trailer.get(TRAILER_COUNT).and_then(whole);
        if count.and_then(|count| usize::try_from(count).ok()) != Some(lines.len()) {
            return Err(FileFault::WrongCount);
        }
        let stated = text(trailer, &TRAILER_TOTAL).and_then(convert::fen_sign_last);
        if stated == Some(total) {
            Ok(())
        } else {
            Err(FileFault::WrongTotal)
        }
    }

    fn index(&self, bytes: &[u8], lines: &[Range<usize>]) -> (LinesByKey, Vec<(Defect, u32)>) {
        let mut by_key = LinesByKey::new();
        let mut seen = HashSet::with_capacity(lines.len());
        let (mut repeated, mut undecodable, mut keyless) = (0, 0, 0);
        for line in lines {
            if !seen.insert(part(bytes, line)) {
                repeated += 1;
                continue;
            }
            let key = part(bytes, line)
                .get(self.layout.key.clone())
                .unwrap_or_default();
            match self.charset.decode(key).map(|key| self.keying.normal(&key)) {
                None => undecodable += 1,
                Some(key) if key.is_empty() => keyless += 1,
                Some(key) => by_key.entry(key).or_default().push(line.clone()),
            }
        }
        let counted = [
            (Defect::Duplicate, repeated),
            (Defect::Undecodable, undecodable),
            (Defect::MissingRequired, keyless),
        ];
        (
            by_key,
            counted
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .collect(),
        )
    }
}

impl Keying {
    pub(crate) fn normal(self, key: &str) -> String {
        match self {
            Self::Number => convert::id_number(key),
            Self::Plain => convert::trimmed(key).to_owned(),
        }
    }
}

impl DropFile {
    pub(crate) fn date(&self) -> Date {
        self.date
    }

    /// What was dropped or could not be indexed, with counts.
    pub(crate) fn notes(&self) -> &[(Defect, u32)] {
        &self.notes
    }

    /// The lines under a key.
    pub(crate) fn lines(&self, key: &str) -> impl ExactSizeIterator<Item = &[u8]> {
        let ranges = self.by_key.get(key).map(Vec::as_slice).unwrap_or_default();
        ranges.iter().map(|range| part(&self.bytes, range))
    }
}

/// The lines without their ends. A GB18030 character never contains the byte of a line end.
fn lines(bytes: &[u8]) -> Result<Vec<Range<usize>>, FileFault> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        if lines.len() == LINES_MAX || bare.len() > LINE_BYTES_MAX {
            return Err(FileFault::TooManyLines);
        }
        lines.push(start..start + bare.len());
        start += line.len();
    }
    Ok(lines)
}

fn part<'b>(bytes: &'b [u8], range: &Range<usize>) -> &'b [u8] {
    bytes.get(range.clone()).unwrap_or_default()
}

fn text<'b>(line: &'b [u8], range: &Range<usize>) -> Option<&'b str> {
    std::str::from_utf8(line.get(range.clone())?).ok()
}

/// An amount in fen, with its sign in the last byte or without one.
fn fen(raw: &str) -> Option<Decimal> {
    let signed = convert::fen_sign_last(raw);
    signed.or_else(|| convert::amount(AmountUnit::Fen, raw).ok())
}

fn whole(digits: &[u8]) -> Option<u32> {
    let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    all_digits.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

#[cfg(test)]
mod tests;
