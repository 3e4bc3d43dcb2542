//! What the pages of limits are told: the limits in force, and what is used up of them now. All of
//! it is in memory.

mod words;

#[cfg(test)]
mod tests;

use dashboards::limits::{
    FormShown, HubUse, LimitShown, LimitsDesk, LimitsShown, PeopleShown, TargetShown,
    TemporaryShown, UseShown, Wanted,
};
use dashboards::{Room, Turned, Viewer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::{LimitName, Limits, Temporary};

use super::acts::key;
use super::names::named;
use super::{Desk, looked, turned};
use crate::acts::act::Target;
use crate::acts::register::Register;
use crate::ledger::entry::Looked;
use crate::nodes::loads::LoadState;
use crate::throttle::used::QuotaUse;

/// Quotas in use that one page names.
const USES_MAX: usize = 100;
/// Tables of limits whose quotas name people or their cases.
const OF_PEOPLE: [&str; 2] = ["operator", "case"];

impl LimitsDesk for Desk {
    async fn limits(&self, viewer: &Viewer, wanted: Wanted) -> Result<LimitsShown, Turned> {
        let throttle = &self.broker.throttle;
        let (in_force, reviewed) = (throttle.in_force(), throttle.reviewed());
        let acts = self.broker.acts.now().await;
        let now = self.broker.clock.now();
        let loads = self.broker.nodes.loads().states();
        let (people, others): (Vec<_>, Vec<_>) =
            throttle.temporary().into_iter().partition(names_somebody);
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
            temporary: others
                .iter()
                .map(|one| temporary(one, &reviewed, (&acts, now)))
                .collect(),
            for_people: people.len(),
            uses: self.uses(|limit| !is_of_people(limit)),
            targets: loads
                .iter()
                .map(|load| self.target(load, &in_force))
                .collect(),
            form: self
                .form(viewer, wanted, |name| !is_of_people(name))
                .await?,
        })
    }

    async fn people(&self, viewer: &Viewer, wanted: Wanted) -> Result<PeopleShown, Turned> {
        let look = Looked {
            terms: [("quotas".to_owned(), OF_PEOPLE.join(","))].into(),
            ..looked(viewer, Room::Limits)
        };
        self.look(viewer, look).await?;
        let throttle = &self.broker.throttle;
        let (in_force, reviewed) = (throttle.in_force(), throttle.reviewed());
        let acts = self.broker.acts.now().await;
        let now = self.broker.clock.now();
        let excepted = in_force.exceptions();
        let excepted = excepted.filter(|(name, ..)| is_of_people(*name));
        let set = throttle.temporary();
        let set = set.iter().filter(|one| names_somebody(one));
        Ok(PeopleShown {
            uses: self.uses(is_of_people),
            exceptions: excepted
                .map(|(name, whom, value)| (name.path(), whom.to_owned(), value))
                .collect(),
            temporary: set
                .map(|one| temporary(one, &reviewed, (&acts, now)))
                .collect(),
            form: self.form(viewer, wanted, is_of_people).await?,
        })
    }
}

impl Desk {
    /// What a form may name: the limits of its page.
    async fn form(
        &self,
        viewer: &Viewer,
        wanted: Wanted,
        is_here: impl Fn(LimitName) -> bool,
    ) -> Result<FormShown, Turned> {
        let acts = self.broker.acts.now().await;
        let now = self.broker.clock.now();
        let of = acts.standing(now).find(|act| Some(act.number) == wanted.of);
        let ending = of.and_then(|act| match &act.target {
            Target::Limit(name, whom) if is_here(*name) => {
                Some((name.path(), whom.clone().unwrap_or_default()))
            }
            _ => None,
        });
        let limits = LimitName::ALL.iter().filter(|name| is_here(**name));
        Ok(FormShown {
            limits: limits
                .map(|name| (name.path(), words::what(*name)))
                .collect(),
            key: key().map_err(|code| turned(code).to(viewer))?,
            done: self.done(viewer, wanted.done).await,
            ending,
        })
    }

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

/// A limit that is set for every operator names none.
fn names_somebody(one: &Temporary) -> bool {
    is_of_people(one.name) && one.whom.is_some()
}

fn limit(name: LimitName, in_force: &Limits, reviewed: &Limits) -> LimitShown {
    let exceptions = in_force.exceptions().filter(|(of, ..)| *of == name);
    let exceptions = exceptions.map(|(_, whom, value)| (whom.to_owned(), value));
    let exceptions: Vec<_> = exceptions.collect();
    let (exceptions, for_people) = if is_of_people(name) {
        (Vec::new(), exceptions.len())
    } else {
        (exceptions, 0)
    };
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
        exceptions,
        for_people,
        refusal,
    }
}

/// Who has set it is the act that stands over it.
fn temporary(
    one: &Temporary,
    reviewed: &Limits,
    (acts, now): (&Register, OffsetDateTime),
) -> TemporaryShown {
    let path = one.name.path();
    let target = match &one.whom {
        Some(whom) => format!("limit/{path}/{whom}"),
        None => format!("limit/{path}"),
    };
    let mut standing = acts.standing(now);
    let act = standing.find(|act| act.entry.target == target);
    TemporaryShown {
        value: one.value,
        reviewed: match &one.whom {
            Some(whom) => reviewed.of(one.name, whom),
            None => reviewed.each(one.name),
        },
        until: one.until.format(&Rfc3339).unwrap_or_default(),
        staff: act.map(|act| act.entry.staff.clone()).unwrap_or_default(),
        act: act.map(|act| act.number),
        whom: one.whom.clone().unwrap_or_default(),
        path,
    }
}
