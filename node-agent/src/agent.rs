//! START HERE: one agent from start to stop: open the log, load the mappings, attach, serve, drain.
//!
//! The answering side is [`crate::answer`], the asking side [`crate::asking`]; they share nothing
//! but the log, what it says was measured, and the center's own systems.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use audit::side::{PRIVATE_FOLDER, SIDE_KEY_BYTES, SideKey};
use catalog::{Catalog, Source};
use policies::{CaseSigner, TagKey, TrustList};
use ring::rand::SystemRandom;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::timekeeping::{CLOCK_LOOKED_AT_EVERY, ClockTeller};
use wire::tls::{ClientTls, RELOAD_INTERVAL, Reload, watch_reload};
use wire::{Clock, ClockState, FolderWatch, SystemClock, v1};

use crate::answer::{Answerer, ListShare};
use crate::api::LocalApi;
use crate::asking::{Approvals, Asker, Lists, OpenCases};
use crate::book::{Book, Entry, Started, Stopped};
use crate::config::{Config, TOKEN_BYTES_MIN};
use crate::erasing::Erasing;
use crate::export;
use crate::keeping::keep_book;
use crate::measures::Measures;
use crate::metrics::Metrics;
use crate::rules::{LiveRules, RuleSources, watch_rules};
use crate::session::{Answers, Session};
use crate::translate::Translator;
use crate::uplink::Uplink;
use crate::witness::{self, Distrust, LogWitness, Surroundings, watch_distrust};

/// What both sides of an agent share.
pub(crate) struct Parts {
    catalog: Arc<Catalog>,
    pub(crate) trust: Arc<TrustList>,
    rules: Arc<LiveRules>,
    rule_sources: RuleSources,
    rule_watches: Vec<FolderWatch>,
    translator: Translator,
    tag_key: TagKey,
    pub(crate) book: Arc<Book>,
    measures: Arc<Measures>,
    distrust: Distrust,
    witness: Option<Arc<LogWitness>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
}

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
    let (book, metrics) = (Arc::clone(&parts.book), Arc::clone(&parts.metrics));
    tasks.spawn(book.watch_room(metrics, stop.clone()));

    let (changed, renewed) = watch::channel(0);
    let certificates = watch_certificates(tls.clone(), [asks, lists], changed, stop.clone());
    tasks.spawn(certificates);
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
    open_witness(&config, &parts, &tasks, &stop).await?;
    export::start(&config.book, &parts.book, &parts.metrics, (&tasks, &stop)).await?;
    keep_book(&config, &parts, &tasks, &stop)?;
    tasks.spawn(tell_clock(Arc::clone(&parts.book), stop.clone()));
    if config.book.keep_days > 0 {
        tasks.spawn(erasing(&config, &parts).keep_on(stop.clone()));
    }
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
    for _ in 0..config.hub.streams {
        let session = Session {
            uplink: Uplink::to_hub(config.hub.address, tls.clone())?,
            hello: hello(parts),
            answers: Arc::clone(&answers),
            witness: parts.witness.clone(),
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
    tracing::info!("agent has stopped");
    Ok(())
}

async fn build(config: &Config) -> anyhow::Result<Parts> {
    let catalog = Arc::new(Catalog::builtin()?);
    let trust = TrustList::parse(&source(&config.trust_list, &read(&config.trust_list)?))?;
    let trust = Arc::new(trust);
    let rule_sources = RuleSources {
        node: config.node.clone(),
        rules: config.rules.clone(),
        vetoes: config.vetoes.clone(),
        veto_policies: config.veto_policies.clone(),
        catalog: Arc::clone(&catalog),
        trust: Arc::clone(&trust),
    };
    let rule_watches = rule_sources.watches();
    let rules = Arc::new(LiveRules::new(rule_sources.read()?));
    let translator = Translator::open(
        &config.data_home,
        &config.mappings,
        Arc::clone(&catalog),
        config.local,
    )
    .await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (book_config, node, time) = (config.book.clone(), config.node.clone(), Arc::clone(&clock));
    let (book, measures) = tokio::task::spawn_blocking(move || {
        let (c, now) = (book_config, time.now());
        let mut book = Book::open(&c.dir, &node, c.segment_bytes, c.queue_max, time)?;
        if let Some(key) = c.side_key.filter(|_| c.keep_days > 0) {
            book = book.keeping(&c.dir, side_key(&key)?)?;
        }
        let measures = Measures::restored(&book, now)?;
        anyhow::Ok((book, measures))
    })
    .await??;
    let book = Arc::new(book);
    let metrics = Arc::new(Metrics::new()?);
    let distrust = Distrust::of(&config.book.dir);
    let around = Surroundings {
        book: Arc::clone(&book),
        metrics: Arc::clone(&metrics),
        clock: Arc::clone(&clock),
        distrust: distrust.clone(),
    };
    Ok(Parts {
        witness: log_witness(config, around)?,
        distrust,
        catalog,
        trust,
        rules,
        rule_sources,
        rule_watches,
        translator,
        tag_key: tag_key(&config.tag_key)?,
        book,
        measures: Arc::new(measures),
        metrics,
        clock,
    })
}

/// This center's witness, if it is configured.
fn log_witness(config: &Config, around: Surroundings) -> anyhow::Result<Option<Arc<LogWitness>>> {
    let Some(files) = &config.witness else {
        return Ok(None);
    };
    let der = std::fs::read(&files.key).map(zeroize::Zeroizing::new);
    let der = der.with_context(|| format!("witness.key: `{}`", files.key.display()))?;
    let signer = witness::signer(&config.node, &config.trust_domain, &der);
    let signer = signer.context("witness.key")?;
    let logs = witness::logs(&read(&files.logs)?);
    let logs = logs.with_context(|| format!("witness.logs: `{}`", files.logs.display()))?;
    Ok(Some(LogWitness::open(
        &config.book.dir,
        signer,
        &logs,
        around,
    )))
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
    let served = axum::serve(listener, witness::router(witness))
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    tasks.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "the address of the witness failed");
        }
    });
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
    }
}

