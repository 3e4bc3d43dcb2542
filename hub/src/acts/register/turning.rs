//! Time passes over the acts, and may go back: what is over ends, and holds again if the clock that
//! ended it was wrong. Only what has been over for long, by the time that the hub has run, is
//! forgotten.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Recorded, Register};

/// How long the hub runs on before an act that is over is forgotten: more than a day, in which
/// somebody sets a clock right.
pub const ENDED_KEPT: Duration = Duration::from_secs(48 * 60 * 60);
/// Acts kept that are over; those that ended first are forgotten first.
pub const ENDED_MAX: usize = 512;

/// What has changed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Turned {
    /// Acts that stood, whose time is over.
    pub over: Vec<Recorded>,
    /// Acts that were over, and hold again.
    pub again: Vec<Recorded>,
}

impl Turned {
    /// Whether nothing has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.over.is_empty() && self.again.is_empty()
    }
}

impl Register {
    /// Sees what is over by now, and what is not any more. `run` is how long the hub has run.
    pub fn turn(&mut self, now: OffsetDateTime, run: Duration) -> Turned {
        let mut turned = Turned::default();
        for act in self.standing.values() {
            match (act.is_over(now), self.over_since.contains_key(&act.number)) {
                (true, false) => turned.over.push(act.clone()),
                (false, true) => turned.again.push(act.clone()),
                (true, true) | (false, false) => {}
            }
        }
        let over = turned.over.iter().map(|act| (act.number, run));
        self.over_since.extend(over);
        for act in &turned.again {
            self.over_since.remove(&act.number);
        }
        for asked in self.waiting.values() {
            if asked.waits(now) {
                self.over_since.remove(&asked.number);
            } else {
                self.over_since.entry(asked.number).or_insert(run);
            }
        }
        self.forget(run);
        turned
    }

    /// Forgets requests from before a moment: a start need not find them.
    pub fn forget_asked(&mut self, before: OffsetDateTime) {
        self.waiting.retain(|_, asked| asked.at > before);
    }

    fn forget(&mut self, run: Duration) {
        let mut over: Vec<_> = self
            .over_since
            .iter()
            .map(|(n, since)| (*since, *n))
            .collect();
        over.sort_unstable();
        let too_many = over.len().saturating_sub(ENDED_MAX);
        for (nth, (since, number)) in over.into_iter().enumerate() {
            if nth < too_many || run.saturating_sub(since) >= ENDED_KEPT {
                self.standing.remove(&number);
                self.waiting.remove(&number);
                self.over_since.remove(&number);
            }
        }
    }
}
