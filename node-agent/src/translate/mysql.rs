//! The MySQL and MariaDB connector: read-only sessions, every value as the text the server gives
//! for it, converted to UTF-8 by the server. Binary columns arrive as their bytes. What the server
//! says in words stays here: only codes leave.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::mysql::{
    MySql, MySqlColumn, MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlRow,
    MySqlSslMode,
};
use sqlx::{Column, ConnectOptions, Executor, Row, SqlSafeStr, Statement as _, Type, TypeInfo};

use super::origin::Statement;
use super::sql_dialect::{
    Asked, Delivered, Described, Dialect, Failure, STATEMENTS_KEPT_MAX, unreached,
};
use super::sql_pool;
use super::sql_reply::Reply;
use super::sql_server::{Reached, Server};
use super::sql_text::{CELL_CHARS_MAX, Pieces, Tongue, executable, quoted};
use super::{LocalLimits, SourceError};

pub(crate) const STANDARD_PORT: u16 = 3_306;
/// An expression whose value is withheld as undecodable: a byte of no UTF-8 text.
const NO_TEXT: &str = "X'FF'";
/// The types of columns that hold bytes, unless their charset says otherwise.
const BINARY_TYPES: [&str; 6] = [
    "BINARY",
    "VARBINARY",
    "TINYBLOB",
    "BLOB",
    "MEDIUMBLOB",
    "LONGBLOB",
];

pub(crate) type Pool = sql_pool::Pool<MySqlServer>;

/// The pool of one server.
pub(crate) fn pool(server: &Server, limits: LocalLimits) -> Pool {
    let dialect = MySqlServer {
        server: server.clone(),
    };
    sql_pool::Pool::new(dialect, server.charset, limits)
}

/// One MySQL or MariaDB server.
#[derive(Debug)]
pub(crate) struct MySqlServer {
    server: Server,
}

/// The two families of servers, which name their time limit differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    MariaDb,
    MySql,
}

/// A connection and what it leads to.
#[derive(Debug)]
pub(crate) struct Link {
    connection: MySqlConnection,
    family: Family,
    mark: u64,
}

impl Dialect for MySqlServer {
    type Connection = Link;

    async fn connect(&self, limits: LocalLimits) -> Result<Link, Failure> {
        let server = &self.server;
        let mut options = MySqlConnectOptions::new()
            .port(server.port)
            .username(&server.user)
            .database(&server.database)
            .charset("utf8mb4")
            .timezone(Some("+08:00".to_owned()))
            .statement_cache_capacity(STATEMENTS_KEPT_MAX)
            .disable_statement_logging();
        let password = server.password()?;
        if !password.is_empty() {
            options = options.password(&password);
        }
        options = match &server.reached {
            Reached::Tls { host, ca } => {
                let options = options.host(host).ssl_ca(ca);
                options.ssl_mode(MySqlSslMode::VerifyIdentity)
            }
            Reached::Loopback { host } => options.host(host).ssl_mode(MySqlSslMode::Disabled),
            Reached::Socket(file) => options.socket(file).ssl_mode(MySqlSslMode::Disabled),
        };
        let connected = options.connect().await;
        let mut connection = connected.map_err(|error| unreached(&error, failure(&error)))?;
        let (family, mark) = greeted(&mut connection).await?;
        let lock_wait = (limits.statement_timeout / 2).as_secs().max(1);
        let mut link = Link {
            connection,
            family,
            mark,
        };
        // With autocommit off, one old snapshot would answer for ever.
        let settings = format!("SET SESSION autocommit = 1, lock_wait_timeout = {lock_wait}");
        link.tell("SET SESSION TRANSACTION READ ONLY".into())
            .await?;
        link.tell(settings.into()).await?;
        link.tell(limit_text(family, limits.statement_timeout).into())
            .await?;
        Ok(link)
    }

    async fn limit(&self, link: &mut Link, limit: Duration) -> Result<(), Failure> {
        link.tell(limit_text(link.family, limit).into()).await
    }

    fn mark(&self, link: &Link) -> Option<u64> {
        Some(link.mark)
    }

