//! What goes up one stream, and what of it waits for a hub that does not read: counted in bytes,
//! never more than the limit, and for no longer than the limit.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use prost::Message as _;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::Stream;
use wire::limits::{FRAMES_QUEUED_MAX, MESSAGE_BYTES_MAX};
use wire::v1;

use super::announcer::Gone;

/// Bytes of frames that wait on one stream, those among them whose senders wait for a place.
pub(super) const BYTES_QUEUED_MAX: usize = 4 * MESSAGE_BYTES_MAX;
/// How long a frame may stand still before the hub counts as one that does not read: four full
/// messages leave in this time over 7 Mbit/s.
pub(super) const STILL_MAX: Duration = Duration::from_secs(20);

const _: () = assert!(BYTES_QUEUED_MAX >= MESSAGE_BYTES_MAX);

/// The way up of one stream.
#[derive(Debug)]
pub(super) struct Outbox {
    up: mpsc::Sender<v1::AgentFrame>,
    waiting: Arc<Waiting>,
}

/// The frames as the transport takes them.
#[derive(Debug)]
pub(super) struct Frames {
    up: mpsc::Receiver<v1::AgentFrame>,
    waiting: Arc<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: AtomicUsize,
    /// Since when there is a frame for the transport, or it was given one, and it has not come. It
    /// comes when it has room: it has looked for a frame in vain before it waits for that.
    since: Mutex<Option<Instant>>,
}

/// A way up and its other end.
pub(super) fn outbox() -> (Outbox, Frames) {
    let (sender, up) = mpsc::channel(FRAMES_QUEUED_MAX);
    let waiting = Arc::new(Waiting::default());
    let frames = Frames {
        up,
        waiting: Arc::clone(&waiting),
    };
    let outbox = Outbox {
        up: sender,
        waiting,
    };
    (outbox, frames)
}

impl Outbox {
    /// Sends as soon as there is a place.
    pub(super) async fn send(&self, frame: v1::AgentFrame) -> Result<(), Gone> {
        let counted = self.waiting.count(frame.encoded_len());
        self.up.send(frame).await.map_err(|_| Gone)?;
        counted.left_to_transport();
        Ok(())
    }

    /// Sends as soon as there is a place, if its bytes have room now.
    pub(super) async fn send_within(&self, frame: v1::AgentFrame) -> Result<bool, Gone> {
        let counted = self.waiting.count(frame.encoded_len());
        if self.waiting.bytes.load(Ordering::Relaxed) > BYTES_QUEUED_MAX {
            return Ok(false);
        }
        self.up.send(frame).await.map_err(|_| Gone)?;
        counted.left_to_transport();
        Ok(true)
    }

    /// Sends if there is a place.
    pub(super) fn try_send(&self, frame: v1::AgentFrame) {
        let counted = self.waiting.count(frame.encoded_len());
        if self.up.try_send(frame).is_ok() {
            counted.left_to_transport();
        }
    }

    /// Whether the hub has taken nothing for too long.
    pub(super) fn is_still(&self) -> bool {
        let since = *self.waiting.since();
        since.is_some_and(|since| since.elapsed() >= STILL_MAX)
    }
}

impl Waiting {
    fn count(&self, bytes: usize) -> Counted<'_> {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.since().get_or_insert_with(Instant::now);
        let waiting = self;
        Counted { waiting, bytes }
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes that are counted as waiting, until they are sent or given up.
struct Counted<'w> {
    waiting: &'w Waiting,
    bytes: usize,
}

impl Counted<'_> {
    /// The other end counts them off.
    fn left_to_transport(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.waiting.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Stream for Frames {
    type Item = v1::AgentFrame;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<v1::AgentFrame>> {
        let this = self.get_mut();
        // Held while it looks: a frame that comes meanwhile waits from then on.
        let mut since = this.waiting.since();
        let polled = this.up.poll_recv(cx);
        *since = match &polled {
            Poll::Ready(Some(frame)) => {
                let bytes = frame.encoded_len();
                this.waiting.bytes.fetch_sub(bytes, Ordering::Relaxed);
                Some(Instant::now())
            }
            Poll::Ready(None) | Poll::Pending => None,
        };
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn reply(bytes: usize) -> v1::AgentFrame {
        super::super::frame(v1::agent_frame::Frame::Reply(v1::NodeReply {
            query_id: "q".repeat(bytes),
            outcome: None,
        }))
    }

    fn take(frames: &mut Frames) -> Poll<Option<usize>> {
        let mut cx = Context::from_waker(Waker::noop());
        let polled = Pin::new(frames).poll_next(&mut cx);
        polled.map(|frame| frame.map(|frame| frame.encoded_len()))
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_bytes_wait_than_may() {
        let (outbox, mut frames) = outbox();
        let mut sent = 0;
        while outbox.send_within(reply(1 << 20)).await.is_ok_and(|is| is) {
            sent += 1;
        }
        // Each is a little more than a megabyte.
        assert_eq!(sent, 15);
        assert!(outbox.send_within(reply(1_000)).await.is_ok_and(|is| is));
        let taken = take(&mut frames);
        assert!(matches!(taken, Poll::Ready(Some(bytes)) if bytes > 1 << 20));
        assert!(outbox.send_within(reply(1 << 20)).await.is_ok_and(|is| is));
        while take(&mut frames).is_ready() {}
        assert_eq!(outbox.waiting.bytes.load(Ordering::Relaxed), 0);
        drop(frames);
        assert!(outbox.send_within(reply(10)).await.is_err());
        assert_eq!(outbox.waiting.bytes.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hub_that_comes_for_nothing_more_stands_still() {
        let (outbox, mut frames) = outbox();
        assert!(take(&mut frames).is_pending());
        tokio::time::advance(2 * STILL_MAX).await;
        assert!(!outbox.is_still(), "nothing waits");
        outbox.try_send(reply(10));
        outbox.try_send(reply(10));
        assert!(take(&mut frames).is_ready());
        tokio::time::advance(STILL_MAX / 2).await;
        assert!(!outbox.is_still());
        tokio::time::advance(STILL_MAX / 2).await;
        assert!(outbox.is_still());
        assert!(take(&mut frames).is_ready() && take(&mut frames).is_pending());
        tokio::time::advance(2 * STILL_MAX).await;
        assert!(!outbox.is_still(), "all was taken");
        // It has room for nothing more, though it looked for more before.
        outbox.try_send(reply(10));
        assert!(!outbox.is_still(), "it has just begun to wait");
        tokio::time::advance(STILL_MAX).await;
        assert!(outbox.is_still());
    }
}
