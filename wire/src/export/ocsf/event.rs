//! An event being filled: what all of them have, and the parts that several kinds share.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::fields::Fields;
use super::kinds::{Class, Kind, Severity};
use super::{OCSF_VERSION, Place};

/// Who asks, where, through what.
#[derive(Debug, Default)]
pub(super) struct Party {
    pub(super) node: String,
    pub(super) serial: String,
    pub(super) operator: String,
    pub(super) counter: String,
    pub(super) system: String,
}

/// What was decided, in the words of the profile `security_control`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Decided {
    /// Action and disposition `Allowed`.
    Allowed,
    /// Allowed, and an officer has signed it.
    Approved,
    /// Allowed, and could not be carried out.
    Failed,
    /// The rules or the caller's standing forbid it.
    Unauthorized,
    /// There is no room for it.
    Throttled,
    /// Whoever would answer is not asked at present.
    Broken,
    /// Turned away before anybody was proven.
    Blocked,
}

impl Decided {
    const fn numbers(self) -> (u8, u8) {
        match self {
            Self::Allowed => (1, 1),
            Self::Approved => (1, 8),
            Self::Failed => (1, 27),
            Self::Unauthorized => (2, 26),
            Self::Throttled => (2, 25),
            Self::Broken => (2, 27),
            Self::Blocked => (2, 2),
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// In full.
    Success,
    /// Not at all.
    Failure,
    /// In part: a missing center never looks clean.
    Partial,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Event {
    class: Class,
    severity: Severity,
    attributes: Map<String, Value>,
    metadata: Map<String, Value>,
    has_profile: bool,
}

impl Event {
    pub(super) fn new(kind: &Kind, name: &str, at: &str) -> Self {
        let mut event = Self {
            class: kind.class,
            severity: kind.severity,
            attributes: Map::new(),
            metadata: Map::new(),
            has_profile: false,
        };
        let type_uid = kind.class.uid() * 100 + u64::from(kind.activity);
        event.set("class_uid", kind.class.uid());
        event.set("category_uid", kind.class.category());
        event.set("activity_id", kind.activity);
        event.set("type_uid", type_uid);
        if kind.activity == 99 {
            event.set("activity_name", name.to_owned());
        }
        let time = OffsetDateTime::parse(at, &Rfc3339).ok();
        let millis = time.map_or(0, |time| time.unix_timestamp_nanos() / 1_000_000);
        event.set("time", i64::try_from(millis).unwrap_or(0));
        event.about("event_code", name);
        event.about("original_time", at);
        event
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.attributes.insert(name.to_owned(), value.into());
    }

    /// Sets a text unless it is empty.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.set(name, text);
        }
    }

    /// Sets a text of `metadata` unless it is empty.
    pub(super) fn about(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.metadata.insert(name.to_owned(), text.into());
        }
    }

    pub(super) fn severity(&mut self, severity: Severity) {
        self.severity = severity;
    }

    pub(super) fn decided(&mut self, decided: Decided) {
        let (action, disposition) = decided.numbers();
        self.has_profile = true;
        self.set("action_id", action);
        self.set("disposition_id", disposition);
    }

    pub(super) fn status(&mut self, status: Status, code: &str) {
        let number = match status {
            Status::Success => 1,
            Status::Failure => 2,
            Status::Partial => 99,
        };
        self.set("status_id", number);
        if status == Status::Partial {
            self.set("status", "Partial");
        }
        self.text("status_code", code);
    }

    /// The policy that decided, and how.
    pub(super) fn policy(&mut self, decision: &str, flow: &str, rule: &str) {
        self.has_profile = true;
        if !flow.is_empty() {
            let policy = json!({ "name": flow, "type": "flow" });
            let authorization = json!({ "decision": decision, "policy": policy });
            self.set("authorizations", vec![authorization]);
        }
        if !rule.is_empty() {
            self.set("policy", json!({ "name": rule, "type": "rule" }));
        }
    }

