//! What shows an alert: its entries as the journal has them, what is usual, who else did what.

use std::cmp::Reverse;

use audit::Journal;
use dashboards::alerts::{Beside, EvidenceRow, SPREAD_MAX, StepRow, UsualRow};
use wire::Heading;

use super::{deed, moment};
use crate::alerts::book::{Alert, Step};
use crate::alerts::judge::{EVIDENCE_MAX, Figure, Seen, figures};
use crate::alerts::rules::RuleName;
use crate::broker::Broker;
use crate::tally::{Period, Tally};

/// The entries that the alert names.
pub(super) fn entries(journal: &Journal, alert: &Alert) -> Vec<EvidenceRow> {
    let named = alert.raised.evidence.iter().take(EVIDENCE_MAX);
    named.map(|entry| row(journal, *entry)).collect()
}

/// An entry; only its number where it has left the log's folder.
fn row(journal: &Journal, entry: u64) -> EvidenceRow {
    let none = EvidenceRow {
        entry,
        ..EvidenceRow::default()
    };
    let Ok(bytes) = journal.read(entry) else {
        return none;
    };
    let Some(heading) = Heading::read(&bytes) else {
        return none;
    };
    EvidenceRow {
        entry,
        at: heading.at.to_string(),
        kind: heading.kind.to_string(),
        flow: heading.flow_code().to_owned(),
        case: heading.case_number().to_owned(),
        code: heading.code.to_string(),
    }
}

pub(super) fn usual(alert: &Alert) -> Vec<UsualRow> {
    let rows = alert.raised.usual.iter().map(|usual| UsualRow {
        is_peers: usual.of == "peers",
        sample: usual.sample,
        median: usual.median.clone(),
        mad: usual.mad.clone(),
        bound: usual.bound.clone(),
    });
    rows.collect()
}

pub(super) fn steps(alert: &Alert) -> Vec<StepRow> {
    let rows = alert.steps.iter().filter_map(|taken| {
        Some(StepRow {
            entry: taken.entry,
            at: moment(taken.at),
            deed: deed(Step::read(&taken.step.step)?),
            staff: taken.step.staff.clone(),
            text: taken.step.text.clone(),
        })
    });
    rows.collect()
}

/// Everybody in the window, the most first; the one of the alert is always among them.
pub(super) fn spread(broker: &Broker, alert: &Alert) -> Vec<Beside> {
    let raised = &alert.raised;
    let rule = RuleName::read(&raised.rule);
    let window = rule.and_then(|rule| Seen::read(rule, &raised.window));
    let Some((rule, window)) = rule.zip(window) else {
        return Vec::new();
    };
    let (tally, rules) = (broker.alerts.tally(), broker.alerts.rules());
    let is_about = rule == RuleName::Sought;
    let found = if raised.flow.is_empty() {
        figures(&tally, &rules, rule, &window, broker.clock.now())
    } else {
        of_flow(&tally, &raised.flow, &window)
    };
    let own = tally
        .lines()
        .number_of(&raised.who.node, &raised.who.operator);
    let mut all: Vec<_> = found
        .into_iter()
        .filter_map(|figure| {
            let person = tally.lines().person_at(figure.person)?;
            let is_peer = person.center == raised.who.node;
            (is_peer && figure.found > 0).then(|| Beside {
                name: format!("{}/{}", person.center, person.operator),
                count: figure.found,
                is_own: own == Some(figure.person),
            })
        })
        .collect();
    if is_about {
        all = super::sought::by(&tally, raised, window.day);
    }
    all.sort_by_key(|one| (Reverse(one.count), one.name.clone()));
    let behind = all.iter().skip(SPREAD_MAX).find(|one| one.is_own).cloned();
    all.truncate(SPREAD_MAX);
    all.extend(behind);
    all
}

/// Questions of a day with one flow.
fn of_flow(tally: &Tally, flow: &str, window: &Seen) -> Vec<Figure> {
    let period = Period {
        from: window.day,
        to: window.day,
    };
    let asks = tally.daily_asks(period).into_iter();
    let of_it = asks.filter(|((of, ..), _)| *of == flow);
    let figures = of_it.map(|((_, person, _), asks)| Figure {
        person,
        found: asks.into(),
        of: None,
    });
    figures.collect()
}
