//! What a local system says to begin a list, and what it hears of it.

use std::collections::BTreeMap;

use audit::Receipt;
use policies::Flow;
use serde::{Deserialize, Serialize};

use super::super::question::AskBody;
use super::super::{AnswerView, RefusalView, YardstickBody};

/// What a local system sends to begin a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListBody {
    /// Handle of the open case.
    pub case: String,
    /// Numbers of the parties asked about; left out, everybody on the case's list.
    pub lines: Option<Vec<usize>>,
    /// `details` or `match`; left out, what the flow gives.
    pub mode: Option<String>,
    /// Items by class number; left out, everything that the flow lists.
    pub wants: Option<BTreeMap<String, Vec<String>>>,
    /// Verdicts that a match asks for; left out, all that can be judged.
    pub verdicts: Option<Vec<String>>,
    /// What verdicts are measured against.
    pub yardsticks: Option<BTreeMap<String, YardstickBody>>,
    /// How long one line may take.
    pub deadline_ms: Option<u32>,
}

impl ListBody {
    /// The question that every line asks, about the first party of the line's own case.
    pub(super) fn question(&self, flow: &Flow) -> AskBody {
        AskBody {
            case: self.case.clone(),
            party: 0,
            mode: Some(
                self.mode
                    .clone()
                    .unwrap_or_else(|| flow.mode.as_str().into()),
            ),
            wants: self.wants.clone(),
            subject: None,
            deadline_ms: self.deadline_ms,
            given: None,
            at: None,
            verdicts: self.verdicts.clone(),
            yardsticks: self.yardsticks.clone(),
        }
    }
}

/// What a local system hears of a list.
#[derive(Debug)]
pub enum ListEvent {
    /// A line is done.
    Line(Box<ListedLine>),
    /// The list has ended.
    Summary(Box<ListSummary>),
}

/// A line that is done: answered or refused.
#[derive(Debug, Clone, Serialize)]
pub struct ListedLine {
    /// Number of the party.
    pub line: usize,
    /// Lines done so far, this one included.
    pub done: usize,
    /// Lines in all.
    pub of: usize,
    /// The answer, as of a single question.
    pub answer: Option<AnswerView>,
    /// The refusal, as of a single question.
    pub refusal: Option<RefusalView>,
}

/// How a list ended.
#[derive(Debug, Clone, Serialize)]
pub struct ListSummary {
    /// Case number.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Lines in all.
    pub of: usize,
    /// Lines answered.
    pub answered: usize,
    /// Lines refused.
    pub refused: usize,
    /// Lines answered about which at least one center could or would not say anything.
    pub not_known: usize,
    /// Lines that were neither answered nor refused: the list ended before.
    pub not_asked: usize,
    /// How long it took.
    pub elapsed_ms: u64,
    /// Why it ended early; nothing where it did not.
    pub ended: Option<RefusalView>,
    /// This center's receipt for its entry about the list.
    pub own: Option<Receipt>,
    /// The table of an approved list, counted and signed.
    pub table: Option<TableView>,
}

/// A center's signature over the lines that it gave out.
#[derive(Debug, Clone, Serialize)]
pub struct TableView {
    /// Whose key signed: the node of this name on the trust list.
    pub node: String,
    /// What is signed: counts and the SHA-256 of all lines, as JSON in base64.
    pub body: String,
    /// Ed25519, in base64.
    pub signature: String,
}

impl ListedLine {
    /// The line as it is given out, with its line feed.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        // Plain data with text keys, so that writing it as JSON cannot fail.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}
