//! The rules of alerts in force, as the page shows them.

use dashboards::alerts::rules::{Change, Fault, RuleRow, RulesShown, SettingRow};

use super::moment;
use crate::alerts::ruled::Ruled;
use crate::alerts::rules::{AlertRules, Bound, RuleName};
use crate::alerts::said;

pub(super) fn shown(rules: &AlertRules, ruled: &Ruled, is_whole: bool) -> RulesShown {
    let programs = AlertRules::default();
    let settings = rules.settings().into_iter().zip(programs.settings());
    RulesShown {
        digest: rules.digest().to_string(),
        rules: rules
            .bounds()
            .map(|(name, bound)| row(name, bound))
            .collect(),
        settings: settings
            .map(|((key, value), (_, default))| SettingRow {
                key: key.to_owned(),
                what: what(key),
                value,
                default,
            })
            .collect(),
        offices: rules
            .offices()
            .map(|(center, times)| (center.to_owned(), format!("{}–{}", times.from, times.until)))
            .collect(),
        changed: ruled.changed.as_ref().map(|(entry, at, changed)| Change {
            entry: *entry,
            at: moment(*at),
            from: changed.from.clone(),
            to: changed.to.clone(),
        }),
        fault: ruled.kept.as_ref().map(|(entry, at, kept)| Fault {
            entry: *entry,
            at: moment(*at),
            because: kept.because.clone(),
        }),
        is_whole,
    }
}

fn row(name: RuleName, bound: &Bound) -> RuleRow {
    let (zh, en) = said::title(name);
    let only = bound.only.iter();
    RuleRow {
        name: name.as_str().to_owned(),
        what: (zh.to_owned(), en.to_owned()),
        is_hourly: name.is_hourly(),
        is_on: bound.on,
        more_than: bound.more_than.into(),
        default: name.more_than().into(),
        exceptions: only
            .map(|(whose, bound)| (whose.clone(), (*bound).into()))
            .collect(),
    }
}

/// What a key sets, in both languages.
fn what(key: &str) -> (String, String) {
    let (zh, en) = match key {
        "office.from" => (
            "柜台办公时间起（空为流程开放时段）",
            "Counters open from (empty: the flow's hours)",
        ),
        "office.until" => ("柜台办公时间止", "Counters open until"),
        "coincidence_minutes" => (
            "“紧随其他中心”的分钟数",
            "Minutes that are right after another center",
        ),
        "unanswered_hours" => (
            "办件最后查询后多少小时仍无答复",
            "Hours after its last question that a case is unanswered",
        ),
        "sought_days" => (
            "多名经办人查询同一人的统计日数",
            "Days in which operators asking about one person count",
        ),
        "comparison.past_days" => ("常态：回看日数", "What is usual: days before"),
        "comparison.peers_sample" => (
            "常态：同事最少人日",
            "What is usual: person-days of others, at least",
        ),
        "comparison.past_sample" => ("常态：本人最少日数", "What is usual: own days, at least"),
        "comparison.deviations" => (
            "常态：偏离倍数",
            "What is usual: distances that are unusual",
        ),
        "comparison.floor" => ("常态：中位差下限", "What is usual: least median distance"),
        _ => ("", ""),
    };
    (zh.to_owned(), en.to_owned())
}
