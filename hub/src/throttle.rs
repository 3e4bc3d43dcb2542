//! Who may ask how often, and how much may be under way at once.
//!
//! A question meets its quotas in two steps: its center's before anything of it is read, those of
//! operator, flow and case once the center's signature has proven them. Then it takes a place, or
//! waits for one for a moment. What a limit refuses uses up no quota, and says when to come back.
//!
//! Lists have limits of their own (`throttle/lists.rs`), so that they take nothing away, and make
//! room for single questions (`throttle/precedence.rs`).

mod estimate;
mod lists;
mod meters;
pub(crate) mod places;
mod precedence;
pub(crate) mod queue;
pub mod used;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use time::OffsetDateTime;
use tokio::time::Instant;
use wire::{LimitName, Limits, Rate, Refusal, RefusalCode, Temporary};

use estimate::Estimates;
pub use lists::{LinePlace, OpenList};
use lists::{OpenLists, line_places, set_line_places};
use meters::{Charge, Due, Kind, Meters};
use places::{Place, Places, Wants};
use precedence::{AtCounter, Counters};
pub use precedence::{InGate, ListGate};
use queue::Crowded;
pub use queue::Urgency;

/// Streams that one node may attach in a minute in the long run, and at once: far above what a
/// restart or a lost network needs, far below what fills a log.
const ATTACHES_PER_MINUTE: u32 = 60;
const ATTACHES_BURST: u32 = 30;
/// A question that a later limit refused gives its center's quota back, but it has cost the check
/// of a signature. So many times a center's quota may be spent on such checks.
const ATTEMPTS_PER_ASK: u32 = 4;

/// The limits in force: the reviewed ones, with the temporary ones of operators over them.
type InForce = Arc<Limits>;

/// The quotas, the places, and the limits that they go by.
#[derive(Debug)]
pub struct Throttle {
    in_force: ArcSwap<Limits>,
    /// Touched when limits change.
    said: Mutex<Said>,
    meters: Meters,
    places: Places,
    estimates: Arc<Estimates>,
    /// Single questions under way, for which lists make room.
    counters: Counters,
    lists: Arc<OpenLists>,
    line_places: Places,
    started: Instant,
}

/// Where the limits in force come from.
#[derive(Debug)]
struct Said {
    reviewed: Limits,
    temporary: Vec<Temporary>,
}

/// A question that its center's quota has let in.
#[derive(Debug)]
pub struct Admitted {
    charge: Charge,
    at_counter: AtCounter,
}

/// What decides how long a question may wait for a place.
#[derive(Debug, Clone, Copy)]
pub struct Waits<'a> {
    /// How urgent it is.
    pub urgency: Urgency,
    /// Its flow as it says itself; empty if there is none of that name.
    pub flow: &'a str,
    /// When its answer must be there.
    pub deadline: Instant,
}

/// A place among the questions under way, held until the answer has left.
#[derive(Debug)]
pub struct Slot {
    _place: Place,
    _at_counter: AtCounter,
    charge: Charge,
    flow: String,
    since: Instant,
    estimates: Arc<Estimates>,
}

impl Slot {
    /// The question was answered: how long that took tells what others will need.
    pub fn answered(&self) {
        self.estimates.note(&self.flow, self.since.elapsed());
    }
}

/// Who asks about what, as the center has signed it.
#[derive(Debug, Clone, Copy)]
pub struct Proven<'a> {
    /// The asking center.
    pub node: &'a str,
    /// The person.
    pub operator: &'a str,
    /// The flow.
    pub flow: &'a str,
    /// The case.
    pub case_no: &'a str,
}

