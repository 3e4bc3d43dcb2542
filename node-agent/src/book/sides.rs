//! Values beside the agent's log: kept before the entry that commits to them, erased by officers'
//! request or when their time is over, each time on record. The order is that of `audit::side`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use audit::Receipt;
use audit::side::{Head, Kept, Place, Plan, RowKind, SideFault, SideKey, SideStore, Sides};
use policies::BEIJING;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::Deserialize;
use time::{Date, Duration, Month, OffsetDateTime};

use super::chosen::Chosen;
use super::holds::Holds;
use super::values::Values;
use super::{Book, BookError, Entry, Erased, Sheet};

/// Most records of one erasure: its entry lists them, and an entry has 16 KiB.
pub(crate) const ERASED_AT_ONCE_MAX: usize = 1_000;
/// Most volumes of one erasure, for the same reason; the others follow within the hour.
const VOLUMES_AT_ONCE_MAX: usize = 500;
/// Records of the last volume that a crash can have left without their entries: as many as could
/// wait for the disk.
const ORPHANS_MAX: usize = 65_536;
/// The entry of a record comes within so many entries of it: as many as could wait.
pub(super) const ENTRY_WITHIN: u64 = 65_536;

/// Which entries' values are to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// All of one question.
    Query(String),
    /// Of one entry.
    Index(u64),
    /// Of every entry about the subject of this one.
    SubjectOf(u64),
}

/// The part of an entry that tells what it commits to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Committed {
    kind: String,
    plan: String,
    body: String,
    sides: Option<Sides>,
}

impl Book {
    /// Keeps values beside the log in `dir` from now on. Finishes an erasure that is on record,
    /// forgets one that is not, and blots out records that no entry names. Blocks.
    ///
    /// # Errors
    /// The store or the log cannot be read.
    pub fn keeping(mut self, dir: &Path, key: SideKey) -> Result<Self, BookError> {
        let store = SideStore::open(dir, self.journal.origin(), key)?;
        self.finish_erasure(&store)?;
        self.blot_orphans(&store)?;
        self.forget_traces()?;
        self.sides = Some(Arc::new(store));
        Ok(self)
    }

    /// Whether values can still be kept, where they are to be.
    #[must_use]
    pub(super) fn is_keeping(&self) -> bool {
        self.sides.as_ref().is_none_or(|store| store.is_keeping())
    }

    /// Writes an entry that commits to values; first the values, so that no entry is without them.
    ///
    /// What is owed is written without them where they cannot be kept, and says so.
    ///
    /// # Errors
    /// One of the two cannot be written.
    pub(crate) async fn write_beside(
        &self,
        values: Option<Values>,
        entry: impl FnOnce(Option<Sides>) -> Entry + Send,
    ) -> Result<Receipt, BookError> {
        let (Some(store), Some(values)) = (self.sides.clone(), values) else {
            return self.write(entry(None)).await;
        };
        let day = self.clock.now().to_offset(BEIJING).date();
        let place = (month_of(day), self.journal.size());
        let keep = move || {
            let Values { group, fields } = values;
            store.keep(place, &group, fields, &SystemRandom::new())
        };
        let kept = tokio::task::spawn_blocking(keep).await;
        let kept: Result<Kept, SideFault> = kept.unwrap_or(Err(SideFault::Stopped));
        let fault = match kept {
            Ok(kept) => return self.write(entry(Some(kept.into()))).await,
            Err(fault) => fault,
        };
        let owed = entry(None);
        if !owed.is_owed() {
            return Err(fault.into());
        }
        tracing::error!(%fault, "an entry is owed and its values cannot be kept");
        self.write(owed.without_values()).await
    }

