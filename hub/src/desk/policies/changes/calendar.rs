//! What differs between two calendars: the hours that a word means, days off, and working days that
//! a weekend would not show.

use std::collections::{BTreeMap, BTreeSet};

use dashboards::Name;
use dashboards::policies::CalendarChange;
use policies::Calendar;
use serde::Deserialize;

/// Days of one kind that are named; the rest is counted.
const DAYS_SHOWN_MAX: usize = 60;
const HOUR_MINUTES: u16 = 60;

/// A calendar as it is written for programs.
#[derive(Debug, Default, Deserialize)]
struct Written {
    windows: BTreeMap<String, Vec<Window>>,
    holidays: BTreeSet<String>,
    make_up: BTreeSet<String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Window {
    workdays_only: bool,
    from: u16,
    until: u16,
}

/// Every part that differs.
pub(super) fn between(a: &Calendar, b: &Calendar) -> Vec<CalendarChange> {
    if a == b {
        return Vec::new();
    }
    let written = |calendar: &Calendar| {
        let value = serde_json::to_value(calendar).ok();
        value.and_then(|value| serde_json::from_value::<Written>(value).ok())
    };
    let (Some(old), Some(new)) = (written(a), written(b)) else {
        return vec![CalendarChange::default()];
    };
    let words: BTreeSet<&String> = old.windows.keys().chain(new.windows.keys()).collect();
    let windows = words.into_iter().filter_map(|word| {
        let (one, other) = (old.windows.get(word), new.windows.get(word));
        (one != other).then(|| CalendarChange {
            what: Name {
                zh: format!("时段 {word}"),
                en: format!("hours `{word}`"),
            },
            from: said(one),
            to: said(other),
        })
    });
    let holidays = days(("休息日", "days off"), &old.holidays, &new.holidays);
    let make_up = days(
        ("调休上班日", "working days on a weekend"),
        &old.make_up,
        &new.make_up,
    );
    windows.chain(holidays).chain(make_up).collect()
}

fn said(windows: Option<&Vec<Window>>) -> Name {
    let each = |workdays: &str, daily: &str| {
        let windows = windows.into_iter().flatten().map(|window| {
            let days = if window.workdays_only {
                workdays
            } else {
                daily
            };
            let (from, until) = (clock(window.from), clock(window.until));
            format!("{days} {from}-{until}")
        });
        windows.collect::<Vec<_>>().join(", ")
    };
    Name {
        zh: each("工作日", "每日"),
        en: each("workdays", "daily"),
    }
}

fn clock(minutes: u16) -> String {
    let (hours, minutes) = (minutes / HOUR_MINUTES, minutes % HOUR_MINUTES);
    format!("{hours:02}:{minutes:02}")
}

/// Days that only one of two has.
fn days(
    (zh, en): (&str, &str),
    old: &BTreeSet<String>,
    new: &BTreeSet<String>,
) -> Option<CalendarChange> {
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        let only: Vec<&String> = one.difference(other).collect();
        let left_out = only.len().saturating_sub(DAYS_SHOWN_MAX);
        let named = only.iter().take(DAYS_SHOWN_MAX).map(|day| day.as_str());
        let named = named.collect::<Vec<_>>().join(", ");
        Name::same(&if left_out > 0 {
            format!("{named} … (+ {left_out})")
        } else {
            named
        })
    };
    (old != new).then(|| CalendarChange {
        what: Name {
            zh: zh.to_owned(),
            en: en.to_owned(),
        },
        from: only(old, new),
        to: only(new, old),
    })
}
