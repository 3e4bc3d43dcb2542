//! Opening: the log with what it gives back, and the broker built over it.

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use anyhow::Context as _;
use audit::note::{NoteSigner, SignatureKind};
use audit::{Index, Journal, JournalConfig, Order, Publisher, Recovery};
use catalog::{Catalog, Source};
use policies::{ReplayGuard, RuleSet, Suspensions, TrustList, USES_REMEMBERED};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::Clock;

use crate::broker::Broker;
use crate::config::Config;
use crate::ledger::entry::{Abandoned, Entry, Sheet, Started};
use crate::ledger::{BreakerBook, Ledger, Restored, keys_of, restore};
use crate::metrics::Metrics;
use crate::nodes::Nodes;
use crate::rules::{self, LiveRules};
use crate::throttle::Throttle;

/// Longest entry: the outcome of some twenty nodes over all classes.
const ENTRY_BYTES_MAX: usize = 48 * 1024;
/// How far the log may be ahead of the clock before somebody should look.
const CLOCK_AHEAD_MAX: Duration = Duration::seconds(5);
/// How far back the log is read for uses of case statements: their memory is a day beyond expiry.
const PAST_READ: Duration = Duration::hours(48);

/// What a start found and built.
pub(super) struct Opened {
    pub(super) ledger: Arc<Ledger>,
    pub(super) index: Arc<Index>,
    pub(super) restored: Restored,
    pub(super) recovery: Recovery,
    pub(super) publisher: Publisher,
}

pub(super) async fn open_log(
    config: &Config,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
) -> anyhow::Result<Opened> {
    let mut journal_config = JournalConfig::new(&config.audit.dir, &config.id);
    journal_config.segment_bytes = config.audit.segment_bytes;
    journal_config.queue_max = config.audit.queue_max;
    journal_config.entry_bytes_max = ENTRY_BYTES_MAX;
    let index_dir = config.audit.dir.join("index");
    let since = clock.now() - PAST_READ;
    let signer = checkpoint_signer(config).context("audit.checkpoint_key")?;
    let (journal, recovery, publisher, index, restored) = tokio::task::spawn_blocking(move || {
        let (journal, recovery) = Journal::open(&journal_config)?;
        let publisher = Publisher::open(&journal, signer)?;
        let index = Index::open(&index_dir)?;
        index.catch_up(&journal, &keys_of, |done| {
            tracing::info!(
                entries = done.upto,
                rebuilt = done.rebuilt,
                "search index catches up"
            );
        })?;
        let from = first_since(&index, &journal, since)?;
        let restored = restore(&journal, from)?;
        anyhow::Ok((journal, recovery, publisher, index, restored))
    })
    .await??;
    let key = key_file(&config.audit.pseudonym_key)
        .context("audit.pseudonym_key: must be a file of exactly 32 bytes")?;
    if restored.latest > clock.now() + CLOCK_AHEAD_MAX {
        tracing::error!(
            "the log's last entry is later than this machine's clock: entries keep its time until \
             the clock has passed it"
        );
    }
    let ledger = Ledger::new(journal, clock, &key, restored.latest, tasks);
    Ok(Opened {
        ledger,
        index: Arc::new(index),
        restored,
        recovery,
        publisher,
    })
}

fn checkpoint_signer(config: &Config) -> anyhow::Result<NoteSigner> {
    let der = std::fs::read(&config.audit.checkpoint_key)?;
    let signer = NoteSigner::from_pkcs8(&config.id, SignatureKind::Plain, &der)
        .context("must be an Ed25519 key as PKCS#8 in DER, version 2")?;
    tracing::info!(key = %signer.key(), "checkpoints are signed with this key");
    Ok(signer)
}

/// The first entry of the days that can still matter to a start. The index only proposes it: the
/// entry itself must be of that day and the one before it of an earlier day, else all are read.
fn first_since(index: &Index, journal: &Journal, since: OffsetDateTime) -> anyhow::Result<u64> {
    let mut day = since.date();
    for _ in 0..=PAST_READ.whole_days() {
        let prefix = format!("time:{day}");
        let hits = index.lookup_prefix(prefix.as_bytes(), Order::OldestFirst, 1)?;
        if let Some(first) = hits.first().map(|hit| hit.index) {
            let is_it = day_of(journal, first)? == Some(day);
            let is_first = match first.checked_sub(1) {
                Some(before) => day_of(journal, before)?.is_some_and(|before| before < day),
                None => true,
            };
            return Ok(if is_it && is_first { first } else { 0 });
        }
        day = day.saturating_add(Duration::DAY);
    }
    Ok(0)
}

