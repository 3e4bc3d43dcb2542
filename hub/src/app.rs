//! Wiring: builds every part from the configuration, serves, and stops in order.
//!
//! Stopping: no new question, those under way are finished, streams end, the log is closed last.

mod bounded;
mod open;
mod publish;
mod watch;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::tls::{
    AcceptLimits, Acceptor, HandshakeRefusal, LiveConnections, ServerTls, serve_incoming,
};
use wire::v1::broker_server::BrokerServer;
use wire::v1::link_server::LinkServer;
use wire::{Clock, FolderWatch, SystemClock, limits};

use crate::api::admin;
use crate::api::ask::AskDoor;
use crate::api::attach::AttachDoor;
use crate::api::log::{self, Readers};
use crate::broker::Broker;
use crate::config::Config;
use crate::ledger::entry::{Entry, Stopped};
use crate::metrics::Metrics;
use crate::rules::watch_rules;
use audit::{PublishedLog, Publisher};
use bounded::BoundedListener;
use open::{build, open_log};
use publish::{publish, publish_last};
use tokio::task::JoinHandle;
use watch::{record_handshakes, watch_trust};

pub use open::{Ground, broker_over, start_of_record};
pub use watch::{tls_code, write_folds};

/// Refused handshakes waiting for the log; more are only counted.
const HANDSHAKES_QUEUED_MAX: usize = 1_024;
/// Connections of readers of the public part of the log.
const READERS_MAX: usize = 64;

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
    let watch = config.rules.as_deref().map(FolderWatch::new);
    let broker = Arc::new(build(
        &config,
        &opened,
        clock,
        metrics,
        tasks.clone(),
        stop.clone(),
    )?);
    start_of_record(&broker, &opened.restored, &opened.recovery).await?;

    let tls = ServerTls::load(&config.link.tls, &config.trust_domain)?;
    let listener = TcpListener::bind(config.link.listen)
        .await
        .with_context(|| format!("link.listen: cannot listen on `{}`", config.link.listen))?;
    let admin_listener = TcpListener::bind(config.admin)
        .await
        .with_context(|| format!("admin.listen: cannot listen on `{}`", config.admin))?;
    tracing::info!(link = %config.link.listen, admin = %config.admin, "hub is serving");

    let end = CancellationToken::new();
    if let Some((folder, watch)) = config.rules.clone().zip(watch) {
        let watching = watch_rules(Arc::clone(&broker), folder, watch, end.clone());
        tasks.spawn(watching);
    }
    tasks.spawn(write_folds(Arc::clone(&broker), end.clone()));
    tasks.spawn(Arc::clone(&ledger).follow(opened.index, end.clone()));
    let published = opened.publisher.published();
    let every = config.audit.checkpoint_every;
    let tell = told_of_checkpoints(&broker);
    let work = publish(opened.publisher, every, tell, stop.clone(), end.clone());
    let publishing = tasks.spawn(work);
    let pages = admin::router(&broker).merge(log::router(published.clone(), Readers::Operators));
    open_pages(pages, admin_listener, &tasks, &end);
    if let Some(address) = config.audit.public {
        open_public(published, address, &tasks, &end).await?;
    }
    open_link(&broker, &config, tls, listener, &tasks, &end);

    stop.cancelled().await;
    close(&broker, &tasks, &end, config.drain, publishing).await
}

/// Sets the gauges of the published log.
fn told_of_checkpoints(broker: &Arc<Broker>) -> impl Fn(u64) + Send + 'static {
    let broker = Arc::clone(broker);
    let before = AtomicU64::new(0);
    move |covered| {
        // Under load there is always something newer: what was there the last time counts.
        let size = broker.ledger.journal().size();
        let is_current = covered >= before.swap(size, Ordering::Relaxed);
        let now = broker.clock.now().unix_timestamp();
        broker
            .metrics
            .checkpoint(covered, is_current.then_some(now));
    }
}

/// Serves pages over HTTP until `end`.
fn open_pages<L>(pages: axum::Router, listener: L, tasks: &TaskTracker, end: &CancellationToken)
where
    L: axum::serve::Listener<Addr = std::net::SocketAddr>,
{
    let pages = axum::serve(listener, pages).with_graceful_shutdown(end.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(error) = pages.await {
            tracing::error!(%error, "an address for pages failed");
        }
    });
}

/// Serves the part of the log that everybody in the star may see.
async fn open_public(
    published: PublishedLog,
    address: std::net::SocketAddr,
    tasks: &TaskTracker,
    end: &CancellationToken,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("audit.public_listen: cannot listen on `{address}`"))?;
    let listener = BoundedListener::new(listener, READERS_MAX);
    open_pages(log::router(published, Readers::Star), listener, tasks, end);
    Ok(())
}

/// Serves nodes until `end`, behind our own accept loop.
fn open_link(
    broker: &Arc<Broker>,
    config: &Config,
    tls: ServerTls,
    listener: TcpListener,
    tasks: &TaskTracker,
    end: &CancellationToken,
) {
    let live = LiveConnections::new();
    let (refusals, refused) = mpsc::channel(HANDSHAKES_QUEUED_MAX);
    tasks.spawn(record_handshakes(Arc::clone(broker), refused, end.clone()));
    tasks.spawn(watch_trust(
        Arc::clone(broker),
        tls.clone(),
        live.clone(),
        end.clone(),
    ));
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
    let incoming = serve_incoming(acceptor, listener, tasks, end.clone());
    let served = tonic_server(broker, &config.id, end)
        .serve_with_incoming_shutdown(incoming, end.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "link address failed");
        }
    });
}

fn tonic_server(
    broker: &Arc<Broker>,
    hub: &str,
    end: &CancellationToken,
) -> tonic::transport::server::Router {
    let ask = BrokerServer::new(AskDoor {
        broker: Arc::clone(broker),
    })
    .max_decoding_message_size(limits::ASK_MESSAGE_BYTES_MAX)
    .max_encoding_message_size(limits::ANSWER_BYTES_MAX);
    let attach = LinkServer::new(AttachDoor {
        broker: Arc::clone(broker),
        hub: hub.into(),
        ending: end.clone(),
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

async fn close(
    broker: &Arc<Broker>,
    tasks: &TaskTracker,
    end: &CancellationToken,
    drain: std::time::Duration,
    publishing: JoinHandle<anyhow::Result<Publisher>>,
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
    // A publisher that failed is the reason for this stop; the log is closed all the same.
    let published = match tokio::time::timeout(drain, publishing).await {
        Ok(publisher) => match publisher.context("the publisher broke down")? {
            Ok(publisher) => publish_last(publisher).await,
            Err(error) => Err(error),
        },
        Err(_) => Err(anyhow::anyhow!("the publisher does not come to an end")),
    };
    let journal = broker.ledger.journal().clone();
    tokio::task::spawn_blocking(move || journal.close()).await??;
    tracing::info!("hub has stopped");
    published.context("the log was not published to its end")
}
