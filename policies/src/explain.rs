//! Why a question would be allowed or refused, rule by rule, for people and as JSON.
//! The decision is [`PolicySet::authorize`]'s own; the steps only tell it. Names no person, case
//! number, operator or pseudonym.

use serde::Serialize;
use time::OffsetDateTime;

use crate::caller::{Caller, Suspensions};
use crate::case::{SupposedCase, VerifiedCase};
use crate::decision::{PolicyEffect, PolicySet};
use crate::flow::Flow;
use crate::question::Question;

mod case_steps;
mod center_steps;
mod house_steps;
mod steps;

/// One rule and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The rule, such as `items`.
    pub rule: String,
    /// Whether it holds.
    pub holds: bool,
    /// The reason of the refusal if it does not ([`crate::Denial::reason`]).
    pub code: &'static str,
    /// The rule as a sentence, in Chinese.
    pub zh: &'static str,
    /// The rule as a sentence, in English.
    pub en: &'static str,
    /// What was asked and what would do, in codes and numbers.
    pub detail: String,
}

/// One policy and what it says by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyStep {
    /// Its id.
    pub id: String,
    /// What it says.
    pub effect: PolicyEffect,
}

/// A decision and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Whether there would be a permit.
    pub allowed: bool,
    /// `allowed`, or the reason of the refusal.
    pub code: &'static str,
    /// Every rule in the order in which they are looked at; only the first where the flow is
    /// unknown.
    pub steps: Vec<Step>,
    /// Every policy in the order of its id.
    pub policies: Vec<PolicyStep>,
}

impl Explanation {
    /// The step that decided, unless the policies alone did.
    #[must_use]
    pub fn decided_by(&self) -> Option<&Step> {
        self.steps.iter().find(|step| !step.holds)
    }

    /// The policies that forbid or could not be evaluated.
    pub fn forbidding(&self) -> impl Iterator<Item = &str> {
        let forbids = |effect| matches!(effect, PolicyEffect::Forbids | PolicyEffect::Failed);
        let policies = self.policies.iter();
        policies
            .filter(move |policy| forbids(policy.effect))
            .map(|policy| policy.id.as_str())
    }
}

/// What the steps look at.
#[derive(Debug, Clone, Copy)]
struct Ask<'a> {
    policies: &'a PolicySet,
    caller: &'a Caller,
    case: &'a VerifiedCase,
    question: &'a Question,
    state: &'a Suspensions,
    now: OffsetDateTime,
}

impl PolicySet {
    /// Decides on a supposed ask and tells every rule on the way. Gives no permit.
    #[must_use]
    pub fn explain(
        &self,
        caller: &Caller,
        case: &SupposedCase,
        question: &Question,
        state: &Suspensions,
        now: OffsetDateTime,
    ) -> Explanation {
        let case = case.facts();
        let code = match self.authorize(caller, case, question, state, now) {
            Ok(_) => None,
            Err(denial) => Some(denial.reason()),
        };
        let ask = Ask {
            policies: self,
            caller,
            case,
            question,
            state,
            now,
        };
        let effects = self.each_policy(caller, case, question, state, now);
        Explanation {
            allowed: code.is_none(),
            code: code.unwrap_or("allowed"),
            steps: ask.steps(),
            policies: effects
                .into_iter()
                .map(|(id, effect)| PolicyStep { id, effect })
                .collect(),
        }
    }
}

impl Ask<'_> {
    fn flow(&self) -> Option<&Flow> {
        self.policies.flows().flow(&self.question.flow())
    }
}
