//! The questions of one stream: who waits for a reply, and whose reply nobody waits for any more.
//! That may still come, once; whatever else comes is what nobody has asked for.
//!
//! INVARIANT: a question is one or the other at any moment, under one lock, so that a reply that
//! meets the giving up of its question is late, and never a stranger's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use wire::limits::{ASKS_PER_STREAM_MAX, DEADLINE_MAX};
use wire::{RuleWords, v1};

use crate::nodes::announced::Announced;

/// After so long no agent works on a question any more.
const KEPT: Duration = Duration::from_secs(DEADLINE_MAX.as_secs() + 5);
/// Questions kept whose reply nobody waits for. After more than these in that time nobody can say
/// what was asked for.
const KEPT_MAX: usize = 4_096;

/// A reply, and the rules that its node has announced.
pub(super) type Heard = (v1::NodeReply, Announced);

/// What became of a reply that came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// The one who waits has it.
    Delivered,
    /// It was asked for, and nobody waits for it any more.
    Late,
    /// Nobody has asked for it, or it came already.
    Stranger,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<Asked>);

#[derive(Debug, Default)]
struct Asked {
    /// In order, so that those who wait hear in order that the stream is gone.
    by_id: BTreeMap<String, Standing>,
    /// Those given up, oldest first.
    given_up: BTreeMap<u64, (Instant, String)>,
    latest: u64,
    /// When one given up was dropped for want of room.
    dropped: Option<Instant>,
}

#[derive(Debug)]
enum Standing {
    /// Who waits for a reply, and the rules that were announced when the question went down.
    Waiting {
        reply_to: oneshot::Sender<Heard>,
        words: Arc<RuleWords>,
    },
    /// Its place among those given up.
    GivenUp(u64),
}

impl Questions {
    /// A question is about to go down; none where too many are under way.
    pub(super) fn begin(
        &self,
        query_id: &str,
        words: Arc<RuleWords>,
    ) -> Option<oneshot::Receiver<Heard>> {
        let mut asked = self.asked();
        if asked.by_id.len() - asked.given_up.len() >= ASKS_PER_STREAM_MAX {
            return None;
        }
        let (reply_to, reply) = oneshot::channel();
        let waiting = Standing::Waiting { reply_to, words };
        let before = asked.by_id.insert(query_id.to_owned(), waiting);
        if let Some(Standing::GivenUp(nth)) = before {
            asked.given_up.remove(&nth);
        }
        Some(reply)
    }

    /// It did not go down: no reply to it may come.
    pub(super) fn forget(&self, query_id: &str) {
        let mut asked = self.asked();
        if let Some(Standing::GivenUp(nth)) = asked.by_id.remove(query_id) {
            asked.given_up.remove(&nth);
        }
    }

    /// Nobody waits for its reply any more; `false` if nobody did.
    pub(super) fn give_up(&self, query_id: &str) -> bool {
        let now = Instant::now();
        let mut asked = self.asked();
        asked.age(now);
        if !matches!(asked.by_id.get(query_id), Some(Standing::Waiting { .. })) {
            return false;
        }
        if asked.given_up.len() >= KEPT_MAX {
            asked.drop_oldest();
            asked.dropped = Some(now);
        }
        asked.latest += 1;
        let nth = asked.latest;
        asked.given_up.insert(nth, (now, query_id.to_owned()));
        asked
            .by_id
            .insert(query_id.to_owned(), Standing::GivenUp(nth));
        true
    }

    /// A reply came up.
    pub(super) fn deliver(&self, reply: v1::NodeReply, now: Arc<RuleWords>) -> Came {
        let mut asked = self.asked();
        asked.age(Instant::now());
        match asked.by_id.remove(&reply.query_id) {
            Some(Standing::Waiting { reply_to, words }) => {
                let announced = Announced { before: words, now };
                match reply_to.send((reply, announced)) {
                    Ok(()) => Came::Delivered,
                    // Whoever waited is about to say that it does not any more.
                    Err(_) => Came::Late,
                }
            }
            Some(Standing::GivenUp(nth)) => {
                asked.given_up.remove(&nth);
                Came::Late
            }
            None if asked.dropped.is_some() => Came::Late,
            None => Came::Stranger,
        }
    }

    /// Ends every wait.
    pub(super) fn clear(&self) {
        let mut asked = self.asked();
        asked.by_id.clear();
        asked.given_up.clear();
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    /// Forgets what was given up long ago.
    fn age(&mut self, now: Instant) {
        let is_old = |since: &Instant| now.duration_since(*since) >= KEPT;
        while self
            .given_up
            .first_key_value()
            .is_some_and(|(_, (since, _))| is_old(since))
        {
            self.drop_oldest();
        }
        self.dropped = self.dropped.filter(|since| !is_old(since));
    }

    fn drop_oldest(&mut self) {
        if let Some((_, (_, id))) = self.given_up.pop_first() {
            self.by_id.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn come(questions: &Questions, id: &str) -> Came {
        let reply = v1::NodeReply {
            query_id: id.to_owned(),
            outcome: None,
        };
        questions.deliver(reply, Arc::default())
    }

    fn ask(questions: &Questions, id: &str) -> oneshot::Receiver<Heard> {
        questions.begin(id, Arc::default()).expect("has room")
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_may_come_late_once_and_not_forever() {
        let questions = Questions::default();
        for id in ["a", "b"] {
            drop(ask(&questions, id));
            assert!(questions.give_up(id) && !questions.give_up(id));
        }
        assert_eq!(come(&questions, "a"), Came::Late);
        assert_eq!(come(&questions, "a"), Came::Stranger, "it came already");
        assert_eq!(come(&questions, "c"), Came::Stranger, "nobody asked");
        tokio::time::advance(KEPT).await;
        assert_eq!(come(&questions, "b"), Came::Stranger, "nobody works on it");
    }

    #[test]
    fn a_reply_between_the_two_halves_of_giving_up_is_late() {
        let questions = Questions::default();
        drop(ask(&questions, "a"));
        assert_eq!(come(&questions, "a"), Came::Late);
        assert!(!questions.give_up("a"), "it has come");
        assert_eq!(come(&questions, "a"), Came::Stranger);
    }

    #[test]
    fn what_did_not_go_down_has_no_reply() {
        let questions = Questions::default();
        drop(ask(&questions, "a"));
        questions.forget("a");
        assert!(!questions.give_up("a"));
        assert_eq!(come(&questions, "a"), Came::Stranger);
    }

    #[tokio::test(start_paused = true)]
    async fn after_too_many_nobody_is_blamed_for_a_while() {
        let questions = Questions::default();
        for nth in 0..=KEPT_MAX {
            let id = nth.to_string();
            drop(ask(&questions, &id));
            assert!(questions.give_up(&id));
        }
        assert_eq!(come(&questions, "0"), Came::Late, "it was dropped");
        assert_eq!(come(&questions, "1"), Came::Late);
        assert_eq!(questions.asked().by_id.len(), KEPT_MAX - 1);
        tokio::time::advance(KEPT).await;
        assert_eq!(come(&questions, "2"), Came::Stranger);
        assert!(questions.asked().by_id.is_empty(), "what is old is gone");
    }

    #[test]
    fn only_those_who_wait_take_room() {
        let questions = Questions::default();
        let mut held = Vec::new();
        for nth in 0..ASKS_PER_STREAM_MAX {
            held.push(ask(&questions, &nth.to_string()));
        }
        assert!(questions.begin("more", Arc::default()).is_none());
        assert!(questions.give_up("0"));
        assert!(questions.begin("more", Arc::default()).is_some());
    }
}