    /// Erases the values of a target, of entries no later than `until`; the entries say why. Gives
    /// how many records went: none where all were gone before.
    ///
    /// # Errors
    /// It is withheld ([`super::Withheld`]); the log or the store fails; what is on record is
    /// finished at the next start.
    pub(crate) async fn erase(
        self: &Arc<Self>,
        target: &Target,
        until: OffsetDateTime,
        because: &Erased,
        holds: &Arc<Holds>,
    ) -> Result<u64, BookError> {
        let Some(store) = self.sides.clone() else {
            return Ok(0);
        };
        let (book, from, target) = (Arc::clone(self), Arc::clone(&store), target.clone());
        let find = move || book.meant(&from, &target);
        let meant = tokio::task::spawn_blocking(find).await;
        let meant = meant.map_err(|_| SideFault::Stopped)??;
        let mut erased = 0;
        loop {
            let (book, from, meant) = (Arc::clone(self), Arc::clone(&store), meant.clone());
            let holds = Arc::clone(holds);
            let plan = move || book.planned(&from, &meant, until, &holds);
            let planned = tokio::task::spawn_blocking(plan).await;
            let Chosen {
                places,
                indexes,
                unplaced,
            } = planned.map_err(|_| SideFault::Stopped)??;
            if places.is_empty() {
                return Ok(erased);
            }
            let records = (indexes.len() + unplaced.len()) as u64;
            let said = Erased {
                indexes,
                unplaced,
                records,
                ..because.clone()
            };
            self.destroy(&store, places, said).await?;
            erased += records;
        }
    }

