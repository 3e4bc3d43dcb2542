//! The acts that stand: a pure value that is built by the same entries while the hub runs and at a
//! start. It knows no clock, no lock and no log.

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
    standing: BTreeMap<u64, Recorded>,
    waiting: BTreeMap<u64, Recorded>,
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
    pub fn repeated(&self, entry: &OperatorAct) -> Result<Option<&Recorded>, RefusalCode> {
        let key = (entry.staff.clone(), entry.key.clone());
        match self.keys.get(&key) {
            None => Ok(None),
            Some(before) if before.same_request(entry) => Ok(Some(before)),
            Some(_) => Err(RefusalCode::ActKey),
        }
    }

    /// Whether an act may be asked for, as things stand: it then waits for a second person.
    ///
    /// # Errors
    /// Why not.
    pub fn check_asking(&self, act: Act, target: &Target) -> Result<(), RefusalCode> {
        let mut waiting = self.waiting.values();
        if waiting.any(|asked| asked.act == act && asked.target == *target) {
            return Err(RefusalCode::ActStands);
        }
        if self.waiting.len() >= WAITING_MAX {
            return Err(RefusalCode::ActMany);
        }
        self.check(act, target)
    }

    /// Whether an act may be done, as things stand.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, act: Act, target: &Target) -> Result<(), RefusalCode> {
        if !target.fits(act) {
            return Err(RefusalCode::ActTarget);
        }
        let over = self.over(act, target);
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
                if self.standing.len() >= STANDING_MAX {
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
    pub fn asked(&self, number: u64) -> Result<&Recorded, RefusalCode> {
        self.waiting.get(&number).ok_or(RefusalCode::ActNothing)
    }

    /// Takes an entry that is on record. Gives what a breaker has to be told.
    pub fn enter(&mut self, recorded: Recorded) -> Option<(String, catalog::ClassNo, Event)> {
        let entry = &recorded.entry;
        if !recorded.is_renewed() {
            let key = (entry.staff.clone(), entry.key.clone());
            self.keys.insert(key, recorded.clone());
        }
        if recorded.is_asked() {
            self.waiting.insert(recorded.number, recorded);
            return None;
        }
        if let Some(asked) = recorded.entry.of {
            self.waiting.remove(&asked);
        }
        let over = self.over(recorded.act, &recorded.target);
        if let Some(number) = over.map(|standing| standing.number) {
            self.standing.remove(&number);
        }
        let event = event(&recorded);
        if recorded.act.stands() {
            self.standing.insert(recorded.number, recorded);
        }
        event
    }

    /// The act that was confirmed before by this person with this key.
    #[must_use]
    pub fn confirmed(&self, staff: &str, key: &str, number: u64) -> Option<&Recorded> {
        let used = self.keys.get(&(staff.to_owned(), key.to_owned()));
        used.filter(|used| used.entry.of == Some(number))
    }

    /// Ends what is over. Gives the acts that stood, so that breakers can be told.
    pub fn sweep(&mut self, now: OffsetDateTime) -> Vec<Recorded> {
        let over = self.standing.values().filter(|act| act.is_over(now));
        let over: Vec<_> = over.cloned().collect();
        for act in &over {
            self.standing.remove(&act.number);
        }
        self.waiting
            .retain(|_, asked| now < asked.at + KEPT && !asked.is_over(now));
        self.keys.retain(|_, used| now < used.at + KEPT);
        while self.keys.len() > KEYS_MAX {
            let oldest = self.keys.iter().min_by_key(|(_, used)| used.number);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.keys.remove(&oldest);
        }
        over
    }

    /// Puts the acts of a snapshot in place of all that stood and waited.
    pub fn replace(&mut self, acts: impl IntoIterator<Item = Recorded>) {
        self.standing.clear();
        self.waiting.clear();
        for act in acts {
            let place = if act.is_asked() {
                &mut self.waiting
            } else {
                &mut self.standing
            };
            place.insert(act.number, act);
        }
    }

    /// The numbers of all that stands and waits, for a snapshot.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        let standing = self.standing.keys().chain(self.waiting.keys());
        standing.copied().collect()
    }

    /// The acts that stand, oldest first.
    pub fn standing(&self) -> impl Iterator<Item = &Recorded> {
        self.standing.values()
    }

    /// The acts that wait for a second person, oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = &Recorded> {
        self.waiting.values()
    }

    /// Who and what is suspended, for the rules and the plan.
    #[must_use]
    pub fn suspensions(&self) -> Suspensions {
        let mut state = Suspensions::default();
        for act in self.standing.values().filter(|a| a.act == Act::Suspend) {
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

    /// The act of the same kind that stands over a target: one over a breaker, or a suspension.
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

#[cfg(test)]
mod tests;
