//! What each node is asked at once: the adaptive limit of the node, the reviewed limits of its
//! classes, and the short wait in front of them. Who finds no place is told so for this node alone,
//! or for the class alone that is over its limit; the question goes on without it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use catalog::ClassNo;
use tokio::time::Instant;
use wire::{LimitName, Limits, Refusal, RefusalCode, v1};

use super::FAIR_WAIT;
use super::load::{Load, LoadRules, Said, Sample};
use super::plan::Manner;
use crate::throttle::Urgency;
use crate::throttle::places::{Place, Places, Wants};
use classes::{ClassLimits, ClassLoads, Counted};
use silence::Silence;

mod classes;
mod silence;

/// The loads of all registered nodes.
#[derive(Debug)]
pub struct Loads {
    by_node: BTreeMap<String, NodeLoad>,
    limits: ArcSwap<Limits>,
    started: Instant,
}

#[derive(Debug)]
struct NodeLoad {
    /// How many there are is set with the load's lock held, so that nobody sets what another has
    /// changed meanwhile.
    places: Places,
    /// Touched when a question goes down and when its reply comes.
    load: Mutex<Bounded>,
    /// Touched when a question goes down and when it ends.
    classes: Mutex<ClassLoads>,
    /// Touched when a question goes down, when its reply comes and when it ends.
    silence: Mutex<Silence>,
    throttled: AtomicU64,
}

/// What a node bears, and what the limits in force say of it.
#[derive(Debug)]
struct Bounded {
    load: Load,
    queue_max: usize,
}

/// How a node is loaded, for people and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadState {
    /// The node.
    pub node: String,
    /// Questions that the hub lets be under way there.
    pub limit: usize,
    /// Questions under way there.
    pub in_flight: usize,
    /// Questions that wait for it.
    pub waiting: usize,
    /// Questions that went on without it, or without a class of it, for that.
    pub throttled: u64,
}

/// A question that is to go down.
#[derive(Debug, Clone, Copy)]
pub struct Going<'a> {
    /// To which node.
    pub node: &'a str,
    /// For which classes.
    pub classes: &'a [ClassNo],
    /// From which node.
    pub from: &'a str,
    /// How it waits.
    pub manner: Manner,
    /// When its reply must be there.
    pub deadline: Instant,
}

/// A question's place at a node, until its reply is there or nobody waits for it any more.
#[derive(Debug)]
pub struct AtNode<'a> {
    loads: &'a Loads,
    node: &'a NodeLoad,
    classes: Vec<Counted>,
    /// Who asks, and when it was counted for the classes.
    from: String,
    counted: Duration,
    throttled: BTreeMap<ClassNo, Refusal>,
    /// Given back before the classes are.
    place: Option<Place>,
    /// Its number among those under way.
    nth: Option<u64>,
    manner: Manner,
    began: Duration,
    in_flight: usize,
}

impl Drop for AtNode<'_> {
    fn drop(&mut self) {
        if let Some(nth) = self.nth {
            self.node.silence().ended(nth);
        }
        drop(self.place.take());
        let mut loads = self.node.classes();
        let now = self.loads.started.elapsed();
        for class in &self.classes {
            loads.end(class);
            // Whoever found no place, or did not wait for one, has used up nothing.
            if self.nth.is_none() {
                loads.give_back(class, &self.from, self.counted, now);
            }
        }
    }
}

