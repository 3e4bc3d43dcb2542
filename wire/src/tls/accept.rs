//! The door: our own accept loop, handing finished connections to tonic.
//!
//! Refuses to let one peer hold it: a handshake runs in its own task, has a time limit, and counts
//! against a limit in all and for each address, at once and a second; a part of both is kept for
//! addresses where somebody has proven an identity; connections count in all and for each
//! identity. An error of accept never ends the loop.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{BreachWatch, TlsConn};
use super::entrance::{Entrance, Slot};
use super::live::LiveConnections;
use super::refusal::{HandshakeRefusal, RefusalReason, RefusalSink, witnessed};
use super::server::{Active, ServerTls};
use super::socket;
use crate::identity::{PeerIdentity, Presented};

/// Finished connections that wait for tonic to take them up.
const WAITING: usize = 64;
/// Pause after an error of accept, for example when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long and how much is still read from a refused peer, so that unread bytes do not make the
/// kernel reset the connection before the peer has read the alert.
const LINGER: Duration = Duration::from_millis(500);
const LINGER_BYTES: usize = 64 * 1024;

/// The limits of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptLimits {
    /// Time from accept to a finished handshake.
    pub handshake: Duration,
    /// Handshakes under way at a time, a quarter of them from known addresses.
    pub handshakes: usize,
    /// Handshakes under way at a time from one address, or one /64 of IPv6; from a known address a
    /// few more.
    pub handshakes_per_address: usize,
    /// Handshakes that begin in a second, in the long run, a quarter of them from known addresses;
    /// five seconds of it at once.
    pub handshakes_per_second: u32,
    /// The same from one address, or one /64 of IPv6.
    pub handshakes_per_second_per_address: u32,
    /// Connections open at a time.
    pub connections: usize,
    /// Connections open at a time by one identity.
    pub connections_per_peer: usize,
}

impl Default for AcceptLimits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            handshakes: 256,
            handshakes_per_address: 64,
            handshakes_per_second: 400,
            handshakes_per_second_per_address: 64,
            connections: 4096,
            connections_per_peer: 32,
        }
    }
}

/// What the accept loop needs.
#[derive(Clone)]
pub struct Acceptor {
    tls: ServerTls,
    limits: AcceptLimits,
    live: LiveConnections,
    refusals: RefusalSink,
    entrance: Entrance,
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Acceptor {
    /// Puts the door together. Open connections are entered in `live`, refusals told to `refusals`.
    #[must_use]
    pub fn new(
        tls: ServerTls,
        limits: AcceptLimits,
        live: LiveConnections,
        refusals: RefusalSink,
    ) -> Self {
        let entrance = Entrance::new(&limits, Instant::now());
        Self {
            tls,
            limits,
            live,
            refusals,
            entrance,
        }
    }

    async fn run(
        self,
        listener: TcpListener,
        tracker: TaskTracker,
        stop: CancellationToken,
        out: mpsc::Sender<TlsConn>,
    ) {
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = out.closed() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((tcp, peer)) => match self.entrance.enter(peer.ip(), Instant::now()) {
                    Some(slot) => {
                        let greeting = self.clone().greet(tcp, peer, slot, out.clone());
                        let stop = stop.clone();
                        tracker.spawn(async move {
                            // A stop leaves half-made handshakes behind without further words.
                            let _ = stop.run_until_cancelled(greeting).await;
                        });
                    }
                    None => self.refuse(peer, RefusalReason::TooMany, None),
                },
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn greet(self, tcp: TcpStream, peer: SocketAddr, slot: Slot, out: mpsc::Sender<TlsConn>) {
        let _slot = slot;
        if socket::prepare(&tcp).is_err() {
            return self.refuse(peer, RefusalReason::Other, None);
        }
        let active = self.tls.active();
        let shown = Arc::new(OnceLock::new());
        let handshake = TlsAcceptor::from(active.config.clone())
            .accept(tcp)
            .into_fallible();
        match timeout(self.limits.handshake, witnessed(shown.clone(), handshake)).await {
            Err(_) => self.refuse(peer, RefusalReason::TimedOut, shown.get()),
            Ok(Err((error, tcp))) => {
                self.refuse(peer, RefusalReason::of_io(&error), shown.get());
                linger(tcp).await;
            }
            Ok(Ok(stream)) => match self.seat(stream, peer, &active) {
                // Nobody takes connections any more: the server is stopping.
                Ok(connection) => drop(out.send(connection).await),
                Err(reason) => self.refuse(peer, reason, shown.get()),
            },
        }
    }

    /// Gives a proven peer its place.
    fn seat(
        &self,
        stream: TlsStream<TcpStream>,
        peer: SocketAddr,
        used: &Arc<Active>,
    ) -> Result<TlsConn, RefusalReason> {
        let chain: Vec<_> = stream
            .get_ref()
            .1
            .peer_certificates()
            .unwrap_or_default()
            .to_vec();
        let leaf = chain.first().ok_or(RefusalReason::NoCertificate)?;
        let identity =
            PeerIdentity::from_certificate(leaf).map_err(|_| RefusalReason::BadIdentity)?;
        let identity = Arc::new(identity);
        let place = self
            .live
            .admit(
                identity.clone(),
                peer,
                chain.clone(),
                self.limits.connections,
                self.limits.connections_per_peer,
            )
            .ok_or(RefusalReason::TooMany)?;
        // A reload between handshake and here has swept the table before this peer was in it.
        let active = self.tls.active();
        if !Arc::ptr_eq(&active, used)
            && let Some(reason) = active.refuses_now(&chain)
        {
            return Err(reason);
        }
        self.entrance
            .proven(identity.uri(), peer.ip(), Instant::now());
        let watch = self.tls.speaks_frames();
        let watch = watch.then(|| BreachWatch::new(peer, self.refusals.clone()));
        Ok(TlsConn::new(stream, identity, place, watch))
    }

    fn refuse(&self, peer: SocketAddr, reason: RefusalReason, shown: Option<&Presented>) {
        (self.refusals)(HandshakeRefusal {
            peer,
            reason,
            serial: shown.and_then(|shown| shown.serial.clone()),
            claimed: shown.and_then(|shown| shown.claimed.clone()),
        });
    }
}

/// Starts the accept loop on `tracker` and gives the stream of proven connections, for
/// `serve_with_incoming_shutdown`. The loop ends when `stop` is cancelled or the stream is dropped.
#[must_use]
pub fn serve_incoming(
    acceptor: Acceptor,
    listener: TcpListener,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> Incoming {
    let (out, connections) = mpsc::channel(WAITING);
    tracker.spawn(acceptor.run(listener, tracker.clone(), stop, out));
    Incoming { connections }
}

/// The stream of proven connections.
#[derive(Debug)]
pub struct Incoming {
    connections: mpsc::Receiver<TlsConn>,
}

impl Stream for Incoming {
    type Item = io::Result<TlsConn>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.connections
            .poll_recv(cx)
            .map(|connection| connection.map(Ok))
    }
}

async fn linger(mut tcp: TcpStream) {
    let drain = async {
        // Half-close, so that a peer that waits for our end sees it.
        tcp.shutdown().await?;
        let mut rest = [0_u8; 1024];
        let mut read = 0_usize;
        while read < LINGER_BYTES {
            match tcp.read(&mut rest).await? {
                0 => break,
                count => read = read.saturating_add(count),
            }
        }
        io::Result::Ok(())
    };
    // Whatever comes of it, the connection is done for.
    let _ = timeout(LINGER, drain).await;
}
