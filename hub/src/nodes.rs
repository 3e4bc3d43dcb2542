//! The nodes of the star: who is registered, who is attached, and asking them in parallel within a
//! deadline.
//!
//! A missing center never fails a question: each node asked comes back as a reply or as an absence
//! with its reason.

pub mod announced;
mod asking;
pub mod breaker;
mod breakers;
#[cfg(test)]
mod ground;
pub mod introduced;
pub mod judging;
pub mod link;
pub mod load;
pub mod loads;
mod naming;
pub mod passes;
pub mod plan;
pub mod prober;
pub mod pulse;
#[cfg(test)]
mod races;
pub mod retry;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use catalog::ClassNo;
use tokio::sync::broadcast;
use tokio::time::Instant;
use wire::limits::STREAMS_PER_NODE_MAX;
use wire::{Random, Refusal, RefusalCode, SystemRandom, v1};

use announced::Announced;
use breaker::{BreakerRulebook, Event, Pass, State, Transition};
use breakers::{Breakers, Change};
use introduced::Introduced;
use link::Link;
use loads::Loads;
use passes::Passes;
use retry::{RetryBudget, Tries};

pub use breakers::ClassState;
pub use judging::FAIR_WAIT;
pub use naming::{Named, Nameless};

/// A registered node.
#[derive(Debug)]
pub struct Member {
    /// Its name in certificates.
    pub id: String,
    /// Code of its center (code set `center`).
    pub center: String,
    /// Touched when streams come and go, and by the plan. The breakers are told of it while it is
    /// locked; nobody who has theirs takes it.
    attached: Mutex<Attached>,
    breakers: Breakers,
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
    /// What it said last of itself besides.
    introduced: Introduced,
}

/// What a node sent, or why it sent nothing.
#[derive(Debug)]
pub struct Found {
    /// The node.
    pub node: String,
    /// Code of its center.
    pub center: String,
    /// The classes that were to be asked of it.
    pub classes: Vec<ClassNo>,
    /// Of these, the ones that were not, each with its reason.
    pub left_out: BTreeMap<ClassNo, Refusal>,
    /// Its reply, unread, or the reason for silence.
    pub reply: Result<v1::NodeReply, Refusal>,
    /// The rules that it has announced.
    pub announced: Announced,
    /// How long it took.
    pub elapsed: Duration,
    /// How often it was sent.
    pub tries: Tries,
    /// What it was tried with, for whoever reports on its reply.
    pub passes: Passes,
}

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
    /// What it said of itself besides when it attached last.
    pub introduced: Introduced,
    /// The worst of its breakers.
    pub breaker: State,
    /// Its breakers, one a class.
    pub breakers: Vec<ClassState>,
}

/// Changes kept for a listener that is slow; it is told how many it missed.
const CHANGES_KEPT: usize = 256;

/// A change of the breakers of some classes of a node, for whoever listens.
#[derive(Debug, Clone)]
pub struct BreakerChange {
    /// The node.
    pub node: String,
    /// The classes that changed alike.
    pub classes: Vec<ClassNo>,
    /// The change.
    pub transition: Transition,
}

/// Hears of every change of a breaker, in their order. Nothing else happens to the breakers of the
/// node meanwhile, so it may neither wait nor ask for them.
pub trait BreakerWatch: Send + Sync + std::fmt::Debug {
    /// The breakers of these classes of `node` changed alike.
    fn changed(&self, node: &str, classes: &[ClassNo], transition: Transition);
}

