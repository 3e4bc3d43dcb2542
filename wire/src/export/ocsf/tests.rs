//! Every kind that a book writes has an event, and every event is one that the published schema
//! allows.

mod schema;

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

/// One entry a kind, as its writer writes it.
const SAMPLES: &str = include_str!("tests/samples.jsonl");
const HUB: &str = include_str!("../../../../hub/src/ledger/entry.rs");
const AGENT: &str = include_str!("../../../../node-agent/src/book/entry.rs");
const DOCUMENT: &str = include_str!("../../../../docs/audit-entries.md");
const PLACE: Place<'_> = Place {
    log: "hub-1",
    index: 12,
    leaf_hash: "5b3f",
    checkpoint: Some(20),
};

fn samples() -> Vec<Value> {
    let samples = SAMPLES.lines().map(serde_json::from_str);
    samples.collect::<Result<_, _>>().expect("is JSON")
}

fn event_of(entry: &Value) -> Value {
    let bytes = serde_json::to_vec(entry).expect("is written");
    Value::Object(event(&bytes, &PLACE))
}

/// Kinds of an `enum Entry`, as serde writes its variants.
fn written(source: &str) -> BTreeSet<String> {
    let begin = source.find("pub enum Entry {").expect("has an enum");
    let body = source[begin..].split("\n}").next().expect("ends");
    let variants = body.lines().filter_map(|line| {
        let line = line.trim();
        let name = line.split(['(', ',']).next()?;
        let is_variant = name.starts_with(char::is_uppercase) && line.ends_with(',');
        is_variant.then_some(name)
    });
    let kebab = variants.map(|name| {
        let mut kebab = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !kebab.is_empty() {
                kebab.push('-');
            }
            kebab.extend(letter.to_lowercase());
        }
        kebab
    });
    kebab.collect()
}

/// Kinds in the tables of the document.
fn documented() -> BTreeSet<String> {
    let tables = DOCUMENT.split("## Search index").next().expect("a text");
    let rows = tables.lines().filter(|line| line.starts_with("| `"));
    let first = rows.filter_map(|row| row.split('|').nth(1));
    let kinds = first.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned));
    kinds.collect()
}

#[test]
fn every_kind_that_a_book_writes_has_a_row_and_a_sample() {
    let rows: BTreeSet<String> = kinds::names().map(str::to_owned).collect();
    let mut writes = written(HUB);
    assert!(writes.len() > 15, "{writes:?}");
    let agents = written(AGENT);
    assert!(agents.len() > 10, "{agents:?}");
    writes.extend(agents);
    assert_eq!(
        rows, writes,
        "rows of `kinds.rs` and kinds that are written"
    );
    let sampled = samples().into_iter().map(|entry| entry["kind"].to_string());
    let sampled: BTreeSet<String> = sampled.map(|kind| kind.replace('"', "")).collect();
    assert_eq!(rows, sampled, "rows of `kinds.rs` and `samples.jsonl`");
    assert_eq!(
        rows,
        documented(),
        "rows of `kinds.rs` and docs/audit-entries.md"
    );
}

#[test]
fn every_event_is_one_of_the_published_schema() {
    for entry in samples() {
        let event = event_of(&entry);
        let faults = schema::faults(&event);
        assert!(faults.is_empty(), "{faults:#?} in {event:#}");
        assert_eq!(event["metadata"]["event_code"], entry["kind"]);
        assert_eq!(event["metadata"]["uid"], "hub-1/12");
        assert_eq!(event["unmapped"]["log"]["checkpoint_size"], 20);
        let bare = Value::Object(bare(event.as_object().expect("an object"), &PLACE));
        assert_eq!(schema::faults(&bare), [""; 0], "{bare:#}");
    }
}

#[test]
fn the_schema_finds_what_is_wrong() {
    let entry = &samples()[0];
    type Harm = fn(&mut Value);
    let harms: [(&str, Harm); 6] = [
        ("required", |event| {
            drop(event.as_object_mut().unwrap().remove("actor"))
        }),
        ("unknown", |event| event["colour"] = "red".into()),
        ("not one of", |event| event["disposition_id"] = 98.into()),
        ("no integer", |event| event["time"] = "now".into()),
        ("none of", |event| {
            drop(event.as_object_mut().unwrap().remove("database"))
        }),
        ("profile", |event| {
            drop(
                event["metadata"]
                    .as_object_mut()
                    .unwrap()
                    .remove("profiles"),
            )
        }),
    ];
    for (said, harm) in harms {
        let mut event = event_of(entry);
        harm(&mut event);
        let faults = schema::faults(&event).join("\n");
        assert!(faults.contains(said), "{said}: {faults}");
    }
}

