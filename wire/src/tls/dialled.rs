//! One connection to the hub as tonic sees it: it ends when its owner says so, and when the hub
//! sends a flood of frames. An agent is no better off with a mad hub than a hub with a mad agent.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::frames::FrameCount;

/// A connection that an agent has dialled.
pub struct HubConn {
    stream: TlsStream<TcpStream>,
    // One wait for each direction: a wait remembers a single waker.
    cut_reading: Pin<Box<WaitForCancellationFutureOwned>>,
    cut_writing: Pin<Box<WaitForCancellationFutureOwned>>,
    count: FrameCount,
    is_over: bool,
}

impl fmt::Debug for HubConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubConn(..)")
    }
}

impl HubConn {
    pub(super) fn new(stream: TlsStream<TcpStream>, cut: &CancellationToken) -> Self {
        Self {
            stream,
            cut_reading: Box::pin(cut.clone().cancelled_owned()),
            cut_writing: Box::pin(cut.clone().cancelled_owned()),
            count: FrameCount::of_hub(Instant::now()),
            is_over: false,
        }
    }

    fn read(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.is_over {
            match self.count.read(bytes, Instant::now()) {
                Ok(()) => return Ok(()),
                Err(breach) => {
                    let reason = breach.reason().as_str();
                    tracing::warn!(reason, "the hub sends frames beyond the limits");
                }
            }
            self.is_over = true;
        }
        Err(aborted("the hub sends frames beyond the limits"))
    }

    fn poll_cut_writing(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        check(self.cut_writing.as_mut(), cx)
    }
}

fn check(wait: Pin<&mut WaitForCancellationFutureOwned>, cx: &mut Context<'_>) -> io::Result<()> {
    match wait.poll(cx) {
        Poll::Ready(()) => Err(aborted("the connection is given up")),
        Poll::Pending => Ok(()),
    }
}

fn aborted(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, why)
}

impl AsyncRead for HubConn {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        check(self.cut_reading.as_mut(), cx)?;
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = &read {
            self.read(buf.filled().get(before..).unwrap_or_default())?;
        }
        read
    }
}

impl AsyncWrite for HubConn {
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
