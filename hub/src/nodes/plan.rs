//! Whom to ask for what: the permit's nodes, minus what cannot or may not be asked now, each with
//! its reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::ClassNo;
use policies::{Flow, Pace, Permit, Suspensions};
use wire::RefusalCode;

use super::link::Link;
use super::passes::Passes;
use super::{Member, Nodes};
use crate::throttle::Urgency;

/// One node of a plan.
#[derive(Debug)]
pub struct Target {
    /// The node.
    pub node: String,
    /// Code of its center.
    pub center: String,
    /// The classes that it should be asked for.
    pub classes: Vec<ClassNo>,
    /// Of these, the ones that it is not asked for, each with its reason.
    pub left_out: BTreeMap<ClassNo, RefusalCode>,
    /// The stream to use, or why the node cannot be asked at all.
    pub route: Result<Arc<Link>, RefusalCode>,
    /// What it is tried with; given back where it is not asked after all.
    pub(super) passes: Passes,
}

/// The nodes of one question.
#[derive(Debug)]
pub struct Plan {
    /// One target a node, in the order of their names.
    pub targets: Vec<Target>,
    /// How the question waits for a target, and there.
    pub manner: Manner,
}

/// How a question waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// How urgent it is at the hub: here, and where it waits for a target.
    pub urgency: Urgency,
    /// Whether it waits at the target for the part of its systems that lists may use. How long it
    /// takes says nothing of how loaded they are.
    pub with_lists: bool,
}

impl Manner {
    /// Somebody stands at a counter for it.
    pub const COUNTER: Self = Self {
        urgency: Urgency::Counter,
        with_lists: false,
    };

    /// Of a question of a flow: nobody stands at a counter for a line of a list, nor for a single
    /// question of a flow that has time.
    #[must_use]
    pub fn of(flow: Option<&Flow>, is_line: bool) -> Self {
        let has_time = flow.is_some_and(|flow| flow.pace == Pace::Batch);
        Self {
            urgency: if is_line || has_time {
                Urgency::Batch
            } else {
                Urgency::Counter
            },
            with_lists: is_line || flow.is_some_and(Flow::waits_with_lists),
        }
    }
}

impl Nodes {
    /// Plans a permitted question. Nothing is asked yet. Of what the operators have suspended
    /// nothing is asked, whoever asks.
    #[must_use]
    pub fn plan(self: &Arc<Self>, permit: &Permit, suspensions: &Suspensions) -> Plan {
        let targets = self.members().filter_map(|member| {
            let classes = permit.classes_of(&member.id);
            let is_asked = !classes.is_empty();
            is_asked.then(|| self.target(member, classes, suspensions))
        });
        Plan {
            targets: targets.collect(),
            manner: Manner::COUNTER,
        }
    }

    fn target(
        self: &Arc<Self>,
        member: &Member,
        classes: Vec<ClassNo>,
        state: &Suspensions,
    ) -> Target {
        let is_suspended =
            |class: &&ClassNo| state.has_node(&member.id) || state.has_class(&member.id, **class);
        let suspended = classes.iter().filter(is_suspended);
        let mut left_out: BTreeMap<_, _> = suspended
            .map(|class| (*class, RefusalCode::NodeSuspended))
            .collect();
        let rest = classes.iter().copied();
        let rest: Vec<_> = rest.filter(|class| !left_out.contains_key(class)).collect();
        // The stream first: a probe that finds none would never be reported on.
        let link = member.next_link().filter(|_| !rest.is_empty());
        let mut passes = Passes::default();
        if link.is_some() {
            let tell = |changes| self.tell_watch(member, changes);
            let now = self.started.elapsed();
            let admitted = member.breakers.admit(&rest, now, tell);
            left_out.extend(admitted.left_out);
            passes = Passes::of(self, &member.id, admitted.probes);
        } else {
            left_out.extend(member.breakers.without_link(&rest));
        }
        let is_all = left_out.len() == classes.len();
        let first = left_out.values().next().copied();
        let route = match link {
            Some(link) if !is_all => Ok(link),
            Some(_) | None => Err(first.unwrap_or(RefusalCode::NodeDown)),
        };
        Target {
            node: member.id.clone(),
            center: member.center.clone(),
            classes,
            left_out,
            route,
            passes,
        }
    }
}

impl Target {
    /// The classes that it is asked for.
    #[must_use]
    pub fn asked(&self) -> Vec<ClassNo> {
        let classes = self.classes.iter().copied();
        classes
            .filter(|class| self.route.is_ok() && !self.left_out.contains_key(class))
            .collect()
    }
}

impl Plan {
    /// The same for a question that waits like this.
    #[must_use]
    pub fn of(mut self, manner: Manner) -> Self {
        self.manner = manner;
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

    /// The single classes that nodes which are asked are not asked for, each with its reason.
    #[must_use]
    pub fn left_out(&self) -> Vec<(&str, ClassNo, RefusalCode)> {
        let asked = self.targets.iter().filter(|target| target.route.is_ok());
        asked
            .flat_map(|target| {
                let left_out = target.left_out.iter();
                left_out.map(|(class, code)| (target.node.as_str(), *class, *code))
            })
            .collect()
    }
}
