//! What shows an alert: its entries as the journal has them, what is usual, who else did what.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use dashboards::alerts::{Beside, Earlier, EvidenceRow, SPREAD_MAX, StepRow, UsualRow};
use wire::Heading;

use super::{deed, moment};
use crate::alerts::book::{Alert, Step};
use crate::alerts::judge::{EVIDENCE_MAX, Figure, Seen, figures};
use crate::alerts::rules::RuleName;
use crate::broker::Broker;
use crate::tally::{Period, Tally};

/// Of a pseudonym, as much as tells persons apart for whoever may not open a ledger.
const SUBJECT_SHOWN: usize = 12;

/// The entries that the alert names, and about how many persons they are. Whole pseudonyms are for
/// those who may open a ledger.
pub(super) fn entries(broker: &Broker, alert: &Alert, is_whole: bool) -> (Vec<EvidenceRow>, usize) {
    let named = alert.raised.evidence.iter().take(EVIDENCE_MAX);
    let mut rows: Vec<_> = named.map(|entry| row(broker, alert, *entry)).collect();
    let subjects: BTreeSet<_> = rows.iter().map(|row| row.subject.clone()).collect();
    let persons = subjects
        .iter()
        .filter(|subject| !subject.is_empty())
        .count();
    if !is_whole {
        for row in &mut rows {
            row.subject = row.subject.chars().take(SUBJECT_SHOWN).collect();
        }
    }
    (rows, persons)
}

/// Whether a question is remarkable for another one before it.
pub(super) fn follows(alert: &Alert) -> bool {
    let rule = RuleName::read(&alert.raised.rule);
    matches!(rule, Some(RuleName::Repeats | RuleName::Coincidence))
}

/// The question that made this one remarkable.
fn earlier(broker: &Broker, alert: &Alert, entry: u64, bytes: &[u8]) -> Option<Earlier> {
    let tally = broker.alerts.tally();
    let before = match RuleName::read(&alert.raised.rule)? {
        RuleName::Repeats => tally.repeated(entry, bytes),
        RuleName::Coincidence => tally.coincided(entry, bytes),
        _ => None,
    };
    drop(tally);
    let before = before?;
    let bytes = broker.ledger.journal().read(before).ok()?;
    let heading = Heading::read(&bytes)?;
    Some(Earlier {
        entry: before,
        at: heading.at.to_string(),
        center: heading.who.node.to_string(),
        case: heading.case_number().to_owned(),
    })
}

/// An entry; only its number where it has left the log's folder.
fn row(broker: &Broker, alert: &Alert, entry: u64) -> EvidenceRow {
    let none = EvidenceRow {
        entry,
        ..EvidenceRow::default()
    };
    let Ok(bytes) = broker.ledger.journal().read(entry) else {
        return none;
    };
    let Some(heading) = Heading::read(&bytes) else {
        return none;
    };
    EvidenceRow {
        subject: heading.subject.to_string(),
        after: earlier(broker, alert, entry, &bytes),
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
