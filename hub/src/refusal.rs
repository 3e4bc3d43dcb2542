//! From a fault of the rules to the refusal that leaves the hub: exhaustive, so that a new fault
//! must be given a code.

use policies::{CaseFault, Denial, ReplayFault, Suspended};
use wire::{Refusal, RefusalCode};

/// The refusal for a case that does not hold.
#[must_use]
pub fn case_refusal(fault: CaseFault) -> RefusalCode {
    match fault {
        CaseFault::Missing => RefusalCode::CaseMissing,
        CaseFault::Malformed | CaseFault::TooLarge => RefusalCode::CaseMalformed,
        CaseFault::PersonalData => RefusalCode::CasePersonal,
        CaseFault::UnknownNode => RefusalCode::CallerUnknown,
        CaseFault::BadSignature => RefusalCode::CaseSignature,
        CaseFault::WrongNode => RefusalCode::CaseWrongNode,
        CaseFault::Expired => RefusalCode::CaseExpired,
        CaseFault::NotYetValid => RefusalCode::CaseNotYet,
        CaseFault::LifetimeTooLong => RefusalCode::CaseTooLong,
        CaseFault::WrongFlow => RefusalCode::CaseFlow,
        CaseFault::WrongMatter | CaseFault::MatterOutsideFlow => RefusalCode::CaseMatter,
        CaseFault::WrongBasis | CaseFault::BasisMissing => RefusalCode::CaseBasis,
        CaseFault::ConsentMissing => RefusalCode::CaseConsent,
        CaseFault::WrongSubject | CaseFault::RoleNotAdmitted => RefusalCode::CaseSubject,
        CaseFault::OverUsed => RefusalCode::CaseOverused,
        CaseFault::ApproverMissing | CaseFault::BadApproval => RefusalCode::CaseApprover,
        CaseFault::ForgedApproval => RefusalCode::CaseApproverSignature,
        CaseFault::NotAnOfficer => RefusalCode::CaseOfficer,
        CaseFault::WrongQuestion => RefusalCode::CaseQuestion,
    }
}

/// The refusal for a question that the policies do not permit, with the policy that forbids it.
#[must_use]
pub fn refusal_of(denial: &Denial) -> Refusal {
    Refusal::by(denial_refusal(denial), denial.rule())
}

/// Its code.
#[must_use]
pub fn denial_refusal(denial: &Denial) -> RefusalCode {
    match denial {
        Denial::FlowUnknown(_) => RefusalCode::FlowUnknown,
        Denial::FlowNotEnabled => RefusalCode::FlowDisabled,
        Denial::OutsideHours(_) => RefusalCode::OutsideHours,
        Denial::WrongCaller => RefusalCode::CaseWrongNode,
        Denial::Suspended(Suspended::Node) => RefusalCode::Suspended,
        Denial::Suspended(Suspended::Operator) => RefusalCode::SuspendedOperator,
        Denial::Suspended(Suspended::Flow) => RefusalCode::SuspendedFlow,
        Denial::Suspended(Suspended::Case) => RefusalCode::SuspendedCase,
        Denial::FlowVersion => RefusalCode::FlowVersion,
        Denial::VerdictOutsideFlow { .. } => RefusalCode::VerdictOutsideFlow,
        Denial::ModeMismatch => RefusalCode::ModeOutsideFlow,
        Denial::ClassOutsideFlow { .. } => RefusalCode::ClassOutsideFlow,
        Denial::ItemOutsideFlow { .. } => RefusalCode::ItemOutsideFlow,
        Denial::CenterNotNamed => RefusalCode::CenterNotNamed,
        Denial::CenterUnknown { .. } => RefusalCode::CenterUnknown,
        Denial::CenterNotAsked => RefusalCode::CenterNotAsked,
        Denial::Case(fault) => case_refusal(*fault),
        Denial::PolicyError => RefusalCode::PolicyError,
        Denial::Denied { .. } => RefusalCode::PolicyDenied,
    }
}

/// The refusal for a statement that was used before or too often.
#[must_use]
pub fn replay_refusal(fault: ReplayFault) -> RefusalCode {
    match fault {
        ReplayFault::Replayed => RefusalCode::CaseReplayed,
        // By the latest time that this hub has seen it has.
        ReplayFault::Forgotten => RefusalCode::CaseExpired,
        ReplayFault::OverUsed => RefusalCode::CaseOverused,
        ReplayFault::Full => RefusalCode::CaseMemory,
    }
}

#[cfg(test)]
mod tests;
