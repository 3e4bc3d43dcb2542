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
    RULE_ANNOUNCEMENTS_PER_STREAM_MAX,
};
use wire::refusal::status;
use wire::v1::link_server::Link as LinkService;
use wire::{Refusal, RefusalCode, RuleWords, convert, v1};

use self::version::{Standing, Unfit, Versions};
use super::ask::peer;
use crate::broker::Broker;
use crate::ledger::entry::{Attached, Detached, Entry, Refused, RulesAnnounced};
use crate::nodes::Attachment;
use crate::nodes::introduced::Introduced;
use crate::nodes::link::{Came, Down, Link};
use crate::nodes::pulse::Pulse;
use crate::record;

mod beating;
mod version;

pub use beating::BeatingLayer;

/// Why a stream is refused, and for a catalog too far apart both versions.
#[derive(Debug)]
struct Turned {
    because: Refusal,
    versions: Option<Versions>,
}

impl From<RefusalCode> for Turned {
    fn from(code: RefusalCode) -> Self {
        Refusal::from(code).into()
    }
}

impl From<Refusal> for Turned {
    fn from(because: Refusal) -> Self {
        Self {
            because,
            versions: None,
        }
    }
}

impl From<Unfit> for Turned {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Malformed => RefusalCode::AttachMalformed.into(),
            Unfit::Apart(versions) => Self {
                because: RefusalCode::AttachCatalog.into(),
                versions: Some(versions),
            },
        }
    }
}

/// Why a stream is read no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// It ended, or is of no use any more.
    Gone,
    /// It broke the contract.
    Breach(&'static str),
}

impl Over {
    /// Only what the reading of messages says itself; a connection that breaks is no breach.
    fn of(status: &Status) -> Self {
        wire::codec::breach(status).map_or(Self::Gone, Self::Breach)
    }
}

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
        // Without its layer whole frames alone are signs of life.
        let pulse = request.extensions().get().cloned().unwrap_or_default();
        let mut up = request.into_inner();
        let hello = first_frame(&mut up).await?;
        let attached = self.attached(Arc::clone(&peer), hello, (up, pulse));
        match attached.await {
            Ok(response) => Ok(response),
            Err(turned) => Err(self.refuse(&peer, turned).await),
        }
    }
}

