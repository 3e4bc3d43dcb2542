//! One file of a file drop: H record, D lines of fixed byte positions, T record. A file that does
//! not add up is refused as a whole; nothing is read out of it.

use std::ops::Range;

use rust_decimal::Decimal;

use super::charset::Charset;
use super::convert::{self, AmountUnit, DayForm};
use super::dropped::{
    DropFile, FILE_BYTES_MAX, FileFault, FileName, Keying, LINES_MAX, Line, Refusal, part, whole,
};
use super::origin::{LINE_BYTES_MAX, Layout};
use super::source::{Cell, Search};

const HEADER_TYPE: Range<usize> = 1..3;
const HEADER_DATE: Range<usize> = 3..11;
const HEADER_SEQUENCE: Range<usize> = 11..14;
const TRAILER_COUNT: Range<usize> = 1..11;
const TRAILER_TOTAL: Range<usize> = 11..27;

/// How to read the files of one type.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) file_type: String,
    pub(crate) layout: Layout,
    pub(crate) charset: Charset,
    pub(crate) keying: Keying,
    /// The fields of the mapping's further ways.
    pub(crate) further: Vec<(Range<usize>, Keying)>,
}

impl Reading {
    /// Checks the whole file and indexes its lines.
    pub(crate) fn read(&self, bytes: Vec<u8>, name: &FileName) -> Result<DropFile, Refusal> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(FileFault::TooLarge.into());
        }
        let lines = lines(&bytes)?;
        let (header, rest) = lines.split_first().ok_or(FileFault::NoHeader)?;
        self.check_header(part(&bytes, header), name)?;
        let (trailer, lines) = rest.split_last().ok_or(FileFault::NoTrailer)?;
        self.check_trailer(&bytes, part(&bytes, trailer), lines)?;
        let lines = lines.iter().map(|line| {
            let key = part(&bytes, line).get(self.layout.key.clone());
            let key = self.charset.decode(key.unwrap_or_default());
            Line {
                key: key.map(|key| self.keying.normal(&key)),
                further: self.further_keys(part(&bytes, line)),
                range: line.clone(),
            }
        });
        let lines = lines.collect();
        Ok(DropFile::new(name.date, bytes, Vec::new(), lines))
    }

    /// The keys of a line by the further ways.
    fn further_keys(&self, line: &[u8]) -> Vec<String> {
        let keys = self.further.iter().map(|(range, keying)| {
            let key = self
                .charset
                .decode(line.get(range.clone()).unwrap_or_default());
            key.map_or_else(String::new, |key| keying.normal(&key))
        });
        keys.collect()
    }

    /// The wanted fields of a line: sliced as bytes, then decoded.
    pub(crate) fn cells(&self, line: &[u8], search: Search<'_>) -> Vec<Cell> {
        let wanted = search.columns.iter().zip(search.wanted);
        let cells = wanted.map(|(name, wanted)| {
            let range = self.layout.fields.get(name).filter(|_| *wanted);
            let Some(bytes) = range.and_then(|range| line.get(range.clone())) else {
                return Cell::Null;
            };
            let text = self.charset.decode(bytes);
            text.map_or(Cell::Undecodable, Cell::Text)
        });
        cells.collect()
    }

    fn check_header(&self, header: &[u8], name: &FileName) -> Result<(), Refusal> {
        if header.first() != Some(&b'H') {
            return Err(FileFault::NoHeader.at(0));
        }
        let date = text(header, &HEADER_DATE).and_then(|d| convert::date(DayForm::Compact, d).ok());
        let sequence = header.get(HEADER_SEQUENCE).and_then(whole);
        let agrees = text(header, &HEADER_TYPE) == Some(self.file_type.as_str())
            && date == Some(name.date)
            && sequence == Some(name.sequence);
        if agrees {
            Ok(())
        } else {
            Err(FileFault::HeaderMismatch.at(0))
        }
    }

    fn check_trailer(
        &self,
        bytes: &[u8],
        trailer: &[u8],
        lines: &[Range<usize>],
    ) -> Result<(), Refusal> {
        // The H line comes before the others.
        let last = lines.len() + 1;
        if trailer.first() != Some(&b'T') {
            return Err(FileFault::NoTrailer.at(last));
        }
        let mut total = Decimal::ZERO;
        for (place, line) in (1..).zip(lines) {
            let line = part(bytes, line);
            if line.first() != Some(&b'D') {
                return Err(FileFault::UnknownLine.at(place));
            }
            if line.len() < self.layout.line_bytes_min {
                return Err(FileFault::ShortLine.at(place));
            }
            if let Some(field) = &self.layout.total {
                total += text(line, field)
                    .and_then(fen)
                    .ok_or(FileFault::BadAmount.at(place))?;
            }
        }
        let count = trailer.get(TRAILER_COUNT).and_then(whole);
        if count.and_then(|count| usize::try_from(count).ok()) != Some(lines.len()) {
            return Err(FileFault::WrongCount.at(last));
        }
        let stated = text(trailer, &TRAILER_TOTAL).and_then(convert::fen_sign_last);
        if stated == Some(total) {
            Ok(())
        } else {
            Err(FileFault::WrongTotal.at(last))
        }
    }
}

/// The lines without their ends. A GB18030 character never contains the byte of a line end.
fn lines(bytes: &[u8]) -> Result<Vec<Range<usize>>, Refusal> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        if lines.len() == LINES_MAX || bare.len() > LINE_BYTES_MAX {
            return Err(FileFault::TooManyLines.at(lines.len()));
        }
        lines.push(start..start + bare.len());
        start += line.len();
    }
    Ok(lines)
}

fn text<'b>(line: &'b [u8], range: &Range<usize>) -> Option<&'b str> {
    std::str::from_utf8(line.get(range.clone())?).ok()
}

/// An amount in fen, with its sign in the last byte or without one.
fn fen(raw: &str) -> Option<Decimal> {
    let signed = convert::fen_sign_last(raw);
    signed.or_else(|| convert::amount(AmountUnit::Fen, raw).ok())
}

#[cfg(test)]
mod tests;