impl Loads {
    /// The loads of these nodes, by the limits that stand where no file says others.
    #[must_use]
    pub fn new<'n>(nodes: impl Iterator<Item = &'n str>, started: Instant) -> Self {
        let limits = Limits::default();
        let load = |node: &str| {
            let rules = load_rules(&limits, node);
            NodeLoad {
                places: Places::new(rules.max, queue_max(&limits, node)),
                load: Mutex::new(Bounded {
                    load: Load::new(rules),
                    queue_max: queue_max(&limits, node),
                }),
                classes: Mutex::default(),
                silence: Mutex::default(),
                throttled: AtomicU64::new(0),
            }
        };
        Self {
            by_node: nodes.map(|node| (node.to_owned(), load(node))).collect(),
            limits: ArcSwap::from_pointee(limits),
            started,
        }
    }

    /// Goes by these limits from now on; what was found of each node stays within them.
    pub fn replace(&self, limits: Arc<Limits>) {
        // First, so that whoever goes by the old ones still is bounded by what follows.
        self.limits.store(Arc::clone(&limits));
        for (name, node) in &self.by_node {
            let mut bounded = node.load();
            bounded.load.set(load_rules(&limits, name));
            bounded.queue_max = queue_max(&limits, name);
            self.lay(node, &mut bounded);
        }
    }

    /// A place at a node, at once or after a short wait within the question's time. The classes
    /// that are over limits of their own stay behind, each with its refusal.
    ///
    /// # Errors
    /// The node, or every class that is asked of it, has as much under way as it may.
    pub async fn enter(&self, going: Going<'_>) -> Result<AtNode<'_>, Refusal> {
        let node = self.by_node.get(going.node);
        let node = node.ok_or(RefusalCode::NodeThrottled)?;
        let counted = self.started.elapsed();
        let (classes, throttled) = self.count(node, &going, counted);
        if !throttled.is_empty() {
            node.throttled.fetch_add(1, Ordering::Relaxed);
        }
        let latest = throttled.values().max_by_key(|refusal| refusal.retry_after);
        if let (true, Some(latest)) = (classes.is_empty(), latest) {
            return Err(latest.clone());
        }
        // From here on a drop gives the classes back.
        let mut at_node = AtNode {
            loads: self,
            node,
            classes,
            from: going.from.to_owned(),
            counted,
            throttled,
            place: None,
            nth: None,
            manner: going.manner,
            began: Duration::ZERO,
            in_flight: 0,
        };
        self.lay(node, &mut node.load());
        let now = Instant::now();
        let is_silent = node.silence().is_silent(self.started.elapsed());
        let wait_max = match going.manner.urgency {
            // A place that is not free now will not be so before the node is heard of again.
            Urgency::Counter if is_silent => 0,
            Urgency::Counter => {
                u64::from(self.limits.load().of(LimitName::TargetWaitMax, going.node))
            }
            // Nobody stands at a counter for it.
            Urgency::Batch => u64::MAX,
        };
        let wait_max = Duration::from_millis(wait_max);
        // A question that waits keeps half of its time for the node.
        let left = going.deadline.saturating_duration_since(now) / 2;
        let wants = Wants {
            node: going.from,
            urgency: going.manner.urgency,
            latest: now + left.min(wait_max),
        };
        match node.places.take(wants).await {
            Ok(place) => {
                at_node.place = Some(place);
                at_node.began = self.started.elapsed();
                let classes = at_node.classes.iter().map(|one| one.class).collect();
                at_node.nth = Some(node.silence().went(classes, at_node.began));
                at_node.in_flight = node.places.taken();
                Ok(at_node)
            }
            Err(_) => {
                if at_node.throttled.is_empty() {
                    node.throttled.fetch_add(1, Ordering::Relaxed);
                }
                let hint = node.places.hint();
                Err(Refusal::until(RefusalCode::NodeThrottled, hint))
            }
        }
    }

    /// Counts a question for each of its classes that has room, and gives the others with their
    /// refusals.
    fn count(
        &self,
        node: &NodeLoad,
        going: &Going<'_>,
        now: Duration,
    ) -> (Vec<Counted>, BTreeMap<ClassNo, Refusal>) {
        let (mut counted, mut throttled) = (Vec::new(), BTreeMap::new());
        let (limits, askers) = (self.limits.load(), self.by_node.len());
        let mut loads = node.classes();
        for class in going.classes {
            let limits = ClassLimits::of(&limits, going.node, *class, askers);
            let later = || node.places.hint();
            match loads.count((*class, going.from), limits, now, later) {
                Ok(one) => counted.push(one),
                Err(because) => {
                    throttled.insert(*class, because);
                }
            }
        }
        (counted, throttled)
    }

    /// Makes as many places as the load says now. Whoever has its lock may.
    fn lay(&self, node: &NodeLoad, bounded: &mut Bounded) {
        let limit = bounded.load.limit(self.started.elapsed());
        node.places.set(limit, bounded.queue_max);
    }

    /// The classes for which a node that says nothing has been waited for, each with how long;
    /// none where it says something.
    #[must_use]
    pub fn silent(&self, node: &str) -> BTreeMap<ClassNo, Duration> {
        let now = self.started.elapsed();
        let load = self.by_node.get(node);
        load.map_or_else(BTreeMap::new, |load| load.silence().classes(now))
    }

    /// The classes for which questions are under way at a node, however long.
    #[must_use]
    pub fn under_way(&self, node: &str) -> BTreeSet<ClassNo> {
        let load = self.by_node.get(node);
        load.map_or_else(BTreeSet::new, |load| load.silence().under_way())
    }

    /// How the nodes are loaded.
    #[must_use]
    pub fn states(&self) -> Vec<LoadState> {
        let states = self.by_node.iter().map(|(name, node)| LoadState {
            node: name.clone(),
            limit: node.load().load.found(),
            in_flight: node.places.taken(),
            waiting: node.places.waiting(),
            throttled: node.throttled.load(Ordering::Relaxed),
        });
        states.collect()
    }
}

