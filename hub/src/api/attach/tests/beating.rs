//! A piece of a frame, long before it is whole, is a sign of life.

use std::convert::Infallible;
use std::time::Duration;

use prost::Message as _;
use prost::bytes::Bytes;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::codegen::Service as _;
use tonic::codegen::http;

use super::*;

#[tokio::test]
async fn a_piece_of_a_frame_is_heard() {
    let star = star(1);
    let (up, pieces) = mpsc::channel::<Result<Bytes, Infallible>>(8);
    let hello = v1::AgentFrame {
        frame: Some(v1::agent_frame::Frame::Hello(hello(&VERSIONS[1]))),
    };
    let hello = hello.encode_to_vec();
    let length = u32::try_from(hello.len()).expect("is short");
    let head = [&[0], length.to_be_bytes().as_slice()].concat();
    for piece in [head, hello] {
        up.send(Ok(piece.into())).await.expect("is taken");
    }
    let body = axum::body::Body::from_stream(ReceiverStream::new(pieces));
    let request = http::Request::post("/tianshu.v1.Link/Attach")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(body));
    let mut channel = channel(&star).await;
    std::future::poll_fn(|cx| channel.poll_ready(cx))
        .await
        .expect("connects");
    let _attached = channel.call(request.expect("is one")).await.expect("is in");
    let links = star.broker.nodes.witness_links();
    let (_, link) = links.first().expect("is attached");
    let attached = Instant::now();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!link.has_spoken_since(attached), "nothing came");
    // Four megabytes are to come; this is where they begin.
    let begins = Bytes::from_static(&[0, 0, 0x3f, 0, 0, 1, 2, 3]);
    up.send(Ok(begins)).await.expect("is taken");
    for _ in 0..500 {
        if link.has_spoken_since(attached) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the piece was not heard");
}
