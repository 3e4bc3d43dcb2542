//! The case assertion: what the asking agent found in its own business system, signed.
//! Refuses to read an assertion before its signature has been verified, and holds it against one
//! flow and one question only.

use std::fmt;

use catalog::identity::{holds_id_number, may_hold_id_number};
use ring::rand::SecureRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::flow::{FlowId, MatterNo, PartyRole, day, is_node_id};
use crate::subject::SubjectTag;

mod basis;
mod check;
pub(crate) mod hex;
mod table;
mod verified;

pub use basis::{Basis, OFFICERS_MAX};
pub use check::{CLOCK_SKEW_MAX, CaseFault};
pub use table::{ResultTable, SignedTable};
pub(crate) use verified::SignedTimes;
pub use verified::{SupposedCase, VerifiedCase};

/// Separates these signatures from any other use of the same key.
const SIGNATURE_DOMAIN: &[u8] = b"tianshu/case/v1\0";
/// Largest body that is looked at; sixteen parties fit several times over.
pub const CASE_BODY_BYTES_MAX: usize = 8 * 1024;
/// Most parties of one case.
pub const PARTIES_MAX: usize = 16;
/// Length of the nonce.
pub const NONCE_BYTES: usize = 16;
/// Longest case number, basis number, operator, counter or system name, in bytes.
const TEXT_LEN_MAX: usize = 64;

/// What an asking agent says about one case and one question.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseAssertion {
    /// The node that looked the case up.
    pub node: String,
    /// Number of the case in that node's business system.
    pub case_no: String,
    /// The flow it asks within.
    pub flow: FlowId,
    /// Matter of the case.
    pub matter: MatterNo,
    /// On what ground it asks.
    pub basis: Basis,
    /// The persons and employers of the case, by pseudonym.
    pub parties: Vec<CaseParty>,
    /// Who asks, at that node.
    pub operator: String,
    /// At which counter or through which channel.
    pub counter: String,
    /// From which business system.
    pub system: String,
    /// When the case was opened.
    #[serde(with = "day")]
    pub opened_on: Date,
    /// When the agent signed.
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    /// From when on the assertion is worth nothing.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Random; seen once and never again.
    #[serde(with = "hex")]
    pub nonce: [u8; NONCE_BYTES],
    /// Which question of this case it is, from 1.
    pub use_no: u32,
    /// Digest of the one question it may be used for ([`crate::Question::digest`]).
    #[serde(with = "hex")]
    pub query_digest: [u8; 32],
}

/// One party of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseParty {
    /// The role in the case.
    pub role: PartyRole,
    /// The pseudonym.
    pub tag: SubjectTag,
}

/// Case numbers and operators belong in the audit log, not in a debug line.
impl fmt::Debug for CaseAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("CaseAssertion");
        shown
            .field("node", &self.node)
            .field("flow", &self.flow)
            .field("matter", &self.matter);
        shown.field("use_no", &self.use_no).finish_non_exhaustive()
    }
}

/// An assertion as it travels: bytes and the signature over them.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedCase {
    /// The assertion as JSON.
    pub body: Vec<u8>,
    /// Ed25519 over domain and body.
    pub signature: Vec<u8>,
}

impl fmt::Debug for SignedCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedCase({} bytes)", self.body.len())
    }
}

impl SignedCase {
    /// Reads the assertion if `key` signed it. INVARIANT: nothing is parsed before that.
    pub(crate) fn open(&self, key: &[u8; 32]) -> Result<CaseAssertion, CaseFault> {
        if self.body.is_empty() {
            return Err(CaseFault::Missing);
        }
        if self.body.len() > CASE_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        UnparsedPublicKey::new(&ED25519, key)
            .verify(&signed_bytes(&self.body), &self.signature)
            .map_err(|_| CaseFault::BadSignature)?;
        let assertion: CaseAssertion =
            serde_json::from_slice(&self.body).map_err(|_| CaseFault::Malformed)?;
        assertion.well_formed()?;
        Ok(assertion)
    }
}

fn signed_bytes(body: &[u8]) -> Vec<u8> {
    [SIGNATURE_DOMAIN, body].concat()
}

impl CaseAssertion {
    /// What must hold of an assertion whatever the flow: bounded texts, parties, sane times, and no
    /// person's number or name where a staff or case number belongs, since these go into the log.
    fn well_formed(&self) -> Result<(), CaseFault> {
        let staff = [&self.operator, &self.counter, &self.system];
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
            && (1..=PARTIES_MAX).contains(&self.parties.len())
            && self.issued_at < self.expires_at
            && self.use_no >= 1;
        if good {
            Ok(())
        } else {
            Err(CaseFault::Malformed)
        }
    }
}

/// Whether a text may name an operator, counter or system: 1 to 64 letters, digits and `-_./@` of
/// ASCII, so that no citizen's name slips into the log with it.
#[must_use]
pub fn is_staff_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./@".contains(c);
    !text.is_empty() && text.len() <= TEXT_LEN_MAX && text.chars().all(is_plain)
}

pub(crate) fn is_number(text: &str) -> bool {
    text.len() <= TEXT_LEN_MAX && !text.chars().any(char::is_control)
}

/// Why a signing key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignerFault {
    /// Not an Ed25519 key in PKCS#8 version 2.
    #[error("the case key is not an ed25519 key in pkcs#8 version 2")]
    BadKey,
    /// The random generator failed.
    #[error("no random bytes for a case key")]
    NoRandom,
}

/// The key with which an agent signs its cases.
pub struct CaseSigner(Ed25519KeyPair);

impl CaseSigner {
    /// Makes a key and gives it as PKCS#8, to be stored by the caller.
    pub fn generate_pkcs8(random: &dyn SecureRandom) -> Result<Vec<u8>, SignerFault> {
        let document = Ed25519KeyPair::generate_pkcs8(random).map_err(|_| SignerFault::NoRandom)?;
        Ok(document.as_ref().to_vec())
    }

    /// Reads a key from PKCS#8 version 2, the form ring writes.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, SignerFault> {
        Ed25519KeyPair::from_pkcs8(bytes)
            .map(Self)
            .map_err(|_| SignerFault::BadKey)
    }

    /// The public key, as it stands in the trust list.
    #[must_use]
    pub fn public_key_hex(&self) -> String {
        data_encoding::HEXLOWER.encode(self.0.public_key().as_ref())
    }

    /// Signs an assertion; refuses one that no verifier would read.
    pub fn sign(&self, assertion: &CaseAssertion) -> Result<SignedCase, CaseFault> {
        assertion.well_formed()?;
        let body = serde_json::to_vec(assertion).map_err(|_| CaseFault::Malformed)?;
        if body.len() > CASE_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        let signature = self.0.sign(&signed_bytes(&body)).as_ref().to_vec();
        Ok(SignedCase { body, signature })
    }
}

impl fmt::Debug for CaseSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaseSigner(redacted)")
    }
}
