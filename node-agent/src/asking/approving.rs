//! Two people, one question: the first prepares it, an officer signs it with a key of their own,
//! and only then it leaves. Each step is in this center's own log before it takes effect.

use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use policies::{CaseFault, Flow, SignedApproval};
use ring::digest::{SHA256, digest};
use tokio_util::sync::CancellationToken;
use wire::{RefusalCode, Turn};

use super::approvals::{
    ANSWER_KEPT, ApprovalView, ApproveBody, Approver, Fate, Prepared, StatementBody, StatementView,
    Work,
};
use super::question::{self, AskBody};
use super::refusal::RefusalView;
use super::sheet::{Drafting, Sheet, Signed};
use super::subject;
use super::view::AnswerView;
use super::{Asker, OpenCase, Refused, open_cases};
use crate::book::{self, Entry};

/// What a local system hears when it has approved.
#[derive(Debug)]
pub enum Confirmed {
    /// The answer of a single question.
    Answered(Box<AnswerView>),
    /// A list that whoever prepared it may begin now.
    Ready(Box<ApprovalView>),
}

impl Asker {
    /// A question that waits: composed once, so that what cannot be asked is refused at once, and
    /// kept until an officer signs.
    pub(super) async fn prepare(
        &self,
        open: &OpenCase,
        body: &AskBody,
    ) -> Result<ApprovalView, Refused> {
        // What is passed on to a source is never kept, so a question that waits has none.
        if body.given.as_ref().is_some_and(|given| !given.is_empty()) {
            return Err(RefusalCode::AskMalformed.into());
        }
        let case = self.look_up(&open.case_no).await?;
        let rules = self.rules.current();
        let flow = rules
            .flows()
            .flow(&open.flow)
            .ok_or(RefusalCode::FlowUnknown)?;
        self.check_officer(&open.operator)?;
        let asked = question::compose(self, open, &case, flow, body)?;
        let mut sheet = Drafting::new(self)?;
        let line = subject::party_no(&case, body)?;
        sheet.add(self, open, flow, &case, (line, &asked))?;
        // A number that the local system named is not kept: the party's place says as much.
        let body = AskBody {
            party: line,
            subject: None,
            ..body.clone()
        };
        let work = Work::Question(Box::new(body));
        Ok(self.wait(open, flow, work, sheet.finish()?).await?)
    }

    /// On record, and then it waits.
    pub(super) async fn wait(
        &self,
        open: &OpenCase,
        flow: &Flow,
        work: Work,
        sheet: Sheet,
    ) -> Result<ApprovalView, RefusalCode> {
        let now = self.clock.now();
        let terms = sheet.terms();
        let id = open_cases::handle(&self.random)?;
        let mut items = wire::convert::Wants::new();
        for item in &terms.items {
            items.entry(item.class()).or_default().insert(*item);
        }
        let entry = book::ApprovalAsked {
            approval: id.clone(),
            case_no: open.case_no.clone(),
            flow: open.flow.to_string(),
            operator: open.operator.clone(),
            counter: open.counter.clone(),
            system: open.system.clone(),
            items: crate::answer::items_by_class(&items),
            verdicts: crate::answer::names(&terms.verdicts),
            lines: sheet.lines().len(),
        };
        let prepared = Prepared {
            id,
            open: open.clone(),
            work,
            sheet: Arc::new(sheet),
            expires_at: open.expires_at.min(now + flow.case_valid),
        };
        let written = self.book.write(Entry::ApprovalAsked(entry)).await;
        written.map_err(|_| RefusalCode::LocalAudit)?;
        self.approvals.insert(prepared, now)
    }

    /// A designated officer of this center, by its own copy of the trust list.
    pub(super) fn check_officer(&self, operator: &str) -> Result<[u8; 32], RefusalCode> {
        let node = self.trust.node(&self.node);
        let key = node.and_then(|node| node.officers.get(operator));
        key.copied().ok_or(RefusalCode::CaseOfficer)
    }

    /// The bytes for an officer to sign, and what they mean. That they were shown is on record.
    ///
    /// # Errors
    /// Nothing waits under this number, or this person may not approve it.
    pub async fn statement(
        &self,
        system: &str,
        id: &str,
        body: StatementBody,
    ) -> Result<StatementView, RefusalView> {
        let approver = Approver {
            operator: body.operator,
            counter: body.counter,
            system: system.to_owned(),
        };
        match self.shown(id, &approver).await {
            Ok(view) => Ok(view),
            Err(code) => Err(self.refused(code, "", "", &approver.operator).await),
        }
    }

    async fn shown(&self, id: &str, approver: &Approver) -> Result<StatementView, RefusalCode> {
        question::check_names([&approver.operator, &approver.counter])?;
        self.check_officer(&approver.operator)?;
        let now = self.clock.now();
        let (prepared, statement) = self.approvals.give(id, approver, now, |prepared| {
            let span = (now, prepared.expires_at);
            let statement = prepared.sheet.statement(&self.node, approver, span);
            statement.encode().map_err(|fault| match fault {
                CaseFault::PersonalData => RefusalCode::CasePersonal,
                _ => RefusalCode::CaseMalformed,
            })
        })?;
        let rules = self.rules.current();
        let flow = rules.flows().flow(&prepared.open.flow);
        let flow = flow.ok_or(RefusalCode::FlowUnknown)?;
        let entry = book::ApprovalShown {
            approval: id.to_owned(),
            approver: approver.operator.clone(),
            counter: approver.counter.clone(),
            system: approver.system.clone(),
            statement: sha256(&statement),
        };
        let written = self.book.write(Entry::ApprovalShown(entry)).await;
        written.map_err(|_| RefusalCode::LocalAudit)?;
        let operator = &approver.operator;
        Ok(StatementView::of(&prepared, operator, flow, &statement))
    }

