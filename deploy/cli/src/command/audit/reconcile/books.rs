//! What each side's book says of one question. Only what both sides write down is read: who, on
//! which case, for which items, what each node gave, and the receipts.

use std::collections::BTreeMap;

use audit::{Digest, Receipt};
use serde::Deserialize;

/// The hub's decision.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Decision {
    #[serde(default)]
    pub(super) question: String,
    pub(super) who: Who,
    pub(super) case: Case,
    #[serde(default)]
    pub(super) items: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) verdicts: Vec<String>,
    #[serde(default)]
    pub(super) asked: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Who {
    pub(super) node: String,
    pub(super) operator: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Case {
    pub(super) number: String,
    pub(super) flow: String,
    pub(super) approver: String,
}

/// The hub's outcome; an abandoned decision names no nodes.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Outcome {
    pub(super) decision: u64,
    #[serde(default)]
    pub(super) nodes: Vec<NodeGave>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct NodeGave {
    pub(super) node: String,
    pub(super) classes: Vec<ClassGave>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ClassGave {
    pub(super) class: String,
    pub(super) outcome: String,
    pub(super) code: String,
    pub(super) records: u64,
    pub(super) withheld: u64,
    pub(super) digest: String,
}

/// The hub's refusal.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) who: Who,
    /// Number of the case, if its statement verified.
    #[serde(default)]
    pub(super) case: String,
}

/// The hub's count of refusals that are not on record one by one.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Folded {
    pub(super) code: String,
    pub(super) who: String,
    pub(super) count: u64,
}

/// The asker's word that it was answered.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Answered {
    #[serde(default)]
    pub(super) question: String,
    #[serde(default)]
    pub(super) digests: BTreeMap<String, String>,
    pub(super) case_no: String,
    pub(super) flow: String,
    pub(super) operator: String,
    #[serde(default)]
    pub(super) approver: String,
    #[serde(default)]
    pub(super) items: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) verdicts: Vec<String>,
    #[serde(default)]
    pub(super) lamps: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) records: u64,
    pub(super) decision: Receipt,
    pub(super) outcome: Receipt,
}

/// An agent's refusal: its own, the hub's, or its guard's.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Refused {
    pub(super) code: String,
    pub(super) by: String,
    #[serde(default)]
    pub(super) case_no: String,
    #[serde(default)]
    pub(super) operator: String,
}

/// The end of a list: lines that went out and whose answers nobody took any more.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ListEnded {
    pub(super) case_no: String,
    pub(super) operator: String,
    #[serde(default)]
    pub(super) not_asked: u64,
}

/// An answering node's word.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Served {
    #[serde(default)]
    pub(super) question: String,
    pub(super) node: String,
    pub(super) case_no: String,
    pub(super) flow: String,
    pub(super) operator: String,
    #[serde(default)]
    pub(super) approver: String,
    #[serde(default)]
    pub(super) verdicts: Vec<String>,
    #[serde(default)]
    pub(super) classes: BTreeMap<String, ServedClass>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ServedClass {
    #[serde(default)]
    pub(super) digest: String,
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) records: u64,
}

/// Something written, with its place and time.
#[derive(Debug, Clone)]
pub(super) struct Written<T> {
    pub(super) index: u64,
    /// As [`super::super::moment::Moment`] compares it.
    pub(super) at: String,
    pub(super) leaf_hash: Digest,
    pub(super) says: T,
}

/// Everything that the books say of one question.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    pub(super) decision: Option<Written<Decision>>,
    pub(super) outcome: Option<Written<Outcome>>,
    pub(super) abandoned: bool,
    pub(super) refusal: Option<Written<Refusal>>,
    /// By asking node.
    pub(super) answered: BTreeMap<String, Written<Answered>>,
    /// Refused by the hub, as the asking node wrote it.
    pub(super) refused: BTreeMap<String, Written<Refused>>,
    /// By answering node.
    pub(super) served: BTreeMap<String, Written<Served>>,
    /// Refused by the guard of that node.
    pub(super) guarded: BTreeMap<String, Written<Refused>>,
    /// What stands twice in one book.
    pub(super) twice: Vec<String>,
}

impl Exchange {
    /// The earliest time at which anybody wrote of it.
    pub(super) fn begun(&self) -> &str {
        self.times().min().unwrap_or_default()
    }

    /// The latest time at which anybody wrote of it.
    pub(super) fn ended(&self) -> &str {
        self.times().max().unwrap_or_default()
    }

    fn times(&self) -> impl Iterator<Item = &str> {
        let hub = [
            self.decision.as_ref().map(|written| written.at.as_str()),
            self.outcome.as_ref().map(|written| written.at.as_str()),
            self.refusal.as_ref().map(|written| written.at.as_str()),
        ];
        let answered = self.answered.values().map(|written| written.at.as_str());
        let refused = self.refused.values().map(|written| written.at.as_str());
        let served = self.served.values().map(|written| written.at.as_str());
        let guarded = self.guarded.values().map(|written| written.at.as_str());
        let agents = answered.chain(refused).chain(served).chain(guarded);
        hub.into_iter().flatten().chain(agents)
    }
}
