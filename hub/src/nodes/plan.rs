//! Whom to ask for what: the permit's nodes, minus those that cannot be asked now, each with its
//! reason.

use std::sync::Arc;

use catalog::ClassNo;
use policies::Permit;
use wire::RefusalCode;

use super::breaker::State;
use super::link::Link;
use super::{Member, Nodes};
use crate::throttle::Urgency;

/// One node of a plan.
#[derive(Debug)]
pub struct Target {
    /// The node.
    pub node: String,
    /// Code of its center.
    pub center: String,
    /// The classes to ask for.
    pub classes: Vec<ClassNo>,
    /// The stream to use, or why the node cannot be asked.
    pub route: Result<Arc<Link>, RefusalCode>,
}

/// The nodes of one question.
#[derive(Debug)]
pub struct Plan {
    /// One target a node, in the order of their names.
    pub targets: Vec<Target>,
    /// How urgent the question is, where it has to wait for a target.
    pub urgency: Urgency,
}

impl Nodes {
    /// Plans a permitted question. Nothing is asked yet.
    #[must_use]
    pub fn plan(&self, permit: &Permit) -> Plan {
        let targets = self.members().filter_map(|member| {
            let classes = permit.classes_of(&member.id);
            let is_asked = !classes.is_empty();
            is_asked.then(|| Target {
                node: member.id.clone(),
                center: member.center.clone(),
                classes,
                route: self.route(member),
            })
        });
        Plan {
            targets: targets.collect(),
            urgency: Urgency::Counter,
        }
    }

    fn route(&self, member: &Member) -> Result<Arc<Link>, RefusalCode> {
        // The stream first: a probe that finds none would never be reported on.
        let link = member.next_link();
        let (admitted, transition) = match link {
            Some(_) => member.breaker().admit(self.started.elapsed()),
            None => (member.breaker().state() != State::Open, None),
        };
        if let Some(transition) = transition {
            self.watch.changed(&member.id, transition);
        }
        match link {
            Some(link) if admitted => Ok(link),
            None if admitted => Err(RefusalCode::NodeDown),
            Some(_) | None => Err(RefusalCode::NodeBreaker),
        }
    }
}

impl Plan {
    /// The same for a question of this urgency.
    #[must_use]
    pub fn of(mut self, urgency: Urgency) -> Self {
        self.urgency = urgency;
        self
    }

    /// The nodes that will be asked.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.targets
            .iter()
            .filter(|t| t.route.is_ok())
            .map(|t| t.node.clone())
            .collect()
    }

    /// The nodes that cannot be asked, each with its reason.
    #[must_use]
    pub fn skipped(&self) -> Vec<(String, RefusalCode)> {
        self.targets
            .iter()
            .filter_map(|t| t.route.as_ref().err().map(|code| (t.node.clone(), *code)))
            .collect()
    }
}
