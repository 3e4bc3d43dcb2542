//! The changes of breakers that are not on record yet: a queue, and behind it, once that is full,
//! one change a class, which takes up all that follow. So what waits is bounded by the classes of
//! the star, and no state is ever told out of its order within a class.

use std::collections::VecDeque;

use tokio::time::Instant;

use crate::ledger::entry::BreakerChanged;

/// Changes that wait before they are folded: every breaker of twenty nodes, several times over.
pub(super) const QUEUE_MAX: usize = 1_024;

/// A change, and since when it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) changed: BreakerChanged,
    pub(super) since: Instant,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    queue: VecDeque<Change>,
    /// Of one class each, in the order of their first changes; later than all of the queue.
    folded: VecDeque<Change>,
    /// Whether a writer is at work.
    is_written: bool,
}

impl Waiting {
    /// Takes a change in; whether a writer has to be started.
    #[must_use]
    pub(super) fn put(&mut self, changed: BreakerChanged, since: Instant) -> bool {
        if self.folded.is_empty() && self.queue.len() < QUEUE_MAX {
            self.queue.push_back(Change { changed, since });
        } else {
            self.fold(&changed, since);
        }
        !std::mem::replace(&mut self.is_written, true)
    }

    /// The next change to write. Where there is none the writer has ended.
    pub(super) fn take(&mut self) -> Option<Change> {
        let next = self.queue.pop_front();
        let next = next.or_else(|| self.folded.pop_front());
        self.is_written = next.is_some();
        next
    }

    /// Takes back what its writer could not write. The writer has ended.
    pub(super) fn put_back(&mut self, change: Change) {
        self.queue.push_front(change);
        self.is_written = false;
    }

    fn fold(&mut self, later: &BreakerChanged, since: Instant) {
        for class in &later.classes {
            let is_its = |change: &&mut Change| {
                change.changed.node == later.node && change.changed.classes.contains(class)
            };
            let classes = vec![class.clone()];
            match self.folded.iter_mut().find(is_its) {
                Some(earlier) => {
                    earlier.changed = BreakerChanged {
                        classes,
                        from: earlier.changed.from.clone(),
                        folded: earlier.changed.folded + 1,
                        ..later.clone()
                    }
                }
                None => self.folded.push_back(Change {
                    changed: BreakerChanged {
                        classes,
                        ..later.clone()
                    },
                    since,
                }),
            }
        }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.queue.len() + self.folded.len()
    }
}
