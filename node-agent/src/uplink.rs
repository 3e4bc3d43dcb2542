//! The connection to the hub, made anew when certificates change: a channel keeps the certificate
//! that it was opened with for as long as it lives.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tonic::transport::{Channel, Endpoint};
use wire::limits::{KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, STREAM_WINDOW_BYTES};
use wire::tls::{ClientTls, connector};

/// Bytes of one list's answers that may be on their way unread.
const LIST_WINDOW_BYTES: u32 = 256 * 1024;

/// A connection that can be replaced.
pub struct Uplink {
    current: ArcSwap<Channel>,
    make: Box<dyn Fn() -> Channel + Send + Sync>,
}

impl fmt::Debug for Uplink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uplink(..)")
    }
}

impl Uplink {
    /// A connection made by `make`, now and at each renewal.
    #[must_use]
    pub fn new(make: impl Fn() -> Channel + Send + Sync + 'static) -> Arc<Self> {
        let current = ArcSwap::from_pointee(make());
        Arc::new(Self {
            current,
            make: Box::new(make),
        })
    }

    /// A lazily made TLS connection to the hub, with keep-alive in both directions. The scheme is
    /// `http` because TLS is the connector's business, and it knows nothing else.
    ///
    /// # Errors
    /// The address is no address.
    pub fn to_hub(hub: SocketAddr, tls: ClientTls) -> Result<Arc<Self>, tonic::transport::Error> {
        Ok(Self::over(endpoint(hub)?, tls))
    }

    /// As [`Uplink::to_hub`], for lists: so little of each list is on its way at once that one
    /// whose results nobody takes leaves room for the others.
    ///
    /// # Errors
    /// The address is no address.
    pub fn for_lists(
        hub: SocketAddr,
        tls: ClientTls,
    ) -> Result<Arc<Self>, tonic::transport::Error> {
        let endpoint = endpoint(hub)?.initial_stream_window_size(LIST_WINDOW_BYTES);
        Ok(Self::over(endpoint, tls))
    }

    fn over(endpoint: Endpoint, tls: ClientTls) -> Arc<Self> {
        Self::new(move || endpoint.connect_with_connector_lazy(connector(tls.clone())))
    }

    /// The connection in use.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::clone(&self.current.load())
    }

    /// Replaces the connection; calls under way finish on the old one.
    pub fn renew(&self) {
        self.current.store(Arc::new((self.make)()));
    }
}

fn endpoint(hub: SocketAddr) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(format!("http://{hub}"))?
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .tcp_nodelay(true);
    Ok(endpoint)
}
