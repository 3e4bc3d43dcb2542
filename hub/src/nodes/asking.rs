//! Asking the nodes of a plan in parallel within a deadline: each over one stream, and once more
//! over another where the first is lost meanwhile.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use catalog::ClassNo;
use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::limits::{DEADLINE_MIN, HOP_RESERVE};
use wire::traces::{Attribute, Kind, TraceSpan};
use wire::{Refusal, RefusalCode, v1};

use super::announced::Announced;
use super::breaker::Event;
use super::link::{Link, LinkFault};
use super::loads::{AtNode, Going};
use super::passes::Passes;
use super::plan::{Manner, Plan, Target};
use super::retry::Tries;
use super::{Found, Nodes, judging};

/// With less time left than this a question goes to no node: an agent keeps most of it for the way
/// back. Half of the shortest deadline, so that such a question still goes when it waited little.
const SENT_MIN: Duration = Duration::from_millis(25);
const _: () = assert!(SENT_MIN.as_millis() * 2 == DEADLINE_MIN.as_millis());

/// A reply, and the rules that its node has announced.
type Heard = (v1::NodeReply, Announced);

/// What one try gave; nothing where it was cancelled.
type Tried = Option<Result<Result<Heard, LinkFault>, tokio::time::error::Elapsed>>;

/// A question on its way to one node.
struct Asking<'a> {
    target: &'a Target,
    /// The classes that the node is asked for.
    asked: Vec<ClassNo>,
    manner: Manner,
    question: &'a v1::NodeAsk,
    deadline: Instant,
    cancelled: &'a CancellationToken,
    span: &'a TraceSpan,
}

impl Asking<'_> {
    /// Whether enough of its time is left for any agent to answer.
    fn has_time(&self) -> bool {
        self.deadline.duration_since(Instant::now()) >= SENT_MIN
    }
}

