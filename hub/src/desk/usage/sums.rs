//! Sums of the tally as the pages show them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dashboards::usage::{
    Asked, CASES_MAX, CaseRow, Figures, PARTS_MAX, PEOPLE_MAX, Part, PersonRow, SOUGHT_MAX,
    SoughtRow, SoughtShown, UseShown,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::counted;
use crate::broker::Broker;
use crate::tally::{Counts, Day, Hour, Period, Sums, Tally, Wanted};

/// Everybody who fits what is asked for.
pub(super) fn everybody(broker: &Broker, tally: &Tally, asked: Asked, period: Period) -> UseShown {
    let wanted = Wanted {
        center: given(&asked.center),
        counter: given(&asked.counter),
        flow: given(&asked.flow),
        person: None,
    };
    let (sums, week) = (tally.sums(&wanted, period), tally.heat(&wanted, period));
    let shown = whole(broker, tally, (&sums, &wanted, period));
    let folded = tally.folded().iter();
    let folded = folded.filter(|(center, _)| wanted.center.is_none_or(|wanted| wanted == *center));
    sorted(UseShown {
        folded: folded.map(|(_, count)| *count).sum(),
        week,
        asked,
        ..shown
    })
}

/// Whom the most operators asked about, up to now.
pub(super) fn sought(broker: &Broker, tally: &Tally, asked: &Asked) -> SoughtShown {
    let center = given(&asked.center);
    let today = Hour::of(broker.clock.now()).day();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let people = tally.most_sought(today, center, SOUGHT_MAX).into_iter();
    SoughtShown {
        days: tally.measure().sought_days.into(),
        people: people
            .map(|person| SoughtRow {
                subject: person.whom.text(),
                operators: count(person.operators),
                centers: count(person.centers),
                cases: count(person.cases),
            })
            .collect(),
    }
}

/// One person.
pub(super) fn of_person(
    broker: &Broker,
    tally: &Tally,
    asked: Asked,
    (period, person): (Period, u32),
) -> UseShown {
    let wanted = Wanted {
        center: None,
        counter: given(&asked.counter),
        flow: given(&asked.flow),
        person: Some(person),
    };
    let (sums, week) = (tally.sums(&wanted, period), tally.heat(&wanted, period));
    let shown = whole(broker, tally, (&sums, &wanted, period));
    UseShown {
        week,
        asked,
        ..shown
    }
}

/// What is looked for; an empty field is anything.
fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// By the figure that is asked for, then by name; only the first of them.
fn sorted(mut shown: UseShown) -> UseShown {
    let sort = &shown.asked.sort;
    shown.people.sort_by_cached_key(|person| {
        let name = (person.center.clone(), person.operator.clone());
        (Reverse(person.figures.named(sort)), name)
    });
    shown.people.truncate(PEOPLE_MAX);
    shown
}

fn whole(
    broker: &Broker,
    tally: &Tally,
    (sums, wanted, period): (&Sums, &Wanted<'_>, Period),
) -> UseShown {
    let unanswered = unanswered(broker, tally, wanted, period);
    let centers = broker.trust.nodes();
    let people: Vec<_> = people(tally, sums, &unanswered);
    UseShown {
        centers: centers
            .map(|node| (node.id.clone(), node.zh.clone(), node.en.clone()))
            .collect(),
        flows: tally
            .lines()
            .flows()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        counted: counted(broker, tally),
        all: figures(&sums.all, unanswered.values().sum()),
        days: days(sums, period, tally.daily_from()),
        by_flow: parts(
            sums.flows
                .iter()
                .map(|(flow, counts)| (flow.clone(), counts)),
        ),
        by_counter: parts(
            sums.counters
                .iter()
                .map(|((center, counter), counts)| (format!("{center}/{counter}"), counts)),
        ),
        people_in_all: people.len(),
        people,
        ..UseShown::default()
    }
}

fn figures(counts: &Counts, unanswered: u64) -> Figures {
    Figures {
        asks: counts.asks.into(),
        unattended: counts.unattended.into(),
        answered: counts.answered.into(),
        misses: counts.misses.into(),
        refused: counts.refused.into(),
        forbidden: counts.guarded.into(),
        off_hours: counts.off_hours.into(),
        repeats: counts.repeats.into(),
        coincidences: counts.coincidences.into(),
        unanswered,
    }
}

/// Cases without any answer, last used in the period, by person.
fn unanswered(
    broker: &Broker,
    tally: &Tally,
    wanted: &Wanted<'_>,
    period: Period,
) -> BTreeMap<u32, u64> {
    let rules = broker.alerts.rules();
    let mut persons = BTreeMap::new();
    for case in tally.unanswered(broker.clock.now(), rules.unanswered_after()) {
        let day = Hour::of(case.last).day();
        if period.from <= day && day <= period.to && tally.is_wanted(case.line, wanted) {
            *persons.entry(case.person).or_default() += 1;
        }
    }
    persons
}

fn people(tally: &Tally, sums: &Sums, unanswered: &BTreeMap<u32, u64>) -> Vec<PersonRow> {
    let rows = sums.persons.iter().filter_map(|(number, counts)| {
        let person = tally.lines().person_at(*number)?;
        let unanswered = unanswered.get(number).copied().unwrap_or_default();
        Some(PersonRow {
            center: person.center.clone(),
            operator: person.operator.clone(),
            figures: figures(counts, unanswered),
        })
    });
    rows.collect()
}

/// Every day of the period that is kept: one without a question is a zero, and what is no longer
/// known is none.
fn days(sums: &Sums, period: Period, kept_from: Day) -> Vec<Part> {
    let days = period.from.max(kept_from).number()..=period.to.number();
    let part = |day: u32| Part {
        name: Day::numbered(day).date().to_string(),
        figures: sums
            .days
            .get(&day)
            .map_or_else(Figures::default, |counts| figures(counts, 0)),
    };
    days.map(part).collect()
}

/// The most first.
fn parts<'s>(all: impl Iterator<Item = (String, &'s Counts)>) -> Vec<Part> {
    let mut parts: Vec<_> = all
        .map(|(name, counts)| Part {
            name,
            figures: figures(counts, 0),
        })
        .collect();
    let questions = |figures: &Figures| figures.asks.saturating_add(figures.unattended);
    parts.sort_by_key(|part| (Reverse(questions(&part.figures)), part.name.clone()));
    parts.truncate(PARTS_MAX);
    parts
}

/// The cases of a person, the newest first.
pub(super) fn cases(tally: &Tally, person: u32) -> Vec<CaseRow> {
    let moment = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let cases = tally.cases_of(person, CASES_MAX).into_iter();
    let rows = cases.map(|case| CaseRow {
        number: case.number.clone(),
        flow: tally
            .lines()
            .line(case.line)
            .map_or_else(String::new, |line| line.flow.clone()),
        first: moment(case.first),
        last: moment(case.last),
        asks: case.asks.into(),
        subjects: u64::try_from(case.subjects()).unwrap_or(u64::MAX),
        is_answered: case.is_answered,
        entry: case.entry,
    });
    rows.collect()
}
