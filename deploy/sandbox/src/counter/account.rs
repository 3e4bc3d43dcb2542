//! Accounts: one too many, one that should have moved, one under another number.

use std::ops::RangeInclusive;

use time::Date;

use super::heard::{Told, date, elsewhere, if_heard, month, told};
use super::{Rule, Verdict, weigh};
use crate::client::Answer;
use crate::world::Node;

/// Days after which a sealed account should have moved; the centers' starting value.
pub const LATE_DAYS: i64 = 30;

/// Live, or live and frozen.
const LIVE: [&str; 2] = ["01", "06"];
const SEALED: &str = "02";
/// Merged, moved out, drawn out.
const CLOSED: [&str; 3] = ["03", "04", "05"];
/// A letter under way.
const OPEN_LETTERS: [&str; 5] = ["01", "02", "06", "08", "13"];

/// Whether an account of this fund kind may be opened at `own`: not beside a live one of the same
/// kind elsewhere. A subsidy beside a basic fund is normal.
#[must_use]
pub fn duplicate_account(answer: &Answer, own: Node, kind: &str) -> Verdict {
    let own_months: Vec<_> = told(answer, "04")
        .filter(|told| told.node() == own.id() && told.text("ywzl").as_deref() == Some(kind))
        .filter_map(|told| months(&told))
        .collect();
    let found = elsewhere(answer, "04", own).map(|told| {
        let (Some(fund), Some(state)) = (told.text("ywzl"), told.text("grzhzt")) else {
            return told.unreadable();
        };
        let is_shared = || {
            let theirs = months(&told);
            theirs.is_some_and(|theirs| own_months.iter().any(|ours| overlap(ours, &theirs)))
        };
        match state.as_str() {
            _ if fund != kind => Verdict::Go,
            state if LIVE.contains(&state) => {
                Verdict::Stop(told.reason(Rule::DuplicateAccount, "grzh"))
            }
            state if state == SEALED || CLOSED.contains(&state) => {
                if is_shared() {
                    Verdict::Alert(told.reason(Rule::SharedMonths, "grzh"))
                } else {
                    Verdict::Go
                }
            }
            _ => told.unreadable(),
        }
    });
    weigh(found.chain([if_heard([answer], &["04"])]))
}

/// Whether an account sealed elsewhere should have moved to `own` by `today`. No bar: a reminder.
#[must_use]
pub fn late_transfer(answer: &Answer, own: Node, kind: &str, today: Date) -> Verdict {
    let is_moving =
        told(answer, "07").any(|told| told.is_one_of("lxhzt", &OPEN_LETTERS) == Some(true));
    let found = elsewhere(answer, "04", own).map(|told| {
        let (Some(fund), Some(state)) = (told.text("ywzl"), told.text("grzhzt")) else {
            return told.unreadable();
        };
        if fund != kind || state != SEALED {
            return Verdict::Go;
        }
        let Some(sealed) = told.text("fcrq").and_then(|text| date(&text)) else {
            return told.unreadable();
        };
        if (today - sealed).whole_days() > LATE_DAYS && !is_moving {
            Verdict::Alert(told.reason(Rule::LateTransfer, "grzh"))
        } else {
            Verdict::Go
        }
    });
    weigh(found.chain([if_heard([answer], &["04"])]))
}

/// Whether a center knows the person under a former number too: only then may two numbers be taken
/// for one person, and the question is put once more under that number.
#[must_use]
pub fn former_number(answer: &Answer) -> Verdict {
    let found = told(answer, "03").map(|told| {
        if told.record.is_withheld("yzjhm") {
            told.unreadable()
        } else if told.text("yzjhm").is_some() {
            Verdict::Manual(told.reason(Rule::FormerNumber, "khbh"))
        } else {
            Verdict::Go
        }
    });
    weigh(found.chain([if_heard([answer], &["03"])]))
}

/// From the month of opening to the last month paid for.
fn months(told: &Told<'_>) -> Option<RangeInclusive<i32>> {
    let opened = month(&told.text("khrq")?)?;
    let paid_through = month(&told.text("jzny")?)?;
    (opened <= paid_through).then_some(opened..=paid_through)
}

fn overlap(one: &RangeInclusive<i32>, other: &RangeInclusive<i32>) -> bool {
    one.start() <= other.end() && other.start() <= one.end()
}
