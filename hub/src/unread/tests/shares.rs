//! Nodes that hold all they can take nothing from the others.

use super::*;

/// Nodes that ask for answers of so many bytes, as many as they may hold, and read none of them.
fn hogs(unread: &Unread, count: usize, bytes: usize) -> Vec<CountedBody> {
    let mut held = Vec::new();
    for hog in 0..count {
        for _ in 0..BYTES_PER_NODE_MAX / bytes {
            let mut body = answer(unread, &format!("hog-{hog}"), bytes);
            if next(&mut body).expect("is told").is_ok() {
                held.push(body);
            }
        }
    }
    held
}

#[tokio::test(start_paused = true)]
async fn whoever_holds_much_is_refused_and_the_others_are_not() {
    let unread = Unread::default();
    let _held = hogs(&unread, 4, ANSWER_BYTES_MAX);
    assert!(unread.is_full("hog-0") && !unread.is_full("city"));
    let mut city = answer(&unread, "city", ANSWER_BYTES_MAX);
    next(&mut city).expect("is told").expect("has room");
}

#[tokio::test(start_paused = true)]
async fn something_is_left_for_the_next_one_however_many_hold_much() {
    let unread = Unread::default();
    let _held = hogs(&unread, 20, BYTES_PER_NODE_MIN);
    let rest = 20 * BYTES_PER_NODE_MIN;
    let held = unread.bytes();
    assert!(held > BYTES_MAX && held <= BYTES_MAX + rest, "{held}");
    assert!(!unread.is_full("city"));
    let mut city = answer(&unread, "city", BYTES_PER_NODE_MIN);
    next(&mut city).expect("is told").expect("has room");
}

#[tokio::test(start_paused = true)]
async fn a_frame_to_an_agent_is_counted_and_never_refused() {
    let unread = Unread::default();
    let _held = hogs(&unread, 20, BYTES_PER_NODE_MIN);
    let before = unread.bytes();
    for node in ["city", "hog-0"] {
        let given = Given {
            data: Some(Bytes::from(vec![7; HUB_FRAME_BYTES_MAX])),
            is_over: false,
        };
        let body = tonic::body::Body::new(given);
        let mut stream = CountedBody::new(body, &unread, peer(node), Kind::Attach);
        next(&mut stream).expect("has more").expect("is well");
        assert_eq!(unread.bytes(), before + HUB_FRAME_BYTES_MAX, "{node}");
    }
    assert_eq!(unread.bytes(), before);
}
