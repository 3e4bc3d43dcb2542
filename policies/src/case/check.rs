//! Holds a verified case against one flow, one question and one moment.
//! Refuses with the first reason a clerk could act on; each has a stable code.

use std::collections::BTreeSet;
use std::time::Duration;

use time::OffsetDateTime;

use super::{CaseAssertion, VerifiedCase};
use crate::flow::{BEIJING, BasisPart, Flow, PartyRole};
use crate::question::Question;
use crate::subject::{SubjectTag, equal_in_constant_time};

/// How far ahead of ours the asking agent's clock may be.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(30);

/// Why a case carries no question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum CaseFault {
    /// No case came with the question.
    #[error("the question names no case")]
    Missing,
    /// The assertion cannot be read.
    #[error("the case assertion is malformed")]
    Malformed,
    /// A person's number stands where a staff or case number belongs.
    #[error("the case assertion holds personal data")]
    PersonalData,
    /// The assertion is larger than any honest one.
    #[error("the case assertion is too large")]
    TooLarge,
    /// The trust list does not know the node.
    #[error("the asking node is not on the trust list")]
    UnknownNode,
    /// The signature does not fit.
    #[error("the signature of the case does not fit")]
    BadSignature,
    /// The case was signed for another node than the one that brought it.
    #[error("the case belongs to another node")]
    WrongNode,
    /// Past its end.
    #[error("the case assertion has expired")]
    Expired,
    /// Signed in the future, beyond the clock skew allowed.
    #[error("the case assertion is not valid yet")]
    NotYetValid,
    /// Lives longer than the flow allows.
    #[error("the case assertion lives longer than its flow allows")]
    LifetimeTooLong,
    /// Signed for another flow.
    #[error("the case was signed for another flow")]
    WrongFlow,
    /// The case has another matter than the question.
    #[error("the case has another matter")]
    WrongMatter,
    /// The flow does not serve this matter.
    #[error("the flow does not serve this matter")]
    MatterOutsideFlow,
    /// The case rests on another kind of basis than the flow needs.
    #[error("the flow needs another kind of basis")]
    WrongBasis,
    /// The basis lacks something that the flow needs it to carry.
    #[error("the basis of the case lacks a part that the flow needs")]
    BasisMissing,
    /// The applicant's consent is not on file.
    #[error("the applicant's consent is missing")]
    ConsentMissing,
    /// The subject is no party of the case.
    #[error("the subject is no party of the case")]
    WrongSubject,
    /// The subject is a party in a role that the flow does not ask about.
    #[error("the flow does not ask about a party in this role")]
    RoleNotAdmitted,
    /// More questions than the flow allows one case.
    #[error("the case has used up its questions")]
    OverUsed,
    /// A second operator must approve and none did.
    #[error("the flow needs a second approver")]
    ApproverMissing,
    /// Only designated officers may use the flow, and the operator or the approver is none.
    #[error("the operator or the approver is no designated officer")]
    NotAnOfficer,
    /// The second signature is not a second person's about the same question.
    #[error("the second approval does not fit the first")]
    BadApproval,
    /// The approval is not signed with the key of the officer who is said to have signed.
    #[error("the signature of the second approver does not fit")]
    ForgedApproval,
    /// Signed for another question.
    #[error("the case was signed for another question")]
    WrongQuestion,
}

impl CaseFault {
    /// Every fault.
    pub const ALL: &'static [Self] = &[
        Self::Missing,
        Self::Malformed,
        Self::PersonalData,
        Self::TooLarge,
        Self::UnknownNode,
        Self::BadSignature,
        Self::WrongNode,
        Self::Expired,
        Self::NotYetValid,
        Self::LifetimeTooLong,
        Self::WrongFlow,
        Self::WrongMatter,
        Self::MatterOutsideFlow,
        Self::WrongBasis,
        Self::BasisMissing,
        Self::ConsentMissing,
        Self::WrongSubject,
        Self::RoleNotAdmitted,
        Self::OverUsed,
        Self::ApproverMissing,
        Self::NotAnOfficer,
        Self::BadApproval,
        Self::ForgedApproval,
        Self::WrongQuestion,
    ];

    /// Its stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::PersonalData => "personal-data",
            Self::TooLarge => "too-large",
            Self::UnknownNode => "unknown-node",
            Self::BadSignature => "bad-signature",
            Self::WrongNode => "wrong-node",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::LifetimeTooLong => "lifetime-too-long",
            Self::WrongFlow => "wrong-flow",
            Self::WrongMatter => "wrong-matter",
            Self::MatterOutsideFlow => "matter-outside-flow",
            Self::WrongBasis => "wrong-basis",
            Self::BasisMissing => "basis-missing",
            Self::ConsentMissing => "consent-missing",
            Self::WrongSubject => "wrong-subject",
            Self::RoleNotAdmitted => "role-not-admitted",
            Self::OverUsed => "over-used",
            Self::ApproverMissing => "approver-missing",
            Self::NotAnOfficer => "not-an-officer",
            Self::BadApproval => "bad-approval",
            Self::ForgedApproval => "forged-approval",
            Self::WrongQuestion => "wrong-question",
        }
    }
}

