//! One attached stream: questions go down it, replies come back up and find the one who waits for
//! them.
//!
//! It judges no reply; a reply that nobody waits for any more is counted and dropped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tonic::Status;
use wire::{RuleWords, v1};

use super::announced::Announced;
use super::introduced::Introduced;
use super::pulse::Pulse;
use naming::Namings;
use pace::Pace;
use probes::Probes;
use questions::Questions;

pub use probes::Word;
pub use questions::Came;

mod naming;
mod pace;
mod probes;
mod questions;
#[cfg(test)]
mod races;

/// How long a witness that owes an answer is not asked again.
const OWED_MAX: Duration = Duration::from_secs(30);

/// What goes down a stream.
pub(crate) type Down = Result<v1::HubFrame, Status>;

/// Why a question got no reply over this stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// Too many questions are under way, or the agent does not read.
    #[error("stream is full")]
    Full,
    /// The stream ended.
    #[error("stream is gone")]
    Gone,
}

/// One stream of one node.
#[derive(Debug)]
pub struct Link {
    /// Serial of the certificate behind the stream.
    pub serial: String,
    /// What its agent said of itself.
    pub introduced: Introduced,
    down: mpsc::Sender<Down>,
    /// Touched by whoever asks and by the task that reads the stream.
    questions: Questions,
    /// Written by the task that reads the stream; read when a question goes down and its reply
    /// comes up.
    words: Mutex<Arc<RuleWords>>,
    /// The one request to the node's witness that is not answered yet. Touched by the publishing
    /// worker and by the task that reads the stream.
    owed: Mutex<Option<Owed>>,
    draining: AtomicBool,
    probes: Probes,
    namings: Namings,
    pulse: Arc<Pulse>,
    /// Touched when something that the node was asked comes back.
    pace: Mutex<Pace>,
    is_held_up: AtomicBool,
}

/// An answer that the node's witness owes.
#[derive(Debug)]
struct Owed {
    since: Instant,
    answer_to: oneshot::Sender<v1::Witnessed>,
}

/// Gives the question up when the one who asked stops waiting, and tells the node so.
struct Waiter<'a> {
    link: &'a Link,
    query_id: &'a str,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if self.link.questions.give_up(self.query_id) {
            let cancel = v1::Cancel {
                query_id: self.query_id.to_owned(),
            };
            // A full queue loses only the courtesy: the node's own deadline ends the work as well.
            let _ = self
                .link
                .down
                .try_send(Ok(frame(v1::hub_frame::Frame::Cancel(cancel))));
        }
    }
}

impl Link {
    /// A stream whose frames leave through `down`.
    #[must_use]
    pub fn new(serial: String, down: mpsc::Sender<Down>) -> Self {
        Self {
            introduced: Introduced {
                serial: serial.clone(),
                ..Introduced::default()
            },
            serial,
            down,
            questions: Questions::default(),
            words: Mutex::default(),
            owed: Mutex::default(),
            draining: AtomicBool::new(false),
            probes: Probes::default(),
            namings: Namings::default(),
            pulse: Arc::default(),
            pace: Mutex::default(),
            is_held_up: AtomicBool::new(false),
        }
    }

    /// The same, of which each piece that comes beats `pulse`.
    #[must_use]
    pub fn beating(mut self, pulse: Arc<Pulse>) -> Self {
        self.pulse = pulse;
        self
    }

    /// The same, to an agent that answers probes if `answers_probes`.
    #[must_use]
    pub fn probed(mut self, answers_probes: bool) -> Self {
        self.probes.are_answered = answers_probes;
        self
    }

    /// The same, to an agent that said this of itself.
    #[must_use]
    pub fn introduced(mut self, introduced: Introduced) -> Self {
        self.introduced = introduced;
        self
    }

    /// Whether its agent answers probes.
    #[must_use]
    pub fn answers_probes(&self) -> bool {
        self.probes.are_answered
    }

    /// Hands the word of the agent to the one who waits; `false` if nobody does.
    pub fn told(&self, probed: v1::Probed) -> bool {
        self.pulse.beat();
        self.probes.told(probed.id, probed.standing())
    }

    /// Sends a question and waits for its reply; dropping the future cancels the question.
    ///
    /// # Errors
    /// The stream is full or gone.
    pub async fn ask(&self, ask: v1::NodeAsk) -> Result<(v1::NodeReply, Announced), LinkFault> {
        let query_id = ask.query_id.clone();
        let reply = self.questions.begin(&query_id, self.words());
        let reply = reply.ok_or(LinkFault::Full)?;
        let begun = Instant::now();
        let sent = self
            .down
            .try_send(Ok(frame(v1::hub_frame::Frame::Ask(ask))));
        if let Err(error) = sent {
            self.questions.forget(&query_id);
            return Err(match error {
                mpsc::error::TrySendError::Full(_) => LinkFault::Full,
                mpsc::error::TrySendError::Closed(_) => LinkFault::Gone,
            });
        }
        let _waiter = Waiter {
            link: self,
            query_id: &query_id,
        };
        let heard = reply.await.map_err(|_| LinkFault::Gone)?;
        self.came_back(begun);
        Ok(heard)
    }

    /// Hands a reply to the one who waits, if there is one.
    pub fn deliver(&self, reply: v1::NodeReply) -> Came {
        self.pulse.beat();
        self.questions.deliver(reply, self.words())
    }

