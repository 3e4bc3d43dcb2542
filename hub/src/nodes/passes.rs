//! The tries that a question has taken of classes whose breakers are half open: each is reported on
//! once, or given back.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::ClassNo;

use super::Nodes;
use super::breaker::{Event, Pass};

/// The tries of one question at one node. Whatever becomes of the question, dropping this gives
/// those back that nobody has reported on: the next question is the try.
#[derive(Debug, Default)]
pub struct Passes {
    of_class: BTreeMap<ClassNo, Pass>,
    /// Whom to tell; there is nobody where there is no try.
    told: Option<(Arc<Nodes>, String)>,
}

impl Passes {
    /// The tries at this node.
    pub(super) fn of(nodes: &Arc<Nodes>, node: &str, of_class: BTreeMap<ClassNo, Pass>) -> Self {
        let told = (!of_class.is_empty()).then(|| (Arc::clone(nodes), node.to_owned()));
        Self { of_class, told }
    }

    /// The class is reported on: as what it passed.
    pub(super) fn take(&mut self, class: ClassNo) -> Pass {
        self.of_class.remove(&class).unwrap_or(Pass::CALL)
    }
}

impl Drop for Passes {
    fn drop(&mut self) {
        let left = std::mem::take(&mut self.of_class);
        if let (Some((nodes, node)), false) = (self.told.take(), left.is_empty()) {
            let events = left.into_iter();
            let events = events.map(|(class, pass)| (class, Event::Unjudged, pass));
            nodes.reported_as(&node, &events.collect::<Vec<_>>());
        }
    }
}
