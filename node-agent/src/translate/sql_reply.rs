//! The reply of a database server while it arrives: bounded in rows, bytes and the length of a
//! text, whatever the server sends. Bytes that are no text are reported, never replaced.

use super::SourceError;
use super::charset::Charset;
use super::source::Cell;
use super::sql_text::CELL_CHARS_MAX;

/// Most bytes of values that one reply may hold.
const REPLY_BYTES_MAX: usize = 8 << 20;

/// One value as it arrived.
pub(crate) enum Raw {
    Null,
    /// What the database itself gives as text: UTF-8.
    Text(Vec<u8>),
    /// Bytes of which the database knows no more.
    Bytes(Vec<u8>),
    /// The driver's own text is none.
    #[cfg(feature = "odbc")]
    NoText,
    /// Longer than any text of the catalog, and not taken over.
    #[cfg(feature = "odbc")]
    TooLong,
}

/// Rows while they arrive, within their bounds. It has no debug form, as a cell has none.
pub(crate) struct Reply {
    rows: Vec<Vec<Cell>>,
    rows_max: usize,
    bytes: usize,
    charset: Option<Charset>,
}

impl Reply {
    pub(crate) fn new(rows_max: usize, charset: Option<Charset>) -> Self {
        Self {
            rows: Vec::new(),
            rows_max,
            bytes: 0,
            charset,
        }
    }

    /// The rows that arrived.
    pub(crate) fn into_rows(self) -> Vec<Vec<Cell>> {
        self.rows
    }

    /// Takes one row of values that are NULL or bytes.
    pub(crate) fn take(
        &mut self,
        row: impl Iterator<Item = Result<Option<Vec<u8>>, SourceError>>,
    ) -> Result<(), SourceError> {
        self.take_raw(row.map(|bytes| Ok(bytes?.map_or(Raw::Null, Raw::Bytes))))
    }

    /// Takes one row of raw values.
    pub(crate) fn take_raw(
        &mut self,
        row: impl Iterator<Item = Result<Raw, SourceError>>,
    ) -> Result<(), SourceError> {
        if self.rows.len() == self.rows_max {
            return Err(SourceError::TooManyRecords);
        }
        let mut cells = Vec::new();
        for raw in row {
            cells.push(self.cell(raw?)?);
        }
        self.rows.push(cells);
        Ok(())
    }

    fn cell(&mut self, raw: Raw) -> Result<Cell, SourceError> {
        let (bytes, of): (_, fn(_, _) -> _) = match raw {
            Raw::Null => return Ok(Cell::Null),
            Raw::Text(bytes) => (bytes, Charset::of_text),
            Raw::Bytes(bytes) => (bytes, Charset::of_value),
            #[cfg(feature = "odbc")]
            Raw::NoText => return Ok(Cell::Undecodable),
            #[cfg(feature = "odbc")]
            Raw::TooLong => return Ok(Cell::TooLong),
        };
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > REPLY_BYTES_MAX {
            return Err(SourceError::TooLarge);
        }
        Ok(match of(self.charset, bytes) {
            Some(text) if text.chars().count() > CELL_CHARS_MAX => Cell::TooLong,
            Some(text) => Cell::Text(text),
            None => Cell::Undecodable,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_bounded_in_rows_bytes_and_text() {
        let mut reply = Reply::new(2, None);
        let row = |length| std::iter::once(Ok(Some(vec![b'x'; length])));
        assert_eq!(reply.take(row(CELL_CHARS_MAX)), Ok(()));
        assert_eq!(reply.take(row(CELL_CHARS_MAX + 1)), Ok(()));
        assert_eq!(reply.take(row(1)), Err(SourceError::TooManyRecords));
        assert!(matches!(&reply.rows[0][0], Cell::Text(_)));
        assert!(matches!(&reply.rows[1][0], Cell::TooLong));
        let mut reply = Reply::new(2, None);
        assert_eq!(
            reply.take(row(REPLY_BYTES_MAX + 1)),
            Err(SourceError::TooLarge)
        );
    }

    #[test]
    fn bytes_are_text_in_a_known_charset_or_are_reported() {
        let gbk = vec![0xd5, 0xc5];
        let mut reply = Reply::new(1, Some(Charset::Gbk));
        assert!(
            matches!(reply.cell(Raw::Bytes(gbk.clone())), Ok(Cell::Text(text)) if text == "张")
        );
        let mut reply = Reply::new(1, None);
        assert!(matches!(reply.cell(Raw::Bytes(gbk)), Ok(Cell::Undecodable)));
        let mut reply = Reply::new(1, Some(Charset::Gbk));
        let letters = "κΰ".as_bytes().to_vec();
        let read = reply.cell(Raw::Text(letters.clone()));
        assert!(matches!(read, Ok(Cell::Text(text)) if text == "κΰ"));
        let read = reply.cell(Raw::Bytes(letters));
        assert!(matches!(read, Ok(Cell::Text(text)) if text == "魏伟"));
    }
}