/// What came of it.
struct Asked {
    reply: Result<Heard, Refusal>,
    /// The classes that were not asked, since they are over their limits.
    throttled: BTreeMap<ClassNo, Refusal>,
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
        let manner = plan.manner;
        let asked = plan
            .targets
            .into_iter()
            .map(|target| self.ask_one((target, manner), question, deadline, (cancelled, span)));
        join_all(asked).await
    }

    async fn ask_one(
        &self,
        (mut target, manner): (Target, Manner),
        question: &v1::NodeAsk,
        deadline: Instant,
        (cancelled, span): (&CancellationToken, &TraceSpan),
    ) -> Found {
        let span = span.child(Kind::Client, "node.ask");
        span.says(Attribute::Node(target.node.clone()));
        let begun = Instant::now();
        let mut passes = std::mem::take(&mut target.passes);
        let came = match &target.route {
            Ok(link) => {
                let asking = Asking {
                    target: &target,
                    asked: target.asked(),
                    manner,
                    question,
                    deadline,
                    cancelled,
                    span: &span,
                };
                self.ask_over(link, asking, &mut passes).await
            }
            Err(code) => Asked::not((*code).into()),
        };
        let elapsed = came.went.unwrap_or(begun).elapsed();
        let (reply, announced) = match came.reply {
            Ok((reply, announced)) => (Ok(reply), announced),
            Err(because) => {
                span.failed(because.code);
                (Err(because), Announced::default())
            }
        };
        let left_out = target.left_out.into_iter();
        let left_out = left_out.map(|(class, code)| (class, Refusal::from(code)));
        Found {
            node: target.node,
            center: target.center,
            classes: target.classes,
            left_out: left_out.chain(came.throttled).collect(),
            reply,
            announced,
            elapsed,
            tries: came.tries,
            passes,
        }
    }

    /// Asks one node once it has a place for the question, and waits for its reply. Where the
    /// stream is lost before that, the question goes once more, by the same id, over another open
    /// one: the node knows it again and answers it once. One report to the breakers, whatever was
    /// tried.
    async fn ask_over(
        &self,
        link: &Arc<Link>,
        mut asking: Asking<'_>,
        passes: &mut Passes,
    ) -> Asked {
        let (node, deadline) = (&asking.target.node, asking.deadline);
        let at_node = match self.place(&asking).await {
            Ok(at_node) => at_node,
            Err(because) => {
                // A node that was not asked has told its breakers nothing.
                self.reported(node, passes, &all(&asking.asked, Event::Unjudged));
                return Asked::not(because);
            }
        };
        let throttled = at_node.throttled().clone();
        if !throttled.is_empty() {
            let classes: Vec<_> = throttled.keys().copied().collect();
            self.reported(node, passes, &all(&classes, Event::Unjudged));
            asking.asked.retain(|class| !throttled.contains_key(class));
        }
        let mut tries = Tries {
            made: 1,
            denied: false,
        };
        self.paid(node);
        let went = Instant::now();
        let mut wait = deadline.duration_since(went);
        let mut tried = once(link, &asking).await;
        if matches!(tried, Some(Ok(Err(LinkFault::Gone))))
            && let Some(other) = self.another(&asking, link, &mut tries)
        {
            tries.made += 1;
            wait = deadline.duration_since(Instant::now());
            tried = once(&other, &asking).await;
        }
        match &tried {
            Some(Ok(Ok((reply, _)))) => at_node.replied(reply),
            Some(Err(_)) => at_node.timed_out(wait),
            Some(Ok(Err(_))) | None => {}
        }
        Asked {
            reply: self.judge((node, &asking.asked), passes, wait, tried),
            throttled,
            tries,
            went: Some(went),
        }
    }

    /// A place for the question at its node, if time is left for the node then.
    async fn place<'n>(&'n self, asking: &Asking<'_>) -> Result<AtNode<'n>, Refusal> {
        if !asking.has_time() {
            return Err(RefusalCode::NodeTimeout.into());
        }
        let going = Going {
            node: &asking.target.node,
            classes: &asking.asked,
            from: &asking.question.asking_node,
            manner: asking.manner,
            deadline: asking.deadline,
        };
        let mut at_node = tokio::select! {
            biased;
            entered = self.loads.enter(going) => entered?,
            () = asking.cancelled.cancelled() => return Err(RefusalCode::AskCancelled.into()),
        };
        if !asking.has_time() {
            at_node.was_not_sent();
            return Err(RefusalCode::NodeTimeout.into());
        }
        Ok(at_node)
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
        if !has_time || !member.breakers.are_closed(&asking.asked) {
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
    /// once it has been read, by [`Nodes::reported`].
    fn judge(
        &self,
        (node, classes): (&str, &[ClassNo]),
        passes: &mut Passes,
        wait: Duration,
        tried: Tried,
    ) -> Result<Heard, Refusal> {
        let (event, code) = match tried {
            Some(Ok(Ok(reply))) => return Ok(reply),
            Some(Ok(Err(fault))) => judging::of_silence(Some(fault), wait),
            Some(Err(_)) => judging::of_silence(None, wait),
            None => (Event::Unjudged, RefusalCode::AskCancelled),
        };
        self.reported(node, passes, &all(classes, event));
        Err(code.into())
    }
}

async fn once(link: &Link, asking: &Asking<'_>) -> Tried {
    let left = asking.deadline.duration_since(Instant::now());
    let mut ask = narrowed(asking, left);
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

impl Asked {
    /// Nothing, since it did not go down.
    fn not(because: Refusal) -> Self {
        Self {
            reply: Err(because),
            throttled: BTreeMap::new(),
            tries: Tries::default(),
            went: None,
        }
    }
}

/// The question with what is left of the time, and without the classes that are left out.
/// Everything else stays as the asking node signed it.
fn narrowed(asking: &Asking<'_>, left: Duration) -> v1::NodeAsk {
    let mut ask = asking.question.clone();
    ask.deadline_ms = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
    let classes = asking.target.classes.iter();
    let left_out = classes.filter(|class| !asking.asked.contains(class));
    ask.left_out = left_out.map(|class| u32::from(class.get())).collect();
    ask
}

#[cfg(test)]
mod tests;
