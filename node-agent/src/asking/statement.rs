//! The statement that an operator's agent signs about one case and one question. Texts that go into
//! the log with it must be staff names and numbers.

use std::time::Duration;

use policies::{Basis, CaseAssertion, CaseFault, CaseParty, Flow, NONCE_BYTES};
use ring::rand::SecureRandom as _;
use wire::{RefusalCode, v1};

use super::question::loggable;
use super::{Asker, OpenCase};
use crate::translate::LocalCase;

/// How long a signed statement may be used: it is made for one question, which is sent at once.
const STATEMENT_LIFE: Duration = Duration::from_secs(60);

/// What the agent found about the case, and the question.
pub(super) struct Statement<'a> {
    pub(super) case: &'a LocalCase,
    pub(super) flow: &'a Flow,
    pub(super) basis: Basis,
    pub(super) parties: Vec<CaseParty>,
    /// Of the question.
    pub(super) digest: [u8; 32],
    pub(super) use_no: u32,
}

impl Statement<'_> {
    /// The statement of who asks, with a nonce of its own.
    pub(super) fn signed(
        &self,
        asker: &Asker,
        open: &OpenCase,
    ) -> Result<v1::SignedCase, RefusalCode> {
        let now = asker.clock.now();
        let mut nonce = [0_u8; NONCE_BYTES];
        asker
            .random
            .fill(&mut nonce)
            .map_err(|_| RefusalCode::LocalSource)?;
        let assertion = CaseAssertion {
            node: asker.node.clone(),
            case_no: self.case.case_no.clone(),
            flow: open.flow,
            matter: open.matter,
            basis: self.basis.clone(),
            parties: self.parties.clone(),
            operator: open.operator.clone(),
            counter: open.counter.clone(),
            system: open.system.clone(),
            opened_on: self.case.opened_on,
            issued_at: now,
            expires_at: now + STATEMENT_LIFE.min(self.flow.case_valid),
            nonce,
            use_no: self.use_no,
            query_digest: self.digest,
        };
        let signed = asker.signer.sign(&assertion).map_err(|fault| match fault {
            CaseFault::PersonalData => RefusalCode::CasePersonal,
            _ => RefusalCode::CaseMalformed,
        })?;
        Ok(v1::SignedCase {
            body: signed.body,
            signature: signed.signature,
        })
    }
}

/// The ground on which the case asks, as the business system has it; its kind is the flow's.
pub(super) fn basis(flow: &Flow, case: &LocalCase) -> Result<Basis, RefusalCode> {
    let grounds = &case.grounds;
    let texts = [&grounds.issuer, &grounds.approver, &grounds.scope];
    let mut texts = texts.into_iter().flatten().chain(&grounds.officers);
    // These go into the log of every center: a person's name or number has no place there.
    if !texts.all(|text| loggable(text) == *text && !text.is_empty()) {
        return Err(RefusalCode::CasePersonal);
    }
    Ok(Basis {
        issuer: grounds.issuer.clone(),
        issued_on: grounds.issued_on,
        from: grounds.period_from,
        until: grounds.period_until,
        officers: grounds.officers.clone(),
        approver: grounds.approver.clone(),
        scope: grounds.scope.clone(),
        ..Basis::plain(flow.basis, case.application_no.clone(), case.consent)
    })
}
