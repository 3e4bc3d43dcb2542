//! An agent that sends bytes which are no message: its node is out for the time of broken replies,
//! and coming back does not shorten that.

use prost::Message as _;
use prost::bytes::BufMut as _;
use tonic::codec::{Codec, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use wire::codec::BoundedCodec;

use super::*;
use crate::nodes::breaker::State;

/// Sends bytes as they are.
#[derive(Debug, Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = v1::HubFrame;
    type Encoder = Self;
    type Decoder = <BoundedCodec<v1::AgentFrame, v1::HubFrame> as Codec>::Decoder;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self::Decoder {
        BoundedCodec::<v1::AgentFrame, v1::HubFrame>::default().decoder()
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&message);
        Ok(())
    }
}

fn state(star: &Star) -> State {
    let states = star.broker.nodes.states();
    let tielu = states.iter().find(|state| state.id == "tielu");
    tielu.expect("is registered").breaker
}

#[tokio::test]
async fn bytes_that_are_no_message_open_its_breakers_and_its_return_does_not_close_them() {
    let star = star(1);
    let (up, frames) = mpsc::channel(8);
    let hello = v1::AgentFrame {
        frame: Some(v1::agent_frame::Frame::Hello(hello(&VERSIONS[1]))),
    };
    for frame in [hello.encode_to_vec(), vec![0xff; 64]] {
        up.send(frame).await.expect("is taken");
    }
    let mut grpc = tonic::client::Grpc::new(channel(&star).await);
    grpc.ready().await.expect("connects");
    let path = PathAndQuery::from_static("/tianshu.v1.Link/Attach");
    let request = Request::new(ReceiverStream::new(frames));
    let attached = grpc.streaming(request, path, Raw).await;
    ended(attached.expect("is let in").into_inner()).await;
    assert_eq!(state(&star), State::Open);
    let _back = attach(&star, super::hello(&VERSIONS[1]))
        .await
        .expect("is let in");
    assert_eq!(state(&star), State::Open, "it is asked again at once");
}
