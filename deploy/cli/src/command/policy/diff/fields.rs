//! The fields of a flow or calendar, compared as the data they are: lists by what came and went,
//! everything else by what stands there now. Items are told by their names.

use std::collections::BTreeSet;
use std::fmt;

use catalog::{Catalog, ItemNo};
use serde::Serialize;
use serde_json::{Map, Value};

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FieldChange {
    /// Its place, such as `items/04`.
    field: String,
    /// What a list has more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    added: Vec<String>,
    /// What a list has no longer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed: Vec<String>,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// What stands there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

/// `items/04: + 04.grzhye - 04.khrq`, `case_valid: 1800 s -> 3600 s`
impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.field)?;
        for (sign, list) in [('+', &self.added), ('-', &self.removed)] {
            for value in list {
                write!(f, " {sign} {value}")?;
            }
        }
        if self.from.is_some() || self.to.is_some() {
            let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".into());
            write!(f, " {} -> {}", side(&self.from), side(&self.to))?;
        }
        Ok(())
    }
}

/// Every field that differs.
pub(super) fn changes(a: &Value, b: &Value, catalog: &Catalog) -> Vec<FieldChange> {
    let mut found = Vec::new();
    Names(catalog).compare("", Some(a), Some(b), &mut found);
    found
}

/// Says items by their names.
struct Names<'a>(&'a Catalog);

impl Names<'_> {
    fn compare(
        &self,
        field: &str,
        a: Option<&Value>,
        b: Option<&Value>,
        found: &mut Vec<FieldChange>,
    ) {
        if a == b {
            return;
        }
        match (inner(a), inner(b)) {
            (Some(one), Some(other)) => {
                let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
                for name in names {
                    let place = if field.is_empty() {
                        name.clone()
                    } else {
                        format!("{field}/{name}")
                    };
                    self.compare(&place, one.get(name), other.get(name), found);
                }
            }
            _ => found.push(self.change(field, a, b)),
        }
    }

    fn change(&self, field: &str, a: Option<&Value>, b: Option<&Value>) -> FieldChange {
        let mut change = FieldChange {
            field: field.to_owned(),
            added: Vec::new(),
            removed: Vec::new(),
            from: None,
            to: None,
        };
        match (self.list(a), self.list(b)) {
            (Some(one), Some(other)) => {
                change.added = other.difference(&one).cloned().collect();
                change.removed = one.difference(&other).cloned().collect();
            }
            _ => {
                change.from = a.map(|value| self.said(value));
                change.to = b.map(|value| self.said(value));
            }
        }
        change
    }

    /// The values of a list; a list that is not there holds none.
    fn list(&self, value: Option<&Value>) -> Option<BTreeSet<String>> {
        match value {
            None => Some(BTreeSet::new()),
            Some(Value::Array(values)) => Some(values.iter().map(|v| self.said(v)).collect()),
            Some(_) => None,
        }
    }

    fn said(&self, value: &Value) -> String {
        match value {
            Value::String(text) => self.name(text),
            Value::Object(parts) if is_duration(parts) => seconds(parts),
            other => self.named(other).to_string(),
        }
    }

    /// The same with every item in it by its name.
    fn named(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.name(text)),
            Value::Array(values) => values.iter().map(|value| self.named(value)).collect(),
            Value::Object(parts) => {
                let named = parts
                    .iter()
                    .map(|(name, value)| (self.name(name), self.named(value)));
                Value::Object(named.collect())
            }
            other => other.clone(),
        }
    }

    fn name(&self, text: &str) -> String {
        let no = text.parse::<ItemNo>().ok();
        let item = no.and_then(|no| self.0.item(no));
        item.map_or_else(
            || text.to_owned(),
            |item| format!("{}.{}", item.no.class(), item.code),
        )
    }
}

/// The fields within a field; none where there is nothing to look into.
fn inner(value: Option<&Value>) -> Option<&Map<String, Value>> {
    let parts = value?.as_object()?;
    (!is_duration(parts)).then_some(parts)
}

/// As serde writes one.
fn is_duration(parts: &Map<String, Value>) -> bool {
    parts.len() == 2 && parts.contains_key("secs") && parts.contains_key("nanos")
}

fn seconds(parts: &Map<String, Value>) -> String {
    let part = |name| parts.get(name).and_then(Value::as_u64).unwrap_or(0);
    match part("nanos") / 1_000_000 {
        0 => format!("{} s", part("secs")),
        ms => format!("{}.{ms:03} s", part("secs")),
    }
}
