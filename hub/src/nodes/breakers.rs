//! The breakers of one node, one for each class of the catalog's range: never more.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use catalog::ClassNo;
use wire::RefusalCode;

use super::breaker::{Breaker, BreakerRulebook, Event, Hand, Pass, Rates, State, Transition};

/// A change, and the classes that changed alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// The classes.
    pub(super) classes: Vec<ClassNo>,
    /// The change.
    pub(super) transition: Transition,
}

/// One breaker, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassState {
    /// The class.
    pub class: ClassNo,
    /// The state.
    pub state: State,
    /// What operators have set over it.
    pub hand: Option<Hand>,
    /// What its window holds.
    pub rates: Rates,
    /// When it may be tried again; none while that cannot be told.
    pub retry_after: Option<Duration>,
}

/// What of a question may pass.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    /// The classes that may not, each with its reason.
    pub(super) left_out: BTreeMap<ClassNo, RefusalCode>,
    /// Of those that may, the ones that pass as probes.
    pub(super) probes: BTreeMap<ClassNo, Pass>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Breakers {
    /// Touched by the plan, by whoever asked the node, and by streams that come and go.
    of_class: Mutex<BTreeMap<ClassNo, Breaker>>,
}

impl Breakers {
    pub(super) fn new(rules: &BreakerRulebook) -> Self {
        let breaker = |class| (class, Breaker::new(rules.of(class)));
        Self {
            of_class: Mutex::new(ClassNo::all().map(breaker).collect()),
        }
    }

    /// Tells classes what happened to each. `tell` hears of the changes before any other can come
    /// about here, so that they are heard in their order.
    pub(super) fn apply(
        &self,
        events: &[(ClassNo, Event, Pass)],
        now: Duration,
        chance: u16,
        tell: impl FnOnce(Vec<Change>),
    ) {
        let mut changes = Vec::new();
        let mut table = self.table();
        for (class, event, pass) in events {
            let breaker = table.get_mut(class);
            let transition =
                breaker.and_then(|breaker| breaker.apply_as(*event, *pass, now, chance));
            if let Some(transition) = transition {
                note(&mut changes, *class, transition);
            }
        }
        tell(changes);
    }

    /// Tells every class what happened to the node.
    pub(super) fn apply_to_all(
        &self,
        event: Event,
        now: Duration,
        chance: u16,
        tell: impl FnOnce(Vec<Change>),
    ) {
        let events: Vec<_> = ClassNo::all()
            .map(|class| (class, event, Pass::CALL))
            .collect();
        self.apply(&events, now, chance, tell);
    }

    /// Which of these classes may be asked over a stream that is there. Each that may is a probe
    /// where its breaker is half open, so that somebody has to report on it. `tell` is as in
    /// [`Breakers::apply`].
    pub(super) fn admit(
        &self,
        classes: &[ClassNo],
        now: Duration,
        tell: impl FnOnce(Vec<Change>),
    ) -> Admitted {
        let (mut admitted, mut changes) = (Admitted::default(), Vec::new());
        let mut table = self.table();
        for class in classes {
            let Some(breaker) = table.get_mut(class) else {
                continue;
            };
            let (pass, transition) = breaker.admit(now);
            if let Some(transition) = transition {
                note(&mut changes, *class, transition);
            }
            match pass {
                Some(Pass::CALL) => {}
                Some(probe) => {
                    admitted.probes.insert(*class, probe);
                }
                None => {
                    admitted.left_out.insert(*class, closed_to(breaker));
                }
            }
        }
        tell(changes);
        admitted
    }

    /// Why these classes cannot be asked of a node that has no stream.
    pub(super) fn without_link(&self, classes: &[ClassNo]) -> BTreeMap<ClassNo, RefusalCode> {
        let table = self.table();
        let why = |class: &ClassNo| {
            let breaker = table.get(class);
            let is_open = breaker.filter(|breaker| breaker.state() == State::Open);
            (*class, is_open.map_or(RefusalCode::NodeDown, closed_to))
        };
        classes.iter().map(why).collect()
    }

    /// Whether the breakers of all of these are closed.
    pub(super) fn are_closed(&self, classes: &[ClassNo]) -> bool {
        let table = self.table();
        let mut breakers = classes.iter().map(|class| table.get(class));
        breakers.all(|breaker| breaker.is_some_and(|b| b.state() == State::Closed))
    }

    /// The classes for which the agent's word about its source could help now.
    pub(super) fn wanting_word(&self) -> Vec<ClassNo> {
        let table = self.table();
        let wanting = table.iter().filter(|(_, breaker)| breaker.wants_word());
        wanting.map(|(class, _)| *class).collect()
    }

    pub(super) fn states(&self, now: Duration) -> Vec<ClassState> {
        let table = self.table();
        let state = |(class, breaker): (&ClassNo, &Breaker)| ClassState {
            class: *class,
            state: breaker.state(),
            hand: breaker.hand(),
            rates: breaker.rates(now),
            retry_after: breaker.retry_after(now),
        };
        table.iter().map(state).collect()
    }

    fn table(&self) -> MutexGuard<'_, BTreeMap<ClassNo, Breaker>> {
        self.of_class.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed_to(breaker: &Breaker) -> RefusalCode {
    match breaker.hand() {
        Some(Hand::Tripped | Hand::HeldOpen) => RefusalCode::NodeHeld,
        Some(Hand::HeldClosed) | None => RefusalCode::NodeBreaker,
    }
}

fn note(changes: &mut Vec<Change>, class: ClassNo, transition: Transition) {
    let is_alike = |change: &&mut Change| change.transition.is_like(&transition);
    match changes.iter_mut().find(is_alike) {
        Some(change) => change.classes.push(class),
        None => changes.push(Change {
            classes: vec![class],
            transition,
        }),
    }
}
