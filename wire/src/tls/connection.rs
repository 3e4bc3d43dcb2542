//! One accepted connection as tonic sees it: bytes, and who sends them.
//!
//! Refuses to carry another byte once its peer has been cut off, or sends a flood of frames.

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
    watch: FloodWatch,
    _place: Place,
}

/// Sees to it that the peer sends no flood of frames, and tells of one once.
pub(crate) struct FloodWatch {
    peer: SocketAddr,
    tell: RefusalSink,
    count: FrameCount,
    is_flood: bool,
}

impl FloodWatch {
    pub(crate) fn new(peer: SocketAddr, tell: RefusalSink) -> Self {
        Self {
            peer,
            tell,
            count: FrameCount::new(Instant::now()),
            is_flood: false,
        }
    }

    fn read(&mut self, bytes: &[u8], identity: &PeerIdentity) -> io::Result<()> {
        if !self.is_flood && self.count.read(bytes, Instant::now()).is_ok() {
            return Ok(());
        }
        if !self.is_flood {
            self.is_flood = true;
            (self.tell)(HandshakeRefusal {
                peer: self.peer,
                reason: RefusalReason::Flood,
                serial: Some(identity.serial.clone()),
                claimed: Some(identity.uri().to_string()),
            });
        }
        Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "the peer sends a flood of frames",
        ))
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
        watch: FloodWatch,
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

    fn poll_cut_writing(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        check(self.cut_writing.as_mut(), cx)
    }
}

fn check(wait: Pin<&mut WaitForCancellationFutureOwned>, cx: &mut Context<'_>) -> io::Result<()> {
    match wait.poll(cx) {
        Poll::Ready(()) => Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "the peer's certificate is no longer accepted",
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
            this.watch.read(bytes, &this.identity)?;
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
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_cut_writing(cx)?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
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
