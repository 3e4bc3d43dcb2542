//! What became durable, read from the bytes that were synced: entries are found by how they begin,
//! without the journal's own code. The first time an entry is synced is the moment from which it
//! counts.

use std::collections::BTreeSet;

use serde_json::Value;

/// How every entry begins.
const BEGIN: &[u8] = b"{\"v\":";

/// Entries in the order in which they became durable.
#[derive(Debug, Default)]
pub(super) struct Durable {
    entries: Vec<Vec<u8>>,
    known: BTreeSet<Vec<u8>>,
}

impl Durable {
    /// Reads what one write brought. An entry that was copied from elsewhere is known already.
    pub(super) fn read(&mut self, written: &[u8]) {
        let mut at = 0;
        while let Some(found) = find(&written[at..]) {
            let rest = &written[at + found..];
            let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
            let is_whole = matches!(values.next(), Some(Ok(_)));
            let length = if is_whole {
                values.byte_offset()
            } else {
                BEGIN.len()
            };
            if is_whole && self.known.insert(rest[..length].to_vec()) {
                self.entries.push(rest[..length].to_vec());
            }
            at += found + length;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entries(&self) -> Vec<Vec<u8>> {
        self.entries.clone()
    }
}

fn find(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(BEGIN.len())
        .position(|window| window == BEGIN)
}

#[test]
fn entries_are_found_between_other_bytes_and_counted_once() {
    let mut durable = Durable::default();
    let first = br#"{"v":1,"salt":"a"}"#;
    durable.read(
        &[
            b"\x01\x02".as_slice(),
            first,
            b"\x12",
            br#"{"v":1,"b":{"v":2}}"#,
            b"\0",
        ]
        .concat(),
    );
    durable.read(&[first.as_slice(), br#"{"v":1,"torn"#].concat());
    let texts: Vec<_> = durable
        .entries()
        .iter()
        .map(|entry| String::from_utf8_lossy(entry).into_owned())
        .collect();
    assert_eq!(texts, [r#"{"v":1,"salt":"a"}"#, r#"{"v":1,"b":{"v":2}}"#]);
}
