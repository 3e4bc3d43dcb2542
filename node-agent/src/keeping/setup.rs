//! Keeping beside the questions. It refuses a log whose beginning was removed by anybody but its
//! own agent.

use std::sync::Arc;

use anyhow::Context as _;
use audit::note::{NoteKey, NoteSigner, SignatureKind};
use audit::volume::OrderBook;
use policies::ORDERS_SIGNERS_MIN;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Keeping;
use crate::agent::Parts;
use crate::config::Config;

/// Keeps the book until `stop`, if there is an archive.
///
/// # Errors
/// The key is none, or the log's base is not signed with it.
pub(crate) fn keep_book(
    config: &Config,
    parts: &Parts,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let signer = config.book.archive_key.as_deref().map(|file| {
        let der = zeroize::Zeroizing::new(std::fs::read(file)?);
        NoteSigner::from_pkcs8(&config.node, SignatureKind::Plain, &der)
            .context("must be an Ed25519 key as PKCS#8 in DER, version 2")
    });
    let signer = signer.transpose().context("book.archive.key")?;
    if let Some(base) = parts.book.journal().base() {
        let signer = signer.as_ref();
        let signer = signer.context("book.archive.key: needed, the log begins with its base")?;
        let believed = base.verify(std::slice::from_ref(signer.key()));
        believed.context("the base of the log is not signed with book.archive.key")?;
    }
    let settings = &config.book.keeping;
    let (Some(archive), Some(signer)) = (settings.archive.clone(), signer) else {
        tracing::info!("the log has no archive: nothing leaves its folder");
        return Ok(());
    };
    let orders = order_book(config, parts);
    let keeping = Keeping {
        archive,
        hot_days: settings.hot_days,
        dir: config.book.dir.clone(),
        signer,
        book: Arc::clone(&parts.book),
        orders,
        metrics: Arc::clone(&parts.metrics),
        clock: Arc::clone(&parts.clock),
    };
    tasks.spawn(Arc::new(keeping).keep(stop.clone()));
    Ok(())
}

/// The orders of this center's officers, if it has any.
pub(crate) fn order_book(config: &Config, parts: &Parts) -> Option<OrderBook> {
    let file = config.book.keeping.orders.clone()?;
    let own = parts.trust.officer_keys(Some(&config.node));
    let keys = own.filter_map(|(name, key)| NoteKey::new(&name, SignatureKind::Plain, key));
    Some(OrderBook {
        dir: config.book.dir.clone(),
        file,
        keys: keys.collect(),
        signers_min: ORDERS_SIGNERS_MIN,
    })
}
