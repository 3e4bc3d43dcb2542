//! The SQLite connector. It opens files read-only, holds a
//! bounded number of connections, and stops a statement that outlives its deadline inside the
//! database, not only for the caller who waits.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Executor, Row, SqlSafeStr, Statement as _};
use tokio::time::{Instant, timeout_at};

use super::charset::Charset;
use super::origin::Statement;
use super::source::{Cell, Search};
use super::sql_places::Places;
use super::sql_reply::Reply;
use super::sql_text::{self, quoted};
use super::{LocalLimits, SourceError};

/// Steps of the database engine between two looks at the clock.
const STEPS_BETWEEN_LOOKS: i32 = 2_000;
/// A connection is opened anew after this long, so that a replaced file is noticed.
const CONNECTION_AGE_MAX: Duration = Duration::from_secs(30);
/// Rows the engine may be ahead of the reader.
const ROWS_AHEAD_MAX: usize = 64;
/// What is selected where no column is.
const NOTHING: &str = "NULL";
/// Statements kept prepared per connection.
const STATEMENTS_KEPT_MAX: usize = 64;

/// What the database says of a statement at load.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// The columns it delivers.
    Columns(Vec<ColumnTold>),
    /// The database refuses the statement; its reason names SQL text only.
    Refused(String),
    /// The database cannot be asked now.
    Unreachable(SourceError),
}

/// What the database tells of a column at load.
#[derive(Debug)]
pub(crate) struct ColumnTold {
    pub(crate) name: String,
    /// Whether it is a floating point number of single precision, which loses digits of an amount.
    pub(crate) is_single: bool,
}

/// The connections to one database file.
#[derive(Debug)]
pub(crate) struct Pool {
    path: PathBuf,
    charset: Option<Charset>,
    limits: LocalLimits,
    places: Places,
    /// Never more than places: a connection is opened only by who has one, and only where none is
    /// idle.
    idle: Mutex<Vec<Connection>>,
    /// The clock that progress handlers read; they cannot see the runtime's.
    started: std::time::Instant,
}

#[derive(Debug)]
struct Connection {
    sqlite: SqliteConnection,
    opened: Instant,
    /// Milliseconds after the pool's start at which a running statement stops.
    stop_at: Arc<AtomicU64>,
}

/// Ends a statement inside the database when nobody waits for it any more: the engine works on a
/// thread of its own, which a dropped wait does not stop.
struct CutOff(Option<Arc<AtomicU64>>);

impl CutOff {
    fn done(mut self) {
        self.0.take();
    }
}

impl Drop for CutOff {
    fn drop(&mut self) {
        if let Some(stop_at) = &self.0 {
            stop_at.store(0, Ordering::Relaxed);
        }
    }
}

impl Pool {
    pub(crate) fn new(path: &Path, charset: Option<Charset>, limits: LocalLimits) -> Self {
        Self {
            path: path.to_owned(),
            charset,
            limits,
            places: Places::new(limits),
            idle: Mutex::default(),
            started: std::time::Instant::now(),
        }
    }

    /// The rows of `statement`, and the one value of `as_of` read on the same connection.
    pub(crate) async fn search(
        &self,
        statement: &Statement,
        as_of: Option<&Statement>,
        search: Search<'_>,
    ) -> Result<(Vec<Vec<Cell>>, Option<Cell>), SourceError> {
        let _place = self.places.for_ask(search.deadline).await?;
        let stop = search
            .deadline
            .min(Instant::now() + self.limits.statement_timeout);
        let work = async {
            let mut connection = self.connection(stop).await?;
            let cut_off = CutOff(Some(Arc::clone(&connection.stop_at)));
            let loaded = match as_of {
                Some(as_of) => Some(self.one_value(&mut connection, as_of).await?),
                None => None,
            };
            let rows = self.rows(&mut connection, statement, search).await?;
            cut_off.done();
            Ok((connection, rows, loaded))
        };
        // A connection whose work was cut off or failed is dropped here, never reused.
        let (connection, rows, loaded) = timeout_at(stop, work)
            .await
            .map_err(|_| SourceError::TimedOut)??;
        self.keep(connection);
        Ok((rows, loaded))
    }

