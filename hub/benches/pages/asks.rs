//! What is asked for, room by room: a line each.

mod rooms;

use crate::made::{self, Question};

pub(crate) use rooms::ROOMS;

/// A page that is measured.
pub(crate) struct Page {
    pub(crate) room: &'static str,
    pub(crate) what: &'static str,
    /// Where it is, in a log of so many entries.
    pub(crate) address: fn(u64) -> String,
    /// What stands on it, so that an empty page is not taken for a fast one.
    pub(crate) shows: &'static str,
    /// How long it may take.
    pub(crate) may_ms: u64,
}

const fn page(
    room: &'static str,
    what: &'static str,
    address: fn(u64) -> String,
    shows: &'static str,
    may_ms: u64,
) -> Page {
    Page {
        room,
        what,
        address,
        shows,
        may_ms,
    }
}

/// A row of the result.
const ROW: &str = "<th scope=\"row\">";
/// What an empty one says.
const NONE: &str = "没有符合条件的记录";

pub(crate) const ASKS: &[Page] = &[
    page(
        "Audit",
        "newest",
        |_| "/audit?order=newest".into(),
        ROW,
        300,
    ),
    page(
        "Audit",
        "one question",
        |n| by("query", &middle(n).query()),
        ROW,
        300,
    ),
    page(
        "Audit",
        "one case (rare)",
        |n| by("case", &middle(n).case_number()),
        ROW,
        300,
    ),
    page(
        "Audit",
        "one person",
        |n| by("subject", &middle(n).subject()),
        ROW,
        300,
    ),
    page(
        "Audit",
        "one operator",
        |n| of_operator(&middle(n)),
        ROW,
        300,
    ),
    page(
        "Audit",
        "one center (common)",
        |_| by("center", "city"),
        ROW,
        300,
    ),
    page(
        "Audit",
        "common kind, oldest first",
        |_| by("order=oldest&kind", "outcome"),
        ROW,
        300,
    ),
    page(
        "Audit",
        "two common keys",
        |_| by("center=city&flow", "F05"),
        ROW,
        300,
    ),
    page(
        "Audit",
        "a rare code of a common kind",
        |_| by("kind=outcome&code", made::RARE_CODE),
        ROW,
        300,
    ),
    page(
        "Audit",
        "two common keys, never together",
        |_| by("kind=outcome&flow", "F05"),
        NONE,
        300,
    ),
    page(
        "Audit",
        "two common keys, rarely together",
        |_| by("center=zhongzhi&kind", "refusal"),
        ROW,
        300,
    ),
    page(
        "Audit",
        "operator and code",
        |n| of_operator(&middle(n)) + "&code=TS-CASE-CLOSED",
        "id=\"result-title\"",
        300,
    ),
    page(
        "Audit",
        "a page in the middle",
        |n| format!("/audit?center=city&before={}", n / 2),
        ROW,
        300,
    ),
    page(
        "Audit",
        "an hour, read whole",
        |n| of_day(n, "T10:00", "T11:00"),
        "✓",
        300,
    ),
    page(
        "Audit",
        "a day, read whole",
        |n| of_day(n, "T00:00", "T23:59"),
        "✓",
        300,
    ),
    page(
        "Audit",
        "all the time, by operator",
        |n| of_operator(&middle(n)) + "&from=2026-01-01",
        ROW,
        300,
    ),
    page(
        "Audit",
        "an entry with its pair",
        |n| format!("/audit/{}", middle(n).entry),
        ROW,
        300,
    ),
    page(
        "Audit",
        "an entry's proof",
        |n| format!("/audit/{}/verify", middle(n).entry),
        "sound",
        300,
    ),
];

fn middle(entries: u64) -> Question {
    Question::near(entries / 2)
}

fn by(name: &str, value: &str) -> String {
    format!("/audit?{name}={value}")
}

fn of_operator(question: &Question) -> String {
    format!(
        "/audit?center={}&operator={}",
        question.center(),
        question.operator()
    )
}

fn of_day(entries: u64, from: &str, to: &str) -> String {
    let day = middle(entries).day();
    format!("/audit?from={day}{from}&to={day}{to}&center=city")
}
