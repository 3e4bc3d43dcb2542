//! Whom the most operators asked about, for those who may see a person's ledger.

use maud::{Markup, html};

use crate::escape::Escaped;
use crate::language::Said;
use crate::shell::encoded;
use crate::table::head;
use crate::viewer::Viewer;

/// Persons on the page.
pub const SOUGHT_MAX: usize = 20;
/// Digits of a pseudonym that are shown; the link has all.
const SHOWN_DIGITS: usize = 16;

const TITLE: Said = Said(
    "被最多经办人查询的当事人",
    "Asked about by the most operators",
);
const WHOM: Said = Said("当事人假名", "Pseudonym");
const OPERATORS: Said = Said("经办人数", "Operators");
const CENTERS: Said = Said("中心数", "Centers");
const CASES: Said = Said("办件数", "Cases");
const NOBODY: Said = Said(
    "近期没有被两名以上经办人查询的当事人。",
    "Nobody was asked about by more than one operator lately.",
);
const SAID: Said = Said(
    "截至今日的日数（与所选日期和流程无关；选定中心时只计该中心经办人）；不含清单、夜间任务和系统查询：",
    "Days up to today, whichever days and flow are chosen; of the chosen center's operators alone; \
     without what lists, jobs and systems asked:",
);

/// A person.
#[derive(Clone, Debug)]
pub struct SoughtRow {
    /// The pseudonym.
    pub subject: String,
    /// How many operators asked.
    pub operators: u64,
    /// Of how many centers.
    pub centers: u64,
    /// On how many cases.
    pub cases: u64,
}

/// Those who were asked about by the most.
#[derive(Clone, Debug, Default)]
pub struct SoughtShown {
    /// Within how many days.
    pub days: u64,
    /// The most first.
    pub people: Vec<SoughtRow>,
}

pub(super) fn render(viewer: &Viewer, shown: &SoughtShown) -> Markup {
    html! {
        section {
            h2 { (viewer.say(TITLE)) }
            p.faint { (viewer.say(SAID)) " " (shown.days) }
            @if shown.people.is_empty() { p { (viewer.say(NOBODY)) } } @else {
                div.wide tabindex="0" role="region" aria-label=(viewer.say(TITLE)) { table {
                    caption.faint { (viewer.say(TITLE)) }
                    (head(viewer, &[WHOM, OPERATORS, CENTERS, CASES]))
                    tbody { @for person in &shown.people { (row(person)) } }
                } }
            }
        }
    }
}

fn row(person: &SoughtRow) -> Markup {
    let short: String = person.subject.chars().take(SHOWN_DIGITS).collect();
    html! {
        tr {
            th scope="row" {
                a href={ "/subject/" (encoded(&person.subject)) } title=(Escaped(&person.subject)) {
                    code { (Escaped(&short)) "…" }
                }
            }
            @for count in [person.operators, person.centers, person.cases] {
                td.number { (count) }
            }
        }
    }
}
