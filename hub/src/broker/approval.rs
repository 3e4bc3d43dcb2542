//! The case behind a question, and the second operator who approved it where one did. Both have
//! signed for the node that brought them; one statement never stands for two operators.

use policies::{Caller, VerifiedCase};
use wire::RefusalCode;

use super::Broker;
use crate::call::Call;
use crate::refusal::case_refusal;

impl Broker {
    /// The statements of the caller's node, verified.
    pub(super) fn verified(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<VerifiedCase, RefusalCode> {
        let open = |case| self.trust.verify(caller.node(), case).map_err(case_refusal);
        let case = open(&call.case)?;
        let Some(approval) = &call.approval else {
            return Ok(case);
        };
        case.approved_by(&open(approval)?).map_err(case_refusal)
    }
}