    /// Whether the database runs `statement`, and `as_of`, for the columns of `search` now. It is
    /// asked for no row, and nobody waits for the place of an ask.
    pub(crate) async fn probe(
        &self,
        statement: &Statement,
        as_of: Option<&Statement>,
        search: Search<'_>,
    ) -> Result<(), SourceError> {
        let _place = self.places.for_probe(search.deadline).await?;
        let left = search.deadline.saturating_duration_since(Instant::now());
        let left = left.min(self.limits.statement_timeout);
        let stop = Instant::now() + left;
        let work = async {
            let mut connection = self.connection(stop).await?;
            let cut_off = CutOff(Some(Arc::clone(&connection.stop_at)));
            // The engine waits for a lock on a thread of its own, whoever has given up: it is to
            // have the answer before.
            connection.wait_for_locks(left / 2).await?;
            if let Some(as_of) = as_of {
                connection.touch(as_of, &[]).await?;
            }
            connection.touch(statement, search.columns).await?;
            connection.wait_for_locks(lock_wait(self.limits)).await?;
            cut_off.done();
            Ok(connection)
        };
        let connection = timeout_at(stop, work)
            .await
            .map_err(|_| SourceError::TimedOut)??;
        self.keep(connection);
        Ok(())
    }

    /// Asks the database, at load, which columns a statement delivers.
    pub(crate) async fn prepare(&self, statement: &Statement) -> Prepared {
        let stop = Instant::now() + self.limits.statement_timeout;
        let work = async {
            let _place = match self.places.for_ask(stop).await {
                Ok(place) => place,
                Err(unreachable) => return Prepared::Unreachable(unreachable),
            };
            let mut connection = match self.connection(stop).await {
                Ok(connection) => connection,
                Err(unreachable) => return Prepared::Unreachable(unreachable),
            };
            match (&mut connection.sqlite)
                .prepare(executable(statement).into_sql_str())
                .await
            {
                Ok(prepared) => {
                    // A probe has it stand inside of another one.
                    if let Err(error) = prepare_rowless(&mut connection, statement).await {
                        return refused_or_unreachable(&error);
                    }
                    let columns = prepared.columns().iter();
                    Prepared::Columns(
                        columns
                            .map(|column| ColumnTold {
                                name: column.name().to_owned(),
                                // SQLite's floating point has double precision only.
                                is_single: false,
                            })
                            .collect(),
                    )
                }
                Err(error) => refused_or_unreachable(&error),
            }
        };
        let unreachable = Prepared::Unreachable(SourceError::TimedOut);
        timeout_at(stop, work).await.unwrap_or(unreachable)
    }

    async fn connection(&self, stop: Instant) -> Result<Connection, SourceError> {
        let wait = stop.saturating_duration_since(Instant::now());
        let stop_at = self.started.elapsed().saturating_add(wait);
        let stop_at = u64::try_from(stop_at.as_millis()).unwrap_or(u64::MAX);
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        if let Some(connection) = idle.filter(|idle| idle.opened.elapsed() < CONNECTION_AGE_MAX) {
            connection.stop_at.store(stop_at, Ordering::Relaxed);
            return Ok(connection);
        }
        self.open(stop_at).await
    }

    async fn open(&self, stop_at: u64) -> Result<Connection, SourceError> {
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true)
            .create_if_missing(false)
            .busy_timeout(lock_wait(self.limits))
            .statement_cache_capacity(STATEMENTS_KEPT_MAX)
            .row_buffer_size(ROWS_AHEAD_MAX)
            .disable_statement_logging();
        let mut sqlite = options.connect().await.map_err(|error| outage(&error))?;
        let stop_at = Arc::new(AtomicU64::new(stop_at));
        let (limit, started) = (Arc::clone(&stop_at), self.started);
        let mut handle = sqlite.lock_handle().await.map_err(|error| outage(&error))?;
        handle.set_progress_handler(STEPS_BETWEEN_LOOKS, move || {
            started.elapsed().as_millis() < u128::from(limit.load(Ordering::Relaxed))
        });
        drop(handle);
        Ok(Connection {
            sqlite,
            opened: Instant::now(),
            stop_at,
        })
    }

    /// Keeps a connection for the next; whoever does still has its place.
    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.places.count() {
            idle.push(connection);
        }
    }

    async fn one_value(
        &self,
        connection: &mut Connection,
        statement: &Statement,
    ) -> Result<Cell, SourceError> {
        let query = sqlx::query(executable(statement));
        let row = query.fetch_optional(&mut connection.sqlite).await;
        let mut reply = Reply::new(1, self.charset);
        if let Some(row) = row.map_err(|error| outage(&error))? {
            reply.take(std::iter::once(bytes(&row, 0)))?;
        }
        let value = reply.into_rows().into_iter().flatten().next();
        Ok(value.unwrap_or(Cell::Null))
    }

    async fn rows(
        &self,
        connection: &mut Connection,
        statement: &Statement,
        search: Search<'_>,
    ) -> Result<Vec<Vec<Cell>>, SourceError> {
        let mut query = sqlx::query(executable(statement));
        for bound in search.bound {
            query = query.bind(bound);
        }
        let mut stream = query.fetch(&mut connection.sqlite);
        let mut reply = Reply::new(search.rows_max, self.charset);
        let mut places: Option<Vec<Option<usize>>> = None;
        while let Some(row) = stream.try_next().await.map_err(|error| outage(&error))? {
            let places = match &mut places {
                Some(places) => places,
                none => none.insert(column_places(&row, search)?),
            };
            reply.take(places.iter().map(|place| match place {
                Some(place) => bytes(&row, *place),
                None => Ok(None),
            }))?;
        }
        Ok(reply.into_rows())
    }
}

