//! The steps of a question with their spans: where its time goes, for whoever has to find out.

use std::sync::Arc;

use policies::{Caller, Permit, Question, RuleSet, VerifiedCase};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::identity::PeerIdentity;
use wire::traces::{Attribute, Kind, TraceSpan};
use wire::{Refusal, RefusalCode, v1};

use super::{Arrival, Broker};
use crate::ledger::entry::Decision;
use crate::ledger::{Answer, Draft, OpenEntry};

impl Broker {
    /// As [`Broker::handle`], as a part of a trace.
    ///
    /// # Errors
    /// As [`Broker::handle`].
    pub async fn handle_in(
        self: &Arc<Self>,
        span: TraceSpan,
        peer: Arc<PeerIdentity>,
        request: v1::AskRequest,
    ) -> Result<v1::Answer, Box<v1::Refusal>> {
        let cancelled = CancellationToken::new();
        let hung_up = cancelled.clone().drop_guard();
        let id = self.ledger.query_id();
        span.says(Attribute::Query(id.clone()));
        let arrival = Arrival {
            id,
            peer,
            at: Instant::now(),
            cancelled,
            nth: None,
            span: Arc::new(span),
        };
        let answered = self.work_on(arrival, request, None).await;
        hung_up.disarm();
        answered
    }

    /// The only source of a permit.
    pub(super) fn permitted(
        &self,
        arrival: &Arrival,
        rules: &RuleSet,
        caller: &Caller,
        (case, question): (&VerifiedCase, &Question),
    ) -> Result<Permit, Refusal> {
        let _authorizing = arrival.span.child(Kind::Internal, "authorize");
        let permit = self.authorize(rules, caller, case, question)?;
        arrival
            .span
            .says(Attribute::Flow(permit.flow().to_string()));
        Ok(permit)
    }

    /// On record before any node is asked.
    pub(super) async fn opened(
        &self,
        arrival: &Arrival,
        decision: Decision,
    ) -> Result<OpenEntry, RefusalCode> {
        let writing = Instant::now();
        let opening = self.ledger.open(decision);
        let opened = arrival.span.during("audit.open", opening).await;
        self.metrics.recorded(writing.elapsed());
        opened
    }

    /// On record before the answer leaves.
    pub(super) async fn sealed(
        &self,
        arrival: &Arrival,
        entry: OpenEntry,
        draft: Draft,
    ) -> Result<Answer, RefusalCode> {
        let writing = Instant::now();
        let sealed = arrival.span.during("audit.seal", entry.seal(draft)).await;
        self.metrics.recorded(writing.elapsed());
        sealed
    }
}
