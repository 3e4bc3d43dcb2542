//! What stands out: the rules held against the tally. A pure function of both and of an hour.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use time::OffsetDateTime;

use super::found::Found;
use super::rules::{AlertRules, Bound, RuleName};
use super::said;
use super::usual::Spread;
use crate::ledger::entry::{AlertRaised, Usual, Whose};
use crate::tally::{Counts, Day, Hour, Mark, Period, RECENT_MAX, Tally};

/// Entries that an alert names.
pub const EVIDENCE_MAX: usize = RECENT_MAX;

/// Which windows are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// The hour and the day that are under way.
    AtOnce,
    /// An hour that has ended, and its day so far.
    Ended,
}

/// A figure of one person in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Number of the person.
    pub person: u32,
    /// What the rule counts.
    pub found: u64,
    /// Of how many, where it is a share.
    pub of: Option<u64>,
}

/// Adds to `found` what stands out in an hour and on its day. `now` is the end of what was written.
pub fn judge(
    tally: &Tally,
    rules: &AlertRules,
    due: Due,
    (hour, now): (Hour, OffsetDateTime),
    found: &mut Found,
) {
    for rule in RuleName::ALL {
        if due == Due::AtOnce && !rule.is_at_once() {
            continue;
        }
        let Some(bound) = rules.bound(rule) else {
            continue;
        };
        if rule == RuleName::Baseline {
            unusual(tally, rules, (hour.day(), now), bound, found);
            continue;
        }
        if rule == RuleName::Sought {
            sought::stands_out(tally, rules, (hour.day(), bound), found);
            continue;
        }
        // A case becomes old on a later day than the one that it was used on.
        let days = if rule == RuleName::Unanswered { 8 } else { 1 };
        for back in 0..days {
            let window = Seen::of(rule, hour, back);
            for figure in figures(tally, rules, rule, &window, now) {
                let Some(person) = tally.lines().person_at(figure.person) else {
                    continue;
                };
                let more_than = bound.of(&person.center, &person.operator);
                if figure.found > more_than.into() && is_share(&figure) {
                    let who = whose(tally, figure.person);
                    found.take(rule, (&who, "", &window.text), || {
                        raised(
                            tally,
                            rules,
                            &window,
                            (who.clone(), &figure, more_than, now),
                        )
                    });
                }
            }
        }
    }
}

/// At least half of the questions found nothing.
fn is_share(figure: &Figure) -> bool {
    figure
        .of
        .is_none_or(|of| figure.found.saturating_mul(2) >= of)
}

/// A window of a rule.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The rule.
    pub rule: RuleName,
    /// As it stands in the log.
    pub text: String,
    /// Its day.
    pub day: Day,
    /// Its hours.
    pub hours: RangeInclusive<Hour>,
}

impl Seen {
    /// The window of an hour, or of its day or one some days before.
    #[must_use]
    pub fn of(rule: RuleName, hour: Hour, back: u32) -> Self {
        if rule.is_hourly() {
            return Self {
                rule,
                text: hour.text(),
                day: hour.day(),
                hours: hour..=hour,
            };
        }
        Self::day(rule, hour.day().back(back))
    }

    fn day(rule: RuleName, day: Day) -> Self {
        let begins = day.begins();
        let ends = Hour::numbered(begins.number().saturating_add(23));
        Self {
            rule,
            text: day.date().to_string(),
            day,
            hours: begins..=ends,
        }
    }

    /// Reads a window as the log has it.
    #[must_use]
    pub fn read(rule: RuleName, text: &str) -> Option<Self> {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        let date = time::Date::parse(text.get(..10)?, format).ok()?;
        let day = Day::of(date);
        if !rule.is_hourly() {
            return Some(Self::day(rule, day));
        }
        let of_day: u32 = text.get(11..13)?.parse().ok()?;
        let number = day.begins().number().checked_add(of_day)?;
        Some(Self::of(rule, Hour::numbered(number), 0))
    }
}

