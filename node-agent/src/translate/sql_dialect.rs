//! What a kind of database server must be able to do for the pool, and what both say to each
//! other. It connects to nothing by itself.

use std::fmt;
use std::future::Future;
use std::io;
use std::time::Duration;

use super::origin::Statement;
use super::sql_reply::{Raw, Reply};
use super::sqlite::ColumnTold;
use super::{LocalLimits, SourceError};

/// Statements kept prepared per connection, and descriptions kept per server.
pub(crate) const STATEMENTS_KEPT_MAX: usize = 64;

/// What a kind of server must be able to do.
pub(crate) trait Dialect: fmt::Debug + Send + Sync + 'static {
    type Connection: Send + 'static;

    /// Opens a connection that can only read.
    fn connect(
        &self,
        limits: LocalLimits,
    ) -> impl Future<Output = Result<Self::Connection, Failure>> + Send;

    /// Makes the server itself end statements after `limit`.
    fn limit(
        &self,
        connection: &mut Self::Connection,
        limit: Duration,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// By which number the server knows a connection; none where it cannot be told to stop the
    /// work of one.
    fn mark(&self, connection: &Self::Connection) -> Option<u64>;

    /// Has the server stop what it does for the connection of this number, over another one.
    fn stop(
        &self,
        limits: LocalLimits,
        mark: u64,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Has the server check a statement, and says what it delivers.
    fn describe(
        &self,
        connection: &mut Self::Connection,
        statement: &Statement,
    ) -> impl Future<Output = Result<Described, Failure>> + Send;

    /// Runs a wrapped statement; every row goes to `reply`.
    fn read(
        &self,
        connection: &mut Self::Connection,
        asked: Asked<'_>,
        reply: &mut Reply,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A statement as the server understands it.
#[derive(Debug)]
pub(crate) struct Described {
    /// The statement with the server's own placeholders.
    pub(crate) inner: String,
    /// Which bound text each placeholder takes, counted from 0.
    pub(crate) binds: Vec<usize>,
    pub(crate) columns: Vec<Delivered>,
}

/// A column that a statement delivers.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) name: String,
    /// The expression that gives it as text, or as bytes if it is binary.
    pub(crate) expression: String,
    /// Whether it gives bytes whose charset the database does not know.
    pub(crate) is_bytes: bool,
    /// Whether it is a floating point number of single precision, which cannot hold an amount.
    pub(crate) is_single: bool,
}

impl From<&Delivered> for ColumnTold {
    fn from(delivered: &Delivered) -> Self {
        Self {
            name: delivered.name.clone(),
            is_single: delivered.is_single,
        }
    }
}

/// One wrapped question.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) described: &'a Described,
    /// The delivered columns that are read, in this order.
    pub(crate) columns: &'a [usize],
    /// The texts to bind; NULLs where nobody is asked about.
    pub(crate) bound: Option<&'a [String]>,
    /// One row more than may be had, so that the server stops soon after; none for a probe.
    pub(crate) rows_limit: usize,
}

impl Asked<'_> {
    /// The expressions to select; never none.
    pub(crate) fn expressions(&self) -> String {
        let columns = self.columns.iter();
        let columns = columns.filter_map(|place| self.described.columns.get(*place));
        let list = columns
            .map(|one| one.expression.as_str())
            .collect::<Vec<_>>();
        if list.is_empty() {
            "NULL".to_owned()
        } else {
            list.join(", ")
        }
    }

    /// The value at a place of a row, as what the database says it is.
    pub(crate) fn raw(&self, place: usize, bytes: Option<Vec<u8>>) -> Raw {
        let column = self.columns.get(place);
        let column = column.and_then(|column| self.described.columns.get(*column));
        match bytes {
            None => Raw::Null,
            Some(bytes) if column.is_some_and(|column| !column.is_bytes) => Raw::Text(bytes),
            Some(bytes) => Raw::Bytes(bytes),
        }
    }

    /// What to bind, one for each placeholder.
    pub(crate) fn binds(&self) -> impl Iterator<Item = Option<&str>> {
        let places = self.described.binds.iter();
        places.map(|place| {
            let bound = self.bound?;
            Some(bound.get(*place).map_or("", String::as_str))
        })
    }
}

/// Why a server gave nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: SourceError,
    /// Why the server will never run this statement.
    pub(crate) refusal: Option<String>,
    /// The connection is gone; another might serve.
    pub(crate) lost: bool,
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self {
            error,
            refusal: None,
            lost: false,
        }
    }
}

/// The failure of a connection that never stood: the server is not where the connector says,
/// unless it is and does not prove itself by its certificate.
pub(crate) fn unreached(error: &sqlx::Error, failure: Failure) -> Failure {
    match error {
        sqlx::Error::Io(error) if error.kind() != io::ErrorKind::InvalidData => {
            SourceError::Missing.into()
        }
        _ => failure,
    }
}
