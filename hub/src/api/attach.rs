//! `Link.Attach`: a node introduces itself and keeps the stream open; its replies find those who
//! wait.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::ClassNo;
use data_encoding::HEXLOWER;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use wire::identity::{PeerIdentity, PeerKind};
use wire::limits::{
    ASKS_PER_STREAM_MAX, CLASSES_PER_ASK_MAX, FRAMES_QUEUED_MAX, HELLO_WAIT, NAME_BYTES_MAX,
};
use wire::refusal::status;
use wire::v1::link_server::Link as LinkService;
use wire::{RefusalCode, convert, v1};

use super::ask::peer;
use crate::broker::Broker;
use crate::ledger::entry::{Attached, Detached, Entry, Refused};
use crate::nodes::Attachment;
use crate::nodes::link::{Down, Link};
use crate::record;

/// The door for answering nodes.
#[derive(Debug, Clone)]
pub struct AttachDoor {
    /// What stands behind it.
    pub broker: Arc<Broker>,
    /// Name of this hub.
    pub hub: Arc<str>,
    /// Told when streams are to end: after the questions under way, not before.
    pub ending: CancellationToken,
}

#[tonic::async_trait]
impl LinkService for AttachDoor {
    type AttachStream = ReceiverStream<Down>;

    async fn attach(
        &self,
        request: Request<Streaming<v1::AgentFrame>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let peer = peer(&request)?;
        let mut up = request.into_inner();
        let hello = first_frame(&mut up).await?;
        match self.attached(Arc::clone(&peer), hello, up).await {
            Ok(response) => Ok(response),
            Err(code) => Err(self.refuse(&peer, code).await),
        }
    }
}

impl AttachDoor {
    async fn attached(
        &self,
        peer: Arc<PeerIdentity>,
        hello: v1::Hello,
        up: Streaming<v1::AgentFrame>,
    ) -> Result<Response<ReceiverStream<Down>>, RefusalCode> {
        if peer.kind != PeerKind::Node {
            return Err(RefusalCode::CallerNotNode);
        }
        if self.broker.nodes.member(&peer.name).is_none() {
            return Err(RefusalCode::CallerUnknown);
        }
        self.broker.throttle.admit_attach(&peer.name)?;
        let classes = self.classes(&hello)?;
        let introduced = self.introduce(&peer, &hello, &classes)?;
        let (down, frames) = mpsc::channel(FRAMES_QUEUED_MAX);
        let welcome = v1::Welcome {
            hub: self.hub.to_string(),
            log: self.broker.ledger.journal().origin().to_owned(),
            asks_max: u32::try_from(ASKS_PER_STREAM_MAX).unwrap_or(u32::MAX),
        };
        let frame = v1::HubFrame {
            frame: Some(v1::hub_frame::Frame::Welcome(welcome)),
        };
        down.try_send(Ok(frame))
            .map_err(|_| RefusalCode::HubInternal)?;
        let link = Arc::new(Link::new(peer.serial.clone(), down));
        let nodes = &self.broker.nodes;
        let attachment = nodes.attach(&peer.name, link, classes, introduced.software.clone())?;
        self.note(Entry::Attached(introduced)).await?;
        tracing::info!(node = peer.name, "node attached");
        let door = self.clone();
        self.broker
            .tasks
            .spawn(async move { door.carry(peer, up, attachment).await });
        Ok(Response::new(ReceiverStream::new(frames)))
    }

    /// Reads the stream until it ends, then detaches and puts that on record.
    async fn carry(
        &self,
        peer: Arc<PeerIdentity>,
        mut up: Streaming<v1::AgentFrame>,
        attachment: Attachment,
    ) {
        loop {
            let frame = tokio::select! {
                frame = up.message() => frame,
                () = self.ending.cancelled() => break,
            };
            // A malformed frame ends this stream and no other.
            let Ok(Some(frame)) = frame else { break };
            match frame.frame {
                Some(v1::agent_frame::Frame::Reply(reply)) => {
                    if !attachment.link.deliver(reply) {
                        self.broker.metrics.reply_late(&peer.name);
                    }
                }
                Some(v1::agent_frame::Frame::Draining(_)) => attachment.link.drain(),
                Some(v1::agent_frame::Frame::Hello(_)) | None => break,
            }
        }
        let drained = attachment.link.is_draining();
        drop(attachment);
        tracing::info!(node = peer.name, drained, "node detached");
        let detached = Detached {
            node: peer.name.clone(),
            serial: peer.serial.clone(),
            drained,
        };
        // The journal's failure is seen by health and by every question; this entry is lost with
        // it.
        let _ = self.note(Entry::Detached(detached)).await;
    }

    /// Puts a refused stream on record; repeated ones are folded.
    async fn refuse(&self, peer: &PeerIdentity, code: RefusalCode) -> Status {
        tracing::warn!(node = peer.name, %code, "a stream was refused");
        let refused = Refused {
            code: code.to_string(),
            turn: code.turn().as_str().to_owned(),
            who: record::who(peer, None),
            ..Refused::default()
        };
        // If the log cannot write, health and every question say so; this stream is refused anyway.
        let _ = self.broker.ledger.refuse(code, refused).await;
        status(&code.to_wire(""))
    }

    fn introduce(
        &self,
        peer: &PeerIdentity,
        hello: &v1::Hello,
        classes: &BTreeSet<ClassNo>,
    ) -> Result<Attached, RefusalCode> {
        let catalog = hello.catalog.as_ref().ok_or(RefusalCode::AttachMalformed)?;
        if hello.software.len() > NAME_BYTES_MAX || hello.flows_digest.len() != 32 {
            return Err(RefusalCode::AttachMalformed);
        }
        if catalog.digest != self.broker.catalog.digest().as_bytes() {
            return Err(RefusalCode::AttachCatalog);
        }
        Ok(Attached {
            node: peer.name.clone(),
            serial: peer.serial.clone(),
            software: hello.software.clone(),
            catalog: HEXLOWER.encode(&catalog.digest),
            flows: HEXLOWER.encode(&hello.flows_digest),
            classes: classes.iter().map(ToString::to_string).collect(),
        })
    }

    fn classes(&self, hello: &v1::Hello) -> Result<BTreeSet<ClassNo>, RefusalCode> {
        if hello.classes.len() > CLASSES_PER_ASK_MAX {
            return Err(RefusalCode::AttachMalformed);
        }
        hello
            .classes
            .iter()
            .map(|class| convert::class_from_wire(&self.broker.catalog, *class))
            .collect::<Result<_, _>>()
            .map_err(|_| RefusalCode::AttachMalformed)
    }

    async fn note(&self, entry: Entry) -> Result<(), RefusalCode> {
        let noted = self.broker.ledger.note(entry).await;
        noted.map(|_| ()).map_err(|_| RefusalCode::AuditUnavailable)
    }
}

async fn first_frame(up: &mut Streaming<v1::AgentFrame>) -> Result<v1::Hello, Status> {
    let malformed = || status(&RefusalCode::AttachMalformed.to_wire(""));
    let frame = tokio::time::timeout(HELLO_WAIT, up.message())
        .await
        .map_err(|_| malformed())??;
    match frame.and_then(|frame| frame.frame) {
        Some(v1::agent_frame::Frame::Hello(hello)) => Ok(hello),
        Some(_) | None => Err(malformed()),
    }
}
