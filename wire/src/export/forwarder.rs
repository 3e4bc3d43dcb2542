//! START HERE: one task a receiver, from the cursor to the receiver and back to the cursor.
//!
//! It reads what is durable, and nobody who writes ever waits for it. Syslog acknowledges nothing:
//! what a connection has swallowed may be lost with it, so that every new connection begins with
//! what was sent lately, and a receiver tells duplicates by log and index. Only what has been away
//! for long enough is settled and stands in the cursor.

mod batch;
mod begin;
mod connection;
mod window;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::act::{Act, ExportBegan, ExportCaughtUp, ExportEnded, ExportLagging};
use super::{Cursor, Receiver};
use crate::tls::{ReceiverTls, TlsError};
use batch::Source;
use begin::Begin;
use connection::Broken;
use window::Window;

/// Longest time for connecting and the handshake together.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// First and longest pause before another try.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// A connection that held so long was a good one.
const STEADY: Duration = Duration::from_secs(5);
/// How often the cursor is written and the lag is told.
const TICK: Duration = Duration::from_secs(1);
/// A receiver that has not had everything for so long lags, and that goes on record.
const LAGGING_AFTER: Duration = Duration::from_secs(300);

/// A log as its export sees it.
pub trait ExportedLog: fmt::Debug + Send + Sync {
    /// Name of the log.
    fn origin(&self) -> &str;
    /// The first entry that is still in it; those before are in the archive only.
    fn first(&self) -> u64;
    /// Entries that may be sent: durable, and covered by a checkpoint where any is published.
    fn size(&self) -> u64;
    /// Size of the published checkpoint, where there is one.
    fn checkpoint(&self) -> Option<u64>;
    /// The durable entries from an index on. Blocks as it is read; may be asked again at its end.
    fn entries(&self, from: u64) -> Entries;
}

/// See [`ExportedLog::entries`].
pub type Entries = Box<dyn Iterator<Item = Result<Numbered, String>> + Send>;

/// An entry with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// Index.
    pub index: u64,
    /// Leaf hash in hex.
    pub leaf_hash: String,
    /// The bytes of the leaf.
    pub entry: Vec<u8>,
}

/// Whether it was known what the receiver has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorFound {
    /// There was a cursor of this log.
    Kept,
    /// There was none.
    New,
    /// There was one that cannot be read or is of another log: it gets everything again.
    Lost,
}

impl CursorFound {
    /// As it stands in an entry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::New => "new",
            Self::Lost => "lost",
        }
    }
}

/// Who keeps the record and the counts of an export.
pub trait Keeper: fmt::Debug + Send + Sync {
    /// Puts an act on record; false if the log cannot write.
    fn note(&self, act: Act) -> BoxFuture<'static, bool>;
    /// The receiver has not been sent so many entries, and is connected or not.
    fn state(&self, receiver: &str, lag: u64, connected: bool);
    /// So many messages were sent, so many of them cut.
    fn sent(&self, receiver: &str, messages: u64, cut: u64);
    /// A connection could not be made or broke.
    fn broke(&self, receiver: &str);
}

/// A random number for the pause before another try.
pub type Jitter = Arc<dyn Fn() -> u32 + Send + Sync>;

/// The surroundings that all forwarders of a log share.
#[derive(Clone)]
pub struct Surroundings {
    /// The log.
    pub log: Arc<dyn ExportedLog>,
    /// Who keeps the record.
    pub keeper: Arc<dyn Keeper>,
    /// Name of the program in the messages.
    pub app: &'static str,
    /// Folder of the cursors.
    pub dir: PathBuf,
    /// See [`Jitter`].
    pub jitter: Jitter,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("log", &self.log)
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

/// See the module.
#[derive(Debug)]
pub struct Forwarder {
    receiver: Receiver,
    tls: ReceiverTls,
    around: Surroundings,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    window: Window,
    connected: Option<Instant>,
    /// When it last had everything.
    whole_at: Instant,
    lagging: bool,
    saved: Option<u64>,
}

impl Forwarder {
    /// A forwarder to a receiver; `now` is when it begins.
    ///
    /// # Errors
    /// Every fault of the files for this receiver.
    pub fn new(receiver: Receiver, around: Surroundings, now: Instant) -> Result<Self, TlsError> {
        let tls = ReceiverTls::load(&receiver.tls, &receiver.server_name)?;
        let window = Window::new(receiver.resend_entries, receiver.resend);
        Ok(Self {
            receiver,
            tls,
            around,
            progress: Mutex::new(Progress {
                window,
                connected: None,
                whole_at: now,
                lagging: false,
                saved: None,
            }),
        })
    }

