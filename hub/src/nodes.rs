//! The nodes of the star: who is registered, who is attached, and asking them in parallel within a
//! deadline.
//!
//! A missing center never fails a question: each node asked comes back as a reply or as an absence
//! with its reason.

pub mod announced;
mod asking;
pub mod breaker;
pub mod link;
pub mod plan;
pub mod retry;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use catalog::ClassNo;
use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::limits::{HOP_RESERVE, STREAMS_PER_NODE_MAX};
use wire::{RefusalCode, v1};

use announced::Announced;
use breaker::{Breaker, BreakerRules, Event, State, Transition};
use link::Link;
use plan::{Plan, Target};
use retry::{RetryBudget, Tries};

/// The least time in which a node that gives no reply counts as failing.
pub const FAIR_WAIT: Duration = Duration::from_secs(1);

/// A registered node.
#[derive(Debug)]
pub struct Member {
    /// Its name in certificates.
    pub id: String,
    /// Code of its center (code set `center`).
    pub center: String,
    /// Touched when streams come and go, and by the plan.
    attached: Mutex<Attached>,
    /// Touched by the plan and by whoever asked the node.
    breaker: Mutex<Breaker>,
    /// Touched by whoever asks the node.
    retries: Mutex<RetryBudget>,
    turn: AtomicUsize,
}

#[derive(Debug, Default)]
struct Attached {
    links: Vec<Arc<Link>>,
    /// What the node answers for, as it said when it attached last.
    classes: BTreeSet<ClassNo>,
    software: String,
}

/// What a node sent, or why it sent nothing.
#[derive(Debug)]
pub struct Found {
    /// The node.
    pub node: String,
    /// Code of its center.
    pub center: String,
    /// The classes that were asked of it.
    pub classes: Vec<ClassNo>,
    /// Its reply, unread, or the reason for silence.
    pub reply: Result<v1::NodeReply, RefusalCode>,
    /// The rules that it has announced.
    pub announced: Announced,
    /// How long it took.
    pub elapsed: Duration,
    /// How often it was sent.
    pub tries: Tries,
}

/// A reply, and the rules that its node has announced.
type Heard = (v1::NodeReply, Announced);

/// The state of a node, for people.
#[derive(Debug, Clone)]
pub struct MemberState {
    /// The node.
    pub id: String,
    /// Code of its center.
    pub center: String,
    /// Attached streams.
    pub links: usize,
    /// Classes it answers for.
    pub classes: Vec<ClassNo>,
    /// Its software.
    pub software: String,
    /// Its breaker.
    pub breaker: State,
}

/// Hears of every change of a breaker.
pub trait BreakerWatch: Send + Sync + std::fmt::Debug {
    /// The breaker of `node` changed.
    fn changed(&self, node: &str, transition: Transition);
}

/// All registered nodes.
#[derive(Debug)]
pub struct Nodes {
    members: BTreeMap<String, Member>,
    started: Instant,
    watch: Arc<dyn BreakerWatch>,
}

/// An attached stream; dropping it detaches.
#[derive(Debug)]
pub struct Attachment {
    nodes: Arc<Nodes>,
    node: String,
    /// The stream.
    pub link: Arc<Link>,
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.nodes.detach(&self.node, &self.link);
    }
}

impl Nodes {
    /// The nodes of the trust list, none of them attached.
    #[must_use]
    pub fn new(
        members: impl IntoIterator<Item = (String, String)>,
        rules: BreakerRules,
        started: Instant,
        watch: Arc<dyn BreakerWatch>,
    ) -> Self {
        let member = |(id, center): (String, String)| {
            let member = Member {
                id: id.clone(),
                center,
                attached: Mutex::default(),
                breaker: Mutex::new(Breaker::new(rules)),
                retries: Mutex::default(),
                turn: AtomicUsize::new(0),
            };
            (id, member)
        };
        Self {
            members: members.into_iter().map(member).collect(),
            started,
            watch,
        }
    }

    /// Registered node by name.
    #[must_use]
    pub fn member(&self, id: &str) -> Option<&Member> {
        self.members.get(id)
    }

