//! The rules of alerts in force: bounds, exceptions, what else they set, and their last change.

use maud::{Markup, html};

use super::Both;
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::moment;
use crate::room::Room;
use crate::shell::page;
use crate::table::head;
use crate::viewer::{Act, Viewer};

pub(super) const TITLE: Said = Said("现行告警规则", "Rules of alerts in force");

const RULE: Said = Said("规则", "Rule");
const KEY: Said = Said("配置项", "Key");
const MORE_THAN: Said = Said("超过即告警", "More than");
const DEFAULT: Said = Said("默认值", "Default");
const EXCEPTIONS: Said = Said("例外（中心或经办人）", "Exceptions (center or operator)");
const WINDOW: Said = Said("时段", "Window");
const HOUR: Said = Said("每小时", "an hour");
const DAY: Said = Said("每日", "a day");
const OFF: Said = Said("✕ 已停用", "✕ switched off");
const LOOSER: Said = Said("▲ 高于一般上限", "▲ above everybody's");
const OTHER: Said = Said("◆ 不同于默认", "◆ other than the default");
const SETTINGS: Said = Said("其他设置", "What else they set");
const WHAT: Said = Said("含义", "What it sets");
const VALUE: Said = Said("现行值", "Value");
const OFFICES: Said = Said("中心自定办公时间", "Office hours of centers");
const CENTER: Said = Said("中心", "Center");
const TIMES: Said = Said("时间", "Hours");
const DIGEST: Said = Said("规则摘要", "Digest of the rules");
const CHANGED: Said = Said("最近一次更改（记录）", "Last change (entry)");
const BEFORE: Said = Said("更改前摘要", "Digest before");
const NEVER: Said = Said(
    "日志目录中没有更改记录。",
    "No change is on record in the log's folder.",
);
const DIFFERENT: Said = Said(
    "现行规则与日志最近记录的不同。",
    "The rules in force are not those that the log last recorded.",
);
const FAULT: Said = Said(
    "之后的一次更改有误，未被采用（记录）：",
    "A later change is broken and was not taken (entry):",
);
const COUNTING: Said = Said(
    "枢纽刚启动，正在统计日志；更改记录尚不完整。",
    "The hub has just started and is counting its log; what it says about changes is not whole \
     yet.",
);

/// A rule.
#[derive(Clone, Debug)]
pub struct RuleRow {
    /// As it stands in the file and in the log.
    pub name: String,
    /// What it looks at.
    pub what: Both,
    /// Whether it looks at an hour, or else at a day.
    pub is_hourly: bool,
    /// Whether it is looked at.
    pub is_on: bool,
    /// What is above it stands out.
    pub more_than: u64,
    /// The same as it stands in the program.
    pub default: u64,
    /// The same for a center or an operator.
    pub exceptions: Vec<(String, u64)>,
}

/// Something else that is set.
#[derive(Clone, Debug)]
pub struct SettingRow {
    /// As it stands in the file.
    pub key: String,
    /// What it sets.
    pub what: Both,
    /// Its value.
    pub value: String,
    /// The same as it stands in the program.
    pub default: String,
}

/// Their last change.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its entry.
    pub entry: u64,
    /// When, RFC 3339.
    pub at: String,
    /// Digest before.
    pub from: String,
    /// Digest after.
    pub to: String,
}

/// A change that was not taken.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Its entry.
    pub entry: u64,
    /// When, RFC 3339.
    pub at: String,
    /// The fault.
    pub because: String,
}

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct RulesShown {
    /// Digest of those in force; alerts have it.
    pub digest: String,
    /// All of them, also those that are off.
    pub rules: Vec<RuleRow>,
    /// What else is set.
    pub settings: Vec<SettingRow>,
    /// Centers with office hours of their own.
    pub offices: Vec<(String, String)>,
    /// The last change on record.
    pub changed: Option<Change>,
    /// A broken one behind it.
    pub fault: Option<Fault>,
    /// Whether the log was read to its end.
    pub is_whole: bool,
}

pub(super) fn render(viewer: &Viewer, shown: &RulesShown) -> Markup {
    let body = html! {
        @if !shown.is_whole { p.alarm role="status" { (viewer.say(COUNTING)) } }
        (record(viewer, shown))
        (rules(viewer, &shown.rules))
        (settings(viewer, &shown.settings))
        (offices(viewer, &shown.offices))
    };
    page(viewer, Some(Room::Alerts), viewer.say(TITLE), &body)
}

