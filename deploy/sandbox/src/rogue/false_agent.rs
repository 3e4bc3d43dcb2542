//! An agent that behaves as it is told to: it stands in a center's place with the center's real
//! certificate, and is healthy, hung, gone, slow, unsteady, or sends garbage and far too much. Used
//! to show that nobody else notices. It decides nothing about a question and knows no records.
//!
//! It runs on a thread of its own at the lowest priority: in a real star its work is done on
//! another machine.

mod replies;
mod stream;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::v1;

use super::{RogueError, Thief};
use stream::Message;

/// Frames to the hub that wait for the network.
const FRAMES_WAITING_MAX: usize = 4;
/// How often it looks whether it should be there.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Pause before it attaches again.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the system of a healthy one may take.
const WORK: Duration = Duration::from_millis(20);
/// How long a slow one takes.
const SLOWNESS: Duration = Duration::from_secs(5);
/// What it keeps of a probe's time for the way back.
const WAY_BACK: Duration = Duration::from_millis(20);
/// How long an unsteady one stays as it is.
const SWING: Duration = Duration::from_millis(300);
const LOWEST_PRIORITY: i32 = 19;
/// Frames of one reply of a hundred megabytes.
const FRAMES_PER_FLOOD: usize = 25;
/// Bytes of one frame that is larger than any may be.
const TOO_LARGE_BYTES: usize = 100 << 20;
/// What frames the filling of a large message.
const ENVELOPE_BYTES: usize = 1 << 10;

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// It answers at once that there is no record.
    Healthy,
    /// The same, after the time that a system takes: 20 ms.
    Working,
    /// It stays attached and says nothing any more.
    Hung,
    /// Its process is gone.
    Gone,
    /// Its system takes five seconds for everything; it itself is well.
    Slow,
    /// It is gone for 300 ms and healthy for 300 ms, in turn.
    Flapping,
    /// It is hung for 300 ms and healthy for 300 ms, in turn.
    Faltering,
    /// It answers what nobody asked.
    Garbage,
    /// It answers with bytes that are no message.
    Undecodable,
    /// It answers each question with a hundred megabytes in messages of the largest size.
    Flood,
    /// The same, in messages that are packed so that they hold as many parts as they can.
    Bomb,
    /// It answers each question with one message of a hundred megabytes.
    TooLarge,
}

impl Manner {
    /// All that are not well.
    pub const SICK: [Self; 10] = [
        Self::Hung,
        Self::Gone,
        Self::Slow,
        Self::Flapping,
        Self::Faltering,
        Self::Garbage,
        Self::Undecodable,
        Self::Flood,
        Self::Bomb,
        Self::TooLarge,
    ];

    /// One word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Working => "working",
            Self::Hung => "hung",
            Self::Gone => "gone",
            Self::Slow => "slow",
            Self::Flapping => "flapping",
            Self::Faltering => "faltering",
            Self::Garbage => "garbage",
            Self::Undecodable => "undecodable",
            Self::Flood => "flood",
            Self::Bomb => "bomb",
            Self::TooLarge => "too-large",
        }
    }

    /// Whether it is sick in turns, so that nobody stops asking it for good.
    #[must_use]
    pub const fn is_unsteady(self) -> bool {
        matches!(self, Self::Flapping | Self::Faltering)
    }

    /// What it is like after this time: an unsteady one is one thing or another.
    fn after(self, time: Duration) -> Self {
        let swings = time.as_millis() / SWING.as_millis();
        match self {
            Self::Flapping if swings.is_multiple_of(2) => Self::Gone,
            Self::Faltering if swings.is_multiple_of(2) => Self::Hung,
            Self::Flapping | Self::Faltering => Self::Healthy,
            steady => steady,
        }
    }
}

/// A running false agent. It ends when it is dropped.
#[derive(Debug)]
pub struct FalseAgent {
    shared: Arc<Shared>,
    ending: CancellationToken,
}

#[derive(Debug)]
struct Shared {
    manner: watch::Sender<(Manner, Instant)>,
    /// When each question came in.
    asked: Mutex<Vec<Instant>>,
    tasks: TaskTracker,
}

impl Drop for FalseAgent {
    fn drop(&mut self) {
        self.ending.cancel();
    }
}

