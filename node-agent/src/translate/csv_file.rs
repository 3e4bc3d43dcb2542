//! One CSV file of a file drop and the marker beside it: a header line that names the columns, then
//! records, quoted where they must be. Without its marker it is not complete; what does not agree
//! with the marker is refused as a whole.

use std::ops::Range;

use csv::{ByteRecord, ReaderBuilder};
use ring::digest;

use super::charset::Charset;
use super::convert::{self, RAW_BYTES_MAX};
use super::dropped::{
    DropFile, FILE_BYTES_MAX, FileFault, FileName, Keying, LINES_MAX, Line, Refusal, part, whole,
};
use super::source::{Cell, Search};

/// Longest record, quoted line ends included.
const RECORD_BYTES_MAX: usize = 64 << 10;
/// Columns one file may have.
const COLUMNS_MAX: usize = 256;
/// Longest marker.
pub(crate) const MARKER_BYTES_MAX: usize = 256;
/// What stands for bytes that are no text in the charset.
const UNDECODABLE: char = '\u{fffd}';

/// How to read the CSV files of one type.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) file_type: String,
    pub(crate) charset: Charset,
    pub(crate) delimiter: u8,
    pub(crate) keying: Keying,
    /// The column by which records are found.
    pub(crate) key: String,
    /// The columns of the mapping's further ways.
    pub(crate) further: Vec<(String, Keying)>,
    /// The columns that every file must have.
    pub(crate) columns: Vec<String>,
}

/// What a marker promises: the number of records, and a digest if it gives one.
#[derive(Debug, PartialEq, Eq)]
struct Marker {
    records: u32,
    sha256: Option<Vec<u8>>,
}

impl Reading {
    /// Checks the whole file against its marker and indexes its records.
    pub(crate) fn read(
        &self,
        bytes: &[u8],
        marker: &[u8],
        name: &FileName,
    ) -> Result<DropFile, Refusal> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(FileFault::TooLarge.into());
        }
        let marker = Marker::parse(marker).ok_or(FileFault::BadMarker)?;
        let digest = digest::digest(&digest::SHA256, bytes);
        if marker
            .sha256
            .is_some_and(|stated| stated != digest.as_ref())
        {
            return Err(FileFault::WrongDigest.into());
        }
        // Decoded first: the second byte of a GBK character may be the delimiter `|`.
        let text = self.charset.decode_marking(bytes);
        let mut records = Records::new(self.reader(), text.as_bytes());
        let (header, _) = records.next()?.ok_or(FileFault::NoHeader)?;
        let header: Vec<String> = header.iter().map(column_name).collect();
        let key = self
            .checked_header(&header)
            .ok_or(FileFault::BadHeader.at(0))?;
        let further = self.further.iter();
        let further =
            further.filter_map(|(name, keying)| Some((position(&header, name)?, *keying)));
        let further: Vec<_> = further.collect();
        let mut lines = Vec::new();
        while let Some((record, range)) = records.next()? {
            if record.iter().any(|field| field.len() > RAW_BYTES_MAX) {
                return Err(FileFault::BadLine.at(lines_before(text.as_bytes(), &range)));
            }
            let further = further.iter().map(|(place, keying)| {
                let key = record.get(*place).and_then(decoded);
                key.map_or_else(String::new, |key| keying.normal(key))
            });
            let further = further.collect();
            let key = record.get(key).and_then(decoded);
            let key = key.map(|key| self.keying.normal(key));
            lines.push(Line {
                key,
                further,
                range,
            });
        }
        if usize::try_from(marker.records).ok() != Some(lines.len()) {
            return Err(FileFault::WrongCount.into());
        }
        drop(records);
        Ok(DropFile::new(name.date, text.into_bytes(), header, lines))
    }

    /// The wanted fields of a record.
    pub(crate) fn cells(&self, file: &DropFile, line: &[u8], search: Search<'_>) -> Vec<Cell> {
        let mut record = ByteRecord::new();
        let mut reader = self.reader().from_reader(line);
        let is_read = reader.read_byte_record(&mut record).unwrap_or(false);
        let wanted = search.columns.iter().zip(search.wanted);
        let cells = wanted.map(|(name, wanted)| {
            let place = position(file.header(), name).filter(|_| *wanted && is_read);
            match place.and_then(|place| record.get(place)) {
                None => Cell::Null,
                Some(field) => {
                    decoded(field).map_or(Cell::Undecodable, |text| Cell::Text(text.to_owned()))
                }
            }
        });
        cells.collect()
    }

    /// The column names of a file whose first bytes these are.
    pub(crate) fn header(&self, start: &[u8]) -> Option<Vec<String>> {
        let text = self.charset.decode_marking(start);
        let mut record = ByteRecord::new();
        let mut reader = self.reader().from_reader(text.as_bytes());
        let is_read = reader.read_byte_record(&mut record).unwrap_or(false);
        is_read.then(|| record.iter().map(column_name).collect())
    }

    fn reader(&self) -> ReaderBuilder {
        let mut reader = ReaderBuilder::new();
        reader.has_headers(false).delimiter(self.delimiter);
        reader
    }

    /// The place of the key column in a header that has every column once.
    fn checked_header(&self, header: &[String]) -> Option<usize> {
        let once = |name: &String| {
            header
                .iter()
                .filter(|c| c.eq_ignore_ascii_case(name))
                .count()
        };
        let is_sound = header.len() <= COLUMNS_MAX
            && self
                .columns
                .iter()
                .chain([&self.key])
                .chain(self.further.iter().map(|(name, _)| name))
                .all(|name| once(name) == 1);
        let key = position(header, &self.key);
        key.filter(|_| is_sound)
    }
}

