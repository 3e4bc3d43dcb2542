//! The steps of an explanation up to the case: each rule by itself, in the order in which the
//! decision looks at them. A rule added to the decision needs its step here; the tests hold one
//! against the other.

use std::fmt::Display;

use super::{Ask, Step};
use crate::flow::Flow;

/// What of a rule never changes: its name, the refusal's reason, and the sentence.
pub(super) type Rule = (&'static str, &'static str, &'static str, &'static str);

pub(super) fn step(rule: Rule, holds: bool, detail: String) -> Step {
    let (rule, code, zh, en) = rule;
    Step {
        rule: rule.to_owned(),
        holds,
        code,
        zh,
        en,
        detail,
    }
}

pub(super) fn listed<T: Display>(words: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(" ")
    }
}

fn outside<T: Display>(
    asked: impl IntoIterator<Item = T>,
    outside: impl IntoIterator<Item = T>,
) -> String {
    format!("asked {}; outside {}", listed(asked), listed(outside))
}

impl Ask<'_> {
    pub(super) fn steps(&self) -> Vec<Step> {
        let known = step(
            (
                "flow-known",
                "flow-unknown",
                "流程已登记",
                "the flow is registered",
            ),
            self.flow().is_some(),
            self.question.flow().to_string(),
        );
        let mut steps = vec![known];
        let Some(flow) = self.flow() else {
            return steps;
        };
        steps.extend(self.caller_steps());
        steps.extend(self.flow_steps(flow));
        steps.extend(self.center_steps(flow));
        steps.extend(self.item_steps(flow));
        steps.extend(self.verdict_steps(flow));
        steps.extend(self.case_steps(flow));
        steps.extend(self.house_steps(flow));
        steps
    }

    fn caller_steps(&self) -> [Step; 5] {
        let node = self.question.asking_node();
        let asker = self.case.assertion().operator.as_str();
        let mut operators = std::iter::once(asker).chain(self.case.approver());
        let is_suspended = operators.any(|who| self.state.has_operator(node, who));
        let suspended = |what, holds| {
            let rule = (
                what,
                "suspended",
                "节点、流程、经办人、办件均未被停用",
                "neither node, flow, operator nor case is suspended",
            );
            step(rule, holds, String::new())
        };
        [
            step(
                (
                    "caller",
                    "wrong-caller",
                    "提问节点与证书一致",
                    "the question is asked by the node that the certificate proved",
                ),
                self.caller.node() == node,
                format!("proven {}; asked as {node}", self.caller.node()),
            ),
            suspended("node-in-service", !self.state.has_node(node)),
            suspended(
                "flow-in-service",
                !self.state.has_flow(self.question.flow()),
            ),
            suspended("operator-in-service", !is_suspended),
            suspended(
                "case-in-service",
                !self.state.has_case(node, &self.case.assertion().case_no),
            ),
        ]
    }

    fn flow_steps(&self, flow: &Flow) -> [Step; 3] {
        let node = self.question.asking_node();
        let since = flow.enabled.get(node).map_or_else(
            || "never".to_owned(),
            |span| {
                let until = span
                    .until
                    .map_or_else(|| "-".to_owned(), |day| day.to_string());
                format!("from {} until {until}", span.from)
            },
        );
        let (asked, answered) = (self.question.mode(), flow.mode);
        [
            step(
                (
                    "enabled",
                    "flow-not-enabled",
                    "提问中心当日已启用该流程",
                    "the asking center takes part in the flow on this day",
                ),
                flow.is_enabled(node, self.now),
                format!("{node}: {since}"),
            ),
            step(
                (
                    "version",
                    "flow-version",
                    "双方流程版本一致",
                    "the asking node knows the flow in the same version",
                ),
                self.question.flow_digest() == &flow.digest,
                String::new(),
            ),
            step(
                (
                    "mode",
                    "mode-mismatch",
                    "查询方式不超出流程",
                    "details are asked only where the flow answers details",
                ),
                asked <= answered,
                format!("asked {asked}; at most {answered}"),
            ),
        ]
    }

    fn item_steps(&self, flow: &Flow) -> [Step; 3] {
        let wants = self.question.wants();
        let classes = wants.keys().filter(|class| !flow.items.contains_key(class));
        let classes: Vec<_> = classes.collect();
        let items = wants.values().flatten().filter(|item| !flow.lists(**item));
        let items: Vec<_> = items.collect();
        let gives = self.question.gives();
        let given: Vec<_> = gives.difference(&flow.gives).collect();
        [
            step(
                (
                    "classes",
                    "class-outside-flow",
                    "所查数据类均在流程内",
                    "the flow touches every class asked for",
                ),
                classes.is_empty(),
                outside(wants.keys(), classes),
            ),
            step(
                (
                    "items",
                    "item-outside-flow",
                    "所查数据项均在流程内",
                    "the flow lists every item asked for",
                ),
                items.is_empty(),
                outside(wants.values().flatten(), items),
            ),
            step(
                (
                    "given",
                    "item-outside-flow",
                    "转交的取值均在流程内",
                    "the flow passes on every value given",
                ),
                given.is_empty(),
                outside(gives, given),
            ),
        ]
    }

    fn verdict_steps(&self, flow: &Flow) -> [Step; 2] {
        let asked = self.question.verdicts();
        let wants = self.question.wants();
        let is_fit = |verdict: &&_| {
            let rule = flow.verdicts.get(*verdict);
            rule.is_some_and(|rule| wants.contains_key(&rule.class))
        };
        let unfit: Vec<_> = asked.iter().filter(|verdict| !is_fit(verdict)).collect();
        [
            step(
                (
                    "verdicts",
                    "verdict-outside-flow",
                    "所求结论均已登记且其数据类在查询内",
                    "every verdict is registered and its class is asked for",
                ),
                unfit.is_empty(),
                outside(asked, unfit),
            ),
            step(
                (
                    "hours",
                    "outside-hours",
                    "当前时间在流程允许的时段内",
                    "it is a time at which the flow may be used",
                ),
                self.policies
                    .flows()
                    .calendar()
                    .is_open(flow.hours, self.now),
                flow.hours.to_string(),
            ),
        ]
    }
}
