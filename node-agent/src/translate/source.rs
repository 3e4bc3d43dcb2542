//! Rows of a local system, whatever its kind: the one question that a mapping puts to it. A row
//! carries only the columns that were asked for.

use time::{Date, Duration, OffsetDateTime};
use tokio::time::Instant;
use wire::convert::Given;

use super::convert::{self, DayForm};
use super::file_drop::FileDrop;
use super::origin::Statement;
use super::rest::RestSource;
use super::soap::SoapSource;
use super::sql::Database;
use super::{QualityNote, SourceError};
use std::sync::Arc;

/// How far the clock of a local system may be ahead of ours.
const CLOCK_SKEW_MAX: Duration = Duration::minutes(5);

/// One local value.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    /// Bytes that are no text in the connector's charset.
    Undecodable,
    /// A text longer than any that the catalog has; it is not taken over.
    TooLong,
}

/// Rows that were found, and how old they are.
pub(crate) struct Rows {
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) as_of: OffsetDateTime,
    pub(crate) file_date: Option<Date>,
    /// Whether the source has newer ones that could not be used.
    pub(crate) is_superseded: bool,
    pub(crate) notes: Vec<QualityNote>,
}

/// Where the rows of one mapping come from, ready to be asked.
#[derive(Debug)]
pub(crate) enum Source {
    Sql {
        pool: Arc<Database>,
        statement: Statement,
        as_of: Option<Statement>,
    },
    File(FileDrop),
    Rest(RestSource),
    Soap(SoapSource),
}

/// Whether a source can be asked now.
pub(crate) enum Standing {
    Stands,
    Out(SourceError),
    /// It can only be asked about a subject.
    Unasked,
}

/// One question to a source.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    /// The texts bound to the placeholders of a statement.
    pub(crate) bound: &'a [String],
    /// The normalised key of a line of a file.
    pub(crate) key: &'a str,
    /// Which way of the mapping looks up: by 0 a file's lines are found under `key`, by a further
    /// one under each of `bound`.
    pub(crate) way: usize,
    /// The code of the person's kind of number; empty for an employer and for a case.
    pub(crate) id_type: &'a str,
    /// What the question passes on to the source.
    pub(crate) given: &'a Given,
    /// All columns of the mapping, and which of them are wanted.
    pub(crate) columns: &'a [String],
    pub(crate) wanted: &'a [bool],
    pub(crate) rows_max: usize,
    pub(crate) deadline: Instant,
}

impl Source {
    pub(crate) async fn search(
        &self,
        search: Search<'_>,
        now: OffsetDateTime,
    ) -> Result<Rows, SourceError> {
        match self {
            Self::Sql {
                pool,
                statement,
                as_of,
            } => sql_rows(pool, statement, as_of.as_ref(), search, now).await,
            Self::File(drop) => drop.search(search, today(now)).await,
            Self::Rest(system) => system.search(search, now).await,
            Self::Soap(bus) => bus.search(search, now).await,
        }
    }

    /// Some rows, whomever they are about; `None` where the source has no way to give them.
    pub(crate) async fn sample(
        &self,
        preview: Option<&Statement>,
        search: Search<'_>,
        now: OffsetDateTime,
    ) -> Option<Result<Rows, SourceError>> {
        match self {
            Self::Sql { pool, as_of, .. } => {
                Some(sql_rows(pool, preview?, as_of.as_ref(), search, now).await)
            }
            Self::File(drop) => Some(drop.sample(search, today(now)).await),
            _ => None,
        }
    }

    /// Whether the source can be asked for these columns now, found out without asking about
    /// anybody.
    pub(crate) async fn standing(
        &self,
        columns: &[String],
        now: OffsetDateTime,
        deadline: Instant,
    ) -> Standing {
        let tried = match self {
            Self::Sql {
                pool,
                statement,
                as_of,
            } => {
                let search = Search {
                    bound: &[],
                    key: "",
                    way: 0,
                    id_type: "",
                    given: Given::NONE,
                    columns,
                    wanted: &vec![true; columns.len()],
                    rows_max: 0,
                    deadline,
                };
                pool.probe(statement, as_of.as_ref(), search).await
            }
            Self::File(drop) => drop.standing(today(now), deadline).await,
            _ => return Standing::Unasked,
        };
        match tried {
            Ok(()) => Standing::Stands,
            Err(error) => Standing::Out(error),
        }
    }
}

/// The day that dropped files are judged by.
fn today(now: OffsetDateTime) -> Date {
    convert::beijing(now).unwrap_or(now).date()
}

async fn sql_rows(
    pool: &Database,
    statement: &Statement,
    as_of: Option<&Statement>,
    search: Search<'_>,
    now: OffsetDateTime,
) -> Result<Rows, SourceError> {
    let (rows, loaded) = pool.search(statement, as_of, search).await?;
    let as_of = match loaded {
        None => now,
        Some(Cell::Text(text)) => {
            let moment = convert::moment(DayForm::DashedWithTime, text.trim());
            let moment = moment.map_err(|_| SourceError::AgeUnknown)?;
            // Who claims to be of tomorrow would never become stale.
            if moment > now.saturating_add(CLOCK_SKEW_MAX) {
                return Err(SourceError::AgeUnknown);
            }
            moment
        }
        Some(Cell::Null | Cell::Undecodable | Cell::TooLong) => {
            return Err(SourceError::AgeUnknown);
        }
    };
    Ok(Rows {
        rows,
        as_of,
        file_date: None,
        is_superseded: false,
        notes: Vec::new(),
    })
}
