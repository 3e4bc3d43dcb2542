//! Opening: the log with what it gives back, and the broker built over it.

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use anyhow::Context as _;
use audit::note::{NoteSigner, SignatureKind};
use audit::publisher::successions;
use audit::{Index, Journal, JournalConfig, Order, Publisher, Recovery};
use catalog::{Catalog, Source};
use policies::{ReplayGuard, RuleSet, Suspensions, TrustList, USES_REMEMBERED};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{Clock, ClockState, Limits, Random, SystemRandom};

use crate::acts::ActBook;
use crate::alerts::{self, Alerts};
use crate::broker::Broker;
use crate::config::Config;
use crate::ledger::entry::{Abandoned, Entry, Sheet, Started};
use crate::ledger::{BreakerBook, Ledger, Restored, keys_of, restore};
use crate::limits;
use crate::metrics::Metrics;
use crate::nodes::Nodes;
use crate::rules::{self, LiveRules};
use crate::throttle::Throttle;
use crate::witnesses::{Witnesses, check_owned};

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
    pub(super) witnesses: Arc<Witnesses>,
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
    check_owned(&config.audit.dir)?;
    let signer = checkpoint_signer(config).context("audit.checkpoint_key")?;
    let witnesses = Witnesses::read(config.audit.witnesses.as_deref(), signer.key());
    let witnesses = witnesses.context("audit.witnesses")?;
    let (journal, recovery, publisher, index, restored, successions) =
        tokio::task::spawn_blocking(move || {
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
            let mut restored = restore(&journal, from)?;
            if !restored.acts_are_whole {
                // Since the acts were last written down as a whole the log was idle for long.
                restored.acts = restore(&journal, journal.first())?.acts;
            }
            let successions = successions(journal.dir())?;
            anyhow::Ok((journal, recovery, publisher, index, restored, successions))
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
        witnesses: Arc::new(witnesses.with_predecessors(&successions)),
    })
}

pub(super) fn checkpoint_signer(config: &Config) -> anyhow::Result<NoteSigner> {
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
        let hit = hits.first().map(|hit| hit.index);
        if let Some(first) = hit.filter(|first| *first >= journal.first()) {
            let is_it = day_of(journal, first)? == Some(day);
            let before = first.checked_sub(1);
            let is_first = match before.filter(|before| *before >= journal.first()) {
                Some(before) => day_of(journal, before)?.is_some_and(|before| before < day),
                None => true,
            };
            return Ok(if is_it && is_first {
                first
            } else {
                journal.first()
            });
        }
        day = day.saturating_add(Duration::DAY);
    }
    Ok(journal.first())
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
    let limits = limits::read(config.limits.as_deref(), &trust, &rules).context("limits")?;
    let ground = Ground {
        catalog,
        rules: Arc::new(rules),
        limits,
        trust,
        ledger: Arc::clone(&opened.ledger),
        metrics,
        witnesses: Arc::clone(&opened.witnesses),
        clock,
        random: Arc::new(SystemRandom),
    };
    let alerts = alerts::rules::read(config.alerts.as_deref(), &ground.trust).context("alerts")?;
    let broker = broker_over(config, ground, &opened.restored, (tasks, stopping))?;
    broker.alerts.use_rules(alerts);
    Ok(broker)
}

/// What a broker is built over.
#[derive(Debug)]
pub struct Ground {
    /// The vocabulary.
    pub catalog: Arc<Catalog>,
    /// The rules to begin with.
    pub rules: Arc<RuleSet>,
    /// The limits to begin with.
    pub limits: Limits,
    /// Who is registered.
    pub trust: TrustList,
    /// The book, over an open journal.
    pub ledger: Arc<Ledger>,
    /// The counts.
    pub metrics: Arc<Metrics>,
    /// Who cosigns the log.
    pub witnesses: Arc<Witnesses>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The chance that spreads the open times of breakers.
    pub random: Arc<dyn Random>,
}

