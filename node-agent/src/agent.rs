//! START HERE: one agent from start to stop: open the log, load the mappings, attach, serve, drain.
//!
//! The answering side is [`crate::answer`], the asking side [`crate::asking`]; they share nothing
//! but the log, what it says was measured, and the center's own systems.

use std::future::Future;
use std::sync::Arc;

use anyhow::Context as _;
use policies::CaseSigner;
use ring::rand::SystemRandom;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::readers::{BoundedListener, ReaderLimits, serve_readers};
use wire::tls::ClientTls;
use wire::{ClockState, v1};

use crate::answer::{Answerer, ListShare};
use crate::api::LocalApi;
use crate::asking::{Approvals, Asker, Lists, OpenCases};
use crate::book::{Entry, Started, Stopped};
use crate::config::Config;
use crate::intake::Intake;
use crate::naming::Naming;
use crate::session::{Answers, Session};
use crate::translate::Translator;
use crate::uplink::Uplink;
use crate::witness::{self};

mod parts;
mod watches;

pub(crate) use parts::{Parts, owner_token};

use parts::{build, tokens};
use watches::watch_certificates;

/// Connections to the address of the witness: a few tools, and whoever else comes.
const WITNESS_READERS_MAX: usize = 16;

/// Runs the agent until it is told to stop.
///
/// # Errors
/// A part that cannot be built, with the reason.
pub fn run(config: Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let stop = CancellationToken::new();
        let told = told_to_stop()?;
        let signals = stop.clone();
        TaskTracker::new().spawn(async move {
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
    let mut parts = build(&config).await?;
    let tls = ClientTls::load(&config.tls, &config.trust_domain, &config.hub.name)?;
    let asks = Uplink::to_hub(config.hub.address, tls.clone())?;
    let lists = Uplink::for_lists(config.hub.address, tls.clone())?;
    let asking = Asking {
        asks: Arc::clone(&asks),
        lists: Lists::new(Arc::clone(&lists), stop.clone()),
        tasks: tasks.clone(),
    };
    let asker = asker(&config, &parts, asking)?;
    let systems = tokens(&config.api.systems)?;
    let api = LocalApi::new(
        asker,
        Arc::clone(&parts.book),
        Arc::clone(&parts.metrics),
        systems,
        owner_token(&config)?,
    );
    let listener = TcpListener::bind(config.api.listen)
        .await
        .with_context(|| format!("api.listen: cannot listen on `{}`", config.api.listen))?;
    let entry = Started {
        software: env!("CARGO_PKG_VERSION").to_owned(),
        entries: parts.book.size(),
        rules: parts.rules.current().digest(),
        vetoes: parts.rules.current().vetoes_digest(),
        clock: ClockState::look(),
        keep_days: config.book.keep_days,
    };
    tracing::info!(rules = entry.rules, vetoes = entry.vetoes, "rules in force");
    parts.book.write(Entry::Started(entry)).await?;

    let (changed, renewed) = watch::channel(0);
    let certificates = watch_certificates(
        tls.clone(),
        [asks, lists],
        changed,
        Arc::clone(&parts.metrics),
        stop.clone(),
    );
    tasks.spawn(certificates);
    open_witness(&config, &parts, &tasks, &stop).await?;
    watches::start(&config, &mut parts, (&tasks, &stop)).await?;
    attach(&config, &parts, &tls, (&tasks, &stop), &renewed)?;
    tracing::info!(node = config.node, api = %config.api.listen, "agent is serving");
    let served =
        axum::serve(listener, api.router()).with_graceful_shutdown(stop.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "local API failed");
        }
    });
    stop.cancelled().await;
    close(&config, &parts, &tasks).await
}

/// Keeps the agent's streams attached to the hub.
fn attach(
    config: &Config,
    parts: &Parts,
    tls: &ClientTls,
    (tasks, stop): (&TaskTracker, &CancellationToken),
    renewed: &watch::Receiver<u64>,
) -> anyhow::Result<()> {
    let answers = Answers::new(Arc::new(answerer(config, parts)), tasks.clone());
    tasks.spawn(Arc::clone(&answers).let_go(stop.clone()));
    let intake = Arc::new(Intake::new(config.intake));
    let naming = Arc::new(Naming::new(
        (parts.tag_key.clone(), Arc::clone(&parts.trust)),
        Arc::clone(&parts.book),
        parts.distrust.clone(),
        Arc::clone(&parts.metrics),
    ));
    for _ in 0..config.hub.streams {
        let session = Session {
            uplink: Uplink::to_hub(config.hub.address, tls.clone())?,
            hello: hello(parts),
            answers: Arc::clone(&answers),
            witness: parts.witness.clone(),
            naming: Arc::clone(&naming),
            intake: Arc::clone(&intake),
            metrics: Arc::clone(&parts.metrics),
            tasks: tasks.clone(),
            stopping: stop.clone(),
            renewed: renewed.clone(),
            drain: config.drain,
        };
        tasks.spawn(session.keep());
    }
    Ok(())
}