impl FalseAgent {
    /// Takes the place of an agent that does not run. It attaches by itself and begins healthy.
    ///
    /// # Errors
    /// The system has no room for it.
    pub fn in_place_of(thief: Thief) -> Result<Self, RogueError> {
        let shared = Arc::new(Shared {
            manner: watch::Sender::new((Manner::Healthy, Instant::now())),
            asked: Mutex::default(),
            tasks: TaskTracker::new(),
        });
        let ending = CancellationToken::new();
        let name = format!("false-{}", thief.node.id());
        let no_room = |fault: std::io::Error| RogueError::Loot(fault.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(no_room)?;
        let (kept, ended) = (Arc::clone(&shared), ending.clone());
        let run = move || {
            // On Linux, of this thread alone: a center's own work is done elsewhere, and what it
            // does here is not what is measured. Where it cannot be had, nothing else changes.
            let _ = rustix::process::setpriority_process(None, LOWEST_PRIORITY);
            runtime.block_on(ended.run_until_cancelled(keep(thief, kept)))
        };
        let thread = std::thread::Builder::new().name(name).spawn(run);
        thread.map_err(no_room)?;
        Ok(Self { shared, ending })
    }

    /// Behaves so from now on.
    pub fn be(&self, manner: Manner) {
        self.shared.manner.send_replace((manner, Instant::now()));
    }

    /// When each question of the hub came in, oldest first.
    #[must_use]
    pub fn asked(&self) -> Vec<Instant> {
        self.shared.asked().clone()
    }
}

impl Shared {
    fn manner(&self) -> Manner {
        let (manner, since) = *self.manner.borrow();
        manner.after(since.elapsed())
    }

    fn asked(&self) -> MutexGuard<'_, Vec<Instant>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn keep(thief: Thief, shared: Arc<Shared>) {
    loop {
        if shared.manner() == Manner::Gone {
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        }
        // Refused, lost or given up: it tries again.
        let _ = attached(&thief, &shared).await;
        if shared.manner() != Manner::Gone {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn attached(thief: &Thief, shared: &Arc<Shared>) -> Result<(), RogueError> {
    let (up, frames) = mpsc::channel(FRAMES_WAITING_MAX);
    // There is room for the first frame.
    let _ = up.try_send(replies::frame(v1::agent_frame::Frame::Hello(hello(thief))));
    let mut down = stream::attach(thief.channel().await?, frames).await?;
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            frame = down.next() => match frame {
                Some(Ok(frame)) => take(shared, &up, frame),
                Some(Err(_)) | None => return Ok(()),
            },
            _ = look.tick() => if shared.manner() == Manner::Gone {
                return Ok(());
            },
        }
    }
}

fn hello(thief: &Thief) -> v1::Hello {
    let catalog = &thief.catalog;
    let previous = catalog.previous();
    v1::Hello {
        probes: true,
        software: "false".to_owned(),
        catalog: Some(v1::CatalogVersion {
            version: catalog.version().to_owned(),
            digest: catalog.digest().as_bytes().to_vec(),
            previous_digest: previous
                .map(|previous| previous.digest.as_bytes().to_vec())
                .unwrap_or_default(),
        }),
        flows_digest: thief.flows.digest().as_bytes().to_vec(),
        classes: (1..=u32::from(catalog::ClassNo::MAX)).collect(),
        coverage: Vec::new(),
        names_subjects: false,
    }
}

fn take(shared: &Arc<Shared>, up: &mpsc::Sender<Message>, frame: v1::HubFrame) {
    let says_nothing = matches!(shared.manner(), Manner::Hung | Manner::Gone);
    let up = up.clone();
    let at_work = Arc::clone(shared);
    match frame.frame {
        Some(v1::hub_frame::Frame::Ask(ask)) => {
            shared.asked().push(Instant::now());
            let answer = async move { replies::answer(&at_work, &up, &ask).await };
            shared.tasks.spawn(answer);
        }
        Some(v1::hub_frame::Frame::Probe(probe)) => {
            let word = async move { replies::probed(&at_work, &up, probe).await };
            shared.tasks.spawn(word);
        }
        Some(v1::hub_frame::Frame::Witness(_)) if !says_nothing => {
            let no_witness = v1::Witnessed {
                status: 404,
                ..v1::Witnessed::default()
            };
            // The hub asks again.
            let _ = up.try_send(replies::frame(v1::agent_frame::Frame::Witnessed(
                no_witness,
            )));
        }
        // It says that it names nobody, so it is not asked to.
        Some(
            v1::hub_frame::Frame::Welcome(_)
            | v1::hub_frame::Frame::Witness(_)
            | v1::hub_frame::Frame::Cancel(_)
            | v1::hub_frame::Frame::NameSubject(_),
        )
        | None => {}
    }
}
