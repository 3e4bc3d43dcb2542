//! A question that comes as a line of a list: the same story, in places of its own, and it ends
//! early when nobody wants the list any more. Its entry is sealed all the same.

use std::sync::Arc;

use policies::{Caller, LIST_LINES_MAX, Permit, RuleSet, VerifiedCase};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::identity::PeerIdentity;
use wire::limits::LINES_PER_LIST_MAX;
use wire::{RefusalCode, v1};

use super::{Arrival, Broker};
use crate::throttle::{LinePlace, Slot};

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
        };
        self.work_on(arrival, request, Some(line.place)).await
    }

    /// A single question takes a place here, or is refused; a line has brought its own.
    pub(super) fn admit(
        &self,
        arrival: &Arrival,
        caller: &Caller,
    ) -> Result<Option<Slot>, RefusalCode> {
        // Nobody is asked for what was cancelled before it began.
        if arrival.cancelled.is_cancelled() {
            return Err(RefusalCode::AskCancelled);
        }
        match arrival.nth {
            None => self.throttle.admit(caller.node()).map(Some),
            Some(_) => Ok(None),
        }
    }

    pub(super) fn admit_operator(
        &self,
        arrival: &Arrival,
        case: &VerifiedCase,
    ) -> Result<(), RefusalCode> {
        let said = case.assertion();
        match arrival.nth {
            None => self.throttle.admit_operator(&said.node, &said.operator),
            Some(_) => self
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
