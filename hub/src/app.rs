//! Wiring: builds every part from the configuration, serves, and stops in order.
//!
//! Stopping: no new question, those under way are finished, streams end, the log is closed last.

use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use anyhow::Context as _;
use audit::{Index, Journal, JournalConfig, Order, Recovery};
use catalog::{Catalog, Source};
use policies::{FlowBook, PolicySet, ReplayGuard, Suspensions, TrustList, USES_REMEMBERED};
use time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::tls::{
    AcceptLimits, Acceptor, HandshakeRefusal, LiveConnections, RELOAD_INTERVAL, RefusalReason,
    Reload, ServerTls, serve_incoming, watch_reload,
};
use wire::v1::broker_server::BrokerServer;
use wire::v1::link_server::LinkServer;
use wire::{Clock, RefusalCode, SystemClock, limits};

use crate::api::admin;
use crate::api::ask::AskDoor;
use crate::api::attach::AttachDoor;
use crate::broker::Broker;
use crate::config::Config;
use crate::ledger::entry::{Abandoned, ConnectionRefused, Entry, Started, Stopped, TrustReloaded};
use crate::ledger::{Ledger, Restored, keys_of, restore};
use crate::metrics::Metrics;
use crate::nodes::Nodes;
use crate::throttle::Throttle;

/// Refused handshakes waiting for the log; more are only counted.
const HANDSHAKES_QUEUED_MAX: usize = 1_024;
/// How far back the log is read for uses of case statements: their memory is a day beyond expiry.
const PAST_READ: Duration = Duration::hours(48);
/// How often folded refusals are written out.
const FOLD_PAUSE: std::time::Duration = std::time::Duration::from_secs(10);

/// What a start found and built.
struct Opened {
    ledger: Arc<Ledger>,
    index: Arc<Index>,
    restored: Restored,
    recovery: Recovery,
}

/// Runs the hub until it is told to stop.
///
/// # Errors
/// A part that cannot be built, with the reason.
pub fn run(config: Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let stop = CancellationToken::new();
        let signals = stop.clone();
        let told = told_to_stop()?;
        let watch = TaskTracker::new();
        watch.spawn(async move {
            told.await;
            signals.cancel();
        });
        serve(config, stop).await
    })
}

/// Ends at SIGTERM or Ctrl-C.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Serves until `stop` is cancelled.
///
/// # Errors
/// A part that cannot be built or bound.
pub async fn serve(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let tasks = TaskTracker::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let metrics = Arc::new(Metrics::new()?);
    let opened = open_log(&config, Arc::clone(&clock), tasks.clone()).await?;
    let ledger = Arc::clone(&opened.ledger);
    let broker = Arc::new(build(
        &config,
        &opened,
        clock,
        metrics,
        tasks.clone(),
        stop.clone(),
    )?);
    start_of_record(&broker, &opened).await?;

    let tls = ServerTls::load(&config.link.tls, &config.trust_domain)?;
    let listener = TcpListener::bind(config.link.listen)
        .await
        .with_context(|| format!("link.listen: cannot listen on `{}`", config.link.listen))?;
    let admin_listener = TcpListener::bind(config.admin)
        .await
        .with_context(|| format!("admin.listen: cannot listen on `{}`", config.admin))?;
    tracing::info!(link = %config.link.listen, admin = %config.admin, "hub is serving");

    let end = CancellationToken::new();
    let live = LiveConnections::new();
    let (refusals, refused) = mpsc::channel(HANDSHAKES_QUEUED_MAX);
    tasks.spawn(record_handshakes(Arc::clone(&broker), refused, end.clone()));
    tasks.spawn(watch_trust(
        Arc::clone(&broker),
        tls.clone(),
        live.clone(),
        end.clone(),
    ));
    tasks.spawn(write_folds(Arc::clone(&broker), end.clone()));
    tasks.spawn(Arc::clone(&ledger).follow(opened.index, end.clone()));
    let pages = axum::serve(admin_listener, admin::router(&broker))
        .with_graceful_shutdown(end.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(error) = pages.await {
            tracing::error!(%error, "admin address failed");
        }
    });

    let metrics = Arc::clone(&broker.metrics);
    let sink = move |refusal: HandshakeRefusal| {
        metrics.handshake_refused(tls_code(refusal.reason));
        // A full queue means a flood: the counter above still tells of it.
        let _ = refusals.try_send(refusal);
    };
    let limits = AcceptLimits {
        connections: config.link.connections_max,
        handshakes: config.link.handshakes_max,
        ..AcceptLimits::default()
    };
    let acceptor = Acceptor::new(tls, limits, live, Arc::new(sink));
    let incoming = serve_incoming(acceptor, listener, &tasks, end.clone());
    let served = tonic_server(&broker, &config.id)
        .serve_with_incoming_shutdown(incoming, end.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "link address failed");
        }
    });

    stop.cancelled().await;
    close(&broker, &tasks, &end, config.drain).await
}

