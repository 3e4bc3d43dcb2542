//! A question that comes as a line of a list: the same story, in places of its own, and it ends
//! early when nobody wants the list any more. Its entry is sealed all the same.

use std::sync::Arc;

use policies::{Caller, LIST_LINES_MAX, Permit, RuleSet, VerifiedCase};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::identity::PeerIdentity;
use wire::limits::{DEADLINE_MAX, LINES_PER_LIST_MAX};
use wire::{Refusal, RefusalCode, v1};

use super::{Arrival, Broker, deadline};
use crate::nodes::plan::Manner;
use crate::throttle::{LinePlace, Proven, Slot, Waits};

/// Flows and streams are bounded alike.
const _: () = assert!(LIST_LINES_MAX == LINES_PER_LIST_MAX);

/// What a line brings along from its list.
#[derive(Debug)]
pub(crate) struct Line {
    /// Which line of its list it is, counted from 1.
    pub(crate) nth: u32,
    /// Told when nobody wants the list any more.
    pub(crate) cancelled: CancellationToken,
    /// Its place, given back when its outcome is on record.
    pub(crate) place: LinePlace,
}

impl Arrival {
    /// How it waits for a node, once its flow is proven.
    pub(super) fn manner(&self, rules: &RuleSet, permit: &Permit) -> Manner {
        Manner::of(rules.flows().flow(&permit.flow()), self.nth.is_some())
    }
}

impl Broker {
    /// As [`Broker::handle`], for a line of a list. When the list is cancelled, the nodes are told,
    /// and what they have not said by then is on record as unavailable.
    ///
    /// # Errors
    /// The refusal of this line as it travels.
    pub(crate) async fn handle_line(
        self: &Arc<Self>,
        peer: Arc<PeerIdentity>,
        request: v1::AskRequest,
        line: Line,
    ) -> Result<v1::Answer, Box<v1::Refusal>> {
        let arrival = Arrival {
            id: self.ledger.query_id(),
            peer,
            at: Instant::now(),
            cancelled: line.cancelled,
            nth: Some(line.nth),
            span: Arc::default(),
        };
        self.work_on(arrival, request, Some(line.place)).await
    }

    /// A single question takes a place here, at once or after a short wait, or is refused; a line
    /// has brought its own. What it says of its flow decides only how long it may wait.
    pub(super) async fn admit(
        &self,
        arrival: &Arrival,
        caller: &Caller,
        rules: &RuleSet,
        request: &v1::AskRequest,
    ) -> Result<Option<Slot>, Refusal> {
        // Nobody is asked for what was cancelled before it began.
        if arrival.cancelled.is_cancelled() {
            return Err(RefusalCode::AskCancelled.into());
        }
        if arrival.nth.is_some() {
            return Ok(None);
        }
        let admitted = self.throttle.admit(caller.node())?;
        let says = request.envelope.as_ref().map(|e| e.flow.parse());
        let flow = match says {
            Some(Ok(id)) => rules.flows().flow(&id),
            Some(Err(_)) | None => None,
        };
        let waits = Waits {
            urgency: Manner::of(flow, false).urgency,
            flow: &flow.map_or(String::new(), |flow| flow.id.to_string()),
            deadline: deadline(
                arrival.at,
                request.deadline_ms,
                flow.map_or(DEADLINE_MAX, |flow| flow.deadline),
            ),
        };
        self.throttle.place(admitted, waits).await.map(Some)
    }

    /// Counts a question for whom and what the center has signed it.
    pub(super) fn admit_proven(
        &self,
        arrival: &Arrival,
        slot: Option<&Slot>,
        case: &VerifiedCase,
    ) -> Result<(), Refusal> {
        let said = case.assertion();
        match (arrival.nth, slot) {
            (None, Some(slot)) => {
                let who = Proven {
                    node: &said.node,
                    operator: &said.operator,
                    flow: &said.flow.to_string(),
                    case_no: &said.case_no,
                };
                self.throttle.admit_proven(slot, who)
            }
            (None, None) | (Some(_), _) => self
                .throttle
                .admit_line_operator(&said.node, &said.operator),
        }
    }

    /// A line is of a flow that is asked by list, and its list is no longer than the flow allows.
    pub(super) fn check_list(
        &self,
        rules: &RuleSet,
        arrival: &Arrival,
        permit: &Permit,
    ) -> Result<(), RefusalCode> {
        let Some(nth) = arrival.nth else {
            return Ok(());
        };
        let flow = rules.flows().flow(&permit.flow());
        let flow = flow.ok_or(RefusalCode::FlowUnknown)?;
        match flow.lines_max() {
            0 => Err(RefusalCode::FlowNotAList),
            max if nth > max => Err(RefusalCode::ListTooLong),
            _ => Ok(()),
        }
    }
}
