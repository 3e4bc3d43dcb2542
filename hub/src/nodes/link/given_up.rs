//! Questions of one stream whose reply nobody waits for any more. It may still come, once; whatever
//! else comes is what nobody has asked for.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use wire::limits::DEADLINE_MAX;

/// After so long no agent works on a question any more.
const KEPT: Duration = Duration::from_secs(DEADLINE_MAX.as_secs() + 5);
/// Questions kept. After more than these in that time nobody can say what was asked for.
const KEPT_MAX: usize = 4_096;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct GivenUp(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Oldest first.
    questions: VecDeque<(Instant, String)>,
    /// When one was dropped for want of room.
    dropped: Option<Instant>,
}

impl GivenUp {
    pub(super) fn add(&self, query_id: &str) {
        let now = Instant::now();
        let mut kept = self.kept(now);
        if kept.questions.len() >= KEPT_MAX {
            kept.questions.pop_front();
            kept.dropped = Some(now);
        }
        kept.questions.push_back((now, query_id.to_owned()));
    }

    /// Whether its reply may still come; not twice.
    pub(super) fn take(&self, query_id: &str) -> bool {
        let mut kept = self.kept(Instant::now());
        let mut questions = kept.questions.iter();
        match questions.rposition(|(_, id)| id == query_id) {
            Some(at) => kept.questions.remove(at).is_some(),
            None => kept.dropped.is_some(),
        }
    }

    /// What is young enough.
    fn kept(&self, now: Instant) -> MutexGuard<'_, Kept> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = |since: &Instant| now.duration_since(*since) >= KEPT;
        while kept
            .questions
            .front()
            .is_some_and(|(since, _)| is_old(since))
        {
            kept.questions.pop_front();
        }
        kept.dropped = kept.dropped.filter(|since| !is_old(since));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reply_may_come_late_once_and_not_forever() {
        let given_up = GivenUp::default();
        given_up.add("a");
        given_up.add("b");
        assert!(given_up.take("a"));
        assert!(!given_up.take("a"), "it came already");
        assert!(!given_up.take("c"), "nobody asked");
        tokio::time::advance(KEPT).await;
        assert!(!given_up.take("b"), "nobody works on it any more");
    }

    #[tokio::test(start_paused = true)]
    async fn after_too_many_nobody_is_blamed_for_a_while() {
        let given_up = GivenUp::default();
        for nth in 0..=KEPT_MAX {
            given_up.add(&nth.to_string());
        }
        assert!(given_up.take("0"), "it was dropped, so it is let pass");
        assert!(given_up.take("1"));
        tokio::time::advance(KEPT).await;
        assert!(!given_up.take("2"));
    }
}
