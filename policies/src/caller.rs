//! Who asks, as its certificate proved it, and whom the operators have suspended.
//! A caller is a node and nothing else; no header and no assertion makes one.

use std::collections::BTreeSet;

use catalog::ClassNo;

use crate::flow::{BadTerm, FlowId, is_node_id};
use crate::question::QuestionFault;

/// The node that a certificate proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    node: String,
}

impl Caller {
    /// The caller behind a proven peer identity.
    pub fn proven(node: &str) -> Result<Self, QuestionFault> {
        if is_node_id(node) {
            Ok(Self {
                node: node.to_owned(),
            })
        } else {
            Err(QuestionFault::BadNode)
        }
    }

    /// Its node id.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }
}

/// Whom the operators have suspended. A view of the log, passed in with every decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suspensions {
    nodes: BTreeSet<String>,
    operators: BTreeSet<(String, String)>,
    flows: BTreeSet<FlowId>,
    cases: BTreeSet<(String, String)>,
    classes: BTreeSet<(String, ClassNo)>,
}

impl Suspensions {
    /// Suspends a node, or lifts the suspension.
    pub fn set_node(&mut self, node: &str, suspended: bool) {
        set(&mut self.nodes, node.to_owned(), suspended);
    }

    /// Suspends one operator of a node, or lifts the suspension.
    pub fn set_operator(&mut self, node: &str, operator: &str, suspended: bool) {
        set(
            &mut self.operators,
            (node.to_owned(), login(operator)),
            suspended,
        );
    }

    /// Suspends a flow everywhere, or lifts the suspension.
    pub fn set_flow(&mut self, flow: &str, suspended: bool) -> Result<(), BadTerm> {
        set(&mut self.flows, flow.parse()?, suspended);
        Ok(())
    }

    /// Suspends one case of a node, or lifts the suspension.
    pub fn set_case(&mut self, node: &str, case_no: &str, suspended: bool) {
        let case = (node.to_owned(), case_no.to_owned());
        set(&mut self.cases, case, suspended);
    }

    /// Suspends one class of a node: nobody asks it there. Or lifts the suspension.
    pub fn set_class(&mut self, node: &str, class: ClassNo, suspended: bool) {
        set(&mut self.classes, (node.to_owned(), class), suspended);
    }

    /// Suspends a flow everywhere.
    pub fn add_flow(&mut self, flow: FlowId) {
        self.flows.insert(flow);
    }

    /// Whether the node is suspended.
    #[must_use]
    pub fn has_node(&self, node: &str) -> bool {
        self.nodes.contains(node)
    }

    /// Whether the operator of that node is suspended.
    #[must_use]
    pub fn has_operator(&self, node: &str, operator: &str) -> bool {
        !self.operators.is_empty() && self.operators.contains(&(node.to_owned(), login(operator)))
    }

    /// Whether the case of that node is suspended.
    #[must_use]
    pub fn has_case(&self, node: &str, case_no: &str) -> bool {
        !self.cases.is_empty() && self.cases.contains(&(node.to_owned(), case_no.to_owned()))
    }

    /// Whether the class of that node is suspended.
    #[must_use]
    pub fn has_class(&self, node: &str, class: ClassNo) -> bool {
        !self.classes.is_empty() && self.classes.contains(&(node.to_owned(), class))
    }

    /// Whether the flow is suspended.
    #[must_use]
    pub fn has_flow(&self, flow: FlowId) -> bool {
        self.flows.contains(&flow)
    }
}

/// An operator's name as a log-in: `Li` and `li` are one person.
fn login(operator: &str) -> String {
    operator.trim().to_ascii_lowercase()
}

fn set<T: Ord>(among: &mut BTreeSet<T>, who: T, suspended: bool) {
    if suspended {
        among.insert(who);
    } else {
        among.remove(&who);
    }
}
