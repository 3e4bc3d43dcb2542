//! A limit set for a while: lower by whoever may stop things, higher by two people, never longer
//! nor higher than may be without a review.

use time::OffsetDateTime;
use wire::quota::{TEMPORARY_MAX, TemporaryFault, Whom};
use wire::{LimitName, Limits, RefusalCode};

use super::act::{Act, Target};
use super::register::{Recorded, Register};
use crate::broker::Broker;
use crate::ledger::entry::OperatorAct;

/// What an act is judged by: all of one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) register: &'a Register,
    pub(super) reviewed: &'a Limits,
    pub(super) in_force: &'a Limits,
    pub(super) now: OffsetDateTime,
}

impl Seen<'_> {
    /// Whether a value lowers a limit or raises it: it lowers what is neither above the reviewed
    /// value nor above the one in force.
    pub(super) fn act_over_limit(
        self,
        request: (&str, &str),
        target: &Target,
        value: u32,
    ) -> Result<Act, RefusalCode> {
        let Target::Limit(name, whom) = target else {
            return Err(RefusalCode::ActTarget);
        };
        let before = self.register.set_before(request, target, value, self.now);
        if let Some(before) = before {
            return Ok(before.act);
        }
        if self.lowers(*name, whom.as_deref(), value) {
            Ok(Act::LowerLimit)
        } else {
            Ok(Act::RaiseLimit)
        }
    }

    fn lowers(self, name: LimitName, whom: Option<&str>, value: u32) -> bool {
        let (reviewed, in_force) = (self.reviewed, self.in_force);
        value <= reviewed.value(name, whom).min(in_force.value(name, whom))
    }

    /// Whether a raise that was asked for would still be one: a review may have gone above its
    /// value meanwhile, and nobody asked for it to be lowered.
    pub(super) fn check_still_raises(self, asked: &Recorded) -> Result<(), RefusalCode> {
        match (&asked.target, asked.entry.value) {
            (Target::Limit(name, whom), Some(value))
                if self.lowers(*name, whom.as_deref(), value) =>
            {
                Err(RefusalCode::ActLimit)
            }
            _ => Ok(()),
        }
    }

    /// The reviewed value of a limit.
    pub(super) fn reviewed_of(self, target: &Target) -> Option<u32> {
        match target {
            Target::Limit(name, whom) => Some(self.reviewed.value(*name, whom.as_deref())),
            _ => None,
        }
    }

    /// Whether the limit of an entry may stand: within its bounds, for a while, and beside what
    /// stands already.
    pub(super) fn check_lending(self, entry: &OperatorAct) -> Result<(), RefusalCode> {
        let one = read(self.now, entry).ok_or(RefusalCode::ActLimit)?;
        let checked = self.reviewed.check(&one, self.now);
        checked.map_err(|fault| match fault {
            TemporaryFault::Life | TemporaryFault::Cap(..) => RefusalCode::ActLimit,
            TemporaryFault::Whom(..) => RefusalCode::ActTarget,
        })?;
        self.register.check_limit(&one, TEMPORARY_MAX, self.now)
    }
}

impl Broker {
    /// Whether there is somebody for whom the limit would stand.
    pub(super) fn is_there(&self, name: LimitName, whom: Option<&str>) -> bool {
        let Some(whom) = whom else {
            return true;
        };
        let node = whom.split('/').next().unwrap_or_default();
        match name.whom() {
            Whom::Nobody => false,
            Whom::Flow => {
                let flow = whom.parse().ok();
                flow.is_some_and(|flow| self.rules.current().flows().flow(&flow).is_some())
            }
            Whom::Node | Whom::Operator | Whom::Target => self.nodes.member(node).is_some(),
        }
    }
}

/// None where it has no end.
fn read(now: OffsetDateTime, entry: &OperatorAct) -> Option<wire::Temporary> {
    // The number of an entry to come plays no part.
    Recorded::read(0, now, entry.clone())?.temporary()
}
