//! The PostgreSQL connector: read-only sessions, every value as the text PostgreSQL gives for it.
//! Bound texts take the type of what they are compared with, so that padded CHAR columns compare
//! as CHAR and their indexes serve. What the server says in words stays here: only codes leave.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgColumn, PgConnectOptions, PgConnection, PgDatabaseError, PgErrorPosition,
    PgRow, PgSslMode, PgTypeInfo,
};
use sqlx::{
    Column, ConnectOptions, Encode, Executor, Postgres, Row, SqlSafeStr, Statement as _, Type,
    TypeInfo,
};

use super::origin::Statement;
use super::sql_dialect::{
    Asked, Delivered, Described, Dialect, Failure, STATEMENTS_KEPT_MAX, unreached,
};
use super::sql_pool;
use super::sql_reply::Reply;
use super::sql_server::{Reached, Server};
use super::sql_text::{CELL_CHARS_MAX, Pieces, Tongue, executable, quoted};
use super::{LocalLimits, SourceError};

pub(crate) const STANDARD_PORT: u16 = 5_432;
/// The type of a parameter whose type the server is to find out.
const UNDECIDED: Oid = Oid(705);
/// Columns and parameters of these types take a text as it is.
const TEXT_TYPES: [&str; 6] = ["TEXT", "VARCHAR", "CHAR", "NAME", "UNKNOWN", "CITEXT"];
/// Parameters of these types take a text through a cast.
const NUMBER_TYPES: [&str; 4] = ["INT2", "INT4", "INT8", "NUMERIC"];

pub(crate) type Pool = sql_pool::Pool<PostgresServer>;

/// The pool of one server.
pub(crate) fn pool(server: &Server, limits: LocalLimits) -> Pool {
    let dialect = PostgresServer {
        server: server.clone(),
    };
    sql_pool::Pool::new(dialect, server.charset, limits)
}

/// One PostgreSQL server.
#[derive(Debug)]
pub(crate) struct PostgresServer {
    server: Server,
}

/// A text whose type the server decides from its context.
struct Bound<'a>(Option<&'a str>);

impl Type<Postgres> for Bound<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UNDECIDED)
    }
}

impl Encode<'_, Postgres> for Bound<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match &self.0 {
            Some(text) => <&str as Encode<'_, Postgres>>::encode_by_ref(text, buffer),
            None => Ok(IsNull::Yes),
        }
    }
}

/// A connection, and by which number the server knows it.
#[derive(Debug)]
pub(crate) struct Link {
    connection: PgConnection,
    mark: u64,
}

impl Dialect for PostgresServer {
    type Connection = Link;

    async fn connect(&self, limits: LocalLimits) -> Result<Link, Failure> {
        let server = &self.server;
        // The environment may name other files and options; everything it could name is set here.
        let mut options = PgConnectOptions::new_without_pgpass()
            .port(server.port)
            .username(&server.user)
            .password(&server.password()?)
            .database(&server.database)
            .application_name("tianshu-agent")
            .statement_cache_capacity(STATEMENTS_KEPT_MAX)
            .options(settings(limits))
            .disable_statement_logging();
        if let Some(schema) = &server.schema {
            options = options.options([("search_path", schema)]);
        }
        options = match &server.reached {
            Reached::Tls { host, ca } => {
                let options = options.host(host).ssl_root_cert(ca);
                options.ssl_mode(PgSslMode::VerifyFull)
            }
            Reached::Loopback { host } => options.host(host).ssl_mode(PgSslMode::Disable),
            Reached::Socket(folder) => options.socket(folder).ssl_mode(PgSslMode::Disable),
        };
        let connected = options.connect().await;
        let mut connection = connected.map_err(|error| unreached(&error, failure(&error)))?;
        let mark = sqlx::raw_sql("SELECT pg_backend_pid()")
            .fetch_one(&mut connection)
            .await;
        let mark = mark.and_then(|row| row.try_get::<i32, _>(0));
        let mark = mark.map_err(|error| failure(&error))?;
        let mark = u64::try_from(mark).map_err(|_| SourceError::Broken)?;
        Ok(Link { connection, mark })
    }

    fn mark(&self, link: &Link) -> Option<u64> {
        Some(link.mark)
    }