    async fn stop(&self, limits: LocalLimits, mark: u64) -> Result<(), Failure> {
        let mut link = self.connect(limits).await?;
        // An account may always end its own work. The number is the server's own.
        link.tell(format!("KILL QUERY {mark}").into()).await
    }

    async fn describe(&self, link: &mut Link, statement: &Statement) -> Result<Described, Failure> {
        let pieces = Pieces::of(statement, Tongue::MySql).map_err(|reason| Failure {
            error: SourceError::Broken,
            refusal: Some(reason),
            lost: false,
        })?;
        let inner = pieces.spelled(|_| "?".to_owned());
        let asked: Arc<str> = inner.as_str().into();
        let prepared = (&mut link.connection)
            .prepare(executable(&asked).into_sql_str())
            .await
            .map_err(|error| failure(&error))?;
        let columns = prepared.columns().iter().filter_map(delivered).collect();
        let described = Described {
            inner,
            binds: pieces.binds().to_vec(),
            columns,
        };
        let all: Vec<usize> = (0..described.columns.len()).collect();
        let asked = Asked {
            described: &described,
            columns: &all,
            bound: None,
            rows_limit: 1,
        };
        // The statement has to stand inside of another one, where it cannot change data.
        let wrapped = executable(&wrapped(asked, link.family)).into_sql_str();
        let checked = (&mut link.connection).prepare(wrapped).await;
        checked.map_err(|error| failure(&error))?;
        Ok(described)
    }

    async fn read(
        &self,
        link: &mut Link,
        asked: Asked<'_>,
        reply: &mut Reply,
    ) -> Result<(), Failure> {
        let mut query = sqlx::query(executable(&wrapped(asked, link.family)));
        for text in asked.binds() {
            query = query.bind(text);
        }
        let mut rows = query.fetch(&mut link.connection);
        while let Some(row) = rows.try_next().await.map_err(|error| failure(&error))? {
            let places = 0..asked.columns.len();
            reply.take_raw(places.map(|place| Ok(asked.raw(place, bytes(&row, place)?))))?;
        }
        Ok(())
    }
}

impl Link {
    async fn tell(&mut self, text: Arc<str>) -> Result<(), Failure> {
        let told = sqlx::raw_sql(executable(&text)).execute(&mut self.connection);
        told.await.map_err(|error| failure(&error))?;
        Ok(())
    }
}

/// What the server is, and by which number it knows the connection.
async fn greeted(connection: &mut MySqlConnection) -> Result<(Family, u64), Failure> {
    let said = sqlx::raw_sql("SELECT VERSION(), CAST(CONNECTION_ID() AS CHAR)")
        .fetch_one(connection)
        .await;
    let said = said.and_then(|row| Ok((row.try_get::<String, _>(0)?, row.try_get(1)?)));
    let (version, mark): (String, String) = said.map_err(|error| failure(&error))?;
    let family = if version.contains("MariaDB") {
        Family::MariaDb
    } else {
        Family::MySql
    };
    Ok((family, mark.parse().map_err(|_| SourceError::Broken)?))
}

/// `SET` takes no parameters; the number comes from this program's own limits.
fn limit_text(family: Family, limit: Duration) -> String {
    match family {
        Family::MariaDb => {
            format!(
                "SET SESSION max_statement_time = {:.3}",
                limit.as_secs_f64()
            )
        }
        Family::MySql => format!("SET SESSION max_execution_time = {}", limit.as_millis()),
    }
}

fn bytes(row: &MySqlRow, place: usize) -> Result<Option<Vec<u8>>, SourceError> {
    let bytes = row.try_get_unchecked::<Option<Vec<u8>>, _>(place);
    bytes.map_err(|_| SourceError::Broken)
}

