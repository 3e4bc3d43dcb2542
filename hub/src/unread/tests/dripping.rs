//! Who takes a little now and then is cut as who takes nothing.

use super::*;

/// A body without an end, whose messages are as large as that.
struct Endless(usize);

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![7; self.0])))))
    }
}

fn endless(unread: &Unread, bytes: usize, kind: Kind) -> CountedBody {
    let body = tonic::body::Body::new(Endless(bytes));
    CountedBody::new(body, unread, peer("city"), kind)
}

/// Takes a piece every `pause` for so long; when the peer was cut, if it was.
async fn taken_every(
    unread: &Unread,
    body: &mut CountedBody,
    pause: Duration,
    lasting: Duration,
) -> Option<Duration> {
    let begun = Instant::now();
    while begun.elapsed() < lasting {
        if next(body).expect("has more").is_err() {
            return Some(begun.elapsed());
        }
        let until = Instant::now() + pause;
        while Instant::now() < until {
            tokio::time::advance(SWEEP_PAUSE.min(until - Instant::now())).await;
            if !unread.sweep(Instant::now()).is_empty() {
                return Some(begun.elapsed());
            }
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn an_answer_and_a_stream_that_drip_are_cut() {
    let patience = STILL_MAX + SWEEP_PAUSE;
    for (kind, bytes) in [
        (Kind::Answer, ANSWER_BYTES_MAX),
        (Kind::Attach, HUB_FRAME_BYTES_MAX),
        (Kind::Attach, 600),
    ] {
        let unread = Unread::default();
        let mut body = endless(&unread, bytes, kind);
        let pause = Duration::from_secs(9);
        let cut = taken_every(&unread, &mut body, pause, STILL_MAX * 10).await;
        let cut = cut.unwrap_or_else(|| panic!("{kind:?} of {bytes} drips"));
        assert!(cut <= 2 * patience, "{kind:?} of {bytes}: {cut:?}");
        drop(body);
        assert_eq!(unread.bytes(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_enough_is_not_cut_while_the_message_has_its_time() {
    let unread = Unread::default();
    // Eight pieces of 16 KiB in ten seconds, of frames that are soon taken whole.
    let pause = STILL_MAX / 8;
    let mut stream = endless(&unread, HUB_FRAME_BYTES_MAX, Kind::Attach);
    let cut = taken_every(&unread, &mut stream, pause, 20 * STILL_MAX).await;
    assert_eq!(cut, None);
    drop(stream);
    // The same of an answer that would take twenty minutes so.
    let mut large = endless(&unread, ANSWER_BYTES_MAX, Kind::Answer);
    let cut = taken_every(&unread, &mut large, pause, 20 * STILL_MAX).await;
    let cut = cut.expect("nobody waits so long");
    assert!(
        cut >= WHOLE_MAX && cut <= WHOLE_MAX + 2 * SWEEP_PAUSE,
        "{cut:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_is_taken_line_by_line_and_its_lines_whole() {
    let unread = Unread::default();
    let mut lines = endless(&unread, 600, Kind::List);
    let pause = LIST_IDLE_MAX / 2;
    let cut = taken_every(&unread, &mut lines, pause, 20 * LIST_IDLE_MAX).await;
    assert_eq!(cut, None, "a slow list is no attack");
    let mut large = endless(&unread, ANSWER_BYTES_MAX, Kind::List);
    let told = taken_every(&unread, &mut large, pause, 20 * LIST_IDLE_MAX).await;
    let told = told.expect("a line is not taken for ever");
    assert!(told <= WHOLE_MAX + pause, "{told:?}");
    assert!(unread.bytes() <= 600, "{}", unread.bytes());
}
