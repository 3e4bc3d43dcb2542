//! The fields of an entry, taken out one by one as they find their attribute; what stays behind is
//! told as it is.

use serde_json::{Map, Value};

/// What is left of an entry.
#[derive(Debug, Default)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn new(entry: Map<String, Value>) -> Self {
        Self(entry)
    }

    pub(super) fn drop(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Takes a text; empty if there is none.
    pub(super) fn text(&mut self, name: &str) -> String {
        if !self.0.get(name).is_some_and(Value::is_string) {
            return String::new();
        }
        match self.0.remove(name) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        }
    }

    /// Takes a number.
    pub(super) fn number(&mut self, name: &str) -> Option<u64> {
        let number = self.0.get(name)?.as_u64()?;
        self.0.remove(name);
        Some(number)
    }

    /// Looks at a value and leaves it.
    pub(super) fn see(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Looks at a truth and leaves it.
    pub(super) fn is(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Looks at a text and leaves it.
    pub(super) fn look(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Takes an object out, to be taken apart in turn.
    pub(super) fn object(&mut self, name: &str) -> Self {
        if !self.0.get(name).is_some_and(Value::is_object) {
            return Self::default();
        }
        match self.0.remove(name) {
            Some(Value::Object(object)) => Self(object),
            _ => Self::default(),
        }
    }

    /// Puts back what is left of an object.
    pub(super) fn restore(&mut self, name: &str, left: Self) {
        let left = left.told();
        if !left.is_empty() {
            self.0.insert(name.to_owned(), Value::Object(left));
        }
    }

    /// What is left and says something.
    pub(super) fn told(self) -> Map<String, Value> {
        let mut left = self.0;
        left.retain(|_, value| !is_nothing(value));
        left
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