impl VerifiedCase {
    /// Whether this case may carry this question in this flow now. Replay is the hub's to check.
    pub fn check(
        &self,
        flow: &Flow,
        question: &Question,
        now: OffsetDateTime,
    ) -> Result<(), CaseFault> {
        if self.assertion().node != question.asking_node() {
            return Err(CaseFault::WrongNode);
        }
        self.check_times(flow, now)?;
        self.check_matter(flow, question)?;
        self.check_basis(flow)?;
        self.check_subject(flow, question)?;
        if self.assertion().use_no > flow.asks_per_case {
            return Err(CaseFault::OverUsed);
        }
        if flow.second_approver && self.approver().is_none() {
            return Err(CaseFault::ApproverMissing);
        }
        if flow.officer && !self.is_by_officers() {
            return Err(CaseFault::NotAnOfficer);
        }
        let is_covered = self.approval().is_none_or(|other| other.covers(question));
        if !self.is_bound_to(question) || !is_covered {
            return Err(CaseFault::WrongQuestion);
        }
        Ok(())
    }

    fn check_times(&self, flow: &Flow, now: OffsetDateTime) -> Result<(), CaseFault> {
        for signed in self.signatures() {
            if signed.issued_at > now + CLOCK_SKEW_MAX {
                return Err(CaseFault::NotYetValid);
            }
            if now >= signed.expires_at {
                return Err(CaseFault::Expired);
            }
            if signed.expires_at - signed.issued_at > flow.case_valid {
                return Err(CaseFault::LifetimeTooLong);
            }
            // Nobody asks from a case, or on a document, before it exists.
            if signed.days_ahead > 0 {
                return Err(CaseFault::NotYetValid);
            }
        }
        Ok(())
    }

    fn check_matter(&self, flow: &Flow, question: &Question) -> Result<(), CaseFault> {
        let case = self.assertion();
        if case.flow != question.flow() || case.flow != flow.id {
            return Err(CaseFault::WrongFlow);
        }
        if case.matter != question.matter() {
            return Err(CaseFault::WrongMatter);
        }
        if !flow.matters.contains(&case.matter) {
            return Err(CaseFault::MatterOutsideFlow);
        }
        Ok(())
    }

    fn check_basis(&self, flow: &Flow) -> Result<(), CaseFault> {
        let basis = &self.assertion().basis;
        if basis.kind != flow.basis {
            return Err(CaseFault::WrongBasis);
        }
        let carried = basis.carried();
        match flow.basis_carries.difference(&carried).next() {
            None => Ok(()),
            Some(BasisPart::Consent) => Err(CaseFault::ConsentMissing),
            Some(_) => Err(CaseFault::BasisMissing),
        }
    }

    fn check_subject(&self, flow: &Flow, question: &Question) -> Result<(), CaseFault> {
        let roles = self.roles_of(question.subject_tag());
        if roles.is_empty() {
            return Err(CaseFault::WrongSubject);
        }
        if roles.is_disjoint(&flow.roles) {
            return Err(CaseFault::RoleNotAdmitted);
        }
        Ok(())
    }

    /// The roles in which a subject stands in the case.
    pub(crate) fn roles_of(&self, subject: &SubjectTag) -> BTreeSet<PartyRole> {
        let parties = self.assertion().parties.iter();
        parties
            .filter(|party| party.tag == *subject)
            .map(|party| party.role)
            .collect()
    }

    /// Whether the assertion was signed for exactly this question.
    pub(crate) fn is_bound_to(&self, question: &Question) -> bool {
        equal_in_constant_time(&self.assertion().query_digest, question.digest())
    }
}

/// By how many days the case was opened, or its document dated, after the day of a signature.
pub(super) fn days_ahead(case: &CaseAssertion, issued_at: OffsetDateTime) -> i64 {
    let signed_on = issued_at.to_offset(BEIJING).date();
    let dates = [Some(case.opened_on), case.basis.issued_on];
    let ahead = dates
        .into_iter()
        .flatten()
        .map(|day| (day - signed_on).whole_days());
    ahead.max().unwrap_or_default()
}
