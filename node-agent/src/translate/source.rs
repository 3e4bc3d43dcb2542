//! Rows of a local system, whatever its kind: the one question that a mapping puts to it. A row
//! carries only the columns that were asked for.

use time::{Date, OffsetDateTime};
use tokio::time::Instant;

use super::convert::{self, DayForm};
use super::file_drop::FileDrop;
use super::origin::Statement;
use super::sqlite::Pool;
use super::{QualityNote, SourceError};
use std::sync::Arc;

/// One local value.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    /// Bytes that are no text in the connector's charset.
    Undecodable,
}

/// Rows that were found, and how old they are.
pub(crate) struct Rows {
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) as_of: OffsetDateTime,
    pub(crate) file_date: Option<Date>,
    pub(crate) notes: Vec<QualityNote>,
}

/// Where the rows of one mapping come from, ready to be asked.
#[derive(Debug)]
pub(crate) enum Source {
    Sql {
        pool: Arc<Pool>,
        statement: Statement,
        as_of: Option<Statement>,
    },
    File(FileDrop),
}

/// One question to a source.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    /// The texts bound to the placeholders of a statement.
    pub(crate) bound: &'a [String],
    /// The normalised key of a line of a file.
    pub(crate) key: &'a str,
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
            } => {
                let (rows, loaded) = pool.search(statement, as_of.as_ref(), search).await?;
                let as_of = match loaded {
                    None => now,
                    Some(Cell::Text(text)) => {
                        let moment = convert::moment(DayForm::DashedWithTime, text.trim());
                        moment.map_err(|_| SourceError::AgeUnknown)?
                    }
                    Some(Cell::Null | Cell::Undecodable) => return Err(SourceError::AgeUnknown),
                };
                Ok(Rows {
                    rows,
                    as_of,
                    file_date: None,
                    notes: Vec::new(),
                })
            }
            Self::File(drop) => drop.search(search).await,
        }
    }
}
