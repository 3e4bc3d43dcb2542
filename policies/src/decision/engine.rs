//! Cedar with everything prepared: policies, the entities they speak of and the words of a request.
//! The base policies run in one, a center's own rules in another; both refuse on any error, since a
//! `forbid` that fails to evaluate would otherwise not forbid.

use std::collections::{BTreeMap, BTreeSet};

use catalog::RuleWord;
use cedar_policy::{Authorizer, Decision, Effect, Entities, PolicySet as CedarPolicies};
use serde::Serialize;

use super::facts::Facts;
use super::vocabulary::Vocabulary;

/// What Cedar says of one ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// At least one policy permits and none forbids.
    Allowed,
    /// These policies forbid; none is named where none permits.
    Denied(BTreeSet<String>),
    /// A policy could not be evaluated, or the facts could not be said.
    Failed,
}

/// What one policy says of one ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyEffect {
    /// A `permit` that applies.
    Permits,
    /// A `permit` that does not apply.
    DoesNotPermit,
    /// A `forbid` that applies.
    Forbids,
    /// A `forbid` that does not apply.
    DoesNotForbid,
    /// It could not be evaluated, which denies.
    Failed,
}

/// Policies that can be asked.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(super) policies: CedarPolicies,
    pub(super) entities: Entities,
    pub(super) vocabulary: Vocabulary,
    pub(super) authorizer: Authorizer,
    /// Whether some policy asks what is looked at: the largest fact of an ask is not said in vain.
    pub(super) asks_looked_at: bool,
    /// What each policy says of itself, by its id.
    pub(super) words: BTreeMap<String, RuleWord>,
    /// How each policy is written, by its id: for whoever compares, no decision rests on it.
    pub(super) texts: BTreeMap<String, String>,
}

impl Engine {
    pub(crate) fn judge(&self, facts: &Facts<'_>) -> Judgement {
        let Some(request) = facts.request(&self.vocabulary, self.asks_looked_at) else {
            return Judgement::Failed;
        };
        let response = self
            .authorizer
            .is_authorized(&request, &self.policies, &self.entities);
        let diagnostics = response.diagnostics();
        if diagnostics.errors().next().is_some() {
            return Judgement::Failed;
        }
        match response.decision() {
            Decision::Allow => Judgement::Allowed,
            Decision::Deny => {
                Judgement::Denied(diagnostics.reason().map(ToString::to_string).collect())
            }
        }
    }

    /// What each policy says by itself, by its id. For explanations; no decision rests on it.
    pub(super) fn each(&self, facts: &Facts<'_>) -> Vec<(String, PolicyEffect)> {
        let request = facts.request(&self.vocabulary, self.asks_looked_at);
        let mut said: Vec<_> = self
            .policies
            .policies()
            .map(|policy| {
                let effect = request.as_ref().and_then(|request| {
                    let alone = CedarPolicies::from_policies([policy.clone()]).ok()?;
                    let response = self
                        .authorizer
                        .is_authorized(request, &alone, &self.entities);
                    let diagnostics = response.diagnostics();
                    let failed = diagnostics.errors().next().is_some();
                    let applies = diagnostics.reason().next().is_some();
                    (!failed).then_some(match (policy.effect(), applies) {
                        (Effect::Permit, true) => PolicyEffect::Permits,
                        (Effect::Permit, false) => PolicyEffect::DoesNotPermit,
                        (Effect::Forbid, true) => PolicyEffect::Forbids,
                        (Effect::Forbid, false) => PolicyEffect::DoesNotForbid,
                    })
                });
                let effect = effect.unwrap_or(PolicyEffect::Failed);
                (policy.id().to_string(), effect)
            })
            .collect();
        said.sort();
        said
    }

    /// What each policy says of itself.
    pub(crate) fn words(&self) -> impl Iterator<Item = &RuleWord> {
        self.words.values()
    }

    /// What the first of these policies says of itself, for whoever it forbids something.
    pub(crate) fn word(&self, policies: &BTreeSet<String>) -> Option<&RuleWord> {
        self.words.get(policies.first()?)
    }
}
