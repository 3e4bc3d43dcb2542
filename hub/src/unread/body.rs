//! The body of an answer, given to the transport piece by piece.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Instant;
use tonic::Status;
use wire::identity::PeerIdentity;

use super::{Holding, PIECE_BYTES, Unread};

/// What is left of an answer, and since when it stands still.
#[derive(Debug)]
pub(super) struct Flow {
    /// None once it was let go.
    body: Option<tonic::body::Body>,
    rest: Bytes,
    /// Bytes that are counted: those of `rest`, and of the piece that the transport has.
    held: usize,
    /// When the transport was given something, if it has not come for more since. It comes when the
    /// peer has taken what it was given.
    given: Option<Instant>,
}

/// The body of one answer.
#[derive(Debug)]
pub(super) struct CountedBody {
    /// Touched by the connection's task, and by the sweep.
    flow: Arc<Mutex<Flow>>,
    holding: Holding,
}

impl CountedBody {
    pub(super) fn new(
        body: tonic::body::Body,
        unread: &Unread,
        peer: Arc<PeerIdentity>,
        is_list: bool,
    ) -> Self {
        let flow = Arc::new(Mutex::new(Flow {
            body: Some(body),
            rest: Bytes::new(),
            held: 0,
            given: Some(Instant::now()),
        }));
        let holding = unread.begin(peer, is_list, &flow);
        Self { flow, holding }
    }
}

impl Drop for CountedBody {
    fn drop(&mut self) {
        let held = std::mem::take(&mut lock(&self.flow).held);
        self.holding.take(held);
    }
}

/// Takes away what stands still for longer than `patience`; whoever calls this counts it off. The
/// piece that the transport has stays counted until it drops the body.
pub(super) fn let_go(
    flow: &Mutex<Flow>,
    now: Instant,
    patience: Duration,
) -> Option<(tonic::body::Body, Bytes)> {
    let mut flow = lock(flow);
    let given = flow.given?;
    if now.saturating_duration_since(given) < patience {
        return None;
    }
    let body = flow.body.take()?;
    let rest = std::mem::take(&mut flow.rest);
    flow.held = flow.held.saturating_sub(rest.len());
    Some((body, rest))
}

impl Body for CountedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let mut flow = lock(&this.flow);
        // The transport comes for more: it is rid of what it was given.
        flow.given = None;
        let gone = flow.held.saturating_sub(flow.rest.len());
        flow.held -= gone;
        this.holding.take(gone);
        if flow.body.is_none() {
            return Poll::Ready(Some(Err(Status::cancelled("not read in time"))));
        }
        if flow.rest.is_empty() {
            let Some(body) = flow.body.as_mut() else {
                return Poll::Ready(None);
            };
            let polled = Pin::new(body).poll_frame(cx);
            let Poll::Ready(Some(Ok(frame))) = polled else {
                return polled;
            };
            match frame.into_data() {
                Ok(data) => {
                    if !this.holding.add(data.len()) {
                        flow.body = None;
                        let full = "too much waits for this node unread";
                        return Poll::Ready(Some(Err(Status::resource_exhausted(full))));
                    }
                    flow.held = data.len();
                    flow.rest = data;
                }
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let piece = next_piece(&mut flow.rest);
        flow.given = Some(Instant::now());
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        let flow = lock(&self.flow);
        let body = flow.body.as_ref();
        flow.rest.is_empty() && body.is_some_and(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// The next piece: a copy, because a part of a large buffer would keep all of it.
fn next_piece(rest: &mut Bytes) -> Bytes {
    if rest.len() <= PIECE_BYTES {
        return std::mem::take(rest);
    }
    let piece = rest.split_to(PIECE_BYTES);
    Bytes::copy_from_slice(&piece)
}

fn lock(flow: &Mutex<Flow>) -> MutexGuard<'_, Flow> {
    flow.lock().unwrap_or_else(PoisonError::into_inner)
}