/// What a rule counts, of each person, in a window.
#[must_use]
pub fn figures(
    tally: &Tally,
    rules: &AlertRules,
    rule: RuleName,
    window: &Seen,
    now: OffsetDateTime,
) -> Vec<Figure> {
    let simple = |count: fn(&Counts) -> u32| {
        let persons = tally.by_person(&window.hours);
        let figures = persons.into_iter().map(|(person, counts)| Figure {
            person,
            found: count(&counts).into(),
            of: None,
        });
        figures.collect::<Vec<_>>()
    };
    match rule {
        RuleName::Asks | RuleName::Baseline => simple(|counts| counts.asks),
        RuleName::Refusals => simple(|counts| counts.guarded),
        RuleName::Repeats => simple(|counts| counts.repeats),
        RuleName::OffHours => simple(|counts| counts.off_hours),
        RuleName::Coincidence => simple(|counts| counts.coincidences),
        RuleName::Misses => {
            let persons = tally.by_person(&window.hours).into_iter();
            let figures = persons.map(|(person, counts)| Figure {
                person,
                found: counts.misses.into(),
                of: Some(counts.asks.into()),
            });
            figures.collect()
        }
        RuleName::Subjects => {
            let most = tally.crowded(window.day).into_iter();
            let figures = most.map(|(person, most)| Figure {
                person,
                found: u64::try_from(most).unwrap_or(u64::MAX),
                of: None,
            });
            figures.collect()
        }
        // It is about whom they ask, not about who does.
        RuleName::Sought => Vec::new(),
        RuleName::Unanswered => {
            let mut persons: BTreeMap<u32, u64> = BTreeMap::new();
            for case in tally.unanswered(now, rules.unanswered_after()) {
                if Hour::of(case.last).day() == window.day {
                    *persons.entry(case.person).or_default() += 1;
                }
            }
            let figures = persons.into_iter().map(|(person, found)| Figure {
                person,
                found,
                of: None,
            });
            figures.collect()
        }
    }
}

fn whose(tally: &Tally, person: u32) -> Whose {
    let person = tally.lines().person_at(person);
    person.map_or_else(Whose::default, |person| Whose {
        node: person.center.clone(),
        operator: person.operator.clone(),
    })
}

fn raised(
    tally: &Tally,
    rules: &AlertRules,
    window: &Seen,
    (who, figure, more_than, now): (Whose, &Figure, u32, OffsetDateTime),
) -> AlertRaised {
    let mut figures = BTreeMap::from([
        ("found".to_owned(), figure.found),
        ("more_than".to_owned(), more_than.into()),
    ]);
    if let Some(of) = figure.of {
        figures.insert("of".to_owned(), of);
    }
    let (zh, en) = said::sentences(window.rule, &figures, &[]);
    AlertRaised {
        rule: window.rule.as_str().to_owned(),
        evidence: evidence(tally, rules, window, figure.person, now),
        who,
        window: window.text.clone(),
        figures,
        rules: rules.digest().to_string(),
        zh,
        en,
        ..AlertRaised::default()
    }
}

/// The newest entries that show it.
fn evidence(
    tally: &Tally,
    rules: &AlertRules,
    window: &Seen,
    person: u32,
    now: OffsetDateTime,
) -> Vec<u64> {
    let mark = match window.rule {
        RuleName::Asks | RuleName::Baseline => Mark::Asked,
        RuleName::Refusals => Mark::Guarded,
        RuleName::Subjects => Mark::AnotherSubject,
        RuleName::Repeats => Mark::Repeat,
        RuleName::OffHours => Mark::OffHours,
        RuleName::Coincidence => Mark::Coincidence,
        RuleName::Misses => Mark::Miss,
        RuleName::Sought => return Vec::new(),
        RuleName::Unanswered => {
            let cases = tally.unanswered(now, rules.unanswered_after());
            let of_day = cases
                .filter(|case| case.person == person && Hour::of(case.last).day() == window.day);
            let mut entries: Vec<u64> = of_day.map(|case| case.entry).collect();
            entries.sort_unstable();
            let over = entries.len().saturating_sub(EVIDENCE_MAX);
            return entries.split_off(over);
        }
    };
    tally.marked(person, mark, &window.hours, EVIDENCE_MAX)
}

