//! The databases that answer statements, whatever their kind. It decides nothing: each kind has
//! its own connector.

use super::connectors::ConnectorPlace;
#[cfg(feature = "odbc")]
use super::odbc;
use super::origin::Statement;
use super::source::{Cell, Search};
use super::sqlite::Prepared;
use super::{LocalLimits, SourceError, mysql, postgres, sqlite};

/// The connections to one database.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite(sqlite::Pool),
    Postgres(postgres::Pool),
    MySql(mysql::Pool),
    #[cfg(feature = "odbc")]
    Odbc(odbc::Pool),
}

impl Database {
    /// The database at `place`, not yet connected; `None` for what answers no statements.
    pub(crate) fn at(place: &ConnectorPlace, limits: LocalLimits) -> Option<Self> {
        match place {
            ConnectorPlace::Sqlite { path, charset } => {
                Some(Self::Sqlite(sqlite::Pool::new(path, *charset, limits)))
            }
            ConnectorPlace::Postgres(server) => {
                Some(Self::Postgres(postgres::pool(server, limits)))
            }
            ConnectorPlace::MySql(server) => Some(Self::MySql(mysql::pool(server, limits))),
            #[cfg(feature = "odbc")]
            ConnectorPlace::Odbc(place) => Some(Self::Odbc(odbc::pool(place, limits))),
            _ => None,
        }
    }

    /// The rows of `statement`, and the one value of `as_of` read on the same connection.
    pub(crate) async fn search(
        &self,
        statement: &Statement,
        as_of: Option<&Statement>,
        search: Search<'_>,
    ) -> Result<(Vec<Vec<Cell>>, Option<Cell>), SourceError> {
        match self {
            Self::Sqlite(pool) => pool.search(statement, as_of, search).await,
            Self::Postgres(pool) => pool.search(statement, as_of, search).await,
            Self::MySql(pool) => pool.search(statement, as_of, search).await,
            #[cfg(feature = "odbc")]
            Self::Odbc(pool) => pool.search(statement, as_of, search).await,
        }
    }

    /// Whether the database runs `statement`, and `as_of`, for the columns of `search` now. It is
    /// asked for no row and about nobody.
    pub(crate) async fn probe(
        &self,
        statement: &Statement,
        as_of: Option<&Statement>,
        search: Search<'_>,
    ) -> Result<(), SourceError> {
        match self {
            Self::Sqlite(pool) => pool.probe(statement, as_of, search).await,
            Self::Postgres(pool) => pool.probe(statement, as_of, search).await,
            Self::MySql(pool) => pool.probe(statement, as_of, search).await,
            #[cfg(feature = "odbc")]
            Self::Odbc(pool) => pool.probe(statement, as_of, search).await,
        }
    }

    /// Asks the database, at load, which columns a statement delivers.
    pub(crate) async fn prepare(&self, statement: &Statement) -> Prepared {
        match self {
            Self::Sqlite(pool) => pool.prepare(statement).await,
            Self::Postgres(pool) => pool.prepare(statement).await,
            Self::MySql(pool) => pool.prepare(statement).await,
            #[cfg(feature = "odbc")]
            Self::Odbc(pool) => pool.prepare(statement).await,
        }
    }
}
