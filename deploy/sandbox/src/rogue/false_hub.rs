//! A hub that lies: it stands at the hub's address with the hub's real certificate, listens to what
//! agents ask, and sends other agents whatever it likes. Used to show that an agent gives nothing
//! to the hub's word alone.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use catalog::ClassNo;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status, Streaming};
use wire::RefusalCode;
use wire::identity::PeerIdentity;
use wire::refusal::status;
use wire::tls::{AcceptLimits, Acceptor, LiveConnections, ServerTls, serve_incoming};
use wire::v1;
use wire::v1::broker_server::{Broker, BrokerServer};
use wire::v1::link_server::{Link, LinkServer};

use super::RogueError;
use crate::star::{HUB, Home, READY_WAIT, TRUST_DOMAIN, until};
use crate::world::Node;

/// Frames to one agent that wait for the network.
const FRAMES_WAITING_MAX: usize = 16;
/// Questions overheard and not yet taken.
const OVERHEARD_MAX: usize = 64;
/// How often a hub that reads nothing looks whether it reads again.
const DEAF_PAUSE: Duration = Duration::from_millis(50);
/// What a hub gives an agent for a probe.
const PROBE_WAIT_MS: u32 = 1_000;
/// How long an agent may take to reply to a lie.
const REPLY_WAIT: Duration = Duration::from_secs(10);

type Frames = mpsc::Sender<Result<v1::HubFrame, Status>>;

/// What both doors share.
#[derive(Debug)]
struct Ears {
    /// The open streams of each node, the latest last.
    streams: Mutex<BTreeMap<String, Vec<Frames>>>,
    /// Who waits for the reply to which question.
    waiting: Arc<Mutex<BTreeMap<String, oneshot::Sender<v1::NodeReply>>>>,
    overheard: mpsc::Sender<v1::AskRequest>,
    tasks: TaskTracker,
    tally: Arc<Tally>,
}

/// What agents did so far.
#[derive(Debug, Default)]
struct Tally {
    /// Whether nothing is read of what agents send.
    is_deaf: AtomicBool,
    replies: AtomicUsize,
    busy: AtomicUsize,
    words: AtomicUsize,
    busy_words: AtomicUsize,
    attached: Mutex<BTreeMap<String, usize>>,
}

