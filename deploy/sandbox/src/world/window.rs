//! A window onto a center's SQLite store, for systems that stand before it: read-only, a few
//! connections, every value as text. Old rows are given in the charset that they were written in;
//! bytes that are text in neither are marked.

use std::path::Path;
use std::time::Duration;

use encoding_rs::GBK;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Row};

const CONNECTIONS_MAX: u32 = 4;
const CONNECTION_WAIT: Duration = Duration::from_secs(5);

/// One row: names of its columns and their values.
pub(crate) type Named = Vec<(String, Option<String>)>;

/// A window onto one store.
#[derive(Debug)]
pub(crate) struct Window {
    pool: SqlitePool,
}

impl Window {
    /// A window onto a database, which is opened when it is first looked through.
    pub(crate) fn onto(database: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(database)
            .read_only(true)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(CONNECTION_WAIT)
            .connect_lazy_with(options);
        Self { pool }
    }

    /// The rows of a statement of this crate's own mappings, with `bound` as `?1`, `?2`, ….
    pub(crate) async fn rows(
        &self,
        sql: &str,
        bound: &[String],
    ) -> Result<Vec<Named>, sqlx::Error> {
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for text in bound {
            query = query.bind(text.clone());
        }
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(named).collect()
    }
}

fn named(row: &SqliteRow) -> Result<Named, sqlx::Error> {
    let column = |column: &sqlx::sqlite::SqliteColumn| {
        let bytes = row.try_get_unchecked::<Option<Vec<u8>>, _>(column.ordinal())?;
        Ok((column.name().to_owned(), bytes.map(text)))
    };
    row.columns().iter().map(column).collect()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let (text, _) = GBK.decode_without_bom_handling(error.as_bytes());
        text.into_owned()
    })
}
