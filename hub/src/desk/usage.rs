//! What the room Use is told: sums of the tally. Who looked at whose use is on record before.

mod sums;
#[cfg(test)]
pub(in crate::desk) mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::identity::may_hold_id_number;
use dashboards::usage::{
    ALERTS_MAX, AlertRow, Asked, COUNTER_CHARS_MAX, Counted, PersonShown, UseDesk, UseShown,
    is_figure,
};
use dashboards::{Act, Room, Turned, Viewer};
use time::Date;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::{Desk, looked};
use crate::alerts::rules::RuleName;
use crate::alerts::said;
use crate::broker::Broker;
use crate::ledger::entry::Looked;
use crate::tally::{DAILY_DAYS, Day, Hour, Period, Tally};

/// Days that are shown where nobody says which.
const DAYS_SHOWN: u32 = 30;
/// Longest name of an operator or a center in an address.
const NAME_CHARS_MAX: usize = 128;

impl UseDesk for Desk {
    async fn usage(&self, viewer: &Viewer, asked: Asked) -> Result<UseShown, Turned> {
        let (asked, period) = self.read(viewer, asked)?;
        let with_sought = viewer.may(Act::See(Room::Subject));
        let mut terms = terms(&asked);
        if with_sought {
            // That persons are listed, by their pseudonyms.
            let days = self.broker.alerts.rules().sought_days();
            terms.insert("sought".to_owned(), days.to_string());
        }
        let look = Looked {
            terms,
            ..looked(viewer, Room::Use)
        };
        self.look(viewer, look).await?;
        self.summed(viewer, move |broker| {
            let tally = broker.alerts.tally();
            let sought = with_sought.then(|| sums::sought(broker, &tally, &asked));
            UseShown {
                sought,
                ..sums::everybody(broker, &tally, asked, period)
            }
        })
        .await
    }

    async fn usage_of(
        &self,
        viewer: &Viewer,
        (center, operator): (String, String),
        asked: Asked,
    ) -> Result<PersonShown, Turned> {
        let asked = Asked {
            center: center.clone(),
            ..asked
        };
        let is_name = (1..=NAME_CHARS_MAX).contains(&operator.chars().count());
        if !is_name || may_hold_id_number(&operator) || self.broker.trust.node(&center).is_none() {
            return Err(Turned::nothing_here(viewer));
        }
        let (asked, period) = self.read(viewer, asked)?;
        let mut terms = terms(&asked);
        terms.insert("operator".to_owned(), operator.clone());
        let look = Looked {
            terms,
            ..looked(viewer, Room::Use)
        };
        self.look(viewer, look).await?;
        let name = operator.to_ascii_lowercase();
        let alerts = self.alerts_about(&center, &name).await;
        let shown = self.summed(viewer, move |broker| {
            let tally = broker.alerts.tally();
            let person = tally.lines().number_of(&center, &name)?;
            Some(PersonShown {
                cases: sums::cases(&tally, person),
                shown: sums::of_person(broker, &tally, asked, (period, person)),
                center,
                operator: name,
                alerts,
            })
        });
        // Nobody of this name asked anything that is counted.
        shown.await?.ok_or_else(|| Turned::nothing_here(viewer))
    }
}

impl Desk {
    /// Reads beside the tasks: sums go over many counts.
    async fn summed<T: Send + 'static>(
        &self,
        viewer: &Viewer,
        work: impl FnOnce(&Broker) -> T + Send + 'static,
    ) -> Result<T, Turned> {
        let broker = Arc::clone(&self.broker);
        self.reading(viewer, move || Ok(work(&broker))).await
    }

    /// What is asked for, with dates filled in, and the days that it means.
    fn read(&self, viewer: &Viewer, asked: Asked) -> Result<(Asked, Period), Turned> {
        let today = Hour::of(self.broker.clock.now()).day();
        let unreadable = || Turned::unreadable(viewer);
        let to = day_or(&asked.to, today).ok_or_else(unreadable)?;
        let from = day_or(&asked.from, to.back(DAYS_SHOWN - 1)).ok_or_else(unreadable)?;
        let is_flow = asked.flow.is_empty() || asked.flow.parse::<policies::FlowId>().is_ok();
        let is_center = asked.center.is_empty() || self.broker.trust.node(&asked.center).is_some();
        // It stands in the log with the look.
        let is_counter = asked.counter.chars().count() <= COUNTER_CHARS_MAX
            && !asked.counter.chars().any(char::is_control)
            && !may_hold_id_number(&asked.counter);
        let days = to.number().checked_sub(from.number());
        if !is_flow || !is_counter || !is_center || days.is_none_or(|days| days >= DAILY_DAYS) {
            return Err(unreadable());
        }
        let sort = if is_figure(&asked.sort) {
            asked.sort
        } else {
            String::new()
        };
        let asked = Asked {
            from: from.date().to_string(),
            to: to.date().to_string(),
            sort,
            ..asked
        };
        Ok((asked, Period { from, to }))
    }

    async fn alerts_about(&self, center: &str, operator: &str) -> Vec<AlertRow> {
        let book = self.broker.alerts.book().await;
        let about = book.newest().filter(|alert| {
            alert.raised.who.node == center && alert.raised.who.operator == operator
        });
        let rows = about.take(ALERTS_MAX).filter_map(|alert| {
            Some(AlertRow {
                number: alert.number,
                rule: said::title(RuleName::read(&alert.raised.rule)?),
                window: alert.raised.window.clone(),
            })
        });
        rows.collect()
    }
}

fn terms(asked: &Asked) -> BTreeMap<String, String> {
    let all = [
        ("center", &asked.center),
        ("counter", &asked.counter),
        ("flow", &asked.flow),
        ("from", &asked.from),
        ("to", &asked.to),
    ];
    let given = all.into_iter().filter(|(_, value)| !value.is_empty());
    given
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

/// A day as a form gives it, or the other one; none where it is no day.
fn day_or(text: &str, other: Day) -> Option<Day> {
    if text.is_empty() {
        return Some(other);
    }
    let format = format_description!("[year]-[month]-[day]");
    Date::parse(text, format).ok().map(Day::of)
}

/// How far the counts are true.
pub(super) fn counted(broker: &Broker, tally: &Tally) -> Counted {
    let (hours_from, days_from) = (tally.hourly_from(), tally.daily_from());
    let remembered = tally.remembered_from();
    Counted {
        is_whole: broker.alerts.is_counted(),
        first: broker.ledger.journal().first(),
        upto: tally.upto(),
        today: Hour::of(broker.clock.now()).day().date().to_string(),
        days_from: (days_from.number() > 0).then(|| days_from.date().to_string()),
        hours_from: (hours_from.number() > 0).then(|| hours_from.date().to_string()),
        remembered_from: remembered.and_then(|from| from.format(&Rfc3339).ok()),
    }
}