fn tonic_server(broker: &Arc<Broker>, hub: &str) -> tonic::transport::server::Router {
    let ask = BrokerServer::new(AskDoor {
        broker: Arc::clone(broker),
    })
    .max_decoding_message_size(limits::ASK_MESSAGE_BYTES_MAX)
    .max_encoding_message_size(limits::ANSWER_BYTES_MAX);
    let attach = LinkServer::new(AttachDoor {
        broker: Arc::clone(broker),
        hub: hub.into(),
    })
    .max_decoding_message_size(limits::MESSAGE_BYTES_MAX)
    .max_encoding_message_size(limits::MESSAGE_BYTES_MAX);
    tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(limits::KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(limits::KEEPALIVE_TIMEOUT))
        .max_concurrent_streams(Some(limits::STREAMS_PER_CONNECTION_MAX))
        .add_service(ask)
        .add_service(attach)
}

async fn open_log(
    config: &Config,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
) -> anyhow::Result<Opened> {
    let mut journal_config = JournalConfig::new(&config.audit.dir, &config.id);
    journal_config.segment_bytes = config.audit.segment_bytes;
    journal_config.queue_max = config.audit.queue_max;
    let index_dir = config.audit.dir.join("index");
    let since = clock.now() - PAST_READ;
    let (journal, recovery, index, restored) = tokio::task::spawn_blocking(move || {
        let (journal, recovery) = Journal::open(&journal_config)?;
        let index = Index::open(&index_dir)?;
        index.catch_up(&journal, keys_of, |done| {
            tracing::info!(
                entries = done.upto,
                rebuilt = done.rebuilt,
                "search index catches up"
            );
        })?;
        let from = first_since(&index, since)?;
        let restored = restore(&journal, from)?;
        anyhow::Ok((journal, recovery, index, restored))
    })
    .await??;
    let key = key_file(&config.audit.pseudonym_key)
        .context("audit.pseudonym_key: must be a file of exactly 32 bytes")?;
    let ledger = Ledger::new(journal, clock, &key, restored.latest, tasks);
    Ok(Opened {
        ledger,
        index: Arc::new(index),
        restored,
        recovery,
    })
}

/// The first entry of the days that can still matter to a start; the first of all when the index cannot tell.
fn first_since(index: &Index, since: time::OffsetDateTime) -> anyhow::Result<u64> {
    let mut day = since.date();
    for _ in 0..=PAST_READ.whole_days() {
        let prefix = format!("time:{day}");
        let hits = index.lookup_prefix(prefix.as_bytes(), Order::OldestFirst, 1)?;
        if let Some(first) = hits.first() {
            return Ok(first.index);
        }
        day = day.saturating_add(Duration::DAY);
    }
    Ok(0)
}

fn key_file(path: &Path) -> anyhow::Result<[u8; 32]> {
    let bytes = std::fs::read(path)?;
    <[u8; 32]>::try_from(bytes).map_err(|_| anyhow::anyhow!("wrong length"))
}

fn build(
    config: &Config,
    opened: &Opened,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    tasks: TaskTracker,
    stopping: CancellationToken,
) -> anyhow::Result<Broker> {
    let catalog = Arc::new(Catalog::builtin()?);
    let flows = FlowBook::builtin(&catalog)?;
    let policies = PolicySet::builtin(&catalog, &flows)?;
    let text = std::fs::read_to_string(&config.trust_list).context("trust_list")?;
    let name = config.trust_list.display().to_string();
    let trust = TrustList::parse(&Source {
        name: &name,
        text: &text,
    })?;
    let members = trust
        .nodes()
        .map(|node| (node.id.clone(), node.center_code.clone()));
    let watch = Arc::new(crate::ledger::BreakerBook {
        ledger: Arc::clone(&opened.ledger),
        metrics: Arc::clone(&metrics),
    });
    let nodes = Nodes::new(members, config.breaker, Instant::now(), watch);
    let mut uses = ReplayGuard::new(USES_REMEMBERED);
    uses.restore(opened.restored.uses.iter().cloned(), clock.now())?;
    Ok(Broker {
        catalog,
        policies,
        flows,
        trust,
        suspensions: RwLock::new(Suspensions::default()),
        throttle: Throttle::new(config.throttle),
        uses: Mutex::new(uses),
        nodes: Arc::new(nodes),
        ledger: Arc::clone(&opened.ledger),
        metrics,
        clock,
        tasks,
        stopping,
    })
}

