//! Recorded asks out of the hub's log (docs/audit-entries.md): what an entry says by itself, and
//! the facts it holds besides (`facts`), put together as `policies::RecordedAsk` takes them.
//!
//! Never guesses: an entry that lacks a fact on which the decision hangs is named with what it
//! lacks. Says nothing of an entry but numbers and codes.

use anyhow::Context as _;
use policies::RecordedAsk;
use serde_json::{Map, Value};

/// Version of the entry format that is read.
const VERSION: u64 = 1;

/// The facts that every ask needs, by their names in [`RecordedAsk`].
const NEEDED: [&str; 15] = [
    "query",
    "at",
    "node",
    "flow",
    "matter",
    "mode",
    "items",
    "basis",
    "carries",
    "roles",
    "opened_on",
    "use_no",
    "signed.issued_at",
    "signed.expires_at",
    "signed.officer",
];

/// Refusals that come before or after the rules, by how their codes begin; equal under any set.
const BY_NO_RULE: [&str; 23] = [
    "TS-CALLER-",
    "TS-ASK-",
    "TS-ITEM-UNKNOWN",
    "TS-SUBJECT-",
    "TS-GIVEN-",
    "TS-CASE-MISSING",
    "TS-CASE-MALFORMED",
    "TS-CASE-PERSONAL-DATA",
    "TS-CASE-UNKNOWN",
    "TS-CASE-CLOSED",
    "TS-CASE-NOT-OPEN",
    "TS-CASE-SIGNATURE",
    "TS-CASE-WRONG-NODE",
    "TS-CASE-FLOW",
    "TS-CASE-QUESTION",
    "TS-CASE-REPLAYED",
    "TS-CASE-MEMORY",
    "TS-LIMIT-",
    "TS-NODE-",
    "TS-AUDIT-",
    "TS-HUB-",
    "TS-TLS-",
    "TS-ATTACH-",
];

/// Reasons for which a case is refused under any rules: it is not the question's, or not the
/// caller's.
const CASE_ITSELF: [&str; 6] = [
    "wrong-caller",
    "wrong-node",
    "wrong-flow",
    "wrong-matter",
    "wrong-question",
    "bad-approval",
];

/// What one entry of a log is.
#[derive(Debug)]
pub(super) enum Found {
    /// An ask with everything that its decision needs.
    Ask(Box<RecordedAsk>),
    /// Asks that cannot be judged.
    Unjudged(Unjudged),
    /// So many refusals that no rule of a set made.
    ByNoRule(u64),
    /// Something else.
    Other,
}

/// Asks that cannot be judged again, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Unjudged {
    /// The question's number; empty where many are counted.
    pub(super) query: String,
    /// How many they are.
    pub(super) count: u64,
    /// Why.
    pub(super) because: String,
}

/// One entry of the hub's log.
#[derive(Debug)]
pub(super) struct Entry(Map<String, Value>);

