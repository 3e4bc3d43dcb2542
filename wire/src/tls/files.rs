//! The four files a TLS end lives on: certificate, key, authorities, revocation list.
//!
//! Refuses files it cannot use in full, all faults at once. An empty revocation list file is a
//! fault: rustls would take it for "check no revocation at all".

use std::fmt;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use time::OffsetDateTime;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use crate::identity::{PeerIdentity, PeerKind};

/// Mode bits by which everybody on the machine could touch a key.
const WORLD: u32 = 0o007;

/// Where the four files are, all in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate, followed by its intermediates.
    pub certificate: PathBuf,
    /// Our private key.
    pub key: PathBuf,
    /// The certification authorities trusted.
    pub ca: PathBuf,
    /// Their revocation lists.
    pub crl: PathBuf,
}

/// What is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFault {
    /// The file.
    pub file: PathBuf,
    /// The fault, in words.
    pub reason: String,
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.file.display(), self.reason)
    }
}

/// Why TLS cannot be set up: every fault of every file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tls cannot be set up: {}", joined(.faults))]
pub struct TlsError {
    /// All faults found, at least one.
    pub faults: Vec<TlsFault>,
}

fn joined(faults: &[TlsFault]) -> String {
    faults
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// What an end is running on, for health pages and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsStatus {
    /// Our own identity; its `not_after` says when to renew.
    pub own: PeerIdentity,
    /// How many serial numbers the revocation lists hold.
    pub revoked: usize,
    /// When the first of the revocation lists must be replaced; past it, nobody new is let in.
    pub crl_next_update: Option<OffsetDateTime>,
}

/// The files, read and understood.
pub(crate) struct Material {
    pub(crate) certified: Arc<CertifiedKey>,
    pub(crate) roots: Arc<RootCertStore>,
    pub(crate) crls: Vec<CertificateRevocationListDer<'static>>,
    pub(crate) status: TlsStatus,
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Material")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// What our own certificate must say for the end to be of use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnRule<'a> {
    pub(crate) trust_domain: &'a str,
    pub(crate) kinds: &'a [PeerKind],
}

impl Material {
    /// Reads the four files.
    pub(crate) fn read(
        files: &TlsFiles,
        provider: &CryptoProvider,
        rule: OwnRule<'_>,
    ) -> Result<Self, TlsError> {
        let mut faults = Faults::default();
        let chain: Vec<CertificateDer<'static>> =
            faults.keep(&files.certificate, list(&files.certificate, "certificate"));
        let own = faults.keep(&files.certificate, own_identity(&chain, rule));
        let key = faults.keep(&files.key, private_key(&files.key));
        let roots = faults.keep(&files.ca, roots(&files.ca));
        let crls = faults.keep(&files.crl, list(&files.crl, "revocation list"));
        let (revoked, crl_next_update) = faults.keep(&files.crl, crl_summary(&crls));
        let certified = match key {
            Some(key) if !chain.is_empty() => {
                faults.keep(&files.key, certified(chain, key, provider).map(Some))
            }
            _ => None,
        };
        match (own, certified) {
            (Some(own), Some(certified)) if faults.0.is_empty() => Ok(Self {
                certified,
                roots: Arc::new(roots),
                crls,
                status: TlsStatus {
                    own,
                    revoked,
                    crl_next_update,
                },
            }),
            _ => Err(TlsError { faults: faults.0 }),
        }
    }
}

/// Collects faults so that an operator sees all of them in one run.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<TlsFault>);

impl Faults {
    pub(super) fn keep<T: FaultValue>(&mut self, file: &Path, result: Result<T, String>) -> T {
        result.unwrap_or_else(|reason| {
            // An empty reason repeats a fault that stands in the list already.
            if !reason.is_empty() {
                self.0.push(TlsFault {
                    file: file.to_owned(),
                    reason,
                });
            }
            T::nothing()
        })
    }
}

/// What stands in for a value that could not be read, so that reading can go on.
pub(super) trait FaultValue {
    fn nothing() -> Self;
}

