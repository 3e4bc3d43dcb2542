//! The rules in force: flows, centers, calendar and policies, exchanged as one.
//!
//! A changed folder is taken only when its manifest is there and right, the whole of it validates
//! and the change is on record; until then, and whenever it does not, the old rules stay. A
//! question is decided by one set from beginning to end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use catalog::Catalog;
use policies::{RuleFile, RuleFiles, RuleSet};
use tokio_util::sync::CancellationToken;
use wire::{FolderWatch, SealedFolder};

use crate::broker::Broker;
use crate::ledger::entry::{Entry, RulesChanged, RulesKept};
use crate::metrics::lately::Changing;

/// How often the folder is looked at; a change is taken at the look after the one that saw it.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How much of a broken set's faults goes on record; the log file of the program has them all.
const FAULT_CHARS_MAX: usize = 400;

/// The rules in force.
#[derive(Debug)]
pub struct LiveRules(ArcSwap<RuleSet>);

impl LiveRules {
    /// Rules to begin with.
    #[must_use]
    pub fn new(rules: RuleSet) -> Self {
        Self::shared(Arc::new(rules))
    }

    /// The same of rules that others hold too.
    #[must_use]
    pub fn shared(rules: Arc<RuleSet>) -> Self {
        Self(ArcSwap::new(rules))
    }

    /// The set in force now; whoever decides holds on to it until done.
    #[must_use]
    pub fn current(&self) -> Arc<RuleSet> {
        self.0.load_full()
    }
}

/// The rules of a folder, or the ones delivered with the program where none is named.
///
/// # Errors
/// Every fault of every file.
pub fn read(folder: Option<&Path>, catalog: &Catalog) -> anyhow::Result<RuleSet> {
    let Some(folder) = folder else {
        return Ok(RuleSet::builtin(catalog)?);
    };
    let sealed = SealedFolder::read(folder)?;
    let files = RuleFiles::gather(|pattern| -> Result<_, wire::FolderError> {
        let files = sealed.matching(pattern)?.into_iter();
        Ok(files
            .map(|file| RuleFile::from(file.into_parts()))
            .collect())
    })?;
    Ok(RuleSet::parse(&files, catalog)?)
}

/// Takes changed rules into force, one whole set at a time.
/// The watch began before the rules in force were read, so that no change falls between.
pub(crate) async fn watch_rules(
    broker: Arc<Broker>,
    folder: PathBuf,
    mut watch: FolderWatch,
    end: CancellationToken,
) {
    let mut pause = tokio::time::interval(LOOK_INTERVAL);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = end.cancelled() => return,
        }
        look(&broker, &folder, &mut watch).await;
    }
}

/// One look at the folder. What could not be put on record is looked at again.
async fn look(broker: &Broker, folder: &Path, watch: &mut FolderWatch) {
    if watch.has_changed_and_rests() && take(broker, folder).await.is_err() {
        watch.tell_again();
    }
}

/// The journal could not take the entry: what was read is to be read again.
#[derive(Debug)]
struct Unrecorded;

async fn take(broker: &Broker, folder: &Path) -> Result<(), Unrecorded> {
    match read(Some(folder), &broker.catalog) {
        Ok(rules) => exchange(broker, rules).await,
        Err(fault) => keep(broker, &fault).await,
    }
}

/// On record first: a set that could not be recorded is not used.
async fn exchange(broker: &Broker, rules: RuleSet) -> Result<(), Unrecorded> {
    let old = broker.rules.current();
    if old.digest() == rules.digest() {
        let lately = broker.metrics.lately();
        lately.read(Changing::Rules, true);
        return Ok(());
    }
    let changed: Vec<String> = rules
        .flows()
        .flows()
        .filter(|flow| old.flows().flow(&flow.id) != Some(*flow))
        .map(|flow| flow.id.to_string())
        .collect();
    let entry = RulesChanged {
        from: old.digest().to_string(),
        to: rules.digest().to_string(),
        flows: rules.flows().digest().to_string(),
        changed,
    };
    if broker
        .ledger
        .note(Entry::RulesChanged(entry))
        .await
        .is_err()
    {
        tracing::error!("changed rules are not on record and not used: the journal cannot write");
        return Err(Unrecorded);
    }
    tracing::info!(digest = %rules.digest(), "changed rules are in force");
    broker.metrics.rules_read("taken");
    broker.rules.0.store(Arc::new(rules));
    Ok(())
}

async fn keep(broker: &Broker, fault: &anyhow::Error) -> Result<(), Unrecorded> {
    tracing::error!(%fault, "changed rules are broken; the old ones stay");
    broker.metrics.rules_read("kept");
    let entry = RulesKept {
        kept: broker.rules.current().digest().to_string(),
        because: fault.to_string().chars().take(FAULT_CHARS_MAX).collect(),
    };
    let noted = broker.ledger.note(Entry::RulesKept(entry)).await;
    noted.map(drop).map_err(|_| {
        tracing::error!("broken rules are not on record: the journal cannot write");
        Unrecorded
    })
}

#[cfg(test)]
pub(crate) mod tests;
