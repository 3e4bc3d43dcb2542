//! The list of published checkpoints: notes one after the other, an empty line behind each. A
//! checkpoint's text has no empty line, so that the records divide themselves.

use std::io::{self, BufRead, Read as _};

use crate::note::{NOTE_BYTES_MAX, SIGNATURE_PREFIX};

/// The last whole record in the end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastRecord<'a> {
    pub(crate) note: &'a [u8],
    /// Where it begins.
    pub(crate) begin: usize,
    /// Where it ends, with its empty line.
    pub(crate) end: usize,
}

/// Finds the last whole record; `None` if there is none.
pub(crate) fn last_record(tail: &[u8]) -> Option<LastRecord<'_>> {
    // Ends of blocks, each behind its empty line: texts and signatures take turns.
    let ends: Vec<usize> = tail
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| *pair == b"\n\n")
        .map(|(at, _)| at + 2)
        .collect();
    let begins = std::iter::once(0).chain(ends.iter().copied());
    let blocks: Vec<(usize, usize)> = begins.zip(ends.iter().copied()).collect();
    let is_signatures = |(begin, _): &&(usize, usize)| {
        tail.get(*begin..)
            .is_some_and(|rest| rest.starts_with(SIGNATURE_PREFIX.as_bytes()))
    };
    let place = blocks.iter().rposition(|block| is_signatures(&block))?;
    let (_, end) = blocks.get(place)?;
    let (begin, _) = blocks.get(place.checked_sub(1)?)?;
    let note = tail.get(*begin..end.saturating_sub(1))?;
    Some(LastRecord {
        note,
        begin: *begin,
        end: *end,
    })
}

/// What comes next in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// The bytes of a note.
    Whole(Vec<u8>),
    /// Nothing more.
    End,
    /// Bytes that are no whole record.
    Unfinished,
}

/// Reads the next record.
pub(crate) fn read_record(list: &mut impl BufRead) -> io::Result<Record> {
    let mut bytes = Vec::new();
    let mut empty_lines = 0;
    let mut list = list.take(NOTE_BYTES_MAX as u64 + 1);
    loop {
        let before = bytes.len();
        if list.read_until(b'\n', &mut bytes)? == 0 {
            let end = bytes.is_empty();
            return Ok(if end { Record::End } else { Record::Unfinished });
        }
        if bytes.get(before..) == Some(b"\n") {
            empty_lines += 1;
        }
        if empty_lines == 2 {
            bytes.pop();
            return Ok(Record::Whole(bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "a\n1\nx\n\n— a s\n\na\n2\ny\n\n— a s\n— b t\n\n";

    #[test]
    fn records_divide_themselves() {
        let mut list = LIST.as_bytes();
        let first = Record::Whole(b"a\n1\nx\n\n\xe2\x80\x94 a s\n".to_vec());
        assert_eq!(read_record(&mut list).unwrap(), first);
        let second = "a\n2\ny\n\n— a s\n— b t\n".as_bytes();
        assert_eq!(
            read_record(&mut list).unwrap(),
            Record::Whole(second.to_vec())
        );
        assert_eq!(read_record(&mut list).unwrap(), Record::End);
        let last = last_record(LIST.as_bytes()).unwrap();
        assert_eq!((last.note, last.end), (second, LIST.len()));
    }

    #[test]
    fn a_list_cut_anywhere_ends_with_its_last_whole_record() {
        let first = LIST.find("\n\na").unwrap() + 2;
        for cut in 0..LIST.len() {
            let cut_list = &LIST.as_bytes()[..cut];
            let last = last_record(cut_list).map(|last| last.end);
            assert_eq!(last, (cut >= first).then_some(first), "{cut}");
            let mut rest = &cut_list[last.unwrap_or(0)..];
            let expected = if rest.is_empty() {
                Record::End
            } else {
                Record::Unfinished
            };
            assert_eq!(read_record(&mut rest).unwrap(), expected);
        }
    }
}
