//! A list: the same question about many parties of one case. The case is looked up once, and again
//! now and then; every line is a question of its own, with its own statement, its own evidence and
//! its own refusal.
//!
//! No more lines are under way than [`LINES_PER_LIST_AT_ONCE`]; a reader who takes no results holds
//! the list up, and one who hangs up ends it.

mod carrier;
mod rooms;
mod roster;
mod words;

use std::sync::Arc;

use policies::Flow;
use tokio::sync::mpsc;
use tokio::time::Instant;
use wire::RefusalCode;
use wire::limits::LINES_PER_LIST_AT_ONCE;

use super::{Asker, OpenCase, RefusalView};
use carrier::Carrier;
use rooms::Room;
use roster::Roster;

pub use rooms::Lists;
pub use words::{ListBody, ListEvent, ListSummary, ListedLine};

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
    _room: Room,
}

impl Asker {
    /// Begins a list of an open case. The results come as they are done; dropping the receiver
    /// cancels the rest, here, at the hub and at the nodes.
    ///
    /// # Errors
    /// The list as a whole is refused; nothing was asked.
    pub async fn list(
        self: &Arc<Self>,
        system: &str,
        body: ListBody,
    ) -> Result<mpsc::Receiver<ListEvent>, RefusalView> {
        let Some(open) = self.open.find(&body.case, system, self.clock.now()) else {
            return Err(self.refused(RefusalCode::CaseNotOpen, "", "", "").await);
        };
        let begun = Instant::now();
        match self.prepare_list(open.clone(), body).await {
            Ok(list) => {
                let (results, out) = mpsc::channel(RESULTS_AHEAD);
                let carrier = Carrier::new(Arc::clone(self), list, results, begun);
                self.tasks.spawn(carrier.carry());
                Ok(out)
            }
            Err(code) => {
                let flow = open.flow.to_string();
                Err(self
                    .refused(code, &open.case_no, &flow, &open.operator)
                    .await)
            }
        }
    }

    async fn prepare_list(&self, open: OpenCase, body: ListBody) -> Result<List, RefusalCode> {
        let room = self.lists.enter(&open.system)?;
        let rules = self.rules.current();
        let flow = rules.flows().flow(&open.flow);
        let flow = flow.ok_or(RefusalCode::FlowUnknown)?.clone();
        let lines_max = flow.lines_max();
        if lines_max == 0 {
            return Err(RefusalCode::FlowNotAList);
        }
        let case = self.look_up(&open.case_no).await?;
        if case.matter != open.matter.to_string() {
            return Err(RefusalCode::CaseMatter);
        }
        let roster = Roster::of(case);
        let lines = match &body.lines {
            Some(lines) => roster.chosen(lines)?,
            None => roster.listed(),
        };
        match u32::try_from(lines.len()) {
            Ok(0) => Err(RefusalCode::CaseSubject),
            Ok(count) if count <= lines_max => Ok(List {
                open,
                flow,
                roster,
                lines,
                body,
                _room: room,
            }),
            _ => Err(RefusalCode::ListTooLong),
        }
    }
}
