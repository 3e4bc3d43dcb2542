//! What goes on beside an agent's questions: rules, certificates, distrust and the clock are
//! watched, the log is sent on, kept and erased beside.

use std::sync::Arc;

use audit::side::PRIVATE_FOLDER;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::ClockState;
use wire::timekeeping::{CLOCK_LOOKED_AT_EVERY, ClockTeller};
use wire::tls::{ClientTls, RELOAD_INTERVAL, Reload, watch_reload};

use super::parts::Parts;
use crate::book::{Book, Entry};
use crate::config::Config;
use crate::erasing::Erasing;
use crate::export;
use crate::keeping::{keep_book, order_book};
use crate::metrics::Metrics;
use crate::rules::watch_rules;
use crate::uplink::Uplink;
use crate::witness::watch_distrust;

/// Starts all of it; each ends with `stop`.
///
/// # Errors
/// The archive or a receiver of the log is not as configured.
pub(super) async fn start(
    config: &Config,
    parts: &mut Parts,
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> anyhow::Result<()> {
    let (book, metrics) = (Arc::clone(&parts.book), Arc::clone(&parts.metrics));
    tasks.spawn(book.watch_room(metrics, stop.clone()));
    tasks.spawn(watch_rules(
        parts.rule_sources.clone(),
        std::mem::take(&mut parts.rule_watches),
        Arc::clone(&parts.rules),
        Arc::clone(&parts.book),
        stop.clone(),
    ));
    tasks.spawn(watch_distrust(
        parts.distrust.clone(),
        Arc::clone(&parts.book),
        Arc::clone(&parts.metrics),
        stop.clone(),
    ));
    export::start(&config.book, &parts.book, &parts.metrics, (tasks, stop)).await?;
    keep_book(config, parts, tasks, stop)?;
    let (book, metrics) = (Arc::clone(&parts.book), Arc::clone(&parts.metrics));
    tasks.spawn(tell_clock(book, metrics, stop.clone()));
    if config.book.keep_days > 0 {
        tasks.spawn(erasing(config, parts).keep_on(stop.clone()));
    }
    Ok(())
}

/// Takes renewed certificates into use: every connection is made anew with them.
pub(super) async fn watch_certificates(
    tls: ClientTls,
    uplinks: [Arc<Uplink>; 2],
    changed: watch::Sender<u64>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) {
    let ours = tls.clone();
    // The first look repeats what the start has read.
    let mut is_first = true;
    metrics.door_is(&ours.status());
    let report = move |reload: Reload| match reload {
        Reload::Unchanged => {}
        Reload::Taken(_) if is_first => is_first = false,
        Reload::Taken(_) => {
            tracing::info!("certificates were renewed");
            metrics.door_is(&ours.status());
            uplinks.iter().for_each(|uplink| uplink.renew());
            changed.send_modify(|times| *times = times.wrapping_add(1));
        }
        Reload::Kept(error) => {
            tracing::error!(%error, "changed certificates are broken; the old ones stay");
        }
    };
    watch_reload(tls, RELOAD_INTERVAL, stop, report).await;
}

fn erasing(config: &Config, parts: &Parts) -> Erasing {
    Erasing {
        node: config.node.clone(),
        requests: config.book.dir.join(PRIVATE_FOLDER).join("requests"),
        keep_days: config.book.keep_days,
        trust: Arc::clone(&parts.trust),
        book: Arc::clone(&parts.book),
        orders: order_book(config, parts),
        clock: Arc::clone(&parts.clock),
    }
}

/// Says in the log how the clock is kept, hourly and when that changes.
async fn tell_clock(book: Arc<Book>, metrics: Arc<Metrics>, stop: CancellationToken) {
    let started = Instant::now();
    let mut teller = ClockTeller::after(&ClockState::look());
    let mut pause = tokio::time::interval(CLOCK_LOOKED_AT_EVERY);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = stop.cancelled() => return,
        }
        let clock = ClockState::look();
        metrics.clock_is(&clock);
        if teller.is_due(&clock, started.elapsed())
            && book.write(Entry::Clock(clock)).await.is_err()
        {
            tracing::error!("the state of the clock is not on record: the own log cannot write");
        }
    }
}
