//! A development certification authority: it lets a sandbox, a test or a first installation speak
//! mutual TLS within a minute.
//!
//! It refuses to be more than that: its key lies unprotected in a file, so whoever reads the folder
//! can name himself any node. A production star takes its certificates from an authority with a
//! guarded key; the form of the certificates is the same.

mod files;
mod form;
mod keys;
mod ledger;

pub use keys::{
    write_case_key, write_log_key, write_officer_key, write_successor_key, write_tag_key,
    write_witness_key,
};
pub use ledger::IssuedCertificate;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rcgen::{
    CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevocationReason,
    RevokedCertParams, SerialNumber,
};
use time::{Duration, OffsetDateTime};
use wire::identity::{IdentityFault, PeerKind, PeerUri, check_trust_domain, serial_text};

use form::{CLOCK_SKEW, ca_params, leaf_params, serial};
use ledger::Ledger;

/// How long the authority's own certificate is valid.
pub const CA_VALIDITY: Duration = Duration::days(3650);
/// How long a certificate is valid unless told otherwise.
pub const LEAF_VALIDITY: Duration = Duration::days(90);
/// How long a revocation list may be used unless told otherwise; then it must be signed again.
pub const CRL_VALIDITY: Duration = Duration::days(30);

const CA_CERTIFICATE: &str = "ca.pem";
const CA_KEY: &str = "ca.key.pem";
const CRL: &str = "crl.pem";

/// Why the authority cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// There is an authority in the folder already.
    #[error("`{}` holds an authority already", .0.display())]
    Exists(PathBuf),
    /// There is no authority in the folder.
    #[error("`{}` holds no authority; make one with `tianshu pki init`", .0.display())]
    Missing(PathBuf),
    /// A file that would be overwritten.
    #[error("`{}` exists already and is not overwritten", .0.display())]
    WouldOverwrite(PathBuf),
    /// A file could not be read or written.
    #[error("`{}` cannot be read or written", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// The list of certificates is damaged.
    #[error("`{}` cannot be understood: {reason}", .file.display())]
    Ledger {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A name outside the grammar of identities.
    #[error("{0}")]
    Name(#[from] IdentityFault),
    /// A certificate that would end before it begins.
    #[error("the certificate would end before it begins")]
    EndsBeforeItBegins,
    /// No certificate fits.
    #[error("no certificate that is still good fits `{0}`")]
    Unknown(String),
    /// Making or reading a key or a certificate failed.
    #[error("the certificate could not be made: {0}")]
    Crypto(String),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandom,
}

impl From<rcgen::Error> for PkiError {
    fn from(error: rcgen::Error) -> Self {
        Self::Crypto(error.to_string().to_lowercase())
    }
}

/// Where the files of one certificate are; the four that a TLS end needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedPaths {
    /// The certificate, `cert.pem`.
    pub certificate: PathBuf,
    /// Its key, `key.pem`, readable by its owner alone.
    pub key: PathBuf,
    /// A copy of the authority's certificate, `ca.pem`.
    pub ca: PathBuf,
    /// A copy of the revocation list of now, `crl.pem`. An end on the same machine may follow
    /// [`DevCa::crl_path`] instead.
    pub crl: PathBuf,
    /// The serial number, as revocation wants it.
    pub serial: String,
    /// The name in the certificate.
    pub identity: PeerUri,
}

/// A development certification authority in a folder. The folder is the authority: every call reads
/// the list of certificates again under a lock, so that several programs may use one folder.
pub struct DevCa {
    dir: PathBuf,
    trust_domain: String,
    issuer: Issuer<'static, KeyPair>,
}

