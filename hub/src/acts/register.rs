//! The acts that stand: a pure value that is built by the same entries while the hub runs and at a
//! start. It knows no clock, no lock and no log.
//!
//! What holds is derived from the time it is asked for (`register/turning.rs`): a clock that runs
//! ahead ends nothing that holds again once it is right.

use std::collections::BTreeMap;

use policies::Suspensions;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use wire::RefusalCode;

use super::act::{Act, Target};
use crate::ledger::entry::OperatorAct;
use crate::nodes::breaker::Event;

/// Acts that stand at a time.
pub const STANDING_MAX: usize = 512;
/// Acts that wait to be confirmed.
pub const WAITING_MAX: usize = 64;
/// How long an act waits to be confirmed, and how long its idempotency key is remembered.
pub const KEPT: Duration = Duration::hours(24);
/// Idempotency keys remembered; the oldest are forgotten first.
const KEYS_MAX: usize = 4_096;

/// An act on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Index of its entry: its number.
    pub number: u64,
    /// When.
    pub at: OffsetDateTime,
    /// What.
    pub act: Act,
    /// Over what.
    pub target: Target,
    /// Until when.
    pub until: Option<OffsetDateTime>,
    /// The entry as written.
    pub entry: OperatorAct,
}

/// The acts that stand and those that wait.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Register {
    /// Those whose time is over among them, for a while.
    standing: BTreeMap<u64, Recorded>,
    waiting: BTreeMap<u64, Recorded>,
    /// Which of both are over, as was last told, and for how long the hub had run by then.
    over_since: BTreeMap<u64, std::time::Duration>,
    /// By person and key; the newest has the highest number.
    keys: BTreeMap<(String, String), Recorded>,
}

impl Recorded {
    /// Reads an entry; none where this version does not know its words.
    #[must_use]
    pub fn read(number: u64, at: OffsetDateTime, entry: OperatorAct) -> Option<Self> {
        let until = match entry.until.as_str() {
            "" => None,
            text => Some(OffsetDateTime::parse(text, &Rfc3339).ok()?),
        };
        let recorded = Self {
            number,
            at,
            act: entry.act.parse().ok()?,
            target: entry.target.parse().ok()?,
            until,
            entry,
        };
        // A limit without a value or an end would hold otherwise than it was meant.
        let is_whole = !recorded.act.sets_a_limit() || recorded.temporary().is_some();
        is_whole.then_some(recorded)
    }

    /// Whether it waits for a second person.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.entry.stage == "asked"
    }

    /// Whether it was put on record again because it stands for long.
    #[must_use]
    pub fn is_renewed(&self) -> bool {
        self.entry.stage == "renewed"
    }

    fn is_over(&self, now: OffsetDateTime) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Whether it may still be confirmed.
    fn waits(&self, now: OffsetDateTime) -> bool {
        now < self.at + KEPT && !self.is_over(now)
    }

    fn same_request(&self, other: &OperatorAct) -> bool {
        let mine = &self.entry;
        let words = (&mine.act, &mine.target, &mine.until, &mine.reason);
        words == (&other.act, &other.target, &other.until, &other.reason)
            && (mine.of, mine.value) == (other.of, other.value)
    }
}

impl Register {
    /// The act that an idempotency key was used for before, if the request is the same one.
    ///
    /// # Errors
    /// The key was used for another request.
    pub fn repeated(
        &self,
        entry: &OperatorAct,
        now: OffsetDateTime,
    ) -> Result<Option<&Recorded>, RefusalCode> {
        match self.used((&entry.staff, &entry.key), now) {
            None => Ok(None),
            Some(before) if before.same_request(entry) => Ok(Some(before)),
            Some(_) => Err(RefusalCode::ActKey),
        }
    }

    /// Whether an act may be asked for, as things stand: it then waits for a second person.
    ///
    /// # Errors
    /// Why not.
    pub fn check_asking(
        &self,
        act: Act,
        target: &Target,
        now: OffsetDateTime,
    ) -> Result<(), RefusalCode> {
        let mut waiting = self.waiting(now);
        if waiting.any(|asked| asked.act == act && asked.target == *target) {
            return Err(RefusalCode::ActStands);
        }
        if self.waiting(now).count() >= WAITING_MAX {
            return Err(RefusalCode::ActMany);
        }
        self.check(act, target, now)
    }