/// Questions by flow, person and day.
type Asks<'t> = BTreeMap<(&'t str, u32, u32), u32>;

/// Who asks unusually much with a flow on a day.
fn unusual(
    tally: &Tally,
    rules: &AlertRules,
    (day, now): (Day, OffsetDateTime),
    bound: &Bound,
    found: &mut Found,
) {
    let period = Period {
        from: day.back(rules.comparison().past_days),
        to: day,
    };
    let asks = tally.daily_asks(period);
    let window = Seen::day(RuleName::Baseline, day);
    for ((flow, person, on), today) in &asks {
        let who = whose(tally, *person);
        let at_least = bound.of(&who.node, &who.operator);
        if *on != day.number() || *today <= at_least || who.operator.is_empty() {
            continue;
        }
        let usual = usual(tally, rules, &asks, (flow, *person, *on));
        let is_above = |(_, spread): &(_, Spread)| f64::from(*today) > bound_of(rules, spread);
        // More than is usual among others and for the same person, as far as either can be said.
        if usual.is_empty() || !usual.iter().all(is_above) {
            continue;
        }
        let figure = Figure {
            person: *person,
            found: (*today).into(),
            of: None,
        };
        found.take(RuleName::Baseline, (&who, flow, &window.text), || {
            let alert = raised(tally, rules, &window, (who.clone(), &figure, at_least, now));
            let usual = usual.iter().map(|(of, spread)| told(rules, of, spread));
            let usual: Vec<_> = usual.collect();
            let (zh, en) = said::sentences(RuleName::Baseline, &alert.figures, &usual);
            AlertRaised {
                flow: (*flow).to_owned(),
                usual,
                zh,
                en,
                ..alert
            }
        });
    }
}

fn bound_of(rules: &AlertRules, spread: &Spread) -> f64 {
    let compared = rules.comparison();
    spread.bound(compared.deviations, compared.floor)
}

fn told(rules: &AlertRules, of: &str, spread: &Spread) -> Usual {
    Usual {
        of: of.to_owned(),
        sample: u64::try_from(spread.sample).unwrap_or(u64::MAX),
        median: format!("{:.1}", spread.median),
        mad: format!("{:.1}", spread.mad),
        bound: format!("{:.1}", bound_of(rules, spread)),
    }
}

/// What is usual on the days before, among others of the center with the same flow and for the same
/// person; only what rests on enough days.
fn usual(
    tally: &Tally,
    rules: &AlertRules,
    asks: &Asks<'_>,
    (flow, person, day): (&str, u32, u32),
) -> Vec<(&'static str, Spread)> {
    let center = |person: u32| tally.lines().person_at(person).map(|p| &p.center);
    let own_center = center(person);
    let (mut past, mut peers) = (Vec::new(), Vec::new());
    let of_flow = asks.range((flow, 0, 0)..=(flow, u32::MAX, u32::MAX));
    for ((_, other, on), asks) in of_flow {
        if *on == day {
            continue;
        }
        if *other == person {
            past.push(*asks);
        } else if center(*other) == own_center {
            peers.push(*asks);
        }
    }
    let compared = rules.comparison();
    let spreads = [
        ("peers", Spread::of(&peers, compared.peers_sample)),
        ("past", Spread::of(&past, compared.past_sample)),
    ];
    let spreads = spreads.into_iter();
    spreads
        .filter_map(|(of, spread)| spread.map(|spread| (of, spread)))
        .collect()
}

mod sought;
#[cfg(test)]
mod tests;
