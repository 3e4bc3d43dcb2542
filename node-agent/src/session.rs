//! The link to the hub: dials out, attaches, carries questions to the answerer, comes back after a
//! loss.
//!
//! It never listens, and it decides nothing about a question.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::limits::{ASKS_PER_STREAM_MAX, HELLO_WAIT, HUB_FRAME_BYTES_MAX, MESSAGE_BYTES_MAX};
use wire::tls::{CONNECT_LIMIT, HandshakeAlert};
use wire::v1::link_client::LinkClient;
use wire::{Refusal, RefusalCode, v1};

use self::announcer::Announcer;
pub use self::answers::Answers;
use self::outbox::{Outbox, outbox};
use crate::intake::{Intake, TakenIn, TooMuch};
use crate::metrics::Metrics;
use crate::naming::{NAMINGS_AT_ONCE, Naming};
use crate::uplink::Uplink;
use crate::witness::{self, Door, LogWitness};

mod announcer;
mod answers;
mod naming;
mod outbox;

/// First and longest pause between two attempts. The first spreads agents that all lost the hub at
/// the same moment; the longest and a connection attempt together bring an agent back within five
/// seconds of a healed network.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// The part of a pause that is the same for all.
const PAUSE_FIXED: f64 = 0.1;
const _: () = assert!(PAUSE_MAX.as_millis() + CONNECT_LIMIT.as_millis() <= 5_000);
/// A stream that lived so long was a good one: the next pause starts small again.
const GOOD_AFTER: Duration = Duration::from_secs(10);
/// Silence after which a stream that takes its leave counts as idle.
const IDLE_PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked whether the hub reads.
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// How long the hub may take to end a stream after the farewell.
const FAREWELL_WAIT: Duration = Duration::from_secs(1);

/// As which probes that are too much are counted, whichever of their limits they met.
const SHED_PROBES: &str = "probes";

/// The longest sentence of a hub that is logged.
const REASON_BYTES_MAX: usize = 300;

/// How the agent reaches the hub.
#[derive(Debug, Clone)]
pub struct Session {
    /// The connection to the hub; this session's own.
    pub uplink: Arc<Uplink>,
    /// What the agent says of itself.
    pub hello: v1::Hello,
    /// Who answers, the same for all streams.
    pub answers: Arc<Answers>,
    /// This center's witness, if it has one.
    pub witness: Option<Arc<LogWitness>>,
    /// Names subjects for the hub's auditor, the same for all streams.
    pub naming: Arc<Naming>,
    /// What is taken in of the hub's questions and probes, over all streams.
    pub intake: Arc<Intake>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Questions under way.
    pub tasks: TaskTracker,
    /// Told when the agent stops.
    pub stopping: CancellationToken,
    /// Changes when certificates did: the stream is made anew with them.
    pub renewed: watch::Receiver<u64>,
    /// How long a stop waits for questions under way.
    pub drain: Duration,
}

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("told to stop")]
    Stopping,
    #[error("certificates changed")]
    Renewed,
    #[error("hub said {0}")]
    Refused(String),
    #[error("the handshake failed: {0}")]
    Handshake(HandshakeAlert),
    #[error("connection lost")]
    Lost,
    #[error("the hub does not read")]
    Unread,
}

impl Session {
    /// Keeps one stream attached until the agent stops.
    pub async fn keep(mut self) {
        let mut pause = Pause::default();
        while !self.stopping.is_cancelled() {
            let begun = tokio::time::Instant::now();
            let ended = self.attach_once().await;
            if begun.elapsed() >= GOOD_AFTER {
                pause = Pause::default();
            }
            match ended {
                Ended::Stopping => return,
                Ended::Renewed => {
                    self.uplink.renew();
                    continue;
                }
                Ended::Refused(_) | Ended::Handshake(_) | Ended::Lost => {
                    tracing::warn!(reason = %ended, "not attached to the hub");
                }
                Ended::Unread => {
                    tracing::warn!(reason = %ended, "the stream to the hub is cut");
                    // What waits for the hub goes with the connection.
                    self.uplink.cut();
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause.next()) => {}
                () = self.stopping.cancelled() => return,
            }
        }
    }

