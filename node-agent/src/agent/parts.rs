//! What an agent is put together from: its log, its rules, its mappings, its keys.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use audit::side::{SIDE_KEY_BYTES, SideKey};
use catalog::{Catalog, Source};
use policies::{TagKey, TrustList};
use wire::traces::{Service, Tracer};
use wire::{Clock, FolderWatch, SystemClock, SystemRandom};

use crate::book::Book;
use crate::config::{Config, TOKEN_BYTES_MIN};
use crate::measures::Measures;
use crate::metrics::Metrics;
use crate::rules::{LiveRules, RuleSources};
use crate::translate::Translator;
use crate::witness::{self, Distrust, LogWitness, Surroundings};

/// What both sides of an agent share.
pub(crate) struct Parts {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) trust: Arc<TrustList>,
    pub(crate) rules: Arc<LiveRules>,
    pub(crate) rule_sources: RuleSources,
    pub(crate) rule_watches: Vec<FolderWatch>,
    pub(crate) translator: Translator,
    pub(crate) tag_key: TagKey,
    pub(crate) book: Arc<Book>,
    pub(crate) measures: Arc<Measures>,
    pub(crate) distrust: Distrust,
    pub(crate) witness: Option<Arc<LogWitness>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tracer: Tracer,
}

pub(super) async fn build(config: &Config) -> anyhow::Result<Parts> {
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
        tracer: tracer(config, &metrics, &clock),
        metrics,
        clock,
    })
}

/// Begins traces and goes on with those of others; off unless a collector is configured.
fn tracer(config: &Config, metrics: &Metrics, clock: &Arc<dyn Clock>) -> Tracer {
    let service = Service {
        name: "tianshu-agent",
        instance: config.node.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let random = Arc::new(SystemRandom);
    let tracer = Tracer::start(&config.traces, service, Arc::clone(clock), random);
    metrics.traces_of(tracer.clone());
    tracer
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

pub(super) fn tokens(
    systems: &[(String, std::path::PathBuf)],
) -> anyhow::Result<Vec<(String, String)>> {
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

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("`{}`", file.display()))
}

fn source<'a>(file: &'a Path, text: &'a str) -> Source<'a> {
    Source {
        name: file.to_str().unwrap_or("file"),
        text,
    }
}