fn day_of(journal: &Journal, index: u64) -> anyhow::Result<Option<time::Date>> {
    let sheet = Sheet::decode(&journal.read(index)?).ok();
    let at = sheet.and_then(|sheet| OffsetDateTime::parse(&sheet.at, &Rfc3339).ok());
    Ok(at.map(OffsetDateTime::date))
}

fn key_file(path: &Path) -> anyhow::Result<[u8; 32]> {
    let bytes = std::fs::read(path)?;
    <[u8; 32]>::try_from(bytes).map_err(|_| anyhow::anyhow!("wrong length"))
}

pub(super) fn build(
    config: &Config,
    opened: &Opened,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    tasks: TaskTracker,
    stopping: CancellationToken,
) -> anyhow::Result<Broker> {
    let catalog = Arc::new(Catalog::builtin()?);
    let rules = rules::read(config.rules.as_deref(), &catalog).context("rules")?;
    let text = std::fs::read_to_string(&config.trust_list).context("trust_list")?;
    let name = config.trust_list.display().to_string();
    let trust = TrustList::parse(&Source {
        name: &name,
        text: &text,
    })?;
    let ground = Ground {
        catalog,
        rules: Arc::new(rules),
        trust,
        ledger: Arc::clone(&opened.ledger),
        metrics,
        clock,
    };
    broker_over(config, ground, &opened.restored, (tasks, stopping))
}

/// What a broker is built over.
#[derive(Debug)]
pub struct Ground {
    /// The vocabulary.
    pub catalog: Arc<Catalog>,
    /// The rules to begin with.
    pub rules: Arc<RuleSet>,
    /// Who is registered.
    pub trust: TrustList,
    /// The book, over an open journal.
    pub ledger: Arc<Ledger>,
    /// The counts.
    pub metrics: Arc<Metrics>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The broker over what was opened. Of the configuration it reads the limits alone: no file and no
/// address.
///
/// # Errors
/// The log holds more uses of case statements than can be remembered.
pub fn broker_over(
    config: &Config,
    ground: Ground,
    restored: &Restored,
    (tasks, stopping): (TaskTracker, CancellationToken),
) -> anyhow::Result<Broker> {
    let Ground {
        catalog,
        rules,
        trust,
        ledger,
        metrics,
        clock,
    } = ground;
    let members = trust
        .nodes()
        .map(|node| (node.id.clone(), node.center_code.clone()));
    let watch = Arc::new(BreakerBook {
        ledger: Arc::clone(&ledger),
        metrics: Arc::clone(&metrics),
    });
    let nodes = Nodes::new(members, config.breaker, Instant::now(), watch);
    let mut uses = ReplayGuard::new(USES_REMEMBERED);
    uses.restore(restored.uses.iter().cloned(), clock.now())?;
    Ok(Broker {
        catalog,
        rules: LiveRules::shared(rules),
        trust,
        suspensions: RwLock::new(Suspensions::default()),
        throttle: Throttle::new(config.throttle),
        uses: Mutex::new(uses),
        nodes: Arc::new(nodes),
        ledger,
        metrics,
        clock,
        tasks,
        stopping,
    })
}

/// Closes what a crash left open, then says that the hub started. Without this entry nothing is
/// served.
///
/// # Errors
/// The journal cannot write.
pub async fn start_of_record(
    broker: &Broker,
    restored: &Restored,
    recovery: &Recovery,
) -> anyhow::Result<()> {
    for (query, decision) in &restored.open {
        let abandoned = Abandoned {
            query: query.clone(),
            decision: *decision,
            because: "crash".to_owned(),
        };
        broker.ledger.note(Entry::Abandoned(abandoned)).await?;
    }
    let started = Started {
        software: env!("CARGO_PKG_VERSION").to_owned(),
        rules: broker.rules_in_force(),
        entries: recovery.entries,
        dropped_bytes: recovery.bytes_dropped,
        abandoned: restored.open.len() as u64,
        last_at: match recovery.entries {
            0 => String::new(),
            _ => restored.latest.format(&Rfc3339).unwrap_or_default(),
        },
        in_order: !recovery.tail_copied,
    };
    broker.ledger.note(Entry::Started(started)).await?;
    Ok(())
}
