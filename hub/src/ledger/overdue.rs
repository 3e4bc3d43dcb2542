//! Decisions that owe their outcome: how many do so longer than any question may take, and how many
//! were closed without one. Both are alarmed while the hub runs; the log alone would say it only to
//! whoever reads it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use wire::limits::DEADLINE_MAX;

/// Trimming and sealing after the last deadline.
const GRACE: Duration = Duration::from_secs(10);

/// What is owed.
#[derive(Debug, Default)]
pub(super) struct Overdue {
    /// When each open decision was made, by its index: as many as questions are under way.
    open: Mutex<HashMap<u64, Instant>>,
    abandoned: AtomicU64,
}

impl Overdue {
    pub(super) fn opened(&self, decision: u64, at: Instant) {
        self.held().insert(decision, at);
    }

    pub(super) fn sealed(&self, decision: u64) {
        self.held().remove(&decision);
    }

    /// It was closed without an outcome, and that is on record.
    pub(super) fn abandoned(&self, decision: u64) {
        self.sealed(decision);
        self.abandoned.fetch_add(1, Ordering::Relaxed);
    }

    /// Decisions that are open longer than any question may take.
    pub(super) fn count(&self, now: Instant) -> u64 {
        let open = self.held();
        let overdue = open.values().filter(|at| **at + DEADLINE_MAX + GRACE < now);
        overdue.count() as u64
    }

    /// Decisions closed without an outcome since this was last asked.
    pub(super) fn take_abandoned(&self) -> u64 {
        self.abandoned.swap(0, Ordering::Relaxed)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<u64, Instant>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_open_too_long_counts() {
        let (overdue, start) = (Overdue::default(), Instant::now());
        for decision in 0..3 {
            overdue.opened(decision, start);
        }
        overdue.opened(3, start + DEADLINE_MAX);
        assert_eq!(overdue.count(start + DEADLINE_MAX + GRACE), 0);
        let late = start + DEADLINE_MAX + GRACE + Duration::from_millis(1);
        assert_eq!(overdue.count(late), 3);
        overdue.sealed(0);
        overdue.abandoned(1);
        assert_eq!(overdue.count(late), 1);
        assert_eq!((overdue.take_abandoned(), overdue.take_abandoned()), (1, 0));
    }
}
