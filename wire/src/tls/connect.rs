//! Dialling out: the connector that tonic's `Endpoint::connect_with_connector` is given.
//!
//! Knows no plaintext: whatever the scheme of the URI says, TLS is spoken. Use the `http` scheme,
//! because tonic takes `https` as a wish that it do TLS itself.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::codegen::http::Uri;

use super::client::ClientTls;
use super::dialled::HubConn;
use super::probe::HandshakeAlert;
use super::socket;

/// Longest time for connecting and the handshake together.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// Why the hub could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URI names no host and port.
    #[error("the address of the hub is not `http://host:port`")]
    BadAddress,
    /// Connecting and the handshake took too long.
    #[error("the hub did not answer in time")]
    TimedOut,
    /// No connection came about.
    #[error("the hub cannot be reached")]
    Unreachable(#[source] io::Error),
    /// The handshake failed, on their side or ours.
    #[error("the handshake with the hub failed")]
    Handshake(#[source] HandshakeAlert),
}

/// Makes TLS connections to the hub.
#[derive(Debug, Clone)]
pub struct Connector {
    client: ClientTls,
    limit: Duration,
    /// Told when its connections are to end.
    cut: CancellationToken,
}

/// A connector with the usual time limit. It reads the configuration anew for every connection, so
/// that a renewed certificate is used without a restart.
#[must_use]
pub fn connector(client: ClientTls) -> Connector {
    Connector {
        client,
        limit: CONNECT_LIMIT,
        cut: CancellationToken::new(),
    }
}

impl Connector {
    /// The same with another time limit.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The same; its connections end at once, whatever is under way on them, when `cut` is
    /// cancelled.
    #[must_use]
    pub fn until(mut self, cut: CancellationToken) -> Self {
        self.cut = cut;
        self
    }
}

impl Connector {
    /// One connection to `host:port`, within the time limit.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn reach(
        &self,
        address: impl tokio::net::ToSocketAddrs,
    ) -> Result<TokioIo<TlsStream<TcpStream>>, ConnectError> {
        let dialled = timeout(self.limit, dial(&self.client, address)).await;
        dialled
            .map_err(|_| ConnectError::TimedOut)?
            .map(TokioIo::new)
    }
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<HubConn>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let client = self.client.clone();
        let limit = self.limit;
        let cut = self.cut.clone();
        Box::pin(async move {
            let (Some(host), Some(port)) = (uri.host(), uri.port_u16()) else {
                return Err(ConnectError::BadAddress);
            };
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let dialled = dial(&client, (host, port));
            let stream = timeout(limit, dialled)
                .await
                .map_err(|_| ConnectError::TimedOut)??;
            Ok(TokioIo::new(HubConn::new(stream, &cut)))
        })
    }
}

/// Connects and does the handshake, without a time limit of its own.
pub(crate) async fn dial(
    client: &ClientTls,
    address: impl tokio::net::ToSocketAddrs,
) -> Result<TlsStream<TcpStream>, ConnectError> {
    let tcp = TcpStream::connect(address)
        .await
        .map_err(ConnectError::Unreachable)?;
    socket::prepare(&tcp).map_err(ConnectError::Unreachable)?;
    // The hub is recognised by its URI name; the address only fills the parameter.
    let peer = tcp.peer_addr().map_err(ConnectError::Unreachable)?;
    TlsConnector::from(client.config())
        .connect(ServerName::from(peer.ip()), tcp)
        .await
        .map_err(|error| ConnectError::Handshake(HandshakeAlert::of_io(&error)))
}
