//! What a search says of the time that it went through: that it is whole, and what shows it.

use maud::{Markup, html};

use super::grouped::grouped;
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::moment;
use crate::viewer::Viewer;

/// An entry at an end of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Its number.
    pub number: u64,
    /// When.
    pub at: String,
}

/// What was read of the log itself, without its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// Every entry: they follow each other, times never go back, and the index hid nothing.
    Read,
    /// Every entry, and something is not as it should be: the index hid or invented entries, or
    /// times go back.
    Differs,
    /// Every entry, and all is as it should be; the result lacks what lies from this entry on,
    /// which the index has not yet.
    Behind(u64),
    /// More entries than are read at once.
    TooMany(u64),
}

/// A time without the sign of life that the log has at least hourly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last one before; none where the time searched begins with the gap.
    pub from: Option<Edge>,
    /// The first one behind; none where it ends with it.
    pub to: Option<Edge>,
    /// How long, in minutes.
    pub minutes: u64,
    /// The hub started at its end: it had not been running.
    pub is_start: bool,
}

/// The signs of life in a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heartbeats {
    /// So many, with these gaps.
    Seen(u64, Vec<Gap>),
    /// More than are looked at.
    TooMany(u64),
}

/// The newest checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Entries under it.
    pub size: u64,
    /// Its root, in base64 as checkpoints write it.
    pub root: String,
    /// Who cosigned it and when they say that they did.
    pub witnesses: Vec<(String, String)>,
    /// Witnesses that the policy names; 0 without a policy.
    pub known: usize,
    /// Whether they are enough.
    pub quorum: bool,
}

/// The time that was searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first entry and its last; none where it has none.
    pub entries: Option<(Edge, Edge)>,
    /// The entry before it; none at the beginning of the log.
    pub before: Option<Edge>,
    /// The entry behind it; none at the end of the log.
    pub after: Option<Edge>,
    /// Entries before this number lie in the archive and were not searched; 0 if none do.
    pub archived: u64,
    /// What was read.
    pub whole: Whole,
    /// From this entry on no signs of life were looked for, since the index has it not yet.
    pub behind: Option<u64>,
    /// Signs of life.
    pub heartbeats: Heartbeats,
    /// What covers it; none before the first checkpoint.
    pub cover: Option<Cover>,
}

const TITLE: Said = Said("所查时间段是否完整", "Is this time complete?");
const ENTRIES: Said = Said("记录", "Entries");
const NO_ENTRY: Said = Said("该时间段内没有任何记录", "no entry lies in this time");
const BEFORE: Said = Said("之前一条", "Entry before");
const AFTER: Said = Said("之后一条", "Entry behind");
const LOG_BEGINS: Said = Said("日志由此开始", "the log begins here");
const LOG_ENDS: Said = Said("日志到此为止", "the log ends here");
const ARCHIVED: Said = Said(
    "此号之前的记录在归档中，未检索",
    "entries before this number lie in the archive and were not searched",
);
const SEQUENCE: Said = Said("序号", "Sequence");
const READ: Said = Said(
    "✓ 已逐条通读：序号连续无缺口，时间从不倒退，索引未遗漏任何符合条件的记录",
    "✓ read entry by entry: no gap, times never go back, and the index hid nothing that fits",
);
const DIFFERS: Said = Said(
    "✕ 通读结果与索引不一致或时间倒退：结果不可信。请报告系统管理员，并用 tianshu audit search 离线检索",
    "✕ reading it shows otherwise than the index, or times go back: do not rely on this result. \
     Tell the system administrator, and search offline with tianshu audit search",
);
const BEHIND: Said = Said(
    "△ 已逐条通读，序号连续、时间不倒退；但索引正在补建，结果缺少自此号起的记录，请稍后再查：",
    "△ read entry by entry: no gap, times never go back; but the index is behind, and the result \
     lacks what fits from this entry on, search again later:",
);
const BEATS_BEHIND: Said = Said(
    "△ 索引正在补建，自此号起未核对心跳：",
    "△ the index is behind; not looked for from this entry on:",
);
const TOO_MANY: Said = Said(
    "记录过多，未逐条通读；序号由日志链保证。缩短时间段，或离线执行 tianshu audit search --from … --to …",
    "too many entries to read them here one by one; take a shorter time, or run tianshu audit \
     search --from … --to … offline",
);
const HEARTBEATS: Said = Said("心跳", "Heartbeats");
const BEATS_WHOLE: Said = Said("✓ 每小时均有心跳", "✓ at least one in every hour");
const BEATS_GAPS: Said = Said("✕ 有缺口", "✕ gaps");
const BEATS_MANY: Said = Said(
    "时间段过长，未核对心跳；请缩短到一个月以内",
    "the time is too long to check them; take a month or less",
);
const MINUTES: Said = Said("分钟无心跳", "minutes without one");
const STARTED: Said = Said(
    "其后枢纽启动：此前未运行",
    "then the hub started: it had not been running",
);
const CHECKPOINT: Said = Said("检查点", "Checkpoint");
const COVERED: Said = Said("✓ 已覆盖", "✓ covers all of it");
const NOT_COVERED: Said = Said(
    "尚未全部覆盖；新记录约一秒后被覆盖",
    "does not cover all of it yet; new entries are covered after about a second",
);
const NO_CHECKPOINT: Said = Said("尚无检查点", "there is no checkpoint yet");
const SIZE: Said = Said("条记录", "entries");
const WITNESSES: Said = Said("见证", "Witnesses");
const QUORUM: Said = Said("✓ 达到法定数", "✓ enough have cosigned");
const NO_QUORUM: Said = Said("✕ 未达到法定数", "✕ too few have cosigned");
const NO_POLICY: Said = Said("未配置见证策略", "no policy of witnesses is configured");

