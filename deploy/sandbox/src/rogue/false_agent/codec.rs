//! Messages that are encoded already: what a false agent sends need not be what any type holds.

use bytes::{BufMut as _, Bytes};
use tonic::Status;
use tonic::codec::{Codec, EncodeBuf, Encoder};
use tonic_prost::ProstCodec;
use wire::v1;

/// Sends bytes as they are; reads what a hub says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = v1::HubFrame;
    type Encoder = Self;
    type Decoder = <ProstCodec<v1::AgentFrame, v1::HubFrame> as Codec>::Decoder;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<v1::AgentFrame, v1::HubFrame>::default().decoder()
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(message);
        Ok(())
    }
}
