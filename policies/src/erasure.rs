//! What two officers sign so that values beside a node's log are erased: what, on which legal
//! basis, by whom. It is bound to entries up to its own time, so that a copy of it erases nothing
//! that comes later.

use std::collections::BTreeMap;
use std::fmt;

use catalog::identity::{holds_id_number, may_hold_id_number};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::case::{CaseFault, NONCE_BYTES, hex, is_number, is_staff_name};
use crate::flow::is_node_id;
use crate::trust::TrustList;

/// Separates these signatures from approvals by the same key.
const SIGNATURE_DOMAIN: &[u8] = b"tianshu/erasure/v1\0";
/// Largest statement that is looked at.
pub const ERASURE_BODY_BYTES_MAX: usize = 2 * 1024;

/// Whose values go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ErasureTarget {
    /// Of one question.
    Query(String),
    /// Of one entry of the node's log.
    Index(u64),
    /// Of all entries about the subject of this one.
    SubjectOfIndex(u64),
}

/// The statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasureStatement {
    /// The node whose values go, and whose officers sign.
    pub node: String,
    /// What goes.
    pub target: ErasureTarget,
    /// The legal basis, in a few words: nobody's name or number.
    pub basis: String,
    /// Who asks for it.
    pub asked_by: String,
    /// Who approves it: another person.
    pub approved_by: String,
    /// When it was made. Entries after it stay.
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    /// Random.
    #[serde(with = "hex")]
    pub nonce: [u8; NONCE_BYTES],
}

/// The statement with signatures, by name of the officer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedErasure {
    /// The statement, byte for byte.
    pub body: String,
    /// Signatures in hex.
    pub signatures: BTreeMap<String, String>,
}

impl fmt::Debug for SignedErasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedErasure({} signatures)", self.signatures.len())
    }
}

impl ErasureStatement {
    /// The bytes to sign.
    ///
    /// # Errors
    /// No verifier would read the statement.
    pub fn encode(&self) -> Result<String, CaseFault> {
        self.well_formed()?;
        let body = serde_json::to_string(self).map_err(|_| CaseFault::Malformed)?;
        if body.len() > ERASURE_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        Ok(body)
    }

    /// Reads a statement that says nothing beside its bytes.
    ///
    /// # Errors
    /// The bytes are no statement, or not in the one form that this program writes.
    pub fn decode(body: &str) -> Result<Self, CaseFault> {
        if body.len() > ERASURE_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        let statement: Self = serde_json::from_str(body).map_err(|_| CaseFault::Malformed)?;
        if statement.encode()? == body {
            Ok(statement)
        } else {
            Err(CaseFault::Malformed)
        }
    }

    /// Bounded texts and nobody's number: all of it goes into a log.
    fn well_formed(&self) -> Result<(), CaseFault> {
        let staff = [&self.asked_by, &self.approved_by];
        if staff.into_iter().any(|name| may_hold_id_number(name)) || holds_id_number(&self.basis) {
            return Err(CaseFault::PersonalData);
        }
        let is_query = match &self.target {
            ErasureTarget::Query(query) => {
                (1..=64).contains(&query.len()) && query.bytes().all(|b| b.is_ascii_graphic())
            }
            ErasureTarget::Index(_) | ErasureTarget::SubjectOfIndex(_) => true,
        };
        let good = is_node_id(&self.node)
            && is_query
            && staff.into_iter().all(|name| is_staff_name(name))
            && self.asked_by != self.approved_by
            && is_number(&self.basis)
            && !self.basis.trim().is_empty();
        if good {
            Ok(())
        } else {
            Err(CaseFault::Malformed)
        }
    }
}

pub(crate) fn signed_bytes(body: &str) -> Vec<u8> {
    [SIGNATURE_DOMAIN, body.as_bytes()].concat()
}

