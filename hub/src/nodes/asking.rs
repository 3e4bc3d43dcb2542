//! Asking one node: over one stream, and once more over another where the first is lost meanwhile.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::limits::DEADLINE_MIN;
use wire::{RefusalCode, v1};

use super::breaker::{Event, State};
use super::link::{Link, LinkFault};
use super::retry::Tries;
use super::{FAIR_WAIT, Heard, Nodes};

/// What one try gave; nothing where it was cancelled.
type Tried = Option<Result<Result<Heard, LinkFault>, tokio::time::error::Elapsed>>;

impl Nodes {
    /// Asks a node over `link`. Where that is lost before the reply, the question goes once more,
    /// by the same id, over another open stream: the node knows it again and answers it once. One
    /// report to the breaker, whatever was tried.
    pub(super) async fn ask_over(
        &self,
        node: &str,
        link: Arc<Link>,
        question: &v1::NodeAsk,
        deadline: Instant,
        cancelled: &CancellationToken,
    ) -> (Result<Heard, RefusalCode>, Tries) {
        let mut tries = Tries {
            made: 1,
            denied: false,
        };
        self.paid(node);
        let mut wait = deadline.duration_since(Instant::now());
        let mut tried = once(&link, question, deadline, cancelled).await;
        if matches!(tried, Some(Ok(Err(LinkFault::Gone))))
            && let Some(other) = self.another(node, &link, deadline, &mut tries)
        {
            tries.made += 1;
            wait = deadline.duration_since(Instant::now());
            tried = once(&other, question, deadline, cancelled).await;
        }
        (self.judge(node, wait, tried), tries)
    }

    fn paid(&self, node: &str) {
        if let Some(member) = self.members.get(node) {
            let mut budget = member
                .retries
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            budget.asked();
        }
    }

    /// Another stream for a question whose own is lost. None where the node has no other, its
    /// breaker is not closed, the time is over or the budget is.
    fn another(
        &self,
        node: &str,
        lost: &Arc<Link>,
        deadline: Instant,
        tries: &mut Tries,
    ) -> Option<Arc<Link>> {
        let member = self.members.get(node)?;
        let has_time = deadline.duration_since(Instant::now()) >= DEADLINE_MIN;
        if !has_time || member.breaker().state() != State::Closed {
            return None;
        }
        let other = member.other_link(lost)?;
        let mut budget = member
            .retries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        tries.denied = !budget.take();
        (!tries.denied).then_some(other)
    }

    /// Turns a reply or its lack into a result. A lack is told to the breaker here; a reply only
    /// once it has been read, by [`Nodes::heard`].
    fn judge(&self, node: &str, wait: Duration, tried: Tried) -> Result<Heard, RefusalCode> {
        let (event, code) = match tried {
            Some(Ok(Ok(reply))) => return Ok(reply),
            Some(Ok(Err(LinkFault::Full))) => (Event::Unjudged, RefusalCode::NodeBusy),
            Some(Ok(Err(LinkFault::Gone))) => (Event::Failed, RefusalCode::NodeDown),
            // A caller in a hurry must not make a node look sick to everybody else.
            Some(Err(_)) if wait < FAIR_WAIT => (Event::Unjudged, RefusalCode::NodeTimeout),
            Some(Err(_)) => (Event::Failed, RefusalCode::NodeTimeout),
            None => (Event::Unjudged, RefusalCode::AskCancelled),
        };
        self.heard(node, event);
        Err(code)
    }
}

async fn once(
    link: &Link,
    question: &v1::NodeAsk,
    deadline: Instant,
    cancelled: &CancellationToken,
) -> Tried {
    let ask = timed(question, deadline.duration_since(Instant::now()));
    tokio::select! {
        // What has been said counts, even if nobody waits for it any more.
        biased;
        reply = tokio::time::timeout_at(deadline, link.ask(ask)) => Some(reply),
        // Dropping the wait tells the node to stop; its breaker learns nothing.
        () = cancelled.cancelled() => None,
    }
}

/// The question with what is left of the time. Everything else stays as the asking node signed it.
fn timed(question: &v1::NodeAsk, left: Duration) -> v1::NodeAsk {
    let mut ask = question.clone();
    ask.deadline_ms = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
    ask
}
