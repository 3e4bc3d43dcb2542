//! The decision: precise reasons first, then Cedar, which decides alone what they may have missed.
//! The only file, with its folder, that knows Cedar. Refuses by default, refuses a policy set that
//! strict validation does not pass, and refuses whenever Cedar reports any error: a `forbid` that
//! fails to evaluate would otherwise not forbid.

use std::collections::BTreeSet;

use catalog::{Catalog, Digest, Source};
use cedar_policy::{Authorizer, Decision, Entities, PolicySet as CedarPolicies};
use time::OffsetDateTime;

use crate::caller::{Caller, Suspensions};
use crate::case::VerifiedCase;
use crate::fault::PolicyError;
use crate::flow::FlowBook;
use crate::permit::{Denial, Permit, Suspended};
use crate::question::Question;

mod facts;
mod load;
mod vocabulary;

use vocabulary::Vocabulary;

const SCHEMA: Source<'static> = Source {
    name: "schema.cedarschema",
    text: include_str!("../schema.cedarschema"),
};

const BASE: [Source<'static>; 6] = [
    Source {
        name: "base/use-flow.cedar",
        text: include_str!("../base/use-flow.cedar"),
    },
    Source {
        name: "base/validity.cedar",
        text: include_str!("../base/validity.cedar"),
    },
    Source {
        name: "base/suspended.cedar",
        text: include_str!("../base/suspended.cedar"),
    },
    Source {
        name: "base/sensitive-items.cedar",
        text: include_str!("../base/sensitive-items.cedar"),
    },
    Source {
        name: "base/match-only.cedar",
        text: include_str!("../base/match-only.cedar"),
    },
    Source {
        name: "base/second-approver.cedar",
        text: include_str!("../base/second-approver.cedar"),
    },
];

/// A validated set of policies over one flow book. Everything but the question is prepared once.
#[derive(Debug)]
pub struct PolicySet {
    digest: Digest,
    flows: FlowBook,
    policies: CedarPolicies,
    entities: Entities,
    vocabulary: Vocabulary,
    authorizer: Authorizer,
}

impl PolicySet {
    /// The base policies that are delivered with the program.
    pub fn builtin(catalog: &Catalog, flows: &FlowBook) -> Result<Self, PolicyError> {
        Self::parse(&SCHEMA, &BASE, catalog, flows)
    }

    /// Reads and validates a schema and its policies; reports every fault.
    pub fn parse(
        schema: &Source<'_>,
        policies: &[Source<'_>],
        catalog: &Catalog,
        flows: &FlowBook,
    ) -> Result<Self, PolicyError> {
        load::policy_set(schema, policies, catalog, flows)
    }

    /// Digest over schema, policies and flows.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The flows these policies decide about.
    #[must_use]
    pub const fn flows(&self) -> &FlowBook {
        &self.flows
    }

    /// Decides on one question. A permit comes from here and from nowhere else.
    pub fn authorize(
        &self,
        caller: &Caller,
        case: &VerifiedCase,
        question: &Question,
        state: &Suspensions,
        now: OffsetDateTime,
    ) -> Result<Permit, Denial> {
        let id = question.flow();
        let flow = self.flows.flow(&id).ok_or(Denial::FlowUnknown(id))?;
        if caller.node() != question.asking_node() {
            return Err(Denial::WrongCaller);
        }
        if let Some(suspended) = suspended(case, question, state) {
            return Err(Denial::Suspended(suspended));
        }
        flow.fits(question, now)?;
        case.check(flow, question, now)?;
        self.decide(caller, case, question, state, now)?;
        Ok(Permit::new(flow, case, question))
    }

    /// Cedar alone: no reason found above is taken for granted here.
    fn decide(
        &self,
        caller: &Caller,
        case: &VerifiedCase,
        question: &Question,
        state: &Suspensions,
        now: OffsetDateTime,
    ) -> Result<(), Denial> {
        let facts = facts::Facts {
            caller,
            case,
            question,
            state,
            now,
        };
        let request = facts.request(&self.vocabulary).ok_or(Denial::PolicyError)?;
        let response = self
            .authorizer
            .is_authorized(&request, &self.policies, &self.entities);
        if response.diagnostics().errors().next().is_some() {
            return Err(Denial::PolicyError);
        }
        if response.decision() == Decision::Allow {
            return Ok(());
        }
        let policies: BTreeSet<String> = response
            .diagnostics()
            .reason()
            .map(ToString::to_string)
            .collect();
        Err(Denial::Denied { policies })
    }
}

fn suspended(case: &VerifiedCase, question: &Question, state: &Suspensions) -> Option<Suspended> {
    let node = question.asking_node();
    if state.has_node(node) {
        Some(Suspended::Node)
    } else if state.has_flow(question.flow()) {
        Some(Suspended::Flow)
    } else if facts::operators(case).any(|operator| state.has_operator(node, operator)) {
        Some(Suspended::Operator)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
