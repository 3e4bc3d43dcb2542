//! Which rules of alerts are in force by the log's word, and that the log has it.

use time::OffsetDateTime;

use super::rules::AlertRules;
use crate::broker::Broker;
use crate::ledger::entry::{AlertRulesChanged, AlertRulesKept, Entry};

/// An entry with its number and time.
pub type Noted<T> = (u64, OffsetDateTime, T);

/// The last that the log says about the rules of alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ruled {
    /// The last change; none while the log's folder holds none.
    pub changed: Option<Noted<AlertRulesChanged>>,
    /// A broken change that was not taken, none behind it.
    pub kept: Option<Noted<AlertRulesKept>>,
}

impl Ruled {
    /// Takes a change that is on record.
    pub fn change(&mut self, entry: u64, at: OffsetDateTime, changed: AlertRulesChanged) {
        self.changed = Some((entry, at, changed));
        self.kept = None;
    }

    /// Takes a broken change that is on record.
    pub fn keep(&mut self, entry: u64, at: OffsetDateTime, kept: AlertRulesKept) {
        self.kept = Some((entry, at, kept));
    }
}

/// Puts rules on record that were changed while the hub was down. Whether the log has them.
pub(super) async fn on_record(broker: &Broker) -> bool {
    let from = {
        let book = broker.alerts.book().await;
        let changed = book.ruled().changed.as_ref();
        changed.map(|(_, _, changed)| changed.to.clone())
    };
    // Before the first change those of the program hold.
    let from = from.unwrap_or_else(|| AlertRules::default().digest().to_string());
    let to = broker.alerts.rules().digest().to_string();
    if from == to {
        return true;
    }
    let entry = Entry::AlertRulesChanged(AlertRulesChanged { from, to });
    broker.ledger.note(entry).await.is_ok()
}
