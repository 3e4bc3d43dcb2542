//! The hub's log on its way to receivers: what is published is sent, acts go on record, counts into
//! the metrics. The forwarding itself is `wire::export`.

use std::sync::Arc;

use audit::{Journal, PublishedLog};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio_util::sync::CancellationToken;
use wire::export::{self, Act, EXPORT_FOLDER, Entries, ExportedLog, Keeper, Numbered};

use crate::broker::Broker;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ledger::entry::Entry;
use crate::metrics::Metrics;
use crate::witnesses::Witnesses;

/// Name of the program in messages.
const APP: &str = "tianshu-hub";

/// Starts a task for each receiver.
pub(super) async fn start(
    broker: &Arc<Broker>,
    published: PublishedLog,
    config: &Config,
    end: &CancellationToken,
) -> anyhow::Result<()> {
    let journal = broker.ledger.journal().clone();
    let random = SystemRandom::new();
    let around = export::Surroundings {
        log: Arc::new(PublishedEntries {
            journal,
            published,
            witnesses: Arc::clone(&broker.witnesses),
        }),
        keeper: Arc::new(ExportBook {
            ledger: Arc::clone(&broker.ledger),
            metrics: Arc::clone(&broker.metrics),
        }),
        app: APP,
        dir: config.audit.dir.join(EXPORT_FOLDER),
        jitter: Arc::new(move || {
            let mut number = [128; 4];
            // Without randomness the pause is its middle.
            let _ = random.fill(&mut number);
            u32::from_be_bytes(number)
        }),
    };
    export::start(&config.audit.export, &around, &broker.tasks, end).await?;
    Ok(())
}

/// The part of the log that a checkpoint covers; once the log is disowned, what is durable: nothing
/// is signed any more, and whoever watches must hear why.
#[derive(Debug)]
struct PublishedEntries {
    journal: Journal,
    published: PublishedLog,
    witnesses: Arc<Witnesses>,
}

impl ExportedLog for PublishedEntries {
    fn origin(&self) -> &str {
        self.journal.origin()
    }

    fn first(&self) -> u64 {
        self.journal.first()
    }

    fn size(&self) -> u64 {
        if self.witnesses.is_disowned() {
            return self.journal.size();
        }
        self.published.size()
    }

    fn checkpoint(&self) -> Option<u64> {
        let is_disowned = self.witnesses.is_disowned();
        (!is_disowned).then(|| self.published.size())
    }

    fn entries(&self, from: u64) -> Entries {
        Box::new(self.journal.scan(from).map(|read| {
            let (index, entry) = read.map_err(|error| error.to_string())?;
            let leaf_hash = audit::leaf_hash(&entry).to_string();
            Ok(Numbered {
                index,
                leaf_hash,
                entry,
            })
        }))
    }
}

/// Puts acts on record and counts.
#[derive(Debug)]
struct ExportBook {
    ledger: Arc<Ledger>,
    metrics: Arc<Metrics>,
}

impl Keeper for ExportBook {
    fn note(&self, act: Act) -> BoxFuture<'static, bool> {
        let entry = match act {
            Act::Began(began) => Entry::ExportBegan(began),
            Act::Lagging(lagging) => Entry::ExportLagging(lagging),
            Act::CaughtUp(caught_up) => Entry::ExportCaughtUp(caught_up),
            Act::Ended(ended) => Entry::ExportEnded(ended),
        };
        let ledger = Arc::clone(&self.ledger);
        async move { ledger.note(entry).await.is_ok() }.boxed()
    }

    fn state(&self, receiver: &str, lag: u64, connected: bool) {
        self.metrics.export_state(receiver, lag, connected);
    }

    fn sent(&self, receiver: &str, messages: u64, cut: u64) {
        self.metrics.export_sent(receiver, messages, cut);
    }

    fn broke(&self, receiver: &str) {
        self.metrics.export_broke(receiver);
    }
}

#[cfg(test)]
mod tests {
    use audit::note::{NoteSigner, SignatureKind};
    use audit::{JournalConfig, Publisher};
    use ring::signature::Ed25519KeyPair;

    use super::*;

    #[tokio::test]
    async fn of_a_disowned_log_everything_durable_is_sent_and_no_checkpoint_named() {
        let home = tempfile::tempdir().expect("a folder");
        let mut config = JournalConfig::new(home.path(), "hub-1");
        config.segment_bytes = 64 << 10;
        let (journal, _) = Journal::open(&config).expect("opens");
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let signer = NoteSigner::from_pkcs8("hub-1", SignatureKind::Plain, der.as_ref());
        let mut publisher = Publisher::open(&journal, signer.expect("a key")).expect("opens");
        journal.append(b"one".to_vec()).await.expect("is written");
        publisher.advance().expect("is published");
        journal.append(b"two".to_vec()).await.expect("is written");
        let log = PublishedEntries {
            journal,
            published: publisher.published(),
            witnesses: Arc::new(Witnesses::none()),
        };
        assert_eq!((log.size(), log.checkpoint()), (1, Some(1)));
        log.witnesses.disown(crate::witnesses::tests::disowned());
        assert_eq!((log.size(), log.checkpoint()), (2, None));
        let last = log.entries(1).next().expect("is there").expect("reads");
        assert_eq!(last.entry, b"two");
    }
}
