//! The heading of an entry: the few fields by which an entry of either book, the hub's or an
//! agent's, is found again (docs/audit-entries.md). Both writers, and whoever reads their logs,
//! derive the keys here, so that one search means the same in every log.
//!
//! Text is borrowed from the entry's bytes: an index is rebuilt from millions of them. It refuses
//! to guess: what is not an entry of this version has no heading, and its reader has to say so.

mod parts;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

pub use parts::{Asker, CaseOf, ClassPart, NodePart, Text};

/// Version of the entry format that is read here.
pub const ENTRY_VERSION: u8 = 1;
/// Length of a day and an hour in RFC 3339: `2026-11-23T10`.
const HOUR_BYTES: usize = 13;

/// What an entry says about itself. Fields that its kind does not have are empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Heading<'a> {
    /// Format version.
    pub v: u8,
    /// When, RFC 3339.
    #[serde(borrow)]
    pub at: Text<'a>,
    /// What happened.
    #[serde(borrow)]
    pub kind: Text<'a>,
    /// Of the question.
    #[serde(borrow)]
    pub query: Text<'a>,
    /// Who asks (the hub's book).
    #[serde(borrow)]
    pub who: Asker<'a>,
    /// The node that the entry is about; the asking one of a question (an agent's book).
    #[serde(borrow)]
    pub node: Text<'a>,
    /// Who asks (an agent's book).
    #[serde(borrow)]
    pub operator: Text<'a>,
    /// Who approved (an agent's book).
    #[serde(borrow)]
    pub approver: Text<'a>,
    /// Where (an agent's book).
    #[serde(borrow)]
    pub counter: Text<'a>,
    /// The case (the hub's book).
    #[serde(borrow)]
    pub case: CaseOf<'a>,
    /// Case number (an agent's book).
    #[serde(borrow)]
    pub case_no: Text<'a>,
    /// Flow, where it is not the case's.
    #[serde(borrow)]
    pub flow: Text<'a>,
    /// Pseudonym of the subject.
    #[serde(borrow)]
    pub subject: Text<'a>,
    /// Refusal code.
    #[serde(borrow)]
    pub code: Text<'a>,
    /// Why; a refusal code where a list ended early.
    #[serde(borrow)]
    pub because: Text<'a>,
    /// `local`, `hub` or `guard` (an agent's refusal).
    #[serde(borrow)]
    pub by: Text<'a>,
    /// Who of the staff it is about.
    #[serde(borrow)]
    pub staff: Text<'a>,
    /// How many refusals are folded.
    pub count: u64,
    /// Whether the answer reached nobody.
    pub cancelled: bool,
    /// Nodes that will be asked.
    #[serde(borrow)]
    pub asked: Vec<Text<'a>>,
    /// Nodes that cannot be asked, with the reason's code.
    #[serde(borrow)]
    pub skipped: BTreeMap<Text<'a>, Text<'a>>,
    /// Keyed digests of what was measured, by verdict (an agent's book).
    #[serde(borrow)]
    pub measures: BTreeMap<Text<'a>, Text<'a>>,
    /// What each node gave.
    #[serde(borrow)]
    pub nodes: Vec<NodePart<'a>>,
}

/// By what an entry is found. The names are those of the keys in every index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyName {
    /// Day and hour, `2026-11-23T10`.
    Time,
    /// Kind of the entry.
    Kind,
    /// Question.
    Query,
    /// Pseudonym of the subject.
    Subject,
    /// Case number.
    Case,
    /// Flow.
    Flow,
    /// The asking center.
    Center,
    /// Any node that the entry names, whatever its part.
    Node,
    /// `center/operator`: who asked, and who approved; the operator in small letters.
    Operator,
    /// `center/counter`.
    Counter,
    /// Code of a refusal, of a skipped node, of a class without answer.
    Code,
    /// A member of the staff.
    Staff,
    /// Something was measured; the key has no value.
    Measured,
}

impl KeyName {
    /// As it stands in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Kind => "kind",
            Self::Query => "query",
            Self::Subject => "subject",
            Self::Case => "case",
            Self::Flow => "flow",
            Self::Center => "center",
            Self::Node => "node",
            Self::Operator => "operator",
            Self::Counter => "counter",
            Self::Code => "code",
            Self::Staff => "staff",
            Self::Measured => "measured",
        }
    }
}

