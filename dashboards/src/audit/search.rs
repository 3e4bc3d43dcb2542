//! The page of the search: its form, what was wrong with it, what it found.

use maud::{Markup, html};

use super::found::{self, Found};
use super::grouped::grouped;
use super::sought::Sought;
use super::words::KINDS;
use super::{may_export, span};
use crate::escape::Escaped;
use crate::language::Said;
use crate::room::Room;
use crate::shell;
use crate::viewer::{Act, Viewer};

/// What the form offers to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Centers: the name in the log, in Chinese and in English.
    pub centers: Vec<(String, String, String)>,
    /// Codes of refusals.
    pub codes: Vec<&'static str>,
    /// Flows.
    pub flows: Vec<String>,
    /// Members of the staff.
    pub staff: Vec<String>,
}

/// What is wrong with a field; `field` is its name in the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which field.
    pub field: &'static str,
    /// What is wrong, and what to do.
    pub said: Said,
}

/// What became of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    /// What was looked for, without what must not be shown again.
    pub sought: Sought,
    /// What was wrong with it; then nothing was looked for.
    pub faults: Vec<Fault>,
    /// What was found; none where nothing was looked for.
    pub found: Option<Found>,
    /// Entries of the log.
    pub size: u64,
    /// Entries before this number lie in the archive and were not searched; 0 if none do.
    pub first: u64,
    /// Entries that the index has; the others were read one by one.
    pub indexed: u64,
    /// Entries up to which the result is complete.
    pub complete_upto: u64,
    /// What the form offers.
    pub choices: Choices,
}

const LEAD: Said = Said(
    "在枢纽的审计日志中检索。每次检索都先记入审计日志。",
    "Search the hub's audit log. Every search is itself on record before its result is shown.",
);
const FORM: Said = Said("检索条件", "Terms of the search");
const FROM: Said = Said("从（含）", "From");
const TO: Said = Said("到（不含；日期含当日）", "To (before; a day belongs to it)");
const TIME_HINT: Said = Said("北京时间", "Beijing time");
const CENTER: Said = Said("查询中心", "Asking center");
const ANY: Said = Said("（全部）", "(any)");
const OPERATOR: Said = Said("经办人（先选中心）", "Operator (choose the center)");
const COUNTER: Said = Said("柜台（先选中心）", "Counter (choose the center)");
const FLOW: Said = Said("流程", "Flow");
const CASE: Said = Said("办件号", "Case number");
const QUERY: Said = Said("查询号", "Question");
const CODE: Said = Said("代码", "Code");
const KIND: Said = Said("记录类型", "Kind of entry");
const NODE: Said = Said("涉及节点", "Any node named");
const STAFF: Said = Said("枢纽人员", "Member of the hub's staff");
const SUBJECT: Said = Said("当事人假名（64 位）", "Subject's pseudonym (64 digits)");
const ORDER: Said = Said("排序", "Order");
const NEWEST: Said = Said("最新在前", "newest first");
const OLDEST: Said = Said("最早在前", "oldest first");
const SEARCH: Said = Said("检索", "Search");
const CLEAR: Said = Said("清空", "Clear");
const BY_NUMBER: Said = Said(
    "按身份证件号码查询请到",
    "To search by identity number go to",
);
const STOP: Said = Said("。", ".");
const FAULTS: Said = Said(
    "未检索：请更正以下各项。",
    "Nothing was searched; mend these first.",
);
const RESULT: Said = Said("结果", "Result");
const STATE: Said = Said("日志状态", "State of the log");
const ENTRIES: Said = Said("日志记录", "Entries of the log");
const INDEX: Said = Said("检索索引", "Search index");
const CURRENT: Said = Said("✓ 与日志同步", "✓ current");
const BEHIND: Said = Said("落后（已逐条补读）", "behind (read one by one)");
const FAR_BEHIND: Said = Said("落后（未全部补读）", "behind (not all of it was read)");
const COMPLETE: Said = Said(
    "结果完整至记录号（不含）",
    "Result complete up to entry (before)",
);
const ARCHIVED: Said = Said("归档中、未检索的记录", "In the archive, not searched");
const UPTO: Said = Said("记录号小于", "entries before");
const EXPORT: Said = Said("导出全部结果", "Take the whole result as a file");
const EXPORT_HINT: Said = Said(
    "最多 10,000 条，超出时文件末尾注明。导出连同文件摘要记入审计日志。",
    "At most 10,000 entries; a file that was cut says so at its end. The export goes on record \
     with the digest of the file.",
);
const CSV: Said = Said("导出 CSV（表格）", "CSV (table)");
const JSONL: Said = Said("导出 JSONL（原始记录）", "JSONL (entries as they are)");

/// The page.
pub(super) fn page(viewer: &Viewer, searched: &Searched) -> Markup {
    let said = |said| viewer.say(said);
    let body = html! {
        p.faint { (said(LEAD))
            @if viewer.may(Act::See(Room::Subject)) {
                " " (said(BY_NUMBER)) " "
                a href=(Room::Subject.path()) { (said(Room::Subject.title())) } (said(STOP))
            }
        }
        @if !searched.faults.is_empty() {
            div.alarm role="alert" { p { (said(FAULTS)) } ul {
                @for fault in &searched.faults { li {
                    a href={ "#term-" (fault.field) } { (said(fault.said)) }
                } }
            } }
        }
        (form(viewer, searched))
        @if let Some(found) = &searched.found {
            section aria-labelledby="result-title" {
                h2 id="result-title" { (said(RESULT)) }
                (found::table(viewer, &searched.sought, found))
                (state(viewer, searched))
                @if may_export(viewer) && !found.rows.is_empty() {
                    (export(viewer, &searched.sought))
                }
            }
            @if let Some(span) = &found.span { (span::statement(viewer, span)) }
        }
    };
    shell::page(viewer, Some(Room::Audit), said(Room::Audit.title()), &body)
}

