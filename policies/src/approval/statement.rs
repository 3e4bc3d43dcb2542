//! What an officer signs: everything that they must know to answer for it, in the clear, and the
//! root over the questions. A subject is in it as a digest only, since the hub reads it.

use std::collections::BTreeSet;
use std::fmt;

use catalog::ItemNo;
use catalog::identity::{holds_id_number, may_hold_id_number};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::SignedApproval;
use crate::case::{Basis, CaseAssertion, CaseFault, NONCE_BYTES, hex, is_number, is_staff_name};
use crate::flow::{FlowId, LIST_LINES_MAX, MatterNo, Mode, is_node_id};
use crate::question::{GIVES_MAX, QUESTION_ITEMS_MAX, Question, VERDICTS_MAX};
use crate::verdict::VerdictId;

/// Separates an officer's signatures from a node's, and from any other use of the same key.
const SIGNATURE_DOMAIN: &[u8] = b"tianshu/approval/v1\0";
/// Largest statement that is looked at.
pub const APPROVAL_BODY_BYTES_MAX: usize = 8 * 1024;

/// An officer's statement about one question, or about all lines of a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalStatement {
    /// The node that asks, whose officer signs.
    pub node: String,
    /// Number of the case there.
    pub case_no: String,
    /// The flow.
    pub flow: FlowId,
    /// Digest of the flow as that node knows it.
    #[serde(with = "hex")]
    pub flow_digest: [u8; 32],
    /// Matter of the case.
    pub matter: MatterNo,
    /// On what ground it asks.
    pub basis: Basis,
    /// Who asks.
    pub asker: String,
    /// Who approves.
    pub operator: String,
    /// At which counter or through which channel.
    pub counter: String,
    /// Through which system.
    pub system: String,
    /// Match or details.
    pub mode: Mode,
    /// Items asked for.
    pub items: BTreeSet<ItemNo>,
    /// Items whose values are passed on.
    pub gives: BTreeSet<ItemNo>,
    /// Verdicts asked for.
    pub verdicts: BTreeSet<VerdictId>,
    /// How many subjects are asked about.
    pub lines: u32,
    /// Root of the tree over their questions.
    #[serde(with = "hex")]
    pub root: [u8; 32],
    /// When the statement was made.
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    /// From when on it is worth nothing.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Random.
    #[serde(with = "hex")]
    pub nonce: [u8; NONCE_BYTES],
}

/// Case numbers and operators belong in the audit log, not in a debug line.
impl fmt::Debug for ApprovalStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ApprovalStatement");
        shown.field("node", &self.node).field("flow", &self.flow);
        shown.field("lines", &self.lines).finish_non_exhaustive()
    }
}

impl ApprovalStatement {
    /// The bytes to sign.
    ///
    /// # Errors
    /// No verifier would read the statement.
    pub fn encode(&self) -> Result<Vec<u8>, CaseFault> {
        self.well_formed()?;
        let body = serde_json::to_vec(self).map_err(|_| CaseFault::Malformed)?;
        if body.len() > APPROVAL_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        Ok(body)
    }

    /// Reads a statement whose bytes say nothing beside it: what is shown of it is all of it.
    ///
    /// # Errors
    /// The bytes are no statement, or not in the one form that this program writes.
    pub fn decode(body: &[u8]) -> Result<Self, CaseFault> {
        if body.len() > APPROVAL_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        let statement: Self = serde_json::from_slice(body).map_err(|_| CaseFault::Malformed)?;
        if statement.encode()? == body {
            Ok(statement)
        } else {
            Err(CaseFault::Malformed)
        }
    }

    /// Whether the statement is about this case: same node, number, flow, matter and ground.
    pub(super) fn is_about(&self, first: &CaseAssertion) -> bool {
        first.node == self.node
            && first.case_no == self.case_no
            && first.flow == self.flow
            && first.matter == self.matter
            && first.basis == self.basis
            && first.operator == self.asker
    }

    /// Whether it says in the clear what the question asks.
    pub(super) fn tells(&self, question: &Question) -> bool {
        let known = question.wants().values().flatten();
        let asked: BTreeSet<ItemNo> = known.chain(question.beyond()).copied().collect();
        self.node == question.asking_node()
            && self.flow == question.flow()
            && self.flow_digest == *question.flow_digest()
            && self.matter == question.matter()
            && self.mode == question.mode()
            && self.items == asked
            && self.gives == *question.gives()
            && self.verdicts == *question.verdicts()
    }

    /// Bounded texts and lists, sane times, and nobody's number or name: all of it may go into a
    /// log.
    fn well_formed(&self) -> Result<(), CaseFault> {
        let staff = [&self.asker, &self.operator, &self.counter, &self.system];
        let numbers = [&self.case_no, &self.basis.number];
        if staff.into_iter().any(|text| may_hold_id_number(text))
            || numbers.into_iter().any(|text| holds_id_number(text))
            || self.basis.holds_personal_data()
        {
            return Err(CaseFault::PersonalData);
        }
        let good = is_node_id(&self.node)
            && staff.into_iter().all(|text| is_staff_name(text))
            && numbers.into_iter().all(|text| is_number(text))
            && self.basis.is_well_formed()
            && !self.case_no.trim().is_empty()
            && (1..=QUESTION_ITEMS_MAX).contains(&self.items.len())
            && self.gives.len() <= GIVES_MAX
            && self.verdicts.len() <= VERDICTS_MAX
            && (1..=LIST_LINES_MAX).contains(&self.lines)
            && self.issued_at < self.expires_at;
        if good {
            Ok(())
        } else {
            Err(CaseFault::Malformed)
        }
    }
}

impl SignedApproval {
    /// Whether the officer of this key signed. Nothing is parsed.
    ///
    /// # Errors
    /// There is no statement, it is too large, or the signature is another's.
    pub fn check_signature(&self, key: &[u8; 32]) -> Result<(), CaseFault> {
        if self.body.is_empty() {
            return Err(CaseFault::ApproverMissing);
        }
        if self.body.len() > APPROVAL_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        UnparsedPublicKey::new(&ED25519, key)
            .verify(&signed_bytes(&self.body), &self.signature)
            .map_err(|_| CaseFault::ForgedApproval)
    }

    /// Reads the statement if `key` signed it. INVARIANT: nothing is parsed before that.
    pub(crate) fn open(&self, key: &[u8; 32]) -> Result<ApprovalStatement, CaseFault> {
        self.check_signature(key)?;
        ApprovalStatement::decode(&self.body)
    }
}

pub(super) fn signed_bytes(body: &[u8]) -> Vec<u8> {
    [SIGNATURE_DOMAIN, body].concat()
}