impl<'a> Heading<'a> {
    /// Reads the bytes of a leaf; `None` if they are no entry of this version.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let heading: Self = serde_json::from_slice(bytes).ok()?;
        (heading.v == ENTRY_VERSION).then_some(heading)
    }

    /// The asking center; `own` is the name of the log that the entry is from.
    #[must_use]
    pub fn center<'s>(&'s self, own: &'s str) -> &'s str {
        match self.kind.as_str() {
            "decision" | "refusal" | "refusals-folded" | "alert-raised" => self.who.node.as_str(),
            "refused" | "served" => self.node.as_str(),
            "case-opened" | "approval-asked" | "approval-shown" | "approved" | "answered"
            | "list-ended" | "owner-looked" => own,
            _ => "",
        }
    }

    /// The case number, in whichever book.
    #[must_use]
    pub fn case_number(&self) -> &str {
        first(&[&self.case.number, &self.case_no])
    }

    /// The flow, in whichever book.
    #[must_use]
    pub fn flow_code(&self) -> &str {
        first(&[&self.case.flow, &self.flow])
    }

    /// Who asked.
    #[must_use]
    pub fn asking_operator(&self) -> &str {
        first(&[&self.who.operator, &self.operator])
    }

    /// Where it was asked.
    #[must_use]
    pub fn asking_counter(&self) -> &str {
        first(&[&self.who.counter, &self.counter])
    }

    /// Who approved; empty where nobody had to.
    #[must_use]
    pub fn approved_by(&self) -> &str {
        first(&[&self.case.approver, &self.approver])
    }

    /// The day and hour in which it was written.
    #[must_use]
    pub fn hour(&self) -> &str {
        self.at.as_str().get(..HOUR_BYTES).unwrap_or_default()
    }

    /// Hands out every key, `name:value`, in parts to be put together. One key may come twice.
    /// `own` is the name of the log that the entry is from.
    pub fn each_key(&self, own: &str, mut take: impl FnMut(&[&str])) {
        let mut one = |name: KeyName, value: &str| {
            if !value.is_empty() {
                take(&[name.as_str(), ":", value]);
            }
        };
        let center = self.center(own);
        one(KeyName::Query, &self.query);
        one(KeyName::Subject, &self.subject);
        one(KeyName::Case, self.case_number());
        one(KeyName::Time, self.hour());
        one(KeyName::Kind, &self.kind);
        one(KeyName::Flow, self.flow_code());
        one(KeyName::Code, &self.code);
        if self.kind.as_str() == "list-ended" {
            one(KeyName::Code, &self.because);
        }
        one(KeyName::Center, center);
        one(KeyName::Node, center);
        one(KeyName::Node, &self.node);
        one(KeyName::Staff, &self.staff);
        if self.kind.as_str() == "served" || self.by.as_str() == "guard" {
            one(KeyName::Node, own);
        }
        for node in &self.asked {
            one(KeyName::Node, node);
        }
        for (node, code) in &self.skipped {
            one(KeyName::Node, node);
            one(KeyName::Code, code);
        }
        for part in &self.nodes {
            one(KeyName::Node, &part.node);
            for class in &part.classes {
                one(KeyName::Code, &class.code);
            }
        }
        let mut of_center = |name: KeyName, value: &str| {
            if !value.is_empty() {
                take(&[name.as_str(), ":", center, "/", value]);
            }
        };
        of_center(KeyName::Operator, &folded(self.asking_operator()));
        of_center(KeyName::Operator, &folded(self.approved_by()));
        of_center(KeyName::Counter, self.asking_counter());
        if !self.measures.is_empty() {
            take(&[KeyName::Measured.as_str()]);
        }
    }
}

/// A `center/operator` that is looked for, as it stands in keys.
#[must_use]
pub fn operator_term(text: &str) -> String {
    match text.split_once('/') {
        Some((center, operator)) => format!("{center}/{}", folded(operator)),
        None => folded(text).into_owned(),
    }
}

/// People are told apart in small letters, however a counter's system writes them.
fn folded(operator: &str) -> Cow<'_, str> {
    if operator.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(operator.to_ascii_lowercase())
    } else {
        Cow::Borrowed(operator)
    }
}

/// The first that is not empty.
fn first<'s>(texts: &[&'s Text<'_>]) -> &'s str {
    let mut texts = texts.iter().map(|text| text.as_str());
    texts.find(|text| !text.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
