//! What arrives on a stream and is no message of the contract is told apart from a connection that
//! breaks.

use bytes::Bytes;
use http_body_util::Full;
use tonic::codec::Streaming;

use super::*;
use crate::v1;

const BYTES_MAX: usize = 1_024;

/// Why a stream of these bytes is read no further.
async fn read(bytes: Vec<u8>) -> Status {
    let codec = BoundedCodec::<v1::HubFrame, v1::AgentFrame>::default().decoder();
    let body = Full::new(Bytes::from(bytes));
    let mut stream = Streaming::new_request(codec, body, None, Some(BYTES_MAX));
    loop {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ends well"),
            Err(status) => return status,
        }
    }
}

/// A message as it travels.
fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("is short");
    [&[flag][..], &length.to_be_bytes(), message].concat()
}

#[tokio::test]
async fn bytes_that_are_no_message_are_a_breach() {
    // A text that is none: well framed, so that only decoding finds it.
    let text = [0x0a, 4, 0x0a, 2, 0xff, 0xff];
    let many = [vec![0x0a, 200, 1], [0x20, 0].repeat(100)].concat();
    let rows = [
        (framed(0, &[0xff; 64]), "bytes that are no message"),
        (framed(0, &text), "bytes that are no message"),
        (framed(0, &many), "a message of too many parts"),
        (framed(7, &[]), "bytes that are no message"),
        (framed(1, &[]), "bytes that are no message"),
        (framed(0, &[0; BYTES_MAX + 1]), "a message too large"),
    ];
    for (bytes, what) in rows {
        let status = read(bytes.clone()).await;
        assert_eq!(breach(&status), Some(what), "{status:?}: {bytes:?}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_none() {
    // It ends in the middle of a message.
    let cut = read(framed(0, &[1; 8])[..9].to_vec()).await;
    assert_eq!(breach(&cut), None, "{cut:?}");
    let mut calm = Status::resource_exhausted("ENHANCE_YOUR_CALM");
    assert_eq!(breach(&calm), None, "what a peer's library says");
    calm.set_source(Arc::new(std::io::Error::other("h2")));
    for status in [
        calm,
        Status::internal("h2 protocol error: http2 error"),
        Status::unknown("x"),
        Status::cancelled("x"),
        Status::unavailable("x"),
    ] {
        assert_eq!(breach(&status), None, "{status:?}");
    }
}
