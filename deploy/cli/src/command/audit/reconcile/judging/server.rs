//! The answering side: what a node says that it gave, against what the hub says that it gave.

use std::collections::BTreeMap;

use super::super::books::{ClassGave, Decision, Exchange, Outcome, Served, ServedClass, Written};
use super::{Case, disagree, same_set};

impl Case<'_> {
    /// The side of a node that was to be asked.
    pub(super) fn is_served(
        &mut self,
        exchange: &Exchange,
        decision: &Written<Decision>,
        outcome: &Written<Outcome>,
        node: &str,
    ) {
        if !self.is_given(node) {
            return;
        }
        let gave = outcome.says.nodes.iter().find(|gave| gave.node == node);
        let nothing = Vec::new();
        let classes = gave.map_or(&nothing, |gave| &gave.classes);
        match (exchange.served.get(node), exchange.guarded.get(node)) {
            (Some(served), _) => {
                self.same_question(&served.says, &decision.says, node);
                if !exchange.abandoned {
                    self.same_classes(&served.says.classes, classes, node);
                }
            }
            (None, guarded) => {
                for class in classes.iter().filter(|class| class.tells_something()) {
                    let (no, outcome) = (&class.class, &class.outcome);
                    let says = guarded.map_or("lacks the question", |_| "has a refusal");
                    self.find(format!(
                        "the hub recorded `{outcome}` by {node} for class {no}; the book of {node} \
                         {says}"
                    ));
                }
                let by_guard = classes
                    .iter()
                    .find(|class| class.code.starts_with("TS-GUARD-"));
                if let (Some(class), None) = (by_guard, guarded) {
                    let code = &class.code;
                    self.find(format!(
                        "the book of {node} lacks its guard's refusal {code}"
                    ));
                }
            }
        }
    }

    fn same_question(&mut self, served: &Served, decision: &Decision, node: &str) {
        let differ = [
            (
                "question (digest)",
                disagree(&served.question, &decision.question),
            ),
            ("asker", served.node != decision.who.node),
            ("case", served.case_no != decision.case.number),
            ("flow", served.flow != decision.case.flow),
            ("operator", served.operator != decision.who.operator),
            ("approver", served.approver != decision.case.approver),
            ("verdicts", !same_set(&served.verdicts, &decision.verdicts)),
        ];
        for (what, _) in differ.into_iter().filter(|(_, differs)| *differs) {
            self.find(format!("the hub and {node} wrote down different {what}"));
        }
    }

    fn same_classes(
        &mut self,
        served: &BTreeMap<String, ServedClass>,
        classes: &[ClassGave],
        node: &str,
    ) {
        for class in classes {
            let no = &class.class;
            match served.get(no) {
                None if class.tells_something() => {
                    self.find(format!(
                        "the book of {node} lacks class {no}, which the hub recorded"
                    ));
                }
                Some(gave) if gave.outcome != class.outcome => {
                    let (own, hub) = (&gave.outcome, &class.outcome);
                    if hub == "unavailable" {
                        let code = &class.code;
                        self.explained.push(format!(
                            "{node} answered class {no}, which reached nobody ({code})"
                        ));
                    } else {
                        self.find(format!(
                            "{node} gave `{own}` for class {no}, the hub recorded `{hub}`"
                        ));
                    }
                }
                Some(gave) => {
                    let (own, hub) = (gave.records, class.records);
                    // The hub releases fewer where values are bad, and counts them; never more.
                    if hub > own || hub < own && class.withheld == 0 {
                        self.find(format!(
                            "{node} gave {own} records of class {no}, the hub recorded {hub}"
                        ));
                    }
                    // What the hub withholds it counts; then the two cannot be the same.
                    let is_comparable = class.withheld == 0 && class.tells_something();
                    if is_comparable && disagree(&gave.digest, &class.digest) {
                        self.find(format!(
                            "{node} gave another answer for class {no} than the hub recorded \
                             (digest)"
                        ));
                    }
                }
                None => {}
            }
        }
    }
}

impl ClassGave {
    /// Whether the node must have said it: silence and refusals also come from the hub.
    fn tells_something(&self) -> bool {
        ["answered", "no-record", "stale"].contains(&self.outcome.as_str())
    }
}
