//! Every change of a breaker goes on record and is counted.

use std::sync::Arc;

use catalog::ClassNo;

use super::Ledger;
use super::entry::{BreakerChanged, BreakerRates, Entry};
use crate::metrics::Metrics;
use crate::nodes::BreakerWatch;
use crate::nodes::breaker::{Hand, Transition};

/// See the module.
#[derive(Debug)]
pub struct BreakerBook {
    ledger: Arc<Ledger>,
    metrics: Arc<Metrics>,
}

impl BreakerBook {
    /// A book over the log and the counts.
    #[must_use]
    pub fn new(ledger: Arc<Ledger>, metrics: Arc<Metrics>) -> Self {
        Self { ledger, metrics }
    }
}

impl BreakerWatch for BreakerBook {
    fn changed(&self, node: &str, classes: &[ClassNo], transition: Transition) {
        let rates = transition.rates;
        let changed = BreakerChanged {
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
        };
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
        let ledger = Arc::clone(&self.ledger);
        self.ledger.tasks.spawn(async move {
            if ledger.note(Entry::Breaker(changed)).await.is_err() {
                tracing::error!("breaker change is not on record: the journal cannot write");
            }
        });
    }
}
