//! What is told of a handshake that was refused, so that the hub can put it on record.
//!
//! The name and serial of a refused certificate are claims, never identities: nothing here may be
//! used to decide anything.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use rustls::{CertificateError, Error};

use crate::identity::Presented;

/// Why a handshake was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefusalReason {
    /// The certificate does not chain to a certification authority trusted here.
    UnknownCa,
    /// The certificate is on the revocation list.
    Revoked,
    /// The certificate is outside its dates.
    Expired,
    /// No certificate was presented.
    NoCertificate,
    /// The certificate is genuine but names nobody who may come in here.
    BadIdentity,
    /// The peer does not offer TLS 1.3.
    WrongVersion,
    /// The handshake was not finished in time.
    TimedOut,
    /// A limit on handshakes or connections is reached.
    TooMany,
    /// A proven peer sent a flood of frames and was cut off.
    Flood,
    /// A proven peer sent a frame above the limit and was cut off.
    FrameSize,
    /// A proven peer sent headers that are too large or unreadable and was cut off.
    Headers,
    /// A proven peer broke the protocol in another way and was cut off.
    Protocol,
    /// A proven peer asked and did not read what it was answered, and was cut off.
    Unread,
    /// Our own revocation list is past its next update or does not cover the issuer, so that nobody
    /// can be shown to be still good. An operator must renew the list.
    RevocationUnknown,
    /// Anything else, such as bytes that are no TLS.
    Other,
}

impl RefusalReason {
    /// A stable word for logs, metrics and the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownCa => "unknown-ca",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::NoCertificate => "no-certificate",
            Self::BadIdentity => "bad-identity",
            Self::WrongVersion => "wrong-version",
            Self::TimedOut => "timed-out",
            Self::TooMany => "too-many",
            Self::Flood => "flood",
            Self::FrameSize => "frame-size",
            Self::Headers => "headers",
            Self::Protocol => "protocol",
            Self::Unread => "unread",
            Self::RevocationUnknown => "revocation-unknown",
            Self::Other => "other",
        }
    }

    /// Reads the reason out of a rustls error.
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(fault) => Self::of_certificate(fault),
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::PeerIncompatible(_) => Self::WrongVersion,
            _ => Self::Other,
        }
    }

    fn of_certificate(fault: &CertificateError) -> Self {
        match fault {
            CertificateError::UnknownIssuer
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                Self::UnknownCa
            }
            CertificateError::Revoked => Self::Revoked,
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Self::Expired,
            CertificateError::UnknownRevocationStatus
            | CertificateError::ExpiredRevocationList
            | CertificateError::ExpiredRevocationListContext { .. } => Self::RevocationUnknown,
            // A signature that does not fit its issuer: somebody used the name of our authority.
            CertificateError::BadSignature => Self::UnknownCa,
            _ => Self::BadIdentity,
        }
    }

    /// Reads the reason out of what tokio-rustls reports.
    pub(crate) fn of_io(error: &io::Error) -> Self {
        rustls_error(error).map_or(Self::Other, Self::of)
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The rustls error inside an I/O error, if that is what it is.
pub(crate) fn rustls_error(error: &io::Error) -> Option<&Error> {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>())
}

/// A handshake that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandshakeRefusal {
    /// Where the connection came from.
    pub peer: SocketAddr,
    /// Why it was refused.
    pub reason: RefusalReason,
    /// The serial number of the certificate shown, if one was seen. Unproven.
    pub serial: Option<String>,
    /// The name that the certificate claims, if one was seen. Unproven.
    pub claimed: Option<String>,
}

/// Where refusals are told. Called on the accepting task: it must not block.
pub type RefusalSink = Arc<dyn Fn(HandshakeRefusal) + Send + Sync>;

tokio::task_local! {
    // The verifier is shared by all connections and is told nothing about the one at hand; the
    // handshake's own task is the only thread of thought that ties the two together.
    static SHOWN: Arc<OnceLock<Presented>>;
}

/// Runs one handshake so that the certificate it shows to the verifier is kept in `shown`.
pub(crate) async fn witnessed<F: Future>(
    shown: Arc<OnceLock<Presented>>,
    handshake: F,
) -> F::Output {
    SHOWN.scope(shown, handshake).await
}

/// Called by the verifier with the certificate shown, before anything is checked.
pub(crate) fn note_shown(der: &[u8]) {
    // Outside a handshake (a later re-check of a live connection) there is nobody to tell.
    let _ = SHOWN.try_with(|shown| {
        let _ = shown.set(Presented::read(der));
    });
}
