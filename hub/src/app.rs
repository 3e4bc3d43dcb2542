//! Wiring: builds every part from the configuration, serves, and stops in order.
//!
//! Stopping: no new question, those under way are finished, streams end, the log is closed last.

mod disown;
mod door;
mod export;
mod keep;
mod open;
mod publish;
mod staff;
mod succession;
mod traces;
mod watch;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::layer::util::{Identity, Stack};
use wire::readers::{BoundedListener, ReaderLimits, serve_readers};
use wire::tls::{AcceptLimits, ServerTls};
use wire::traces::Tracer;
use wire::v1::broker_server::BrokerServer;
use wire::v1::link_server::LinkServer;
use wire::{Clock, FolderWatch, SystemClock, limits};

use crate::alerts::{AlertRulesWatch, follow, watch_alert_rules};
use crate::api::admin;
use crate::api::ask::AskDoor;
use crate::api::attach::{AttachDoor, BeatingLayer};
use crate::api::log::{self, Readers};
use crate::broker::Broker;
use crate::config::Config;
use crate::ledger::entry::{Entry, Stopped};
use crate::limits::{LimitsWatch, watch_limits};
use crate::metrics::Metrics;
use crate::rules::watch_rules;
use crate::unread::{Unread, UnreadLayer};
use audit::{Offer, PublishedLog, Publisher};
use disown::disown;
use door::Door;
use open::{build, open_log};
use publish::{Ended, Rhythm, publish, publish_last};
use succession::Successor;
use tokio::task::JoinHandle;
use watch::watch_record;

pub use open::{Ground, broker_over, start_of_record};
pub use watch::{tls_code, write_folds};

/// One address has this part of the handshakes under way.
const HANDSHAKE_SHARES: usize = 4;
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
    let successor = Successor::read(&config)?;
    let opened = open_log(&config, Arc::clone(&clock), tasks.clone()).await?;
    let ledger = Arc::clone(&opened.ledger);
    let watched = Watched::of(&config);
    let broker = Arc::new(build(
        &config,
        &opened,
        clock,
        metrics,
        tasks.clone(),
        stop.clone(),
    )?);
    start_of_record(&broker, &opened.restored, &opened.recovery).await?;

    let staff = staff::prepare(&config, &broker).await?;
    let tls = ServerTls::load(&config.link.tls, &config.trust_domain)?;
    let listener = TcpListener::bind(config.link.listen)
        .await
        .with_context(|| format!("link.listen: cannot listen on `{}`", config.link.listen))?;
    let admin_listener = TcpListener::bind(config.admin)
        .await
        .with_context(|| format!("admin.listen: cannot listen on `{}`", config.admin))?;
    tracing::info!(link = %config.link.listen, admin = %config.admin, "hub is serving");

    let end = CancellationToken::new();
    start_watches(&broker, watched, &tasks, &end);
    if let Some(door) = staff {
        staff::open(door, &broker, (&opened, &config), &tasks, &end);
    }
    tasks.spawn(Arc::clone(&ledger).follow(opened.index, end.clone()));
    let metrics = Arc::clone(&broker.metrics);
    tasks.spawn(Arc::clone(&ledger).watch_room(metrics, end.clone()));
    let publisher = match successor {
        Some(successor) => successor.introduce(&ledger, opened.publisher).await?,
        None => {
            Successor::is_needed_by(&opened.publisher, &config.audit.dir).await?;
            opened.publisher
        }
    };
    let published = publisher.published();
    export::start(&broker, published.clone(), &config, &end).await?;
    let kept_log = published.clone();
    let work = published_by(&broker, publisher, &config, (&stop, &end));
    let publishing = tasks.spawn(work);
    let shown = log::router(published.clone(), Readers::Operators);
    let shown = shown.merge(log::witnesses_router(Arc::clone(&broker.witnesses)));
    let pages = admin::router(&broker).merge(shown);
    open_pages(pages, admin_listener, &tasks, &end);
    if let Some(address) = config.audit.public {
        open_public(published, address, &tasks, &end).await?;
    }
    let tracer = open_link(&broker, &config, (tls, listener), &tasks, &end);
    keep::keep_log(&broker, &config, kept_log, &tasks, &end)?;

    stop.cancelled().await;
    close(&broker, &tasks, &end, config.drain, (publishing, tracer)).await
}

/// Files that are taken up when they change; watched from before they are read, so that no change
/// is missed.
struct Watched {
    rules: Option<(PathBuf, FolderWatch)>,
    limits: Option<LimitsWatch>,
    alerts: Option<AlertRulesWatch>,
}

impl Watched {
    fn of(config: &Config) -> Self {
        let rules = config.rules.clone();
        Self {
            rules: rules.map(|folder| (folder.clone(), FolderWatch::new(&folder))),
            limits: config.limits.as_deref().map(LimitsWatch::new),
            alerts: config.alerts.as_deref().map(AlertRulesWatch::new),
        }
    }
}

/// What goes on beside the questions until `end`.
fn start_watches(
    broker: &Arc<Broker>,
    watched: Watched,
    tasks: &TaskTracker,
    end: &CancellationToken,
) {
    let Watched {
        rules,
        limits,
        alerts,
    } = watched;
    if let Some((folder, watch)) = rules {
        tasks.spawn(watch_rules(Arc::clone(broker), folder, watch, end.clone()));
    }
    tasks.spawn(watch_limits(Arc::clone(broker), limits, end.clone()));
    tasks.spawn(write_folds(Arc::clone(broker), end.clone()));
    tasks.spawn(watch_record(Arc::clone(broker), end.clone()));
    tasks.spawn(Arc::clone(&broker.nodes).keep_probing(end.clone()));
    tasks.spawn(Arc::clone(broker).keep_acts(end.clone()));
    if let Some(watch) = alerts {
        tasks.spawn(watch_alert_rules(Arc::clone(broker), watch, end.clone()));
    }
    tasks.spawn(follow(Arc::clone(broker), end.clone()));
}

