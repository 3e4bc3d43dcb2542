//! Two operators, one question: the first prepares it, the second confirms, and only then both
//! statements are signed and the question leaves. Each step is in this center's own log before it
//! takes effect.

use policies::FlowId;
use wire::{RefusalCode, Turn};

use super::approvals::{ApprovalView, ApproveBody, Approver, Fate, Prepared};
use super::question::{self, AskBody};
use super::refusal::RefusalView;
use super::view::AnswerView;
use super::{Approved, Asker, OpenCase, Refused, open_cases};
use crate::book::{self, Entry};

impl Asker {
    /// A question that waits: composed once, so that what cannot be asked is refused at once, and
    /// kept until a second operator confirms.
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
        let asked = question::compose(self, open, &case, flow, body)?;
        let now = self.clock.now();
        let prepared = Prepared {
            id: open_cases::handle(&self.random)?,
            open: open.clone(),
            body: body.clone(),
            digest: *asked.question.digest(),
            expires_at: open.expires_at.min(now + flow.case_valid),
        };
        let entry = book::ApprovalAsked {
            approval: prepared.id.clone(),
            case_no: open.case_no.clone(),
            flow: open.flow.to_string(),
            operator: open.operator.clone(),
            counter: open.counter.clone(),
            system: open.system.clone(),
            items: crate::answer::items_by_class(asked.question.wants()),
            verdicts: crate::answer::names(asked.question.verdicts()),
        };
        let written = self.book.write(Entry::ApprovalAsked(entry)).await;
        written.map_err(|_| RefusalCode::LocalAudit)?;
        Ok(self.approvals.insert(prepared, now)?)
    }

    /// Approves a question that waits and asks it.
    ///
    /// # Errors
    /// Refused here or by the hub. Where the hub was not heard or has no room, it waits on.
    pub async fn approve(
        &self,
        system: &str,
        id: &str,
        body: ApproveBody,
    ) -> Result<AnswerView, RefusalView> {
        let approver = Approver {
            operator: body.operator,
            counter: body.counter,
            system: system.to_owned(),
        };
        let taken = question::check_names([&approver.operator, &approver.counter]).and_then(|()| {
            self.approvals
                .take(id, &approver.operator, self.clock.now())
        });
        let prepared = match taken {
            Ok(prepared) => prepared,
            Err(code) => return Err(self.refused(code, "", "", &approver.operator).await),
        };
        match self.confirm(&prepared, &approver).await {
            Ok(view) => {
                let fate = Fate::Answered(Box::new(view.clone()));
                self.approvals.settle(id, fate, system);
                Ok(view)
            }
            Err(Refused::Here(code)) => {
                self.approvals.settle(id, Fate::Awaiting, system);
                let (case_no, flow) = names_of(&prepared);
                let flow = flow.to_string();
                Err(self.refused(code, case_no, &flow, &approver.operator).await)
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
                self.approvals.settle(id, fate, system);
                Err(view)
            }
        }
    }

    /// What became of a question that waits.
    ///
    /// # Errors
    /// There is none under this number, or it is none of this system's.
    pub async fn approval(&self, system: &str, id: &str) -> Result<ApprovalView, RefusalView> {
        let found = self.approvals.look(id, system, self.clock.now());
        found.map_err(|code| self.refusal(code, None))
    }

    async fn confirm(
        &self,
        prepared: &Prepared,
        approver: &Approver,
    ) -> Result<AnswerView, Refused> {
        let (case_no, flow) = names_of(prepared);
        let entry = book::Approved {
            approval: prepared.id.clone(),
            case_no: case_no.to_owned(),
            flow: flow.to_string(),
            operator: prepared.open.operator.clone(),
            approver: approver.operator.clone(),
            counter: approver.counter.clone(),
            system: approver.system.clone(),
        };
        let written = self.book.write(Entry::Approved(entry)).await;
        written.map_err(|_| RefusalCode::LocalAudit)?;
        let approved = Approved {
            by: approver,
            digest: prepared.digest,
        };
        self.answer(&prepared.open, &prepared.body, Some(&approved))
            .await
    }
}

fn names_of(prepared: &Prepared) -> (&str, FlowId) {
    (&prepared.open.case_no, prepared.open.flow)
}