    async fn attach_once(&mut self) -> Ended {
        let (up, frames) = outbox();
        let hello = frame(v1::agent_frame::Frame::Hello(self.hello.clone()));
        if up.send(hello).await.is_err() {
            return Ended::Lost;
        }
        let mut client = LinkClient::new(self.uplink.channel())
            .max_decoding_message_size(HUB_FRAME_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let attaching = client.attach(frames);
        let attached = tokio::select! {
            attached = tokio::time::timeout(HELLO_WAIT * 2, attaching) => attached,
            () = self.stopping.cancelled() => return Ended::Stopping,
        };
        let mut down = match attached {
            Ok(Ok(response)) => response.into_inner(),
            Ok(Err(status)) => return refused(&status),
            Err(_) => return Ended::Lost,
        };
        self.metrics.link(1);
        tracing::info!("attached to the hub");
        let ended = self.carry(&mut down, up).await;
        self.metrics.link(-1);
        ended
    }

    /// Reads questions until the stream ends. Each is answered in its own task, so that a slow one
    /// holds up no other.
    async fn carry(&mut self, down: &mut tonic::Streaming<v1::HubFrame>, up: Outbox) -> Ended {
        let under_way = Arc::new(UnderWay::default());
        let rules = &self.answers.answerer().rules;
        let mut changes = rules.changes();
        let announcer = Arc::new(Announcer::new(Arc::clone(rules), up));
        if announcer.announce().await.is_err() {
            return Ended::Lost;
        }
        let mut look = tokio::time::interval(LOOK_PAUSE);
        loop {
            let frame = tokio::select! {
                frame = down.message() => frame,
                _ = look.tick() => {
                    if announcer.is_still() {
                        return Ended::Unread;
                    }
                    continue;
                }
                () = self.stopping.cancelled() => {
                    self.take_leave(down, announcer, &under_way).await;
                    return Ended::Stopping;
                }
                changed = self.renewed.changed() => {
                    if changed.is_err() {
                        // Nobody watches the certificates any more: the agent is stopping.
                        return Ended::Stopping;
                    }
                    self.take_leave(down, announcer, &under_way).await;
                    return Ended::Renewed;
                }
                // The sender lives as long as the answerer.
                _ = changes.changed() => {
                    let announcer = Arc::clone(&announcer);
                    // In a task of its own: a full queue does not keep this one from reading.
                    self.tasks.spawn(async move { drop(announcer.announce().await) });
                    continue;
                }
            };
            match frame {
                Ok(Some(frame)) => self.take(frame, &announcer, &under_way),
                Ok(None) => return Ended::Lost,
                Err(status) => return refused(&status),
            }
        }
    }

    fn take(&self, frame: v1::HubFrame, announcer: &Arc<Announcer>, under_way: &Arc<UnderWay>) {
        match frame.frame {
            Some(v1::hub_frame::Frame::Ask(ask)) => {
                let (answers, announcer) = (Arc::clone(&self.answers), Arc::clone(announcer));
                let (place, taken_in) = match self.take_in(&ask.query_id, under_way) {
                    Ok(entered) => entered,
                    // It hears so at once, if there is room; a hub that does not read what it is
                    // told gets no queue here.
                    Err(too_much) => {
                        self.metrics.shed(too_much.as_str());
                        announcer.try_send(busy(&ask.query_id, too_much));
                        return;
                    }
                };
                let metrics = Arc::clone(&self.metrics);
                self.tasks.spawn(async move {
                    let query_id = ask.query_id.clone();
                    // Nobody waits for the reply to a cancelled question.
                    if let Some(reply) = answers.answer(ask).await
                        && !announcer.reply(reply).await
                    {
                        metrics.shed(TooMuch::Unread.as_str());
                        announcer.try_send(busy(&query_id, TooMuch::Unread));
                    }
                    drop((place, taken_in));
                });
            }
            Some(v1::hub_frame::Frame::Witness(ask)) => self.witness(ask, announcer),
            Some(v1::hub_frame::Frame::Cancel(cancel)) => self.answers.cancel(&cancel.query_id),
            Some(v1::hub_frame::Frame::Probe(probe)) => self.probe(probe, announcer),
            Some(v1::hub_frame::Frame::NameSubject(asked)) => {
                self.name(asked, announcer, under_way);
            }
            Some(v1::hub_frame::Frame::Welcome(welcome)) => {
                tracing::info!(hub = welcome.hub, log = welcome.log, "welcomed");
            }
            None => {}
        }
    }

    /// Answers for this center's witness, in a task of its own: its disk holds up no question.
    fn witness(&self, ask: v1::WitnessAsk, announcer: &Arc<Announcer>) {
        let (witness, announcer) = (self.witness.clone(), Arc::clone(announcer));
        self.tasks.spawn(async move {
            let answer = match witness {
                Some(witness) => witness.add_checkpoint(ask.body, Door::Link).await,
                None => witness::said(404, "this node has no witness"),
            };
            // A full queue or a gone stream loses only a cosignature; the hub asks again.
            announcer.try_send(frame(v1::agent_frame::Frame::Witnessed(answer)));
        });
    }

    /// A place for a question: on its stream, no more than agreed, and among all that this center
    /// takes in.
    fn take_in(
        &self,
        query_id: &str,
        under_way: &Arc<UnderWay>,
    ) -> Result<(Place, TakenIn), TooMuch> {
        let place = under_way.enter(query_id).ok_or(TooMuch::AtOnce)?;
        let taken_in = self.intake.take()?;
        Ok((place, taken_in))
    }

    /// Answers a probe in a task of its own; one beyond the limit is told so at once.
    fn probe(&self, probe: v1::Probe, announcer: &Arc<Announcer>) {
        let probed = move |standing: v1::Standing| {
            frame(v1::agent_frame::Frame::Probed(v1::Probed {
                id: probe.id,
                class: probe.class,
                standing: standing.into(),
            }))
        };
        let (answerer, announcer) = (Arc::clone(self.answers.answerer()), Arc::clone(announcer));
        let taken_in = match self.intake.take_probe() {
            Ok(taken_in) => taken_in,
            Err(_) => {
                self.metrics.shed(SHED_PROBES);
                announcer.try_send(probed(v1::Standing::Busy));
                return;
            }
        };
        self.tasks.spawn(async move {
            let standing = answerer.probe(probe.class, probe.deadline_ms).await;
            announcer.try_send(probed(standing));
            drop(taken_in);
        });
    }

    /// Says farewell, finishes what is under way, and stays until the hub has heard it: a stream
    /// that is dropped at once takes its last frames with it, and the hub would hold the node for
    /// sick.
    async fn take_leave(
        &self,
        down: &mut tonic::Streaming<v1::HubFrame>,
        announcer: Arc<Announcer>,
        under_way: &Arc<UnderWay>,
    ) {
        let farewell = frame(v1::agent_frame::Frame::Draining(v1::Draining {}));
        if announcer.send(farewell).await.is_err() {
            return;
        }
        let idle = async {
            loop {
                // Questions that crossed the farewell on the way are answered too.
                match tokio::time::timeout(IDLE_PAUSE, down.message()).await {
                    Ok(Ok(Some(frame))) => self.take(frame, &announcer, under_way),
                    Ok(Ok(None) | Err(_)) => return,
                    Err(_) if under_way.is_empty() => return,
                    Err(_) => {}
                }
            }
        };
        if tokio::time::timeout(self.drain, idle).await.is_err() {
            tracing::warn!("questions are still under way; the hub will see them as lost");
        }
        // Ends our half; the hub ends the other once it has read everything.
        drop(announcer);
        let heard = async { while let Ok(Some(_)) = down.message().await {} };
        if tokio::time::timeout(FAREWELL_WAIT, heard).await.is_err() {
            tracing::warn!("the hub did not answer the farewell");
        }
    }
}

/// What of one stream is being answered.
#[derive(Debug)]
struct UnderWay {
    /// Touched by the stream's reader and by each answering task when it ends.
    open: Mutex<HashSet<String>>,
    /// Places for numbers to be named.
    namings: Arc<Semaphore>,
}

impl Default for UnderWay {
    fn default() -> Self {
        Self {
            open: Mutex::default(),
            namings: Arc::new(Semaphore::new(NAMINGS_AT_ONCE)),
        }
    }
}

/// One question's place; leaving it frees the place.
struct Place {
    under_way: Arc<UnderWay>,
    query_id: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.under_way.open().remove(&self.query_id);
    }
}