/// Publishes; a log that is disowned is put out of use, and stays up to say so.
fn published_by(
    broker: &Arc<Broker>,
    publisher: Publisher,
    config: &Config,
    (stop, end): (&CancellationToken, &CancellationToken),
) -> impl Future<Output = anyhow::Result<Ended>> + Send + 'static {
    let rhythm = Rhythm {
        every: config.audit.checkpoint_every,
        first_wait: config.audit.first_witnesses_wait,
    };
    let (asked, witnesses) = (Arc::clone(broker), Arc::clone(&broker.witnesses));
    let ask = move |offer: Offer| {
        let broker = Arc::clone(&asked);
        async move {
            let Broker { nodes, metrics, .. } = broker.as_ref();
            broker.witnesses.round(nodes, &offer, metrics).await
        }
    };
    let tell = told_of_checkpoints(broker);
    let tokens = (stop.clone(), end.clone());
    let work = publish(publisher, rhythm, witnesses, ask, tell, tokens);
    let (broker, dir) = (Arc::clone(broker), config.audit.dir.clone());
    async move {
        let ended = work.await;
        if let Ok(Ended::Disowned(disowned)) = &ended {
            disown(&broker, &dir, Arc::clone(disowned)).await;
        }
        ended
    }
}

/// Sets the gauges of the published log.
fn told_of_checkpoints(broker: &Arc<Broker>) -> impl Fn(&PublishedLog) + Send + 'static {
    let broker = Arc::clone(broker);
    let before = AtomicU64::new(0);
    move |published| {
        let covered = published.size();
        broker.metrics.checkpoint_list(published.list_bytes());
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
fn open_pages(
    pages: axum::Router,
    listener: TcpListener,
    tasks: &TaskTracker,
    end: &CancellationToken,
) {
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
    let pages = log::router(published, Readers::Star);
    let limits = ReaderLimits::default();
    tasks.spawn(serve_readers(pages, listener, limits, end.clone()));
    Ok(())
}

/// Serves nodes until `end`, behind our own accept loop; gives what their traces are recorded by.
fn open_link(
    broker: &Arc<Broker>,
    config: &Config,
    (tls, listener): (ServerTls, TcpListener),
    tasks: &TaskTracker,
    end: &CancellationToken,
) -> Tracer {
    let limits = AcceptLimits {
        connections: config.link.connections_max,
        handshakes: config.link.handshakes_max,
        // One address must not take every place.
        handshakes_per_address: config.link.handshakes_max.div_ceil(HANDSHAKE_SHARES),
        handshakes_per_second: config.link.handshakes_per_second,
        handshakes_per_second_per_address: config.link.handshakes_per_second_per_address,
        ..AcceptLimits::default()
    };
    let unread = Unread::default();
    let door = Door {
        name: "",
        tls,
        limits,
        listener,
        unread: Some(unread.clone()),
    };
    let incoming = door.open(broker, tasks, end);
    let tracer = traces::tracer(broker, config);
    let served = tonic_server(broker, &config.id, (unread, tracer.clone()), end)
        .serve_with_incoming_shutdown(incoming, end.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "link address failed");
        }
    });
    tracer
}

fn tonic_server(
    broker: &Arc<Broker>,
    hub: &str,
    (unread, tracer): (Unread, Tracer),
    end: &CancellationToken,
) -> tonic::transport::server::Router<Stack<BeatingLayer, Stack<UnreadLayer, Identity>>> {
    let ask = BrokerServer::new(AskDoor {
        broker: Arc::clone(broker),
        unread: unread.clone(),
        tracer,
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
        .http2_adaptive_window(Some(false))
        .initial_stream_window_size(Some(limits::STREAM_WINDOW_BYTES))
        .initial_connection_window_size(Some(limits::CONNECTION_WINDOW_BYTES))
        .http2_max_header_list_size(Some(limits::HEADER_LIST_BYTES_MAX))
        .max_frame_size(Some(limits::FRAME_BYTES_MAX))
        .http2_max_pending_accept_reset_streams(Some(limits::RESETS_PENDING_MAX))
        .http2_max_local_error_reset_streams(Some(limits::OWN_RESETS_MAX))
        .layer(UnreadLayer(unread))
        .layer(BeatingLayer)
        .add_service(ask)
        .add_service(attach)
}

async fn close(
    broker: &Arc<Broker>,
    tasks: &TaskTracker,
    end: &CancellationToken,
    drain: std::time::Duration,
    (publishing, tracer): (JoinHandle<anyhow::Result<Ended>>, Tracer),
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
            Ok(Ended::Whole(publisher)) => publish_last(*publisher).await,
            Ok(Ended::Disowned(_)) => Err(anyhow::anyhow!("a witness holds another history")),
            Err(error) => Err(error),
        },
        Err(_) => Err(anyhow::anyhow!("the publisher does not come to an end")),
    };
    let journal = broker.ledger.journal().clone();
    tokio::task::spawn_blocking(move || journal.close()).await??;
    tracer.finish().await;
    tracing::info!("hub has stopped");
    published.context("the log was not published to its end")
}
