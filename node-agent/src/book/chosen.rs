//! Which values an erasure means: found by their entries, or by what these left beside the values
//! when they left the folder of the log.

use std::collections::{BTreeSet, HashMap};

use audit::side::{Head, Place, RowKind, SideStore};
use time::OffsetDateTime;

use super::holds::Holds;
use super::removed::Trace;
use super::sides::{ENTRY_WITHIN, ERASED_AT_ONCE_MAX, Target, place};
use super::{Book, BookError};

/// Most records of one erasure whose entries nobody knows: they are listed by their long names.
const UNPLACED_AT_ONCE_MAX: usize = 100;

/// Why a request is not carried out although it is signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The entry by which somebody was named has no values, or none any more.
    #[error(
        "entry {0} has no values (any more), so that nobody knows whom it means: name another \
         entry of the same subject"
    )]
    Unnamed(u64),
    /// By officers' orders.
    #[error("the values are kept by hold `{0}`: it has to be lifted first")]
    Held(String),
}

/// What a target means, found out once.
#[derive(Debug, Clone)]
pub(super) enum Meant {
    /// These records.
    Records(BTreeSet<String>),
    /// All of a subject; the record by which it was named goes last, so that a request that was
    /// cut off still names it.
    Group([u8; 16], String),
}

/// What goes in one step.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) places: Vec<Place>,
    pub(super) indexes: Vec<u64>,
    pub(super) unplaced: Vec<String>,
}

/// What is known of the entries behind records, each volume's traces read once.
struct Entries<'b> {
    book: &'b Book,
    traces: HashMap<String, HashMap<String, Trace>>,
}

impl Entries<'_> {
    /// The entry that commits to a record: it comes soon behind it.
    fn of(&mut self, head: &Head) -> Result<Option<Trace>, BookError> {
        let first = self.book.journal.first();
        if head.after < first {
            if !self.traces.contains_key(&head.volume) {
                let traces = self.book.traces(&head.volume)?;
                self.traces.insert(head.volume.clone(), traces);
            }
            let traces = self.traces.get(&head.volume);
            if let Some(trace) = traces.and_then(|traces| traces.get(&head.record)) {
                return Ok(Some(trace.clone()));
            }
        }
        let until = head.after.saturating_add(ENTRY_WITHIN);
        for read in self.book.journal.scan(head.after.max(first)) {
            let (index, bytes) = read?;
            if index >= until {
                break;
            }
            let trace = Trace::of(index, &bytes)?;
            if let Some(trace) = trace.filter(|trace| trace.record == head.record) {
                return Ok(Some(trace));
            }
        }
        Ok(None)
    }
}