impl Throttle {
    /// Goes by these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let started = Instant::now();
        Self {
            places: Places::new(
                limits.places(LimitName::InFlightMax),
                limits.places(LimitName::QueueMax),
            ),
            line_places: line_places(&limits),
            in_force: ArcSwap::from_pointee(limits.clone()),
            said: Mutex::new(Said {
                reviewed: limits,
                temporary: Vec::new(),
            }),
            meters: Meters::default(),
            estimates: Arc::default(),
            counters: Counters::quiet(started),
            lists: Arc::default(),
            started,
        }
    }

    /// The limits in force.
    #[must_use]
    pub fn in_force(&self) -> InForce {
        self.in_force.load_full()
    }

    /// The reviewed limits, without what operators have set for a while.
    #[must_use]
    pub fn reviewed(&self) -> Limits {
        self.said().reviewed.clone()
    }

    /// The reviewed limits and those in force, of one moment.
    #[must_use]
    pub fn both(&self) -> (Limits, InForce) {
        let said = self.said();
        (said.reviewed.clone(), self.in_force())
    }

    /// Exchanges the reviewed limits whole. Quotas keep what is used up of them. `then` is told
    /// what is in force, before any later change.
    pub fn replace(&self, limits: Limits, now: OffsetDateTime, then: impl FnOnce(InForce)) {
        let mut said = self.said();
        said.reviewed = limits;
        then(self.take_up(&said, now));
    }

    /// Lays these temporary limits over the reviewed ones, in place of those that were. Whoever
    /// calls this has put them on record, and calls it again when one is over.
    pub fn lay(&self, temporary: Vec<Temporary>, now: OffsetDateTime, then: impl FnOnce(InForce)) {
        let mut said = self.said();
        if said.temporary != temporary {
            said.temporary = temporary;
            then(self.take_up(&said, now));
        }
    }

    fn take_up(&self, said: &Said, now: OffsetDateTime) -> InForce {
        let limits = Arc::new(said.reviewed.overlaid(&said.temporary, now));
        self.in_force.store(Arc::clone(&limits));
        self.places.set(
            limits.places(LimitName::InFlightMax),
            limits.places(LimitName::QueueMax),
        );
        set_line_places(&self.line_places, &limits);
        limits
    }

    /// Takes a question of a proven node in.
    ///
    /// # Errors
    /// The node asks too often.
    pub fn admit(&self, node: &str) -> Result<Admitted, Refusal> {
        let limits = self.in_force();
        let (often, burst) = (
            limits.of(LimitName::NodePerSecond, node),
            limits.of(LimitName::NodeBurst, node),
        );
        let due = |kind, times: u32| Due {
            kind,
            name: String::new(),
            rate: Rate::per_second(often.saturating_mul(times), burst.saturating_mul(times)),
            code: RefusalCode::LimitCaller,
        };
        let dues = vec![due(Kind::Attempts, ATTEMPTS_PER_ASK), due(Kind::Asks, 1)];
        Ok(Admitted {
            charge: self.meters.charge(node, dues, self.now())?,
            at_counter: self.counters.wait(),
        })
    }

    /// A place for a question, at once or after a short wait. The quota of one that gets none is as
    /// it was.
    ///
    /// # Errors
    /// The hub is full, or too little time would be left.
    pub async fn place(&self, admitted: Admitted, waits: Waits<'_>) -> Result<Slot, Refusal> {
        let now = self.now_at();
        let left = waits.deadline.saturating_duration_since(now);
        let needs = self.estimates.needs(waits.flow, left);
        let wait_max = self.in_force().time(LimitName::QueueWaitMax);
        let latest = now + wait_max.min(left.saturating_sub(needs));
        let wants = Wants {
            node: admitted.charge.node(),
            urgency: waits.urgency,
            latest,
        };
        match self.places.take(wants).await {
            Ok(place) => Ok(Slot {
                _place: place,
                _at_counter: admitted.at_counter,
                charge: admitted.charge,
                flow: waits.flow.to_owned(),
                since: self.now_at(),
                estimates: Arc::clone(&self.estimates),
            }),
            Err(crowded) => {
                self.meters.give_back(&admitted.charge, self.now());
                let code = match crowded {
                    Crowded::Full => RefusalCode::LimitHub,
                    Crowded::Late => RefusalCode::LimitWait,
                };
                Err(Refusal::until(code, self.places.hint()))
            }
        }
    }

    /// Charges a question to its operator, flow and case: to all of them or, if one has no room,
    /// to none, and gives its center's quota back.
    ///
    /// # Errors
    /// The first of them that asks too often.
    pub fn admit_proven(&self, slot: &Slot, who: Proven<'_>) -> Result<(), Refusal> {
        let dues = proven_dues(&self.in_force(), who);
        let now = self.now();
        self.meters
            .charge(who.node, dues, now)
            .map(drop)
            .inspect_err(|_| self.meters.give_back(&slot.charge, now))
    }

    /// The gate through which the lines of one list go, at most so many at once and fewer while
    /// somebody waits for a single question.
    #[must_use]
    pub fn gate(&self, width_max: usize) -> Arc<ListGate> {
        ListGate::new(self.counters.clone(), width_max)
    }

    /// Counts a stream that a registered node wants to attach.
    ///
    /// # Errors
    /// The node attaches too often.
    pub fn admit_attach(&self, node: &str) -> Result<(), Refusal> {
        let due = Due {
            kind: Kind::Attaches,
            name: String::new(),
            rate: Rate::per_minute(ATTACHES_PER_MINUTE, ATTACHES_BURST),
            code: RefusalCode::AttachTooOften,
        };
        self.meters.charge(node, vec![due], self.now()).map(drop)
    }

    /// Questions under way, lines of lists among them.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.places.taken() + self.line_places.taken()
    }

    /// Single questions that wait for a place.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.places.waiting()
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_at(&self) -> Instant {
        Instant::now()
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }
}

fn proven_dues(limits: &Limits, who: Proven<'_>) -> Vec<Due> {
    // Of any spelling there is one person.
    let operator = who.operator.to_ascii_lowercase();
    let whom = format!("{}/{operator}", who.node);
    let per_minute =
        |name, burst| Rate::per_minute(limits.of(name, &whom), limits.of(burst, &whom));
    vec![
        Due {
            kind: Kind::Operator,
            rate: per_minute(LimitName::OperatorPerMinute, LimitName::OperatorBurst),
            name: operator,
            code: RefusalCode::LimitOperator,
        },
        Due {
            kind: Kind::Flow,
            name: who.flow.to_owned(),
            rate: Rate::per_second(
                limits.of(LimitName::FlowPerSecond, who.flow),
                limits.of(LimitName::FlowBurst, who.flow),
            ),
            code: RefusalCode::LimitFlow,
        },
        Due {
            kind: Kind::Case,
            name: who.case_no.to_owned(),
            rate: Rate::per_minute(
                limits.each(LimitName::CasePerMinute),
                limits.each(LimitName::CaseBurst),
            ),
            code: RefusalCode::LimitCase,
        },
    ]
}

#[cfg(test)]
mod tests;
