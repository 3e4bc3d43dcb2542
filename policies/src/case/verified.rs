//! A case whose signatures have been verified, and one that is merely supposed. Only the first
//! carries a question; the second serves explanations and simulations and turns into no permit.

use time::OffsetDateTime;

use super::check::days_ahead;
use super::{CaseAssertion, CaseFault};
use crate::approval::Approval;
use crate::question::Question;

/// An assertion whose signature belongs to the node that brought it. Made by the trust list only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCase {
    signed: Signed,
    approval: Option<Box<Approval>>,
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

    /// The second approver's statement about the same question, if there is one.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval> {
        self.approval.as_deref()
    }

    /// The second operator who signed the same question, if there is one.
    #[must_use]
    pub fn approver(&self) -> Option<&str> {
        self.approval().map(Approval::operator)
    }

    /// Whether everybody who signed is a designated officer of the node, by the trust list.
    #[must_use]
    pub fn is_by_officers(&self) -> bool {
        self.signed.is_officer && self.approval().is_none_or(|other| other.is_officer)
    }

    /// Until when every signature of the case is in force.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        let own = self.assertion().expires_at;
        self.approval()
            .map_or(own, |approval| own.min(approval.expires_at))
    }

    /// The times of the assertion and, if there is one, of its approval: what holds for one holds
    /// for both.
    pub(crate) fn signatures(&self) -> impl Iterator<Item = SignedTimes> {
        let case = self.assertion();
        let times = |issued_at, expires_at| SignedTimes {
            issued_at,
            expires_at,
            days_ahead: days_ahead(case, issued_at),
        };
        let own = times(case.issued_at, case.expires_at);
        let approval = self.approval();
        let other = approval.map(|other| times(other.issued_at, other.expires_at));
        std::iter::once(own).chain(other)
    }

    /// The same case with its approval, which has been held against it.
    pub(crate) fn with(self, approval: Approval) -> Self {
        Self {
            approval: Some(Box::new(approval)),
            ..self
        }
    }

    /// As if another operator of the node had approved: for what is only supposed.
    pub(crate) fn supposedly_approved_by(self, second: &Self) -> Result<Self, CaseFault> {
        let (first, other) = (self.assertion(), second.assertion());
        let same_case = first.node == other.node
            && first.case_no == other.case_no
            && first.flow == other.flow
            && first.matter == other.matter
            && first.basis == other.basis
            && first.query_digest == other.query_digest;
        let other_operator = !first.operator.eq_ignore_ascii_case(&other.operator);
        if !same_case || !other_operator || first.nonce == other.nonce {
            return Err(CaseFault::BadApproval);
        }
        let approval = Approval::supposed(other, second.signed.is_officer);
        Ok(self.with(approval))
    }
}

/// When a signature was made, until when it holds, and by how many days case or document come after
/// it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedTimes {
    pub(crate) issued_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) days_ahead: i64,
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
        self.0.supposedly_approved_by(&second.0).map(Self)
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
