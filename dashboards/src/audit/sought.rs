//! What somebody looks for: the fields of the form as they were filled in, and the address that
//! says the same. An address never holds a person's number: the hub refuses one before it looks.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::shell::encoded;

/// The fields of the form; empty where nothing was filled in. Times are Beijing's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Sought {
    /// From this day or minute on.
    pub from: String,
    /// Before this minute; a day belongs to it whole.
    pub to: String,
    /// The asking center.
    pub center: String,
    /// Who asked or approved, at that center.
    pub operator: String,
    /// Where it was asked, at that center.
    pub counter: String,
    /// Flow.
    pub flow: String,
    /// Case number.
    pub case: String,
    /// Question.
    pub query: String,
    /// Code of a refusal or of a class without answer.
    pub code: String,
    /// Kind of entry.
    pub kind: String,
    /// Any node that the entry names.
    pub node: String,
    /// Member of the hub's staff.
    pub staff: String,
    /// Pseudonym of a person.
    pub subject: String,
    /// `newest` or `oldest` first.
    pub order: String,
    /// Only entries before this number: the next page, newest first.
    pub before: String,
    /// Only entries behind this number: the next page, oldest first.
    pub after: String,
}

impl Sought {
    /// Every field by its name in the form and the address.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 16] {
        [
            ("from", &self.from),
            ("to", &self.to),
            ("center", &self.center),
            ("operator", &self.operator),
            ("counter", &self.counter),
            ("flow", &self.flow),
            ("case", &self.case),
            ("query", &self.query),
            ("code", &self.code),
            ("kind", &self.kind),
            ("node", &self.node),
            ("staff", &self.staff),
            ("subject", &self.subject),
            ("order", &self.order),
            ("before", &self.before),
            ("after", &self.after),
        ]
    }

    /// Whether anything was asked for at all.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.fields().iter().any(|(_, value)| !value.is_empty())
    }

    /// Whether the oldest come first.
    #[must_use]
    pub fn is_oldest_first(&self) -> bool {
        self.order == "oldest"
    }

    /// The first page of the same.
    #[must_use]
    pub fn begun(&self) -> Self {
        Self {
            before: String::new(),
            after: String::new(),
            ..self.clone()
        }
    }

    /// The page behind an entry.
    #[must_use]
    pub fn behind(&self, number: u64) -> Self {
        let mut next = self.begun();
        if self.is_oldest_first() {
            next.after = number.to_string();
        } else {
            next.before = number.to_string();
        }
        next
    }

    /// Where it is found.
    #[must_use]
    pub fn address(&self) -> String {
        let mut address = String::from("/audit");
        let given = self.fields().into_iter();
        for (nth, (name, value)) in given.filter(|(_, value)| !value.is_empty()).enumerate() {
            let mark = if nth == 0 { '?' } else { '&' };
            // Writing to a text does not fail.
            let _ = write!(address, "{mark}{name}={}", encoded(value));
        }
        address
    }
}
