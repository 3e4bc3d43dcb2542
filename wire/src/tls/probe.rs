//! Asking the hub whether it would have us, and hearing its answer for certain.
//!
//! A TLS 1.3 client believes the handshake done before the server has looked at its certificate,
//! and whoever writes at once may lose the alert. The probe writes nothing and listens.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, Error};
use tokio::io::AsyncReadExt;
use tokio::net::ToSocketAddrs;
use tokio::time::timeout;

use super::client::ClientTls;
use super::connect::{ConnectError, dial};
use super::refusal::{RefusalReason, rustls_error};

/// Longest time a probe waits for the hub to speak.
pub const PROBE_LIMIT: Duration = Duration::from_secs(5);

/// What a handshake with the hub came to, when it did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeAlert {
    /// The hub does not know the authority of our certificate, or cannot tell whether it is
    /// revoked.
    #[error("the hub does not trust the authority of our certificate")]
    UnknownCa,
    /// Our certificate is revoked.
    #[error("our certificate is revoked")]
    Revoked,
    /// Our certificate is outside its dates.
    #[error("our certificate is outside its dates")]
    Expired,
    /// The hub wants a certificate and got none.
    #[error("the hub asks for a certificate")]
    CertificateRequired,
    /// Our certificate is genuine but names nobody the hub lets in.
    #[error("the hub does not admit the name in our certificate")]
    IdentityRefused,
    /// The two ends share no version of the protocol.
    #[error("the hub speaks no common version of tls")]
    WrongVersion,
    /// It was us: the certificate that the hub presented is not acceptable.
    #[error("the certificate of the hub is refused: {0}")]
    HubRefused(RefusalReason),
    /// The connection ended without a word.
    #[error("the hub closed the connection without a reason")]
    Closed,
    /// The hub stayed silent.
    #[error("the hub did not answer in time")]
    Silent,
    /// No connection came about.
    #[error("the hub cannot be reached")]
    Unreachable,
    /// Another alert, by its name, or another fault of the protocol.
    #[error("the handshake failed: {0}")]
    Other(String),
}

impl HandshakeAlert {
    pub(crate) fn of_io(error: &io::Error) -> Self {
        match rustls_error(error) {
            Some(fault) => Self::of(fault),
            None => Self::Closed,
        }
    }

    fn of(error: &Error) -> Self {
        match error {
            Error::AlertReceived(alert) => Self::of_alert(*alert),
            Error::InvalidCertificate(_) => Self::HubRefused(RefusalReason::of(error)),
            Error::PeerIncompatible(_) => Self::WrongVersion,
            other => Self::Other(other.to_string()),
        }
    }

    fn of_alert(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::UnknownCA | AlertDescription::DecryptError => Self::UnknownCa,
            AlertDescription::CertificateRevoked => Self::Revoked,
            AlertDescription::CertificateExpired => Self::Expired,
            AlertDescription::CertificateRequired => Self::CertificateRequired,
            AlertDescription::AccessDenied => Self::IdentityRefused,
            AlertDescription::ProtocolVersion => Self::WrongVersion,
            other => Self::Other(format!("{other:?}")),
        }
    }

    /// Looks for an alert among the causes of an error, for example one that tonic reports. Often
    /// there is none though the hub sent one: then [`probe`].
    #[must_use]
    pub fn find(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(alert) = error.downcast_ref::<Self>() {
                return Some(alert.clone());
            }
            if let Some(fault) = error.downcast_ref::<io::Error>().and_then(rustls_error) {
                return Some(Self::of(fault));
            }
            if let Some(fault) = error.downcast_ref::<Error>() {
                return Some(Self::of(fault));
            }
            cause = error.source();
        }
        None
    }
}

/// Connects, does the handshake and waits for the first byte or the alert of the hub. A hub that
/// accepts us speaks first (the settings of HTTP/2).
///
/// # Errors
/// What the hub, or our own check of it, had against the connection.
pub async fn probe(address: impl ToSocketAddrs, client: &ClientTls) -> Result<(), HandshakeAlert> {
    let asked = async {
        let mut stream = dial(client, address).await.map_err(|error| match error {
            ConnectError::Handshake(alert) => alert,
            ConnectError::TimedOut => HandshakeAlert::Silent,
            ConnectError::BadAddress | ConnectError::Unreachable(_) => HandshakeAlert::Unreachable,
        })?;
        let mut first = [0_u8; 1];
        match stream.read(&mut first).await {
            Ok(0) => Err(HandshakeAlert::Closed),
            Ok(_) => Ok(()),
            Err(error) => Err(HandshakeAlert::of_io(&error)),
        }
    };
    timeout(PROBE_LIMIT, asked)
        .await
        .unwrap_or(Err(HandshakeAlert::Silent))
}