/// Waits for what is under way; the log is closed last.
async fn close(config: &Config, parts: &Parts, tasks: &TaskTracker) -> anyhow::Result<()> {
    tracing::info!("agent is stopping");
    tasks.close();
    if tokio::time::timeout(config.drain, tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!("questions are still under way");
    }
    let book = Arc::clone(&parts.book);
    let stopped = Stopped {
        entries: book.size(),
    };
    book.write(Entry::Stopped(stopped)).await?;
    tokio::task::spawn_blocking(move || book.close()).await??;
    parts.tracer.finish().await;
    tracing::info!("agent has stopped");
    Ok(())
}

/// Serves the witness over HTTP where that is wanted.
async fn open_witness(
    config: &Config,
    parts: &Parts,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let address = config.witness.as_ref().and_then(|witness| witness.listen);
    let Some((witness, address)) = parts.witness.clone().zip(address) else {
        return Ok(());
    };
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("witness.listen: cannot listen on `{address}`"))?;
    let listener = BoundedListener::new(listener, WITNESS_READERS_MAX);
    let pages = witness::router(witness);
    let limits = ReaderLimits::default();
    tasks.spawn(serve_readers(pages, listener, limits, stop.clone()));
    Ok(())
}

/// What the asking side asks over and works in.
struct Asking {
    asks: Arc<Uplink>,
    lists: Lists,
    tasks: TaskTracker,
}

fn asker(config: &Config, parts: &Parts, asking: Asking) -> anyhow::Result<Arc<Asker>> {
    let pkcs8 = zeroize::Zeroizing::new(
        std::fs::read(&config.case_key)
            .with_context(|| format!("keys.case: `{}`", config.case_key.display()))?,
    );
    Ok(Arc::new(Asker {
        node: config.node.clone(),
        catalog: Arc::clone(&parts.catalog),
        rules: Arc::clone(&parts.rules),
        trust: Arc::clone(&parts.trust),
        signer: CaseSigner::from_pkcs8(&pkcs8).context("keys.case")?,
        tag_key: parts.tag_key.clone(),
        translator: parts.translator.clone(),
        open: OpenCases::default(),
        approvals: Approvals::default(),
        lists: asking.lists,
        hub_phone: config.hub.phone.clone(),
        book: Arc::clone(&parts.book),
        measures: Arc::clone(&parts.measures),
        distrust: parts.distrust.clone(),
        metrics: Arc::clone(&parts.metrics),
        clock: Arc::clone(&parts.clock),
        uplink: asking.asks,
        random: SystemRandom::new(),
        tasks: asking.tasks,
        tracer: parts.tracer.clone(),
    }))
}

fn answerer(config: &Config, parts: &Parts) -> Answerer {
    Answerer {
        node: config.node.clone(),
        catalog: Arc::clone(&parts.catalog),
        rules: Arc::clone(&parts.rules),
        tag_key: parts.tag_key.clone(),
        translator: parts.translator.clone(),
        share: ListShare::of(config.local),
        book: Arc::clone(&parts.book),
        measures: Arc::clone(&parts.measures),
        distrust: parts.distrust.clone(),
        metrics: Arc::clone(&parts.metrics),
        clock: Arc::clone(&parts.clock),
        tracer: parts.tracer.clone(),
    }
}

fn hello(parts: &Parts) -> v1::Hello {
    v1::Hello {
        probes: true,
        names_subjects: true,
        software: env!("CARGO_PKG_VERSION").to_owned(),
        catalog: Some(v1::CatalogVersion {
            version: parts.catalog.version().to_owned(),
            digest: parts.catalog.digest().as_bytes().to_vec(),
            previous_digest: parts
                .catalog
                .previous()
                .map(|previous| previous.digest.as_bytes().to_vec())
                .unwrap_or_default(),
        }),
        flows_digest: parts.rules.current().flows().digest().as_bytes().to_vec(),
        classes: parts
            .translator
            .classes()
            .iter()
            .map(|class| u32::from(class.get()))
            .collect(),
        coverage: coverage(&parts.translator),
    }
}

/// How much of each class the mapping fills.
fn coverage(translator: &Translator) -> Vec<v1::ClassCoverage> {
    let classes = translator.coverage().into_iter();
    let filled = classes.filter(|class| class.file.is_some());
    filled
        .map(|class| v1::ClassCoverage {
            class: u32::from(class.class.get()),
            mapped: u32::try_from(class.mapped.len()).unwrap_or(u32::MAX),
        })
        .collect()
}
