//! The body of an answer, given to the transport piece by piece.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Instant;
use tonic::Status;
use wire::identity::PeerIdentity;

use super::{Holding, Kind, PIECE_BYTES, STILL_MAX, TAKEN_MIN, Unread, WHOLE_MAX};

/// What the transport gets.
type Polled = Poll<Option<Result<Frame<Bytes>, Status>>>;

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
    /// When the message was made that is being taken, while some of it is left here.
    made: Option<Instant>,
    pace: Option<Pace>,
}

/// What was taken since then, while something waited all the time.
#[derive(Debug)]
struct Pace {
    since: Instant,
    taken: usize,
}

impl Flow {
    fn is_stuck(&mut self, now: Instant, kind: Kind) -> bool {
        let passed = |since: Instant| now.saturating_duration_since(since);
        if self
            .given
            .is_some_and(|given| passed(given) >= kind.patience())
            || self.made.is_some_and(|made| passed(made) >= WHOLE_MAX)
        {
            return true;
        }
        let Some(pace) = self.pace.as_mut().filter(|_| kind != Kind::List) else {
            return false;
        };
        if passed(pace.since) < STILL_MAX {
            return false;
        }
        let is_slow = pace.taken < TAKEN_MIN;
        *pace = Pace {
            since: now,
            taken: 0,
        };
        is_slow
    }

    /// Takes the next message from its maker; what the transport is told where there is none.
    fn fill(&mut self, holding: &Holding, cx: &mut Context<'_>) -> Option<Polled> {
        let Some(body) = self.body.as_mut() else {
            return Some(Poll::Ready(None));
        };
        let polled = Pin::new(body).poll_frame(cx);
        let Poll::Ready(Some(Ok(frame))) = polled else {
            return Some(polled);
        };
        let data = match frame.into_data() {
            Ok(data) => data,
            Err(trailers) => return Some(Poll::Ready(Some(Ok(trailers)))),
        };
        if !holding.add(data.len()) {
            self.body = None;
            let full = "too much waits for this node unread";
            return Some(Poll::Ready(Some(Err(Status::resource_exhausted(full)))));
        }
        self.held = data.len();
        self.rest = data;
        self.made = Some(Instant::now());
        None
    }

    /// The transport has taken so much, and comes for more.
    fn took(&mut self, bytes: usize) {
        self.given = None;
        self.held = self.held.saturating_sub(bytes);
        if self.rest.is_empty() {
            self.made = None;
        }
        if let Some(pace) = &mut self.pace {
            pace.taken = pace.taken.saturating_add(bytes);
        }
    }
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
        kind: Kind,
    ) -> Self {
        let flow = Arc::new(Mutex::new(Flow {
            body: Some(body),
            rest: Bytes::new(),
            held: 0,
            given: Some(Instant::now()),
            made: None,
            pace: None,
        }));
        let holding = unread.begin(peer, kind, &flow);
        Self { flow, holding }
    }
}

impl Drop for CountedBody {
    fn drop(&mut self) {
        let held = std::mem::take(&mut lock(&self.flow).held);
        self.holding.take(held);
    }
}

/// Takes away what stands still, or drips, for too long; whoever calls this counts it off. The
/// piece that the transport has stays counted until it drops the body.
pub(super) fn let_go(
    flow: &Mutex<Flow>,
    now: Instant,
    kind: Kind,
) -> Option<(tonic::body::Body, Bytes)> {
    let mut flow = lock(flow);
    if !flow.is_stuck(now, kind) {
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

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        let mut flow = lock(&this.flow);
        // The transport comes for more: it is rid of what it was given.
        let gone = flow.held.saturating_sub(flow.rest.len());
        flow.took(gone);
        this.holding.take(gone);
        if flow.body.is_none() {
            return Poll::Ready(Some(Err(Status::cancelled("not read in time"))));
        }
        if flow.rest.is_empty()
            && let Some(otherwise) = flow.fill(&this.holding, cx)
        {
            // Nothing waits: slow is who lets something wait all the time.
            flow.pace = None;
            return otherwise;
        }
        let piece = next_piece(&mut flow.rest);
        let now = Instant::now();
        flow.given = Some(now);
        flow.pace.get_or_insert(Pace {
            since: now,
            taken: 0,
        });
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
