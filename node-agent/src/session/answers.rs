//! Questions by their id, whatever stream they come on. The hub may send one again when the stream
//! that it went down on is lost: it is then looked up and on record once, and both get the same
//! reply. Replies are held for a bounded time, in a bounded number of bytes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prost::Message as _;
use ring::digest::{SHA256, digest};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::limits::{
    ASKS_PER_STREAM_MAX, KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, STREAMS_PER_NODE_MAX,
};
use wire::{RefusalCode, v1};

use crate::answer::Answerer;

/// How long a question that was answered is known again: twice what it takes the hub to notice that
/// a stream is lost.
const KNOWN_FOR: Duration = Duration::from_secs(10);
/// Questions that are known again, those under way among them.
const KNOWN_MAX: usize = 8_192;
/// Bytes of replies that are held; beyond it the oldest is let go, and its question known only.
const REPLY_BYTES_HELD_MAX: usize = 16 * 1024 * 1024;
/// How often what is no longer held is let go.
const LET_GO_EVERY: Duration = Duration::from_secs(1);

const _: () = assert!(KNOWN_MAX > 2 * ASKS_PER_STREAM_MAX * STREAMS_PER_NODE_MAX);
const _: () = assert!(
    KNOWN_FOR.as_millis() >= 2 * (KEEPALIVE_INTERVAL.as_millis() + KEEPALIVE_TIMEOUT.as_millis())
);

/// A reply, shared by those who wait for it.
type Shared = Arc<v1::NodeReply>;

/// The questions of all streams.
#[derive(Debug)]
pub struct Answers {
    answerer: Arc<Answerer>,
    tasks: TaskTracker,
    /// Touched when a question comes, is cancelled or is answered.
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_id: HashMap<String, Question>,
    /// Answered ones, the oldest first.
    answered: VecDeque<(String, Instant)>,
    /// Ids of replies that are held, the oldest first, with their bytes.
    held: VecDeque<(String, usize)>,
    held_bytes: usize,
}

#[derive(Debug)]
struct Question {
    /// Of everything but the time that is left: another question under one id is a lie.
    digest: [u8; 32],
    state: State,
}

#[derive(Debug)]
enum State {
    UnderWay {
        cancelled: CancellationToken,
        reply: watch::Receiver<Option<Shared>>,
    },
    Answered(Option<Shared>),
}

/// What is to be done with a question that came.
enum Came {
    New(watch::Sender<Option<Shared>>, CancellationToken),
    UnderWay(watch::Receiver<Option<Shared>>),
    Answered(Shared),
    /// It was answered, and the reply is not held any more; or too many are known.
    Gone,
    /// Another question has this id.
    Lie,
}

impl Answers {
    /// None known yet.
    #[must_use]
    pub fn new(answerer: Arc<Answerer>, tasks: TaskTracker) -> Arc<Self> {
        Arc::new(Self {
            answerer,
            tasks,
            known: Mutex::default(),
        })
    }

    /// Who answers.
    #[must_use]
    pub fn answerer(&self) -> &Arc<Answerer> {
        &self.answerer
    }

    /// Answers a question, or waits for the answer to the same one; nothing once it is cancelled.
    pub(super) async fn answer(self: &Arc<Self>, ask: v1::NodeAsk) -> Option<v1::NodeReply> {
        let came = self.known().came(&ask, Instant::now());
        if !matches!(came, Came::New(..)) {
            self.answerer.metrics.served("repeated");
        }
        let mut reply = match came {
            Came::Answered(reply) => return Some(Arc::unwrap_or_clone(reply)),
            Came::Gone => return Some(refused(&ask.query_id, RefusalCode::NodeBusy)),
            Came::Lie => return Some(self.answerer.refuse_repeated(ask).await),
            Came::UnderWay(reply) => reply,
            Came::New(tell, cancelled) => {
                let reply = tell.subscribe();
                let answers = Arc::clone(self);
                // In a task of its own: it outlives the stream that the question came on.
                self.tasks
                    .spawn(async move { answers.work(ask, tell, cancelled).await });
                reply
            }
        };
        // An error says that it was cancelled.
        let reply = reply.wait_for(Option::is_some).await.ok()?;
        reply.as_ref().map(|reply| v1::NodeReply::clone(reply))
    }

