//! The agent's own log: what this center asked and what it answered, so that the hub's word can be
//! checked.
//!
//! The same journal code as the hub's. No identity number, name or value is in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use audit::{
    AuditError, Index, IndexError, IndexKey, Journal, JournalConfig, Keys, Order, Receipt,
};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::keeping::{Archived, HoldChanged, Retention, VolumeExpired};
use wire::limits::NAME_BYTES_MAX;
use wire::{Clock, Heading};

mod approvals;

pub use approvals::{ApprovalAsked, ApprovalShown, Approved};

pub use list_ended::ListEnded;

mod list_ended;
mod measured;

/// Version of the entry format.
const VERSION: u8 = 1;
/// Entries of one query: asked, answered, and on the answering side served.
const ENTRIES_PER_QUERY_MAX: usize = 8;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Format version.
    pub v: u8,
    /// When, RFC 3339 at +08:00.
    pub at: String,
    /// 16 random bytes in hex.
    pub salt: String,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened at this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// A local system opened a case for asking.
    CaseOpened(CaseOpened),
    /// A question waits for a second operator.
    ApprovalAsked(ApprovalAsked),
    /// An officer was given the bytes of a question that waits, to sign them.
    ApprovalShown(ApprovalShown),
    /// An officer approved a question that waited.
    Approved(Approved),
    /// A question was answered to a local system.
    Answered(Box<Answered>),
    /// A question was refused, here or by the hub.
    Refused(Refused),
    /// A list of a local system ended.
    ListEnded(ListEnded),
    /// A question of another node was answered from here.
    Served(Served),
    /// The center's own people looked at raw values.
    OwnerLooked(OwnerLooked),
    /// Changed rules are in force from here on.
    RulesChanged(RulesChanged),
    /// Changed rules are broken; the old ones stay in force.
    RulesKept(RulesKept),
    /// A volume was made and verified.
    Archived(Archived),
    /// Entries are about to leave the folder of the log.
    Retention(Retention),
    /// A volume's entries were removed from the archive.
    VolumeExpired(VolumeExpired),
    /// Officers want something kept.
    HoldSet(HoldChanged),
    /// They do not any more.
    HoldLifted(HoldChanged),
    /// The agent started.
    Started(Started),
}

/// See [`Entry::RulesChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesChanged {
    /// Digest of the set until now.
    pub from: String,
    /// Digest of the set from now on; the same where only vetoes have changed.
    pub to: String,
    /// Digest of the center's own vetoes and Cedar rules until now; empty where it had none.
    #[serde(default)]
    pub vetoes_from: String,
    /// The same from now on.
    #[serde(default)]
    pub vetoes_to: String,
}

/// See [`Entry::RulesKept`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesKept {
    /// Digest of the set that stays.
    pub kept: String,
    /// The first faults, with file and line.
    pub because: String,
}

/// See [`Entry::CaseOpened`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseOpened {
    /// Case number in the center's business system.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Matter.
    pub matter: String,
    /// Who, where, through which system.
    pub operator: String,
    /// See `operator`.
    pub counter: String,
    /// See `operator`.
    pub system: String,
    /// Parties of the case.
    pub parties: usize,
}

/// See [`Entry::Answered`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Of the question, given by the hub.
    pub query: String,
    /// Case number.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asked.
    pub operator: String,
    /// Where.
    pub counter: String,
    /// Through which system.
    pub system: String,
    /// Who approved; empty where the flow needs nobody.
    #[serde(default)]
    pub approver: String,
    /// Items asked for, by class.
    pub items: BTreeMap<String, Vec<String>>,
    /// Items whose values were passed on; the values are in no log.
    #[serde(default)]
    pub gives: Vec<String>,
    /// Centers that the question named, where its flow asks named ones.
    #[serde(default)]
    pub named: Vec<String>,
    /// Verdicts asked for; what they found is in no log.
    #[serde(default)]
    pub verdicts: Vec<String>,
    /// Keyed pseudonym of the subject; empty where nothing was measured.
    #[serde(default)]
    pub subject: String,
    /// Keyed digest of what each verdict was measured by; the limit or span itself is in no log.
    #[serde(default)]
    pub measures: BTreeMap<String, String>,
    /// The lamp of each node.
    pub lamps: BTreeMap<String, String>,
    /// Which rule of its own a node declined by, where one did.
    #[serde(default)]
    pub rules: BTreeMap<String, String>,
    /// Records received.
    pub records: u32,
    /// The hub's receipt for its decision.
    pub decision: Receipt,
    /// The hub's receipt for the outcome.
    pub outcome: Receipt,
}

