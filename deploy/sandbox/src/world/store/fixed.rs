//! Writes fixed-width files: GB18030, byte lengths, H, D and T lines, CRLF. It refuses to cut a
//! character in two: a name too long for its field ends before the character that does not fit.

use encoding_rs::GB18030;
use time::Date;

use super::super::calendar::{Month, compact};

/// One D line while it is filled.
#[derive(Debug)]
pub(crate) struct Line {
    bytes: Vec<u8>,
}

impl Line {
    /// A line that holds nothing but its type.
    pub(crate) fn data() -> Self {
        Self { bytes: vec![b'D'] }
    }

    /// The bytes so far.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Text, left aligned in `width` bytes.
    pub(crate) fn text(&mut self, text: &str, width: usize) -> &mut Self {
        let end = self.bytes.len() + width;
        let mut buffer = [0_u8; 4];
        for symbol in text.chars() {
            let (encoded, _, _) = GB18030.encode(symbol.encode_utf8(&mut buffer));
            if self.bytes.len() + encoded.len() > end {
                break;
            }
            self.bytes.extend_from_slice(&encoded);
        }
        self.bytes.resize(end, b' ');
        self
    }

    /// A whole number, filled with zeros in front.
    pub(crate) fn digits(&mut self, number: i64, width: usize) -> &mut Self {
        self.text(&format!("{number:0width$}"), width)
    }

    /// Fen with the sign in the last byte.
    pub(crate) fn signed(&mut self, fen: i64, width: usize) -> &mut Self {
        self.text(&signed(fen, width), width)
    }

    /// A date `20190705`; zeros when there is none.
    pub(crate) fn date(&mut self, date: Option<Date>) -> &mut Self {
        self.text(&date.map_or_else(|| "00000000".to_owned(), compact), 8)
    }

    /// A month `201907`; zeros when there is none.
    pub(crate) fn month(&mut self, month: Option<Month>) -> &mut Self {
        self.text(
            &month.map_or_else(|| "000000".to_owned(), Month::compact),
            6,
        )
    }
}

/// Fen in `width` bytes, zero-filled, the sign last.
pub(crate) fn signed(fen: i64, width: usize) -> String {
    let sign = if fen < 0 { '-' } else { '+' };
    let digits = width.saturating_sub(1);
    format!("{:0digits$}{sign}", fen.unsigned_abs())
}

/// One file while it is filled.
#[derive(Debug)]
pub(crate) struct FixedFile {
    kind: &'static str,
    date: Date,
    bytes: Vec<u8>,
    lines: u64,
    total: i64,
}

/// The only sequence number used: one file of a type a day.
const SEQUENCE: u32 = 1;

impl FixedFile {
    /// A file of `kind` for one day.
    pub(crate) fn new(kind: &'static str, date: Date) -> Self {
        let bytes = format!("H{kind}{}{SEQUENCE:03}\r\n", compact(date)).into_bytes();
        Self {
            kind,
            date,
            bytes,
            lines: 0,
            total: 0,
        }
    }

    /// The name under which the file is dropped.
    pub(crate) fn name(&self) -> String {
        format!("{}{}_{SEQUENCE:03}.txt", self.kind, compact(self.date))
    }

    /// Adds a line and its part of the total.
    pub(crate) fn add(&mut self, line: &Line, amount: i64) {
        self.bytes.extend_from_slice(&line.bytes);
        self.bytes.extend_from_slice(b"\r\n");
        self.lines += 1;
        self.total += amount;
    }

    /// D lines so far.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// The whole file, closed by its trailer.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let trailer = format!("T{:010}{}\r\n", self.lines, signed(self.total, 16));
        self.bytes.extend_from_slice(trailer.as_bytes());
        self.bytes
    }
}