/// The broker over what was opened. Of the configuration it reads the rules of breakers alone: no
/// file and no address.
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
        limits,
        trust,
        ledger,
        metrics,
        witnesses,
        clock,
        random,
    } = ground;
    let members = trust
        .nodes()
        .map(|node| (node.id.clone(), node.center_code.clone()));
    let book = BreakerBook::new(Arc::clone(&ledger), Arc::clone(&metrics), stopping.clone());
    let nodes = Nodes::drawing(
        random,
        members,
        &config.breaker,
        Instant::now(),
        Arc::new(book),
    );
    let mut uses = ReplayGuard::new(USES_REMEMBERED);
    uses.restore(restored.uses.iter().cloned(), clock.now())?;
    nodes.loads().replace(Arc::new(limits.clone()));
    let alerts = Alerts::new(alerts::rules::AlertRules::default(), rules.flows());
    Ok(Broker {
        catalog,
        rules: LiveRules::shared(rules),
        trust,
        acts: ActBook::new(restored.acts.clone()),
        suspensions: RwLock::new(Suspensions::default()),
        throttle: Throttle::new(limits),
        uses: Mutex::new(uses),
        nodes: Arc::new(nodes),
        ledger,
        witnesses,
        alerts: Arc::new(alerts),
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
    broker.restore_acts().await;
    broker.renew_acts().await;
    for (query, decision) in &restored.open {
        let abandoned = Abandoned {
            query: query.clone(),
            decision: *decision,
            because: "crash".to_owned(),
        };
        broker.ledger.abandon(abandoned).await?;
    }
    let started = Started {
        software: env!("CARGO_PKG_VERSION").to_owned(),
        rules: broker.rules_in_force(),
        limits: broker.throttle.reviewed().digest().to_string(),
        alerts: broker.alerts.rules().digest().to_string(),
        entries: recovery.entries,
        dropped_bytes: recovery.bytes_dropped,
        abandoned: restored.open.len() as u64,
        last_at: match recovery.entries {
            0 => String::new(),
            _ => restored.latest.format(&Rfc3339).unwrap_or_default(),
        },
        in_order: !recovery.tail_copied,
        clock: ClockState::look(),
        standing: Some(broker.acts.now().await.numbers()),
    };
    broker.ledger.note(Entry::Started(started)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use audit::note::{NoteSigner, SignatureKind};
    use audit::volume::{Archiver, OwnCheckpoints, VolumeSize};
    use audit::{Archive, Keeper, Receipt, leaf_hash};
    use ring::rand::SystemRandom;
    use ring::signature::Ed25519KeyPair;
    use time::macros::datetime;
    use wire::ManualClock;

    use super::*;
    use crate::ledger::entry::ActsStanding;

    /// A log that nobody wrote to for two hundred days, and whose beginning was removed meanwhile,
    /// is read from where it begins: its index knows more than is there.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_start_on_a_shortened_log_reads_from_where_it_begins() {
        let home = tempfile::tempdir().expect("a folder");
        let mut config = JournalConfig::new(home.path().join("log"), "hub-1");
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).expect("opens");
        let began = datetime!(2026-01-01 00:00 +8);
        let clock = Arc::new(ManualClock::at(began));
        let tasks = TaskTracker::new();
        let (latest, time) = (OffsetDateTime::UNIX_EPOCH, Arc::clone(&clock));
        let ledger = Ledger::new(journal.clone(), time, &[9; 32], latest, tasks);
        for _ in 0..1_000 {
            let refused = Entry::Refusal(Box::default());
            ledger.note(refused).await.expect("is written");
        }
        let index = Index::open(&home.path().join("index")).expect("opens");
        index
            .catch_up(&journal, &keys_of, |_| {})
            .expect("catches up");
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let signer = NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der.as_ref());
        let signer = signer.expect("is a key");
        std::fs::create_dir(home.path().join("archive")).expect("is made");
        let archive = Archive::new(&home.path().join("archive"), Vec::new());
        let archiver = Archiver {
            journal: &journal,
            archive: &archive,
            signer: &signer,
            covering: &OwnCheckpoints {
                journal: &journal,
                signer: &signer,
            },
            time_of: &|_| Some(0),
            size: VolumeSize::default(),
        };
        let keeper = Keeper::new(&config.dir, archiver, 1, Some(1), &|_, _| None);
        let receipt = Receipt {
            log: "hub-1".to_owned(),
            index: 0,
            leaf_hash: leaf_hash(b""),
        };
        let kept = keeper.pass(&mut |_| Ok(receipt.clone())).expect("is kept");
        assert!(kept.first > 0, "{kept:?}");
        // The same day, as the index still knows it; and long after.
        for since in [began, began + Duration::days(200)] {
            let from = first_since(&index, &journal, since).expect("is found");
            assert_eq!(from, kept.first);
            let restored = restore(&journal, from).expect("is read");
            assert_eq!(restored.latest, began);
        }
        // What is said to stand must be there, and only what is said last counts.
        for (standing, is_found) in [(vec![0], false), (Vec::new(), true)] {
            let said = Entry::ActsStanding(ActsStanding { standing });
            ledger.note(said).await.expect("is written");
            let restored = restore(&journal, journal.first());
            assert_eq!(restored.is_ok_and(|r| r.acts_are_whole), is_found);
        }
    }
}
