//! What stands out in how the centers' staff use queries, and what is done about it.
//!
//! START HERE: `follow`. Behind the journal, never on a question's path, it counts
//! ([`Tally`]), holds what was counted against the rules (`judge`), and puts what stands out on
//! record. An alert exists once its entry is durable; where it stands is what the entries say.

pub mod book;
pub mod found;
pub mod judge;
mod reload;
pub mod ruled;
pub mod rules;
pub mod said;
mod steps;
pub mod usual;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use arc_swap::ArcSwap;
use audit::{AuditError, Journal};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Mutex;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use wire::Heading;

use crate::broker::Broker;
use crate::ledger::entry::{AlertRaised, Entry, Sheet};
use crate::tally::{Hour, Tally};
use book::Book;
use found::Found;
use judge::{Due, judge};
use rules::AlertRules;

pub(crate) use reload::{AlertRulesWatch, watch_alert_rules};
pub use steps::{StepWanted, TEXT_CHARS_MAX};

/// How often new entries are counted.
const PAUSE: Duration = Duration::from_millis(500);
/// Entries counted under one lock, so that a page waits for milliseconds at the most.
const BATCH: usize = 2_000;
/// Hours that are looked at again after a start: what ended while the hub was down.
const LOOKED_BACK_HOURS: u32 = 24;

/// The counts, the rules and the alerts.
#[derive(Debug)]
pub struct Alerts {
    rules: ArcSwap<AlertRules>,
    tally: RwLock<Tally>,
    /// Held while a step goes on record, so that steps are in the log in the order in which they
    /// hold.
    book: Mutex<Book>,
    /// Entries of which the book has those about alerts.
    booked: AtomicU64,
    /// Entries that were counted when everything that stood out was on record.
    judged: AtomicU64,
    /// Whether the log was read to its end once: the book is whole from then on.
    is_whole: AtomicBool,
    /// Whether the rules that the hub began with are those that the log has.
    is_ruled: AtomicBool,
    /// Whether the counts reach the log's end; not so while all is counted anew.
    is_counted: AtomicBool,
}

impl Alerts {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(rules: AlertRules, flows: &policies::FlowBook) -> Self {
        let tally = Tally::new(rules.measure(flows));
        Self {
            rules: ArcSwap::from_pointee(rules),
            tally: RwLock::new(tally),
            book: Mutex::default(),
            booked: AtomicU64::new(0),
            judged: AtomicU64::new(0),
            is_whole: AtomicBool::new(false),
            is_ruled: AtomicBool::new(false),
            is_counted: AtomicBool::new(false),
        }
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> Arc<AlertRules> {
        self.rules.load_full()
    }

    /// The rules to begin with, or changed ones that are on record.
    pub(crate) fn use_rules(&self, rules: AlertRules) {
        self.rules.store(Arc::new(rules));
    }

    /// What was counted; to be read where blocking is allowed.
    pub fn tally(&self) -> RwLockReadGuard<'_, Tally> {
        self.tally.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The alerts.
    pub async fn book(&self) -> tokio::sync::MutexGuard<'_, Book> {
        self.book.lock().await
    }

    /// Whether the log was read to its end; before, the list of alerts is not whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole.load(Ordering::Acquire)
    }

    /// Whether the counts are whole. They are not after a start, nor while they are made anew
    /// since office hours, the calendar or what flows are for changed.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.is_counted.load(Ordering::Acquire)
    }

    /// Counts what is new. Gives the entries about alerts among it, also those before a fault.
    /// Blocks.
    fn count(
        &self,
        journal: &Journal,
        flows: &policies::FlowBook,
    ) -> (Fed, Result<(), AuditError>) {
        let measure = self.rules().measure(flows);
        // What was counted and never entered in the book, for whatever reason, is read again.
        let booked = self.booked.load(Ordering::Acquire);
        let from = {
            let mut tally = self.tally.write().unwrap_or_else(PoisonError::into_inner);
            if *tally.measure() != measure {
                // Counted by other data it would be another view.
                self.is_counted.store(false, Ordering::Release);
                *tally = Tally::new(measure);
            }
            tally.upto().min(booked).max(journal.first())
        };
        self.count_each(booked, journal.scan(from))
    }

    fn count_each(
        &self,
        booked: u64,
        mut scan: impl Iterator<Item = Result<(u64, Vec<u8>), AuditError>>,
    ) -> (Fed, Result<(), AuditError>) {
        let mut fed = Fed::default();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let read = scan.next().transpose();
            let end = match read {
                Ok(Some(entry)) => {
                    batch.push(entry);
                    None
                }
                Ok(None) => Some(Ok(())),
                Err(fault) => Some(Err(fault)),
            };
            if batch.len() < BATCH && end.is_none() {
                continue;
            }
            let mut tally = self.tally.write().unwrap_or_else(PoisonError::into_inner);
            for (index, bytes) in batch.drain(..) {
                tally.take(index, &bytes);
                if index >= booked {
                    fed.about_alert(index, &bytes);
                }
            }
            fed.upto = tally.upto();
            if let Some(end) = end {
                return (fed, end);
            }
        }
    }

    async fn enter(&self, fed: Fed) {
        let mut book = self.book.lock().await;
        for (index, at, entry) in fed.alerts {
            match entry {
                Entry::AlertRaised(raised) => book.raise(index, at, *raised),
                Entry::AlertStep(step) => book.step(index, at, step),
                Entry::AlertRulesChanged(changed) => book.ruled_mut().change(index, at, changed),
                Entry::AlertRulesKept(kept) => book.ruled_mut().keep(index, at, kept),
                _ => {}
            }
        }
        self.booked.fetch_max(fed.upto, Ordering::AcqRel);
    }
}

