//! Questions that wait for an officer. Nothing waits longer than its case is open, nothing survives
//! a restart, nobody approves their own question, and an answer is given out once or dropped soon.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use wire::RefusalCode;
use zeroize::Zeroizing;

use super::OpenCase;
use super::list::ListBody;
use super::question::AskBody;
use super::refusal::RefusalView;
use super::sheet::{Sheet, Signed};
use super::view::AnswerView;
use kept::Kept;

mod kept;
mod words;

pub use words::{ApprovalView, ApproveBody, StatementBody, StatementView};

/// Questions that wait, or whose outcome is kept, at once.
const APPROVALS_MAX: usize = 1_000;
/// Lines of all lists and questions that wait: four of the longest lists.
const LINES_MAX: usize = 20_000;
/// Of these, what one local system may have waiting: none keeps the others out.
const APPROVALS_OF_SYSTEM_MAX: usize = 250;
/// See [`APPROVALS_OF_SYSTEM_MAX`]: two of the longest lists.
const LINES_OF_SYSTEM_MAX: usize = 10_000;
/// Answers kept for the first operator to read; of more, the one that was to go first goes.
const ANSWERS_KEPT_MAX: usize = 32;
/// How long an answer waits for the first operator.
pub(crate) const ANSWER_KEPT: Duration = Duration::from_secs(10 * 60);

/// The second operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Approver {
    pub(crate) operator: String,
    pub(crate) counter: String,
    pub(crate) system: String,
}

/// What is asked when it has been approved.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// One question.
    Question(Box<AskBody>),
    /// A list.
    List(Box<ListBody>),
}

/// What was prepared and not yet asked.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) id: String,
    pub(crate) open: OpenCase,
    pub(crate) work: Work,
    /// What the officer signs, so that what is approved is what was prepared.
    pub(crate) sheet: Arc<Sheet>,
    pub(crate) expires_at: OffsetDateTime,
}

/// What became of a prepared question.
#[derive(Debug)]
pub(crate) enum Fate {
    /// Nobody has approved it.
    Awaiting,
    /// It is being asked.
    Underway,
    /// A list that was approved and that nobody has begun yet.
    Approved(Signed),
    /// It was answered; the answer until it is given out, and from when on it is dropped.
    Answered(Option<(Zeroizing<Vec<u8>>, OffsetDateTime)>),
    /// The hub refused it.
    Refused(Box<RefusalView>),
}

impl Fate {
    /// Answered; the answer is kept for a while as the bytes that are to be given out.
    pub(crate) fn answered(answer: &AnswerView, now: OffsetDateTime) -> Self {
        let bytes = serde_json::to_vec(answer).ok().map(Zeroizing::new);
        Self::Answered(bytes.map(|bytes| (bytes, now + ANSWER_KEPT)))
    }
}

