//! A list: the same question about many parties of one case. The case is looked up once, and again
//! now and then; every line is a question of its own, with its own statement, its own evidence and
//! its own refusal.
//!
//! No more lines are under way than [`LINES_PER_LIST_AT_ONCE`]; a reader who takes no results holds
//! the list up, and one who hangs up ends it.

mod approved;
mod carrier;
mod rooms;
mod roster;
mod table;
mod words;

use std::sync::Arc;

use policies::Flow;
use tokio::sync::mpsc;
use tokio::time::Instant;
use wire::RefusalCode;
use wire::limits::LINES_PER_LIST_AT_ONCE;

use super::{ApprovalView, Asker, OpenCase, RefusalView};
use approved::Approved;
use carrier::Carrier;
use rooms::Room;
use roster::Roster;

pub use rooms::Lists;
pub use words::{ListBody, ListEvent, ListSummary, ListedLine, TableView};

/// Results made ahead of their reader.
const RESULTS_AHEAD: usize = 1;

/// A list that may begin.
#[derive(Debug)]
struct List {
    open: OpenCase,
    flow: Flow,
    roster: Roster,
    /// Numbers of the parties asked about, in their order.
    lines: Vec<usize>,
    body: ListBody,
    /// What an officer has signed, where one must.
    approved: Option<Approved>,
    _room: Room,
}

/// What a local system hears of a list that was not refused.
#[derive(Debug)]
pub enum Begun {
    /// Its results, as they are done.
    Underway(mpsc::Receiver<ListEvent>),
    /// It waits for an officer.
    Awaiting(Box<ApprovalView>),
}

impl Asker {
    /// Begins a list of an open case, or lets it wait where its flow needs an officer. The results
    /// come as they are done; dropping the receiver cancels the rest, here, at the hub and at the
    /// nodes.
    ///
    /// # Errors
    /// The list as a whole is refused; nothing was asked.
    pub async fn list(
        self: &Arc<Self>,
        system: &str,
        body: ListBody,
    ) -> Result<Begun, RefusalView> {
        let Some(open) = self.open.find(&body.case, system, self.clock.now()) else {
            return Err(self.refused(RefusalCode::CaseNotOpen, "", "", "").await);
        };
        match self.begin_list(open.clone(), body).await {
            Ok(begun) => Ok(begun),
            Err(code) => {
                let flow = open.flow.to_string();
                Err(self
                    .refused(code, &open.case_no, &flow, &open.operator)
                    .await)
            }
        }
    }

    async fn begin_list(
        self: &Arc<Self>,
        open: OpenCase,
        body: ListBody,
    ) -> Result<Begun, RefusalCode> {
        let rules = self.rules.current();
        let flow = rules.flows().flow(&open.flow);
        let flow = flow.ok_or(RefusalCode::FlowUnknown)?;
        if flow.second_approver {
            let view = self.prepare_approval(&open, flow, body).await?;
            return Ok(Begun::Awaiting(Box::new(view)));
        }
        let list = self.prepare_list(open, body, None).await?;
        Ok(Begun::Underway(self.carry(list)))
    }

    fn carry(self: &Arc<Self>, list: List) -> mpsc::Receiver<ListEvent> {
        let (results, out) = mpsc::channel(RESULTS_AHEAD);
        let carrier = Carrier::new(Arc::clone(self), list, results, Instant::now());
        self.tasks.spawn(carrier.carry());
        out
    }

    async fn prepare_list(
        &self,
        open: OpenCase,
        body: ListBody,
        approved: Option<Approved>,
    ) -> Result<List, RefusalCode> {
        let room = self.lists.enter(&open.system)?;
        let rules = self.rules.current();
        let flow = rules.flows().flow(&open.flow);
        let flow = flow.ok_or(RefusalCode::FlowUnknown)?.clone();
        if flow.lines_max() == 0 {
            return Err(RefusalCode::FlowNotAList);
        }
        let roster = self.roster(&open).await?;
        let lines = roster.lines(&body, &flow)?;
        Ok(List {
            open,
            flow,
            roster,
            lines,
            body,
            approved,
            _room: room,
        })
    }
}