impl fmt::Debug for DevCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevCa")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl DevCa {
    /// Makes an authority in `dir`, with an empty revocation list.
    ///
    /// # Errors
    /// When there is one already, the trust domain is outside the grammar, or a file cannot be
    /// written.
    pub fn init(dir: &Path, trust_domain: &str, now: OffsetDateTime) -> Result<Self, PkiError> {
        check_trust_domain(trust_domain)?;
        files::make_folder(dir)?;
        let _lock = files::lock(dir)?;
        if Ledger::path(dir).exists() || dir.join(CA_KEY).exists() {
            return Err(PkiError::Exists(dir.to_owned()));
        }
        let key = KeyPair::generate()?;
        let mut params = ca_params(trust_domain);
        params.not_before = now - CLOCK_SKEW;
        params.not_after = now + CA_VALIDITY;
        params.serial_number = Some(serial()?);
        let certificate = params.self_signed(&key)?;
        files::write_secret(&dir.join(CA_KEY), key.serialize_pem().as_bytes())?;
        files::write(&dir.join(CA_CERTIFICATE), certificate.pem().as_bytes())?;
        let ca = Self {
            dir: dir.to_owned(),
            trust_domain: trust_domain.to_owned(),
            issuer: Issuer::new(params, key),
        };
        let mut ledger = Ledger::new(trust_domain);
        ca.sign_crl(&mut ledger, now, now + CRL_VALIDITY)?;
        Ok(ca)
    }

    /// Opens the authority in `dir`.
    ///
    /// # Errors
    /// When there is none, or its files cannot be read.
    pub fn open(dir: &Path) -> Result<Self, PkiError> {
        if !Ledger::path(dir).exists() {
            return Err(PkiError::Missing(dir.to_owned()));
        }
        let ledger = Ledger::read(dir)?;
        let key = KeyPair::from_pem(&files::read(&dir.join(CA_KEY))?)?;
        // The name in the certificate follows from the trust domain: nothing of it need be parsed.
        let params = ca_params(&ledger.trust_domain);
        Ok(Self {
            dir: dir.to_owned(),
            trust_domain: ledger.trust_domain,
            issuer: Issuer::new(params, key),
        })
    }

    /// The trust domain of every certificate made here.
    #[must_use]
    pub fn trust_domain(&self) -> &str {
        &self.trust_domain
    }

    /// The authority's certificate.
    #[must_use]
    pub fn ca_path(&self) -> PathBuf {
        self.dir.join(CA_CERTIFICATE)
    }

    /// The revocation list, signed again by every revocation.
    #[must_use]
    pub fn crl_path(&self) -> PathBuf {
        self.dir.join(CRL)
    }

    /// Makes a key and a certificate for a peer and writes them into the folder `out`, over those
    /// that are there: a certificate is renewed by issuing it again. What was issued before stays
    /// good until it is revoked or ends.
    ///
    /// # Errors
    /// When the name is outside the grammar, the dates make no sense, or a file cannot be written.
    pub fn issue(
        &self,
        kind: PeerKind,
        name: &str,
        validity: Validity,
        out: &Path,
    ) -> Result<IssuedPaths, PkiError> {
        self.issue_at(kind, name, validity, out, &[])
    }

    /// As [`DevCa::issue`], for an end that browsers reach as well: under these host names and
    /// addresses.
    ///
    /// # Errors
    /// As [`DevCa::issue`], or a host name cannot stand in a certificate.
    pub fn issue_at(
        &self,
        kind: PeerKind,
        name: &str,
        validity: Validity,
        out: &Path,
        hosts: &[String],
    ) -> Result<IssuedPaths, PkiError> {
        let identity = PeerUri::new(&self.trust_domain, kind, name)?;
        if validity.until <= validity.from {
            return Err(PkiError::EndsBeforeItBegins);
        }
        let serial = serial()?;
        let text = serial_text(&serial.to_bytes());
        let key = KeyPair::generate()?;
        let certificate =
            leaf_params(&identity, serial, validity, hosts)?.signed_by(&key, &self.issuer)?;
        let _lock = files::lock(&self.dir)?;
        let mut ledger = Ledger::read(&self.dir)?;
        ledger.enter(IssuedCertificate {
            serial: text.clone(),
            kind: kind.as_str().to_owned(),
            name: name.to_owned(),
            issued: validity.from,
            not_after: validity.until,
            revoked: None,
        });
        // On the list first: a certificate that nobody could revoke must never exist.
        ledger.write(&self.dir)?;
        files::make_folder(out)?;
        let paths = IssuedPaths {
            certificate: out.join("cert.pem"),
            key: out.join("key.pem"),
            ca: out.join(CA_CERTIFICATE),
            crl: out.join(CRL),
            serial: text,
            identity,
        };
        files::write_secret(&paths.key, key.serialize_pem().as_bytes())?;
        files::write(&paths.certificate, certificate.pem().as_bytes())?;
        for (from, to) in [(self.ca_path(), &paths.ca), (self.crl_path(), &paths.crl)] {
            files::write(to, files::read(&from)?.as_bytes())?;
        }
        Ok(paths)
    }

    /// Every certificate ever made here, in order.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn certificates(&self) -> Result<Vec<IssuedCertificate>, PkiError> {
        Ok(Ledger::read(&self.dir)?.certificates)
    }

    /// Revokes the certificate with this serial number and signs the revocation list again.
    ///
    /// # Errors
    /// When there is no such certificate, or it is revoked already.
    pub fn revoke(&self, serial: &str, now: OffsetDateTime) -> Result<(), PkiError> {
        let wanted = serial.to_ascii_lowercase().replace(':', "");
        let revoked = self.revoke_where(now, |entry| entry.serial == wanted)?;
        if revoked.is_empty() {
            return Err(PkiError::Unknown(serial.to_owned()));
        }
        Ok(())
    }

    /// Revokes every certificate of a peer that is still good, signs the revocation list again and
    /// gives the serial numbers.
    ///
    /// # Errors
    /// When the peer has none.
    pub fn revoke_peer(
        &self,
        kind: PeerKind,
        name: &str,
        now: OffsetDateTime,
    ) -> Result<Vec<String>, PkiError> {
        let revoked = self.revoke_where(now, |entry| {
            entry.kind == kind.as_str() && entry.name == name
        })?;
        if revoked.is_empty() {
            return Err(PkiError::Unknown(format!("{kind}/{name}")));
        }
        Ok(revoked)
    }

    /// Signs the revocation list again, good for [`CRL_VALIDITY`] from now.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn write_crl(&self, now: OffsetDateTime) -> Result<(), PkiError> {
        self.write_crl_until(now, now + CRL_VALIDITY)
    }

    /// Signs the revocation list again with the next update given.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn write_crl_until(
        &self,
        now: OffsetDateTime,
        next_update: OffsetDateTime,
    ) -> Result<(), PkiError> {
        let _lock = files::lock(&self.dir)?;
        let mut ledger = Ledger::read(&self.dir)?;
        self.sign_crl(&mut ledger, now, next_update)
    }

    fn revoke_where(
        &self,
        now: OffsetDateTime,
        fits: impl Fn(&IssuedCertificate) -> bool,
    ) -> Result<Vec<String>, PkiError> {
        let _lock = files::lock(&self.dir)?;
        let mut ledger = Ledger::read(&self.dir)?;
        let revoked = ledger.revoke(now, fits);
        if !revoked.is_empty() {
            self.sign_crl(&mut ledger, now, now + CRL_VALIDITY)?;
        }
        Ok(revoked)
    }

    /// Signs the list and writes it, after the ledger that it is drawn from.
    fn sign_crl(
        &self,
        ledger: &mut Ledger,
        now: OffsetDateTime,
        next_update: OffsetDateTime,
    ) -> Result<(), PkiError> {
        ledger.crl_number = ledger.crl_number.saturating_add(1);
        let mut revoked_certs = Vec::new();
        for entry in &ledger.certificates {
            if let Some(revoked) = entry.revoked {
                revoked_certs.push(RevokedCertParams {
                    serial_number: entry.serial_number(&self.dir)?,
                    revocation_time: revoked,
                    reason_code: Some(RevocationReason::Unspecified),
                    invalidity_date: None,
                });
            }
        }
        let params = CertificateRevocationListParams {
            this_update: now - CLOCK_SKEW,
            next_update,
            crl_number: SerialNumber::from(ledger.crl_number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let pem = params.signed_by(&self.issuer)?.pem()?;
        ledger.write(&self.dir)?;
        files::write(&self.crl_path(), pem.as_bytes())
    }
}

/// From when until when a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment, as told; the certificate begins a little earlier for clocks that are
    /// behind.
    pub from: OffsetDateTime,
    /// The last moment.
    pub until: OffsetDateTime,
}

impl Validity {
    /// [`LEAF_VALIDITY`] from now.
    #[must_use]
    pub fn usual(now: OffsetDateTime) -> Self {
        Self {
            from: now,
            until: now + LEAF_VALIDITY,
        }
    }
}

#[cfg(test)]
mod tests;
