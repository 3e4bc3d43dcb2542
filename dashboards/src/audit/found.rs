//! The table of what was found.

use maud::{Markup, html};

use super::browse;
use super::grouped::grouped;
use super::sought::Sought;
use super::words;
use crate::escape::{Escaped, cut};
use crate::language::Said;
use crate::name::moment;
use crate::viewer::Viewer;

/// One entry in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number in the log.
    pub number: u64,
    /// When, as the entry says it.
    pub at: String,
    /// What happened, in the log's word.
    pub kind: String,
    /// The asking center.
    pub center: String,
    /// Who asked.
    pub operator: String,
    /// Where.
    pub counter: String,
    /// Flow.
    pub flow: String,
    /// Case number.
    pub case: String,
    /// Member of the hub's staff.
    pub staff: String,
    /// Codes of what was refused or not had, each once.
    pub codes: Vec<String>,
    /// What else there is to say in the log's own words: outcomes by center, a stage, a target.
    pub more: String,
}

/// How many entries fit in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exactly(u64),
    /// So many were counted, and then no further.
    AtLeast(u64),
}

/// A page of what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// In the order asked for.
    pub rows: Vec<Row>,
    /// How many there are.
    pub total: Total,
    /// Whether further ones follow.
    pub has_more: bool,
    /// What the time that was searched holds.
    pub span: Option<super::Span>,
}

const NONE: Said = Said(
    "没有符合条件的记录。请放宽条件或时间范围。",
    "No entry fits. Take fewer terms or a longer time.",
);
const CAPTION: Said = Said("审计记录", "Entries of the log");
const EXACTLY: Said = Said("共", "in all");
const AT_LEAST: Said = Said("至少", "at least");
const UNIT: Said = Said("条", "entries");
const NUMBER: Said = Said("记录号", "Number");
const TIME: Said = Said("时间", "Time");
const KIND: Said = Said("类型", "Kind");
const WHO: Said = Said("经办人 / 柜台", "Operator / counter");
const CENTER: Said = Said("中心", "Center");
const FLOW: Said = Said("流程", "Flow");
const CASE: Said = Said("办件号", "Case");
const RESULT: Said = Said("代码 / 结果", "Code / outcome");
const NEXT: Said = Said("下一页", "Next page");
const FIRST: Said = Said("第一页", "First page");
const PAGES: Said = Said("分页", "Pages");
/// Columns that the last cell has room for.
const MORE_COLUMNS: usize = 60;

/// The table with what leads to the next page.
pub(super) fn table(viewer: &Viewer, sought: &Sought, found: &Found) -> Markup {
    let said = |said| viewer.say(said);
    html! {
        p { (total(viewer, found.total)) }
        @if found.rows.is_empty() {
            p { (said(NONE)) }
        } @else {
            div.wide tabindex="0" role="region" aria-label=(said(CAPTION)) {
                table.entries {
                    caption { (said(CAPTION)) }
                    thead { tr {
                        @for head in [NUMBER, TIME, KIND, CENTER, WHO, FLOW, CASE, RESULT] {
                            th scope="col" { (said(head)) }
                        }
                    } }
                    tbody { @for row in &found.rows { (line(viewer, row)) } }
                }
            }
        }
        nav.pages aria-label=(said(PAGES)) {
            @if !sought.before.is_empty() || !sought.after.is_empty() {
                a href=(sought.begun().address()) { (said(FIRST)) }
            }
            @if found.has_more && let Some(last) = found.rows.last() {
                a href=(sought.behind(last.number).address()) rel="next" { (said(NEXT)) }
            }
        }
    }
}

fn total(viewer: &Viewer, total: Total) -> Markup {
    let (word, count) = match total {
        Total::Exactly(count) => (EXACTLY, count),
        Total::AtLeast(count) => (AT_LEAST, count),
    };
    html! { (viewer.say(word)) " " strong.number { (grouped(count)) } " " (viewer.say(UNIT)) }
}

fn line(viewer: &Viewer, row: &Row) -> Markup {
    let counter = browse::of_counter(&row.center, &row.counter);
    html! {
        tr {
            th scope="row" { a.number href={ "/audit/" (row.number) } { (row.number) } }
            td { (moment(&row.at)) }
            td { (kind(viewer, &row.kind)) }
            td { (browse::leads(&row.center, &browse::of_center(&row.center))) }
            td {
                (browse::leads(&row.operator, &browse::of_operator(&row.center, &row.operator)))
                @if !row.counter.is_empty() {
                    " / " (browse::leads(&row.counter, &counter))
                }
                (browse::leads(&row.staff, &browse::of_staff(&row.staff)))
            }
            td { (browse::leads(&row.flow, &browse::of_flow(&row.flow))) }
            td { (browse::leads(&row.case, &browse::of_case(&row.case))) }
            td {
                @for code in &row.codes { (browse::leads(code, &browse::of_code(code))) " " }
                (Escaped(&cut(&row.more, MORE_COLUMNS)))
            }
        }
    }
}

/// A kind in words with the log's own word behind it.
pub(crate) fn kind(viewer: &Viewer, name: &str) -> Markup {
    html! {
        @match words::kind(viewer.language, name) {
            Some(word) => { (word) " " code { (Escaped(name)) } },
            None => code { (Escaped(name)) },
        }
    }
}
