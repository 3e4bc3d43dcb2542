//! Messages that no agent would send: bytes that are no message, messages without end, a stream
//! that does not begin as the contract says.

use futures_util::StreamExt as _;
use tonic::codegen::http::uri::PathAndQuery;
use wire::v1;
use wire::v1::link_client::LinkClient;

use super::{RogueError, Thief, refusal};
use crate::client::Refusal;

const ASK: &str = "/tianshu.v1.Broker/Ask";

/// What was thrown at the hub and what came back.
#[derive(Debug)]
pub struct Thrown {
    /// How the hub refused; none if it did not.
    pub refusal: Option<Refusal>,
}

impl Thief {
    /// Sends bytes in place of a question. They travel as the first field of the message, where the
    /// envelope should be.
    ///
    /// # Errors
    /// There is no connection.
    pub async fn throw_bytes(&self, bytes: Vec<u8>) -> Result<Thrown, RogueError> {
        let mut door = tonic::client::Grpc::new(self.channel().await?);
        door.ready().await?;
        let codec = tonic_prost::ProstCodec::<Vec<u8>, v1::Answer>::default();
        let path = PathAndQuery::from_static(ASK);
        let thrown = door.unary(tonic::Request::new(bytes), path, codec).await;
        Ok(Thrown {
            refusal: thrown.err().map(|status| refusal(&status)),
        })
    }

    /// Attaches with a first frame that is no introduction.
    ///
    /// # Errors
    /// There is no connection.
    pub async fn attach_rudely(&self) -> Result<Thrown, RogueError> {
        let reply = v1::NodeReply {
            query_id: "0".to_owned(),
            outcome: None,
        };
        let frame = v1::AgentFrame {
            frame: Some(v1::agent_frame::Frame::Reply(reply)),
        };
        self.attach(frame).await
    }

    /// Attaches with another catalog than the hub's.
    ///
    /// # Errors
    /// There is no connection.
    pub async fn attach_with_other_catalog(&self) -> Result<Thrown, RogueError> {
        self.attach(hello("0".to_owned(), vec![0; 32])).await
    }

    async fn attach(&self, first: v1::AgentFrame) -> Result<Thrown, RogueError> {
        let mut link = LinkClient::new(self.channel().await?);
        // The stream stays open behind its first frame, as an agent's does.
        let frames = tokio_stream::iter([first]).chain(tokio_stream::pending());
        let refusal = match link.attach(frames).await {
            Err(status) => Some(refusal(&status)),
            Ok(stream) => match stream.into_inner().message().await {
                Err(status) => Some(refusal(&status)),
                Ok(_) => None,
            },
        };
        Ok(Thrown { refusal })
    }
}

/// The introduction of an agent that has this catalog.
pub(super) fn hello(version: String, digest: Vec<u8>) -> v1::AgentFrame {
    let hello = v1::Hello {
        probes: false,
        software: "rogue".to_owned(),
        catalog: Some(v1::CatalogVersion {
            version,
            digest,
            previous_digest: Vec::new(),
        }),
        flows_digest: vec![0; 32],
        classes: vec![4],
        coverage: Vec::new(),
        names_subjects: false,
    };
    v1::AgentFrame {
        frame: Some(v1::agent_frame::Frame::Hello(hello)),
    }
}
