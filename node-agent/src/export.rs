//! The agent's own log on its way to receivers of its center. What is durable is sent; acts go on
//! record, counts into the metrics. The forwarding itself is `wire::export`.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::export::{self, Act, EXPORT_FOLDER, Entries, ExportedLog, Keeper, Numbered};

use crate::book::{Book, Entry};
use crate::config::BookConfig;
use crate::metrics::Metrics;

/// Name of the program in messages.
const APP: &str = "tianshu-agent";

/// Starts a task for each receiver.
///
/// # Errors
/// The folder of the cursors cannot be made, or the files for a receiver are broken.
pub async fn start(
    config: &BookConfig,
    book: &Arc<Book>,
    metrics: &Arc<Metrics>,
    (tasks, end): (&TaskTracker, &CancellationToken),
) -> anyhow::Result<()> {
    let random = SystemRandom::new();
    let around = export::Surroundings {
        log: Arc::new(OwnEntries(Arc::clone(book))),
        keeper: Arc::new(ExportBook {
            book: Arc::clone(book),
            metrics: Arc::clone(metrics),
        }),
        app: APP,
        dir: config.dir.join(EXPORT_FOLDER),
        jitter: Arc::new(move || {
            let mut number = [128; 4];
            // Without randomness the pause is its middle.
            let _ = random.fill(&mut number);
            u32::from_be_bytes(number)
        }),
    };
    export::start(&config.export, &around, tasks, end).await?;
    Ok(())
}

/// The durable entries; an agent publishes no checkpoint of its own.
#[derive(Debug)]
struct OwnEntries(Arc<Book>);

impl ExportedLog for OwnEntries {
    fn origin(&self) -> &str {
        self.0.origin()
    }

    fn first(&self) -> u64 {
        self.0.journal().first()
    }

    fn size(&self) -> u64 {
        self.0.size()
    }

    fn checkpoint(&self) -> Option<u64> {
        None
    }

    fn entries(&self, from: u64) -> Entries {
        Box::new(self.0.journal().scan(from).map(|read| {
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
    book: Arc<Book>,
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
        let book = Arc::clone(&self.book);
        async move { book.write(entry).await.is_ok() }.boxed()
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