    async fn stop(&self, limits: LocalLimits, mark: u64) -> Result<(), Failure> {
        let mut link = self.connect(limits).await?;
        // A role may always cancel its own work. The number is the server's own.
        let text = format!("SELECT pg_cancel_backend({mark})");
        let told = sqlx::raw_sql(executable(&text.into()));
        let told = told.execute(&mut link.connection).await;
        told.map(drop).map_err(|error| failure(&error))
    }

    async fn limit(&self, link: &mut Link, limit: Duration) -> Result<(), Failure> {
        // `SET` takes no parameters; the number comes from this program's own limits.
        let text = format!("SET statement_timeout = {}", limit.as_millis());
        let set = sqlx::raw_sql(executable(&text.into()));
        set.execute(&mut link.connection)
            .await
            .map_err(|error| failure(&error))?;
        Ok(())
    }

    async fn describe(&self, link: &mut Link, statement: &Statement) -> Result<Described, Failure> {
        let connection = &mut link.connection;
        let pieces = Pieces::of(statement, Tongue::Postgres).map_err(refused)?;
        let asked: Arc<str> = pieces.spelled(|n| format!("${}", n + 1)).into();
        let types = vec![PgTypeInfo::with_oid(UNDECIDED); pieces.binds().len()];
        let prepared = connection
            .prepare_with(executable(&asked).into_sql_str(), &types)
            .await
            .map_err(|error| failure(&error))?;
        let parameters = prepared.parameters().and_then(|either| either.left());
        let casts = casts(parameters.unwrap_or_default(), pieces.binds()).map_err(refused)?;
        let inner = pieces.spelled(|n| match casts.get(n).copied().flatten() {
            // A text in the server's binary form is no number: it has to be read as text first.
            Some(number) => format!("CAST(CAST(${} AS text) AS {number})", n + 1),
            None => format!("${}", n + 1),
        });
        let columns = prepared.columns().iter();
        let columns: Vec<PgColumn> = columns.cloned().collect();
        let knows_charset = knows_charset(connection).await?;
        let columns = columns.iter();
        let columns = columns
            .filter_map(|one| delivered(one, knows_charset))
            .collect();
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
        let wrapped = executable(&wrapped(asked)).into_sql_str();
        let checked = connection.prepare_with(wrapped, &types).await;
        checked.map_err(|error| failure(&error))?;
        Ok(described)
    }

    async fn read(
        &self,
        link: &mut Link,
        asked: Asked<'_>,
        reply: &mut Reply,
    ) -> Result<(), Failure> {
        let mut query = sqlx::query(executable(&wrapped(asked)));
        for text in asked.binds() {
            query = query.bind(Bound(text));
        }
        let mut rows = query.fetch(&mut link.connection);
        while let Some(row) = rows.try_next().await.map_err(|error| failure(&error))? {
            let places = 0..asked.columns.len();
            reply.take_raw(places.map(|place| Ok(asked.raw(place, bytes(&row, place)?))))?;
        }
        Ok(())
    }
}

fn bytes(row: &PgRow, place: usize) -> Result<Option<Vec<u8>>, SourceError> {
    let bytes = row.try_get_unchecked::<Option<Vec<u8>>, _>(place);
    bytes.map_err(|_| SourceError::Broken)
}

/// What a session is told when it begins. Notices are silenced because the driver would log them.
fn settings(limits: LocalLimits) -> [(&'static str, String); 7] {
    let timeout = limits.statement_timeout.as_millis();
    [
        ("default_transaction_read_only", "on".to_owned()),
        ("statement_timeout", timeout.to_string()),
        ("lock_timeout", (timeout / 2).to_string()),
        ("idle_in_transaction_session_timeout", timeout.to_string()),
        ("client_connection_check_interval", "1s".to_owned()),
        ("client_min_messages", "error".to_owned()),
        ("bytea_output", "hex".to_owned()),
    ]
}

/// Which parameters need a cast, in order of occurrence.
fn casts(parameters: &[PgTypeInfo], binds: &[usize]) -> Result<Vec<Option<&'static str>>, String> {
    let cast = |(parameter, place): (&PgTypeInfo, &usize)| {
        let name = parameter.name().to_ascii_uppercase();
        if TEXT_TYPES.contains(&name.as_str()) {
            return Ok(None);
        }
        let number = NUMBER_TYPES.into_iter().find(|number| *number == name);
        number.map(Some).ok_or_else(|| {
            let place = place + 1;
            format!(
                "?{place} is compared with a {name}: write CAST(CAST(?{place} AS text) AS {name})"
            )
        })
    };
    parameters.iter().zip(binds).map(cast).collect()
}

