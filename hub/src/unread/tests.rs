//! What waits is counted to the byte, has its limit for each node, and is let go when it stands
//! still.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use hyper::body::{Body as _, Bytes, Frame};
use time::OffsetDateTime;
use tonic::Status;
use wire::identity::PeerKind;

use super::body::CountedBody;
use super::*;

mod dripping;
mod refused;
mod shares;

/// A body that gives so many bytes, then its trailers.
struct Given {
    data: Option<Bytes>,
    is_over: bool,
}

impl hyper::body::Body for Given {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if let Some(data) = this.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if this.is_over {
            return Poll::Ready(None);
        }
        this.is_over = true;
        let trailers = tonic::codegen::http::HeaderMap::new();
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }
}

fn peer(name: &str) -> Arc<PeerIdentity> {
    Arc::new(PeerIdentity {
        trust_domain: "star.test".into(),
        kind: PeerKind::Node,
        name: name.into(),
        serial: "01".into(),
        not_after: OffsetDateTime::UNIX_EPOCH,
    })
}

fn answer(unread: &Unread, node: &str, bytes: usize) -> CountedBody {
    let given = Given {
        data: Some(Bytes::from(vec![7; bytes])),
        is_over: false,
    };
    CountedBody::new(
        tonic::body::Body::new(given),
        unread,
        peer(node),
        Kind::Answer,
    )
}

/// The next frame: bytes of data, or none for anything else.
fn next(body: &mut CountedBody) -> Option<Result<usize, Status>> {
    let mut cx = Context::from_waker(Waker::noop());
    match Pin::new(body).poll_frame(&mut cx) {
        Poll::Ready(Some(Ok(frame))) => Some(Ok(frame.into_data().map_or(0, |data| data.len()))),
        Poll::Ready(Some(Err(status))) => Some(Err(status)),
        Poll::Ready(None) => None,
        Poll::Pending => panic!("nothing is pending"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_leaves_in_pieces_and_is_counted_until_it_has_left() {
    let unread = Unread::default();
    let bytes = 3 * PIECE_BYTES + 5;
    let mut body = answer(&unread, "city", bytes);
    assert_eq!(unread.bytes(), 0, "nothing is made yet");
    for left in [bytes, 2 * PIECE_BYTES + 5, PIECE_BYTES + 5, 5] {
        let piece = next(&mut body).expect("has more").expect("is well");
        assert_eq!((piece, unread.bytes()), (left.min(PIECE_BYTES), left));
    }
    assert!(!body.is_end_stream());
    assert_eq!(next(&mut body).expect("trailers").expect("are well"), 0);
    assert_eq!(unread.bytes(), 0);
    assert!(next(&mut body).is_none());
    drop(body);
    assert!(unread.table().open.is_empty() && unread.table().of.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_node_holds_no_more_than_its_part_and_the_others_theirs() {
    let unread = Unread::default();
    let mut held = Vec::new();
    for _ in 0..4 {
        assert!(!unread.is_full("city"));
        let mut body = answer(&unread, "city", ANSWER_BYTES_MAX);
        next(&mut body).expect("has more").expect("has room");
        held.push(body);
    }
    assert!(unread.is_full("city"));
    let mut over = answer(&unread, "city", 1);
    let refused = next(&mut over).expect("is told").expect_err("has no room");
    assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
    assert_eq!(unread.bytes(), BYTES_PER_NODE_MAX);
    assert!(!unread.is_full("guoguan"));
    let mut other = answer(&unread, "guoguan", ANSWER_BYTES_MAX);
    next(&mut other).expect("has more").expect("has room");
    drop((held, over));
    assert_eq!(unread.bytes(), ANSWER_BYTES_MAX);
    assert!(!unread.is_full("city"));
}

#[tokio::test(start_paused = true)]
async fn what_stands_still_is_let_go_and_its_peer_named() {
    let unread = Unread::default();
    let mut still = answer(&unread, "city", 2 * PIECE_BYTES);
    let mut moving = answer(&unread, "guoguan", 2 * PIECE_BYTES);
    next(&mut still).expect("has more").expect("is well");
    tokio::time::advance(STILL_MAX / 2).await;
    next(&mut moving).expect("has more").expect("is well");
    assert!(unread.sweep(Instant::now()).is_empty());
    tokio::time::advance(STILL_MAX / 2).await;
    let stuck = unread.sweep(Instant::now());
    let names: Vec<_> = stuck.iter().map(|peer| peer.name.as_str()).collect();
    assert_eq!(names, ["city"]);
    assert!(unread.sweep(Instant::now()).is_empty(), "named once");
    let told = next(&mut still).expect("is told").expect_err("is let go");
    assert_eq!(told.code(), tonic::Code::Cancelled);
    assert_eq!(unread.bytes(), 2 * PIECE_BYTES, "the other's");
    next(&mut moving).expect("has more").expect("is well");
}

#[tokio::test(start_paused = true)]
async fn a_list_has_the_time_that_lists_have_and_cuts_nobody() {
    let unread = Unread::default();
    let given = Given {
        data: Some(Bytes::from_static(b"an answer")),
        is_over: false,
    };
    let body = tonic::body::Body::new(given);
    let mut list = CountedBody::new(body, &unread, peer("city"), Kind::List);
    next(&mut list).expect("has more").expect("is well");
    tokio::time::advance(LIST_IDLE_MAX).await;
    assert!(unread.sweep(Instant::now()).is_empty());
    assert_eq!(unread.bytes(), 9);
    tokio::time::advance(LIST_STILL_MAX - LIST_IDLE_MAX).await;
    assert!(unread.sweep(Instant::now()).is_empty(), "nobody is cut");
    assert!(next(&mut list).expect("is told").is_err());
    assert_eq!(unread.bytes(), 0);
}