impl Entry {
    /// Reads the bytes of a leaf.
    pub(super) fn read(bytes: &[u8]) -> anyhow::Result<Self> {
        let entry: Map<String, Value> = serde_json::from_slice(bytes).context("is no entry")?;
        let version = entry.get("v").and_then(Value::as_u64);
        anyhow::ensure!(version == Some(VERSION), "is no entry of version {VERSION}");
        Ok(Self(entry))
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The day on which it was written: entries are in Beijing time.
    pub(super) fn day(&self) -> &str {
        let at = self.text("at");
        at.split_once('T').map_or(at, |(day, _)| day)
    }

    /// What it is.
    pub(super) fn found(&self) -> Found {
        let is_refusal = match self.text("kind") {
            "decision" => false,
            "refusal" => true,
            "refusals-folded" => return self.folded(),
            _ => return Found::Other,
        };
        let facts = self.0.get("facts").and_then(Value::as_object);
        if is_refusal {
            let code = self.text("code");
            let reason = facts.and_then(|facts| facts.get("refused")?.as_str());
            if is_by_no_rule(code) || reason.is_some_and(|reason| CASE_ITSELF.contains(&reason)) {
                return Found::ByNoRule(1);
            }
            if facts.is_none() {
                return self.unjudged(format!("refused with {code}, without the facts on record"));
            }
            if reason == Some("flow-version") {
                return self.unjudged("the record does not hold the flow as the node knew it");
            }
        }
        match self.put_together(facts, is_refusal) {
            Ok(ask) => Found::Ask(Box::new(ask)),
            Err(because) => self.unjudged(because),
        }
    }

    fn folded(&self) -> Found {
        let code = self.text("code");
        let count = self.0.get("count").and_then(Value::as_u64).unwrap_or(0);
        if is_by_no_rule(code) {
            return Found::ByNoRule(count);
        }
        Found::Unjudged(Unjudged {
            query: String::new(),
            count,
            because: format!("{count} refusals with {code} are on record as a count only"),
        })
    }

    fn unjudged(&self, because: impl Into<String>) -> Found {
        Found::Unjudged(Unjudged {
            query: self.text("query").to_owned(),
            count: 1,
            because: because.into(),
        })
    }

    /// Everything that the entry says, under the names of [`RecordedAsk`].
    fn put_together(
        &self,
        facts: Option<&Map<String, Value>>,
        is_refusal: bool,
    ) -> Result<RecordedAsk, String> {
        let mut all = self.said();
        for (name, fact) in facts.into_iter().flatten() {
            merge(&mut all, name, fact)?;
        }
        let lacking = self.lacking(&all, is_refusal);
        if !lacking.is_empty() {
            return Err(format!("the record lacks {}", lacking.join(", ")));
        }
        if !is_refusal && all.contains_key("refused") {
            return Err("the record contradicts itself: refused".to_owned());
        }
        // The reader's own words might quote the entry.
        let read = serde_json::from_value(Value::Object(all));
        read.map_err(|_| "the record's facts cannot be read".to_owned())
    }

    /// What the entry says outside `facts`. Its own time is that of the writing and serves for
    /// nothing here: a case may have expired between decision and entry.
    fn said(&self) -> Map<String, Value> {
        let mut all = Map::new();
        let entry = &self.0;
        let mut put = |name: &str, value: Option<&Value>| {
            if let Some(value) = value {
                all.insert(name.to_owned(), value.clone());
            }
        };
        for name in ["query", "mode", "gives", "verdicts", "named"] {
            put(name, entry.get(name));
        }
        put("node", entry.get("who").and_then(|who| who.get("node")));
        put("flow", entry.get("flow"));
        if let Some(case) = entry.get("case").and_then(Value::as_object) {
            for name in ["flow", "matter", "basis", "use_no"] {
                put(name, case.get(name));
            }
            if let Some(expires) = case.get("expires_at") {
                put(
                    "signed",
                    Some(&serde_json::json!({ "expires_at": expires })),
                );
            }
        }
        if let Some(classes) = entry.get("items").and_then(Value::as_object) {
            let items = classes.values().filter_map(Value::as_array).flatten();
            put("items", Some(&items.cloned().collect()));
        }
        all
    }

    fn lacking(&self, all: &Map<String, Value>, is_refusal: bool) -> Vec<&'static str> {
        let has = |name: &str| match name.split_once('.') {
            Some((outer, inner)) => all.get(outer).is_some_and(|part| part.get(inner).is_some()),
            None => all.contains_key(name),
        };
        let carries = all.get("carries").and_then(Value::as_array);
        let is_dated = carries.is_some_and(|parts| parts.iter().any(|part| part == "date"));
        let case = self.0.get("case");
        let approver = case.and_then(|case| case.get("approver")?.as_str());
        let is_approved = approver.is_some_and(|approver| !approver.is_empty());
        let is_suspended = all.get("refused").is_some_and(|code| code == "suspended");
        let sometimes = [
            ("document_on", is_dated),
            ("approved", is_approved),
            ("refused", is_refusal),
            ("suspended", is_suspended),
        ];
        let always = NEEDED.into_iter().map(|name| (name, true));
        let needed = always.chain(sometimes);
        needed
            .filter(|(name, is_needed)| *is_needed && !has(name))
            .map(|(name, _)| name)
            .collect()
    }
}

/// Adds a fact. What stands in the record twice must be the same.
fn merge(all: &mut Map<String, Value>, name: &str, fact: &Value) -> Result<(), String> {
    let Some(there) = all.get_mut(name) else {
        all.insert(name.to_owned(), fact.clone());
        return Ok(());
    };
    match (there, fact) {
        (Value::Object(inner), Value::Object(parts)) => {
            for (part, fact) in parts {
                merge(inner, part, fact)?;
            }
            Ok(())
        }
        (there, fact) if there == fact => Ok(()),
        _ => Err(format!("the record contradicts itself: {name}")),
    }
}

fn is_by_no_rule(code: &str) -> bool {
    BY_NO_RULE.iter().any(|begin| code.starts_with(begin))
}
