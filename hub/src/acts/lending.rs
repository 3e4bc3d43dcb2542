//! A limit set for a while: lower by whoever may stop things, higher by two people, never longer
//! nor higher than may be without a review.

use time::OffsetDateTime;
use wire::quota::{TEMPORARY_MAX, TemporaryFault, Whom};
use wire::{LimitName, RefusalCode};

use super::act::{Act, Target};
use super::register::{Recorded, Register};
use crate::broker::Broker;
use crate::ledger::entry::OperatorAct;

impl Broker {
    /// Whether a value lowers a limit or raises it: it lowers what is neither above the reviewed
    /// value nor above the one in force.
    pub(super) fn act_over_limit(
        &self,
        register: &Register,
        request: (&str, &str),
        target: &Target,
        value: u32,
    ) -> Result<Act, RefusalCode> {
        let Target::Limit(name, whom) = target else {
            return Err(RefusalCode::ActTarget);
        };
        if let Some(before) = register.set_before(request, target, value) {
            return Ok(before.act);
        }
        let whom = whom.as_deref();
        let reviewed = self.throttle.reviewed().value(*name, whom);
        let in_force = self.throttle.in_force().value(*name, whom);
        if value <= reviewed.min(in_force) {
            Ok(Act::LowerLimit)
        } else {
            Ok(Act::RaiseLimit)
        }
    }

    /// The reviewed value of a limit.
    pub(super) fn reviewed_of(&self, target: &Target) -> Option<u32> {
        match target {
            Target::Limit(name, whom) => {
                Some(self.throttle.reviewed().value(*name, whom.as_deref()))
            }
            _ => None,
        }
    }

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

    /// Whether the limit of an entry may stand: within its bounds, for a while, and beside what
    /// stands already.
    pub(super) fn check_lending(
        &self,
        register: &Register,
        entry: &OperatorAct,
    ) -> Result<(), RefusalCode> {
        let now = self.clock.now();
        let one = read(now, entry).ok_or(RefusalCode::ActLimit)?;
        let checked = self.throttle.reviewed().check(&one, now);
        checked.map_err(|fault| match fault {
            TemporaryFault::Life | TemporaryFault::Cap(..) => RefusalCode::ActLimit,
            TemporaryFault::Whom(..) => RefusalCode::ActTarget,
        })?;
        register.check_limit(&one, TEMPORARY_MAX)
    }
}

/// None where it has no end.
fn read(now: OffsetDateTime, entry: &OperatorAct) -> Option<wire::Temporary> {
    // The number of an entry to come plays no part.
    Recorded::read(0, now, entry.clone())?.temporary()
}