/// The records of a file one after the other, each with the bytes it stands on.
struct Records<'b> {
    bytes: &'b [u8],
    reader: csv::Reader<&'b [u8]>,
    record: ByteRecord,
    start: usize,
    count: usize,
}

impl<'b> Records<'b> {
    fn new(reader: ReaderBuilder, bytes: &'b [u8]) -> Self {
        Self {
            bytes,
            reader: reader.from_reader(bytes),
            record: ByteRecord::new(),
            start: 0,
            count: 0,
        }
    }

    fn next(&mut self) -> Result<Option<(&ByteRecord, Range<usize>)>, Refusal> {
        let is_read = self.reader.read_byte_record(&mut self.record);
        let Ok(is_read) = is_read else {
            let range = trimmed(self.bytes, self.start..self.bytes.len());
            return Err(FileFault::BadLine.at(lines_before(self.bytes, &range)));
        };
        if !is_read {
            return Ok(None);
        }
        let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        let range = trimmed(self.bytes, self.start..end);
        self.start = end;
        self.count += 1;
        // The header line comes before so many.
        if self.count > LINES_MAX + 1 || range.len() > RECORD_BYTES_MAX {
            return Err(FileFault::TooManyLines.at(lines_before(self.bytes, &range)));
        }
        Ok(Some((&self.record, range)))
    }
}

impl Marker {
    /// `<records>` or `<records> <sha-256 in hex>`.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut words = text.split_whitespace();
        let records = whole(words.next()?.as_bytes())?;
        let sha256 = match words.next() {
            None => None,
            Some(hex) => {
                let hex = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes());
                Some(
                    hex.ok()
                        .filter(|hex| hex.len() == digest::SHA256_OUTPUT_LEN)?,
                )
            }
        };
        let is_whole = bytes.len() <= MARKER_BYTES_MAX && words.next().is_none();
        is_whole.then_some(Self { records, sha256 })
    }
}

/// Columns are matched without regard to case, as those of a statement are.
pub(crate) fn position(header: &[String], name: &str) -> Option<usize> {
    header
        .iter()
        .position(|column| column.eq_ignore_ascii_case(name))
}

fn column_name(field: &[u8]) -> String {
    convert::trimmed(&String::from_utf8_lossy(field)).to_owned()
}

fn decoded(field: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(field).ok();
    text.filter(|text| !text.contains(UNDECODABLE))
}

/// The number of line ends before a record, which one record may hold several of.
fn lines_before(bytes: &[u8], record: &Range<usize>) -> usize {
    let before = part(bytes, &(0..record.start));
    before.iter().filter(|byte| **byte == b'\n').count()
}

/// The range without the line ends around it, so that the last line equals a repeated one.
fn trimmed(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let line = part(bytes, &range);
    let before = line.iter().take_while(|byte| is_end(byte)).count();
    let after = line.iter().rev().take_while(|byte| is_end(byte)).count();
    let start = range.start + before;
    start..range.end.saturating_sub(after).max(start)
}

#[cfg(test)]
mod tests;
