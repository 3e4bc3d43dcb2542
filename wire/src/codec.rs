//! Reading messages off a stream. A message is held against the limits of how many parts it may
//! have before it is decoded: an empty part takes two bytes on the way and a hundred times as much
//! afterwards, so that the limit of bytes alone would let one message take half a gigabyte.

use std::error::Error as _;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Buf as _;
use prost::Message;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

pub mod parts;

use parts::{Bounded, Unfit};

/// What the generated doors and clients read and write with.
#[derive(Debug)]
pub struct BoundedCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for BoundedCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for BoundedCodec<T, U>
where
    T: Message + Send + Sync + 'static,
    U: Message + Bounded + Default + Send + Sync + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = <ProstCodec<T, U> as Codec>::Encoder;
    type Decoder = BoundedDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::default().encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        BoundedDecoder(PhantomData)
    }
}

/// See the module.
#[derive(Debug)]
pub struct BoundedDecoder<U>(PhantomData<U>);

impl<U: Message + Bounded + Default> Decoder for BoundedDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let bytes = from.copy_to_bytes(from.remaining());
        U::check(&bytes).map_err(marked)?;
        let message = U::decode(bytes).map_err(|_| marked(Unfit::Unreadable))?;
        Ok(Some(message))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

/// What makes a stream's failure one of the messages on it: a breach of the contract by whoever
/// sends, told apart from a connection that breaks, whatever code that bears.
#[must_use]
pub fn breach(status: &Status) -> Option<&'static str> {
    if let Some(source) = status.source() {
        // What comes from the connection has a source too, and another one.
        return source.downcast_ref::<Unfit>().map(|unfit| match unfit {
            Unfit::TooMany => "a message of too many parts",
            Unfit::Unreadable => "bytes that are no message",
        });
    }
    match status.code() {
        // What tonic says itself of a message's head, and nobody else.
        Code::OutOfRange => Some("a message too large"),
        Code::Internal if status.message().starts_with(NO_MESSAGE) => {
            Some("bytes that are no message")
        }
        _ => None,
    }
}

/// How tonic begins what it says of a head that is none; a test holds it to that.
const NO_MESSAGE: &str = "protocol error: received message with";

/// The status carries what was found: no peer can send that.
fn marked(unfit: Unfit) -> Status {
    let mut status = match unfit {
        Unfit::TooMany => Status::resource_exhausted(unfit.to_string()),
        Unfit::Unreadable => Status::internal(unfit.to_string()),
    };
    status.set_source(Arc::new(unfit));
    status
}

#[cfg(test)]
mod tests;
