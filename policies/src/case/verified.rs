//! A case whose signatures have been verified, and one that is merely supposed. Only the first
//! carries a question; the second serves explanations and simulations and turns into no permit.

use time::OffsetDateTime;

use super::{CaseAssertion, CaseFault};
use crate::question::Question;

/// An assertion whose signature belongs to the node that brought it. Made by the trust list only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCase {
    signed: Signed,
    approval: Option<Box<Signed>>,
}

/// One signature's statement and whether its operator is a designated officer of its node.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signed {
    assertion: CaseAssertion,
    is_officer: bool,
}

impl VerifiedCase {
    pub(crate) const fn new(assertion: CaseAssertion, is_officer: bool) -> Self {
        Self {
            signed: Signed {
                assertion,
                is_officer,
            },
            approval: None,
        }
    }

    /// What was asserted.
    #[must_use]
    pub const fn assertion(&self) -> &CaseAssertion {
        &self.signed.assertion
    }

    /// The second operator's assertion about the same question, if there is one.
    #[must_use]
    pub fn approval(&self) -> Option<&CaseAssertion> {
        self.approval.as_ref().map(|approval| &approval.assertion)
    }

    /// The second operator who signed the same question, if there is one.
    #[must_use]
    pub fn approver(&self) -> Option<&str> {
        self.approval().map(|approval| approval.operator.as_str())
    }

    /// Whether everybody who signed is a designated officer of the node, by the trust list.
    #[must_use]
    pub fn is_by_officers(&self) -> bool {
        self.signed.is_officer && self.approval.as_ref().is_none_or(|other| other.is_officer)
    }

    /// Until when every signature of the case is in force.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        let own = self.assertion().expires_at;
        self.approval()
            .map_or(own, |approval| own.min(approval.expires_at))
    }

    /// The assertion and, if there is one, its approval: what holds for one holds for both.
    pub(crate) fn signatures(&self) -> impl Iterator<Item = &CaseAssertion> {
        std::iter::once(self.assertion()).chain(self.approval())
    }

    /// Adds the second approver: an assertion of its own about the same case, ground and question,
    /// by another operator of the same node.
    pub fn approved_by(self, second: &Self) -> Result<Self, CaseFault> {
        let (first, other) = (self.assertion(), second.assertion());
        let same_case = first.node == other.node
            && first.case_no == other.case_no
            && first.flow == other.flow
            && first.matter == other.matter
            && first.basis == other.basis
            && first.query_digest == other.query_digest;
        // Many a system takes `Li` and `li` for one log-in.
        let other_operator = !first.operator.eq_ignore_ascii_case(&other.operator);
        if !same_case || !other_operator || first.nonce == other.nonce {
            return Err(CaseFault::BadApproval);
        }
        let approval = Some(Box::new(second.signed.clone()));
        Ok(Self { approval, ..self })
    }
}

/// A case that nobody has signed: what if there were one. [`crate::PolicySet::explain`] takes it,
/// [`crate::PolicySet::authorize`] does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupposedCase(VerifiedCase);

impl SupposedCase {
    /// A case with these facts, by an operator who is a designated officer or is not.
    #[must_use]
    pub const fn new(assertion: CaseAssertion, is_officer: bool) -> Self {
        Self(VerifiedCase::new(assertion, is_officer))
    }

    /// The same case bound to this question, as its signature would bind it.
    #[must_use]
    pub fn bound_to(mut self, question: &Question) -> Self {
        self.0.signed.assertion.query_digest = *question.digest();
        self
    }

    /// The same case with a second approver.
    pub fn approved_by(self, second: &Self) -> Result<Self, CaseFault> {
        self.0.approved_by(&second.0).map(Self)
    }

    pub(crate) const fn facts(&self) -> &VerifiedCase {
        &self.0
    }
}

impl From<VerifiedCase> for SupposedCase {
    fn from(case: VerifiedCase) -> Self {
        Self(case)
    }
}
