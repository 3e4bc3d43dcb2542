//! A list that an officer approves: prepared whole, signed once, and begun by who prepared it when
//! they come for its results. Until then no line is asked, and no result is ever kept.

use std::sync::Arc;

use policies::Flow;
use tokio::sync::mpsc;
use wire::RefusalCode;

use super::{List, ListBody, ListEvent, Roster};
use crate::asking::approvals::{ApprovalView, Fate, Prepared, Work};
use crate::asking::question;
use crate::asking::sheet::{Drafting, Sheet, Signed};
use crate::asking::{Asker, OpenCase, RefusalView};

/// Lines composed before others have their turn.
const LINES_AT_A_STRETCH: usize = 256;

/// What an officer has signed for a list.
#[derive(Debug)]
pub(super) struct Approved {
    pub(super) sheet: Arc<Sheet>,
    pub(super) signed: Signed,
}

impl Asker {
    /// A list that waits: every line is composed, so that what cannot be asked is refused at once.
    pub(super) async fn prepare_approval(
        &self,
        open: &OpenCase,
        flow: &Flow,
        body: ListBody,
    ) -> Result<ApprovalView, RefusalCode> {
        let _room = self.lists.enter(&open.system)?;
        self.check_officer(&open.operator)?;
        let roster = self.roster(open).await?;
        let lines = roster.lines(&body, flow)?;
        let question = body.question(flow);
        let mut sheet = Drafting::new(self)?;
        for (no, line) in lines.into_iter().enumerate() {
            if no % LINES_AT_A_STRETCH == 0 {
                tokio::task::yield_now().await;
            }
            let case = roster.about(line)?;
            let asked = question::compose(self, open, &case, flow, &question)?;
            sheet.add(self, open, flow, &case, (line, &asked))?;
        }
        let work = Work::List(Box::new(body));
        self.wait(open, flow, work, sheet.finish()?).await
    }

    /// Begins a list that was approved, for the system that prepared it. The results come as they
    /// are done; dropping the receiver cancels the rest. A list begins once.
    ///
    /// # Errors
    /// It was not approved, has begun before, or cannot begin now.
    pub async fn batch(
        self: &Arc<Self>,
        system: &str,
        id: &str,
    ) -> Result<mpsc::Receiver<ListEvent>, RefusalView> {
        let (prepared, signed) = match self.approvals.begin(id, system, self.clock.now()) {
            Ok(begun) => begun,
            Err(code) => return Err(self.refused(code, "", "", "").await),
        };
        match self.take_up(&prepared, &signed).await {
            Ok(list) => {
                self.settle(id, Fate::Answered(None), &signed.by.system);
                Ok(self.carry(list))
            }
            Err(code) => {
                let system = signed.by.system.clone();
                self.settle(id, Fate::Approved(signed), &system);
                let (open, flow) = (&prepared.open, prepared.open.flow.to_string());
                Err(self
                    .refused(code, &open.case_no, &flow, &open.operator)
                    .await)
            }
        }
    }

    async fn take_up(&self, prepared: &Prepared, signed: &Signed) -> Result<List, RefusalCode> {
        let Work::List(body) = &prepared.work else {
            return Err(RefusalCode::ApprovalUnknown);
        };
        let approved = Approved {
            sheet: Arc::clone(&prepared.sheet),
            signed: signed.clone(),
        };
        self.prepare_list(prepared.open.clone(), (**body).clone(), Some(approved))
            .await
    }

    pub(super) async fn roster(&self, open: &OpenCase) -> Result<Roster, RefusalCode> {
        let case = self.look_up(&open.case_no).await?;
        if case.matter == open.matter.to_string() {
            Ok(Roster::of(case))
        } else {
            Err(RefusalCode::CaseMatter)
        }
    }
}
