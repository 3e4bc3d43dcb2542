//! Questions that wait for a second operator. Both statements are signed only when the second one
//! confirms, over the very question that the first one prepared. Nothing waits longer than its case
//! is open, nothing survives a restart, and nobody approves their own question.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::RefusalCode;

use super::OpenCase;
use super::question::AskBody;
use super::refusal::RefusalView;
use super::view::AnswerView;

/// Questions that wait, or whose answer is kept, at once.
const APPROVALS_MAX: usize = 1_000;
/// Answers kept for the first operator to read; of more, the one that was to go first goes.
const ANSWERS_KEPT_MAX: usize = 32;

/// What a second operator sends to approve.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproveBody {
    /// Who approves.
    pub operator: String,
    /// At which counter or through which channel.
    pub counter: String,
}

/// The second operator.
#[derive(Debug, Clone)]
pub(crate) struct Approver {
    pub(crate) operator: String,
    pub(crate) counter: String,
    pub(crate) system: String,
}

/// A question that was prepared and not yet signed.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) id: String,
    pub(crate) open: OpenCase,
    pub(crate) body: AskBody,
    /// Digest of the question, so that what is approved is what was prepared.
    pub(crate) digest: [u8; 32],
    pub(crate) expires_at: OffsetDateTime,
}

/// What became of a prepared question.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// Nobody has approved it.
    Awaiting,
    /// It is being asked.
    Underway,
    /// It was answered.
    Answered(Box<AnswerView>),
    /// The hub refused it.
    Refused(Box<RefusalView>),
}

/// A question that waits for approval, or what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct ApprovalView {
    /// Number to approve under.
    pub approval: String,
    /// `awaiting`, `underway`, `answered` or `refused`.
    pub state: &'static str,
    /// Case number.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asks.
    pub operator: String,
    /// Until when it may be approved, and its answer be read, RFC 3339.
    pub expires_at: String,
    /// The answer, once there is one.
    pub answer: Option<Box<AnswerView>>,
    /// The hub's refusal, if it refused.
    pub refusal: Option<Box<RefusalView>>,
}

#[derive(Debug)]
struct Entry {
    prepared: Prepared,
    fate: Fate,
    /// The system through which it was approved.
    approved_from: Option<String>,
}

/// All questions that wait.
#[derive(Debug, Default)]
pub struct Approvals {
    /// Touched by every request about an approval.
    entries: Mutex<HashMap<String, Entry>>,
}

impl Approvals {
    /// Takes a prepared question in.
    pub(crate) fn insert(
        &self,
        prepared: Prepared,
        now: OffsetDateTime,
    ) -> Result<ApprovalView, RefusalCode> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| entry.prepared.expires_at > now);
        if entries.len() >= APPROVALS_MAX {
            return Err(RefusalCode::CaseMemory);
        }
        let id = prepared.id.clone();
        let entry = Entry {
            prepared,
            fate: Fate::Awaiting,
            approved_from: None,
        };
        let view = entry.view();
        entries.insert(id, entry);
        Ok(view)
    }

    /// The question under a number, to be asked now by one approver and nobody else.
    ///
    /// # Errors
    /// There is none, it was approved before, or the approver is who asked.
    pub(crate) fn take(
        &self,
        id: &str,
        operator: &str,
        now: OffsetDateTime,
    ) -> Result<Prepared, RefusalCode> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries
            .get_mut(id)
            .filter(|entry| entry.prepared.expires_at > now)
            .ok_or(RefusalCode::ApprovalUnknown)?;
        if !matches!(entry.fate, Fate::Awaiting) {
            return Err(RefusalCode::CaseReplayed);
        }
        let first = entry.prepared.open.operator.trim();
        if first.eq_ignore_ascii_case(operator.trim()) {
            return Err(RefusalCode::CaseApprover);
        }
        entry.fate = Fate::Underway;
        Ok(entry.prepared.clone())
    }

    /// What became of a question that was taken; it may wait again.
    pub(crate) fn settle(&self, id: &str, fate: Fate, system: &str) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(id) {
            let is_over = !matches!(fate, Fate::Awaiting);
            entry.approved_from = is_over.then(|| system.to_owned());
            entry.fate = fate;
        }
        let has_answer = |entry: &&Entry| matches!(entry.fate, Fate::Answered(_));
        if entries.values().filter(has_answer).count() > ANSWERS_KEPT_MAX {
            let others = entries.values().filter(has_answer);
            let others = others.filter(|entry| entry.prepared.id != id);
            let first = others.min_by_key(|entry| entry.prepared.expires_at);
            let first = first.map(|entry| entry.prepared.id.clone());
            first.and_then(|id| entries.remove(&id));
        }
    }

    /// What became of a question. That it waits, everybody may see who was told its number; its
    /// answer only the systems of its two operators.
    pub(crate) fn look(
        &self,
        id: &str,
        system: &str,
        now: OffsetDateTime,
    ) -> Result<ApprovalView, RefusalCode> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(id).filter(|entry| {
            let is_theirs = matches!(entry.fate, Fate::Awaiting)
                || entry.prepared.open.system == system
                || entry.approved_from.as_deref() == Some(system);
            is_theirs && entry.prepared.expires_at > now
        });
        entry.map(Entry::view).ok_or(RefusalCode::ApprovalUnknown)
    }
}

impl Entry {
    fn view(&self) -> ApprovalView {
        let open = &self.prepared.open;
        let (state, answer, refusal) = match &self.fate {
            Fate::Awaiting => ("awaiting", None, None),
            Fate::Underway => ("underway", None, None),
            Fate::Answered(answer) => ("answered", Some(answer.clone()), None),
            Fate::Refused(refusal) => ("refused", None, Some(refusal.clone())),
        };
        let expires_at = self.prepared.expires_at.format(&Rfc3339);
        ApprovalView {
            approval: self.prepared.id.clone(),
            state,
            case_no: open.case_no.clone(),
            flow: open.flow.to_string(),
            operator: open.operator.clone(),
            expires_at: expires_at.unwrap_or_default(),
            answer,
            refusal,
        }
    }
}

#[cfg(test)]
mod tests;
