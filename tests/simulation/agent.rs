//! One node's agent: two streams to the hub, the real guard before every answer, and moods in which
//! it is slow, silent, broken or a liar. It comes back after every loss, as the real session does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::body::Frame;
use policies::guard::{Guard, Vetoes};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::codec::{Codec as _, Streaming};
use tonic::{Request, Response, Status};
use wire::limits::{HELLO_WAIT, MESSAGE_BYTES_MAX};
use wire::v1;
use wire::v1::link_server::Link as _;

use super::answer::{Mood, Reading, Spoken, replies};
use super::chance::{Chance, Shared};
use super::ground::{CATALOG, FLOWS, TRUST, identity};
use super::history::{Event, History};
use super::hub::{Host, Life, WallClock};
use super::network::{Path, Sender, stream};

/// Streams of one agent.
const STREAMS: usize = 2;
/// As in the agent's session.
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(4);
const GOOD_AFTER: Duration = Duration::from_secs(10);
/// How long an agent that leaves goes on answering.
const LEAVE: Duration = Duration::from_millis(450);

/// One node's agent.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) node: &'static str,
    pub(super) path: Arc<Path>,
    pub(super) clock: Arc<WallClock>,
    pub(super) guard: Guard,
    host: Arc<Host>,
    history: Arc<History>,
    chance: Shared,
    mood: Mutex<Mood>,
    /// Told when the process ends.
    process: Mutex<CancellationToken>,
    /// Told when it takes its leave.
    leaving: Mutex<CancellationToken>,
    /// Streams that it ever had.
    streams: AtomicU64,
    tasks: TaskTracker,
}

/// What goes up a stream.
enum Up {
    Reply(Box<Spoken>),
    Probed(v1::Probed),
    Farewell,
}

/// What a stream needs while it lives.
struct Carried {
    down: mpsc::Receiver<v1::HubFrame>,
    up: Sender<Up>,
    gone: CancellationToken,
}

impl Agent {
    pub(super) fn new(
        node: &'static str,
        host: &Arc<Host>,
        path: Arc<Path>,
        history: &Arc<History>,
        tasks: &TaskTracker,
        chance: Chance,
    ) -> Arc<Self> {
        Arc::new(Self {
            node,
            path,
            clock: WallClock::right(),
            guard: Guard::new(
                node.to_owned(),
                FLOWS.clone(),
                TRUST.clone(),
                Vetoes::default(),
            ),
            host: Arc::clone(host),
            history: Arc::clone(history),
            chance: Shared::new(chance),
            mood: Mutex::new(Mood::Well),
            process: Mutex::default(),
            leaving: Mutex::default(),
            streams: AtomicU64::new(0),
            tasks: tasks.clone(),
        })
    }

    pub(super) fn feels(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    fn process(&self) -> CancellationToken {
        self.process
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The process ends without a word. The hub hears so at once, or where the machine went with
    /// it only by its keep-alive.
    pub(super) fn crash(&self) {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *process).cancel();
    }

    /// The process says farewell, finishes what is under way, and ends its streams.
    pub(super) fn leave(&self) {
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *leaving).cancel();
    }

    /// Starts the process: streams that are kept until it ends.
    pub(super) fn start(self: &Arc<Self>) {
        for _ in 0..STREAMS {
            let agent = Arc::clone(self);
            let process = self.process();
            self.tasks.spawn(async move {
                tokio::select! {
                    biased;
                    () = process.cancelled() => {}
                    () = agent.keep(&process) => {}
                }
            });
        }
    }

    async fn keep(self: &Arc<Self>, process: &CancellationToken) {
        let mut most = PAUSE_FIRST;
        loop {
            let begun = Instant::now();
            let reached = tokio::time::timeout(HELLO_WAIT * 2, self.path.carry()).await;
            if let (Ok(()), Some(life)) = (reached, self.host.life()) {
                self.attach_once(&life, process).await;
            }
            if begun.elapsed() >= GOOD_AFTER {
                most = PAUSE_FIRST;
            }
            let pause = self.chance.draw(|chance| chance.between(most / 4, most));
            tokio::time::sleep(pause).await;
            most = (most * 2).min(PAUSE_MAX);
        }
    }

