//! Who may ask what: registered flows, the case assertion, the decision and the permit.
//!
//! The hub checks a case and asks [`PolicySet::authorize`], the only source of a [`Permit`]; an
//! answering agent asks its own [`guard::Guard`], which may only deny. Nothing is allowed that a
//! registered flow does not list, and any doubt (an unknown word, a fault inside the policy engine)
//! is a refusal. The crate knows neither wire nor clock: bytes, time and randomness come in.

pub mod guard;

mod caller;
mod case;
mod decision;
mod fault;
mod flow;
mod permit;
mod question;
mod replay;
mod section;
mod subject;
mod trust;

pub use caller::{Caller, Suspensions};
pub use case::{
    Basis, CASE_BODY_BYTES_MAX, CLOCK_SKEW_MAX, CaseAssertion, CaseFault, CaseParty, CaseSigner,
    NONCE_BYTES, PARTIES_MAX, SignedCase, SignerFault, VerifiedCase, is_staff_name,
};
pub use decision::PolicySet;
pub use fault::{Fault, PolicyError};
pub use flow::{
    BEIJING, BadTerm, BasisKind, BasisPart, Enablement, FLOWS_MAX, Flow, FlowBook, FlowId,
    MatterNo, Misfit, Mode, Pace, PartyRole, Targets,
};
pub use permit::{Denial, Permit, Suspended};
pub use question::{QUESTION_ITEMS_MAX, Question, QuestionDraft, QuestionFault, payload_digest};
pub use replay::{COUNT_KEPT, CaseUse, ReplayFault, ReplayGuard, USES_REMEMBERED};
pub use subject::{BadTag, SubjectTag, TAG_BYTES, TagKey};
pub use trust::{NODES_MAX, NodeTrust, TrustList};
