//! Every change of a breaker is counted, and goes on record in its order.
//!
//! One writer puts the changes on record one by one, and tries again for as long as the log takes
//! nothing for now. What comes meanwhile waits; when much does, the changes of a class are folded
//! into one that says how many (`breaker_book/waiting.rs`). Only a log that is broken or closed
//! loses what waits, as it does everything.

mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use audit::AuditError;
use catalog::ClassNo;
use tokio::time::Instant;

use super::Ledger;
use super::entry::{BreakerChanged, BreakerRates, Entry};
use crate::metrics::Metrics;
use crate::nodes::BreakerWatch;
use crate::nodes::breaker::{Hand, Transition};

use waiting::{Change, Waiting};

/// Pause before the log is tried again, growing to the second.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(1);
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
}

impl BreakerBook {
    /// A book over the log and the counts.
    #[must_use]
    pub fn new(ledger: Arc<Ledger>, metrics: Arc<Metrics>) -> Self {
        let writer = Writer {
            ledger,
            waiting: Mutex::default(),
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
            match next {
                Some(change) => self.write(change).await,
                None => return,
            }
        }
    }

    async fn write(&self, change: Change) {
        let mut pause = PAUSE_MIN;
        loop {
            let waited = change.since.elapsed();
            let late = if waited < LATE {
                Duration::ZERO
            } else {
                waited
            };
            let entry = BreakerChanged {
                late_ms: u64::try_from(late.as_millis()).unwrap_or(u64::MAX),
                ..change.changed.clone()
            };
            match self.ledger.note(Entry::Breaker(entry)).await {
                Ok(_) => return,
                // Nothing of it was written.
                Err(AuditError::Full | AuditError::NoRoom) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                Err(_) => {
                    tracing::error!("breaker change is not on record: the journal cannot write");
                    return;
                }
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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
