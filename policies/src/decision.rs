//! The decision: precise reasons first, then Cedar, which decides alone what they may have missed.
//! The only file, with its folder, that knows Cedar. Refuses by default, refuses a policy set that
//! strict validation does not pass, and refuses whenever Cedar reports any error: a `forbid` that
//! fails to evaluate would otherwise not forbid.

use std::collections::BTreeMap;

use catalog::{Catalog, Digest, Source};
use time::OffsetDateTime;

use crate::caller::{Caller, Suspensions};
use crate::case::VerifiedCase;
use crate::fault::PolicyError;
use crate::flow::FlowBook;
use crate::permit::{Denial, Permit, Suspended};
use crate::question::Question;

mod engine;
mod facts;
mod load;
mod vocabulary;
mod words;

pub use engine::PolicyEffect;
pub(crate) use engine::{Engine, Judgement};
pub(crate) use facts::Facts;
pub(crate) use load::center_rules;
pub use words::schema_words;

pub(crate) const SCHEMA: Source<'static> = Source {
    name: "schema.cedarschema",
    text: include_str!("../schema.cedarschema"),
};

pub(crate) const BASE: [Source<'static>; 15] = [
    Source {
        name: "base/use-flow.cedar",
        text: include_str!("../base/use-flow.cedar"),
    },
    Source {
        name: "base/flow-version.cedar",
        text: include_str!("../base/flow-version.cedar"),
    },
    Source {
        name: "base/hours.cedar",
        text: include_str!("../base/hours.cedar"),
    },
    Source {
        name: "base/case.cedar",
        text: include_str!("../base/case.cedar"),
    },
    Source {
        name: "base/basis.cedar",
        text: include_str!("../base/basis.cedar"),
    },
    Source {
        name: "base/validity.cedar",
        text: include_str!("../base/validity.cedar"),
    },
    Source {
        name: "base/subject.cedar",
        text: include_str!("../base/subject.cedar"),
    },
    Source {
        name: "base/house.cedar",
        text: include_str!("../base/house.cedar"),
    },
    Source {
        name: "base/employer.cedar",
        text: include_str!("../base/employer.cedar"),
    },
    Source {
        name: "base/approval.cedar",
        text: include_str!("../base/approval.cedar"),
    },
    Source {
        name: "base/items.cedar",
        text: include_str!("../base/items.cedar"),
    },
    Source {
        name: "base/sensitive-items.cedar",
        text: include_str!("../base/sensitive-items.cedar"),
    },
    Source {
        name: "base/mode.cedar",
        text: include_str!("../base/mode.cedar"),
    },
    Source {
        name: "base/targets.cedar",
        text: include_str!("../base/targets.cedar"),
    },
    Source {
        name: "base/suspended.cedar",
        text: include_str!("../base/suspended.cedar"),
    },
];

/// A validated set of policies over one flow book. Everything but the question is prepared once.
#[derive(Debug)]
pub struct PolicySet {
    digest: Digest,
    flows: FlowBook,
    schema: String,
    engine: Engine,
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

    /// How each policy is written, by its id, without the comments around it.
    #[must_use]
    pub const fn texts(&self) -> &BTreeMap<String, String> {
        &self.engine.texts
    }

    /// The schema as it is written.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
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
        if !self.flows.calendar().is_open(flow.hours, now) {
            return Err(Denial::OutsideHours(flow.hours));
        }
        case.check(flow, question, now)?;
        flow.fits_subject(question, &case.roles_of(question.subject_tag()))?;
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
        let facts = Facts {
            caller,
            case,
            question,
            flows: &self.flows,
            state,
            now,
        };
        match self.engine.judge(&facts) {
            Judgement::Allowed => Ok(()),
            Judgement::Denied(policies) => Err(Denial::Denied {
                rule: self.engine.word(&policies).cloned(),
                policies,
            }),
            Judgement::Failed => Err(Denial::PolicyError),
        }
    }

    /// What each policy says by itself, by its id.
    pub(crate) fn each_policy(
        &self,
        caller: &Caller,
        case: &VerifiedCase,
        question: &Question,
        state: &Suspensions,
        now: OffsetDateTime,
    ) -> Vec<(String, PolicyEffect)> {
        self.engine.each(&Facts {
            caller,
            case,
            question,
            flows: &self.flows,
            state,
            now,
        })
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
    } else if state.has_case(node, &case.assertion().case_no) {
        Some(Suspended::Case)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