/// Whether the database knows the charset of its texts: in one that is `SQL_ASCII` they are bytes
/// of which it knows nothing, and which it converts to nothing.
async fn knows_charset(connection: &mut PgConnection) -> Result<bool, Failure> {
    let asked = sqlx::raw_sql("SELECT current_setting('server_encoding')");
    let row = asked.fetch_one(connection).await;
    let name = row.and_then(|row| row.try_get::<String, _>(0));
    Ok(name.map_err(|error| failure(&error))? != "SQL_ASCII")
}

fn delivered(column: &PgColumn, knows_charset: bool) -> Option<Delivered> {
    let name = column.name().to_owned();
    let from = format!("t.{}", quoted(&name, '"')?);
    let longest = CELL_CHARS_MAX + 1;
    let text = |expression: &str| format!("left(CAST({expression} AS text), {longest})");
    let kind = column.type_info().name();
    let is_single = kind == "FLOAT4";
    let expression = match kind {
        // Infinity stays itself, and is then withheld as no date; to_char would make it nothing.
        "TIMESTAMP" => text(&format!("date_trunc('second', {from})")),
        "TIMESTAMPTZ" => {
            let here = format!("{from} AT TIME ZONE 'Asia/Shanghai'");
            text(&format!("date_trunc('second', {here})"))
        }
        // A byte of no UTF-8 text, which is withheld as undecodable.
        _ if is_single => {
            format!("CASE WHEN {from} IS NULL THEN NULL ELSE decode('ff', 'hex') END")
        }
        "BYTEA" => format!("substring({from} FROM 1 FOR {longest})"),
        _ => text(&from),
    };
    Some(Delivered {
        name,
        expression,
        is_bytes: kind == "BYTEA" || !knows_charset,
        is_single,
    })
}

fn wrapped(asked: Asked<'_>) -> Arc<str> {
    let (list, inner, limit) = (
        asked.expressions(),
        &asked.described.inner,
        asked.rows_limit,
    );
    format!("SELECT {list} FROM (\n{inner}\n) AS t LIMIT {limit}").into()
}

fn refused(reason: String) -> Failure {
    Failure {
        error: SourceError::Broken,
        refusal: Some(reason),
        lost: false,
    }
}

/// The named outcome of a failure; the server's own words may quote data and stay here.
fn failure(error: &sqlx::Error) -> Failure {
    let Some(told) = error.as_database_error() else {
        let lost = matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_));
        return Failure {
            error: SourceError::Broken,
            refusal: None,
            lost,
        };
    };
    let code = told.code().unwrap_or_default().into_owned();
    tracing::debug!(code, "a PostgreSQL server reports a failure");
    let error = match (code.get(..2).unwrap_or_default(), code.as_str()) {
        (_, "57014") => SourceError::TimedOut,
        (_, "55P03") => SourceError::Locked,
        ("53", _) => SourceError::Overloaded,
        ("28", _) | (_, "42501") => SourceError::AccessDenied,
        (_, "3D000") => SourceError::Missing,
        (_, "42703") => SourceError::ColumnMissing,
        _ => SourceError::Broken,
    };
    let lost = code.starts_with("08") || (code.starts_with("57P") && code != "57P03");
    let position = told
        .try_downcast_ref::<PgDatabaseError>()
        .and_then(PgDatabaseError::position);
    let position = match position {
        Some(PgErrorPosition::Original(place)) => format!(", near character {place}"),
        _ => String::new(),
    };
    let refusal = refusal(&code).map(|reason| format!("{reason} ({code}{position})"));
    Failure {
        error,
        refusal,
        lost,
    }
}

/// Why a statement can never run, in words of ours for the server's code.
fn refusal(code: &str) -> Option<&'static str> {
    match code {
        "42601" => Some("its syntax is wrong"),
        "42P01" => Some("it names a table that does not exist"),
        "42703" => Some("it names a column that does not exist"),
        "42702" => Some("it names or delivers a column twice"),
        "42883" => Some("it uses a function or comparison that does not exist"),
        "42501" => Some("the account may not read what it names"),
        "42P18" => Some("the type of a placeholder cannot be told"),
        "0A000" => Some("it is more than a question"),
        code if code.starts_with("42") => Some("the server does not accept it"),
        _ => None,
    }
}
