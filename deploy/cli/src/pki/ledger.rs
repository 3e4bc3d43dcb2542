//! The authority's list of what it has issued, `ca.toml`.
//!
//! Refuses a list it does not fully understand: an entry lost would be a certificate that nobody
//! can revoke.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rcgen::SerialNumber;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{PkiError, files};

/// A certificate that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedCertificate {
    /// The serial number, in lower-case hexadecimal.
    pub serial: String,
    /// `node`, `hub` or `staff`.
    pub kind: String,
    /// The name of the peer.
    pub name: String,
    /// When it was issued.
    #[serde(with = "time::serde::rfc3339")]
    pub issued: OffsetDateTime,
    /// When it ends.
    #[serde(with = "time::serde::rfc3339")]
    pub not_after: OffsetDateTime,
    /// When it was revoked, if it was.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub revoked: Option<OffsetDateTime>,
}

impl IssuedCertificate {
    pub(super) fn serial_number(&self, dir: &Path) -> Result<SerialNumber, PkiError> {
        match HEXLOWER.decode(self.serial.as_bytes()) {
            Ok(bytes) if !bytes.is_empty() => Ok(SerialNumber::from_slice(&bytes)),
            _ => Err(PkiError::Ledger {
                file: Ledger::path(dir),
                reason: format!("`{}` is no serial number", self.serial),
            }),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ledger {
    pub(super) trust_domain: String,
    pub(super) crl_number: u64,
    #[serde(default, rename = "certificate")]
    pub(super) certificates: Vec<IssuedCertificate>,
}

impl Ledger {
    pub(super) fn path(dir: &Path) -> PathBuf {
        dir.join("ca.toml")
    }

    pub(super) fn new(trust_domain: &str) -> Self {
        Self {
            trust_domain: trust_domain.to_owned(),
            crl_number: 0,
            certificates: Vec::new(),
        }
    }

    pub(super) fn read(dir: &Path) -> Result<Self, PkiError> {
        let file = Self::path(dir);
        let text = files::read(&file)?;
        toml::from_str(&text).map_err(|error| PkiError::Ledger {
            file,
            reason: error.message().to_owned(),
        })
    }

    pub(super) fn write(&self, dir: &Path) -> Result<(), PkiError> {
        let file = Self::path(dir);
        match toml::to_string(self) {
            Ok(text) => files::write(&file, text.as_bytes()),
            Err(error) => Err(PkiError::Ledger {
                file,
                reason: error.to_string(),
            }),
        }
    }

    pub(super) fn enter(&mut self, certificate: IssuedCertificate) {
        self.certificates.push(certificate);
    }

    /// Marks the certificates that fit and are still good; gives their serial numbers.
    pub(super) fn revoke(
        &mut self,
        now: OffsetDateTime,
        fits: impl Fn(&IssuedCertificate) -> bool,
    ) -> Vec<String> {
        let mut serials = Vec::new();
        for entry in &mut self.certificates {
            if entry.revoked.is_none() && fits(entry) {
                entry.revoked = Some(now);
                serials.push(entry.serial.clone());
            }
        }
        serials
    }
}
