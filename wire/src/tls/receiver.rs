//! The end that sends the log away: mutual TLS 1.3 to a receiver outside the star. It is known by
//! its DNS name or address and its own authority, and knows us by a certificate of that world.
//!
//! Nothing of the star's trust is used here: the star's authority vouches for no receiver, and a
//! receiver's authority for no node.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::connect::ConnectError;
use super::files::{Faults, TlsError, TlsFault, certified, list, private_key, roots};
use super::probe::HandshakeAlert;
use super::provider;

/// Where the files are, all in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverTlsFiles {
    /// Our certificate for this receiver, followed by its intermediates.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authorities that vouch for the receiver.
    pub ca: PathBuf,
    /// Their revocation lists, where they publish any.
    pub crl: Option<PathBuf>,
}

/// A receiver's name and what it must prove.
#[derive(Clone)]
pub struct ReceiverTls {
    files: ReceiverTlsFiles,
    name: ServerName<'static>,
}

impl fmt::Debug for ReceiverTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverTls")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl ReceiverTls {
    /// Reads the files once, so that a fault is found at a start; they are read again for every
    /// connection, so that a renewed certificate needs no restart.
    ///
    /// # Errors
    /// Every fault of every file, or a name that is neither a DNS name nor an address.
    pub fn load(files: &ReceiverTlsFiles, name: &str) -> Result<Self, TlsError> {
        let name = ServerName::try_from(name.to_owned()).map_err(|_| TlsError {
            faults: vec![TlsFault {
                file: files.ca.clone(),
                reason: format!("`{name}` is neither a dns name nor an address"),
            }],
        })?;
        let tls = Self {
            files: files.clone(),
            name,
        };
        tls.config().map(|_| tls)
    }

    fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let files = &self.files;
        let provider = provider();
        let mut faults = Faults::default();
        let chain = faults.keep(&files.certificate, list(&files.certificate, "certificate"));
        let key = faults.keep(&files.key, private_key(&files.key));
        let roots = faults.keep(&files.ca, roots(&files.ca));
        let crls = match &files.crl {
            Some(crl) => faults.keep(crl, list(crl, "revocation list")),
            None => Vec::new(),
        };
        let certified = match key {
            Some(key) if !chain.is_empty() => {
                faults.keep(&files.key, certified(chain, key, &provider).map(Some))
            }
            _ => None,
        };
        let Some(certified) = certified.filter(|_| faults.0.is_empty()) else {
            return Err(TlsError { faults: faults.0 });
        };
        let fault = |reason: String| TlsError {
            faults: vec![TlsFault {
                file: files.ca.clone(),
                reason: reason.to_lowercase(),
            }],
        };
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let verifier = if crls.is_empty() {
            verifier
        } else {
            verifier
                .with_crls(crls)
                .only_check_end_entity_revocation()
                .enforce_revocation_expiration()
        };
        let verifier = verifier.build().map_err(|e| fault(e.to_string()))?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|e| fault(e.to_string()))?
            .with_webpki_verifier(verifier)
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        Ok(Arc::new(config))
    }

    /// Connects to `address` (`host:port`) and does the handshake within `limit`. That the receiver
    /// lets us in shows only when it stays: a client of TLS 1.3 is done before it is looked at.
    ///
    /// # Errors
    /// The files are broken now, nobody answers, or the receiver is not who it should be.
    pub async fn connect(
        &self,
        address: &str,
        limit: Duration,
    ) -> Result<ReceiverStream, ReceiverError> {
        let config = self.config()?;
        let dialled = async {
            let unreachable = ConnectError::Unreachable;
            let tcp = TcpStream::connect(address).await.map_err(unreachable)?;
            tcp.set_nodelay(true).map_err(ConnectError::Unreachable)?;
            TlsConnector::from(config)
                .connect(self.name.clone(), tcp)
                .await
                .map_err(|error| ConnectError::Handshake(HandshakeAlert::of_io(&error)))
        };
        let stream = timeout(limit, dialled)
            .await
            .map_err(|_| ConnectError::TimedOut)??;
        Ok(ReceiverStream(stream))
    }
}

/// Why a receiver cannot be connected to.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// Our files for it.
    #[error(transparent)]
    Files(#[from] TlsError),
    /// The connection.
    #[error("the receiver cannot be used")]
    Connect(#[from] ConnectError),
}

/// A connection to a receiver.
#[derive(Debug)]
pub struct ReceiverStream(TlsStream<TcpStream>);

impl AsyncRead for ReceiverStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl AsyncWrite for ReceiverStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
