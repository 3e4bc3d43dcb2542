//! Publishing beside the questions: a checkpoint whenever there is something new. A publisher that
//! fails stops the hub in order, because a log that cannot be verified is no record.

use std::sync::Arc;
use std::time::Duration;

use audit::{PublishError, Publisher};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::broker::Broker;

/// Publishes until `end`, and gives the publisher back for the last checkpoint.
///
/// # Errors
/// The publisher failed; `stop` was cancelled then.
pub(super) async fn publish(
    broker: Arc<Broker>,
    mut publisher: Publisher,
    every: Duration,
    stop: CancellationToken,
    end: CancellationToken,
) -> anyhow::Result<Publisher> {
    let mut pause = tokio::time::interval(every);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = end.cancelled() => return Ok(publisher),
        }
        let (back, advanced) = advance(publisher).await?;
        publisher = back;
        if let Err(error) = advanced {
            stop.cancel();
            return Err(error.into());
        }
        let published = publisher.published().size();
        let is_whole = published == broker.ledger.journal().size();
        let now = broker.clock.now().unix_timestamp();
        broker
            .metrics
            .checkpoint(published, is_whole.then_some(now));
    }
}

/// Publishes what is left when nothing more is written.
///
/// # Errors
/// The publisher fails.
pub(super) async fn publish_last(mut publisher: Publisher) -> anyhow::Result<()> {
    loop {
        let (back, advanced) = advance(publisher).await?;
        publisher = back;
        if advanced?.is_none() {
            return Ok(());
        }
    }
}

type Advanced = Result<Option<Arc<audit::note::SignedCheckpoint>>, PublishError>;

async fn advance(mut publisher: Publisher) -> anyhow::Result<(Publisher, Advanced)> {
    let advanced = tokio::task::spawn_blocking(move || {
        let advanced = publisher.advance();
        (publisher, advanced)
    });
    Ok(advanced.await?)
}
