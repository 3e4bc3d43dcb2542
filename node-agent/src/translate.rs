//! The answering side's translation: what a center's own systems hold becomes catalog records.
//! Local systems are only ever read. A value that does not fit is withheld with its reason and
//! counted, never repaired or guessed; and no raw value, name or number leaves in an error or note.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use catalog::{Catalog, ClassNo, Defect, ItemNo, Record, Subject};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wire::convert::Given;

mod cases;
mod charset;
mod connectors;
mod convert;
mod csv_file;
mod dropped;
mod expression;
mod faults;
mod file_drop;
mod fixed_width;
mod folder;
mod http;
mod inspect;
mod lookup;
mod mapping;
mod mysql;
#[cfg(feature = "odbc")]
mod odbc;
mod origin;
mod outage;
mod outside;
mod passed_on;
mod postgres;
mod quarantine;
mod records;
mod rest;
mod rules;
mod search;
mod sheet;
mod soap;
mod source;
mod sql;
mod sql_dialect;
mod sql_places;
mod sql_pool;
mod sql_reply;
mod sql_server;
mod sql_text;
mod sqlite;
mod subject;
mod trace;

pub use cases::grounds::Grounds;
pub use cases::{LocalCase, Party};
pub use dropped::FileFault;
pub use faults::{MappingErrors, MappingFault};
pub use inspect::{TableError, has_files, table_columns};
pub use outage::SourceError;
pub use policies::PartyRole;
pub use quarantine::{QUARANTINE_PER_CLASS_MAX, Quarantine, RawColumn, Withheld};
pub use trace::{Coverage, Fetched, SAMPLE_RECORDS_MAX, TracedItem, TracedRecord};

use cases::CaseMapping;
use mapping::ClassMapping;
use records::Translation;
use source::{Rows, Source};

/// Most records one answer may hold. A subject with more is answered as unavailable with
/// [`SourceError::TooManyRecords`]: a silently shortened answer would look complete.
pub const RECORDS_PER_ANSWER_MAX: usize = 1_000;

/// What a center's own systems hold, in the words of the catalog. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Translator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    catalog: Arc<Catalog>,
    classes: BTreeMap<ClassNo, (ClassMapping, Source)>,
    /// The sources of the further ways of each class.
    further: BTreeMap<ClassNo, Vec<Source>>,
    cases: Option<(CaseMapping, Source)>,
    in_flight: Semaphore,
    quarantine: Quarantine,
}

/// How much a center lets the agent use of its own systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalLimits {
    /// Connections to one database.
    pub pool_max: u32,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long an ask may wait for a connection.
    pub queue_wait: Duration,
    /// Asks that may be under way at once; one more is refused at once.
    pub asks_in_flight_max: u32,
}

impl Default for LocalLimits {
    fn default() -> Self {
        Self {
            pool_max: 8,
            statement_timeout: Duration::from_secs(3),
            queue_wait: Duration::from_secs(1),
            asks_in_flight_max: 256,
        }
    }
}

/// Whom a question is about, and what it passes on to the source.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The person, employer or house.
    pub subject: &'a Subject,
    /// Values such as the number and password of a contract.
    pub given: &'a Given,
}

impl<'a> From<&'a Subject> for About<'a> {
    /// A question that passes nothing on.
    fn from(subject: &'a Subject) -> Self {
        Self {
            subject,
            given: Given::NONE,
        }
    }
}

/// What was found about one subject in one class.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Which kind of answer this is.
    pub outcome: FoundOutcome,
    /// The records, holding the requested items and no others.
    pub records: Vec<Record>,
    /// When the local system last knew this to be so.
    pub as_of: OffsetDateTime,
    /// What was withheld or dropped on the way, and how often.
    pub notes: Vec<QualityNote>,
}

/// The kinds of answers and of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundOutcome {
    /// At least one record, fresh enough.
    Answered,
    /// The system was asked, is fresh enough, and has no record.
    NoRecord,
    /// The records, if any, are older than the center calls fresh, or the newest were refused.
    Stale,
    /// The center does not hold this class, or not about such subjects.
    NotCovered,
    /// The system could not be asked.
    Unavailable(SourceError),
}

/// Something withheld or dropped, with its reason and how often it occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QualityNote {
    /// The item; `None` when it is about the source as a whole.
    pub item: Option<ItemNo>,
    /// Why.
    pub defect: Defect,
    /// How often.
    pub count: u32,
}