/// The statement under a search by time.
pub(super) fn statement(viewer: &Viewer, span: &Span) -> Markup {
    let said = |said| viewer.say(said);
    html! {
        section.span aria-labelledby="span-title" {
            h2 id="span-title" { (said(TITLE)) }
            dl.facts {
                div { dt { (said(ENTRIES)) } dd {
                    @match &span.entries {
                        Some((first, last)) => {
                            (grouped(last.number.saturating_sub(first.number).saturating_add(1)))
                            " · " (edge(first)) " … " (edge(last))
                        },
                        None => { (said(NO_ENTRY)) },
                    }
                } }
                div { dt { (said(BEFORE)) } dd {
                    @match &span.before {
                        Some(before) => (edge(before)),
                        None => { (said(LOG_BEGINS)) }
                    }
                    @if span.archived > 0 { " · " (span.archived) ": " (said(ARCHIVED)) }
                } }
                div { dt { (said(AFTER)) } dd {
                    @match &span.after {
                        Some(after) => (edge(after)),
                        None => { (said(LOG_ENDS)) }
                    }
                } }
                div { dt { (said(SEQUENCE)) } dd { (whole(viewer, span.whole)) } }
                div { dt { (said(HEARTBEATS)) } dd {
                    (heartbeats(viewer, &span.heartbeats, span.behind.is_none()))
                    @if let Some(upto) = span.behind {
                        " " (viewer.say(BEATS_BEHIND)) " " (grouped(upto))
                    }
                } }
                (covered(viewer, span))
            }
        }
    }
}

fn whole(viewer: &Viewer, whole: Whole) -> Markup {
    html! {
        @match whole {
            Whole::Read => span.attached { (viewer.say(READ)) },
            Whole::Differs => strong.tripped { (viewer.say(DIFFERS)) },
            Whole::Behind(upto) => span.probing { (viewer.say(BEHIND)) " " (grouped(upto)) },
            Whole::TooMany(entries) => { (grouped(entries)) " · " (viewer.say(TOO_MANY)) },
        }
    }
}

fn heartbeats(viewer: &Viewer, heartbeats: &Heartbeats, is_all: bool) -> Markup {
    html! {
        @match heartbeats {
            Heartbeats::TooMany(seen) => { (grouped(*seen)) "+ · " (viewer.say(BEATS_MANY)) },
            Heartbeats::Seen(seen, gaps) if gaps.is_empty() => {
                (grouped(*seen)) @if is_all { " · " span.attached { (viewer.say(BEATS_WHOLE)) } }
            },
            Heartbeats::Seen(seen, gaps) => {
                (grouped(*seen)) " · " strong.tripped { (viewer.say(BEATS_GAPS)) }
                ul { @for gap in gaps { li { (self::gap(viewer, gap)) } } }
            },
        }
    }
}

fn gap(viewer: &Viewer, gap: &Gap) -> Markup {
    html! {
        (grouped(gap.minutes)) " " (viewer.say(MINUTES)) ": "
        @match &gap.from { Some(from) => (edge(from)), None => "…" }
        " – "
        @match &gap.to { Some(to) => (edge(to)), None => "…" }
        @if gap.is_start { " · " (viewer.say(STARTED)) }
    }
}

fn covered(viewer: &Viewer, span: &Span) -> Markup {
    let said = |said| viewer.say(said);
    let Some(cover) = &span.cover else {
        return html! { div { dt { (said(CHECKPOINT)) } dd { (said(NO_CHECKPOINT)) } } };
    };
    let last = span.entries.as_ref().map(|(_, last)| last.number);
    let is_covered = last.is_none_or(|last| last < cover.size);
    html! {
        div { dt { (said(CHECKPOINT)) } dd {
            @if is_covered { span.attached { (said(COVERED)) } } @else { (said(NOT_COVERED)) }
            " · " (grouped(cover.size)) " " (said(SIZE)) " · " code { (Escaped(&cover.root)) }
        } }
        (witnesses(viewer, cover))
    }
}

/// Who cosigned a checkpoint.
pub(super) fn witnesses(viewer: &Viewer, cover: &Cover) -> Markup {
    let said = |said| viewer.say(said);
    html! {
        div { dt { (said(WITNESSES)) } dd {
            @if cover.known == 0 { (said(NO_POLICY)) }
            @else if cover.quorum { span.attached { (said(QUORUM)) } }
            @else { strong.tripped { (said(NO_QUORUM)) } }
            @if cover.known > 0 { " · " (cover.witnesses.len()) "/" (cover.known) }
            @for (name, at) in &cover.witnesses { " · " (Escaped(name)) " " (moment(at)) }
        } }
    }
}

fn edge(edge: &Edge) -> Markup {
    html! {
        a.number href={ "/audit/" (edge.number) } { (edge.number) }
        " (" (moment(&edge.at)) ")"
    }
}
