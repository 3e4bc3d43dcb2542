//! Keeping beside the questions: what is due is archived, what may go goes.

use std::sync::Arc;

use anyhow::Context as _;
use audit::PublishedLog;
use audit::note::{NoteKey, SignatureKind};
use audit::volume::{LastSaid, OrderBook};
use policies::{ORDERS_SIGNERS_MIN, TrustList};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::open::checkpoint_signer;
use crate::broker::Broker;
use crate::config::Config;
use crate::keeping::Keeping;

/// Keeps the log until `end`, if there is an archive.
pub(super) fn keep_log(
    broker: &Arc<Broker>,
    config: &Config,
    published: PublishedLog,
    tasks: &TaskTracker,
    end: &CancellationToken,
) -> anyhow::Result<()> {
    let settings = &config.audit.keeping;
    let Some(archive) = settings.archive.clone() else {
        tracing::info!("the log has no archive: nothing leaves its folder");
        return Ok(());
    };
    let orders = settings.orders.clone().map(|file| OrderBook {
        dir: config.audit.dir.clone(),
        file,
        keys: officer_keys(&broker.trust),
        signers_min: ORDERS_SIGNERS_MIN,
    });
    let keeping = Keeping {
        archive,
        hot_days: settings.hot_days,
        dir: config.audit.dir.clone(),
        signer: checkpoint_signer(config).context("audit.checkpoint_key")?,
        ledger: Arc::clone(&broker.ledger),
        published,
        witnesses: Arc::clone(&broker.witnesses),
        orders,
        named: LastSaid::default(),
        metrics: Arc::clone(&broker.metrics),
        clock: Arc::clone(&broker.clock),
    };
    tasks.spawn(Arc::new(keeping).keep(end.clone()));
    Ok(())
}

/// The keys of every officer in the star, by `node/officer`.
fn officer_keys(trust: &TrustList) -> Vec<NoteKey> {
    let keys = trust.officer_keys(None);
    keys.filter_map(|(name, key)| NoteKey::new(&name, SignatureKind::Plain, key))
        .collect()
}