fn form(viewer: &Viewer, searched: &Searched) -> Markup {
    let (sought, choices) = (&searched.sought, &searched.choices);
    let say = |said| viewer.say(said);
    html! {
        form.fields.terms method="get" action="/audit" aria-label=(say(FORM)) {
            (text(viewer, searched, "from", FROM, &sought.from))
            (text(viewer, searched, "to", TO, &sought.to))
            label for="term-center" { (say(CENTER))
                select id="term-center" name="center" {
                    option value="" { (say(ANY)) }
                    @for (name, zh, en) in &choices.centers {
                        option value=(Escaped(name)) selected[*name == sought.center] {
                            (Escaped(viewer.language.choose(zh, en)))
                        }
                    }
                }
            }
            (text(viewer, searched, "operator", OPERATOR, &sought.operator))
            (text(viewer, searched, "counter", COUNTER, &sought.counter))
            (listed(viewer, searched, ("flow", FLOW), (&sought.flow, &choices.flows)))
            (text(viewer, searched, "case", CASE, &sought.case))
            label for="term-kind" { (say(KIND))
                select id="term-kind" name="kind" {
                    option value="" { (say(ANY)) }
                    @for (name, word) in KINDS {
                        option value=(name) selected[name == sought.kind] {
                            (say(word)) " (" (name) ")"
                        }
                    }
                }
            }
            (listed(viewer, searched, ("code", CODE), (&sought.code, &choices.codes)))
            (text(viewer, searched, "node", NODE, &sought.node))
            (listed(viewer, searched, ("staff", STAFF), (&sought.staff, &choices.staff)))
            (text(viewer, searched, "query", QUERY, &sought.query))
            (text(viewer, searched, "subject", SUBJECT, &sought.subject))
            label for="term-order" { (say(ORDER))
                select id="term-order" name="order" {
                    option value="newest" { (say(NEWEST)) }
                    option value="oldest" selected[sought.is_oldest_first()] { (say(OLDEST)) }
                }
            }
            button { (say(SEARCH)) }
            a href="/audit" { (say(CLEAR)) }
        }
    }
}

/// A field of text; the times take a day or a minute.
fn text(
    viewer: &Viewer,
    searched: &Searched,
    name: &'static str,
    said: Said,
    value: &str,
) -> Markup {
    let is_time = matches!(name, "from" | "to");
    let is_wrong = searched.faults.iter().any(|fault| fault.field == name);
    html! {
        label for={ "term-" (name) } {
            (viewer.say(said))
            input id={ "term-" (name) } name=(name) value=(Escaped(value)) autocomplete="off"
                maxlength="100" spellcheck="false" aria-invalid=[is_wrong.then_some("true")]
                placeholder=[is_time.then_some("2026-11-23T10:00")]
                title=[is_time.then(|| viewer.say(TIME_HINT))];
        }
    }
}

/// A field of text with a list to choose from.
fn listed<T: AsRef<str>>(
    viewer: &Viewer,
    searched: &Searched,
    (name, said): (&'static str, Said),
    (value, choices): (&str, &[T]),
) -> Markup {
    let is_wrong = searched.faults.iter().any(|fault| fault.field == name);
    html! {
        label for={ "term-" (name) } {
            (viewer.say(said))
            input id={ "term-" (name) } name=(name) value=(Escaped(value)) autocomplete="off"
                maxlength="100" spellcheck="false" list={ "list-" (name) }
                aria-invalid=[is_wrong.then_some("true")];
            datalist id={ "list-" (name) } {
                @for choice in choices { option value=(Escaped(choice.as_ref())) {} }
            }
        }
    }
}

fn state(viewer: &Viewer, searched: &Searched) -> Markup {
    let said = |said| viewer.say(said);
    let behind = searched.size.saturating_sub(searched.indexed);
    html! {
        h3 { (said(STATE)) }
        dl.facts {
            div { dt { (said(ENTRIES)) } dd.number { (grouped(searched.size)) } }
            @if searched.first > 0 {
                div { dt { (said(ARCHIVED)) } dd.number {
                    strong { (said(UPTO)) " " (grouped(searched.first)) }
                } }
            }
            div { dt { (said(INDEX)) } dd {
                @if behind == 0 { (said(CURRENT)) }
                @else if searched.complete_upto < searched.size {
                    (grouped(behind)) " " (said(FAR_BEHIND))
                } @else { (grouped(behind)) " " (said(BEHIND)) }
            } }
            div { dt { (said(COMPLETE)) } dd.number { (grouped(searched.complete_upto)) } }
        }
    }
}

fn export(viewer: &Viewer, sought: &Sought) -> Markup {
    let said = |said| viewer.say(said);
    html! {
        h3 { (said(EXPORT)) }
        form.fields method="post" action="/audit/export" {
            (shell::token(viewer))
            @for (name, value) in sought.begun().fields() {
                @if !value.is_empty() { input type="hidden" name=(name) value=(Escaped(value)); }
            }
            button.quiet name="form" value="csv" { (said(CSV)) }
            button.quiet name="form" value="jsonl" { (said(JSONL)) }
        }
        p.faint { (said(EXPORT_HINT)) }
    }
}
