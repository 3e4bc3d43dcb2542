//! The rules of alerts, exchanged whole while the hub runs, on record: as the limits are.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wire::{FolderWatch, digest_beside};

use super::rules;
use crate::broker::Broker;
use crate::ledger::entry::{AlertRulesChanged, AlertRulesKept, Entry};
use crate::metrics::lately::Changing;

/// How often the file is looked at; a change is taken at the look after the one that saw it.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How much of a fault goes on record; the program's own log has all of it.
const FAULT_CHARS_MAX: usize = 400;

/// Watches the file and the digest beside it.
#[derive(Debug)]
pub(crate) struct AlertRulesWatch {
    file: PathBuf,
    watches: [FolderWatch; 2],
}

impl AlertRulesWatch {
    /// From the present state on; it begins before the file is read, so that no change is missed.
    pub(crate) fn new(file: &Path) -> Self {
        let watches = [file.to_owned(), digest_beside(file)];
        Self {
            file: file.to_owned(),
            watches: watches.map(|path| FolderWatch::new(&path)),
        }
    }

    /// One look. What could not be put on record is looked at again.
    pub(crate) async fn look(&mut self, broker: &Broker) {
        let mut changed = false;
        for watch in &mut self.watches {
            changed |= watch.has_changed_and_rests();
        }
        if changed && !take(broker, &self.file).await {
            self.watches.iter_mut().for_each(FolderWatch::tell_again);
        }
    }
}

/// Takes changed rules up, one whole file at a time, until told to stop.
pub(crate) async fn watch_alert_rules(
    broker: Arc<Broker>,
    mut watch: AlertRulesWatch,
    end: CancellationToken,
) {
    let mut pause = tokio::time::interval(LOOK_INTERVAL);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = end.cancelled() => return,
        }
        watch.look(&broker).await;
    }
}

/// Whether what was read is on record.
async fn take(broker: &Broker, file: &Path) -> bool {
    let before = broker.alerts.rules();
    let rules = match rules::read(Some(file), &broker.trust) {
        Ok(rules) if *before == rules => {
            broker.metrics.lately().read(Changing::AlertRules, true);
            return true;
        }
        Ok(rules) => rules,
        Err(fault) => return keep(broker, &format!("{fault:#}")).await,
    };
    let entry = AlertRulesChanged {
        from: before.digest().to_string(),
        to: rules.digest().to_string(),
    };
    // On record first: rules that could not be recorded are not used.
    let noted = broker.ledger.note(Entry::AlertRulesChanged(entry)).await;
    if noted.is_err() {
        tracing::error!("changed rules of alerts are not on record and not used: no journal");
        return false;
    }
    tracing::info!(digest = %rules.digest(), "changed rules of alerts are in force");
    broker.metrics.lately().read(Changing::AlertRules, true);
    broker.alerts.use_rules(rules);
    true
}

async fn keep(broker: &Broker, fault: &str) -> bool {
    tracing::error!(
        fault,
        "changed rules of alerts are broken; the old ones stay"
    );
    broker.metrics.lately().read(Changing::AlertRules, false);
    let entry = AlertRulesKept {
        kept: broker.alerts.rules().digest().to_string(),
        because: fault.chars().take(FAULT_CHARS_MAX).collect(),
    };
    let noted = broker.ledger.note(Entry::AlertRulesKept(entry)).await;
    noted.is_ok()
}
