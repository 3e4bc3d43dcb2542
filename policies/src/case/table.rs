//! The result table of a list, counted and signed by the node that asked: whoever is handed the
//! table can tell that it is whole. Refuses one that another node signed.

use std::fmt;

use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{CaseFault, CaseSigner, hex, is_number};
use crate::flow::{FlowId, is_node_id};

/// Separates these signatures from any other use of the same key.
const TABLE_DOMAIN: &[u8] = b"tianshu/table/v1\0";
/// Largest word about a table.
const TABLE_BODY_BYTES_MAX: usize = 4 * 1024;

/// What a node says about the results of one list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultTable {
    /// The node that asked.
    pub node: String,
    /// Number of the case there.
    pub case_no: String,
    /// The flow.
    pub flow: FlowId,
    /// Lines of the list.
    pub lines: usize,
    /// Lines answered.
    pub answered: usize,
    /// Lines refused.
    pub refused: usize,
    /// Lines neither answered nor refused.
    pub not_asked: usize,
    /// When it was signed.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// SHA-256 over the lines as they were given out, each with its line feed.
    #[serde(with = "hex")]
    pub sha256: [u8; 32],
}

/// Case numbers belong in the audit log, not in a debug line.
impl fmt::Debug for ResultTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ResultTable");
        shown.field("node", &self.node).field("lines", &self.lines);
        shown.finish_non_exhaustive()
    }
}

/// A word about a table with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTable {
    /// A [`ResultTable`] as JSON.
    pub body: Vec<u8>,
    /// Ed25519 by the node's case key over domain and body.
    pub signature: Vec<u8>,
}

impl CaseSigner {
    /// Signs a table.
    ///
    /// # Errors
    /// No verifier would read it.
    pub fn sign_table(&self, table: &ResultTable) -> Result<SignedTable, CaseFault> {
        let body = serde_json::to_vec(table).map_err(|_| CaseFault::Malformed)?;
        if body.len() > TABLE_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        let signature = self.0.sign(&[TABLE_DOMAIN, &body].concat());
        Ok(SignedTable {
            signature: signature.as_ref().to_vec(),
            body,
        })
    }
}

impl SignedTable {
    /// Reads the table if `key` signed it. INVARIANT: nothing is parsed before that.
    pub(crate) fn open(&self, key: &[u8; 32]) -> Result<ResultTable, CaseFault> {
        if self.body.len() > TABLE_BODY_BYTES_MAX {
            return Err(CaseFault::TooLarge);
        }
        UnparsedPublicKey::new(&ED25519, key)
            .verify(&[TABLE_DOMAIN, &self.body].concat(), &self.signature)
            .map_err(|_| CaseFault::BadSignature)?;
        let table: ResultTable =
            serde_json::from_slice(&self.body).map_err(|_| CaseFault::Malformed)?;
        let adds_up = table.answered.checked_add(table.refused).and_then(|done| {
            let all = done.checked_add(table.not_asked)?;
            (all == table.lines).then_some(())
        });
        if is_node_id(&table.node) && is_number(&table.case_no) && adds_up.is_some() {
            Ok(table)
        } else {
            Err(CaseFault::Malformed)
        }
    }
}
