//! All rustls set-up of the star: who may connect to whom, and on what proof.
//!
//! TLS 1.3 only, the ring provider by name, certificates on both ends, the revocation list
//! honoured, no session resumption (a ticket would let a revoked peer back in without its
//! certificate being looked at). Refuses to start with files it cannot fully use, and names every
//! fault of each. No other module of the project touches rustls.

mod accept;
mod client;
mod connect;
mod connection;
mod dialled;
mod entrance;
mod farewell;
mod files;
mod frames;
mod known;
mod live;
mod pace;
mod places;
mod probe;
mod receiver;
mod refusal;
mod server;
mod socket;
mod watch;

pub use accept::{AcceptLimits, Acceptor, Incoming, serve_incoming};
pub use client::ClientTls;
pub use connect::{CONNECT_LIMIT, ConnectError, Connector, connector};
pub use connection::TlsConn;
pub use dialled::HubConn;
pub use files::{TlsError, TlsFault, TlsFiles, TlsStatus};
pub use frames::{
    CONTINUATIONS_MAX, CONTROL_FRAMES_BURST, CONTROL_FRAMES_PER_SECOND, RESETS_BURST,
    RESETS_PER_SECOND, WINDOW_UPDATES_BURST, WINDOW_UPDATES_PER_SECOND,
};
pub use live::{Closed, LiveConnections};
pub use probe::{HandshakeAlert, PROBE_LIMIT, probe};
pub use receiver::{ReceiverError, ReceiverStream, ReceiverTls, ReceiverTlsFiles};
pub use refusal::{HandshakeRefusal, RefusalReason, RefusalSink};
pub use server::ServerTls;
pub use socket::UNACKNOWLEDGED_MAX;
pub use watch::{RELOAD_INTERVAL, Reload, Reloadable, watch_reload};

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

/// The one cryptography provider, always passed by name: an implicit one would depend on which
/// features some far dependency turns on.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// What is spoken over a connection, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// gRPC over HTTP/2: the star itself.
    Grpc,
    /// HTTP/1.1: the staff's door.
    Web,
}

impl Speech {
    fn alpn(self) -> Vec<Vec<u8>> {
        match self {
            Self::Grpc => vec![b"h2".to_vec()],
            Self::Web => vec![b"http/1.1".to_vec()],
        }
    }
}
