//! Every change of a breaker is counted, and goes on record in its order.
//!
//! One writer puts the changes on record one by one. While the log takes nothing for now it waits,
//! on a full disk for room, without trying: what is not tried is not turned away. What comes
//! meanwhile waits too; when much does, the changes of a class are folded into one that says how
//! many (`breaker_book/waiting.rs`). Only a log that is broken or closed loses what waits, as it
//! does everything, and a stop on a full disk, which waits for nobody.

mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use audit::{AuditError, Health, Room};
use catalog::ClassNo;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Ledger;
use super::entry::{BreakerChanged, BreakerRates, Entry};
use crate::metrics::Metrics;
use crate::nodes::BreakerWatch;
use crate::nodes::breaker::{Hand, Transition};

use waiting::{Change, Waiting};

/// Pause before the log is tried again, growing to the second.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// How often the room is looked at while the disk is full.
const ROOM_PAUSE: Duration = Duration::from_millis(200);
/// Changes that waited for less say nothing of it.
const LATE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub struct BreakerBook {
    writer: Arc<Writer>,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Writer {
    ledger: Arc<Ledger>,
    /// Touched when a breaker changes and when a change is on record.
    waiting: Mutex<Waiting>,
    /// Told when the hub stops.
    stopping: CancellationToken,
}

/// A writer at work on a change. However it ends, another can begin, with that change.
struct AtWork<'a> {
    writer: &'a Writer,
    change: Option<Change>,
}

impl BreakerBook {
    /// A book over the log and the counts; once the hub is stopping it waits for no room.
    #[must_use]
    pub fn new(ledger: Arc<Ledger>, metrics: Arc<Metrics>, stopping: CancellationToken) -> Self {
        let writer = Writer {
            ledger,
            waiting: Mutex::default(),
            stopping,
        };
        Self {
            writer: Arc::new(writer),
            metrics,
        }
    }
}

impl BreakerWatch for BreakerBook {
    fn changed(&self, node: &str, classes: &[ClassNo], transition: Transition) {
        let changed = entry(node, classes, &transition);
        let (from, to, because) = (&changed.from, &changed.to, &changed.because);
        let classes_text = changed.classes.join(",");
        tracing::info!(
            node,
            classes = classes_text,
            from,
            to,
            because,
            "breaker changed"
        );
        for class in classes {
            self.metrics.breaker_changed(node, *class, transition.to);
        }
        let must_start = self.writer.waiting().put(changed, Instant::now());
        if must_start {
            let writer = Arc::clone(&self.writer);
            self.writer.ledger.tasks.spawn(writer.write_all());
        }
    }
}

impl Writer {
    /// Writes until nothing waits; the next change starts another.
    async fn write_all(self: Arc<Self>) {
        loop {
            let next = self.waiting().take();
            let Some(change) = next else { return };
            let mut at_work = AtWork {
                writer: &self,
                change: Some(change),
            };
            if !self.write(at_work.change.as_ref()).await {
                let lost = self.waiting().len() + 1;
                tracing::error!(
                    lost,
                    "breaker changes are not on record: the hub stops while the disk is full"
                );
                return;
            }
            at_work.change = None;
        }
    }

    /// Whether to go on.
    async fn write(&self, change: Option<&Change>) -> bool {
        let Some(change) = change else { return true };
        let mut pause = PAUSE_MIN;
        loop {
            if !self.has_room().await {
                return false;
            }
            match self.ledger.note(Entry::Breaker(told(change))).await {
                Ok(_) => return true,
                // Nothing of it was written.
                Err(AuditError::Full | AuditError::NoRoom) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                Err(_) => {
                    tracing::error!("breaker change is not on record: the journal cannot write");
                    return true;
                }
            }
        }
    }

    /// Waits until there is room, or the log is broken and says so to whoever tries. `false` when
    /// the hub stops first.
    async fn has_room(&self) -> bool {
        let journal = self.ledger.journal();
        while journal.room() == Room::Full && matches!(journal.health(), Health::Healthy) {
            tokio::select! {
                biased;
                () = self.stopping.cancelled() => return false,
                () = tokio::time::sleep(ROOM_PAUSE) => {}
            }
        }
        true
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if let Some(change) = self.change.take() {
            self.writer.waiting().put_back(change);
        }
    }
}

/// The change as it is written now.
fn told(change: &Change) -> BreakerChanged {
    let waited = change.since.elapsed();
    let late = if waited < LATE {
        Duration::ZERO
    } else {
        waited
    };
    BreakerChanged {
        late_ms: u64::try_from(late.as_millis()).unwrap_or(u64::MAX),
        ..change.changed.clone()
    }
}

fn entry(node: &str, classes: &[ClassNo], transition: &Transition) -> BreakerChanged {
    let rates = transition.rates;
    BreakerChanged {
        node: node.to_owned(),
        classes: classes.iter().map(ToString::to_string).collect(),
        from: transition.from.as_str().to_owned(),
        to: transition.to.as_str().to_owned(),
        because: transition.because().to_owned(),
        hand: transition.hand.map_or("", Hand::as_str).to_owned(),
        rates: BreakerRates {
            calls: rates.calls,
            failed: rates.failed,
            slow: rates.slow,
            busy: rates.busy,
        },
        folded: 0,
        late_ms: 0,
    }
}

#[cfg(test)]
mod tests;