#[derive(Debug)]
struct Entry {
    prepared: Prepared,
    fate: Fate,
    /// What officers were given to sign.
    given: Kept,
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
    fn entries(&self, now: OffsetDateTime) -> MutexGuard<'_, HashMap<String, Entry>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| entry.prepared.expires_at > now);
        for entry in entries.values_mut() {
            if let Fate::Answered(kept) = &mut entry.fate {
                kept.take_if(|(_, until)| *until <= now);
            }
        }
        entries
    }

    /// Drops what is over, without anybody asking for it.
    pub(crate) fn sweep(&self, now: OffsetDateTime) {
        drop(self.entries(now));
    }

    /// Takes a prepared question in.
    pub(crate) fn insert(
        &self,
        prepared: Prepared,
        now: OffsetDateTime,
    ) -> Result<ApprovalView, RefusalCode> {
        let mut entries = self.entries(now);
        let (mut of_system, mut lines, mut lines_of_system) = (0, 0, 0);
        for waits in entries.values().map(|entry| &entry.prepared) {
            let count = waits.sheet.lines().len();
            lines += count;
            if waits.open.system == prepared.open.system {
                of_system += 1;
                lines_of_system += count;
            }
        }
        let more = prepared.sheet.lines().len();
        let fits = entries.len() < APPROVALS_MAX && lines + more <= LINES_MAX;
        let has_share =
            of_system < APPROVALS_OF_SYSTEM_MAX && lines_of_system + more <= LINES_OF_SYSTEM_MAX;
        if !fits || !has_share {
            return Err(RefusalCode::CaseMemory);
        }
        let id = prepared.id.clone();
        let entry = Entry {
            prepared,
            fate: Fate::Awaiting,
            given: Kept::default(),
            approved_from: None,
        };
        let view = entry.view(None);
        entries.insert(id, entry);
        Ok(view)
    }

    /// The bytes for one officer to sign: those that were made before, or new ones. Whoever asks
    /// cannot approve.
    pub(crate) fn give(
        &self,
        id: &str,
        approver: &Approver,
        now: OffsetDateTime,
        make: impl FnOnce(&Prepared) -> Result<Vec<u8>, RefusalCode>,
    ) -> Result<(Prepared, Vec<u8>), RefusalCode> {
        let mut entries = self.entries(now);
        let entry = waiting(&mut entries, id)?;
        entry.check_another(&approver.operator)?;
        let body = match entry.given.find(approver) {
            Some(body) => body,
            None => {
                let body = make(&entry.prepared)?;
                entry.given.keep(approver.clone(), body.clone());
                body
            }
        };
        Ok((entry.prepared.clone(), body))
    }

    /// All that an officer was given to sign, at whichever counter and through whichever system.
    ///
    /// # Errors
    /// Nothing waits under the number, it was approved before, the officer is who asked, or was
    /// given nothing.
    pub(crate) fn given(
        &self,
        id: &str,
        operator: &str,
        now: OffsetDateTime,
    ) -> Result<Vec<(Approver, Vec<u8>)>, RefusalCode> {
        let mut entries = self.entries(now);
        let entry = waiting(&mut entries, id)?;
        entry.check_another(operator)?;
        let given = entry.given.of(operator);
        if given.is_empty() {
            return Err(RefusalCode::CaseApproverStatement);
        }
        Ok(given)
    }

    /// The question under a number, to be asked now and by nobody else.
    ///
    /// # Errors
    /// There is none, or it was approved before.
    pub(crate) fn take(&self, id: &str, now: OffsetDateTime) -> Result<Prepared, RefusalCode> {
        let mut entries = self.entries(now);
        let entry = waiting(&mut entries, id)?;
        entry.fate = Fate::Underway;
        Ok(entry.prepared.clone())
    }

    /// The approved list under a number, for the system that began it.
    ///
    /// # Errors
    /// There is none, it is another system's, or it is no list that can begin.
    pub(crate) fn begin(
        &self,
        id: &str,
        system: &str,
        now: OffsetDateTime,
    ) -> Result<(Prepared, Signed), RefusalCode> {
        let mut entries = self.entries(now);
        let entry = entries.get_mut(id);
        let entry = entry.filter(|entry| entry.prepared.open.system == system);
        let entry = entry.ok_or(RefusalCode::ApprovalUnknown)?;
        match std::mem::replace(&mut entry.fate, Fate::Underway) {
            Fate::Approved(signed) => Ok((entry.prepared.clone(), signed)),
            fate => {
                let code = match fate {
                    Fate::Awaiting => RefusalCode::CaseApprover,
                    _ => RefusalCode::CaseReplayed,
                };
                entry.fate = fate;
                Err(code)
            }
        }
    }

    /// What became of a question that was taken; it may wait again.
    pub(crate) fn settle(&self, id: &str, fate: Fate, system: &str, now: OffsetDateTime) {
        let mut entries = self.entries(now);
        if let Some(entry) = entries.get_mut(id) {
            let is_over = !matches!(fate, Fate::Awaiting);
            entry.approved_from = is_over.then(|| system.to_owned());
            entry.fate = fate;
        }
        let until = |entry: &Entry| match &entry.fate {
            Fate::Answered(Some((_, until))) => Some(*until),
            _ => None,
        };
        let kept: Vec<_> = entries
            .values()
            .filter_map(|entry| Some((until(entry)?, entry.prepared.id.clone())))
            .collect();
        if kept.len() > ANSWERS_KEPT_MAX
            && let Some((_, first)) = kept.into_iter().filter(|(_, at)| at != id).min()
            && let Some(entry) = entries.get_mut(&first)
        {
            entry.fate = Fate::Answered(None);
        }
    }

    /// What became of a question. That it waits, everybody may see who was told its number; what
    /// became of it only the systems of its two operators; its answer is given to the first one's,
    /// once.
    pub(crate) fn look(
        &self,
        id: &str,
        system: &str,
        now: OffsetDateTime,
    ) -> Result<ApprovalView, RefusalCode> {
        let mut entries = self.entries(now);
        let entry = entries.get_mut(id).filter(|entry| {
            matches!(entry.fate, Fate::Awaiting)
                || entry.prepared.open.system == system
                || entry.approved_from.as_deref() == Some(system)
        });
        let entry = entry.ok_or(RefusalCode::ApprovalUnknown)?;
        let is_first = entry.prepared.open.system == system;
        let answer = match &mut entry.fate {
            Fate::Answered(kept) if is_first => kept.take(),
            _ => None,
        };
        Ok(entry.view(answer.map(|(bytes, _)| bytes)))
    }
}

/// The entry under a number, if it waits.
fn waiting<'a>(
    entries: &'a mut HashMap<String, Entry>,
    id: &str,
) -> Result<&'a mut Entry, RefusalCode> {
    let entry = entries.get_mut(id).ok_or(RefusalCode::ApprovalUnknown)?;
    match entry.fate {
        Fate::Awaiting => Ok(entry),
        _ => Err(RefusalCode::CaseReplayed),
    }
}

impl Entry {
    fn check_another(&self, operator: &str) -> Result<(), RefusalCode> {
        let first = self.prepared.open.operator.trim();
        if first.eq_ignore_ascii_case(operator.trim()) {
            return Err(RefusalCode::CaseApprover);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
