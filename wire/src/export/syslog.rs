//! A message of RFC 5424 with the event as its text, and its frame on a stream (RFC 6587 octet
//! counting, as RFC 5425 asks for). Index, leaf hash and checkpoint stand in the structured data,
//! where a receiver finds them without reading the event.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::ocsf::{self, Place};
use super::ready::fitted;

/// Every receiver takes messages of this length (RFC 5425 section 4.3.1).
pub const OCTETS_MIN: usize = 2_048;
/// Longest message that can be configured.
pub const OCTETS_MAX: usize = 65_536;
/// Facility `log audit`.
const FACILITY: u8 = 13;
/// Longest MSGID and APP-NAME (RFC 5424 section 6.2).
const MSGID_MAX: usize = 32;
const APP_MAX: usize = 48;
/// The number that RFC 5612 keeps for documents: we have none of our own.
const ENTERPRISE: u32 = 32_473;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Without a frame.
    pub text: String,
    /// Whether its event was cut.
    pub was_cut: bool,
}

/// The message of an entry, at most so many octets. `app` names the program whose log it is.
#[must_use]
pub fn message(entry: &[u8], place: &Place<'_>, app: &str, octets: usize) -> Message {
    let event = ocsf::event(entry, place);
    let mut text = head(&event, place, app);
    let ready = fitted(event, place, octets.saturating_sub(text.len()));
    text.push_str(&ready.json);
    Message {
        text,
        was_cut: ready.was_cut,
    }
}

/// Puts a message on a stream: its length, a blank, its octets.
pub fn frame(into: &mut Vec<u8>, message: &str) {
    into.extend_from_slice(message.len().to_string().as_bytes());
    into.push(b' ');
    into.extend_from_slice(message.as_bytes());
}

fn head(event: &Map<String, Value>, place: &Place<'_>, app: &str) -> String {
    let metadata = event.get("metadata");
    let about = |name: &str| {
        let text = metadata.and_then(|metadata| metadata.get(name)?.as_str());
        text.unwrap_or_default()
    };
    let severity = event.get("severity_id").and_then(Value::as_u64);
    let priority = FACILITY * 8 + severity_of(severity.unwrap_or(0));
    let at = about("original_time");
    let at = if at.is_empty() { "-" } else { at };
    // The machine's own name says nothing to whoever reads many logs; the log's name does.
    let (host, app) = (named(place.log, 255), named(app, APP_MAX));
    let kind = named(about("event_code"), MSGID_MAX);
    let mut head = format!("<{priority}>1 {at} {host} {app} - {kind} [tianshu@{ENTERPRISE}");
    let checkpoint = place.checkpoint.map(|size| size.to_string());
    let index = place.index.to_string();
    let params = [
        ("log", Some(place.log)),
        ("index", Some(index.as_str())),
        ("leaf", Some(place.leaf_hash)),
        ("checkpoint", checkpoint.as_deref()),
    ];
    for (name, value) in params {
        if let Some(value) = value {
            // Writing into a text cannot fail.
            let _ = write!(head, " {name}=\"{}\"", escaped(value));
        }
    }
    head.push_str("] ");
    head
}

const fn severity_of(ocsf: u64) -> u8 {
    match ocsf {
        4.. => 3,
        3 => 4,
        2 => 5,
        _ => 6,
    }
}

/// A field of the header: visible ASCII, not empty, not too long.
fn named(text: &str, most: usize) -> String {
    let visible = text.chars().filter(char::is_ascii_graphic).take(most);
    let name: String = visible.collect();
    if name.is_empty() {
        "-".to_owned()
    } else {
        name
    }
}

fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        if matches!(letter, '"' | '\\' | ']') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_where_it_stands_in_its_head() {
        let entry = br#"{"v":1,"at":"2026-11-23T09:00:00.5+08:00","salt":"00","kind":"stopped",
            "entries":4}"#;
        let place = Place {
            log: "hub-1",
            index: 4,
            leaf_hash: "ab",
            checkpoint: Some(5),
        };
        let message = message(entry, &place, "tianshu-hub", OCTETS_MIN);
        let head = "<110>1 2026-11-23T09:00:00.5+08:00 hub-1 tianshu-hub - stopped \
                    [tianshu@32473 log=\"hub-1\" index=\"4\" leaf=\"ab\" checkpoint=\"5\"] {";
        assert!(message.text.starts_with(head), "{}", message.text);
        let mut framed = Vec::new();
        frame(&mut framed, "abc");
        assert_eq!(framed, b"3 abc");
    }

    #[test]
    fn no_message_is_longer_than_its_receiver_takes() {
        for filler in [0, 500, 1_000, 1_500, 3_000, 40_000] {
            let body = "\\\"中".repeat(filler);
            let entry = serde_json::json!({
                "v": 1, "at": "2026-11-23T09:00:00+08:00", "kind": "refusal", "code": body,
                "query": body, "who": {"node": "city", "operator": body}, "x": body,
            });
            let entry = serde_json::to_vec(&entry).expect("is written");
            let place = Place {
                log: &"n".repeat(64),
                index: u64::MAX,
                leaf_hash: &"f".repeat(64),
                checkpoint: Some(u64::MAX),
            };
            let message = message(&entry, &place, "tianshu-hub", OCTETS_MIN);
            assert!(message.text.len() <= OCTETS_MIN, "{}", message.text.len());
            assert_eq!(message.was_cut, filler > 0);
            let json = message.text.split_once("] ").expect("has a head").1;
            let event: Value = serde_json::from_str(json).expect("is JSON");
            assert_eq!(event["unmapped"]["log"]["index"], u64::MAX);
        }
    }
}