impl Tally {
    fn count(&self, reply: &v1::NodeReply) {
        self.replies.fetch_add(1, Ordering::Relaxed);
        if let Some(v1::node_reply::Outcome::Refusal(refusal)) = &reply.outcome
            && refusal.code == RefusalCode::NodeBusy.as_str()
        {
            self.busy.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn count_word(&self, word: &v1::Probed) {
        self.words.fetch_add(1, Ordering::Relaxed);
        if word.standing() == v1::Standing::Busy {
            self.busy_words.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A running hub that lies. It ends when it is dropped.
#[derive(Debug)]
pub struct FalseHub {
    ears: Arc<Ears>,
    overheard: mpsc::Receiver<v1::AskRequest>,
    ending: CancellationToken,
}

impl Drop for FalseHub {
    fn drop(&mut self) {
        self.ending.cancel();
        // A stream ends with its sender; an open one keeps its agent here.
        lock(&self.ears.streams).clear();
    }
}

impl FalseHub {
    /// Takes the place of a hub that does not run.
    ///
    /// # Errors
    /// The address is taken or the certificate cannot be read.
    pub async fn in_place_of(home: &Home) -> Result<Self, RogueError> {
        let loot = |fault: String| RogueError::Loot(fault);
        let tls = ServerTls::load(&home.hub_tls(), TRUST_DOMAIN)
            .map_err(|fault| loot(fault.to_string()))?;
        let listener = TcpListener::bind(home.link())
            .await
            .map_err(|fault| loot(fault.to_string()))?;
        let (ending, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (heard, overheard) = mpsc::channel(OVERHEARD_MAX);
        let ears = Arc::new(Ears {
            streams: Mutex::default(),
            waiting: Arc::default(),
            overheard: heard,
            tasks: tasks.clone(),
            tally: Arc::default(),
        });
        let limits = AcceptLimits::default();
        let acceptor = Acceptor::new(tls, limits, LiveConnections::new(), Arc::new(|_| {}));
        let incoming = serve_incoming(acceptor, listener, &tasks, ending.clone());
        let served = tonic::transport::Server::builder()
            .add_service(BrokerServer::from_arc(Arc::clone(&ears)))
            .add_service(LinkServer::from_arc(Arc::clone(&ears)))
            .serve_with_incoming_shutdown(incoming, ending.clone().cancelled_owned());
        tasks.spawn(served);
        Ok(Self {
            ears,
            overheard,
            ending,
        })
    }

    /// Waits until each of these agents has taken it for the hub.
    ///
    /// # Errors
    /// One does not come in time.
    pub async fn wait_attached(&self, nodes: &[Node]) -> Result<(), RogueError> {
        let all = until(READY_WAIT, async || {
            let streams = lock(&self.ears.streams);
            let is_here = |node: &Node| streams.contains_key(node.id());
            nodes.iter().all(is_here).then_some(())
        });
        let missing = || RogueError::Loot("an agent does not attach".to_owned());
        all.await.ok_or_else(missing)
    }

    /// The next question that an agent asks; the agent is told that the hub is stopping.
    pub async fn overhear(&mut self) -> Option<v1::AskRequest> {
        tokio::time::timeout(REPLY_WAIT, self.overheard.recv())
            .await
            .ok()
            .flatten()
    }

    /// Sends questions to an agent as fast as it reads them, and waits for no reply; how many it
    /// took within `limit`.
    pub async fn flood(
        &self,
        to: Node,
        asks: impl Iterator<Item = v1::NodeAsk>,
        limit: Duration,
    ) -> usize {
        let frames = asks.map(v1::hub_frame::Frame::Ask);
        self.send_all(to, frames, limit).await
    }

    /// Asks an agent so many times whether the sources of its classes are well, as fast as it reads
    /// that; how many it took within `limit`.
    pub async fn flood_probes(&self, to: Node, times: u32, limit: Duration) -> usize {
        let probes = (0..times).map(|nth| {
            v1::hub_frame::Frame::Probe(v1::Probe {
                id: u64::from(nth),
                class: nth % u32::from(ClassNo::MAX) + 1,
                deadline_ms: PROBE_WAIT_MS,
            })
        });
        self.send_all(to, probes, limit).await
    }

    async fn send_all(
        &self,
        to: Node,
        frames: impl Iterator<Item = v1::hub_frame::Frame>,
        limit: Duration,
    ) -> usize {
        let Some(stream) = self.ears.latest(to) else {
            return 0;
        };
        let mut taken = 0;
        let flood = async {
            for frame in frames {
                let frame = v1::HubFrame { frame: Some(frame) };
                if stream.send(Ok(frame)).await.is_err() {
                    return;
                }
                taken += 1;
            }
        };
        // What was taken by then counts.
        let _ = tokio::time::timeout(limit, flood).await;
        taken
    }

    /// From now on nothing is read of what agents send, or all of it again.
    pub fn deafen(&self, is_deaf: bool) {
        self.ears.tally.is_deaf.store(is_deaf, Ordering::Relaxed);
    }

    /// Replies so far, and those among them that say that the agent is busy.
    #[must_use]
    pub fn replies(&self) -> (usize, usize) {
        let tally = &self.ears.tally;
        let replies = tally.replies.load(Ordering::Relaxed);
        (replies, tally.busy.load(Ordering::Relaxed))
    }

    /// Words about sources so far, and those among them that say that the agent is busy.
    #[must_use]
    pub fn words(&self) -> (usize, usize) {
        let tally = &self.ears.tally;
        let words = tally.words.load(Ordering::Relaxed);
        (words, tally.busy_words.load(Ordering::Relaxed))
    }

    /// How often the agent of a node attached.
    #[must_use]
    pub fn attached(&self, node: Node) -> usize {
        let attached = lock(&self.ears.tally.attached);
        attached.get(node.id()).copied().unwrap_or_default()
    }

    /// Sends a question to an agent as the hub would, and gives its reply.
    ///
    /// # Errors
    /// The agent is not attached or does not reply.
    pub async fn lie(&self, to: Node, ask: v1::NodeAsk) -> Result<v1::NodeReply, RogueError> {
        let (said, reply) = oneshot::channel();
        lock(&self.ears.waiting).insert(ask.query_id.clone(), said);
        let stream = self.ears.latest(to);
        let gone = || RogueError::Loot(format!("{} is not attached", to.id()));
        let frame = v1::HubFrame {
            frame: Some(v1::hub_frame::Frame::Ask(ask)),
        };
        stream
            .ok_or_else(gone)?
            .send(Ok(frame))
            .await
            .map_err(|_| gone())?;
        let reply = tokio::time::timeout(REPLY_WAIT, reply).await;
        reply.ok().and_then(Result::ok).ok_or_else(gone)
    }
}

impl Ears {
    fn latest(&self, of: Node) -> Option<Frames> {
        let streams = lock(&self.streams);
        streams
            .get(of.id())
            .and_then(|of_node| of_node.last())
            .cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tonic::async_trait]
impl Broker for Ears {
    type AskManyStream = tokio_stream::Empty<Result<v1::LineAnswer, Status>>;

    async fn ask(&self, request: Request<v1::AskRequest>) -> Result<Response<v1::Answer>, Status> {
        // Nobody takes what is overheard beyond the limit.
        let _ = self.overheard.try_send(request.into_inner());
        Err(status(&RefusalCode::HubStopping.to_wire("")))
    }

    async fn ask_many(
        &self,
        _request: Request<Streaming<v1::AskLine>>,
    ) -> Result<Response<Self::AskManyStream>, Status> {
        Err(status(&RefusalCode::HubStopping.to_wire("")))
    }
}

#[tonic::async_trait]
impl Link for Ears {
    type AttachStream =
        Pin<Box<dyn tokio_stream::Stream<Item = Result<v1::HubFrame, Status>> + Send>>;

    async fn attach(
        &self,
        request: Request<Streaming<v1::AgentFrame>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let peer = request.extensions().get::<Arc<PeerIdentity>>();
        let node = peer.map(|peer| peer.name.clone()).unwrap_or_default();
        let (down, frames) = mpsc::channel(FRAMES_WAITING_MAX);
        let welcome = v1::hub_frame::Frame::Welcome(v1::Welcome {
            hub: HUB.to_owned(),
            log: HUB.to_owned(),
            asks_max: 256,
        });
        let welcome = v1::HubFrame {
            frame: Some(welcome),
        };
        // There is room for the first frame.
        let _ = down.try_send(Ok(welcome));
        let mut up = request.into_inner();
        // The introduction; what it says does not matter here.
        let _ = up.message().await?;
        *lock(&self.tally.attached).entry(node.clone()).or_default() += 1;
        let mut streams = lock(&self.streams);
        let of_node = streams.entry(node).or_default();
        of_node.retain(|stream| !stream.is_closed());
        of_node.push(down);
        drop(streams);
        let (waiting, tally) = (Arc::clone(&self.waiting), Arc::clone(&self.tally));
        self.tasks.spawn(async move {
            while let Ok(Some(frame)) = up.message().await {
                while tally.is_deaf.load(Ordering::Relaxed) {
                    tokio::time::sleep(DEAF_PAUSE).await;
                }
                let reply = match frame.frame {
                    Some(v1::agent_frame::Frame::Reply(reply)) => reply,
                    Some(v1::agent_frame::Frame::Probed(word)) => {
                        tally.count_word(&word);
                        continue;
                    }
                    _ => continue,
                };
                tally.count(&reply);
                if let Some(said) = lock(&waiting).remove(&reply.query_id) {
                    // Whoever waited may have given up.
                    let _ = said.send(reply);
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(frames))))
    }
}
