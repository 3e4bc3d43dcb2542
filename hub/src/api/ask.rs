//! `Broker.Ask`: a question in, an answer or a refusal out; and the way to `Broker.AskMany`.

use std::sync::Arc;

use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use wire::identity::PeerIdentity;
use wire::refusal::status;
use wire::traces::Tracer;
use wire::v1::broker_server::Broker as BrokerService;
use wire::{Refusal, RefusalCode, v1};

use super::many;
use crate::broker::Broker;
use crate::unread::{STILL_MAX, Unread};

/// The asking door.
#[derive(Debug, Clone)]
pub struct AskDoor {
    /// What stands behind it.
    pub broker: Arc<Broker>,
    /// What its callers have not read yet.
    pub unread: Unread,
    /// Whose spans its questions are.
    pub tracer: Tracer,
}

#[tonic::async_trait]
impl BrokerService for AskDoor {
    type AskManyStream = ReceiverStream<Result<v1::LineAnswer, Status>>;

    async fn ask_many(
        &self,
        request: Request<Streaming<v1::AskLine>>,
    ) -> Result<Response<Self::AskManyStream>, Status> {
        let peer = peer(&request)?;
        self.readable(&peer).await?;
        let answers = many::begin(&self.broker, peer, request.into_inner()).await?;
        Ok(Response::new(answers))
    }

    async fn ask(&self, request: Request<v1::AskRequest>) -> Result<Response<v1::Answer>, Status> {
        let peer = peer(&request)?;
        self.readable(&peer).await?;
        let span = self.tracer.followed(&request, "broker.answer");
        let answered = self.broker.handle_in(span, peer, request.into_inner());
        match answered.await {
            Ok(answer) => Ok(Response::new(answer)),
            Err(refusal) => Err(status(&refusal)),
        }
    }
}

impl AskDoor {
    /// Refuses a caller that does not read what it was answered: nothing is asked for it.
    async fn readable(&self, peer: &PeerIdentity) -> Result<(), Status> {
        if !self.unread.is_full(&peer.name) {
            return Ok(());
        }
        let because = Refusal::until(RefusalCode::LimitUnread, STILL_MAX);
        Err(many::refuse(&self.broker, peer, &because).await)
    }
}

/// Who is at the other end, as the handshake proved it. A header never says who calls.
///
/// # Errors
/// The connection did not come through our own accept loop.
pub fn peer<T>(request: &Request<T>) -> Result<Arc<PeerIdentity>, Status> {
    request
        .extensions()
        .get::<Arc<PeerIdentity>>()
        .cloned()
        .ok_or_else(|| status(&RefusalCode::TlsNoCertificate.to_wire("")))
}