impl Connection {
    /// How long the engine waits for a lock of the database's owner.
    async fn wait_for_locks(&mut self, wait: Duration) -> Result<(), SourceError> {
        // A pragma takes no parameters; the number comes from this program's own limits.
        let text = format!("PRAGMA busy_timeout = {}", wait.as_millis());
        let told = sqlx::raw_sql(sql_text::executable(&text.into()));
        let told = told.execute(&mut self.sqlite).await;
        told.map(drop).map_err(|error| outage(&error))
    }

    /// Has the database run a statement for no row; what it would bind is NULL.
    async fn touch(
        &mut self,
        statement: &Statement,
        columns: &[String],
    ) -> Result<(), SourceError> {
        let list = list(columns).ok_or(SourceError::ColumnMissing)?;
        let touched = sqlx::query(sql_text::executable(&rowless(&list, statement)));
        let touched = touched.fetch_optional(&mut self.sqlite).await;
        touched.map(drop).map_err(|error| outage(&error))
    }
}

async fn prepare_rowless(
    connection: &mut Connection,
    statement: &Statement,
) -> Result<(), sqlx::Error> {
    let text = sql_text::executable(&rowless(NOTHING, statement)).into_sql_str();
    (&mut connection.sqlite).prepare(text).await.map(drop)
}

/// How long an ask waits for a lock of the database's owner.
fn lock_wait(limits: LocalLimits) -> Duration {
    limits.statement_timeout / 2
}

/// The columns of a statement, to select from it; none where one can have no such name.
fn list(columns: &[String]) -> Option<String> {
    let columns = columns.iter();
    let columns = columns.map(|name| Some(format!("t.{}", quoted(name, '"')?)));
    let columns = columns.collect::<Option<Vec<_>>>()?;
    Some(if columns.is_empty() {
        NOTHING.to_owned()
    } else {
        columns.join(", ")
    })
}

/// A statement inside of another one that has no rows.
fn rowless(list: &str, statement: &Statement) -> Arc<str> {
    let inner = statement.text();
    format!("SELECT {list} FROM (\n{inner}\n) AS t LIMIT 0").into()
}

/// A value as the text SQLite gives for it: decimals must not pass through floats.
fn bytes(row: &SqliteRow, place: usize) -> Result<Option<Vec<u8>>, SourceError> {
    let bytes = row.try_get_unchecked::<Option<Vec<u8>>, _>(place);
    bytes.map_err(|error| outage(&error))
}

/// The reviewed gate to the database. The text comes from a mapping file, passed
/// [`Statement::reviewed`], and is never built from values: those are always bound.
fn executable(statement: &Statement) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(statement.text())
}

fn column_places(row: &SqliteRow, search: Search<'_>) -> Result<Vec<Option<usize>>, SourceError> {
    let delivered = row.columns();
    let place = |name: &String| {
        delivered
            .iter()
            .position(|c| c.name().eq_ignore_ascii_case(name))
    };
    let wanted = search.columns.iter().zip(search.wanted);
    let places = wanted.map(|(name, wanted)| match (wanted, place(name)) {
        (false, _) => Ok(None),
        (true, Some(place)) => Ok(Some(place)),
        (true, None) => Err(SourceError::ColumnMissing),
    });
    places.collect()
}

/// SQLite's primary result codes that are told apart.
const SQLITE_ERROR: i32 = 1;
const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
const SQLITE_INTERRUPT: i32 = 9;
const SQLITE_CANTOPEN: i32 = 14;

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    const PRIMARY_CODE_BITS: i32 = 0xff;
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & PRIMARY_CODE_BITS)
}

/// The named outcome of a failure; the driver's own words may quote data and stay here.
fn outage(error: &sqlx::Error) -> SourceError {
    match primary_code(error) {
        Some(SQLITE_BUSY | SQLITE_LOCKED) => SourceError::Locked,
        Some(SQLITE_INTERRUPT) => SourceError::TimedOut,
        Some(SQLITE_CANTOPEN) => SourceError::Missing,
        _ => SourceError::Broken,
    }
}

fn refused_or_unreachable(error: &sqlx::Error) -> Prepared {
    match (primary_code(error), error.as_database_error()) {
        (Some(SQLITE_ERROR), Some(refusal)) => Prepared::Refused(refusal.message().to_owned()),
        _ => Prepared::Unreachable(outage(error)),
    }
}

#[cfg(test)]
mod tests;