/// Texts and numbers of a value.
fn leaves(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => object.values().for_each(|value| leaves(value, into)),
        Value::Array(list) => list.iter().for_each(|value| leaves(value, into)),
        Value::String(text) => drop(into.insert(text.clone())),
        Value::Number(number) => drop(into.insert(number.to_string())),
        Value::Bool(_) | Value::Null => {}
    }
}

#[test]
fn whatever_an_entry_says_is_told_and_its_salt_is_not() {
    // In more than one place of an entry, and told in none.
    const NOT_TOLD: [&str; 3] = ["v", "salt", "at"];
    for entry in samples() {
        let event = event_of(&entry);
        let told = event.to_string();
        for (name, value) in entry.as_object().expect("an object") {
            if NOT_TOLD.contains(&name.as_str()) {
                continue;
            }
            let mut texts = BTreeSet::new();
            leaves(value, &mut texts);
            for text in texts.iter().filter(|text| !text.is_empty()) {
                let text = text.trim_end_matches(":55001");
                let quoted = Value::from(text).to_string();
                assert!(
                    told.contains(quoted.trim_matches('"')),
                    "`{name}` `{text}` of {entry} in {event:#}"
                );
            }
        }
        assert!(!told.contains("00112233445566778899"), "{told}");
    }
}

#[test]
fn nothing_is_told_that_the_entry_does_not_say() {
    for entry in samples() {
        // Every text of the entry is made one that nobody else would say.
        let marked = entry.to_string().replace("guoguan", "canary-node");
        let marked = marked
            .replace("wang-1", "canary-person")
            .replace("GG-1", "canary-case");
        let event = event(marked.as_bytes(), &PLACE);
        let count = |text: &str| {
            Value::Object(event.clone())
                .to_string()
                .matches(text)
                .count()
        };
        for canary in ["canary-node", "canary-person", "canary-case"] {
            assert_eq!(
                count(canary) > 0,
                marked.contains(canary),
                "{canary} of {marked}"
            );
        }
        let plain = event_of(&entry).to_string();
        assert!(!plain.contains("canary"), "{plain}");
    }
}

#[test]
fn what_is_no_entry_is_still_told_of() {
    let newer = br#"{"v":1,"at":"2026-11-23T09:00:00+08:00","kind":"brand-new","x":1}"#;
    for (bytes, code) in [
        (newer.as_slice(), "brand-new"),
        (b"{", "unreadable"),
        (b"", "unreadable"),
    ] {
        let event = Value::Object(event(bytes, &PLACE));
        assert_eq!(schema::faults(&event), [""; 0], "{event:#}");
        assert_eq!(event["metadata"]["event_code"], code);
        assert_eq!(event["metadata"]["sequence"], 12);
    }
}

#[test]
fn decisions_have_the_dispositions_of_the_profile() {
    let refused = |code: &str| {
        let entry = serde_json::json!({
            "v": 1, "at": "2026-11-23T09:00:00+08:00", "kind": "refusal", "code": code,
            "who": {"node": "city"}, "flow": "F05", "query": "q",
        });
        let event = event_of(&entry);
        assert_eq!(event["status_code"], code);
        (event["action_id"].clone(), event["disposition_id"].clone())
    };
    for (code, disposition) in [
        ("TS-POLICY-DENIED", 26),
        ("TS-LIMIT-CALLER", 25),
        ("TS-NODE-BREAKER", 27),
        ("TS-OF-THE-FUTURE", 26),
    ] {
        assert_eq!(refused(code), (2.into(), disposition.into()), "{code}");
    }
    let ended = |outcomes: &[&str]| {
        let class = |outcome: &&str| serde_json::json!({"class": "04", "outcome": outcome});
        let classes: Vec<Value> = outcomes.iter().map(class).collect();
        let entry = serde_json::json!({
            "v": 1, "at": "2026-11-23T09:00:00+08:00", "kind": "outcome", "query": "q",
            "nodes": [{"node": "city", "classes": classes}],
        });
        let event = event_of(&entry);
        (event["status_id"].clone(), event["disposition_id"].clone())
    };
    assert_eq!(ended(&["answered", "no-record"]), (1.into(), 1.into()));
    assert_eq!(ended(&["answered", "unavailable"]), (99.into(), 1.into()));
    assert_eq!(ended(&["unavailable", "refused"]), (2.into(), 27.into()));
    assert_eq!(ended(&["stale"]), (2.into(), 27.into()));
}