/// What the book is told of.
const KINDS: [&str; 4] = [
    "alert-raised",
    "alert-step",
    "alert-rules-changed",
    "alert-rules-kept",
];

/// What a pass has read.
#[derive(Debug, Default)]
struct Fed {
    /// Entries that are counted.
    upto: u64,
    alerts: Vec<(u64, OffsetDateTime, Entry)>,
}

impl Fed {
    fn about_alert(&mut self, index: u64, bytes: &[u8]) {
        let heading = Heading::read(bytes);
        let is_one = heading.is_some_and(|heading| KINDS.contains(&&*heading.kind));
        if is_one && let Ok(sheet) = Sheet::decode(bytes) {
            let at = OffsetDateTime::parse(&sheet.at, &Rfc3339);
            let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
            self.alerts.push((index, at, sheet.entry));
        }
    }
}

/// Counts behind the journal, and raises alerts, until told to stop.
pub(crate) async fn follow(broker: Arc<Broker>, end: CancellationToken) {
    let mut pause = tokio::time::interval(PAUSE);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut judged = None;
    loop {
        tokio::select! {
            _ = pause.tick() => {}
            () = end.cancelled() => return,
        }
        pass(&broker, &mut judged).await;
    }
}

/// One pass. `judged` is the last hour that was looked at after its end.
pub async fn pass(broker: &Arc<Broker>, judged: &mut Option<Hour>) {
    let working = Arc::clone(broker);
    let journal = broker.ledger.journal().clone();
    let counted = tokio::task::spawn_blocking(move || {
        let rules = working.rules.current();
        working.alerts.count(&journal, rules.flows())
    });
    let Ok((fed, counted)) = counted.await else {
        return;
    };
    let upto = fed.upto;
    broker.alerts.enter(fed).await;
    if let Err(error) = counted {
        tracing::error!(%error, "how questions are used cannot be counted");
        return;
    }
    if !broker.alerts.is_ruled.load(Ordering::Acquire) {
        let is_ruled = ruled::on_record(broker).await;
        broker.alerts.is_ruled.store(is_ruled, Ordering::Release);
    }
    broker.alerts.is_whole.store(true, Ordering::Release);
    broker.alerts.is_counted.store(true, Ordering::Release);
    let now = Hour::of(broker.clock.now());
    let is_hour_over = *judged != Some(now.before());
    if upto > broker.alerts.judged.load(Ordering::Acquire) || is_hour_over {
        let since = judged.unwrap_or(Hour::numbered(0));
        // What is not on record whole is judged again by the next pass.
        if raise(broker, now, since, is_hour_over).await {
            *judged = Some(now.before());
            broker.alerts.judged.store(upto, Ordering::Release);
        }
    }
    let (counts, since) = {
        let book = broker.alerts.book.lock().await;
        (book.counts(), book.open_since())
    };
    let waits = since.map(|since| broker.clock.now() - since);
    broker.metrics.alerts(&counts, waits.unwrap_or_default());
}

/// Puts on record what stands out; whether all of it is.
async fn raise(broker: &Arc<Broker>, now: Hour, judged: Hour, is_hour_over: bool) -> bool {
    let (working, at) = (Arc::clone(broker), broker.clock.now());
    let known = broker.alerts.book.lock().await.known();
    let found = tokio::task::spawn_blocking(move || {
        let (tally, rules) = (working.alerts.tally(), working.alerts.rules());
        let mut found = Found::beside(known);
        judge(&tally, &rules, Due::AtOnce, (now, at), &mut found);
        if is_hour_over {
            let first = now.number().saturating_sub(LOOKED_BACK_HOURS);
            let first = first.max(judged.after().number());
            for hour in (first..now.number()).map(Hour::numbered) {
                // A day is looked at as a whole once, and so far at its latest hour.
                let is_latest = hour.after() == now || hour.of_day() == 23;
                let due = if is_latest { Due::Ended } else { Due::AtOnce };
                judge(&tally, &rules, due, (hour, at), &mut found);
            }
        }
        found
    });
    let Ok(found) = found.await else { return false };
    let mut is_whole = !found.is_cut();
    for raised in found.into_alerts() {
        is_whole &= raise_one(broker, raised).await;
    }
    is_whole
}

async fn raise_one(broker: &Broker, raised: AlertRaised) -> bool {
    let mut book = broker.alerts.book.lock().await;
    if book.knows(&raised) {
        return true;
    }
    let entry = Entry::AlertRaised(Box::new(raised.clone()));
    match broker.ledger.note(entry).await {
        Ok(receipt) => {
            tracing::warn!(number = receipt.index, rule = raised.rule, "an alert");
            broker.metrics.alert_raised(&raised.rule);
            book.raise(receipt.index, broker.clock.now(), raised);
            true
        }
        Err(_) => {
            tracing::error!("an alert is not on record and raised again: no journal");
            false
        }
    }
}

#[cfg(test)]
mod tests;