impl TrustList {
    /// Opens an erasure that two officers of `node` have signed: the two that it names.
    ///
    /// # Errors
    /// One of them is no officer of the node or has not signed, or it is another node's.
    pub fn erasure(
        &self,
        node: &str,
        signed: &SignedErasure,
    ) -> Result<ErasureStatement, CaseFault> {
        if signed.body.len() > ERASURE_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        let officers = &self.node(node).ok_or(CaseFault::UnknownNode)?.officers;
        // INVARIANT: nothing is believed before both have signed; the names only say whose keys.
        let statement = ErasureStatement::decode(&signed.body)?;
        if statement.node != node {
            return Err(CaseFault::WrongNode);
        }
        for name in [&statement.asked_by, &statement.approved_by] {
            let key = officers.get(name).ok_or(CaseFault::NotAnOfficer)?;
            let signature = signed
                .signatures
                .get(name)
                .ok_or(CaseFault::ApproverMissing)?;
            let signature = data_encoding::HEXLOWER.decode(signature.as_bytes());
            let signature = signature.map_err(|_| CaseFault::ForgedApproval)?;
            UnparsedPublicKey::new(&ED25519, key)
                .verify(&signed_bytes(&signed.body), &signature)
                .map_err(|_| CaseFault::ForgedApproval)?;
        }
        Ok(statement)
    }
}

#[cfg(test)]
mod tests {
    use catalog::Source;
    use ring::rand::SystemRandom;
    use time::macros::datetime;

    use super::*;
    use crate::OfficerKey;

    fn officer() -> OfficerKey {
        let random = SystemRandom::new();
        let key = OfficerKey::generate_pkcs8(&random).unwrap();
        OfficerKey::from_pkcs8(&key).unwrap()
    }

    fn statement() -> ErasureStatement {
        ErasureStatement {
            node: "city".into(),
            target: ErasureTarget::SubjectOfIndex(4),
            basis: "PIPL-47-2026-11".into(),
            asked_by: "officer-1".into(),
            approved_by: "officer-2".into(),
            issued_at: datetime!(2026-11-26 10:00 +8),
            nonce: [7; NONCE_BYTES],
        }
    }

    #[test]
    fn both_officers_of_the_node_must_have_signed_these_very_words() {
        let (one, two, stranger) = (officer(), officer(), officer());
        let text = format!(
            "[[node]]\nid = \"city\"\ncenter_code = \"C11000\"\nzh = \"中心\"\nen = \"center\"\n\
             phone = \"010\"\ncase_key = \"{}\"\n[[node.officers]]\nname = \"officer-1\"\n\
             key = \"{}\"\n[[node.officers]]\nname = \"officer-2\"\nkey = \"{}\"\n",
            stranger.public_key_hex(),
            one.public_key_hex(),
            two.public_key_hex()
        );
        let source = Source {
            name: "trust.toml",
            text: &text,
        };
        let trust = TrustList::parse(&source).unwrap();
        let body = statement().encode().unwrap();
        let sign = |key: &OfficerKey| key.sign_erasure(&body).unwrap();
        let signed = |pairs: [(&str, &OfficerKey); 2]| SignedErasure {
            body: body.clone(),
            signatures: pairs.map(|(name, key)| (name.to_owned(), sign(key))).into(),
        };
        let good = signed([("officer-1", &one), ("officer-2", &two)]);
        assert_eq!(trust.erasure("city", &good).unwrap(), statement());
        let forged = signed([("officer-1", &one), ("officer-2", &one)]);
        assert!(matches!(
            trust.erasure("city", &forged),
            Err(CaseFault::ForgedApproval)
        ));
        let strange = signed([("officer-1", &stranger), ("officer-2", &two)]);
        assert!(matches!(
            trust.erasure("city", &strange),
            Err(CaseFault::ForgedApproval)
        ));
        let mut alone = good.clone();
        alone.signatures.remove("officer-2");
        assert!(matches!(
            trust.erasure("city", &alone),
            Err(CaseFault::ApproverMissing)
        ));
        let mut other = good.clone();
        other.body = other
            .body
            .replace("\"subject-of-index\":4", "\"subject-of-index\":5");
        assert!(matches!(
            trust.erasure("city", &other),
            Err(CaseFault::ForgedApproval)
        ));
        assert!(trust.erasure("tielu", &good).is_err());
    }

    #[test]
    fn one_person_is_not_two_and_nobody_is_named() {
        let twice = ErasureStatement {
            approved_by: "officer-1".into(),
            ..statement()
        };
        assert_eq!(twice.encode(), Err(CaseFault::Malformed));
        let named = ErasureStatement {
            basis: "310101199001010012".into(),
            ..statement()
        };
        assert_eq!(named.encode(), Err(CaseFault::PersonalData));
        let unfounded = ErasureStatement {
            basis: " ".into(),
            ..statement()
        };
        assert_eq!(unfounded.encode(), Err(CaseFault::Malformed));
        let padded = statement().encode().unwrap().replace(':', ": ");
        assert_eq!(ErasureStatement::decode(&padded), Err(CaseFault::Malformed));
    }
}