    /// Attaches one stream and carries it until it ends.
    async fn attach_once(self: &Arc<Self>, life: &Arc<Life>, process: &CancellationToken) {
        let (body, frames) = mpsc::channel(1);
        let hello = v1::agent_frame::Frame::Hello(hello());
        let first = encode(&v1::AgentFrame { frame: Some(hello) });
        let _ = body.try_send(Ok(Frame::data(first)));
        let ends = self.path.ends();
        let attaching = life
            .attach
            .attach(request(self.node, ReceiverStream::new(frames)));
        let attached = tokio::select! {
            biased;
            () = life.dead.cancelled() => return,
            () = ends.at_node.cancelled() => return,
            attached = tokio::time::timeout(HELLO_WAIT * 2, attaching) => attached,
        };
        let Ok(Ok(response)) = attached else { return };
        let gone_at_hub = CancellationToken::new();
        let gone_at_node = process.child_token();
        let (up, up_arrived) = stream(&self.path, &self.tasks, gone_at_hub.clone());
        let (down_sender, down) = stream(&self.path, &self.tasks, gone_at_node.clone());
        let nth = self.streams.fetch_add(1, Ordering::SeqCst);
        self.carry_down(nth, response, down_sender, gone_at_hub.clone());
        self.carry_up(nth, up_arrived, body, gone_at_hub.clone());
        self.watch_ends(life, ends.at_hub, &gone_at_hub);
        let carried = Carried {
            down,
            up,
            gone: gone_at_node,
        };
        tokio::select! {
            biased;
            () = ends.at_node.cancelled() => {}
            () = self.serve(carried) => {}
        }
    }

    /// The hub's end goes with the hub, with the path as the hub sees it, and with the stream.
    fn watch_ends(&self, life: &Arc<Life>, at_hub: CancellationToken, gone: &CancellationToken) {
        let (dead, gone) = (life.dead.clone(), gone.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = gone.cancelled() => {}
                () = dead.cancelled() => {}
                () = at_hub.cancelled() => {}
            }
            gone.cancel();
        });
    }

    /// From the hub's stream into the network. What leaves the hub is noted here.
    fn carry_down(
        &self,
        stream: u64,
        response: Response<ReceiverStream<Result<v1::HubFrame, Status>>>,
        down: Sender<v1::HubFrame>,
        gone: CancellationToken,
    ) {
        let (history, host) = (Arc::clone(&self.history), Arc::clone(&self.host));
        let way = Arc::clone(&self.path);
        let node = self.node;
        self.tasks.spawn(async move {
            let mut frames = response.into_inner();
            let carry = async {
                while let Some(Ok(frame)) = frames.next().await {
                    if let Some(v1::hub_frame::Frame::Ask(ask)) = &frame.frame {
                        history.note(Event::NodeAsked {
                            node,
                            query: ask.query_id.clone(),
                            nonce: Reading::of(ask).nonce,
                            left_out: ask.left_out.iter().copied().collect(),
                            durable: host.disk.durable_count(),
                        });
                    }
                    if let Some(v1::hub_frame::Frame::Probe(probe)) = &frame.frame {
                        let id = probe.id;
                        history.note(Event::Probed { node, stream, id });
                    }
                    if !down.send(frame).await {
                        way.closes().await;
                        return;
                    }
                }
            };
            tokio::select! {
                biased;
                () = gone.cancelled() => {}
                () = carry => gone.cancel(),
            }
        });
    }

    /// Out of the network into the hub's stream. What reaches the hub is noted here.
    fn carry_up(
        &self,
        stream: u64,
        mut arrived: mpsc::Receiver<Up>,
        body: mpsc::Sender<Result<Frame<Bytes>, Status>>,
        gone: CancellationToken,
    ) {
        let (history, node) = (Arc::clone(&self.history), self.node);
        self.tasks.spawn(async move {
            let carry = async {
                while let Some(up) = arrived.recv().await {
                    let Ok(place) = body.reserve().await else {
                        return;
                    };
                    let frame = match up {
                        Up::Reply(spoken) => {
                            let (query, said) = (spoken.reply.query_id.clone(), spoken.said());
                            history.note(Event::Replied { node, query, said });
                            v1::agent_frame::Frame::Reply(spoken.reply)
                        }
                        Up::Probed(probed) => {
                            history.note(Event::Word {
                                node,
                                stream,
                                id: probed.id,
                                is_out: probed.standing() == v1::Standing::Out,
                            });
                            v1::agent_frame::Frame::Probed(probed)
                        }
                        Up::Farewell => v1::agent_frame::Frame::Draining(v1::Draining {}),
                    };
                    let frame = v1::AgentFrame { frame: Some(frame) };
                    place.send(Ok(Frame::data(encode(&frame))));
                }
            };
            tokio::select! {
                biased;
                () = gone.cancelled() => {
                    let _ = body.try_send(Err(Status::unavailable("connection lost")));
                }
                () = carry => gone.cancel(),
            }
        });
    }

    /// Answers until the hub's stream ends.
    async fn serve(self: &Arc<Self>, mut carried: Carried) {
        let leaving = self
            .leaving
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let up = carried.up.clone();
        let farewell = async {
            leaving.cancelled().await;
            up.send(Up::Farewell).await;
            // Questions that crossed the farewell on the way are answered too.
            tokio::time::sleep(LEAVE).await;
        };
        tokio::select! {
            biased;
            () = farewell => {}
            () = self.answer_all(&mut carried) => {}
        }
        carried.gone.cancel();
    }

    async fn answer_all(self: &Arc<Self>, carried: &mut Carried) {
        while let Some(frame) = carried.down.recv().await {
            let mood = *self.mood.lock().unwrap_or_else(PoisonError::into_inner);
            let ask = match frame.frame {
                Some(v1::hub_frame::Frame::Ask(ask)) => ask,
                Some(v1::hub_frame::Frame::Probe(probe)) => {
                    self.probe(&probe, mood, &carried.up);
                    continue;
                }
                _ => continue,
            };
            let (agent, up, gone) = (Arc::clone(self), carried.up.clone(), carried.gone.clone());
            self.tasks.spawn(async move {
                tokio::select! {
                    biased;
                    () = gone.cancelled() => {}
                    () = agent.answer(&ask, mood, &up) => {}
                }
            });
        }
    }

    /// What the agent says of its source when it is probed, by its mood.
    fn probe(&self, probe: &v1::Probe, mood: Mood, up: &Sender<Up>) {
        let standing = match mood {
            Mood::Silent => return,
            // Whether its source is well is not what it was asked.
            Mood::SourceDown if probe.class > 0 => v1::Standing::Out,
            Mood::SourceDown => v1::Standing::Well,
            Mood::Well | Mood::Slow | Mood::Stutter | Mood::Liar => v1::Standing::Well,
        };
        let probed = v1::Probed {
            id: probe.id,
            class: probe.class,
            standing: standing.into(),
        };
        let up = up.clone();
        let pause = self.chance.draw(|chance| chance.ms(1, 30));
        self.tasks.spawn(async move {
            tokio::time::sleep(pause).await;
            up.send(Up::Probed(probed)).await;
        });
    }

    async fn answer(&self, ask: &v1::NodeAsk, mood: Mood, up: &Sender<Up>) {
        let planned = self.chance.draw(|chance| replies(self, ask, mood, chance));
        if let Some(because) = &planned.denied {
            let nonce = Reading::of(ask).nonce;
            let because = because.clone();
            self.history.note(Event::GuardDenied {
                node: self.node,
                nonce,
                because,
            });
        }
        for (pause, spoken) in planned.replies {
            tokio::time::sleep(pause).await;
            if !up.send(Up::Reply(Box::new(spoken))).await {
                return;
            }
        }
    }
}