    /// The party as actor and as the place that it asks from.
    pub(super) fn party(&mut self, party: &Party) {
        let Party {
            node,
            serial,
            operator,
            counter,
            system,
        } = party;
        let mut user = Map::new();
        put(&mut user, "name", operator);
        if !operator.is_empty() && !node.is_empty() {
            put(&mut user, "uid", &format!("{node}/{operator}"));
        }
        put(&mut user, "domain", node);
        put(&mut user, "credential_uid", serial);
        let mut actor = Map::new();
        put(&mut actor, "app_name", system);
        if operator.is_empty() {
            // Nobody is named: the node itself is all that is known of whoever asks.
            put(&mut actor, "app_uid", serial);
            put(&mut actor, "invoked_by", or_unknown(node));
        } else {
            actor.insert("user".to_owned(), Value::Object(user));
        }
        let mut endpoint = Map::new();
        put(&mut endpoint, "name", or_unknown(node));
        put(&mut endpoint, "zone", counter);
        self.set("actor", Value::Object(actor));
        if self.class == Class::Datastore {
            self.set("src_endpoint", Value::Object(endpoint));
        }
    }

    /// The question: what the schema calls a query of a datastore.
    pub(super) fn question(&mut self, query: &str, flow: &str, asked: &str) {
        self.about("correlation_uid", query);
        self.set("database", json!({ "name": "tianshu", "type_id": 99 }));
        if query.is_empty() && flow.is_empty() {
            return;
        }
        let mut told = Map::new();
        put(&mut told, "uid", query);
        put(&mut told, "name", flow);
        let words: Vec<&str> = [flow, asked]
            .into_iter()
            .filter(|w| !w.is_empty())
            .collect();
        put(&mut told, "query_string", or_unknown(&words.join(" ")));
        self.set("query_info", Value::Object(told));
    }

    /// The thing that an act of administration is about.
    pub(super) fn entity(&mut self, what: &str, name: &str) {
        let entity = json!({ "name": or_unknown(name), "type": what, "type_id": 99 });
        self.set("entity", entity);
    }

    /// Puts together what was set, with what is left of the entry.
    pub(super) fn finish(mut self, place: &Place<'_>, left: Fields) -> Map<String, Value> {
        let severity = self.severity.number();
        self.set("severity_id", severity);
        if self.has_profile {
            self.set("is_alert", severity >= Severity::Medium.number());
            self.metadata
                .insert("profiles".to_owned(), json!(["security_control"]));
        }
        if self.class == Class::EventLog {
            self.set("log_name", place.log);
        }
        describe(&mut self.metadata, place);
        self.attributes
            .insert("metadata".to_owned(), Value::Object(self.metadata));
        let left = left.told();
        let mut unmapped = Map::new();
        unmapped.insert("log".to_owned(), place.told());
        if !left.is_empty() {
            unmapped.insert("entry".to_owned(), Value::Object(left));
        }
        self.attributes
            .insert("unmapped".to_owned(), Value::Object(unmapped));
        self.attributes
    }

    /// The least that an event of an entry says.
    pub(super) fn bare(of: &Map<String, Value>, place: &Place<'_>) -> Map<String, Value> {
        let mut event = Map::new();
        for (name, value) in [("class_uid", 0), ("category_uid", 0), ("activity_id", 99)] {
            event.insert(name.to_owned(), value.into());
        }
        event.insert("type_uid".to_owned(), 99.into());
        for name in ["time", "severity_id"] {
            event.insert(name.to_owned(), of.get(name).cloned().unwrap_or(0.into()));
        }
        let mut metadata = Map::new();
        describe(&mut metadata, place);
        event.insert("metadata".to_owned(), Value::Object(metadata));
        event.insert("unmapped".to_owned(), json!({ "log": place.told() }));
        event
    }
}

fn describe(metadata: &mut Map<String, Value>, place: &Place<'_>) {
    metadata.insert("version".to_owned(), OCSF_VERSION.into());
    let product = json!({
        "name": "Tianshu",
        "vendor_name": "Tianshu",
        "version": env!("CARGO_PKG_VERSION"),
    });
    metadata.insert("product".to_owned(), product);
    metadata.insert("log_name".to_owned(), place.log.into());
    metadata.insert(
        "uid".to_owned(),
        format!("{}/{}", place.log, place.index).into(),
    );
    metadata.insert("sequence".to_owned(), place.index.into());
}

fn put(object: &mut Map<String, Value>, name: &str, text: &str) {
    if !text.is_empty() {
        object.insert(name.to_owned(), text.into());
    }
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}
