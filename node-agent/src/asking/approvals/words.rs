//! What is said about an approval: to a local system, and by it.

use data_encoding::{BASE64, HEXLOWER};
use policies::Flow;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::{Entry, Fate, Prepared};
use crate::asking::refusal::RefusalView;
use crate::asking::sheet::{Sheet, SheetLine, Terms};
use crate::asking::view::{Say, say};

/// What an officer's system sends for the bytes to sign.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementBody {
    /// Who approves.
    pub operator: String,
    /// At which counter or through which channel.
    pub counter: String,
}

/// What an officer's system sends to approve.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproveBody {
    /// Who approves.
    pub operator: String,
    /// Ed25519 by the officer's own key, in base64.
    pub signature: String,
}

/// A question that waits for approval, or what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct ApprovalView {
    /// Number to approve under.
    pub approval: String,
    /// `awaiting`, `underway`, `approved` (a list that can begin), `answered` or `refused`.
    pub state: &'static str,
    /// Case number.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asks.
    pub operator: String,
    /// How many subjects are asked about.
    pub lines: usize,
    /// Until when it may be approved, RFC 3339.
    pub expires_at: String,
    /// The answer, given out once.
    pub answer: Option<Box<RawValue>>,
    /// The hub's refusal, if it refused.
    pub refusal: Option<Box<RefusalView>>,
}

/// What an officer is to sign, and what it means.
#[derive(Debug, Clone, Serialize)]
pub struct StatementView {
    /// Number of the approval.
    pub approval: String,
    /// Whose signature is wanted.
    pub operator: String,
    /// The bytes to sign, in base64.
    pub statement: String,
    /// Until when the signature is worth something, RFC 3339.
    pub expires_at: String,
    /// What the bytes say, for people; the bytes alone count.
    pub says: SaysView,
    /// One a subject: what the tree in the bytes was made from.
    pub lines: Vec<SheetLineView>,
}

/// What a statement says.
#[derive(Debug, Clone, Serialize)]
pub struct SaysView {
    /// Flow.
    pub flow: String,
    /// Its titles.
    pub name: Say,
    /// Case number.
    pub case_no: String,
    /// Matter.
    pub matter: String,
    /// Number of the document.
    pub basis: String,
    /// Who asks.
    pub asker: String,
    /// `match` or `details`.
    pub mode: &'static str,
    /// Items asked for, by number.
    pub items: Vec<String>,
    /// Verdicts asked for.
    pub verdicts: Vec<String>,
}

/// One subject of what is approved.
#[derive(Debug, Clone, Serialize)]
pub struct SheetLineView {
    /// Number of the party.
    pub line: usize,
    /// Digest of the question, in hex.
    pub question: String,
    /// Salt of what is shown, in hex.
    pub salt: String,
    /// What is shown of the subject: id type and masked number.
    pub shown: String,
}

impl StatementView {
    pub(crate) fn of(prepared: &Prepared, operator: &str, flow: &Flow, body: &[u8]) -> Self {
        let sheet: &Sheet = &prepared.sheet;
        Self {
            approval: prepared.id.clone(),
            operator: operator.to_owned(),
            statement: BASE64.encode(body),
            expires_at: stamp(prepared.expires_at),
            says: SaysView::of(sheet.terms(), flow),
            lines: sheet.lines().iter().map(SheetLineView::of).collect(),
        }
    }
}

impl SaysView {
    fn of(terms: &Terms, flow: &Flow) -> Self {
        Self {
            flow: terms.flow.to_string(),
            name: say((&flow.zh, &flow.en)),
            case_no: terms.case_no.clone(),
            matter: terms.matter.to_string(),
            basis: terms.basis.number.clone(),
            asker: terms.asker.clone(),
            mode: terms.mode.as_str(),
            items: terms.items.iter().map(ToString::to_string).collect(),
            verdicts: crate::answer::names(&terms.verdicts),
        }
    }
}

impl SheetLineView {
    fn of(line: &SheetLine) -> Self {
        Self {
            line: line.line,
            question: HEXLOWER.encode(&line.question),
            salt: HEXLOWER.encode(&line.salt),
            shown: line.shown.clone(),
        }
    }
}

impl Entry {
    pub(super) fn view(&self, answer: Option<Zeroizing<Vec<u8>>>) -> ApprovalView {
        let open = &self.prepared.open;
        let (state, refusal) = match &self.fate {
            Fate::Awaiting => ("awaiting", None),
            Fate::Underway => ("underway", None),
            Fate::Approved(_) => ("approved", None),
            Fate::Answered(_) => ("answered", None),
            Fate::Refused(refusal) => ("refused", Some(refusal.clone())),
        };
        ApprovalView {
            approval: self.prepared.id.clone(),
            state,
            case_no: open.case_no.clone(),
            flow: open.flow.to_string(),
            operator: open.operator.clone(),
            lines: self.prepared.sheet.lines().len(),
            expires_at: stamp(self.prepared.expires_at),
            answer: answer.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
            refusal,
        }
    }
}

fn stamp(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