fn hello(parts: &Parts) -> v1::Hello {
    v1::Hello {
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
    }
}

/// Takes renewed certificates into use: every connection is made anew with them.
async fn watch_certificates(
    tls: ClientTls,
    uplinks: [Arc<Uplink>; 2],
    changed: watch::Sender<u64>,
    stop: CancellationToken,
) {
    // The first look repeats what the start has read.
    let mut is_first = true;
    let report = move |reload: Reload| match reload {
        Reload::Unchanged => {}
        Reload::Taken(_) if is_first => is_first = false,
        Reload::Taken(_) => {
            tracing::info!("certificates were renewed");
            uplinks.iter().for_each(|uplink| uplink.renew());
            changed.send_modify(|times| *times = times.wrapping_add(1));
        }
        Reload::Kept(error) => {
            tracing::error!(%error, "changed certificates are broken; the old ones stay");
        }
    };
    watch_reload(tls, RELOAD_INTERVAL, stop, report).await;
}

fn tokens(systems: &[(String, std::path::PathBuf)]) -> anyhow::Result<Vec<(String, String)>> {
    systems
        .iter()
        .map(|(name, file)| {
            let token = read(file)?.trim().to_owned();
            anyhow::ensure!(
                token.len() >= TOKEN_BYTES_MIN,
                "api.systems.{name}: the token is shorter than {TOKEN_BYTES_MIN} bytes"
            );
            Ok((name.clone(), token))
        })
        .collect()
}

/// The token of the center's own people, if they have one.
pub(crate) fn owner_token(config: &Config) -> anyhow::Result<Option<String>> {
    let Some(file) = &config.api.owner_token else {
        return Ok(None);
    };
    let token = read(file)?.trim().to_owned();
    anyhow::ensure!(
        token.len() >= TOKEN_BYTES_MIN,
        "api.owner_token: the token is shorter than {TOKEN_BYTES_MIN} bytes"
    );
    Ok(Some(token))
}

fn tag_key(file: &Path) -> anyhow::Result<TagKey> {
    let bytes = zeroize::Zeroizing::new(
        std::fs::read(file).with_context(|| format!("keys.subject_tag: `{}`", file.display()))?,
    );
    let key: zeroize::Zeroizing<[u8; 32]> = zeroize::Zeroizing::new(
        bytes
            .as_slice()
            .try_into()
            .context("keys.subject_tag: must be exactly 32 bytes")?,
    );
    Ok(TagKey::new(&key))
}

fn side_key(file: &Path) -> anyhow::Result<SideKey> {
    let bytes = zeroize::Zeroizing::new(
        std::fs::read(file).with_context(|| format!("keys.side: `{}`", file.display()))?,
    );
    let key: zeroize::Zeroizing<[u8; SIDE_KEY_BYTES]> = zeroize::Zeroizing::new(
        bytes
            .as_slice()
            .try_into()
            .context("keys.side: must be exactly 32 bytes")?,
    );
    Ok(SideKey::new(&key))
}

fn erasing(config: &Config, parts: &Parts) -> Erasing {
    Erasing {
        node: config.node.clone(),
        requests: config.book.dir.join(PRIVATE_FOLDER).join("requests"),
        keep_days: config.book.keep_days,
        trust: Arc::clone(&parts.trust),
        book: Arc::clone(&parts.book),
        clock: Arc::clone(&parts.clock),
    }
}

/// Says in the log how the clock is kept, hourly and when that changes.
async fn tell_clock(book: Arc<Book>, stop: CancellationToken) {
    let started = Instant::now();
    let mut teller = ClockTeller::after(&ClockState::look());
    let mut pause = tokio::time::interval(CLOCK_LOOKED_AT_EVERY);
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = stop.cancelled() => return,
        }
        let clock = ClockState::look();
        if teller.is_due(&clock, started.elapsed())
            && book.write(Entry::Clock(clock)).await.is_err()
        {
            tracing::error!("the state of the clock is not on record: the own log cannot write");
        }
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("`{}`", file.display()))
}

fn source<'a>(file: &'a Path, text: &'a str) -> Source<'a> {
    Source {
        name: file.to_str().unwrap_or("file"),
        text,
    }
}
