//! One accepted connection as tonic sees it: bytes, and who sends them.
//!
//! Refuses to carry another byte once its peer has been cut off, or sends what no peer sends that
//! means well: a flood of frames, frames and headers above the limits.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::WaitForCancellationFutureOwned;
use tonic::transport::server::Connected;

use super::farewell::FarewellWatch;
use super::frames::FrameCount;
use super::live::Place;
use super::refusal::{HandshakeRefusal, RefusalReason, RefusalSink};
use crate::identity::PeerIdentity;

/// A connection whose peer has proven its identity.
pub struct TlsConn {
    stream: TlsStream<TcpStream>,
    identity: Arc<PeerIdentity>,
    // One wait for each direction: a wait remembers a single waker, and the two halves of a
    // connection may be driven by different tasks.
    cut_reading: Pin<Box<WaitForCancellationFutureOwned>>,
    cut_writing: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Of a connection that speaks HTTP/2.
    watch: Option<BreachWatch>,
    _place: Place,
}

/// Sees to it that the peer sends nothing that no peer sends which means well, and tells of it
/// once: by what it sends, and by the farewell that our HTTP/2 takes of it.
pub(crate) struct BreachWatch {
    peer: SocketAddr,
    tell: RefusalSink,
    count: FrameCount,
    farewell: FarewellWatch,
    is_over: bool,
    is_told: bool,
}

impl BreachWatch {
    pub(crate) fn new(peer: SocketAddr, tell: RefusalSink) -> Self {
        Self {
            peer,
            tell,
            count: FrameCount::new(Instant::now()),
            farewell: FarewellWatch::default(),
            is_over: false,
            is_told: false,
        }
    }

    fn read(&mut self, bytes: &[u8], identity: &PeerIdentity) -> io::Result<()> {
        if !self.is_over {
            match self.count.read(bytes, Instant::now()) {
                Ok(()) => return Ok(()),
                Err(breach) => self.tell(breach.reason(), identity),
            }
            self.is_over = true;
        }
        Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "the peer sends frames beyond the limits",
        ))
    }

    fn written(&mut self, bytes: &[u8], identity: &PeerIdentity) {
        if let Some(reason) = self.farewell.written(bytes) {
            self.tell(reason, identity);
        }
    }

    fn tell(&mut self, reason: RefusalReason, identity: &PeerIdentity) {
        if self.is_told {
            return;
        }
        self.is_told = true;
        (self.tell)(HandshakeRefusal {
            peer: self.peer,
            reason,
            serial: Some(identity.serial.clone()),
            claimed: Some(identity.uri().to_string()),
        });
    }
}

impl fmt::Debug for TlsConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConn")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl TlsConn {
    pub(crate) fn new(
        stream: TlsStream<TcpStream>,
        identity: Arc<PeerIdentity>,
        place: Place,
        watch: Option<BreachWatch>,
    ) -> Self {
        Self {
            stream,
            identity,
            cut_reading: Box::pin(place.cut.clone().cancelled_owned()),
            cut_writing: Box::pin(place.cut.clone().cancelled_owned()),
            watch,
            _place: place,
        }
    }

    /// Who is at the other end.
    #[must_use]
    pub fn identity(&self) -> &Arc<PeerIdentity> {
        &self.identity
    }

    fn written(&mut self, bytes: &[u8]) {
        if let Some(watch) = &mut self.watch {
            watch.written(bytes, &self.identity);
        }
    }

    fn poll_cut_writing(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        check(self.cut_writing.as_mut(), cx)
    }
}

fn check(wait: Pin<&mut WaitForCancellationFutureOwned>, cx: &mut Context<'_>) -> io::Result<()> {
    match wait.poll(cx) {
        Poll::Ready(()) => Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "the peer is cut off",
        )),
        Poll::Pending => Ok(()),
    }
}

impl Connected for TlsConn {
    type ConnectInfo = Arc<PeerIdentity>;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.identity.clone()
    }
}

impl AsyncRead for TlsConn {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        check(self.cut_reading.as_mut(), cx)?;
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = &read {
            let this = &mut *self;
            let bytes = buf.filled().get(before..).unwrap_or_default();
            if let Some(watch) = &mut this.watch {
                watch.read(bytes, &this.identity)?;
            }
        }
        read
    }
}

impl AsyncWrite for TlsConn {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_cut_writing(cx)?;
        let this = &mut *self;
        let written = Pin::new(&mut this.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = &written {
            this.written(buf.get(..*count).unwrap_or_default());
        }
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_cut_writing(cx)?;
        let this = &mut *self;
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        if let Poll::Ready(Ok(count)) = &written {
            let mut left = *count;
            for buf in bufs {
                let bytes = buf.get(..left.min(buf.len())).unwrap_or_default();
                left = left.saturating_sub(bytes.len());
                this.written(bytes);
            }
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_cut_writing(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_cut_writing(cx)?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
