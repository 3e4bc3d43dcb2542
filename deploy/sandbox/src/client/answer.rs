//! What the local API answers, as it stands in the JSON. Unknown fields are let pass: the API may
//! grow.

use std::collections::BTreeMap;

use audit::Receipt;
use serde::Deserialize;
use serde_json::Value;

/// A case that is open at the agent.
#[derive(Debug, Clone, Deserialize)]
pub struct OpenCase {
    /// Handle for questions.
    pub case: String,
    /// Questions that the case may still ask.
    pub asks_left: u32,
    /// The matter, as the business system has it.
    pub matter: String,
    /// The parties, masked.
    pub parties: Vec<Party>,
}

/// A party of an open case.
#[derive(Debug, Clone, Deserialize)]
pub struct Party {
    /// Its number for questions.
    pub no: usize,
    /// `applicant`, `spouse`, …
    pub role: String,
    /// The identity number with its middle hidden.
    pub id_masked: String,
}

/// A sentence in both languages.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Say {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// An answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Answer {
    /// Number of the question.
    pub query: String,
    /// How long it took.
    pub elapsed_ms: u64,
    /// One for each node.
    pub lamps: Vec<Lamp>,
    /// What proves it.
    pub receipts: Receipts,
}

/// What one node gave.
#[derive(Debug, Clone, Deserialize)]
pub struct Lamp {
    /// The node.
    pub node: String,
    /// Its name.
    pub name: Say,
    /// `answered`, `no-hit`, `nothing`, `stale`, `not-known`, `refused`, `not-covered`.
    pub lamp: String,
    /// What the clerk reads.
    pub say: Say,
    /// How long it took.
    pub elapsed_ms: u64,
    /// How old its facts are.
    pub as_of: Option<String>,
    /// When to come back for what limits left out; 0 where nobody can say.
    #[serde(default)]
    pub retry_after_ms: u64,
    /// By class.
    pub classes: Vec<ClassAnswer>,
}

/// What one node gave for one class.
#[derive(Debug, Clone, Deserialize)]
pub struct ClassAnswer {
    /// Class number.
    pub class: String,
    /// `answered`, `no-record`, `refused`, `unavailable`, `stale`, `not-covered`.
    pub outcome: String,
    /// The reason's code where there is no answer.
    pub code: Option<String>,
    /// When to come back, where a limit left it out; 0 where nobody can say.
    #[serde(default)]
    pub retry_after_ms: u64,
    /// Whether there are records and none was given, since the center found no hit.
    #[serde(default)]
    pub held_back: bool,
    /// What a match found by verdict: yes or no, counts by code, or null where nobody can say.
    #[serde(default)]
    pub verdicts: BTreeMap<String, Value>,
    /// Values by item code.
    pub records: Vec<RecordView>,
    /// What was withheld and why.
    pub notes: Vec<Note>,
}

/// One record; its values by item code.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct RecordView {
    values: BTreeMap<String, Value>,
}

/// Values that were withheld for one reason.
#[derive(Debug, Clone, Deserialize)]
pub struct Note {
    /// The item, or none for records and files.
    pub item: Option<String>,
    /// What is wrong.
    pub defect: String,
    /// How often.
    pub count: u32,
}

/// The receipts of an answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Receipts {
    /// Of the hub's decision.
    pub decision: Receipt,
    /// Of the hub's outcome.
    pub outcome: Receipt,
    /// Of the asking agent's own entry.
    pub own: Receipt,
}

/// A refusal.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Refusal {
    /// Stable code.
    pub code: String,
    /// Whose turn it is.
    pub turn: String,
    /// Both sentences.
    pub say: Say,
    /// When to come back; 0 where nobody can say.
    #[serde(default)]
    pub retry_after_ms: u64,
    /// Number of the question, if it got one.
    #[serde(default)]
    pub query: Option<String>,
    /// Receipt of the refusal's own entry, if it is on record.
    #[serde(default)]
    pub receipt: Option<Receipt>,
}

/// What an agent's own log says of a question.
#[derive(Debug, Clone, Deserialize)]
pub struct Evidence {
    /// Number of the question.
    pub query: String,
    /// Its entries.
    pub entries: Vec<Value>,
}

impl Answer {
    /// The lamp of a node.
    #[must_use]
    pub fn lamp(&self, node: &str) -> Option<&Lamp> {
        self.lamps.iter().find(|lamp| lamp.node == node)
    }

    /// All receipts by the hub's log.
    #[must_use]
    pub fn hub_receipts(&self) -> [Receipt; 2] {
        [
            self.receipts.decision.clone(),
            self.receipts.outcome.clone(),
        ]
    }
}

impl Lamp {
    /// What the node gave for a class.
    #[must_use]
    pub fn class(&self, class: &str) -> Option<&ClassAnswer> {
        self.classes.iter().find(|answer| answer.class == class)
    }
}

impl RecordView {
    /// The value of an item as text; none where it is absent.
    #[must_use]
    pub fn text(&self, code: &str) -> Option<String> {
        match self.values.get(code)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            // Absent values are null or say why they are absent.
            Value::Null | Value::Object(_) | Value::Array(_) => None,
        }
    }

    /// Whether there is a value that was held back, so that nobody knows it; not the same as none.
    #[must_use]
    pub fn is_withheld(&self, code: &str) -> bool {
        let absent = self.values.get(code).and_then(|value| value.get("absent"));
        absent.and_then(Value::as_str) == Some("withheld")
    }

    /// The codes of the items in it, absent ones too.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}
