//! Asking the nodes of a plan in parallel within a deadline.

use std::time::Duration;

use catalog::ClassNo;
use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::limits::HOP_RESERVE;
use wire::{RefusalCode, v1};

use super::announced::Announced;
use super::breaker::Event;
use super::link::{Link, LinkFault};
use super::loads::Going;
use super::plan::{Plan, Target};
use super::{Found, Nodes, judging};
use crate::throttle::Urgency;

/// A reply, and the rules that its node has announced.
type Heard = (v1::NodeReply, Announced);

impl Nodes {
    /// Asks every target of the plan at once; comes back when all replied, the deadline is over, or
    /// nobody wants the answer any more.
    pub async fn ask(
        &self,
        plan: Plan,
        question: &v1::NodeAsk,
        deadline: Instant,
        cancelled: &CancellationToken,
    ) -> Vec<Found> {
        let deadline = deadline.checked_sub(HOP_RESERVE).unwrap_or(deadline);
        let urgency = plan.urgency;
        let asked = plan
            .targets
            .into_iter()
            .map(|target| self.ask_one((target, urgency), question, deadline, cancelled));
        join_all(asked).await
    }

    async fn ask_one(
        &self,
        (target, urgency): (Target, Urgency),
        question: &v1::NodeAsk,
        deadline: Instant,
        cancelled: &CancellationToken,
    ) -> Found {
        let begun = Instant::now();
        let asked = target.asked();
        let reply = match &target.route {
            Ok(link) => {
                let asking = self.ask_over(link, (&target, &asked, urgency), question, deadline);
                tokio::select! {
                    // What has been said counts, even if nobody waits for it any more.
                    biased;
                    reply = asking => reply,
                    // Dropping the wait tells the node to stop; its breakers learn nothing.
                    () = cancelled.cancelled() => {
                        self.heard(&target.node, &all(&asked, Event::Unjudged));
                        Err(RefusalCode::AskCancelled)
                    }
                }
            }
            Err(code) => Err(*code),
        };
        let elapsed = begun.elapsed();
        let (reply, announced) = match reply {
            Ok((reply, announced)) => (Ok(reply), announced),
            Err(code) => (Err(code), Announced::default()),
        };
        Found {
            node: target.node,
            center: target.center,
            classes: target.classes,
            left_out: target.left_out,
            reply,
            announced,
            elapsed,
        }
    }

    /// Asks one node once it has a place for the question, and waits for its reply.
    async fn ask_over(
        &self,
        link: &Link,
        (target, asked, urgency): (&Target, &[ClassNo], Urgency),
        question: &v1::NodeAsk,
        deadline: Instant,
    ) -> Result<Heard, RefusalCode> {
        let node = &target.node;
        let going = Going {
            node,
            classes: asked,
            from: &question.asking_node,
            urgency,
            deadline,
        };
        // A node that was not asked has told its breakers nothing.
        let entered = self.loads.enter(going).await;
        let at_node = entered.inspect_err(|_| self.heard(node, &all(asked, Event::Unjudged)))?;
        let wait = deadline.duration_since(Instant::now());
        let ask = narrowed(question, wait, target);
        let reply = tokio::time::timeout_at(deadline, link.ask(ask)).await;
        match &reply {
            Ok(Ok((reply, _))) => at_node.replied(node, reply),
            Ok(Err(_)) => {}
            Err(_) => at_node.timed_out(node, wait),
        }
        self.judge((node, asked), wait, reply)
    }

    /// Turns a reply or its lack into a result. A lack is told to the breakers here; a reply only
    /// once it has been read, by [`Nodes::heard`].
    fn judge(
        &self,
        (node, classes): (&str, &[ClassNo]),
        wait: Duration,
        reply: Result<Result<Heard, LinkFault>, tokio::time::error::Elapsed>,
    ) -> Result<Heard, RefusalCode> {
        let fault = match reply {
            Ok(Ok(reply)) => return Ok(reply),
            Ok(Err(fault)) => Some(fault),
            Err(_) => None,
        };
        let (event, code) = judging::of_silence(fault, wait);
        self.heard(node, &all(classes, event));
        Err(code)
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