    /// Nobody waits for it any more, on any stream.
    pub(super) fn cancel(&self, query_id: &str) {
        if let Some(question) = self.known().by_id.get(query_id)
            && let State::UnderWay { cancelled, .. } = &question.state
        {
            cancelled.cancel();
        }
    }

    /// Lets go of what was held long enough, until told to stop.
    pub async fn let_go(self: Arc<Self>, stop: CancellationToken) {
        let mut pause = tokio::time::interval(LET_GO_EVERY);
        while stop.run_until_cancelled(pause.tick()).await.is_some() {
            self.known().let_go(Instant::now());
        }
    }

    async fn work(
        &self,
        ask: v1::NodeAsk,
        tell: watch::Sender<Option<Shared>>,
        cancelled: CancellationToken,
    ) {
        let query_id = ask.query_id.clone();
        let reply = self.answerer.answer_until(ask, &cancelled).await;
        let mut known = self.known();
        if cancelled.is_cancelled() {
            known.by_id.remove(&query_id);
            return;
        }
        let reply = Arc::new(reply);
        known.answered(query_id, Arc::clone(&reply), Instant::now());
        drop(known);
        // Nobody may wait any more; then it is held for who asks again.
        tell.send_replace(Some(reply));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn came(&mut self, ask: &v1::NodeAsk, now: Instant) -> Came {
        self.let_go(now);
        let digest = digest_of(ask);
        if let Some(question) = self.by_id.get(&ask.query_id) {
            return match &question.state {
                _ if question.digest != digest => Came::Lie,
                State::UnderWay { reply, .. } => Came::UnderWay(reply.clone()),
                State::Answered(Some(reply)) => Came::Answered(Arc::clone(reply)),
                State::Answered(None) => Came::Gone,
            };
        }
        if self.by_id.len() >= KNOWN_MAX && !self.forget_oldest() {
            return Came::Gone;
        }
        let (tell, reply) = watch::channel(None);
        let cancelled = CancellationToken::new();
        let state = State::UnderWay {
            cancelled: cancelled.clone(),
            reply,
        };
        self.by_id
            .insert(ask.query_id.clone(), Question { digest, state });
        Came::New(tell, cancelled)
    }

    fn answered(&mut self, query_id: String, reply: Shared, now: Instant) {
        let Some(question) = self.by_id.get_mut(&query_id) else {
            return;
        };
        let bytes = reply.encoded_len();
        question.state = State::Answered(Some(reply));
        self.answered.push_back((query_id.clone(), now));
        self.held.push_back((query_id, bytes));
        self.held_bytes = self.held_bytes.saturating_add(bytes);
        while self.held_bytes > REPLY_BYTES_HELD_MAX {
            let Some((oldest, bytes)) = self.held.pop_front() else {
                return;
            };
            self.held_bytes = self.held_bytes.saturating_sub(bytes);
            if let Some(question) = self.by_id.get_mut(&oldest) {
                question.state = State::Answered(None);
            }
        }
    }

    fn let_go(&mut self, now: Instant) {
        while let Some((_, since)) = self.answered.front()
            && now.duration_since(*since) >= KNOWN_FOR
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((oldest, _)) = self.answered.pop_front() else {
            return false;
        };
        self.by_id.remove(&oldest);
        if let Some((held, bytes)) = self.held.front()
            && *held == oldest
        {
            self.held_bytes = self.held_bytes.saturating_sub(*bytes);
            self.held.pop_front();
        }
        true
    }
}

fn digest_of(ask: &v1::NodeAsk) -> [u8; 32] {
    let timeless = v1::NodeAsk {
        deadline_ms: 0,
        ..ask.clone()
    };
    let digest = digest(&SHA256, &timeless.encode_to_vec());
    <[u8; 32]>::try_from(digest.as_ref()).unwrap_or_default()
}

fn refused(query_id: &str, code: RefusalCode) -> v1::NodeReply {
    v1::NodeReply {
        query_id: query_id.to_owned(),
        outcome: Some(v1::node_reply::Outcome::Refusal(code.to_wire(query_id))),
    }
}

#[cfg(test)]
mod tests;
