//! A rule and its figures as sentences; they go on record with the alert.

use std::collections::BTreeMap;

use super::rules::RuleName;
use crate::ledger::entry::Usual;

/// What a rule looks at, for the page: Chinese and English.
#[must_use]
pub const fn title(rule: RuleName) -> (&'static str, &'static str) {
    match rule {
        RuleName::Asks => ("一小时内查询过多", "Many questions in an hour"),
        RuleName::Refusals => (
            "一小时内因办件或规则被拒过多",
            "Many questions forbidden by case or rule in an hour",
        ),
        RuleName::Subjects => ("一个办件查询多人", "Many persons on one case"),
        RuleName::Repeats => (
            "以不同办件反复查询同一人",
            "The same person asked about on different cases",
        ),
        RuleName::OffHours => ("非办公时间查询", "Questions outside office hours"),
        RuleName::Coincidence => (
            "紧随其他中心查询同一人",
            "Right after another center about the same person",
        ),
        RuleName::Misses => ("多数查询无记录", "Most questions find nothing"),
        RuleName::Unanswered => (
            "办件从未得到答复",
            "Cases on which nothing was ever answered",
        ),
        RuleName::Sought => (
            "多名经办人查询同一人",
            "One person asked about by many operators",
        ),
        RuleName::Baseline => ("查询量偏离常态", "Far more questions than usual"),
    }
}

/// The sentences of an alert.
#[must_use]
pub fn sentences(
    rule: RuleName,
    figures: &BTreeMap<String, u64>,
    usual: &[Usual],
) -> (String, String) {
    let of = |name: &str| figures.get(name).copied().unwrap_or_default();
    let (found, most, all) = (of("found"), of("more_than"), of("of"));
    match rule {
        RuleName::Asks => (
            format!("该小时内发起查询 {found} 次，超过规则上限 {most} 次。"),
            format!("{found} questions in this hour; the rule's bound is {most}."),
        ),
        RuleName::Refusals => (
            format!("该小时内 {found} 次查询因办件或规则被拒，超过规则上限 {most} 次。"),
            format!(
                "{found} questions of this hour were forbidden by their case or a rule; the \
                 bound is {most}."
            ),
        ),
        RuleName::Subjects => (
            format!("当日用同一办件查询了 {found} 人，超过规则上限 {most} 人。"),
            format!(
                "{found} persons were asked about on one case on this day; the bound is {most}."
            ),
        ),
        RuleName::Repeats => (
            format!(
                "当日 {found} 次查询的对象曾由其本人以其他办件查询过，超过规则上限 {most} 次。"
            ),
            format!(
                "{found} questions of this day were about somebody whom the same operator \
                 had asked about on another case; the bound is {most}."
            ),
        ),
        RuleName::OffHours => (
            format!("当日非办公时间查询 {found} 次，超过规则上限 {most} 次。"),
            format!(
                "{found} questions of this day were outside office hours; the bound is {most}."
            ),
        ),
        RuleName::Coincidence => (
            format!("当日 {found} 次查询紧随其他中心对同一人的查询之后，超过规则上限 {most} 次。"),
            format!(
                "{found} questions of this day came right after another center had begun \
                 to ask about the same person; the bound is {most}."
            ),
        ),
        RuleName::Misses => missed(found, all, most),
        RuleName::Unanswered => (
            format!("当日最后使用的办件中有 {found} 件从未得到任何答复，超过规则上限 {most} 件。"),
            format!(
                "{found} cases last used on this day never had a question answered; the \
                 bound is {most}."
            ),
        ),
        RuleName::Sought => sought(found, most, of("days")),
        RuleName::Baseline => compared(found, usual),
    }
}

fn missed(found: u64, all: u64, most: u64) -> (String, String) {
    (
        format!(
            "当日 {all} 次查询中 {found} 次各中心均无记录（占一半以上），超过规则上限 {most} 次。"
        ),
        format!(
            "{found} of {all} questions of this day found no record anywhere, which is half of \
             them or more; the bound is {most}."
        ),
    )
}

fn sought(found: u64, most: u64, days: u64) -> (String, String) {
    (
        format!(
            "截至当日的 {days} 日内，{found} 名经办人各自查询了同一人，超过规则上限 {most} 名。"
        ),
        format!(
            "{found} operators asked about one person within the {days} days up to this one; the \
             bound is {most}."
        ),
    )
}

fn compared(found: u64, usual: &[Usual]) -> (String, String) {
    let mut zh = format!("当日以该流程发起查询 {found} 次，偏离常态：");
    let mut en = format!("{found} questions of this day with this flow, far from what is usual:");
    for (nth, one) in usual.iter().enumerate() {
        let (of_zh, of_en) = match one.of.as_str() {
            "peers" => (
                "同中心同流程其他人员",
                "others of the center with this flow",
            ),
            _ => ("本人以往", "the same operator before"),
        };
        let Usual {
            sample,
            median,
            mad,
            bound,
            ..
        } = one;
        let (comma_zh, comma_en) = if nth > 0 { ("；", ";") } else { ("", "") };
        zh.push_str(&format!(
            "{comma_zh}{of_zh}（{sample} 人日）中位数 {median}，中位差 {mad}，界限 {bound}"
        ));
        en.push_str(&format!(
            "{comma_en} {of_en} ({sample} person-days) median {median}, median \
             distance {mad}, bound {bound}"
        ));
    }
    zh.push('。');
    en.push('.');
    (zh, en)
}
