//! Reads a calendar file. Refuses an hours word without a window, windows of one word that overlap,
//! and days that stand in two lists or in a year that is not theirs.

use std::collections::{BTreeMap, BTreeSet};

use catalog::Source;
use time::Date;

use super::{Calendar, Days, Window};
use crate::fault::{Faults, Page, Place};
use crate::flow::Hours;
use crate::section::{self, At, Section};

/// Minutes of a day; as the end of a window, midnight.
const DAY_MINUTES: u16 = 24 * 60;
/// Most windows of one file.
const WINDOWS_MAX: usize = 64;
/// Most years of one file.
const YEARS_MAX: usize = 100;
/// Most days of one holiday.
const HOLIDAY_DAYS_MAX: i64 = 31;
/// Years that a file may list.
const YEARS: std::ops::RangeInclusive<u32> = 2000..=2999;

pub(super) fn calendar(source: &Source<'_>, faults: &mut Faults) -> Option<Calendar> {
    let page = Page {
        file: source.name,
        text: source.text,
    };
    let table = section::parse(page, faults)?;
    let mut root = Section::new(page, table.span(), table.get_ref());
    let windows = windows(&mut root, faults);
    let days = years(&mut root, faults);
    root.finish(faults);
    let texts = |days: &BTreeSet<Date>| days.iter().map(Date::to_string).collect();
    Some(Calendar {
        windows,
        holidays: texts(&days.holidays),
        make_up: texts(&days.make_up),
        days,
    })
}

fn windows(root: &mut Section<'_, '_>, faults: &mut Faults) -> BTreeMap<Hours, Vec<Window>> {
    let mut windows: BTreeMap<Hours, Vec<Window>> = BTreeMap::new();
    let entries = root.each("window", faults);
    if entries.len() > WINDOWS_MAX {
        faults.add(root.place(), format!("more than {WINDOWS_MAX} windows"));
    }
    for mut entry in entries.into_iter().take(WINDOWS_MAX) {
        let place = entry.place();
        let hours = entry.text("hours", faults);
        let workdays_only = entry
            .text("days", faults)
            .and_then(|t| days_word(&t, faults));
        let from = entry.text("from", faults).and_then(|t| minute(&t, faults));
        let until = entry.text("until", faults).and_then(|t| minute(&t, faults));
        entry.finish(faults);
        let hours = hours.and_then(|text| hours_word(&text, faults));
        let (Some(hours), Some(workdays_only)) = (hours, workdays_only) else {
            continue;
        };
        let (Some(from), Some(until)) = (from, until) else {
            continue;
        };
        let window = Window {
            workdays_only,
            from,
            until,
        };
        if from >= until {
            faults.add(place, "a window begins before it ends, both on one day");
        }
        let known = windows.entry(hours).or_default();
        if known.iter().any(|other| other.overlaps(&window)) {
            faults.add(place, format!("overlaps another window of `{hours}`"));
        }
        known.push(window);
    }
    for hours in Hours::ALL.iter().filter(|hours| **hours != Hours::Always) {
        if !windows.contains_key(hours) {
            faults.add(root.place(), format!("`{hours}` has no window"));
        }
    }
    windows
}

fn days_word(text: &At<'_, String>, faults: &mut Faults) -> Option<bool> {
    match text.value.as_str() {
        "workdays" => Some(true),
        "daily" => Some(false),
        other => {
            faults.add(
                text.place,
                format!("`{other}`: days are `workdays` or `daily`"),
            );
            None
        }
    }
}

fn hours_word(text: &At<'_, String>, faults: &mut Faults) -> Option<Hours> {
    let hours = text
        .value
        .parse()
        .ok()
        .filter(|hours| *hours != Hours::Always);
    if hours.is_none() {
        let reason = "a window is one of `counter`, `workday` or `night`";
        faults.add(text.place, format!("`{}`: {reason}", text.value));
    }
    hours
}

/// `09:00` as minutes from midnight; `24:00` is the end of a day.
fn minute(text: &At<'_, String>, faults: &mut Faults) -> Option<u16> {
    let minute = match text.value.as_bytes() {
        [
            h1 @ b'0'..=b'2',
            h2 @ b'0'..=b'9',
            b':',
            m1 @ b'0'..=b'5',
            m2 @ b'0'..=b'9',
        ] => {
            let digit = |byte: &u8| u16::from(byte - b'0');
            Some((digit(h1) * 10 + digit(h2)) * 60 + digit(m1) * 10 + digit(m2))
        }
        _ => None,
    };
    let minute = minute.filter(|minute| *minute <= DAY_MINUTES);
    if minute.is_none() {
        let reason = "a time of day is written 09:00, from 00:00 to 24:00";
        faults.add(text.place, format!("`{}`: {reason}", text.value));
    }
    minute
}

fn years(root: &mut Section<'_, '_>, faults: &mut Faults) -> Days {
    let mut days = Days::default();
    let mut seen = BTreeSet::new();
    let entries = root.each("year", faults);
    if entries.len() > YEARS_MAX {
        faults.add(root.place(), format!("more than {YEARS_MAX} years"));
    }
    for mut entry in entries.into_iter().take(YEARS_MAX) {
        let place = entry.place();
        let year = entry.number("year", YEARS, faults);
        let holidays = entry.each("holiday", faults);
        let workdays = entry.days("workdays", faults);
        entry.finish(faults);
        let Some(year) = year else { continue };
        if !seen.insert(year) {
            faults.add(place, format!("the year {year} is listed twice"));
        }
        for section in holidays {
            holiday(section, year, &mut days, faults);
        }
        for day in workdays {
            work(&day, year, &mut days, faults);
        }
    }
    days
}

fn holiday(mut entry: Section<'_, '_>, year: u32, days: &mut Days, faults: &mut Faults) {
    let place = entry.place();
    let _zh = entry.text("zh", faults);
    let _en = entry.text("en", faults);
    let from = entry.day("from", faults);
    let until = entry.day("until", faults);
    entry.finish(faults);
    let (Some(from), Some(until)) = (from, until) else {
        return;
    };
    if until < from {
        faults.add(place, "`until` is before `from`");
        return;
    }
    if (until - from).whole_days() >= HOLIDAY_DAYS_MAX {
        faults.add(
            place,
            format!("a holiday has at most {HOLIDAY_DAYS_MAX} days"),
        );
        return;
    }
    in_year(from, year, place, faults);
    in_year(until, year, place, faults);
    let mut day = Some(from);
    while let Some(off) = day.filter(|off| *off <= until) {
        if !days.holidays.insert(off) {
            faults.add(place, format!("{off} lies in another holiday too"));
        }
        if days.make_up.contains(&off) {
            faults.add(place, format!("{off} is a working day too"));
        }
        day = off.next_day();
    }
}

fn work(day: &At<'_, Date>, year: u32, days: &mut Days, faults: &mut Faults) {
    in_year(day.value, year, day.place, faults);
    if days.holidays.contains(&day.value) {
        faults.add(day.place, format!("{} is a holiday too", day.value));
    }
    if !days.make_up.insert(day.value) {
        faults.add(day.place, format!("{} is listed twice", day.value));
    }
}

fn in_year(day: Date, year: u32, place: Place<'_>, faults: &mut Faults) {
    if u32::try_from(day.year()) != Ok(year) {
        faults.add(place, format!("{day} is not in {year}"));
    }
}
