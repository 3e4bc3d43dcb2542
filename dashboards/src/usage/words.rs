//! What the room Use says.

use crate::language::Said;

pub(super) const TITLE: Said = Said("人员使用情况", "Use of questions by the centers' staff");
pub(super) const PERSON: Said = Said("经办人使用情况", "Use of questions by one operator");
pub(super) const CENTER: Said = Said("中心", "Center");
pub(super) const COUNTER: Said = Said("柜台", "Counter");
pub(super) const FLOW: Said = Said("流程", "Flow");
pub(super) const FROM: Said = Said("起始日期", "From");
pub(super) const TO: Said = Said("截止日期", "To");
pub(super) const ALL: Said = Said("全部", "all");
pub(super) const SHOW: Said = Said("查看", "Show");
pub(super) const OPERATOR: Said = Said("经办人", "Operator");
pub(super) const NAMELESS: Said = Said("（未核实）", "(not proven)");
pub(super) const TIMES: Said = Said("次", "questions");
pub(super) const RANKING: Said = Said("人员排名", "Ranking");
pub(super) const BY_DAY: Said = Said("按日统计", "By day");
pub(super) const BY_FLOW: Said = Said("按流程", "By flow");
pub(super) const BY_COUNTER: Said = Said("按柜台", "By counter");
pub(super) const WEEK: Said = Said("按星期和小时", "By weekday and hour");
pub(super) const CASES: Said = Said("办件", "Cases");
pub(super) const ALERTS: Said = Said("告警", "Alerts");
pub(super) const NOBODY: Said = Said(
    "该时段没有查询。可放宽日期或取消筛选。",
    "Nobody asked anything in this time. Widen the dates or take a filter away.",
);
pub(super) const NO_CASES: Said = Said("近 35 日没有办件。", "No case in the last 35 days.");
pub(super) const NO_ALERTS: Said = Said("没有告警。", "No alert.");
pub(super) const MORE: Said = Said(
    "仅列出前 100 人，请按中心或流程筛选。",
    "Only the first 100 are listed; filter by center or flow.",
);
pub(super) const CASE: Said = Said("办件号", "Case");
pub(super) const FIRST: Said = Said("首次查询", "First asked");
pub(super) const LAST: Said = Said("最近查询", "Last asked");
pub(super) const SUBJECTS: Said = Said("查询人数", "Persons");
pub(super) const STATE: Said = Said("状态", "State");
pub(super) const ANSWERED_CASE: Said = Said("✓ 已有答复", "✓ answered");
pub(super) const UNANSWERED_CASE: Said = Said("✕ 尚无答复", "✕ never answered");
pub(super) const ENTRIES: Said = Said("审计记录", "In the audit log");
pub(super) const SORTED: Said = Said("按此排序", "Sort by this");
pub(super) const COUNTING: Said = Said(
    "枢纽刚启动，或办公时间、工作日历、流程用途已更改，正在重新统计日志，以下数字尚不完整：",
    "The hub has just started, or office hours, calendar or flows changed, and it is counting its \
     log; what follows is not whole yet:",
);
pub(super) const COUNTED: Said = Said("已统计日志记录：", "Entries counted:");
pub(super) const SINCE: Said = Said("统计起始记录号：", "from entry");
pub(super) const DAYS_SINCE: Said = Said("按日统计保留自", "Days are kept from");
pub(super) const DAYS_GONE: Said = Said(
    "所选日期中较早的部分已不再保留，以下合计与图表只含此日及以后：",
    "The earlier part of the chosen days is no longer kept; sums and charts here begin on",
);
pub(super) const HOURS_SINCE: Said = Said("按小时统计保留自", "Hours are kept from");
pub(super) const REMEMBERED: Said = Said(
    "重复查询、跨中心重合和办件状态统计自",
    "Repeats, coincidences and cases are known from",
);
pub(super) const FOLDED: Said = Said(
    "另有合并记录的拒绝（未区分人员）：",
    "Refusals that the log holds as counts only, nobody's in particular:",
);
pub(super) const MEANING: Said = Said(
    "本页只统计枢纽所见：办件是否在中心办结，只有中心自己的系统知道。“无答复办件”指从未有任何一次查询得到答复的办件。\
     清单、夜间任务和系统事件的查询单独计数，不计入其他各项（被拒除外）。非办公时间按流程的开放时段（或中心自定时间）判断，含因此被拒的查询。",
    "This page counts what the hub sees. Whether a case came to its end only \
     the center's own system knows; a case \"never answered\" had no question answered. \
     What lists, jobs and systems ask is a figure of its own and in no other but those of \
     refusals. Off hours are those of the flow, or the center's own; who was refused for the \
     hour is counted there too.",
);

/// What is counted: its name in addresses, and on the page.
pub(super) const FIGURES: [(&str, Said); 10] = [
    ("asks", Said("查询", "Asked")),
    ("unattended", Said("批量与系统查询", "By lists and systems")),
    ("answered", Said("有记录", "Found")),
    ("misses", Said("无记录", "Nothing found")),
    ("refused", Said("被拒", "Refused")),
    (
        "forbidden",
        Said("因办件或规则被拒", "Forbidden by case or rule"),
    ),
    ("off-hours", Said("非办公时间", "Off hours")),
    ("repeats", Said("重复查同一人", "Same person again")),
    (
        "coincidences",
        Said("紧随其他中心", "Right after another center"),
    ),
    ("unanswered", Said("无答复办件", "Cases never answered")),
];
