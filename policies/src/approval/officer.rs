//! The key of an officer, on the officer's own workstation. Signs nothing whose meaning it cannot
//! read.

use std::fmt;

use ring::rand::SecureRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::statement::{ApprovalStatement, signed_bytes};
use crate::case::{CaseFault, SignerFault};
use crate::erasure::{self, ErasureStatement};

/// The key with which an officer approves.
pub struct OfficerKey(Ed25519KeyPair);

impl OfficerKey {
    /// Makes a key and gives it as PKCS#8, to be stored by the caller.
    ///
    /// # Errors
    /// The random generator failed.
    pub fn generate_pkcs8(random: &dyn SecureRandom) -> Result<Vec<u8>, SignerFault> {
        let document = Ed25519KeyPair::generate_pkcs8(random).map_err(|_| SignerFault::NoRandom)?;
        Ok(document.as_ref().to_vec())
    }

    /// Reads a key from PKCS#8 version 2, the form ring writes.
    ///
    /// # Errors
    /// It is no such key.
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

    /// Signs these bytes, if they are a statement through and through.
    ///
    /// # Errors
    /// They are not.
    pub fn sign(&self, body: &[u8]) -> Result<Vec<u8>, CaseFault> {
        ApprovalStatement::decode(body)?;
        Ok(self.0.sign(&signed_bytes(body)).as_ref().to_vec())
    }

    /// Signs an erasure, in hex, if these bytes are one through and through.
    ///
    /// # Errors
    /// They are not.
    pub fn sign_erasure(&self, body: &str) -> Result<String, CaseFault> {
        ErasureStatement::decode(body)?;
        let signature = self.0.sign(&erasure::signed_bytes(body));
        Ok(data_encoding::HEXLOWER.encode(signature.as_ref()))
    }
}

impl fmt::Debug for OfficerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfficerKey(redacted)")
    }
}