impl AtNode<'_> {
    /// The classes that are over their limits and must not be asked, each with when to come back.
    #[must_use]
    pub fn throttled(&self) -> &BTreeMap<ClassNo, Refusal> {
        &self.throttled
    }

    /// It did not go down after all, so that it has used up nothing.
    pub fn was_not_sent(&mut self) {
        if let Some(nth) = self.nth.take() {
            self.node.silence().ended(nth);
        }
    }

    /// The reply is there: what it says about the load of its node.
    pub fn replied(&self, reply: &v1::NodeReply) {
        let now = self.loads.started.elapsed();
        self.node.silence().replied(now);
        if let Some(said) = said_by(reply) {
            self.tell(said);
        }
    }

    /// No reply came. A node that had no fair time is not slow for that.
    pub fn timed_out(&self, wait: Duration) {
        if wait >= FAIR_WAIT {
            self.tell(Said::Took);
        }
    }

    fn tell(&self, said: Said) {
        if self.manner.with_lists {
            return;
        }
        let sample = Sample {
            began: self.began,
            ended: self.loads.started.elapsed(),
            in_flight: self.in_flight,
            said,
        };
        let mut bounded = self.node.load();
        bounded.load.take(sample);
        self.loads.lay(self.node, &mut bounded);
    }
}

/// What a reply says: only one for which the node's own systems were asked, or which says that they
/// could not be, says anything about their load.
fn said_by(reply: &v1::NodeReply) -> Option<Said> {
    let busy = RefusalCode::NodeBusy.as_str();
    match reply.outcome.as_ref()? {
        v1::node_reply::Outcome::Refusal(refusal) => (refusal.code == busy).then_some(Said::Busy),
        v1::node_reply::Outcome::Classes(replies) => {
            let mut classes = replies.classes.iter();
            if classes.clone().any(|class| class.code == busy) {
                return Some(Said::Busy);
            }
            let timeout = RefusalCode::NodeTimeout.as_str();
            let was_asked = |class: &v1::ClassReply| {
                let outcome = v1::Outcome::try_from(class.outcome).unwrap_or_default();
                let is_fact = matches!(
                    outcome,
                    v1::Outcome::Answered | v1::Outcome::NoRecord | v1::Outcome::Stale
                );
                is_fact || class.code == timeout
            };
            classes.any(was_asked).then_some(Said::Took)
        }
    }
}

impl NodeLoad {
    fn load(&self) -> MutexGuard<'_, Bounded> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn silence(&self) -> MutexGuard<'_, Silence> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn classes(&self) -> MutexGuard<'_, ClassLoads> {
        self.classes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load_rules(limits: &Limits, node: &str) -> LoadRules {
    let of = |name| usize::try_from(limits.of(name, node)).unwrap_or(usize::MAX);
    LoadRules {
        min: of(LimitName::TargetInFlightMin),
        max: of(LimitName::TargetInFlightMax),
    }
}

fn queue_max(limits: &Limits, node: &str) -> usize {
    let most = limits.of(LimitName::TargetQueueMax, node);
    usize::try_from(most).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod races;
#[cfg(test)]
mod tests;
