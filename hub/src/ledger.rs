//! The hub's book: opens an entry before any node is asked, seals it before the answer leaves,
//! records refusals.
//!
//! Only a sealed draft becomes an [`Answer`]. If the journal cannot write, nothing here succeeds,
//! and so nothing is asked or answered.

mod breaker_book;
pub mod entry;
pub mod fold;
mod keys;
mod overdue;
mod restore;
pub mod room;
pub mod succession;
mod watch;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use audit::{Appending, AuditError, Index, Journal, Receipt, Room};
use policies::SubjectTag;
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::digests::Digests;
use wire::{Clock, Random, RefusalCode, SystemRandom, v1};

use entry::{Abandoned, Decision, Entry, Folded, Outcome, Refused, Sheet, VERSION};
use fold::Fold;
use overdue::Overdue;
use watch::Watch;

pub use breaker_book::BreakerBook;
pub use keys::keys_of;
pub use restore::{RestoreError, Restored, restore};

/// Refusals of one caller and code that are kept in full within a minute: more than a counter's
/// people cause, and few enough that a caller who is let in cannot fill the log with them.
pub const IN_FULL: u64 = 60;

/// Entries the index takes in one go while it follows the journal.
const INDEX_PAUSE: std::time::Duration = std::time::Duration::from_millis(500);

/// The hub's book.
#[derive(Debug)]
pub struct Ledger {
    journal: Journal,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    pseudonym_key: ring::hmac::Key,
    /// Touched by whoever records a refusal.
    fold: Mutex<Fold>,
    overdue: Overdue,
    /// Entries that the index has; it follows the journal.
    indexed: AtomicU64,
    watch: Watch,
    started: Instant,
    tasks: TaskTracker,
}

/// An answer that is on record; only [`OpenEntry::seal`] makes one.
#[derive(Debug)]
pub struct Answer(v1::Answer);

impl Answer {
    /// The answer as it travels.
    #[must_use]
    pub fn into_wire(self) -> v1::Answer {
        self.0
    }
}

/// What will become an answer once it is on record.
#[derive(Debug)]
pub struct Draft {
    /// What each node gave, trimmed.
    pub nodes: Vec<v1::NodeAnswer>,
    /// The same in counts.
    pub outcomes: Vec<entry::NodeOutcome>,
    /// Whether the caller hung up before.
    pub cancelled: bool,
}

impl Draft {
    /// Says of each class, as it is about to leave, by which digest it is known again.
    pub fn digest(&mut self, digests: &Digests) {
        for (node, outcome) in self.nodes.iter().zip(&mut self.outcomes) {
            for (reply, counted) in node.classes.iter().zip(&mut outcome.classes) {
                counted.digest = digests.class(reply);
            }
        }
    }
}

/// A decision on record that still owes its outcome.
#[derive(Debug)]
pub struct OpenEntry {
    ledger: Arc<Ledger>,
    query: String,
    trace: String,
    decision: Receipt,
    opened: Instant,
    sealed: bool,
}

impl Ledger {
    /// A book over an open journal.
    #[must_use]
    pub fn new(
        journal: Journal,
        clock: Arc<dyn Clock>,
        pseudonym_key: &[u8; 32],
        latest: OffsetDateTime,
        tasks: TaskTracker,
    ) -> Arc<Self> {
        let random = Arc::new(SystemRandom);
        Self::drawing(random, journal, clock, pseudonym_key, latest, tasks)
    }