fn record(viewer: &Viewer, shown: &RulesShown) -> Markup {
    let changed = shown.changed.as_ref();
    let is_other = changed.is_some_and(|changed| changed.to != shown.digest);
    html! {
        section {
            @if is_other && shown.is_whole { p.alarm role="status" { (viewer.say(DIFFERENT)) } }
            dl.facts {
                div { dt { (viewer.say(DIGEST)) } dd { code { (Escaped(&shown.digest)) } } }
                div { dt { (viewer.say(CHANGED)) } dd { @match changed {
                    Some(changed) => { (moment(&changed.at)) " " (entry(viewer, changed.entry)) }
                    None => { (viewer.say(NEVER)) }
                } } }
                @if let Some(changed) = changed {
                    div { dt { (viewer.say(BEFORE)) } dd { code { (Escaped(&changed.from)) } } }
                }
            }
            @if let Some(fault) = &shown.fault {
                p.alarm role="status" {
                    (viewer.say(FAULT)) " " (entry(viewer, fault.entry)) " " (moment(&fault.at))
                    " " (Escaped(&fault.because))
                }
            }
        }
    }
}

fn entry(viewer: &Viewer, number: u64) -> Markup {
    html! {
        @if viewer.may(Act::See(Room::Audit)) {
            a href={ "/audit/" (number) } { (number) }
        } @else { (number) }
    }
}

fn wide(viewer: &Viewer, title: Said, heads: &[Said], rows: &Markup) -> Markup {
    html! {
        section {
            h2 { (viewer.say(title)) }
            div.wide tabindex="0" role="region" aria-label=(viewer.say(title)) { table {
                caption.faint { (viewer.say(title)) }
                (head(viewer, heads))
                tbody { (rows) }
            } }
        }
    }
}

fn rules(viewer: &Viewer, rules: &[RuleRow]) -> Markup {
    let rows = html! { @for rule in rules { (row(viewer, rule)) } };
    let heads = [RULE, KEY, WINDOW, MORE_THAN, DEFAULT, EXCEPTIONS];
    wide(viewer, RULE, &heads, &rows)
}

fn row(viewer: &Viewer, rule: &RuleRow) -> Markup {
    let window = if rule.is_hourly { HOUR } else { DAY };
    html! {
        tr {
            th scope="row" { (Escaped(viewer.language.choose(&rule.what.0, &rule.what.1))) }
            td { code { "rule." (Escaped(&rule.name)) } }
            td { (viewer.say(window)) }
            td.number {
                @if !rule.is_on { (viewer.say(OFF)) br; }
                (rule.more_than)
                @if rule.more_than != rule.default { br; (viewer.say(OTHER)) }
            }
            td.number { (rule.default) }
            td {
                @if rule.exceptions.is_empty() { "–" } @else {
                    ul.plain { @for (whose, bound) in &rule.exceptions { li {
                        code { (Escaped(whose)) } " " span.number { (bound) }
                        @if *bound > rule.more_than { " " (viewer.say(LOOSER)) }
                    } } }
                }
            }
        }
    }
}

fn settings(viewer: &Viewer, settings: &[SettingRow]) -> Markup {
    let or_none = |text: &str| {
        if text.is_empty() {
            "–".to_owned()
        } else {
            text.to_owned()
        }
    };
    let rows = html! { @for one in settings { tr {
        th scope="row" { (Escaped(viewer.language.choose(&one.what.0, &one.what.1))) }
        td { code { (Escaped(&one.key)) } }
        td.number {
            (Escaped(&or_none(&one.value)))
            @if one.value != one.default { br; (viewer.say(OTHER)) }
        }
        td.number { (Escaped(&or_none(&one.default))) }
    } } };
    wide(viewer, SETTINGS, &[WHAT, KEY, VALUE, DEFAULT], &rows)
}

fn offices(viewer: &Viewer, offices: &[(String, String)]) -> Markup {
    let rows = html! { @for (center, times) in offices { tr {
        th scope="row" { (Escaped(center)) }
        td { (Escaped(times)) }
    } } };
    html! {
        @if !offices.is_empty() { (wide(viewer, OFFICES, &[CENTER, TIMES], &rows)) }
    }
}

#[cfg(test)]
mod tests;