impl UnderWay {
    /// A place for a question; none when the stream has as many as agreed, or this very one.
    fn enter(self: &Arc<Self>, query_id: &str) -> Option<Place> {
        let mut open = self.open();
        if open.len() >= ASKS_PER_STREAM_MAX || !open.insert(query_id.to_owned()) {
            return None;
        }
        drop(open);
        Some(Place {
            under_way: Arc::clone(self),
            query_id: query_id.to_owned(),
        })
    }

    fn is_empty(&self) -> bool {
        self.open().is_empty()
    }

    fn open(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A growing pause with full jitter, so that many agents do not come back at the same moment.
#[derive(Debug)]
struct Pause {
    most: Duration,
    random: SystemRandom,
}

impl Default for Pause {
    fn default() -> Self {
        Self {
            most: PAUSE_FIRST,
            random: SystemRandom::new(),
        }
    }
}

impl Pause {
    fn next(&mut self) -> Duration {
        let mut bytes = [128_u8; 2];
        // Without randomness the pause is its middle.
        let _ = self.random.fill(&mut bytes);
        let pause = self.most.mul_f64(
            PAUSE_FIXED
                + (1.0 - PAUSE_FIXED) * f64::from(u16::from_be_bytes(bytes)) / f64::from(u16::MAX),
        );
        self.most = (self.most * 2).min(PAUSE_MAX);
        pause
    }
}

fn frame(frame: v1::agent_frame::Frame) -> v1::AgentFrame {
    v1::AgentFrame { frame: Some(frame) }
}

fn busy(query_id: &str, too_much: TooMuch) -> v1::AgentFrame {
    let refusal = Refusal::until(RefusalCode::NodeBusy, too_much.retry_after()).to_wire(query_id);
    frame(v1::agent_frame::Frame::Reply(v1::NodeReply {
        query_id: query_id.to_owned(),
        outcome: Some(v1::node_reply::Outcome::Refusal(refusal)),
    }))
}

fn refused(status: &tonic::Status) -> Ended {
    if let Some((code, refusal)) = wire::refusal::from_status(status) {
        return Ended::Refused(reason(code, &refusal.en));
    }
    match HandshakeAlert::find(status) {
        Some(alert) => Ended::Handshake(alert),
        None => Ended::Lost,
    }
}

/// The code; for a catalog too far apart also the hub's sentence, which says both versions. Any
/// other text of a hub stays out of the log.
fn reason(code: RefusalCode, said: &str) -> String {
    let is_plain = said.len() <= REASON_BYTES_MAX
        && said.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && !catalog::identity::may_hold_id_number(said);
    if code == RefusalCode::AttachCatalog && is_plain {
        format!("{code}: {said}")
    } else {
        code.to_string()
    }
}

#[cfg(test)]
mod tests;
