//! What each center has used up of its quotas, and of those of its operators, flows and cases.
//!
//! INVARIANT: a question is charged to all quotas that it meets or to none; they are looked at and
//! counted under one lock. A charge that was in vain is given back. A quota is forgotten only when
//! nothing of it is used up; where there is no room for a further one, the newcomer is refused.
//!
//! Every quota belongs to one asking center, so that no center's flood uses up another's.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wire::{Meter, Rate, Refusal, RefusalCode};

/// Names remembered for one center and one kind of quota: several minutes of a busy center's cases.
const NAMES_MAX: usize = 4_096;
/// Where there is no room, quotas that are full again are looked for at most so often.
const SWEEP_PAUSE: Duration = Duration::from_millis(100);

/// The kinds of quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Questions of the center, also those that a later limit refused.
    Attempts,
    /// Questions of the center.
    Asks,
    /// Streams that the center attaches.
    Attaches,
    /// Lines of the center's lists.
    Lines,
    /// Questions of one operator.
    Operator,
    /// Lines of one operator's lists.
    OperatorLines,
    /// Questions within one flow.
    Flow,
    /// Questions of one case.
    Case,
}

/// One quota that a question meets.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub(super) kind: Kind,
    /// The operator, flow or case; empty for the center as a whole.
    pub(super) name: String,
    pub(super) rate: Rate,
    /// What is said where it has no room.
    pub(super) code: RefusalCode,
}

/// What a question was charged, to be given back if a later limit refuses it.
#[derive(Debug)]
pub(super) struct Charge {
    node: String,
    at: Duration,
    dues: Vec<Due>,
}

impl Charge {
    pub(super) fn node(&self) -> &str {
        &self.node
    }
}

#[derive(Debug, Default)]
struct Names {
    meters: HashMap<String, Meter>,
    swept: Option<Duration>,
}

impl Names {
    fn has_room(&mut self, name: &str, now: Duration) -> bool {
        if self.meters.len() < NAMES_MAX || self.meters.contains_key(name) {
            return true;
        }
        if self.swept.is_some_and(|swept| now < swept + SWEEP_PAUSE) {
            return false;
        }
        self.swept = Some(now);
        self.meters.retain(|_, meter| !meter.is_full(now));
        self.meters.len() < NAMES_MAX
    }

    fn check(&mut self, due: &Due, now: Duration) -> Result<(), Duration> {
        if !self.has_room(&due.name, now) {
            return Err(SWEEP_PAUSE);
        }
        // Of one that is not known nothing is used up, and every burst has room for one.
        let meter = self.meters.get_mut(&due.name);
        meter.map_or(Ok(()), |meter| meter.check(due.rate, now))
    }
}

/// All quotas. Only proven centers have any, and the trust list bounds those.
#[derive(Debug, Default)]
pub(super) struct Meters(Mutex<BTreeMap<String, BTreeMap<Kind, Names>>>);

impl Meters {
    /// Charges a question to all of these quotas or to none.
    ///
    /// # Errors
    /// The first quota without room, and when it has some.
    pub(super) fn charge(
        &self,
        node: &str,
        dues: Vec<Due>,
        now: Duration,
    ) -> Result<Charge, Refusal> {
        let mut all = self.all();
        let kinds = all.entry(node.to_owned()).or_default();
        for due in &dues {
            let names = kinds.entry(due.kind).or_default();
            names
                .check(due, now)
                .map_err(|later| Refusal::until(due.code, later))?;
        }
        for due in &dues {
            let meters = &mut kinds.entry(due.kind).or_default().meters;
            let meter = meters.entry(due.name.clone()).or_default();
            meter.count(due.rate, now);
        }
        drop(all);
        Ok(Charge {
            node: node.to_owned(),
            at: now,
            dues,
        })
    }

    /// Gives a charge back, except for the attempt: what the hub has looked at has cost it work.
    pub(super) fn give_back(&self, charge: &Charge, now: Duration) {
        let mut all = self.all();
        let Some(kinds) = all.get_mut(&charge.node) else {
            return;
        };
        for due in charge.dues.iter().filter(|d| d.kind != Kind::Attempts) {
            let names = kinds.get_mut(&due.kind);
            if let Some(meter) = names.and_then(|names| names.meters.get_mut(&due.name)) {
                meter.give_back(due.rate, charge.at, now);
            }
        }
    }

    /// Hands out every quota of which something is used up.
    pub(super) fn each(&self, now: Duration, mut take: impl FnMut(&str, Kind, &str, Meter)) {
        for (node, kinds) in self.all().iter() {
            for (kind, names) in kinds {
                let in_use = names.meters.iter().filter(|(_, meter)| !meter.is_full(now));
                for (name, meter) in in_use {
                    take(node, *kind, name, *meter);
                }
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<Kind, Names>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