    /// As [`Ledger::new`], with ids and salts from `random`.
    #[must_use]
    pub fn drawing(
        random: Arc<dyn Random>,
        journal: Journal,
        clock: Arc<dyn Clock>,
        pseudonym_key: &[u8; 32],
        latest: OffsetDateTime,
        tasks: TaskTracker,
    ) -> Arc<Self> {
        Arc::new(Self {
            journal,
            clock,
            random,
            pseudonym_key: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, pseudonym_key),
            fold: Mutex::default(),
            overdue: Overdue::default(),
            indexed: AtomicU64::default(),
            watch: Watch::new(latest),
            started: Instant::now(),
            tasks,
        })
    }

    /// The pseudonym of a subject in this log. Reversing it takes the agents' key and the hub's.
    #[must_use]
    pub fn pseudonym(&self, tag: &SubjectTag) -> String {
        let pseudonym = ring::hmac::sign(&self.pseudonym_key, tag.as_bytes());
        data_encoding::HEXLOWER.encode(pseudonym.as_ref())
    }

    /// Puts a decision on record. After this returns the decision survives a crash, and a node may
    /// be asked.
    ///
    /// # Errors
    /// The journal cannot write; then no node may be asked.
    pub async fn open(self: &Arc<Self>, decision: Decision) -> Result<OpenEntry, RefusalCode> {
        let (query, trace) = (decision.query.clone(), decision.trace.clone());
        let opened = Instant::now();
        let receipt = self
            .note(Entry::Decision(Box::new(decision)))
            .await
            .map_err(unavailable)?;
        self.overdue.opened(receipt.index, opened);
        Ok(OpenEntry {
            ledger: Arc::clone(self),
            query,
            trace,
            decision: receipt,
            opened,
            sealed: false,
        })
    }

    /// Puts a refusal on record; `None` when it was folded into a count.
    ///
    /// # Errors
    /// The journal cannot write.
    pub async fn refuse(
        &self,
        code: RefusalCode,
        refused: Refused,
    ) -> Result<Option<Receipt>, AuditError> {
        let in_full = if is_foldable(code) { 1 } else { IN_FULL };
        if !self.is_kept(&refused.who.node, code, in_full) {
            return Ok(None);
        }
        self.note(Entry::Refusal(Box::new(refused))).await.map(Some)
    }

    /// Puts a refused connection on record, folded by code; peers are unproven and may be many.
    ///
    /// # Errors
    /// The journal cannot write.
    pub async fn refuse_connection(
        &self,
        code: RefusalCode,
        refused: entry::ConnectionRefused,
    ) -> Result<(), AuditError> {
        let who = format!("unproven {}", refused.serial);
        if self.is_kept(&who, code, 1) {
            self.note(Entry::ConnectionRefused(refused)).await?;
        }
        Ok(())
    }

    /// Puts a refused act on record; what somebody without a name of ours can cause is folded.
    ///
    /// # Errors
    /// The journal cannot write.
    pub async fn refuse_act(
        &self,
        code: RefusalCode,
        refused: entry::ActRefused,
    ) -> Result<(), AuditError> {
        let is_anybodys = matches!(code, RefusalCode::StaffUnknown | RefusalCode::LimitHub);
        let who = format!("staff {}", refused.staff);
        let in_full = if is_anybodys { 1 } else { IN_FULL };
        if !self.is_kept(&who, code, in_full) {
            return Ok(());
        }
        self.note(Entry::ActRefused(refused)).await.map(|_| ())
    }

    /// Puts any other entry on record.
    ///
    /// # Errors
    /// The journal cannot write.
    pub async fn note(&self, entry: Entry) -> Result<Receipt, AuditError> {
        let entered = self.watch.in_order(self.clock.as_ref(), |at, went_back| {
            let owed = entry.is_owed();
            if let Some(went_back) = went_back {
                // If it cannot be written, neither can what follows it.
                drop(self.enter(at, Entry::ClockWentBack(went_back), owed)?);
            }
            self.enter(at, entry, owed)
        });
        if entered.is_err() {
            self.watch.tell_again();
        }
        entered?.durable().await
    }

    fn enter(&self, at: &str, entry: Entry, owed: bool) -> Result<Appending, AuditError> {
        let sheet = Sheet {
            v: VERSION,
            at: at.to_owned(),
            salt: self.salt(),
            entry,
        };
        let bytes = sheet.encode().map_err(|_| AuditError::Closed)?;
        if owed {
            self.journal.begin_owed(bytes)
        } else {
            self.journal.begin(bytes)
        }
    }

    /// Ends the fold windows that are over and records their counts.
    ///
    /// # Errors
    /// The journal cannot write.
    pub async fn close_folds(&self, all: bool) -> Result<(), AuditError> {
        if !all && self.journal.room() == Room::Full {
            // The counts wait: the reserve is for what is owed.
            return Ok(());
        }
        let counts = {
            let mut fold = self.fold.lock().unwrap_or_else(PoisonError::into_inner);
            if all {
                fold.close_all()
            } else {
                fold.close(self.started.elapsed())
            }
        };
        for (who, code, count) in counts {
            self.note(Entry::RefusalsFolded(Folded {
                code: code.to_string(),
                who,
                count,
            }))
            .await?;
        }
        Ok(())
    }

    /// The journal under the book.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// A fresh query id: time in milliseconds and 80 random bits, in hex.
    #[must_use]
    pub fn query_id(&self) -> String {
        let millis = self.clock.now().unix_timestamp_nanos() / 1_000_000;
        let mut random = [0_u8; 10];
        self.fill(&mut random);
        format!("{millis:012x}{}", data_encoding::HEXLOWER.encode(&random))
    }

    /// Follows the journal with the search index until told to stop. Losing the index loses
    /// nothing.
    pub async fn follow(self: Arc<Self>, index: Arc<Index>, stop: CancellationToken) {
        let mut pause = tokio::time::interval(INDEX_PAUSE);
        pause.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = pause.tick() => {}
                () = stop.cancelled() => return,
            }
            let journal = self.journal.clone();
            let follower = Arc::clone(&index);
            let caught_up =
                tokio::task::spawn_blocking(move || follower.catch_up(&journal, &keys_of, |_| {}))
                    .await;
            if let Ok(upto) = index.indexed_upto() {
                self.indexed.store(upto, Ordering::Relaxed);
            }
            if !matches!(caught_up, Ok(Ok(_))) {
                tracing::warn!(
                    "search index cannot follow the journal; it is rebuilt at next start"
                );
            }
        }
    }

    /// Entries that can be searched.
    #[must_use]
    pub fn indexed(&self) -> u64 {
        self.indexed.load(Ordering::Relaxed)
    }

    /// Decisions open longer than any question may take, and those closed without an outcome since
    /// this was last asked.
    #[must_use]
    pub fn owed(&self) -> (u64, u64) {
        (
            self.overdue.count(Instant::now()),
            self.overdue.take_abandoned(),
        )
    }

    /// Puts on record that a decision of an earlier run was closed without an outcome.
    ///
    /// # Errors
    /// The journal cannot write.
    pub async fn abandon(&self, abandoned: Abandoned) -> Result<(), AuditError> {
        let decision = abandoned.decision;
        self.note(Entry::Abandoned(abandoned)).await?;
        self.overdue.abandoned(decision);
        Ok(())
    }

    fn is_kept(&self, who: &str, code: RefusalCode, in_full: u64) -> bool {
        let now = self.started.elapsed();
        self.fold
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_kept((who, code), in_full, now)
    }

    fn salt(&self) -> String {
        let mut salt = [0_u8; 16];
        self.fill(&mut salt);
        data_encoding::HEXLOWER.encode(&salt)
    }

    fn fill(&self, bytes: &mut [u8]) {
        if self.random.fill(bytes).is_err() {
            // The kernel's generator cannot fail once it has started; should it, ids and salts lose
            // their randomness, but no decision depends on them.
            tracing::error!("random generator failed");
        }
    }
}

