//! The connection to the hub, made anew when certificates change: a channel keeps the certificate
//! that it was opened with for as long as it lives.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use wire::limits::{
    CONNECTION_WINDOW_BYTES, KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, LISTS_PER_NODE_MAX,
    STREAM_WINDOW_BYTES,
};
use wire::tls::{ClientTls, connector};

/// Bytes of one list's answers that may be on their way unread.
const LIST_WINDOW_BYTES: u32 = 256 * 1024;
/// The same of all lists together: the windows of all but one may be shut, and that one flows.
const LISTS_WINDOW_BYTES: u32 = 2 * 1024 * 1024;

const _: () =
    assert!(LIST_WINDOW_BYTES as usize * LISTS_PER_NODE_MAX < LISTS_WINDOW_BYTES as usize);

/// A connection that can be replaced.
pub struct Uplink {
    current: ArcSwap<Current>,
    make: Box<dyn Fn(CancellationToken) -> Channel + Send + Sync>,
}

struct Current {
    channel: Channel,
    /// Ends its connections.
    cut: CancellationToken,
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
        Self::ending(move |_| make())
    }

    /// The same, of connections that end when they are told to.
    fn ending(make: impl Fn(CancellationToken) -> Channel + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            current: ArcSwap::from_pointee(Current::made(&make)),
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
        let endpoint = endpoint(hub)?
            .initial_stream_window_size(LIST_WINDOW_BYTES)
            .initial_connection_window_size(LISTS_WINDOW_BYTES);
        Ok(Self::over(endpoint, tls))
    }

    fn over(endpoint: Endpoint, tls: ClientTls) -> Arc<Self> {
        Self::ending(move |cut| {
            let connector = connector(tls.clone()).until(cut);
            endpoint.connect_with_connector_lazy(connector)
        })
    }

    /// The connection in use.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.current.load().channel.clone()
    }

    /// Replaces the connection; calls under way finish on the old one.
    pub fn renew(&self) {
        self.current.store(Arc::new(Current::made(&*self.make)));
    }

    /// Replaces the connection and ends the old one at once, with every call on it.
    pub fn cut(&self) {
        let old = self.current.swap(Arc::new(Current::made(&*self.make)));
        old.cut.cancel();
    }
}

impl Current {
    fn made(make: &(impl Fn(CancellationToken) -> Channel + ?Sized)) -> Self {
        let cut = CancellationToken::new();
        let channel = make(cut.clone());
        Self { channel, cut }
    }
}

fn endpoint(hub: SocketAddr) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(format!("http://{hub}"))?
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .tcp_nodelay(true);
    Ok(endpoint)
}