/// All registered nodes.
#[derive(Debug)]
pub struct Nodes {
    members: BTreeMap<String, Member>,
    loads: Loads,
    started: Instant,
    watch: Arc<dyn BreakerWatch>,
    told: broadcast::Sender<BreakerChange>,
    random: Arc<dyn Random>,
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
        rules: &BreakerRulebook,
        started: Instant,
        watch: Arc<dyn BreakerWatch>,
    ) -> Self {
        Self::drawing(Arc::new(SystemRandom), members, rules, started, watch)
    }

    /// As [`Nodes::new`], with the spread of open times from `random`.
    #[must_use]
    pub fn drawing(
        random: Arc<dyn Random>,
        members: impl IntoIterator<Item = (String, String)>,
        rules: &BreakerRulebook,
        started: Instant,
        watch: Arc<dyn BreakerWatch>,
    ) -> Self {
        let member = |(id, center): (String, String)| {
            let member = Member {
                id: id.clone(),
                center,
                attached: Mutex::default(),
                breakers: Breakers::new(rules),
                retries: Mutex::default(),
                turn: AtomicUsize::new(0),
            };
            (id, member)
        };
        let members: BTreeMap<_, _> = members.into_iter().map(member).collect();
        Self {
            loads: Loads::new(members.keys().map(String::as_str), started),
            members,
            started,
            watch,
            told: broadcast::Sender::new(CHANGES_KEPT),
            random,
        }
    }

    /// What each node is asked at once.
    #[must_use]
    pub fn loads(&self) -> &Loads {
        &self.loads
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
        let mut attached = member.attached();
        if attached.links.len() >= STREAMS_PER_NODE_MAX {
            return Err(RefusalCode::AttachTooMany);
        }
        attached.introduced = link.introduced.clone();
        attached.links.push(Arc::clone(&link));
        attached.classes = classes;
        attached.software = software;
        // Before another stream can come or go, so that the breakers hear of them in their order.
        self.tell(member, Event::Attached);
        drop(attached);
        Ok(Attachment {
            nodes: Arc::clone(self),
            node: node.to_owned(),
            link,
        })
    }

    fn detach(&self, node: &str, link: &Arc<Link>) {
        let Some(member) = self.members.get(node) else {
            return link.fail_all();
        };
        let mut attached = member.attached();
        attached.links.retain(|held| !Arc::ptr_eq(held, link));
        // An agent that said farewell is not sick: its breakers stay as they are.
        if attached.links.is_empty() && !link.is_draining() {
            self.tell(member, Event::LinkLost);
        }
        drop(attached);
        // Whoever waits is told after the breakers: a link that is gone is one trouble, not many.
        link.fail_all();
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

    /// Tells the breakers of a node what an agent said of its sources, or what an operator did.
    pub fn heard(&self, node: &str, events: &[(ClassNo, Event)]) {
        self.reported(node, &mut Passes::default(), events);
    }

    /// Tells the breakers of a node what became of a question that passed as `passes`.
    pub fn reported(&self, node: &str, passes: &mut Passes, events: &[(ClassNo, Event)]) {
        let events = events.iter();
        let events = events.map(|(class, event)| (*class, *event, passes.take(*class)));
        self.reported_as(node, &events.collect::<Vec<_>>());
    }

    fn reported_as(&self, node: &str, events: &[(ClassNo, Event, Pass)]) {
        if let Some(member) = self.members.get(node) {
            let now = self.started.elapsed();
            // The usual case opens nothing, so nothing is to be spread.
            let is_usual = |(_, event, _): &(ClassNo, Event, Pass)| match event {
                Event::Answered(elapsed) => *elapsed < FAIR_WAIT,
                _ => false,
            };
            let chance = if events.iter().all(is_usual) {
                0
            } else {
                self.chance()
            };
            let tell = |changes| self.tell_watch(member, changes);
            member.breakers.apply(events, now, chance, tell);
        }
    }

    /// A stream of the node broke the contract and is read no further: told before it is gone.
    pub fn breached(&self, node: &str) {
        if let Some(member) = self.members.get(node) {
            self.tell(member, Event::Breached);
        }
    }

    /// The changes of breakers from now on, as pages show them; the record is the log.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<BreakerChange> {
        self.told.subscribe()
    }

    /// How the nodes are, for health, metrics and pages.
    #[must_use]
    pub fn states(&self) -> Vec<MemberState> {
        let now = self.started.elapsed();
        self.members
            .values()
            .map(|member| {
                let breakers = member.breakers.states(now);
                let worst = breakers.iter().map(|breaker| breaker.state).max();
                let attached = member.attached();
                MemberState {
                    id: member.id.clone(),
                    center: member.center.clone(),
                    links: attached.links.len(),
                    classes: attached.classes.iter().copied().collect(),
                    software: attached.software.clone(),
                    introduced: attached.introduced.clone(),
                    breaker: worst.unwrap_or(State::Closed),
                    breakers,
                }
            })
            .collect()
    }

    fn tell(&self, member: &Member, event: Event) {
        let now = self.started.elapsed();
        let (chance, tell) = (self.chance(), |changes| self.tell_watch(member, changes));
        member.breakers.apply_to_all(event, now, chance, tell);
    }

    fn tell_watch(&self, member: &Member, changes: Vec<Change>) {
        for change in changes {
            let Change {
                classes,
                transition,
            } = change;
            self.watch.changed(&member.id, &classes, transition);
            // Nobody may listen.
            let _ = self.told.send(BreakerChange {
                node: member.id.clone(),
                classes,
                transition,
            });
        }
    }

    fn chance(&self) -> u16 {
        let mut bytes = [0; 2];
        // Without randomness open times are at their longest.
        let _ = self.random.fill(&mut bytes);
        u16::from_ne_bytes(bytes)
    }
}

impl Member {
    fn attached(&self) -> MutexGuard<'_, Attached> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An open stream that is not this one.
    fn other_link(&self, lost: &Arc<Link>) -> Option<Arc<Link>> {
        let attached = self.attached();
        let mut open = attached.links.iter().filter(|link| link.is_open());
        open.find(|link| !Arc::ptr_eq(link, lost)).map(Arc::clone)
    }

    /// An open stream to an agent that names subjects.
    fn naming_link(&self) -> Option<Arc<Link>> {
        let attached = self.attached();
        let mut open = attached.links.iter().filter(|link| link.is_open());
        open.find(|link| link.names_subjects()).map(Arc::clone)
    }

    /// Every open stream to an agent that answers probes.
    fn probed_links(&self) -> Vec<Arc<Link>> {
        let attached = self.attached();
        let open = attached.links.iter().filter(|link| link.is_open());
        let probed = open.filter(|link| link.answers_probes());
        probed.map(Arc::clone).collect()
    }

    /// Whether anything came from it since then, over whichever stream.
    fn has_spoken_since(&self, then: Instant) -> bool {
        let attached = self.attached();
        let mut links = attached.links.iter();
        links.any(|link| link.has_spoken_since(then))
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