fn delivered(column: &MySqlColumn) -> Option<Delivered> {
    let name = column.name().to_owned();
    let from = format!("t.{}", quoted(&name, '`')?);
    let longest = CELL_CHARS_MAX + 1;
    let kind = column.type_info();
    let is_text = <String as Type<MySql>>::compatible(kind);
    let text = |expression: &str| {
        format!("LEFT(CAST({expression} AS CHAR CHARACTER SET utf8mb4), {longest})")
    };
    let is_bytes = BINARY_TYPES.contains(&kind.name()) && !is_text;
    let is_single = kind.name().starts_with("FLOAT");
    let expression = match kind.name() {
        "DATETIME" | "TIMESTAMP" => text(&format!("DATE_FORMAT({from}, '%Y-%m-%d %H:%i:%s')")),
        // Bits would arrive as bytes.
        "BIT" => text(&format!("{from} + 0")),
        _ if is_single => format!("IF({from} IS NULL, NULL, {NO_TEXT})"),
        _ if is_bytes => format!("LEFT({from}, {longest})"),
        _ if is_text => whole_text(&from, &text(&from)),
        _ => text(&from),
    };
    Some(Delivered {
        name,
        expression,
        is_bytes,
        is_single,
    })
}

/// `text` of the column `from`, unless the server put a `?` for what Unicode lacks: then there are
/// more of them in the text than in the bytes.
fn whole_text(from: &str, text: &str) -> String {
    let marks = |of: &str, mark: &str| format!("LENGTH({of}) - LENGTH(REPLACE({of}, {mark}, ''))");
    let read = format!("CAST({from} AS CHAR CHARACTER SET utf8mb4)");
    let (read, held) = (
        marks(&read, "'?'"),
        marks(&format!("CAST({from} AS BINARY)"), "X'3F'"),
    );
    format!("IF({read} > {held}, {NO_TEXT}, CAST({text} AS BINARY))")
}

/// MariaDB drops the order of an inner statement unless that one has a limit; MySQL keeps it.
/// A statement that begins with WITH cannot take one from outside.
fn wrapped(asked: Asked<'_>, family: Family) -> Arc<str> {
    let (list, inner, limit) = (
        asked.expressions(),
        &asked.described.inner,
        asked.rows_limit,
    );
    let select = inner
        .get(..6)
        .is_some_and(|verb| verb.eq_ignore_ascii_case("select"));
    if family == Family::MariaDb && select {
        return format!("SELECT {list} FROM ((\n{inner}\n) LIMIT {limit}) AS t").into();
    }
    format!("SELECT {list} FROM (\n{inner}\n) AS t LIMIT {limit}").into()
}

/// The named outcome of a failure; the server's own words may quote data and stay here.
fn failure(error: &sqlx::Error) -> Failure {
    let told = error.as_database_error();
    let told = told.and_then(|told| told.try_downcast_ref::<MySqlDatabaseError>());
    let Some(told) = told else {
        let lost = matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_));
        return Failure {
            error: SourceError::Broken,
            refusal: None,
            lost,
        };
    };
    let number = told.number();
    tracing::debug!(number, "a MySQL or MariaDB server reports a failure");
    let error = match number {
        1969 | 3024 => SourceError::TimedOut,
        1205 | 3572 => SourceError::Locked,
        1040 | 1041 | 1203 | 1226 => SourceError::Overloaded,
        1044 | 1045 | 1142 | 1143 | 1698 => SourceError::AccessDenied,
        1049 => SourceError::Missing,
        1054 => SourceError::ColumnMissing,
        _ => SourceError::Broken,
    };
    Failure {
        error,
        refusal: refusal(told).map(|reason| format!("{reason} ({number})")),
        lost: matches!(number, 1053 | 1152 | 1927 | 4031),
    }
}

/// Why a statement can never run, in words of ours for the server's number.
fn refusal(told: &MySqlDatabaseError) -> Option<&'static str> {
    match told.number() {
        1040 | 1044 | 1045 | 1049 | 1203 | 1226 => None,
        1064 => Some("its syntax is wrong"),
        1146 => Some("it names a table that does not exist"),
        1054 => Some("it names a column that does not exist"),
        1052 | 1060 => Some("it names or delivers a column twice"),
        1305 => Some("it uses a function that does not exist"),
        1142 | 1143 => Some("the account may not read what it names"),
        _ if told.code().is_some_and(|state| state.starts_with("42")) => {
            Some("the server does not accept it")
        }
        _ => None,
    }
}