    /// Approves a question that waits and asks it; a list may then be begun by who prepared it.
    ///
    /// # Errors
    /// Refused here or by the hub. Where the hub was not heard or has no room, it waits on; if it
    /// was decided unheard, the next try is refused as used before.
    pub async fn approve(
        self: &Arc<Self>,
        system: &str,
        id: &str,
        body: ApproveBody,
    ) -> Result<Confirmed, RefusalView> {
        let taken = self.verified(id, &body).and_then(|signed| {
            let prepared = self.approvals.take(id, self.clock.now())?;
            Ok((prepared, signed))
        });
        let (prepared, signed) = match taken {
            Ok(taken) => taken,
            Err(code) => return Err(self.refused(code, "", "", &body.operator).await),
        };
        match self.confirm(&prepared, &signed).await {
            Ok(Some(view)) => {
                let fate = Fate::answered(&view, self.clock.now());
                self.settle(id, fate, system);
                self.drop_answer_in_time();
                Ok(Confirmed::Answered(Box::new(view)))
            }
            Ok(None) => {
                self.settle(id, Fate::Approved(signed), system);
                let view = self.approvals.look(id, system, self.clock.now());
                let view = view.map_err(|code| self.refusal(code, None))?;
                Ok(Confirmed::Ready(Box::new(view)))
            }
            Err(Refused::Here(code)) => {
                self.settle(id, Fate::Awaiting, system);
                let (case_no, flow) = (&prepared.open.case_no, prepared.open.flow.to_string());
                Err(self
                    .refused(code, case_no, &flow, &signed.by.operator)
                    .await)
            }
            Err(Refused::ByHub(refusal)) => {
                let view = self.refused_by_hub(&prepared.open, refusal).await;
                let may_come_again = [Turn::Capacity, Turn::Hub]
                    .iter()
                    .any(|turn| turn.as_str() == view.turn);
                let fate = if may_come_again {
                    Fate::Awaiting
                } else {
                    Fate::Refused(Box::new(view.clone()))
                };
                self.settle(id, fate, system);
                Err(view)
            }
        }
    }

    pub(super) fn settle(&self, id: &str, fate: Fate, system: &str) {
        self.approvals.settle(id, fate, system, self.clock.now());
    }

    /// Nobody may come for the answer; it is dropped all the same.
    fn drop_answer_in_time(self: &Arc<Self>) {
        let asker = Arc::clone(self);
        let stopping = self.lists.stopping.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(ANSWER_KEPT) => asker.approvals.sweep(asker.clock.now()),
                () = stopping.cancelled() => {}
            }
        });
    }

    /// What became of a question that waits.
    ///
    /// # Errors
    /// There is none under this number, or it is none of this system's.
    pub async fn approval(&self, system: &str, id: &str) -> Result<ApprovalView, RefusalView> {
        let found = self.approvals.look(id, system, self.clock.now());
        found.map_err(|code| self.refusal(code, None))
    }

    /// The officer's own signature over what the officer was given here, and nothing else.
    fn verified(&self, id: &str, body: &ApproveBody) -> Result<Signed, RefusalCode> {
        question::check_names([&body.operator, &body.operator])?;
        let given = self.approvals.given(id, &body.operator, self.clock.now())?;
        let key = self.check_officer(&body.operator)?;
        let signature = BASE64.decode(body.signature.as_bytes());
        let signature = signature.map_err(|_| RefusalCode::AskMalformed)?;
        // The same officer may read at two counters; whoever fetched last decides nothing.
        for (by, body) in given {
            let signed = SignedApproval {
                body,
                signature: signature.clone(),
                ..SignedApproval::default()
            };
            if signed.check_signature(&key).is_ok() {
                return Ok(Signed {
                    by,
                    body: signed.body,
                    signature,
                });
            }
        }
        Err(RefusalCode::CaseApproverSignature)
    }

    /// On record, and then asked; a list is asked when its results are fetched.
    async fn confirm(
        &self,
        prepared: &Prepared,
        signed: &Signed,
    ) -> Result<Option<AnswerView>, Refused> {
        // Made to be logged: staff names, numbers and digests, and no person.
        let body = String::from_utf8(signed.body.clone());
        let entry = book::Approved {
            approval: prepared.id.clone(),
            case_no: prepared.open.case_no.clone(),
            flow: prepared.open.flow.to_string(),
            operator: prepared.open.operator.clone(),
            approver: signed.by.operator.clone(),
            counter: signed.by.counter.clone(),
            system: signed.by.system.clone(),
            statement: sha256(&signed.body),
            signature: HEXLOWER.encode(&signed.signature),
            body: body.map_err(|_| RefusalCode::CaseMalformed)?,
        };
        let written = self.book.write(Entry::Approved(entry)).await;
        written.map_err(|_| RefusalCode::LocalAudit)?;
        match &prepared.work {
            Work::Question(body) => {
                let approved = Some((&*prepared.sheet, signed));
                // Its answer is kept for whoever prepared it: hanging up cancels nothing.
                let never = CancellationToken::new();
                let answered = self.answer(&prepared.open, body, approved, &never);
                answered.await.map(Some)
            }
            Work::List(_) => Ok(None),
        }
    }
}

/// SHA-256 in hex.
fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA256, bytes).as_ref())
}