impl Book {
    fn entries(&self) -> Entries<'_> {
        Entries {
            book: self,
            traces: HashMap::new(),
        }
    }

    /// The records that a target means, whenever their entries were written. Blocks.
    pub(super) fn meant(&self, store: &SideStore, target: &Target) -> Result<Meant, BookError> {
        let index = match target {
            Target::Query(query) => return self.asked_in(store, query).map(Meant::Records),
            Target::Index(index) | Target::SubjectOf(index) => *index,
        };
        let record = self.record_of(store, index)?;
        if matches!(target, Target::Index(_)) {
            return Ok(Meant::Records(record.into_iter().collect()));
        }
        let unnamed = Withheld::Unnamed(index);
        let Some(record) = record else {
            return Err(unnamed.into());
        };
        let heads = heads(store)?;
        let mut heads = heads.iter();
        let named = heads.find(|head| head.kind == RowKind::Record && head.record == record);
        let named = named.ok_or(unnamed)?;
        Ok(Meant::Group(named.group, record))
    }

    fn asked_in(&self, store: &SideStore, query: &str) -> Result<BTreeSet<String>, BookError> {
        let mut records = BTreeSet::new();
        for index in self.entries_of(query)? {
            let trace = Trace::of(index, &self.journal.read(index)?)?;
            records.extend(trace.map(|trace| trace.record));
        }
        for volume in store.volumes()? {
            let traces = self.traces(&volume)?.into_values();
            let of_it = traces.filter(|trace| !query.is_empty() && trace.query == query);
            records.extend(of_it.map(|trace| trace.record));
        }
        Ok(records)
    }

    fn record_of(&self, store: &SideStore, index: u64) -> Result<Option<String>, BookError> {
        if index >= self.journal.size() {
            return Ok(None);
        }
        if index >= self.journal.first() {
            let trace = Trace::of(index, &self.journal.read(index)?)?;
            return Ok(trace.map(|trace| trace.record));
        }
        for volume in store.volumes()? {
            let mut traces = self.traces(&volume)?.into_values();
            if let Some(trace) = traces.find(|trace| trace.index == index) {
                return Ok(Some(trace.record));
            }
        }
        Ok(None)
    }

    /// Rows of what is meant and the entries whose values they are. A group's key goes with the
    /// last record that it opens. Blocks.
    pub(super) fn planned(
        &self,
        store: &SideStore,
        meant: &Meant,
        until: OffsetDateTime,
        holds: &Holds,
    ) -> Result<Chosen, BookError> {
        // Nothing is added any more to what is looked at now.
        store.rest()?;
        let heads = heads(store)?;
        let is_meant = |head: &&Head| match meant {
            Meant::Records(records) => records.contains(&head.record),
            Meant::Group(group, _) => head.group == *group,
        };
        let records = heads.iter().filter(|head| head.kind == RowKind::Record);
        let mut chosen: Vec<(&Head, Option<u64>)> = Vec::new();
        let mut entries = self.entries();
        for head in records.filter(is_meant) {
            let entry = entries.of(head)?;
            let goes = match &entry {
                Some(entry) => entry.at().is_some_and(|at| at <= until),
                // Its entry left the log before any statement of today; where it may still come,
                // its answer is under way.
                None => head.after < self.journal.first(),
            };
            if !goes {
                continue;
            }
            if let Some(hold) = holds.held(entry.as_ref()) {
                return Err(Withheld::Held(hold).into());
            }
            chosen.push((head, entry.map(|entry| entry.index)));
        }
        if let Meant::Group(_, naming) = meant {
            chosen.sort_by_key(|(head, _)| head.record == *naming);
        }
        let mut unplaced = 0;
        let mut fits = |index: Option<u64>| {
            unplaced += usize::from(index.is_none());
            index.is_some() || unplaced <= UNPLACED_AT_ONCE_MAX
        };
        let chosen = chosen.into_iter().take_while(|(_, index)| fits(*index));
        Ok(plan_of(&heads, chosen.take(ERASED_AT_ONCE_MAX).collect()))
    }

    /// The hold that keeps a volume whole: that of any of its records. Blocks.
    pub(super) fn held_in(
        &self,
        heads: &[Head],
        holds: &Holds,
    ) -> Result<Option<String>, BookError> {
        if holds.is_empty() {
            return Ok(None);
        }
        let mut entries = self.entries();
        for head in heads.iter().filter(|head| head.kind == RowKind::Record) {
            if let Some(hold) = holds.held(entries.of(head)?.as_ref()) {
                return Ok(Some(hold));
            }
        }
        Ok(None)
    }
}

fn heads(store: &SideStore) -> Result<Vec<Head>, BookError> {
    let mut heads = Vec::new();
    for volume in store.volumes()? {
        heads.extend(store.heads(&volume)?);
    }
    Ok(heads)
}

fn plan_of(heads: &[Head], chosen: Vec<(&Head, Option<u64>)>) -> Chosen {
    let gone: BTreeSet<&str> = chosen
        .iter()
        .map(|(head, _)| head.record.as_str())
        .collect();
    let of = |head: &Head, key: &Head| (&head.volume, head.group) == (&key.volume, key.group);
    let stays = |key: &Head| {
        heads.iter().any(|other| {
            other.kind == RowKind::Record && of(other, key) && !gone.contains(other.record.as_str())
        })
    };
    let concerned = |key: &Head| chosen.iter().any(|(head, _)| of(head, key));
    let keys = heads
        .iter()
        .filter(|head| head.kind == RowKind::Key && concerned(head) && !stays(head));
    // The keys first: with them gone, nothing of the records opens any more.
    let rows = keys.chain(chosen.iter().map(|(head, _)| *head));
    let mut places: Vec<Place> = rows.map(place).collect();
    places.sort_by_key(|place| match place {
        Place::Row { volume, .. } | Place::Volume(volume) => volume.clone(),
    });
    let mut indexes: Vec<u64> = chosen.iter().filter_map(|(_, index)| *index).collect();
    indexes.sort_unstable();
    let unplaced = chosen.iter().filter(|(_, index)| index.is_none());
    Chosen {
        places,
        indexes,
        unplaced: unplaced.map(|(head, _)| head.record.clone()).collect(),
    }
}
