//! Reading messages off a stream. A message is held against the limits of how many parts it may
//! have before it is decoded: an empty part takes two bytes on the way and a hundred times as much
//! afterwards, so that the limit of bytes alone would let one message take half a gigabyte.

use std::marker::PhantomData;

use bytes::Buf as _;
use prost::Message;
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder};
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
        U::check(&bytes).map_err(|unfit| match unfit {
            Unfit::TooMany => Status::resource_exhausted(unfit.to_string()),
            Unfit::Unreadable => Status::internal(unfit.to_string()),
        })?;
        let message = U::decode(bytes).map_err(|fault| Status::internal(fault.to_string()))?;
        Ok(Some(message))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}