    /// Asks the node's witness and waits for its answer. Dropping the future leaves it owed.
    ///
    /// # Errors
    /// It owes one already, or the stream is full or gone.
    pub async fn witness(&self, ask: v1::WitnessAsk) -> Result<v1::Witnessed, LinkFault> {
        let (answer_to, answer) = oneshot::channel();
        {
            let mut owed = self.owed();
            if is_owed(owed.as_ref()) {
                return Err(LinkFault::Full);
            }
            let since = Instant::now();
            *owed = Some(Owed { since, answer_to });
        }
        let sent = self
            .down
            .try_send(Ok(frame(v1::hub_frame::Frame::Witness(ask))));
        if let Err(error) = sent {
            self.owed().take();
            return Err(match error {
                mpsc::error::TrySendError::Full(_) => LinkFault::Full,
                mpsc::error::TrySendError::Closed(_) => LinkFault::Gone,
            });
        }
        answer.await.map_err(|_| LinkFault::Gone)
    }

    /// Hands the answer of a witness to the one who waits; `false` if nobody asked or waits any
    /// more.
    pub fn witnessed(&self, answer: v1::Witnessed) -> bool {
        let owed = self.owed().take();
        owed.is_some_and(|owed| owed.answer_to.send(answer).is_ok())
    }

    /// Whether the node's witness owes an answer on this stream.
    #[must_use]
    pub fn owes(&self) -> bool {
        is_owed(self.owed().as_ref())
    }

    /// From now on these are the rules of the node; for questions that are under way they came too
    /// late.
    pub fn announce(&self, words: RuleWords) {
        *self.words.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(words);
    }

    /// The rules that the node has announced on this stream.
    #[must_use]
    pub fn words(&self) -> Arc<RuleWords> {
        Arc::clone(&self.words.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The agent said that it is about to stop.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether new questions may go this way.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.draining.load(Ordering::Relaxed) && !self.down.is_closed()
    }

    /// Whether the agent said farewell.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// The hub reads nothing of the stream for now, or does so again: what it does not hear
    /// meanwhile says nothing of the agent.
    pub fn hold_up(&self, is_held_up: bool) {
        self.pulse.beat();
        self.is_held_up.store(is_held_up, Ordering::Relaxed);
    }

    /// Whether something came since then, or may have come without the hub's having read it.
    #[must_use]
    pub fn has_spoken_since(&self, then: Instant) -> bool {
        self.is_held_up.load(Ordering::Relaxed) || self.pulse.last() >= then
    }

    /// The quickest word or reply of late; none where there was none.
    #[must_use]
    pub fn quickest(&self) -> Option<Duration> {
        self.pace().quickest(Instant::now())
    }

    /// What went down then has come back.
    fn came_back(&self, begun: Instant) {
        let now = Instant::now();
        self.pace().took(now.duration_since(begun), now);
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every wait: the stream is gone.
    pub fn fail_all(&self) {
        self.questions.clear();
        self.owed().take();
        self.probes.clear();
        self.namings.clear();
    }

    fn owed(&self) -> MutexGuard<'_, Option<Owed>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that does not come for so long is given up.
fn is_owed(owed: Option<&Owed>) -> bool {
    owed.is_some_and(|owed| owed.since.elapsed() < OWED_MAX)
}

fn frame(frame: v1::hub_frame::Frame) -> v1::HubFrame {
    v1::HubFrame { frame: Some(frame) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(id: &str) -> v1::NodeAsk {
        v1::NodeAsk {
            query_id: id.to_owned(),
            ..v1::NodeAsk::default()
        }
    }

    fn reply(id: &str) -> v1::NodeReply {
        v1::NodeReply {
            query_id: id.to_owned(),
            outcome: None,
        }
    }

    #[tokio::test]
    async fn replies_find_their_question_in_any_order() {
        let (down, mut sent) = mpsc::channel(8);
        let link = Link::new("01".into(), down);
        let both = async { tokio::join!(link.ask(ask("a")), link.ask(ask("b"))) };
        let node = async {
            sent.recv().await;
            sent.recv().await;
            for (id, came) in [
                ("b", Came::Delivered),
                ("a", Came::Delivered),
                ("a", Came::Stranger),
                ("c", Came::Stranger),
            ] {
                assert_eq!(link.deliver(reply(id)), came, "{id}");
            }
        };
        let ((a, b), ()) = tokio::join!(both, node);
        assert_eq!(a.map(|(r, _)| r.query_id), Ok("a".to_owned()));
        assert_eq!(b.map(|(r, _)| r.query_id), Ok("b".to_owned()));
    }

    #[tokio::test]
    async fn a_dropped_question_is_cancelled_and_forgotten() {
        let (down, mut sent) = mpsc::channel(8);
        let link = Link::new("01".into(), down);
        {
            let asked = link.ask(ask("a"));
            tokio::pin!(asked);
            assert!(futures_util::poll!(&mut asked).is_pending());
        }
        sent.recv().await;
        let cancelled = sent.recv().await.and_then(Result::ok).and_then(|f| f.frame);
        assert!(matches!(cancelled, Some(v1::hub_frame::Frame::Cancel(c)) if c.query_id == "a"));
        assert_eq!(link.deliver(reply("a")), Came::Late);
    }

    #[tokio::test]
    async fn a_full_or_gone_stream_says_so_at_once() {
        let (down, sent) = mpsc::channel(1);
        let link = Link::new("01".into(), down);
        let first = link.ask(ask("a"));
        tokio::pin!(first);
        assert!(futures_util::poll!(&mut first).is_pending());
        assert_eq!(link.ask(ask("b")).await.unwrap_err(), LinkFault::Full);
        link.fail_all();
        assert_eq!(first.await.unwrap_err(), LinkFault::Gone);
        drop(sent);
        assert_eq!(link.ask(ask("c")).await.unwrap_err(), LinkFault::Gone);
    }
}