/// Closes what a crash left open, then says that the hub started. Without this entry nothing is served.
async fn start_of_record(broker: &Broker, opened: &Opened) -> anyhow::Result<()> {
    for (query, decision) in &opened.restored.open {
        let abandoned = Abandoned {
            query: query.clone(),
            decision: *decision,
            because: "crash".to_owned(),
        };
        broker.ledger.note(Entry::Abandoned(abandoned)).await?;
    }
    let started = Started {
        software: env!("CARGO_PKG_VERSION").to_owned(),
        rules: broker.rules(),
        entries: opened.recovery.entries,
        dropped_bytes: opened.recovery.bytes_dropped,
        abandoned: opened.restored.open.len() as u64,
    };
    broker.ledger.note(Entry::Started(started)).await?;
    Ok(())
}

async fn record_handshakes(
    broker: Arc<Broker>,
    mut refused: mpsc::Receiver<HandshakeRefusal>,
    end: CancellationToken,
) {
    loop {
        let refusal = tokio::select! {
            refusal = refused.recv() => refusal,
            () = end.cancelled() => return,
        };
        let Some(refusal) = refusal else { return };
        let code = tls_code(refusal.reason);
        let entry = ConnectionRefused {
            code: code.to_string(),
            peer: refusal.peer.to_string(),
            serial: refusal.serial.unwrap_or_default(),
            claimed: refusal.claimed.unwrap_or_default(),
        };
        if broker.ledger.refuse_connection(code, entry).await.is_err() {
            return;
        }
    }
}

/// Reads changed certificates and revocations, and cuts peers that they no longer let in.
async fn watch_trust(
    broker: Arc<Broker>,
    tls: ServerTls,
    live: LiveConnections,
    end: CancellationToken,
) {
    let door = tls.clone();
    let is_first = std::sync::atomic::AtomicBool::new(true);
    let report = move |reload: Reload| {
        let cut = live.close_refused(&door, broker.clock.now());
        let taken = match &reload {
            Reload::Unchanged if cut.is_empty() => return,
            Reload::Unchanged | Reload::Taken(_) => true,
            Reload::Kept(error) => {
                tracing::error!(%error, "changed certificates are broken; the old ones stay");
                false
            }
        };
        // The first look repeats what the start has read.
        if is_first.swap(false, std::sync::atomic::Ordering::Relaxed) && taken && cut.is_empty() {
            return;
        }
        let ledger = Arc::clone(&broker.ledger);
        let entry = TrustReloaded {
            taken,
            cut: cut.len() as u64,
        };
        broker.tasks.spawn(async move {
            if ledger.note(Entry::TrustReloaded(entry)).await.is_err() {
                tracing::error!("reload is not on record: the journal cannot write");
            }
        });
    };
    watch_reload(tls, RELOAD_INTERVAL, end, report).await;
}

async fn write_folds(broker: Arc<Broker>, end: CancellationToken) {
    let mut pause = tokio::time::interval(FOLD_PAUSE);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = end.cancelled() => return,
        }
        if broker.ledger.close_folds(false).await.is_err() {
            return;
        }
    }
}

async fn close(
    broker: &Arc<Broker>,
    tasks: &TaskTracker,
    end: &CancellationToken,
    drain: std::time::Duration,
) -> anyhow::Result<()> {
    tracing::info!("hub is stopping");
    let drained = tokio::time::timeout(drain, async {
        while broker.throttle.in_flight() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    });
    if drained.await.is_err() {
        tracing::warn!("questions are still under way; their entries are closed at the next start");
    }
    end.cancel();
    tasks.close();
    // A peer that keeps its connection open must not keep the hub from stopping.
    let _ = tokio::time::timeout(drain, tasks.wait()).await;
    broker.ledger.close_folds(true).await?;
    let entries = broker.ledger.journal().size();
    broker
        .ledger
        .note(Entry::Stopped(Stopped { entries }))
        .await?;
    let journal = broker.ledger.journal().clone();
    tokio::task::spawn_blocking(move || journal.close()).await??;
    tracing::info!("hub has stopped");
    Ok(())
}

/// The code under which a refused handshake is known.
#[must_use]
pub fn tls_code(reason: RefusalReason) -> RefusalCode {
    match reason {
        RefusalReason::UnknownCa => RefusalCode::TlsUnknownCa,
        RefusalReason::Revoked => RefusalCode::TlsRevoked,
        RefusalReason::Expired => RefusalCode::TlsExpired,
        RefusalReason::NoCertificate => RefusalCode::TlsNoCertificate,
        RefusalReason::BadIdentity => RefusalCode::TlsIdentity,
        RefusalReason::WrongVersion => RefusalCode::TlsVersion,
        RefusalReason::TimedOut => RefusalCode::TlsTimeout,
        RefusalReason::TooMany => RefusalCode::TlsTooMany,
        RefusalReason::RevocationUnknown => RefusalCode::TlsRevocationUnknown,
        RefusalReason::Other => RefusalCode::TlsOther,
    }
}
