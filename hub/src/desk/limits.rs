//! What the pages of limits are told: the limits in force, and what is used up of them now. All of
//! it is in memory.

mod words;

#[cfg(test)]
mod tests;

use dashboards::limits::{
    HubUse, LimitShown, LimitsDesk, LimitsShown, TargetShown, TemporaryShown, UseShown,
};
use dashboards::{Room, Turned, Viewer};
use time::format_description::well_known::Rfc3339;
use wire::{LimitName, Limits, Temporary};

use super::names::named;
use super::{Desk, looked};
use crate::acts::register::Register;
use crate::ledger::entry::Looked;
use crate::nodes::loads::LoadState;
use crate::throttle::used::QuotaUse;

/// Quotas in use that one page names.
const USES_MAX: usize = 100;
/// Tables of limits whose quotas name people or their cases.
const OF_PEOPLE: [&str; 2] = ["operator", "case"];

impl LimitsDesk for Desk {
    async fn limits(&self, _: &Viewer) -> Result<LimitsShown, Turned> {
        let throttle = &self.broker.throttle;
        let (in_force, reviewed) = (throttle.in_force(), throttle.reviewed());
        let acts = self.broker.acts.now().await;
        let loads = self.broker.nodes.loads().states();
        Ok(LimitsShown {
            digest: reviewed.digest().to_string(),
            hub: HubUse {
                in_flight: throttle.in_flight(),
                in_flight_max: in_force
                    .places(LimitName::InFlightMax)
                    .saturating_add(in_force.places(LimitName::ListLinesInFlightMax)),
                waiting: throttle.waiting(),
                queue_max: in_force.places(LimitName::QueueMax),
            },
            limits: LimitName::ALL
                .iter()
                .map(|name| limit(*name, &in_force, &reviewed))
                .collect(),
            temporary: throttle
                .temporary()
                .iter()
                .map(|one| temporary(one, &reviewed, &acts))
                .collect(),
            uses: self.uses(|limit| !is_of_people(limit)),
            targets: loads
                .iter()
                .map(|load| self.target(load, &in_force))
                .collect(),
        })
    }

    async fn people(&self, viewer: &Viewer) -> Result<Vec<UseShown>, Turned> {
        let look = Looked {
            terms: [("quotas".to_owned(), OF_PEOPLE.join(","))].into(),
            ..looked(viewer, Room::Limits)
        };
        self.look(viewer, look).await?;
        Ok(self.uses(is_of_people))
    }
}

impl Desk {
    fn uses(&self, wanted: impl Fn(LimitName) -> bool) -> Vec<UseShown> {
        let uses = self.broker.throttle.used(wanted, USES_MAX);
        uses.into_iter().map(|one| self.in_use(one)).collect()
    }

    fn in_use(&self, one: QuotaUse) -> UseShown {
        UseShown {
            center: self.names().center(&one.node),
            table: one.rate.table().to_owned(),
            what: words::what(one.rate),
            name: one.name,
            used: one.used,
            most: one.most,
            often: (one.often, words::unit(one.rate.unit())),
        }
    }

    fn target(&self, load: &LoadState, limits: &Limits) -> TargetShown {
        TargetShown {
            center: self.names().center(&load.node),
            limit: load.limit,
            cap: limits.of(LimitName::TargetInFlightMax, &load.node),
            floor: limits.of(LimitName::TargetInFlightMin, &load.node),
            in_flight: load.in_flight,
            waiting: load.waiting,
            queue_max: limits.of(LimitName::TargetQueueMax, &load.node),
            throttled: load.throttled,
        }
    }
}

fn is_of_people(limit: LimitName) -> bool {
    OF_PEOPLE.contains(&limit.table())
}

fn limit(name: LimitName, in_force: &Limits, reviewed: &Limits) -> LimitShown {
    let exceptions = in_force.exceptions().filter(|(of, ..)| *of == name);
    let refusal = words::refusal(name).map(|code| {
        let said = named(code.zh(), code.en());
        (code.to_string(), said)
    });
    LimitShown {
        table: name.table().to_owned(),
        key: name.key().to_owned(),
        what: words::what(name),
        unit: words::unit(name.unit()),
        value: in_force.each(name),
        reviewed: reviewed.each(name),
        default: name.default(),
        exceptions: exceptions
            .map(|(_, whom, value)| (whom.to_owned(), value))
            .collect(),
        refusal,
    }
}

/// Who has set it is the act that stands over it.
fn temporary(one: &Temporary, reviewed: &Limits, acts: &Register) -> TemporaryShown {
    let path = one.name.path();
    let target = match &one.whom {
        Some(whom) => format!("limit/{path}/{whom}"),
        None => format!("limit/{path}"),
    };
    let mut standing = acts.standing();
    let act = standing.find(|act| act.entry.target == target);
    TemporaryShown {
        value: one.value,
        reviewed: match &one.whom {
            Some(whom) => reviewed.of(one.name, whom),
            None => reviewed.each(one.name),
        },
        until: one.until.format(&Rfc3339).unwrap_or_default(),
        staff: act.map(|act| act.entry.staff.clone()).unwrap_or_default(),
        whom: one.whom.clone().unwrap_or_default(),
        path,
    }
}
