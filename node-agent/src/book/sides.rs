//! Values beside the agent's log: kept before the entry that commits to them, erased by officers'
//! request or when their time is over, each time on record. The order is that of `audit::side`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use audit::Receipt;
use audit::side::{Head, Place, Plan, RowKind, SideFault, SideKey, SideStore, Sides};
use policies::BEIJING;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Month, OffsetDateTime};

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
const ENTRY_WITHIN: u64 = 65_536;

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
    at: String,
    kind: String,
    plan: String,
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
        let kept = kept.map_err(|_| SideFault::Stopped)??;
        self.write(entry(Some(kept.into()))).await
    }

    /// Erases the values of a target, of entries no later than `until`; the entries say why. Gives
    /// how many records went: none where all were gone before.
    ///
    /// # Errors
    /// The log or the store fails; what is on record is finished at the next start.
    pub(crate) async fn erase(
        self: &Arc<Self>,
        target: &Target,
        until: OffsetDateTime,
        because: &Erased,
    ) -> Result<u64, BookError> {
        let Some(store) = self.sides.clone() else {
            return Ok(0);
        };
        let mut erased = 0;
        loop {
            let (book, from, target) = (Arc::clone(self), Arc::clone(&store), target.clone());
            let plan = move || book.planned(&from, &target, until);
            let planned = tokio::task::spawn_blocking(plan).await;
            let (places, indexes) = planned.map_err(|_| SideFault::Stopped)??;
            if indexes.is_empty() {
                return Ok(erased);
            }
            let records = indexes.len() as u64;
            let said = Erased {
                indexes,
                records,
                ..because.clone()
            };
            self.destroy(&store, places, said).await?;
            erased += records;
        }
    }

    /// Erases every volume whose month ended more than `keep_days` ago.
    ///
    /// # Errors
    /// As [`Book::erase`].
    pub(crate) async fn erase_expired(&self, keep_days: u64) -> Result<u64, BookError> {
        let Some(store) = self.sides.clone() else {
            return Ok(0);
        };
        let today = self.clock.now().to_offset(BEIJING).date();
        let kept = Duration::days(i64::try_from(keep_days).unwrap_or(i64::MAX / 86_400));
        let is_over = |volume: &String| {
            end_of(volume).is_some_and(|end| end.checked_add(kept).is_some_and(|day| day < today))
        };
        let over = store.volumes()?.into_iter().filter(is_over);
        let volumes: Vec<String> = over.take(VOLUMES_AT_ONCE_MAX).collect();
        if volumes.is_empty() {
            return Ok(0);
        }
        let mut records = 0;
        for volume in &volumes {
            let heads = store.heads(volume)?;
            let there = heads.iter().filter(|head| head.kind == RowKind::Record);
            records += there.count() as u64;
        }
        let places = volumes.iter().cloned().map(Place::Volume).collect();
        let said = Erased {
            because: "retention".to_owned(),
            volumes,
            records,
            ..Erased::default()
        };
        self.destroy(&store, places, said).await?;
        Ok(records)
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

    /// Rows of a target and the entries whose values they are. A group's key goes with the last
    /// record that it opens.
    pub(super) fn planned(
        &self,
        store: &SideStore,
        target: &Target,
        until: OffsetDateTime,
    ) -> Result<(Vec<Place>, Vec<u64>), BookError> {
        // Nothing is added any more to what is looked at now.
        store.rest()?;
        let mut heads = Vec::new();
        for volume in store.volumes()? {
            heads.extend(store.heads(&volume)?);
        }
        let mut chosen: Vec<(&Head, u64)> = Vec::new();
        for head in self.meant(&heads, target)? {
            let Some((index, entry)) = self.entry_of(head)? else {
                continue;
            };
            let at = OffsetDateTime::parse(&entry.at, &Rfc3339);
            if at.is_ok_and(|at| at <= until) {
                chosen.push((head, index));
            }
            if chosen.len() == ERASED_AT_ONCE_MAX {
                break;
            }
        }
        let gone: BTreeSet<&str> = chosen
            .iter()
            .map(|(head, _)| head.record.as_str())
            .collect();
        let stays = |key: &Head| {
            heads.iter().any(|other| {
                other.kind == RowKind::Record
                    && (&other.volume, other.group) == (&key.volume, key.group)
                    && !gone.contains(other.record.as_str())
            })
        };
        let concerned = |key: &Head| {
            let of = |head: &Head| (&head.volume, head.group) == (&key.volume, key.group);
            chosen.iter().any(|(head, _)| of(head))
        };
        let keys = heads
            .iter()
            .filter(|head| head.kind == RowKind::Key && concerned(head) && !stays(head));
        // The keys first: with them gone, nothing of the records opens any more.
        let rows = keys.chain(chosen.iter().map(|(head, _)| *head));
        let mut places: Vec<Place> = rows.map(place).collect();
        places.sort_by_key(|place| match place {
            Place::Row { volume, .. } | Place::Volume(volume) => volume.clone(),
        });
        let mut indexes: Vec<u64> = chosen.iter().map(|(_, index)| *index).collect();
        indexes.sort_unstable();
        Ok((places, indexes))
    }

    /// The records that a target means, whenever their entries were written.
    fn meant<'h>(&self, heads: &'h [Head], target: &Target) -> Result<Vec<&'h Head>, BookError> {
        let records = heads.iter().filter(|head| head.kind == RowKind::Record);
        let entries = match target {
            Target::Query(query) => self.entries_of(query)?,
            Target::Index(index) | Target::SubjectOf(index) => vec![*index],
        };
        let mut named = BTreeSet::new();
        for index in entries {
            named.extend(self.record_of(index)?);
        }
        if !matches!(target, Target::SubjectOf(_)) {
            return Ok(records
                .filter(|head| named.contains(&head.record))
                .collect());
        }
        let of = heads.iter().find(|head| named.contains(&head.record));
        let group = of.map(|head| head.group);
        Ok(records.filter(|head| Some(head.group) == group).collect())
    }

    fn record_of(&self, index: u64) -> Result<Option<String>, BookError> {
        if index >= self.journal.size() {
            return Ok(None);
        }
        let entry: Committed = serde_json::from_slice(&self.journal.read(index)?)?;
        Ok(entry.sides.map(|sides| sides.record))
    }

    /// The entry that commits to a record: it comes soon behind it.
    fn entry_of(&self, head: &Head) -> Result<Option<(u64, Committed)>, BookError> {
        let until = head.after.saturating_add(ENTRY_WITHIN);
        for read in self.journal.scan(head.after) {
            let (index, bytes) = read?;
            if index >= until {
                break;
            }
            let entry: Committed = serde_json::from_slice(&bytes)?;
            if entry
                .sides
                .as_ref()
                .is_some_and(|sides| sides.record == head.record)
            {
                return Ok(Some((index, entry)));
            }
        }
        Ok(None)
    }

    fn finish_erasure(&self, store: &SideStore) -> Result<(), BookError> {
        let Some(plan) = store.intended()? else {
            return Ok(());
        };
        for read in self.journal.scan(plan.after) {
            let (_, bytes) = read?;
            let entry: Committed = serde_json::from_slice(&bytes)?;
            if entry.kind == "erased" && entry.plan == plan.id {
                tracing::info!("an erasure that is on record is finished");
                return Ok(store.carry_out(&plan)?);
            }
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
        let latest = heads.iter().filter(|head| head.kind == RowKind::Record);
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

fn place(head: &Head) -> Place {
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