    /// Forwards until `end`; the cursor is written last.
    pub async fn run(self, end: CancellationToken) {
        let this = Arc::new(self);
        if !this.begin(&end).await {
            return;
        }
        tokio::join!(this.forward(&end), Self::watch(&this, &end));
        this.save().await;
        let ended = ExportEnded {
            receiver: this.name().to_owned(),
            next: this.progress().window.settled(),
            because: "stop".to_owned(),
        };
        if !this.note(Act::Ended(ended)).await {
            tracing::error!(receiver = this.name(), "end of the export is not on record");
        }
    }

    /// Finds the cursor and says on record where the export begins. Nothing is sent before.
    async fn begin(self: &Arc<Self>, end: &CancellationToken) -> bool {
        let this = Arc::clone(self);
        let found = tokio::task::spawn_blocking(move || this.found()).await;
        let first = self.around.log.first();
        let lost = |_| Begin::at(self.receiver.from_index, CursorFound::Lost, first);
        let begin = found.unwrap_or_else(lost);
        if begin.cursor == CursorFound::Lost {
            let from = begin.from;
            tracing::error!(
                receiver = self.name(),
                from,
                "cursor of the receiver is lost: it is sent everything again from here on"
            );
        }
        self.begin_at(begin, end).await
    }

    /// The export goes on behind what has left the log while the receiver was away: nobody waits
    /// for a receiver with what two officers let go, but the log says what it was not sent.
    async fn skip_removed(&self, end: &CancellationToken) -> bool {
        let (first, next) = (self.around.log.first(), self.progress().window.settled());
        next >= first
            || self
                .begin_at(Begin::at(next, CursorFound::Kept, first), end)
                .await
    }

    async fn begin_at(&self, begin: Begin, end: &CancellationToken) -> bool {
        let Begin { from, cursor, gap } = begin;
        if let Some(gap) = gap {
            tracing::error!(
                receiver = self.name(),
                first = gap.first,
                last = gap.last,
                "entries are in the archive only and are not sent"
            );
        }
        self.progress().window.begin(from);
        let mut pause = PAUSE_FIRST;
        let began = ExportBegan {
            receiver: self.name().to_owned(),
            from,
            cursor: cursor.as_str().to_owned(),
            gap,
        };
        while !self.note(Act::Began(began.clone())).await {
            pause = (pause * 2).min(PAUSE_MAX);
            tokio::select! {
                () = sleep(pause) => {}
                () = end.cancelled() => return false,
            }
        }
        true
    }

    fn found(&self) -> Begin {
        let (from, first) = (self.receiver.from_index, self.around.log.first());
        let origin = self.around.log.origin();
        match Cursor::read(&self.cursor_file()) {
            Ok(cursor) => Begin::by(cursor, (from, first), origin, |last| self.leaf_hash(last)),
            Err(error) => {
                tracing::error!(receiver = self.name(), %error, "cursor cannot be used");
                Begin::at(from, CursorFound::Lost, first)
            }
        }
    }

    fn leaf_hash(&self, index: u64) -> Option<String> {
        let read = self.around.log.entries(index).next()?.ok()?;
        (read.index == index).then_some(read.leaf_hash)
    }