impl<T> FaultValue for Option<T> {
    fn nothing() -> Self {
        None
    }
}

impl<T> FaultValue for Vec<T> {
    fn nothing() -> Self {
        Self::new()
    }
}

impl FaultValue for RootCertStore {
    fn nothing() -> Self {
        Self::empty()
    }
}

impl FaultValue for (usize, Option<OffsetDateTime>) {
    fn nothing() -> Self {
        (0, None)
    }
}

pub(super) fn list<T: PemObject>(file: &Path, what: &str) -> Result<Vec<T>, String> {
    let bytes = std::fs::read(file).map_err(unreadable)?;
    let found: Result<Vec<T>, _> = T::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if found.is_empty() => Err(format!("holds no {what}")),
        Ok(found) => Ok(found),
        Err(_) => Err(format!("holds a {what} that is not in pem")),
    }
}

fn own_identity(
    chain: &[CertificateDer<'static>],
    rule: OwnRule<'_>,
) -> Result<Option<PeerIdentity>, String> {
    let Some(leaf) = chain.first() else {
        return Err(String::new());
    };
    let own = PeerIdentity::from_certificate(leaf).map_err(|fault| fault.to_string())?;
    if own.trust_domain != rule.trust_domain {
        return Err(format!(
            "belongs to trust domain `{}`, not `{}`",
            own.trust_domain, rule.trust_domain
        ));
    }
    if !rule.kinds.contains(&own.kind) {
        return Err(format!(
            "is a certificate of kind `{}`, which cannot be used here",
            own.kind
        ));
    }
    Ok(Some(own))
}

pub(super) fn private_key(file: &Path) -> Result<Option<PrivateKeyDer<'static>>, String> {
    let mode = std::fs::metadata(file)
        .map_err(unreadable)?
        .permissions()
        .mode();
    if mode & WORLD != 0 {
        return Err("can be read or changed by every user of this machine".to_owned());
    }
    let bytes = std::fs::read(file).map_err(unreadable)?;
    match PrivateKeyDer::from_pem_slice(&bytes) {
        Ok(key) => Ok(Some(key)),
        Err(_) => Err("holds no private key in pem".to_owned()),
    }
}

pub(super) fn roots(file: &Path) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for certificate in list::<CertificateDer<'static>>(file, "certificate")? {
        store
            .add(certificate)
            .map_err(|_| "holds a certificate that is no authority's")?;
    }
    Ok(store)
}

fn crl_summary(
    crls: &[CertificateRevocationListDer<'static>],
) -> Result<(usize, Option<OffsetDateTime>), String> {
    let mut revoked = 0;
    let mut first: Option<OffsetDateTime> = None;
    for crl in crls {
        let Ok((_, crl)) = CertificateRevocationList::from_der(crl) else {
            return Err("holds a revocation list that cannot be read".to_owned());
        };
        revoked += crl.iter_revoked_certificates().count();
        let next = crl.next_update().map(|at| at.to_datetime());
        first = match (first, next) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    Ok((revoked, first))
}

pub(super) fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, String> {
    CertifiedKey::from_der(chain, key, provider)
        .map(Arc::new)
        .map_err(|_| "does not belong to the certificate, or is of an unknown kind".to_owned())
}

fn unreadable(error: io::Error) -> String {
    format!("cannot be read: {}", error.to_string().to_lowercase())
}

/// A cheap mark by which a changed file is noticed, without reading it. The time of the last change
/// of the inode, not of the content: it also moves for a new mode, and copying does not preserve
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fingerprint([Option<(i64, i64, u64, u64)>; 4]);

impl Fingerprint {
    /// Looks at the files. A missing one has a mark of its own, so that its return is noticed.
    pub(crate) fn of(files: &TlsFiles) -> Self {
        let mark = |file: &Path| {
            std::fs::metadata(file)
                .ok()
                .map(|meta| (meta.ctime(), meta.ctime_nsec(), meta.len(), meta.ino()))
        };
        Self([
            mark(&files.certificate),
            mark(&files.key),
            mark(&files.ca),
            mark(&files.crl),
        ])
    }
}
