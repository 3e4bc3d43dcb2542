//! The delivered calendar against days whose kind is public, and the edges of its windows.

use time::macros::{date, datetime};

use super::*;

fn calendar() -> Calendar {
    Calendar::builtin().expect("the calendar")
}

#[test]
fn holidays_and_make_up_days_of_the_state_council_count() {
    let rows = [
        (date!(2026 - 11 - 23), true, "a Monday"),
        (date!(2026 - 11 - 22), false, "a Sunday"),
        (
            date!(2026 - 10 - 07),
            false,
            "the last day of the holiday week",
        ),
        (date!(2026 - 10 - 08), true, "the day after it"),
        (
            date!(2026 - 10 - 10),
            true,
            "a Saturday that makes up for it",
        ),
        (date!(2026 - 10 - 11), false, "the Sunday after it"),
        (
            date!(2026 - 02 - 14),
            true,
            "a Saturday before Spring Festival",
        ),
        (date!(2026 - 02 - 16), false, "its Monday"),
        (
            date!(2025 - 01 - 26),
            true,
            "a Sunday before Spring Festival",
        ),
        (
            date!(2025 - 10 - 08),
            false,
            "the day on which Mid-Autumn is made up for",
        ),
        (
            date!(2031 - 10 - 01),
            true,
            "a weekday of a year that is not listed",
        ),
        (date!(2031 - 10 - 04), false, "a Saturday of that year"),
    ];
    for (day, works, what) in rows {
        assert_eq!(calendar().is_workday(day), works, "{day}: {what}");
    }
}

#[test]
fn every_window_opens_and_closes_on_the_minute() {
    use Hours::{Always, Counter, Night, Workday};
    let rows = [
        (
            datetime!(2026-11-23 08:59:59 +8),
            [true, false, true, false],
        ),
        (datetime!(2026-11-23 09:00 +8), [true, true, true, false]),
        (
            datetime!(2026-11-23 18:59:59.999 +8),
            [true, true, true, false],
        ),
        (datetime!(2026-11-23 19:00 +8), [true, false, true, false]),
        (
            datetime!(2026-11-23 23:59:59 +8),
            [true, false, true, false],
        ),
        (datetime!(2026-11-22 12:00 +8), [true, false, false, false]),
        (datetime!(2026-11-22 00:00 +8), [true, false, false, true]),
        (
            datetime!(2026-11-22 07:59:59 +8),
            [true, false, false, true],
        ),
        (datetime!(2026-11-22 08:00 +8), [true, false, false, false]),
        // Sunday evening in London is Monday morning in Beijing.
        (datetime!(2026-11-23 01:00 UTC), [true, true, true, false]),
        (datetime!(2026-11-22 16:30 UTC), [true, false, true, true]),
        (datetime!(2026-10-10 10:00 +8), [true, true, true, false]),
        (datetime!(2026-10-05 10:00 +8), [true, false, false, false]),
    ];
    for (now, open) in rows {
        let found = [Always, Counter, Workday, Night].map(|hours| calendar().is_open(hours, now));
        assert_eq!(found, open, "{now}");
    }
}

#[test]
fn the_end_of_time_is_no_working_hour() {
    let end = time::PrimitiveDateTime::MAX.assume_utc();
    assert!(!calendar().is_open(Hours::Counter, end));
    assert!(calendar().is_open(Hours::Always, end));
}

/// Everything that can be wrong with a calendar.
const BAD: &str = "\
[[window]]
hours = \"counter\"
days = \"workdays\"
from = \"09:00\"
until = \"19:00\"
[[window]]
hours = \"counter\"
days = \"daily\"
from = \"18:59\"
until = \"24:01\"
[[window]]
hours = \"counter\"
days = \"daily\"
from = \"18:59\"
until = \"24:00\"
[[window]]
hours = \"always\"
days = \"sundays\"
from = \"9:00\"
until = \"25:00\"
[[window]]
hours = \"night\"
days = \"daily\"
from = \"22:00\"
until = \"06:00\"
[[year]]
year = 2026
workdays = [2026-01-02, 2025-01-04, 2026-01-05, 2026-01-05]
holiday = [
    { zh = \"a\", en = \"a\", from = 2026-01-01, until = 2026-01-03 },
    { zh = \"b\", en = \"b\", from = 2026-01-03, until = 2026-01-04 },
    { zh = \"c\", en = \"c\", from = 2026-01-09, until = 2026-01-08 },
    { zh = \"d\", en = \"d\", from = 2026-03-01, until = 2026-04-01 },
]
[[year]]
year = 2026
[[year]]
year = 1999
odd = 1
";

#[test]
fn a_file_whose_parts_overlap_is_refused_with_every_line() {
    let error = Calendar::parse(&Source {
        name: "c",
        text: BAD,
    })
    .expect_err("refused");
    let found: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
    let wanted = [
        "c:1: `workday` has no window",
        "c:10: `24:01`: a time of day is written",
        "c:11: overlaps another window of `counter`",
        "c:17: `always`: a window is one of",
        "c:18: `sundays`: days are",
        "c:19: `9:00`: a time of day",
        "c:20: `25:00`: a time of day",
        "c:21: a window begins before it ends",
        "c:28: 2025-01-04 is not in 2026",
        "c:28: 2026-01-02 is a holiday too",
        "c:28: 2026-01-05 is listed twice",
        "c:31: 2026-01-03 lies in another holiday too",
        "c:32: `until` is before `from`",
        "c:33: a holiday has at most 31 days",
        "c:35: the year 2026 is listed twice",
        "c:38: `year` must be",
        "c:39: unknown key `odd`",
    ];
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.starts_with(wanted), "{found}\n{wanted}");
    }
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
}

/// Counters that shut for lunch: windows that touch do not overlap, in whichever order they stand.
#[test]
fn windows_that_touch_do_not_overlap() {
    let lunch = "hours = \"counter\"\ndays = \"workdays\"\nfrom = \"09:00\"\nuntil = \"19:00\"\n";
    let window = |from: &str, until: &str| {
        let window = lunch.replace("09:00", from).replace("19:00", until);
        format!("[[window]]\n{window}")
    };
    let whole = format!("[[window]]\n{lunch}");
    assert!(BUILTIN.text.contains(&whole));
    for (first, second) in [
        (("09:00", "12:00"), ("12:00", "19:00")),
        (("13:30", "19:00"), ("09:00", "12:00")),
    ] {
        let parts = window(first.0, first.1) + &window(second.0, second.1);
        let text = BUILTIN.text.replacen(&whole, &parts, 1);
        let calendar = Calendar::parse(&Source {
            name: "c",
            text: &text,
        })
        .expect("a calendar");
        let noon = calendar.is_open(Hours::Counter, datetime!(2026-11-23 12:00 +8));
        assert_eq!(noon, first.1 == "12:00");
        for open in [
            datetime!(2026-11-23 09:00 +8),
            datetime!(2026-11-23 18:59 +8),
        ] {
            assert!(calendar.is_open(Hours::Counter, open));
        }
    }
}
