//! What the room Alerts is told, and what it does. Who looked is on record before.

mod evidence;
mod rules;
mod sought;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use dashboards::alerts::rules::RulesShown;
use dashboards::alerts::{
    ALERTS_MAX, AlertRow, AlertShown, AlertsDesk, AlertsShown, Asked, Deed, Filled, Stage,
};
use dashboards::{Room, Turned, Viewer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Desk, looked, staff_of, turned};
use crate::alerts::book::{Alert, Standing, Step};
use crate::alerts::rules::RuleName;
use crate::alerts::{StepWanted, said};
use crate::ledger::entry::Looked;
use crate::staff::Staff;

impl AlertsDesk for Desk {
    async fn alerts(&self, viewer: &Viewer, asked: Asked) -> Result<AlertsShown, Turned> {
        let unreadable = || Turned::unreadable(viewer);
        let standing = match asked.standing.as_str() {
            "" => None,
            name => Some(standing_of(name).ok_or_else(unreadable)?),
        };
        let before: u64 = match asked.before.as_str() {
            "" => u64::MAX,
            number => number.parse().map_err(|_| unreadable())?,
        };
        let terms = [("standing", &asked.standing), ("before", &asked.before)];
        self.look(viewer, look(viewer, &terms)).await?;
        let book = self.broker.alerts.book().await;
        let fits = |alert: &&Alert| {
            alert.number < before && standing.is_none_or(|standing| standing == alert.standing)
        };
        let fitting = book.newest().filter(fits);
        let mut alerts: Vec<_> = fitting.take(ALERTS_MAX + 1).map(row).collect();
        let is_more = alerts.len() > ALERTS_MAX;
        alerts.truncate(ALERTS_MAX);
        let counts = book.counts().into_iter();
        Ok(AlertsShown {
            asked,
            counts: counts
                .map(|(standing, count)| (stage(standing), count))
                .collect(),
            alerts,
            is_more,
            is_whole: self.broker.alerts.is_whole(),
            is_counted: self.broker.alerts.is_counted(),
        })
    }

    async fn alert(&self, viewer: &Viewer, number: u64) -> Result<AlertShown, Turned> {
        self.look(viewer, look(viewer, &[("alert", &number.to_string())]))
            .await?;
        let alert = {
            let book = self.broker.alerts.book().await;
            book.alert(number).cloned()
        };
        let alert = alert.ok_or_else(|| Turned::nothing_here(viewer))?;
        let is_whole = self.broker.alerts.is_whole();
        let can = if is_whole {
            can(&staff_of(viewer), &alert)
        } else {
            Vec::new()
        };
        let broker = Arc::clone(&self.broker);
        let may_open = staff_of(viewer)
            .may(crate::staff::Deed::See(Room::Subject))
            .is_ok();
        let work = move || {
            let (rows, persons) = evidence::entries(&broker, &alert, may_open);
            Ok(AlertShown {
                row: row(&alert),
                rules: alert.raised.rules.clone(),
                usual: evidence::usual(&alert),
                spread: evidence::spread(&broker, &alert),
                persons,
                follows: evidence::follows(&alert),
                evidence: rows,
                steps: evidence::steps(&alert),
                can,
                seen: alert.last(),
                is_whole,
                is_counted: broker.alerts.is_counted(),
            })
        };
        self.reading(viewer, work).await
    }

    async fn rules(&self, viewer: &Viewer) -> Result<RulesShown, Turned> {
        let alerts = &self.broker.alerts;
        let in_force = alerts.rules();
        let digest = in_force.digest().to_string();
        self.look(viewer, look(viewer, &[("rules", &digest)]))
            .await?;
        let book = alerts.book().await;
        Ok(rules::shown(&in_force, book.ruled(), alerts.is_whole()))
    }

    async fn step(&self, viewer: &Viewer, number: u64, filled: Filled) -> Result<(), Turned> {
        let seen = filled.seen.parse();
        let seen = seen.map_err(|_| Turned::unreadable(viewer))?;
        let wanted = StepWanted {
            alert: number,
            step: filled.step,
            text: filled.text,
            seen,
        };
        let stepped = self.broker.step_alert(staff_of(viewer), wanted).await;
        stepped.map(drop).map_err(|code| turned(code).to(viewer))
    }
}

fn look(viewer: &Viewer, terms: &[(&str, &String)]) -> Looked {
    let given = terms.iter().filter(|(_, value)| !value.is_empty());
    let terms: BTreeMap<_, _> = given
        .map(|(name, value)| ((*name).to_owned(), (*value).clone()))
        .collect();
    Looked {
        terms,
        ..looked(viewer, Room::Alerts)
    }
}

fn row(alert: &Alert) -> AlertRow {
    let raised = &alert.raised;
    let title = RuleName::read(&raised.rule).map(said::title);
    let (zh, en) = title.unwrap_or((&raised.rule, &raised.rule));
    AlertRow {
        number: alert.number,
        at: moment(alert.at),
        rule: (zh.to_owned(), en.to_owned()),
        center: raised.who.node.clone(),
        operator: raised.who.operator.clone(),
        window: raised.window.clone(),
        flow: raised.flow.clone(),
        said: (raised.zh.clone(), raised.en.clone()),
        stage: stage(alert.standing),
        by: alert
            .steps
            .last()
            .map_or_else(String::new, |taken| taken.step.staff.clone()),
    }
}

/// What somebody can do now, by role and by what was done before.
fn can(staff: &Staff, alert: &Alert) -> Vec<Deed> {
    let steps = Step::ALL.into_iter();
    let possible = steps.filter(|step| {
        let is_theirs = *step == Step::Assign && alert.by(Step::Assign) == Some(&staff.name);
        staff.may(step.deed()).is_ok() && alert.check(*step, &staff.name).is_ok() && !is_theirs
    });
    possible.map(deed).collect()
}

fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

fn standing_of(name: &str) -> Option<Standing> {
    let mut all = Standing::ALL.into_iter();
    all.find(|standing| standing.as_str() == name)
}

fn stage(standing: Standing) -> Stage {
    match standing {
        Standing::Open => Stage::Open,
        Standing::Assigned => Stage::Assigned,
        Standing::Explained => Stage::Explained,
        Standing::Confirmed => Stage::Confirmed,
        Standing::Closed => Stage::Closed,
    }
}

fn deed(step: Step) -> Deed {
    match step {
        Step::Assign => Deed::Assign,
        Step::Explain => Deed::Explain,
        Step::Confirm => Deed::Confirm,
        Step::Close => Deed::Close,
        Step::Reopen => Deed::Reopen,
    }
}
