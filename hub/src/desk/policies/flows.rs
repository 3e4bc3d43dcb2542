//! A flow as the pages show it.

use std::collections::BTreeSet;
use std::fmt::Display;

use ::catalog::ItemNo;
use dashboards::Name;
use dashboards::policies::{ClassOfFlow, FlowRow, FlowShown, ItemOfFlow, VerdictShown};
use policies::{Flow, Hours, MatterNo, Mode, Targets, VerdictTest};

use crate::desk::Desk;
use crate::desk::names::named;

impl Desk {
    pub(super) fn flow_row(&self, flow: &Flow) -> FlowRow {
        let now = self.broker.clock.now();
        let nodes = flow.enabled.keys();
        let today = nodes.filter(|node| flow.is_enabled(node, now));
        let classes = self.broker.catalog.classes().iter();
        let count = |no| flow.items.get(no).map_or(0, BTreeSet::len);
        FlowRow {
            id: flow.id.to_string(),
            name: named(&flow.zh, &flow.en),
            matters: matters(&flow.matters),
            basis: flow.basis.to_string(),
            is_details: flow.mode == Mode::Details,
            officer: flow.officer,
            second_approver: flow.second_approver,
            hours: hours(flow.hours),
            centers: today.map(|node| self.names().center(node)).collect(),
            items: classes.map(|class| count(&class.no)).collect(),
        }
    }

    pub(super) fn flow_shown(&self, flow: &Flow) -> FlowShown {
        let minutes = flow.case_valid.as_secs() / 60;
        FlowShown {
            row: self.flow_row(flow),
            targets: self.targets(&flow.targets),
            roles: listed(&flow.roles),
            carries: listed(&flow.basis_carries),
            deadline_ms: u64::try_from(flow.deadline.as_millis()).unwrap_or(u64::MAX),
            asks_per_case: flow.asks_per_case,
            case_minutes: minutes,
            lines_max: flow.lines_max(),
            details_on: listed(&flow.details_on),
            classes: self.classes_of(flow),
            verdicts: self.verdicts_of(flow),
        }
    }

    fn targets(&self, targets: &Targets) -> Name {
        match targets {
            Targets::All => named("全部中心", "every center"),
            Targets::Own => named("仅提问中心自己", "the asking center only"),
            Targets::Named => named("查询所指定的中心", "the centers that the question names"),
            Targets::Nodes(nodes) => {
                let names: Vec<Name> = nodes.iter().map(|node| self.names().center(node)).collect();
                let joined = |texts: Vec<&str>| texts.join(", ");
                Name {
                    zh: joined(names.iter().map(|name| name.zh.as_str()).collect()),
                    en: joined(names.iter().map(|name| name.en.as_str()).collect()),
                }
            }
        }
    }

    /// Everything that the flow looks at or passes on, by class.
    fn classes_of(&self, flow: &Flow) -> Vec<ClassOfFlow> {
        let listed = flow.items.values().flatten();
        let all: BTreeSet<ItemNo> = listed
            .chain(&flow.judged)
            .chain(&flow.gives)
            .copied()
            .collect();
        let classes: BTreeSet<_> = all.iter().map(|item| item.class()).collect();
        let one = |no| {
            let class = self.broker.catalog.class(no)?;
            let items = all.iter().filter(|item| item.class() == no);
            Some(ClassOfFlow {
                number: no.to_string(),
                name: named(&class.zh, &class.en),
                items: items.filter_map(|item| self.item_of(flow, *item)).collect(),
            })
        };
        classes.into_iter().filter_map(one).collect()
    }

    fn item_of(&self, flow: &Flow, no: ItemNo) -> Option<ItemOfFlow> {
        let item = self.broker.catalog.item(no)?;
        let how = if flow.display.contains(&no) {
            named("掩码显示", "shown masked")
        } else if flow.lists(no) {
            named("可查询", "may be asked for")
        } else if flow.judged.contains(&no) {
            named("仅用于核验，不答复", "only judged, never answered")
        } else {
            named("作为核验输入传递", "passed on as an input")
        };
        Some(ItemOfFlow {
            number: no.to_string(),
            name: named(&item.zh, &item.en),
            sensitivity: item.sensitivity.as_str().to_owned(),
            how,
        })
    }

    fn verdicts_of(&self, flow: &Flow) -> Vec<VerdictShown> {
        let one = |(id, rule): (&policies::VerdictId, &policies::VerdictRule)| {
            let class = self.broker.catalog.class(rule.class);
            let name = class.map(|class| named(&class.zh, &class.en));
            VerdictShown {
                id: id.to_string(),
                class: (rule.class.to_string(), name.unwrap_or_default()),
                test: test(rule.test),
                elsewhere: rule.elsewhere,
                house: rule.house,
            }
        };
        flow.verdicts.iter().map(one).collect()
    }
}

fn test(test: VerdictTest) -> Name {
    match test {
        VerdictTest::Exists => named("是否存在", "whether there is any"),
        VerdictTest::CountBy(item) => {
            named(&format!("按 {item} 计数"), &format!("how many by {item}"))
        }
        VerdictTest::SumWithin(item) => named(
            &format!("{item} 之和是否不超过给定上限"),
            &format!("whether the sum of {item} is within a given limit"),
        ),
        VerdictTest::MonthsOverlap(from, until) => named(
            &format!("{from} 至 {until} 是否与给定月份重叠"),
            &format!("whether {from} to {until} overlaps given months"),
        ),
    }
}

fn hours(hours: Hours) -> Name {
    match hours {
        Hours::Always => named("任何时间", "at any time"),
        Hours::Counter => named("柜台时间", "counter hours"),
        Hours::Workday => named("工作日", "working days"),
        Hours::Night => named("夜间", "at night"),
    }
}

/// All 52 matters are one word.
fn matters(matters: &BTreeSet<MatterNo>) -> String {
    if MatterNo::all().all(|matter| matters.contains(&matter)) {
        return "01–52".to_owned();
    }
    listed(matters)
}

fn listed<T: Display>(words: &BTreeSet<T>) -> String {
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    words.join(", ")
}
