//! The case behind a question, and the officer who approved it where one did: the case signed by
//! the node that brought it, the approval by the officer of that node and nobody else.

use policies::{Caller, Question, VerifiedCase};
use wire::RefusalCode;

use super::Broker;
use crate::call::Call;
use crate::refusal::case_refusal;

impl Broker {
    /// The statements of the caller's node and of its officer, verified.
    pub(super) fn verified(
        &self,
        caller: &Caller,
        call: &Call,
        question: &Question,
    ) -> Result<VerifiedCase, RefusalCode> {
        let case = self.trust.verify(caller.node(), &call.case);
        let case = case.map_err(case_refusal)?;
        let Some(approval) = &call.approval else {
            return Ok(case);
        };
        let approved = self.trust.approved(case, approval, question);
        approved.map_err(case_refusal)
    }
}