/// A message as gRPC frames it.
pub(super) fn encode(message: &impl prost::Message) -> Bytes {
    let length = u32::try_from(message.encoded_len()).expect("is short");
    let mut bytes = vec![0];
    bytes.extend(length.to_be_bytes());
    message.encode(&mut bytes).expect("a vector grows");
    bytes.into()
}

/// A call with a stream of messages, from a node that a handshake has proven.
pub(super) fn request<T: prost::Message + Default + 'static>(
    node: &str,
    frames: ReceiverStream<Result<Frame<Bytes>, Status>>,
) -> Request<Streaming<T>> {
    let decoder = tonic_prost::ProstCodec::<T, T>::default().decoder();
    let body = StreamBody::new(frames);
    let mut request = Request::new(Streaming::new_request(
        decoder,
        body,
        None,
        Some(MESSAGE_BYTES_MAX),
    ));
    request.extensions_mut().insert(identity(node));
    request
}

/// What the agent says of itself.
fn hello() -> v1::Hello {
    let previous = CATALOG.previous();
    v1::Hello {
        software: "simulated".to_owned(),
        catalog: Some(v1::CatalogVersion {
            version: CATALOG.version().to_owned(),
            digest: CATALOG.digest().as_bytes().to_vec(),
            previous_digest: previous.map_or_else(Vec::new, |p| p.digest.as_bytes().to_vec()),
        }),
        flows_digest: vec![0; 32],
        classes: (1..=14).collect(),
        probes: true,
        coverage: Vec::new(),
        names_subjects: false,
    }
}
