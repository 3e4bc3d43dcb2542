//! The stream of a false agent, written by hand: what it sends need not be what any type holds, and
//! a hundred megabytes of it take no memory here. They are sent out of one small piece again and
//! again, since what the sick center's own machine would do is not what is measured.

use std::sync::LazyLock;

use bytes::{BufMut as _, Bytes};
use futures_util::StreamExt as _;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::client::GrpcService as _;
use tonic::codec::{Codec as _, Streaming};
use tonic::codegen::http;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;
use wire::v1;

use super::super::RogueError;

const ATTACH: &str = "/tianshu.v1.Link/Attach";
/// One byte and the length, before every message.
const HEAD_BYTES: usize = 5;
/// An empty part: field 1, no bytes.
const PART: [u8; 2] = [0x0a, 0];
/// As many parts as are sent at once.
const PARTS_PER_PIECE: usize = 8 << 10;

static PIECE: LazyLock<Bytes> = LazyLock::new(|| PART.repeat(PARTS_PER_PIECE).into());

/// A message: its beginning, and empty parts up to its end.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) lead: Vec<u8>,
    pub(super) parts: usize,
}

impl Message {
    /// How long it is.
    pub(super) fn len(&self) -> usize {
        self.lead.len() + self.parts * PART.len()
    }

    /// What travels: head, lead and the parts by pieces.
    fn pieces(self) -> impl Iterator<Item = Bytes> + Send {
        let mut first = Vec::with_capacity(HEAD_BYTES + self.lead.len());
        // Not compressed.
        first.put_u8(0);
        first.put_u32(u32::try_from(self.len()).unwrap_or(u32::MAX));
        first.extend_from_slice(&self.lead);
        let whole = self.parts / PARTS_PER_PIECE;
        let rest = self.parts % PARTS_PER_PIECE * PART.len();
        let filling = std::iter::repeat_n(PIECE.clone(), whole);
        let rest = (rest > 0).then(|| PIECE.slice(..rest));
        std::iter::once(first.into()).chain(filling).chain(rest)
    }
}

/// What a hub says.
pub(super) type Down = Streaming<v1::HubFrame>;

/// Attaches; the messages go up.
pub(super) async fn attach(
    mut channel: Channel,
    messages: mpsc::Receiver<Message>,
) -> Result<Down, RogueError> {
    let pieces = ReceiverStream::new(messages)
        .flat_map(|message| futures_util::stream::iter(message.pieces()));
    let frames = pieces.map(|piece| Ok::<_, Status>(Frame::data(piece)));
    let request = http::Request::post(ATTACH)
        .version(http::Version::HTTP_2)
        .header(http::header::TE, "trailers")
        .header(http::header::CONTENT_TYPE, "application/grpc")
        .body(Body::new(StreamBody::new(frames)))
        .map_err(|fault| RogueError::Raw(fault.to_string()))?;
    std::future::poll_fn(|context| channel.poll_ready(context)).await?;
    let (head, body) = channel.call(request).await?.into_parts();
    if let Some(refused) = Status::from_header_map(&head.headers)
        && refused.code() != Code::Ok
    {
        return Err(RogueError::Raw(refused.to_string()));
    }
    let decoder = ProstCodec::<v1::AgentFrame, v1::HubFrame>::default().decoder();
    Ok(Streaming::new_response(
        decoder,
        body,
        head.status,
        None,
        None,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_are_the_message() {
        for parts in [0, 1, PARTS_PER_PIECE, PARTS_PER_PIECE + 3] {
            let message = Message {
                lead: b"lead".to_vec(),
                parts,
            };
            let length = message.len();
            let sent = message.pieces().collect::<Vec<_>>().concat();
            assert_eq!(sent.len(), HEAD_BYTES + length);
            let told = u32::from_be_bytes([sent[1], sent[2], sent[3], sent[4]]);
            assert_eq!(usize::try_from(told), Ok(length));
            assert!(sent[HEAD_BYTES..].starts_with(b"lead"));
            assert!(sent[HEAD_BYTES + 4..].chunks(2).all(|part| part == PART));
        }
    }
}
