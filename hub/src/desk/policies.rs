//! What the pages of policies are told: the rules in force, how a supposed question would be
//! decided by them, and what differs from other sets.

mod changes;
mod flows;
mod supposed;

#[cfg(test)]
mod tests;

use dashboards::policies::{
    ChangesShown, Choices, Explained, FlowShown, PoliciesDesk, PoliciesShown, PolicyShown,
    StepShown, Supposed,
};
use dashboards::{Name, Turned, Viewer};
use policies::{Explanation, PolicyEffect, RuleSet};

use super::Desk;
use super::names::named;

impl PoliciesDesk for Desk {
    fn policies(&self) -> PoliciesShown {
        let rules = self.broker.rules.current();
        let catalog = &self.broker.catalog;
        let classes = catalog.classes().iter().map(|class| {
            let name = named(&class.zh, &class.en);
            (class.no.to_string(), name)
        });
        PoliciesShown {
            digest: rules.digest().to_string(),
            classes: classes.collect(),
            flows: rules
                .flows()
                .flows()
                .map(|flow| self.flow_row(flow))
                .collect(),
        }
    }

    fn flow(&self, id: &str) -> Option<FlowShown> {
        let rules = self.broker.rules.current();
        let flow = rules.flows().flow(&id.parse().ok()?)?;
        Some(self.flow_shown(flow))
    }

    fn choices(&self) -> Choices {
        let rules = self.broker.rules.current();
        let flows = rules.flows().flows().map(|flow| {
            let name = named(&flow.zh, &flow.en);
            (flow.id.to_string(), name)
        });
        let nodes = self.broker.trust.nodes();
        Choices {
            nodes: nodes
                .map(|node| (node.id.clone(), self.names().center(&node.id)))
                .collect(),
            flows: flows.collect(),
        }
    }

    async fn explained(&self, viewer: &Viewer, supposed: &Supposed) -> Result<Explained, Turned> {
        let broker = std::sync::Arc::clone(&self.broker);
        let supposed = supposed.clone();
        // The policies are evaluated one by one, which takes longer than a question does.
        let work = move || {
            let (rules, now) = (broker.rules.current(), broker.clock.now());
            let told = supposed::ask(&supposed, &rules, &broker.catalog, now).and_then(|ask| {
                let told = ask.explain(&rules, &broker.catalog);
                told.map_err(|fault| Name::same(&fault.to_string()))
            });
            Ok(told)
        };
        Ok(match self.reading(viewer, work).await? {
            Ok(told) => shown(&told),
            Err(fault) => Explained {
                fault,
                ..Explained::default()
            },
        })
    }

    async fn changes(&self, viewer: &Viewer) -> Result<ChangesShown, Turned> {
        let broker = std::sync::Arc::clone(&self.broker);
        let index = std::sync::Arc::clone(&self.index);
        let folder = self.candidates.rules.clone();
        let work = move || {
            let (rules, catalog) = (broker.rules.current(), &broker.catalog);
            let delivered = RuleSet::builtin(catalog)?;
            Ok(ChangesShown {
                candidate: folder.map(|folder| changes::candidate(&rules, &folder, catalog)),
                delivered: changes::between(&delivered, &rules),
                log: changes::logged(broker.ledger.journal(), &index)?,
            })
        };
        self.reading(viewer, work).await
    }
}

fn shown(told: &Explanation) -> Explained {
    let decided = told.decided_by().map(|step| step.rule.clone());
    let by_policies = decided.is_none() && !told.allowed;
    let by = match decided {
        Some(rule) if !told.allowed => vec![rule],
        _ if by_policies => told.forbidding().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let steps = told.steps.iter().map(|step| StepShown {
        rule: step.rule.clone(),
        holds: step.holds,
        said: named(step.zh, step.en),
        detail: step.detail.clone(),
    });
    let policies = told.policies.iter().map(|policy| PolicyShown {
        id: policy.id.clone(),
        effect: effect(policy.effect),
        denies: matches!(policy.effect, PolicyEffect::Forbids | PolicyEffect::Failed),
    });
    Explained {
        fault: Name::default(),
        allowed: told.allowed,
        code: told.code.to_owned(),
        by,
        by_policies,
        steps: steps.collect(),
        policies: policies.collect(),
    }
}

fn effect(effect: PolicyEffect) -> Name {
    let (zh, en) = match effect {
        PolicyEffect::Permits => ("允许", "permits"),
        PolicyEffect::DoesNotPermit => ("未允许", "does not permit"),
        PolicyEffect::Forbids => ("禁止", "forbids"),
        PolicyEffect::DoesNotForbid => ("未禁止", "does not forbid"),
        PolicyEffect::Failed => ("无法判断，按拒绝处理", "failed, denies"),
    };
    named(zh, en)
}