    /// Whether an act may be done, as things stand.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, act: Act, target: &Target, now: OffsetDateTime) -> Result<(), RefusalCode> {
        if !target.fits(act) {
            return Err(RefusalCode::ActTarget);
        }
        let over = self.over(act, target).filter(|act| !act.is_over(now));
        match (act, over) {
            // How far it may go is looked at with its value.
            (Act::LowerLimit, Some(_)) => Ok(()),
            (
                Act::Trip | Act::HoldOpen | Act::HoldClosed | Act::Suspend | Act::RaiseLimit,
                Some(_),
            ) => Err(RefusalCode::ActStands),
            (
                Act::Trip
                | Act::HoldOpen
                | Act::HoldClosed
                | Act::Suspend
                | Act::LowerLimit
                | Act::RaiseLimit,
                None,
            ) => {
                if self.standing(now).count() >= STANDING_MAX {
                    return Err(RefusalCode::ActMany);
                }
                Ok(())
            }
            (Act::Reset, Some(standing)) if standing.act != Act::Trip => Err(RefusalCode::ActHeld),
            (Act::Reset, _) => Ok(()),
            (Act::Release, Some(standing)) if standing.act != Act::Trip => Ok(()),
            (Act::Lift | Act::LiftLimit, Some(_)) => Ok(()),
            (Act::Release | Act::Lift | Act::LiftLimit, _) => Err(RefusalCode::ActNothing),
        }
    }

    /// The act that waits under a number.
    ///
    /// # Errors
    /// None does.
    pub fn asked(&self, number: u64, now: OffsetDateTime) -> Result<&Recorded, RefusalCode> {
        let asked = self.waiting.get(&number);
        let asked = asked.filter(|asked| asked.waits(now));
        asked.ok_or(RefusalCode::ActNothing)
    }

    /// Takes an entry that is on record. Gives what a breaker has to be told.
    pub fn enter(&mut self, recorded: Recorded) -> Option<(String, catalog::ClassNo, Event)> {
        let entry = &recorded.entry;
        if !recorded.is_renewed() {
            let key = (entry.staff.clone(), entry.key.clone());
            self.keys.insert(key, recorded.clone());
            self.forget_keys();
        }
        if recorded.is_asked() {
            self.waiting.insert(recorded.number, recorded);
            return None;
        }
        let confirms = recorded.entry.of.filter(|_| !recorded.is_renewed());
        if let Some(asked) = confirms {
            self.waiting.remove(&asked);
            self.over_since.remove(&asked);
        }
        // Also one whose time is over: the log alone must come to the same, by any clock.
        let over = self.over(recorded.act, &recorded.target);
        if let Some(number) = over.map(|standing| standing.number) {
            self.standing.remove(&number);
            let since = self.over_since.remove(&number);
            // The same act again has ended when it had.
            if let Some(since) = since.filter(|_| recorded.is_renewed()) {
                self.over_since.insert(recorded.number, since);
            }
        }
        let event = event(&recorded);
        if recorded.act.stands() {
            self.standing.insert(recorded.number, recorded);
        }
        event
    }

    /// The act that was confirmed before by this person with this key.
    #[must_use]
    pub fn confirmed(
        &self,
        request: (&str, &str),
        number: u64,
        now: OffsetDateTime,
    ) -> Option<&Recorded> {
        let used = self.used(request, now);
        used.filter(|used| used.entry.of == Some(number))
    }

    /// The act for which a person's key was used.
    fn used(&self, (staff, key): (&str, &str), now: OffsetDateTime) -> Option<&Recorded> {
        let used = self.keys.get(&(staff.to_owned(), key.to_owned()));
        used.filter(|used| now < used.at + KEPT)
    }

    fn forget_keys(&mut self) {
        while self.keys.len() > KEYS_MAX {
            let oldest = self.keys.iter().min_by_key(|(_, used)| used.number);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.keys.remove(&oldest);
        }
    }

    /// Puts the acts of a snapshot in place of all that stood and waited.
    pub fn replace(&mut self, acts: impl IntoIterator<Item = Recorded>) {
        self.standing.clear();
        self.waiting.clear();
        self.over_since.clear();
        for act in acts {
            let place = if act.is_asked() {
                &mut self.waiting
            } else {
                &mut self.standing
            };
            place.insert(act.number, act);
        }
    }

    /// The numbers of all that stands and waits, for a snapshot; of what is over too, for as long
    /// as it is kept.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        let standing = self.standing.keys().chain(self.waiting.keys());
        standing.copied().collect()
    }

    /// The acts that stand and those that are over and not forgotten.
    pub fn kept(&self) -> impl Iterator<Item = &Recorded> {
        self.standing.values()
    }

    /// The acts that stand, oldest first.
    pub fn standing(&self, now: OffsetDateTime) -> impl Iterator<Item = &Recorded> {
        self.standing.values().filter(move |act| !act.is_over(now))
    }

    /// The acts that wait for a second person, oldest first.
    pub fn waiting(&self, now: OffsetDateTime) -> impl Iterator<Item = &Recorded> {
        self.waiting.values().filter(move |asked| asked.waits(now))
    }

    /// Who and what is suspended, for the rules and the plan.
    #[must_use]
    pub fn suspensions(&self, now: OffsetDateTime) -> Suspensions {
        let mut state = Suspensions::default();
        for act in self.standing(now).filter(|a| a.act == Act::Suspend) {
            match &act.target {
                Target::Node(node) => state.set_node(node, true),
                Target::Class(node, class) => state.set_class(node, *class, true),
                Target::Operator(node, operator) => state.set_operator(node, operator, true),
                Target::Flow(flow) => state.add_flow(*flow),
                Target::Case(node, case) => state.set_case(node, case, true),
                // No suspension is of a limit.
                Target::Limit(..) => {}
            }
        }
        state
    }

    /// The act of the same kind that stands over a target, its time over or not: one over a
    /// breaker, or a suspension.
    fn over(&self, act: Act, target: &Target) -> Option<&Recorded> {
        let is_suspension = |act: Act| matches!(act, Act::Suspend | Act::Lift);
        let mut standing = self.standing.values();
        standing.find(|standing| {
            standing.target == *target && is_suspension(standing.act) == is_suspension(act)
        })
    }
}

/// What the breaker of a class is told of an act.
#[must_use]
pub fn event(recorded: &Recorded) -> Option<(String, catalog::ClassNo, Event)> {
    let Target::Class(node, class) = &recorded.target else {
        return None;
    };
    let event = match recorded.act {
        Act::Reset => Event::Reset,
        Act::Release => Event::Released,
        Act::Suspend | Act::Lift | Act::LowerLimit | Act::RaiseLimit | Act::LiftLimit => {
            return None;
        }
        Act::Trip | Act::HoldOpen | Act::HoldClosed => Event::Set(recorded.act.hand()?),
    };
    Some((node.clone(), *class, event))
}

mod lent;
mod turning;

pub use turning::{ENDED_KEPT, ENDED_MAX, Turned};

#[cfg(test)]
mod tests;
