//! An event as text of a length that its receiver takes: one line of JSON in ASCII, so that no
//! receiver has to guess an encoding and no cut splits a letter.
//!
//! INVARIANT: what is cut is named, the JSON stays whole, and index and leaf hash are always there.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use serde_json::{Map, Value, json};

use super::ocsf::{self, Place};

/// Attributes that a reader can do without, in the order in which they go.
const OPTIONAL: [&str; 6] = [
    "query_info",
    "message",
    "status_detail",
    "policy",
    "authorizations",
    "dst_endpoint",
];

/// An event as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// One line of JSON.
    pub json: String,
    /// Whether something was cut.
    pub was_cut: bool,
}

/// The event of an entry as one line of JSON of at most so many octets.
#[must_use]
pub fn prepared(entry: &[u8], place: &Place<'_>, octets: usize) -> Ready {
    fitted(ocsf::event(entry, place), place, octets)
}

/// The event as one line of JSON of at most so many octets. A bare event is longer only where the
/// place alone is; then it is sent all the same.
pub(super) fn fitted(mut event: Map<String, Value>, place: &Place<'_>, octets: usize) -> Ready {
    let json = line(&event);
    if json.len() <= octets {
        return Ready {
            json,
            was_cut: false,
        };
    }
    let whole = json.len();
    let mut cut: Vec<String> = Vec::new();
    while let Some(name) = longest(&mut event).or_else(|| optional(&mut event)) {
        cut.push(name);
        mark(&mut event, &cut, whole);
        let json = line(&event);
        if json.len() <= octets {
            return Ready {
                json,
                was_cut: true,
            };
        }
    }
    let mut bare = ocsf::bare(&event, place);
    mark(&mut bare, &["event".to_owned()], whole);
    Ready {
        json: line(&bare),
        was_cut: true,
    }
}

/// Takes out the longest field that has no attribute of its own, and names it.
fn longest(event: &mut Map<String, Value>) -> Option<String> {
    let entry = event
        .get_mut("unmapped")?
        .get_mut("entry")?
        .as_object_mut()?;
    let name = entry
        .iter()
        .max_by_key(|(_, value)| value.to_string().len())
        .map(|(name, _)| name.clone())?;
    entry.remove(&name);
    Some(name)
}

fn optional(event: &mut Map<String, Value>) -> Option<String> {
    let name = OPTIONAL.iter().find(|name| event.contains_key(**name))?;
    event.remove(*name);
    Some((*name).to_owned())
}

/// Says in the event what is missing from it.
fn mark(event: &mut Map<String, Value>, cut: &[String], whole: usize) {
    if let Some(metadata) = event.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("is_truncated".to_owned(), true.into());
        metadata.insert("untruncated_size".to_owned(), whole.into());
    }
    if let Some(unmapped) = event.get_mut("unmapped").and_then(Value::as_object_mut) {
        unmapped.insert("cut".to_owned(), json!(cut));
    }
}

fn line(event: &Map<String, Value>) -> String {
    let mut bytes = Vec::with_capacity(2_048);
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, Ascii(CompactFormatter));
    // A map of texts and numbers is always written; what could not be is no line at all.
    if event.serialize(&mut writer).is_err() {
        return String::new();
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Letters beyond ASCII as escapes.
struct Ascii(CompactFormatter);

impl Formatter for Ascii {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        if fragment.is_ascii() {
            return self.0.write_string_fragment(writer, fragment);
        }
        let mut units = [0_u16; 2];
        for letter in fragment.chars() {
            if letter.is_ascii() {
                writer.write_all(&[u8::try_from(letter).unwrap_or(b'?')])?;
                continue;
            }
            for unit in letter.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        log: "hub-1",
        index: 7,
        leaf_hash: "ab",
        checkpoint: Some(9),
    };

    fn entry(filler: usize) -> Vec<u8> {
        let entry = json!({
            "v": 1, "at": "2026-11-23T09:00:00.5+08:00", "salt": "5a17", "kind": "approved",
            "approval": "a-1", "flow": "F05", "approver": "主管", "counter": "3", "system": "s",
            "body": "x".repeat(filler), "statement": "y".repeat(filler / 2), "signature": "z",
        });
        serde_json::to_vec(&entry).expect("is written")
    }

    #[test]
    fn an_event_is_ascii_and_reads_back() {
        let ready = prepared(&entry(10), &PLACE, usize::MAX);
        assert!(ready.json.is_ascii() && !ready.was_cut, "{}", ready.json);
        let event: Value = serde_json::from_str(&ready.json).expect("is JSON");
        assert_eq!(event["actor"]["user"]["name"], "主管");
        assert_eq!(event["time"], 1_795_395_600_500_i64);
        assert!(!ready.json.contains("5a17"), "the salt stays");
    }

    #[test]
    fn what_is_too_long_is_cut_by_the_field_and_says_so() {
        let event = ocsf::event(&entry(3_000), &PLACE);
        for octets in [100, 700, 1_000, 2_000, 2_048, 4_000, 6_000] {
            let ready = fitted(event.clone(), &PLACE, octets);
            let event: Value = serde_json::from_str(&ready.json).expect("is JSON");
            assert_eq!(event["unmapped"]["log"]["index"], 7);
            assert_eq!(event["unmapped"]["log"]["leaf_hash"], "ab");
            assert_eq!(event["metadata"]["is_truncated"] == true, ready.was_cut);
            assert_eq!(ready.was_cut, octets < 6_000, "{octets}");
            assert!(
                ready.json.len() <= octets.max(600),
                "{octets}: {}",
                ready.json
            );
        }
        let ready = fitted(event, &PLACE, 2_048);
        let event: Value = serde_json::from_str(&ready.json).expect("is JSON");
        assert_eq!(event["unmapped"]["cut"], json!(["body", "statement"]));
        assert_eq!(event["unmapped"]["entry"]["signature"], "z");
    }
}