    /// Whether a request with this statement has got on record. Blocks.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(crate) fn has_erased_by(&self, body: &str) -> Result<bool, BookError> {
        for read in self.journal.scan(self.journal.first()) {
            let entry: Committed = serde_json::from_slice(&read?.1)?;
            if entry.kind == "erased" && entry.body == body {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Erases every volume whose month ended more than `keep_days` ago and of which no record is
    /// held.
    ///
    /// # Errors
    /// As [`Book::erase`].
    pub(crate) async fn erase_expired(
        self: &Arc<Self>,
        keep_days: u64,
        holds: &Arc<Holds>,
    ) -> Result<u64, BookError> {
        let Some(store) = self.sides.clone() else {
            return Ok(0);
        };
        let today = self.clock.now().to_offset(BEIJING).date();
        let kept = Duration::days(i64::try_from(keep_days).unwrap_or(i64::MAX / 86_400));
        let last = today.checked_sub(kept).unwrap_or(Date::MIN);
        let (book, from, holds) = (Arc::clone(self), Arc::clone(&store), Arc::clone(holds));
        // Every head of years of values is read.
        let find = move || book.expired(&from, last, &holds);
        let found = tokio::task::spawn_blocking(find).await;
        let (volumes, records) = found.map_err(|_| SideFault::Stopped)??;
        if volumes.is_empty() {
            return Ok(0);
        }
        let places = volumes.iter().cloned().map(Place::Volume).collect();
        let said = Erased {
            because: "retention".to_owned(),
            volumes,
            records,
            ..Erased::default()
        };
        self.destroy(&store, places, said).await?;
        let book = Arc::clone(self);
        let forgotten = tokio::task::spawn_blocking(move || book.forget_traces()).await;
        forgotten.map_err(|_| SideFault::Stopped)??;
        Ok(records)
    }

    /// Volumes whose month ended before `last`, and how many records they have.
    fn expired(
        &self,
        store: &SideStore,
        last: Date,
        holds: &Holds,
    ) -> Result<(Vec<String>, u64), BookError> {
        let (mut volumes, mut records) = (Vec::new(), 0);
        for volume in store.volumes()? {
            if volumes.len() == VOLUMES_AT_ONCE_MAX {
                break;
            }
            if end_of(&volume).is_none_or(|end| end >= last) {
                continue;
            }
            let heads = store.heads(&volume)?;
            if let Some(hold) = self.held_in(&heads, holds)? {
                tracing::info!(volume, hold, "values past their time stay for a hold");
                continue;
            }
            let there = heads.iter().filter(|head| head.kind == RowKind::Record);
            records += there.count() as u64;
            volumes.push(volume);
        }
        Ok((volumes, records))
    }

    /// Plan, entry, bytes, in this order.
    async fn destroy(
        &self,
        store: &Arc<SideStore>,
        places: Vec<Place>,
        mut said: Erased,
    ) -> Result<(), BookError> {
        let mut id = [0; 16];
        self.random.fill(&mut id).map_err(|_| SideFault::NoRandom)?;
        let plan = Plan {
            id: data_encoding::HEXLOWER.encode(&id),
            after: self.journal.size(),
            places,
        };
        said.plan.clone_from(&plan.id);
        let (intending, intended) = (Arc::clone(store), plan.clone());
        let done = tokio::task::spawn_blocking(move || intending.intend(&intended)).await;
        done.map_err(|_| SideFault::Stopped)??;
        // On record: from here on it is carried out, by the next start if not by this one.
        self.write(Entry::Erased(Box::new(said))).await?;
        let store = Arc::clone(store);
        let done = tokio::task::spawn_blocking(move || store.carry_out(&plan)).await;
        Ok(done.map_err(|_| SideFault::Stopped)??)
    }

    fn finish_erasure(&self, store: &SideStore) -> Result<(), BookError> {
        let Some(plan) = store.intended()? else {
            return Ok(());
        };
        let first = self.journal.first();
        for read in self.journal.scan(plan.after.max(first)) {
            let (_, bytes) = read?;
            let entry: Committed = serde_json::from_slice(&bytes)?;
            if entry.kind == "erased" && entry.plan == plan.id {
                tracing::info!("an erasure that is on record is finished");
                return Ok(store.carry_out(&plan)?);
            }
        }
        if plan.after < first {
            // Only an erasure that somebody may order has a plan, and its entry may be removed.
            tracing::warn!("an erasure is finished whose entry may have left the log");
            return Ok(store.carry_out(&plan)?);
        }
        tracing::warn!("an erasure that did not get on record is forgotten: nothing was erased");
        Ok(store.forget()?)
    }

    /// Records of the last run that no entry names: their answers never left.
    fn blot_orphans(&self, store: &SideStore) -> Result<(), BookError> {
        let Some(last) = store.volumes()?.pop() else {
            return Ok(());
        };
        let heads = store.heads(&last)?;
        // What may have had its entry removed is no orphan.
        let first = self.journal.first();
        let is_looked_at = |head: &&Head| head.kind == RowKind::Record && head.after >= first;
        let latest = heads.iter().filter(is_looked_at);
        let latest: Vec<&Head> = latest.rev().take(ORPHANS_MAX).collect();
        let Some(from) = latest.iter().map(|head| head.after).min() else {
            return Ok(());
        };
        let mut named = BTreeSet::new();
        for read in self.journal.scan(from) {
            let (_, bytes) = read?;
            let entry: Committed = serde_json::from_slice(&bytes)?;
            named.extend(entry.sides.map(|sides| sides.record));
        }
        let orphans = latest
            .into_iter()
            .filter(|head| !named.contains(&head.record));
        let places: Vec<Place> = orphans.map(place).collect();
        if places.is_empty() {
            return Ok(());
        }
        tracing::info!(
            records = places.len(),
            "values without an entry are destroyed"
        );
        let plan = Plan {
            id: "orphans".to_owned(),
            after: self.journal.size(),
            places,
        };
        Ok(store.carry_out(&plan)?)
    }
}

pub(super) fn place(head: &Head) -> Place {
    Place::Row {
        volume: head.volume.clone(),
        offset: head.offset,
        length: head.length,
    }
}

fn month_of(day: Date) -> u32 {
    let year = u32::try_from(day.year()).unwrap_or_default();
    year * 100 + u32::from(u8::from(day.month()))
}

/// The last day of a volume's month.
fn end_of(volume: &str) -> Option<Date> {
    let (month, _) = volume.split_once('-')?;
    let month: u32 = month.parse().ok()?;
    let of_year = u8::try_from(month % 100).ok()?;
    let of_year = Month::try_from(of_year).ok()?;
    let year = i32::try_from(month / 100).ok()?;
    Date::from_calendar_date(year, of_year, of_year.length(year)).ok()
}

impl Sheet {
    /// What the entry commits to, if it does.
    #[must_use]
    pub fn sides(&self) -> Option<&Sides> {
        match &self.entry {
            Entry::Answered(answered) => answered.sides.as_ref(),
            Entry::Served(served) => served.sides.as_ref(),
            _ => None,
        }
    }
}