    /// All registered nodes.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// Takes a new stream of a node.
    ///
    /// # Errors
    /// The node is not registered or has too many streams.
    pub fn attach(
        self: &Arc<Self>,
        node: &str,
        link: Arc<Link>,
        classes: BTreeSet<ClassNo>,
        software: String,
    ) -> Result<Attachment, RefusalCode> {
        let member = self.members.get(node).ok_or(RefusalCode::CallerUnknown)?;
        {
            let mut attached = member.attached();
            if attached.links.len() >= STREAMS_PER_NODE_MAX {
                return Err(RefusalCode::AttachTooMany);
            }
            attached.links.push(Arc::clone(&link));
            attached.classes = classes;
            attached.software = software;
        }
        self.tell(member, Event::Attached);
        Ok(Attachment {
            nodes: Arc::clone(self),
            node: node.to_owned(),
            link,
        })
    }

    fn detach(&self, node: &str, link: &Arc<Link>) {
        link.fail_all();
        let Some(member) = self.members.get(node) else {
            return;
        };
        let was_last = {
            let mut attached = member.attached();
            attached.links.retain(|held| !Arc::ptr_eq(held, link));
            attached.links.is_empty()
        };
        // An agent that said farewell is not sick: its breaker stays as it is.
        if was_last && !link.is_draining() {
            self.tell(member, Event::LinkLost);
        }
    }

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
        let asked = plan
            .targets
            .into_iter()
            .map(|target| self.ask_one(target, question, deadline, cancelled));
        join_all(asked).await
    }

    async fn ask_one(
        &self,
        target: Target,
        question: &v1::NodeAsk,
        deadline: Instant,
        cancelled: &CancellationToken,
    ) -> Found {
        let begun = Instant::now();
        let (reply, tries) = match target.route {
            Ok(link) => {
                self.ask_over(&target.node, link, question, deadline, cancelled)
                    .await
            }
            Err(code) => (Err(code), Tries::default()),
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
            reply,
            announced,
            elapsed,
            tries,
        }
    }

    /// A stream of each attached node whose witness owes no answer.
    #[must_use]
    pub fn witness_links(&self) -> Vec<(String, Arc<Link>)> {
        let links = self.members.values().filter_map(|member| {
            let attached = member.attached();
            if attached.links.iter().any(|link| link.owes()) {
                return None;
            }
            let open = attached.links.iter().find(|link| link.is_open())?;
            Some((member.id.clone(), Arc::clone(open)))
        });
        links.collect()
    }

    /// Tells a node's breaker what became of a call.
    pub fn heard(&self, node: &str, event: Event) {
        if let Some(member) = self.members.get(node) {
            self.tell(member, event);
        }
    }

    /// How the nodes are, for health, metrics and pages.
    #[must_use]
    pub fn states(&self) -> Vec<MemberState> {
        self.members
            .values()
            .map(|member| {
                let attached = member.attached();
                MemberState {
                    id: member.id.clone(),
                    center: member.center.clone(),
                    links: attached.links.len(),
                    classes: attached.classes.iter().copied().collect(),
                    software: attached.software.clone(),
                    breaker: member.breaker().state(),
                }
            })
            .collect()
    }

    fn tell(&self, member: &Member, event: Event) {
        let transition = member.breaker().apply(event, self.started.elapsed());
        if let Some(transition) = transition {
            self.watch.changed(&member.id, transition);
        }
    }
}

impl Member {
    fn attached(&self) -> MutexGuard<'_, Attached> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An open stream that is not this one.
    fn other_link(&self, lost: &Arc<Link>) -> Option<Arc<Link>> {
        let attached = self.attached();
        let mut open = attached.links.iter().filter(|link| link.is_open());
        open.find(|link| !Arc::ptr_eq(link, lost)).map(Arc::clone)
    }

    /// The next open stream, taking turns.
    fn next_link(&self) -> Option<Arc<Link>> {
        let attached = self.attached();
        let open: Vec<_> = attached
            .links
            .iter()
            .filter(|link| link.is_open())
            .collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        open.get(turn.checked_rem(open.len())?)
            .map(|link| Arc::clone(link))
    }
}