impl AttachDoor {
    async fn attached(
        &self,
        peer: Arc<PeerIdentity>,
        hello: v1::Hello,
        (up, pulse): (Streaming<v1::AgentFrame>, Arc<Pulse>),
    ) -> Result<Response<ReceiverStream<Down>>, Turned> {
        if peer.kind != PeerKind::Node {
            return Err(RefusalCode::CallerNotNode.into());
        }
        if self.broker.nodes.member(&peer.name).is_none() {
            return Err(RefusalCode::CallerUnknown.into());
        }
        self.broker.throttle.admit_attach(&peer.name)?;
        let said = hello.catalog.as_ref();
        let said = said.ok_or(RefusalCode::AttachMalformed)?;
        let standing = version::standing(&self.broker.catalog, said)?;
        let classes = self.classes(&hello, standing)?;
        let introduced = introduce(&peer, &hello, &said.digest, &classes)?;
        let of_itself = Introduced {
            catalog: said.version.clone(),
            mapped: Introduced::heard(&self.broker.catalog, &hello)?,
            serial: peer.serial.clone(),
            until: Some(peer.not_after),
        };
        let version = said.version.clone();
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
        let link = Link::new(peer.serial.clone(), down).probed(hello.probes);
        let link = link.beating(pulse).naming(hello.names_subjects);
        let link = Arc::new(link.introduced(of_itself));
        let nodes = &self.broker.nodes;
        let attachment = nodes.attach(&peer.name, link, classes, introduced.software.clone())?;
        self.note(Entry::Attached(introduced)).await?;
        self.broker.witnesses.came();
        let standing = standing.as_str();
        tracing::info!(
            node = peer.name,
            catalog = version,
            standing,
            "node attached"
        );
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
        let mut announcements = 0;
        loop {
            let frame = tokio::select! {
                // The end first: an agent that never pauses does not keep a hub from stopping.
                biased;
                () = self.ending.cancelled() => break,
                frame = up.message() => frame,
            };
            // A malformed frame ends this stream and no other.
            let taken = match frame {
                Ok(Some(frame)) => {
                    let announced = &mut announcements;
                    self.take(&peer, &attachment, frame, announced).await
                }
                Ok(None) => Err(Over::Gone),
                Err(status) => Err(Over::of(&status)),
            };
            match taken {
                Ok(()) => {}
                Err(Over::Gone) => break,
                Err(Over::Breach(what)) => {
                    tracing::warn!(node = peer.name, what, "a stream broke the contract");
                    self.broker.metrics.reply_broken(&peer.name);
                    self.broker.nodes.breached(&peer.name);
                    break;
                }
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

    async fn take(
        &self,
        peer: &PeerIdentity,
        attachment: &Attachment,
        frame: v1::AgentFrame,
        announcements: &mut usize,
    ) -> Result<(), Over> {
        match frame.frame {
            Some(v1::agent_frame::Frame::Reply(reply)) => {
                let came = attachment.link.deliver(reply);
                if came != Came::Delivered {
                    self.broker.metrics.reply_late(&peer.name);
                }
                if came == Came::Stranger {
                    return Err(Over::Breach("a reply that nobody asked for"));
                }
            }
            Some(v1::agent_frame::Frame::Draining(_)) => attachment.link.drain(),
            // One that nobody waits for any more came too late; it is asked again.
            Some(v1::agent_frame::Frame::Witnessed(answer)) => {
                attachment.link.witnessed(answer);
            }
            // A word that nobody waits for any more came too late, and says nothing.
            Some(v1::agent_frame::Frame::Probed(probed)) => {
                let _ = attachment.link.told(probed);
            }
            Some(v1::agent_frame::Frame::SubjectNamed(named)) => {
                let _ = attachment.link.named(named);
            }
            Some(v1::agent_frame::Frame::Rules(said)) => {
                *announcements += 1;
                if *announcements > RULE_ANNOUNCEMENTS_PER_STREAM_MAX {
                    return Err(Over::Gone);
                }
                // The hub's own disk keeps it from hearing more.
                attachment.link.hold_up(true);
                let announced = self.announced(peer, attachment, &said).await;
                attachment.link.hold_up(false);
                announced.map_err(|_| Over::Gone)?;
            }
            Some(v1::agent_frame::Frame::Hello(_)) | None => {
                return Err(Over::Breach("a frame out of turn"));
            }
        }
        Ok(())
    }

    /// Takes a node's announcement of its rules: on record first, whole, or not at all.
    async fn announced(
        &self,
        peer: &PeerIdentity,
        attachment: &Attachment,
        said: &v1::RuleWords,
    ) -> Result<(), RefusalCode> {
        let words = RuleWords::heard(said).map_err(|_| RefusalCode::AttachMalformed)?;
        if words == *attachment.link.words() {
            return Ok(());
        }
        let entry = RulesAnnounced {
            node: peer.name.clone(),
            serial: peer.serial.clone(),
            count: u64::try_from(words.len()).unwrap_or(u64::MAX),
            digest: words.digest().to_string(),
        };
        tracing::info!(
            node = entry.node,
            count = entry.count,
            digest = entry.digest,
            "node announced its rules"
        );
        self.note(Entry::RulesAnnounced(entry)).await?;
        attachment.link.announce(words);
        Ok(())
    }

    /// Puts a refused stream on record; repeated ones are folded.
    async fn refuse(&self, peer: &PeerIdentity, turned: Turned) -> Status {
        let code = turned.because.code;
        let detail = turned.versions.as_ref().map(Versions::en);
        let detail = detail.unwrap_or_default();
        tracing::warn!(node = peer.name, %code, detail, "a stream was refused");
        let refused = Refused {
            code: code.to_string(),
            turn: code.turn().as_str().to_owned(),
            who: record::who(peer, None),
            detail,
            ..Refused::default()
        };
        // If the log cannot write, health and every question say so; this stream is refused anyway.
        let _ = self.broker.ledger.refuse(code, refused).await;
        let mut refusal = turned.because.to_wire("");
        if let Some(versions) = turned.versions {
            refusal.en = format!("{} {}", refusal.en, versions.en());
            refusal.zh = format!("{}{}", refusal.zh, versions.zh());
        }
        status(&refusal)
    }

    /// The classes that a node answers for. Those that only its newer catalog has are left out:
    /// nobody asks this hub for them.
    fn classes(
        &self,
        hello: &v1::Hello,
        standing: Standing,
    ) -> Result<BTreeSet<ClassNo>, RefusalCode> {
        if hello.classes.len() > CLASSES_PER_ASK_MAX {
            return Err(RefusalCode::AttachMalformed);
        }
        let read = hello
            .classes
            .iter()
            .map(|class| convert::class_from_wire(&self.broker.catalog, *class));
        match standing {
            Standing::Ahead => Ok(read.flatten().collect()),
            Standing::Same | Standing::Behind => read
                .collect::<Result<_, _>>()
                .map_err(|_| RefusalCode::AttachMalformed),
        }
    }

    async fn note(&self, entry: Entry) -> Result<(), RefusalCode> {
        let noted = self.broker.ledger.note(entry).await;
        noted.map(|_| ()).map_err(|_| RefusalCode::AuditUnavailable)
    }
}

fn introduce(
    peer: &PeerIdentity,
    hello: &v1::Hello,
    catalog: &[u8],
    classes: &BTreeSet<ClassNo>,
) -> Result<Attached, RefusalCode> {
    if hello.software.len() > NAME_BYTES_MAX || hello.flows_digest.len() != 32 {
        return Err(RefusalCode::AttachMalformed);
    }
    Ok(Attached {
        node: peer.name.clone(),
        serial: peer.serial.clone(),
        software: hello.software.clone(),
        catalog: HEXLOWER.encode(catalog),
        flows: HEXLOWER.encode(&hello.flows_digest),
        classes: classes.iter().map(ToString::to_string).collect(),
    })
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

#[cfg(test)]
mod tests;
