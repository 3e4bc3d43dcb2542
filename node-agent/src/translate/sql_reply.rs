//! The reply of a database server while it arrives: bounded in rows, bytes and the length of a
//! text, whatever the server sends. Bytes that are no text are reported, never replaced.

use super::SourceError;
use super::charset::Charset;
use super::source::Cell;
use super::sql_text::CELL_CHARS_MAX;

/// Most bytes of values that one reply may hold.
const REPLY_BYTES_MAX: usize = 8 << 20;

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

    /// Takes one row of raw values.
    pub(crate) fn take(
        &mut self,
        row: impl Iterator<Item = Result<Option<Vec<u8>>, SourceError>>,
    ) -> Result<(), SourceError> {
        if self.rows.len() == self.rows_max {
            return Err(SourceError::TooManyRecords);
        }
        let mut cells = Vec::new();
        for bytes in row {
            cells.push(self.cell(bytes?)?);
        }
        self.rows.push(cells);
        Ok(())
    }

    fn cell(&mut self, bytes: Option<Vec<u8>>) -> Result<Cell, SourceError> {
        let Some(bytes) = bytes else {
            return Ok(Cell::Null);
        };
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > REPLY_BYTES_MAX {
            return Err(SourceError::TooLarge);
        }
        let decoded = match (String::from_utf8(bytes), self.charset) {
            (Ok(text), _) => Some(text),
            (Err(error), Some(charset)) => charset.decode(error.as_bytes()),
            (Err(_), None) => None,
        };
        Ok(match decoded {
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
        assert!(matches!(reply.cell(Some(gbk.clone())), Ok(Cell::Text(text)) if text == "张"));
        let mut reply = Reply::new(1, None);
        assert!(matches!(reply.cell(Some(gbk)), Ok(Cell::Undecodable)));
    }
}
