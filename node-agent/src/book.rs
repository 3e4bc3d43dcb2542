//! The agent's own log: what this center asked and what it answered, so that the hub's word can be
//! checked.
//!
//! The same journal code as the hub's. No identity number, name or value is in it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use audit::side::{SideFault, SideStore};
use audit::{
    AuditError, Index, IndexError, IndexKey, Journal, JournalConfig, Keys, Order, Receipt,
};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::limits::NAME_BYTES_MAX;
use wire::{Clock, Heading};

mod approvals;
mod chosen;
mod entry;
mod holds;
mod list_ended;
mod measured;
mod removed;
mod room;
mod sides;
mod values;
mod witnessed;

pub use approvals::{ApprovalAsked, ApprovalShown, Approved};
pub use chosen::Withheld;
pub use entry::{
    Answered, CaseOpened, Entry, Erased, OwnerLooked, Refused, RulesChanged, RulesKept, Served,
    ServedClass, Sheet, Started, Stopped, SubjectNamed,
};
pub(crate) use holds::Holds;
pub use list_ended::ListEnded;
pub use room::{LogFull, LogHasRoom};
pub(crate) use sides::Target;
pub(crate) use values::Values;
pub use witnessed::{HubCaught, HubTrusted};

use entry::VERSION;

/// Entries of one query: asked, answered, and on the answering side served.
const ENTRIES_PER_QUERY_MAX: usize = 8;

/// An entry read back, with its place in the log.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// Index in the log.
    pub index: u64,
    /// Leaf hash in hex.
    pub leaf_hash: String,
    /// The entry.
    pub entry: serde_json::Value,
}

/// Why the book cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The journal.
    #[error("own log")]
    Journal(#[from] AuditError),
    /// The index over it.
    #[error("index of own log")]
    Index(#[from] IndexError),
    /// An entry is not readable.
    #[error("entry is not readable")]
    Entry(#[from] serde_json::Error),
    /// The values beside it.
    #[error("values beside the own log")]
    Sides(#[from] SideFault),
    /// What entries left beside their values when they left the log.
    #[error("traces of removed entries")]
    Traces(#[source] std::io::Error),
    /// An erasure may not or cannot be carried out, and trying again changes nothing.
    #[error(transparent)]
    Withheld(#[from] Withheld),
    /// An entry does not say what it measured.
    #[error("an entry does not say what was measured")]
    Measured,
}

/// The agent's log and its index.
#[derive(Debug)]
pub struct Book {
    journal: Journal,
    index: Arc<Index>,
    clock: Arc<dyn Clock>,
    random: SystemRandom,
    /// The latest time written, so that entry times never go back.
    latest: Mutex<OffsetDateTime>,
    /// Values that entries commit to, where they are kept.
    sides: Option<Arc<SideStore>>,
}

impl Book {
    /// Opens or makes the log of `node` under `dir`. Blocks.
    ///
    /// # Errors
    /// The log is damaged, in use, or on a failing disk.
    pub fn open(
        dir: &Path,
        node: &str,
        segment_bytes: u64,
        queue_max: usize,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BookError> {
        let mut config = JournalConfig::new(dir, node);
        config.segment_bytes = segment_bytes;
        config.queue_max = queue_max;
        let (journal, _) = Journal::open(&config)?;
        let index = Index::open(&dir.join("index"))?;
        let keys_of = |entry: &[u8], keys: &mut Keys<'_>| keys_of(node, entry, keys);
        index.catch_up(&journal, &keys_of, |_| {})?;
        let latest = Mutex::new(last_time(&journal)?);
        Ok(Self {
            journal,
            index: Arc::new(index),
            clock,
            random: SystemRandom::new(),
            latest,
            sides: None,
        })
    }

    /// Writes an entry; it is durable when this returns.
    ///
    /// # Errors
    /// The log cannot write.
    pub async fn write(&self, entry: Entry) -> Result<Receipt, BookError> {
        let entered = {
            // Held until the entry has its place: nobody else's time comes in between.
            let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            *latest = self.clock.now().max(*latest);
            let owed = entry.is_owed();
            let sheet = Sheet {
                v: VERSION,
                at: latest.format(&Rfc3339).unwrap_or_default(),
                salt: self.salt(),
                entry,
            };
            let bytes = serde_json::to_vec(&sheet)?;
            if owed {
                self.journal.begin_owed(bytes)?
            } else {
                self.journal.begin(bytes)?
            }
        };
        Ok(entered.durable().await?)
    }

    /// Brings the index up to the journal's end.
    fn catch_up(&self) -> Result<(), BookError> {
        let own = self.journal.origin();
        let keys_of = |entry: &[u8], keys: &mut Keys<'_>| keys_of(own, entry, keys);
        self.index.catch_up(&self.journal, &keys_of, |_| {})?;
        Ok(())
    }

    /// The entries of one query, oldest first. Blocks.
    ///
    /// # Errors
    /// The log or its index cannot be read.
    pub fn evidence(&self, query: &str) -> Result<Vec<Page>, BookError> {
        let mut pages = Vec::new();
        for index in self.entries_of(query)? {
            let bytes = self.journal.read(index)?;
            let leaf_hash = audit::leaf_hash(&bytes).to_string();
            pages.push(Page {
                index,
                leaf_hash,
                entry: serde_json::from_slice(&bytes)?,
            });
        }
        Ok(pages)
    }

    /// The journal under the book.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Where the entries of one query are. Blocks.
    fn entries_of(&self, query: &str) -> Result<Vec<u64>, BookError> {
        self.catch_up()?;
        let Some(key) = key(query) else {
            return Ok(Vec::new());
        };
        // An index may know entries that lie in the archive by now.
        let all = self.journal.first()..self.journal.size();
        let found = self
            .index
            .lookup(&key, all, Order::OldestFirst, ENTRIES_PER_QUERY_MAX)?;
        Ok(found)
    }

    /// Name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.journal.origin()
    }

    /// Entries so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.journal.size()
    }

    /// Whether the log takes entries, and the values beside it are kept where they are to be.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        matches!(self.journal.health(), audit::Health::Healthy) && self.is_keeping()
    }

    /// Writes what is left and closes the log. Blocks.
    ///
    /// # Errors
    /// The last write failed.
    pub fn close(&self) -> Result<(), BookError> {
        Ok(self.journal.close()?)
    }

    fn salt(&self) -> String {
        let mut salt = [0_u8; 16];
        if self.random.fill(&mut salt).is_err() {
            tracing::error!("random generator failed");
        }
        data_encoding::HEXLOWER.encode(&salt)
    }
}

/// The time of the last entry; entry times never go back, also over a restart.
fn last_time(journal: &Journal) -> Result<OffsetDateTime, BookError> {
    let Some(last) = journal.size().checked_sub(1) else {
        return Ok(OffsetDateTime::UNIX_EPOCH);
    };
    let sheet: Sheet = serde_json::from_slice(&journal.read(last)?)?;
    Ok(OffsetDateTime::parse(&sheet.at, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH))
}

/// An entry of this book is found by its heading, as one of the hub's is.
fn keys_of(own: &str, bytes: &[u8], keys: &mut Keys<'_>) {
    if let Some(heading) = Heading::read(bytes) {
        heading.each_key(own, |key| keys.add(key));
    }
}

fn key(query: &str) -> Option<IndexKey> {
    if is_query_id(query) {
        IndexKey::new(format!("query:{query}"))
    } else {
        None
    }
}

/// Whether the hub's text can be a query id: short and visible, so that it may stand in the log.
pub(crate) fn is_query_id(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
pub(crate) mod tests;