/// See [`Entry::Refused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Of the question; empty when it never reached the hub.
    pub query: String,
    /// Refusal code.
    pub code: String,
    /// `local`, `hub`, or `guard` for a question of another node that this node refused.
    pub by: String,
    /// Asking node.
    pub node: String,
    /// Case number where one was readable.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asked.
    pub operator: String,
    /// Name of the policy or veto that refused, where the code leaves open which.
    #[serde(default)]
    pub rule: String,
}

/// See [`Entry::Served`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Of the question.
    pub query: String,
    /// Asking node.
    pub node: String,
    /// Case number there.
    pub case_no: String,
    /// Flow.
    pub flow: String,
    /// Who asked there.
    pub operator: String,
    /// Who approved there; empty where the flow needs nobody.
    #[serde(default)]
    pub approver: String,
    /// SHA-256 of the statement by which they approved, in hex; empty where nobody had to.
    #[serde(default)]
    pub approval_statement: String,
    /// The officer's signature over it, in hex.
    #[serde(default)]
    pub approval_signature: String,
    /// Verdicts asked for; what they found is in no log.
    #[serde(default)]
    pub verdicts: Vec<String>,
    /// Keyed pseudonym of the subject; empty where nothing was measured.
    #[serde(default)]
    pub subject: String,
    /// Keyed digest of what each verdict was measured by; the limit or span itself is in no log.
    #[serde(default)]
    pub measures: BTreeMap<String, String>,
    /// By class: outcome and records.
    pub classes: BTreeMap<String, ServedClass>,
}

/// What was given for one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedClass {
    /// Outcome.
    pub outcome: String,
    /// Records given.
    pub records: u32,
    /// Records are held, and none left, since none of the verdicts that the flow asks for holds.
    #[serde(default)]
    pub held_back: bool,
}

/// See [`Entry::OwnerLooked`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerLooked {
    /// `quarantine` or `trace`.
    pub what: String,
    /// The class looked at; empty for all.
    pub class: String,
    /// The case whose party was looked at; empty for the quarantine.
    pub case_no: String,
    /// Who looked, as they named themselves.
    pub operator: String,
}

/// See [`Entry::Started`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Software version.
    pub software: String,
    /// Entries found.
    pub entries: u64,
    /// Digest of the star's rules in force.
    #[serde(default)]
    pub rules: String,
    /// Digest of the center's own vetoes and Cedar rules; empty where it has none.
    #[serde(default)]
    pub vetoes: String,
}

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
            let sheet = Sheet {
                v: VERSION,
                at: latest.format(&Rfc3339).unwrap_or_default(),
                salt: self.salt(),
                entry,
            };
            self.journal.begin(serde_json::to_vec(&sheet)?)?
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
        self.catch_up()?;
        let Some(key) = key(query) else {
            return Ok(Vec::new());
        };
        // An index may know entries that lie in the archive by now.
        let all = self.journal.first()..self.journal.size();
        let found = self
            .index
            .lookup(&key, all, Order::OldestFirst, ENTRIES_PER_QUERY_MAX)?;
        let mut pages = Vec::new();
        for index in found {
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
    pub const fn journal(&self) -> &Journal {
        &self.journal
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

    /// Whether the log takes entries.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        matches!(self.journal.health(), audit::Health::Healthy)
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
