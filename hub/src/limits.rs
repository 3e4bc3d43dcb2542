//! The limits in force: read from their sealed file, exchanged whole while the hub runs, on record.
//!
//! A changed file is taken only when its digest stands beside it, all of it is sound and the change
//! is on record; until then, and whenever it is not, the old limits stay. What operators have set
//! for a while stays laid over them (`acts/lending.rs`).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use policies::{RuleSet, TrustList};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use wire::{FolderWatch, Limits, digest_beside, read_sealed_file};

use crate::broker::Broker;
use crate::ledger::entry::{Entry, LimitsChanged, LimitsKept};
use crate::metrics::lately::Changing;

/// How often the file is looked at; a change is taken at the look after the one that saw it.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How much of a broken file's faults goes on record; the program's own log has them all.
const FAULT_CHARS_MAX: usize = 400;
/// How many changes are named on record; the digests stand for the rest.
const CHANGES_MAX: usize = 64;

/// The limits of a file, or those that stand in the program where none is named.
///
/// # Errors
/// The file is not sealed, has a fault, or makes an exception for somebody who is not there.
pub fn read(file: Option<&Path>, trust: &TrustList, rules: &RuleSet) -> anyhow::Result<Limits> {
    let Some(file) = file else {
        return Ok(Limits::default());
    };
    let read = read_sealed_file(file)?;
    let limits = Limits::parse(&read.source())?;
    let is_flow = |name: &str| {
        let id = name.parse().ok();
        id.is_some_and(|id| rules.flows().flow(&id).is_some())
    };
    let strangers = limits.strangers(|node| trust.node(node).is_some(), is_flow);
    ensure!(
        strangers.is_empty(),
        "`{}`: no node or flow of that name: {}",
        file.display(),
        strangers.join(", ")
    );
    Ok(limits)
}

/// Watches a limits file and the digest beside it.
#[derive(Debug)]
pub(crate) struct LimitsWatch {
    file: PathBuf,
    watches: [FolderWatch; 2],
}

impl LimitsWatch {
    /// From the present state on; it begins before the file is read, so that no change is missed.
    pub(crate) fn new(file: &Path) -> Self {
        let watches = [file.to_owned(), digest_beside(file)];
        Self {
            file: file.to_owned(),
            watches: watches.map(|path| FolderWatch::new(&path)),
        }
    }

    fn has_changed_and_rests(&mut self) -> bool {
        let mut changed = false;
        for watch in &mut self.watches {
            changed |= watch.has_changed_and_rests();
        }
        changed
    }
}

/// Takes changed limits up, one whole file at a time, until told to stop.
pub(crate) async fn watch_limits(
    broker: Arc<Broker>,
    mut watch: Option<LimitsWatch>,
    end: CancellationToken,
) {
    let mut pause = tokio::time::interval(LOOK_INTERVAL);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = end.cancelled() => return,
        }
        if let Some(watch) = &mut watch {
            look(&broker, watch).await;
        }
    }
}

/// One look at the file. What could not be put on record is looked at again.
async fn look(broker: &Broker, watch: &mut LimitsWatch) {
    if watch.has_changed_and_rests() && take(broker, &watch.file).await.is_err() {
        watch.watches.iter_mut().for_each(FolderWatch::tell_again);
    }
}

/// The journal could not take the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("changed limits are not on record")]
pub struct Unrecorded;

async fn take(broker: &Broker, file: &Path) -> Result<(), Unrecorded> {
    match read(Some(file), &broker.trust, &broker.rules.current()) {
        Ok(limits) => exchange(broker, limits).await,
        Err(fault) => keep(broker, &fault).await,
    }
}

/// Exchanges the reviewed limits. On record first: limits that could not be recorded are not used.
///
/// # Errors
/// The journal cannot write; the old limits stay.
pub async fn exchange(broker: &Broker, limits: Limits) -> Result<(), Unrecorded> {
    let old = broker.throttle.reviewed();
    if old == limits {
        let lately = broker.metrics.lately();
        lately.read(Changing::Limits, true);
        return Ok(());
    }
    let changed = old.changes(&limits).into_iter().take(CHANGES_MAX);
    let entry = LimitsChanged {
        from: old.digest().to_string(),
        to: limits.digest().to_string(),
        changed: changed.map(|change| change.to_string()).collect(),
    };
    let noted = broker.ledger.note(Entry::LimitsChanged(entry)).await;
    if noted.is_err() {
        tracing::error!("changed limits are not on record and not used: the journal cannot write");
        return Err(Unrecorded);
    }
    tracing::info!(digest = %limits.digest(), "changed limits are in force");
    broker.metrics.limits_read("taken");
    broker.use_limits(limits);
    Ok(())
}

async fn keep(broker: &Broker, fault: &anyhow::Error) -> Result<(), Unrecorded> {
    let fault = format!("{fault:#}");
    tracing::error!(fault, "changed limits are broken; the old ones stay");
    broker.metrics.limits_read("kept");
    let entry = LimitsKept {
        kept: broker.throttle.reviewed().digest().to_string(),
        because: fault.chars().take(FAULT_CHARS_MAX).collect(),
    };
    let noted = broker.ledger.note(Entry::LimitsKept(entry)).await;
    noted.map(drop).map_err(|_| {
        tracing::error!("broken limits are not on record: the journal cannot write");
        Unrecorded
    })
}

impl Broker {
    /// Exchanges the reviewed limits whole, at the doors and before the nodes.
    pub(crate) fn use_limits(&self, limits: Limits) {
        let loads = self.nodes.loads();
        let now = self.clock.now();
        self.throttle
            .replace(limits, now, |limits| loads.replace(limits));
    }

    /// Lays the limits that stand for a while over the reviewed ones, at the doors and before the
    /// nodes, in place of those that were. Acts are the only way here, and are on record.
    pub(crate) fn lend_limits(&self, temporary: Vec<wire::Temporary>, now: OffsetDateTime) {
        let loads = self.nodes.loads();
        self.throttle
            .lay(temporary, now, |limits| loads.replace(limits));
    }
}

#[cfg(test)]
mod tests;