impl Translator {
    /// Reads the mapping folder, checks it against the catalog, and checks every statement with
    /// the database it is for. A database that is down is an outage, not a fault of the folder.
    ///
    /// # Errors
    /// Every fault of the folder.
    pub async fn open(
        home: &Path,
        mappings: &Path,
        catalog: Arc<Catalog>,
        limits: LocalLimits,
    ) -> Result<Self, MappingErrors> {
        let folder = folder::open(home, mappings, &catalog, limits).await?;
        let asks = usize::try_from(limits.asks_in_flight_max).unwrap_or(Semaphore::MAX_PERMITS);
        let in_flight = Semaphore::new(asks.min(Semaphore::MAX_PERMITS));
        let folder::Folder {
            classes,
            further,
            cases,
        } = folder;
        Ok(Self {
            inner: Arc::new(Inner {
                catalog,
                classes,
                further,
                cases,
                in_flight,
                quarantine: Quarantine::default(),
            }),
        })
    }

    /// The classes this center holds.
    #[must_use]
    pub fn classes(&self) -> Vec<ClassNo> {
        self.inner.classes.keys().copied().collect()
    }

    /// How the source of a class is spoken to, as a trace says it.
    #[must_use]
    pub fn connector(&self, class: ClassNo) -> &'static str {
        match self.inner.classes.get(&class) {
            Some((_, Source::File(_))) => "file",
            Some((_, Source::Sql { .. })) => "sql",
            Some((_, Source::Rest(_))) => "rest",
            Some((_, Source::Soap(_))) => "soap",
            None => "none",
        }
    }

    /// The values that were withheld on leaving, for the owner alone.
    #[must_use]
    pub fn quarantine(&self) -> &Quarantine {
        &self.inner.quarantine
    }

    /// Why a class is not answered from its newest file, if so.
    #[must_use]
    pub fn refused_file(&self, class: ClassNo) -> Option<FileFault> {
        match self.inner.classes.get(&class) {
            Some((_, Source::File(drop))) => drop.refused().map(|refusal| refusal.fault),
            Some((_, Source::Sql { .. } | Source::Rest(_) | Source::Soap(_))) | None => None,
        }
    }

    /// Where the newest file of a class is at fault, counted from 1, if one line is.
    #[must_use]
    pub fn refused_line(&self, class: ClassNo) -> Option<usize> {
        match self.inner.classes.get(&class) {
            Some((_, Source::File(drop))) => drop.refused()?.line,
            Some((_, Source::Sql { .. } | Source::Rest(_) | Source::Soap(_))) | None => None,
        }
    }

    /// What the center holds about a subject in `class`: the requested items and no others.
    pub async fn find<'a>(
        &self,
        class: ClassNo,
        items: &BTreeSet<ItemNo>,
        about: impl Into<About<'a>>,
        now: OffsetDateTime,
        deadline: Instant,
    ) -> Found {
        let about = about.into();
        let nothing = |outcome| Found {
            outcome,
            records: vec![],
            as_of: now,
            notes: vec![],
        };
        let Some((mapping, _)) = self.inner.classes.get(&class) else {
            return nothing(FoundOutcome::NotCovered);
        };
        if mapping.way(about.subject).is_none() {
            return nothing(FoundOutcome::NotCovered);
        }
        match self.rows(mapping, items, about, now, deadline).await {
            Ok(rows) => self.found(mapping, items, &rows, now),
            Err(error) => {
                let mut found = nothing(FoundOutcome::Unavailable(error));
                if error == SourceError::FileRefused {
                    let refused = QualityNote {
                        item: None,
                        defect: Defect::BadFormat,
                        count: 1,
                    };
                    found.notes.push(refused);
                }
                found
            }
        }
    }

    /// The case with this number, as the center's own business system knows it.
    ///
    /// # Errors
    /// Why the business system could not be asked, or could not be understood.
    pub async fn case(
        &self,
        case_no: &str,
        now: OffsetDateTime,
        deadline: Instant,
    ) -> Result<Option<LocalCase>, SourceError> {
        let (mapping, source) = self
            .inner
            .cases
            .as_ref()
            .ok_or(SourceError::CasesNotMapped)?;
        let _in_flight = self
            .inner
            .in_flight
            .try_acquire()
            .map_err(|_| SourceError::Overloaded)?;
        cases::look_up(mapping, source, case_no, now, deadline).await
    }

    fn found(
        &self,
        mapping: &ClassMapping,
        items: &BTreeSet<ItemNo>,
        rows: &Rows,
        now: OffsetDateTime,
    ) -> Found {
        let as_of = rows.as_of;
        let today = convert::beijing(now).unwrap_or(now).date();
        let translation = Translation {
            catalog: &self.inner.catalog,
            mapping,
            items,
            today,
            quarantine: (&self.inner.quarantine, now),
        };
        let (records, notes) = translation.records(rows);
        let too_old = mapping.freshness.stale_after;
        let stale = rows.is_superseded || too_old.is_some_and(|limit| now - as_of > limit);
        let outcome = match (stale, records.is_empty()) {
            (true, _) => FoundOutcome::Stale,
            (false, true) => FoundOutcome::NoRecord,
            (false, false) => FoundOutcome::Answered,
        };
        Found {
            outcome,
            records,
            as_of,
            notes,
        }
    }
}