impl OpenEntry {
    /// Puts the outcome on record and only then makes the answer.
    ///
    /// # Errors
    /// The journal cannot write; then there is no answer.
    pub async fn seal(mut self, draft: Draft) -> Result<Answer, RefusalCode> {
        let outcome = Outcome {
            query: self.query.clone(),
            decision: self.decision.index,
            trace: self.trace.clone(),
            nodes: draft.outcomes,
            cancelled: draft.cancelled,
            elapsed_ms: u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        let sealed = self
            .ledger
            .note(Entry::Outcome(outcome))
            .await
            .map_err(unavailable)?;
        self.sealed = true;
        self.ledger.overdue.sealed(self.decision.index);
        Ok(Answer(v1::Answer {
            query_id: self.query.clone(),
            nodes: draft.nodes,
            decision: Some(receipt_to_wire(&self.decision)),
            outcome: Some(receipt_to_wire(&sealed)),
        }))
    }
}

impl Drop for OpenEntry {
    fn drop(&mut self) {
        if self.sealed {
            return;
        }
        let abandoned = Abandoned {
            query: self.query.clone(),
            decision: self.decision.index,
            because: "dropped".to_owned(),
        };
        let ledger = Arc::clone(&self.ledger);
        self.ledger.tasks.spawn(async move {
            // If this fails too, the next start finds the open decision and closes it the same way.
            let _ = ledger.abandon(abandoned).await;
        });
    }
}

/// The receipt as it travels.
#[must_use]
pub fn receipt_to_wire(receipt: &Receipt) -> v1::Receipt {
    v1::Receipt {
        log: receipt.log.clone(),
        index: receipt.index,
        leaf_hash: receipt.leaf_hash.bytes().to_vec(),
    }
}

fn unavailable(error: AuditError) -> RefusalCode {
    tracing::error!(%error, "audit log cannot be written");
    RefusalCode::AuditUnavailable
}

/// Refusals that a peer can cause at will, before any quota or by running into one, and that say
/// nothing new one by one.
fn is_foldable(code: RefusalCode) -> bool {
    let is_before_quota = matches!(
        code,
        RefusalCode::CallerUnknown
            | RefusalCode::CallerNotNode
            | RefusalCode::AttachCatalog
            | RefusalCode::AttachMalformed
            | RefusalCode::AuditForked
            | RefusalCode::AuditUnchecked
    );
    is_before_quota || code.turn() == wire::Turn::Capacity
}
#[cfg(test)]
mod tests;
