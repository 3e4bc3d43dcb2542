//! Asking the nodes of a plan in parallel within a deadline: each over one stream, and once more
//! over another where the first is lost meanwhile.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use catalog::ClassNo;
use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::limits::{DEADLINE_MIN, HOP_RESERVE};
use wire::traces::{Attribute, Kind, TraceSpan};
use wire::{RefusalCode, v1};

use super::announced::Announced;
use super::breaker::Event;
use super::link::{Link, LinkFault};
use super::loads::Going;
use super::plan::{Plan, Target};
use super::retry::Tries;
use super::{Found, Nodes, judging};
use crate::throttle::Urgency;

/// A reply, and the rules that its node has announced.
type Heard = (v1::NodeReply, Announced);

/// What one try gave; nothing where it was cancelled.
type Tried = Option<Result<Result<Heard, LinkFault>, tokio::time::error::Elapsed>>;

/// A question on its way to one node.
struct Asking<'a> {
    target: &'a Target,
    /// The classes that the node is asked for.
    asked: &'a [ClassNo],
    urgency: Urgency,
    question: &'a v1::NodeAsk,
    deadline: Instant,
    cancelled: &'a CancellationToken,
    span: &'a TraceSpan,
}

/// What came of it.
struct Asked {
    reply: Result<Heard, RefusalCode>,
    tries: Tries,
    /// When it went down, if it did: what it waited for before says nothing of the node.
    went: Option<Instant>,
}

impl Nodes {
    /// Asks every target of the plan at once; comes back when all replied, the deadline is over, or
    /// nobody wants the answer any more.
    pub async fn ask(
        &self,
        plan: Plan,
        question: &v1::NodeAsk,
        deadline: Instant,
        (cancelled, span): (&CancellationToken, &TraceSpan),
    ) -> Vec<Found> {
        let deadline = deadline.checked_sub(HOP_RESERVE).unwrap_or(deadline);
        let urgency = plan.urgency;
        let asked = plan
            .targets
            .into_iter()
            .map(|target| self.ask_one((target, urgency), question, deadline, (cancelled, span)));
        join_all(asked).await
    }

    async fn ask_one(
        &self,
        (target, urgency): (Target, Urgency),
        question: &v1::NodeAsk,
        deadline: Instant,
        (cancelled, span): (&CancellationToken, &TraceSpan),
    ) -> Found {
        let span = span.child(Kind::Client, "node.ask");
        span.says(Attribute::Node(target.node.clone()));
        let begun = Instant::now();
        let asked = target.asked();
        let came = match &target.route {
            Ok(link) => {
                let asking = Asking {
                    target: &target,
                    asked: &asked,
                    urgency,
                    question,
                    deadline,
                    cancelled,
                    span: &span,
                };
                self.ask_over(link, &asking).await
            }
            Err(code) => Asked {
                reply: Err(*code),
                tries: Tries::default(),
                went: None,
            },
        };
        let elapsed = came.went.unwrap_or(begun).elapsed();
        let (reply, announced) = match came.reply {
            Ok((reply, announced)) => (Ok(reply), announced),
            Err(code) => {
                span.failed(code);
                (Err(code), Announced::default())
            }
        };
        Found {
            node: target.node,
            center: target.center,
            classes: target.classes,
            left_out: target.left_out,
            reply,
            announced,
            elapsed,
            tries: came.tries,
        }
    }

    /// Asks one node once it has a place for the question, and waits for its reply. Where the
    /// stream is lost before that, the question goes once more, by the same id, over another open
    /// one: the node knows it again and answers it once. One report to the breakers, whatever was
    /// tried.
    async fn ask_over(&self, link: &Arc<Link>, asking: &Asking<'_>) -> Asked {
        let (node, deadline) = (&asking.target.node, asking.deadline);
        let going = Going {
            node,
            classes: asking.asked,
            from: &asking.question.asking_node,
            urgency: asking.urgency,
            deadline,
        };
        let entered = tokio::select! {
            biased;
            entered = self.loads.enter(going) => entered,
            () = asking.cancelled.cancelled() => Err(RefusalCode::AskCancelled),
        };
        let at_node = match entered {
            Ok(at_node) => at_node,
            Err(code) => {
                // A node that was not asked has told its breakers nothing.
                self.heard(node, &all(asking.asked, Event::Unjudged));
                return Asked {
                    reply: Err(code),
                    tries: Tries::default(),
                    went: None,
                };
            }
        };
        let mut tries = Tries {
            made: 1,
            denied: false,
        };
        self.paid(node);
        let went = Instant::now();
        let mut wait = deadline.duration_since(went);
        let mut tried = once(link, asking).await;
        if matches!(tried, Some(Ok(Err(LinkFault::Gone))))
            && let Some(other) = self.another(asking, link, &mut tries)
        {
            tries.made += 1;
            wait = deadline.duration_since(Instant::now());
            tried = once(&other, asking).await;
        }
        match &tried {
            Some(Ok(Ok((reply, _)))) => at_node.replied(node, reply),
            Some(Err(_)) => at_node.timed_out(node, wait),
            Some(Ok(Err(_))) | None => {}
        }
        Asked {
            reply: self.judge((node, asking.asked), wait, tried),
            tries,
            went: Some(went),
        }
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

    /// Another stream for a question whose own is lost. None where the node has no other, a breaker
    /// of what is asked is not closed, the time is over or the budget is.
    fn another(
        &self,
        asking: &Asking<'_>,
        lost: &Arc<Link>,
        tries: &mut Tries,
    ) -> Option<Arc<Link>> {
        let member = self.members.get(&asking.target.node)?;
        let has_time = asking.deadline.duration_since(Instant::now()) >= DEADLINE_MIN;
        if !has_time || !member.breakers.are_closed(asking.asked) {
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

    /// Turns a reply or its lack into a result. A lack is told to the breakers here; a reply only
    /// once it has been read, by [`Nodes::heard`].
    fn judge(
        &self,
        (node, classes): (&str, &[ClassNo]),
        wait: Duration,
        tried: Tried,
    ) -> Result<Heard, RefusalCode> {
        let (event, code) = match tried {
            Some(Ok(Ok(reply))) => return Ok(reply),
            Some(Ok(Err(fault))) => judging::of_silence(Some(fault), wait),
            Some(Err(_)) => judging::of_silence(None, wait),
            None => (Event::Unjudged, RefusalCode::AskCancelled),
        };
        self.heard(node, &all(classes, event));
        Err(code)
    }
}

async fn once(link: &Link, asking: &Asking<'_>) -> Tried {
    let left = asking.deadline.duration_since(Instant::now());
    let mut ask = narrowed(asking.question, left, asking.target);
    ask.traceparent = asking.span.header();
    tokio::select! {
        // What has been said counts, even if nobody waits for it any more.
        biased;
        reply = tokio::time::timeout_at(asking.deadline, link.ask(ask)) => Some(reply),
        // Dropping the wait tells the node to stop; its breakers learn nothing.
        () = asking.cancelled.cancelled() => None,
    }
}

/// The same of each class.
fn all(classes: &[ClassNo], event: Event) -> Vec<(ClassNo, Event)> {
    classes.iter().map(|class| (*class, event)).collect()
}

/// The question with what is left of the time, and without the classes that are left out.
/// Everything else stays as the asking node signed it.
fn narrowed(question: &v1::NodeAsk, left: Duration, target: &Target) -> v1::NodeAsk {
    let mut ask = question.clone();
    ask.deadline_ms = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
    let left_out = target.left_out.keys();
    ask.left_out = left_out.map(|class| u32::from(class.get())).collect();
    ask
}