    /// Connects again and again, with growing pauses while that fails.
    async fn forward(&self, end: &CancellationToken) {
        let mut pause = PAUSE_FIRST;
        loop {
            if !self.skip_removed(end).await {
                return;
            }
            let begun = Instant::now();
            let broken = tokio::select! {
                broken = self.connection() => broken,
                () = end.cancelled() => return,
            };
            {
                let mut progress = self.progress();
                progress.connected = None;
                progress.window.interrupted(Instant::now());
            }
            self.around.keeper.broke(self.name());
            let said = broken.to_string();
            tracing::warn!(
                receiver = self.name(),
                because = said,
                "export is interrupted"
            );
            if begun.elapsed() >= STEADY {
                pause = PAUSE_FIRST;
            }
            // Half of it at least, so that a receiver that comes back is not met by all at once.
            let share = f64::from((self.around.jitter)()) / f64::from(u32::MAX);
            tokio::select! {
                () = sleep(pause.mul_f64(0.5 + share / 2.0)) => {}
                () = end.cancelled() => return,
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn connection(&self) -> Broken {
        let connected = self.tls.connect(&self.receiver.address, CONNECT_LIMIT);
        let stream = match connected.await {
            Ok(stream) => stream,
            Err(error) => return error.into(),
        };
        let source = {
            let mut progress = self.progress();
            progress.connected = Some(Instant::now());
            Source::new(&self.around, self.receiver.octets, progress.window.resume())
        };
        connection::send(self, source, stream).await
    }

    /// So many entries are behind us now.
    fn sent(&self, next: u64, messages: u64, cut: u64) {
        self.progress().window.sent(next, Instant::now());
        self.around.keeper.sent(self.name(), messages, cut);
    }

    /// Tells the lag and writes the cursor, whatever the connection does.
    async fn watch(this: &Arc<Self>, end: &CancellationToken) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = end.cancelled() => return,
            }
            let act = this.look(Instant::now());
            if let Some(act) = act
                && !this.note(act).await
            {
                tracing::error!(
                    receiver = this.name(),
                    "state of the export is not on record"
                );
            }
            this.save().await;
        }
    }

    /// How it stands, and what of it belongs on record.
    fn look(&self, now: Instant) -> Option<Act> {
        let size = self.around.log.size();
        let receiver = self.name().to_owned();
        let mut progress = self.progress();
        let next = progress.window.next();
        let behind = size.saturating_sub(next);
        let connected = progress.connected.is_some_and(|since| now - since >= TICK);
        self.around.keeper.state(self.name(), behind, connected);
        if behind == 0 && connected {
            progress.whole_at = now;
            let lagged = std::mem::take(&mut progress.lagging);
            return lagged.then_some(Act::CaughtUp(ExportCaughtUp { receiver, next }));
        }
        if !progress.lagging && now - progress.whole_at >= LAGGING_AFTER {
            progress.lagging = true;
            return Some(Act::Lagging(ExportLagging {
                receiver,
                next,
                behind,
            }));
        }
        None
    }

    async fn save(self: &Arc<Self>) {
        let settled = {
            let mut progress = self.progress();
            let settled = progress.window.settle(Instant::now());
            if progress.saved == Some(settled) {
                return;
            }
            settled
        };
        let this = Arc::clone(self);
        let written = tokio::task::spawn_blocking(move || this.write_cursor(settled)).await;
        match written {
            Ok(Ok(())) => self.progress().saved = Some(settled),
            Ok(Err(said)) => tracing::error!(receiver = self.name(), said, "cursor is not kept"),
            Err(_) => {}
        }
    }

    fn write_cursor(&self, settled: u64) -> Result<(), String> {
        let leaf_hash = match settled.checked_sub(1) {
            Some(last) if last >= self.around.log.first() => self.leaf_hash(last),
            // Of a removed entry there is nothing to be recognised by but the name of the log.
            _ => Some(String::new()),
        };
        // Configured to begin behind the end of the log: there is nothing yet to be recognised by.
        let Some(leaf_hash) = leaf_hash else {
            return Ok(());
        };
        let cursor = Cursor::new(self.around.log.origin(), settled, &leaf_hash);
        cursor.write(&self.cursor_file()).map_err(|e| e.to_string())
    }

    fn note(&self, act: Act) -> BoxFuture<'static, bool> {
        self.around.keeper.note(act)
    }

    fn cursor_file(&self) -> PathBuf {
        self.around
            .dir
            .join(format!("{}.cursor", self.receiver.name))
    }

    fn name(&self) -> &str {
        &self.receiver.name
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
