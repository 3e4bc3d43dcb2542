//! Who may ask what: registered flows, the case assertion, the decision and the permit.
//!
//! The hub checks a case and asks [`PolicySet::authorize`], the only source of a [`Permit`]; an
//! answering agent asks its own [`guard::Guard`], which may only deny. Nothing is allowed that a
//! registered flow does not list, and any doubt (an unknown word, a fault inside the policy engine)
//! is a refusal. The crate knows neither wire nor clock: bytes, time and randomness come in.

pub mod guard;

mod approval;
#[cfg(feature = "arbitrary")]
pub mod arbitrary;
mod calendar;
mod caller;
mod case;
mod decision;
mod erasure;
mod explain;
mod fault;
mod flow;
mod keeping;
mod lint;
mod matrix;
mod measured;
mod permit;
mod question;
mod replay;
mod rules;
mod section;
mod simulate;
mod subject;
mod trust;
mod verdict;

pub use approval::{
    APPROVAL_BODY_BYTES_MAX, Approval, ApprovalStatement, ApprovalTree, ApprovedLine, OfficerKey,
    PATH_HASHES_MAX, SignedApproval, shown_digest,
};
pub use calendar::Calendar;
pub use caller::{Caller, Suspensions};
pub use case::{
    Basis, CASE_BODY_BYTES_MAX, CLOCK_SKEW_MAX, CaseAssertion, CaseFault, CaseParty, CaseSigner,
    NONCE_BYTES, OFFICERS_MAX, PARTIES_MAX, ResultTable, SignedCase, SignedTable, SignerFault,
    SupposedCase, VerifiedCase, is_staff_name,
};
pub use decision::{PolicyEffect, PolicySet, schema_words};
pub use erasure::{ERASURE_BODY_BYTES_MAX, ErasureStatement, ErasureTarget, SignedErasure};
pub use explain::{Explanation, PolicyStep, Step};
pub use fault::{Fault, PolicyError};
pub use flow::{
    BEIJING, BadTerm, BasisKind, BasisPart, CENTERS_MAX, Enablement, FLOWS_MAX, Flow, FlowBook,
    FlowId, Hours, LIST_LINES_MAX, MatterNo, Misfit, Mode, Pace, PartyRole, Span, Targets,
};
pub use keeping::{
    Hold, KeepingOrders, KeptEntry, ORDERS_BYTES_MAX, ORDERS_FIRST_LINE, ORDERS_SIGNERS_MIN,
    OrdersFault, day_begins,
};
pub use lint::{Remark, RemarkKind, lint};
pub use matrix::{MatrixRow, matrix};
pub use measured::{
    MEASURE_KEPT, MEASURES_IN_ALL, MEASURES_OF_SUBJECT_MAX, MEASURES_REMEMBERED, MeasureFault,
    MeasureGuard, Measuring,
};
pub use permit::{Denial, Permit, Suspended};
pub use question::{
    GIVES_MAX, NAMED_MAX, QUESTION_ITEMS_MAX, Question, QuestionDraft, QuestionFault, VERDICTS_MAX,
    payload_digest,
};
pub use replay::{COUNT_KEPT, CaseUse, ReplayFault, ReplayGuard, USES_REMEMBERED};
pub use rules::{RuleFile, RuleFiles, RuleSet};
pub use simulate::{
    ASKS_MAX, AskFault, Difference, RecordedAsk, RecordedSignature, Simulation, Unreadable,
    simulate,
};
pub use subject::{BadTag, SubjectTag, TAG_BYTES, TagKey};
pub use trust::{NODES_MAX, NodeTrust, Role, STAFF_MAX, StaffTrust, TrustList};
pub use verdict::{
    Bounds, Finding, Reversal, VerdictFault, VerdictId, VerdictRule, VerdictTest, Yardstick,
};
