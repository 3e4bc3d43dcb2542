//! One connection, on its own thread. Everything read is rolled back, so that even a function that
//! writes leaves nothing behind where the database has no read-only sessions. Replies are bounded
//! while they arrive, and reading stops when nobody waits any more.

use std::time::Duration;

use odbc_api::parameter::{InputParameter, VarBinaryBox, VarCharBox, VarWCharBox};
use odbc_api::{
    ColumnDescription, Connection, ConnectionOptions, Cursor, CursorRow, DataType, Error,
    ResultSetMetadata, environment,
};

use super::failure::{self, refused};
use super::family::{Family, Held};
use super::place::{OdbcPlace, Texts};
use crate::translate::SourceError;
use crate::translate::charset::Charset;
use crate::translate::sql_dialect::{Delivered, Described, Failure};
use crate::translate::sql_reply::{Raw, Reply};
use crate::translate::sql_text::{CELL_CHARS_MAX, Pieces};

/// Longest wait of the driver for a login, where it knows such a limit.
const LOGIN_SECONDS_MAX: u32 = 2;
/// Units of UTF-16 that show a text to be too long: no character takes more than two.
const UNITS_MAX: usize = 2 * CELL_CHARS_MAX + 2;
/// Bytes that show a text to be too long: no character of a known charset takes more than four.
const BYTES_MAX: usize = 4 * CELL_CHARS_MAX + 2;

/// One connection that reads.
pub(super) struct Session {
    connection: Connection<'static>,
    family: Family,
    quote: Option<char>,
    texts: Texts,
    charset: Option<Charset>,
    /// Whether the driver takes a time limit with a statement.
    limits: bool,
}

/// One wrapped question, on its way to the connection's thread.
pub(super) struct Question {
    pub(super) list: String,
    pub(super) inner: String,
    pub(super) bound: Vec<Option<String>>,
    pub(super) columns: usize,
    pub(super) rows_limit: usize,
    pub(super) limit: Duration,
}

/// What a column holds, as far as it is read in different ways.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Bytes,
    Moment,
    /// A number that has lost digits; it is not read.
    Single,
}

impl Session {
    pub(super) fn open(place: &OdbcPlace) -> Result<Self, Failure> {
        let environment = environment().map_err(|error| failure::of(&error))?;
        let options = ConnectionOptions {
            login_timeout_sec: Some(LOGIN_SECONDS_MAX),
            packet_size: None,
        };
        let told = place.connection_string()?;
        let connection = environment.connect_with_connection_string(&told, options);
        let connection = connection.map_err(|error| failure::unreached(&error))?;
        drop(told);
        let of = |error: Error| failure::of(&error);
        let name = connection.database_management_system_name().map_err(of)?;
        let family = Family::named(&name);
        let session = Self {
            family,
            quote: connection.identifier_quote_char().map_err(of)?,
            // SQLite's driver makes Unicode even of bytes that are none.
            texts: match family {
                Family::Sqlite => Texts::Bytes,
                _ => place.texts,
            },
            charset: place.charset,
            limits: takes_limits(&connection)?,
            connection,
        };
        for setting in session.family.settings() {
            session.tell(setting)?;
        }
        session.connection.set_autocommit(false).map_err(of)?;
        Ok(session)
    }

    fn tell(&self, text: &str) -> Result<(), Failure> {
        let told = self.connection.execute(text, (), None);
        told.map(drop).map_err(|error| failure::of(&error))
    }

    /// Has the database check a statement, and says what it delivers.
    pub(super) fn describe(&self, pieces: &Pieces) -> Result<Described, Failure> {
        let inner = pieces.spelled(|_| "?".to_owned());
        let mut columns = Vec::new();
        for (name, kind) in self.columns(&inner)? {
            let held = match kind {
                DataType::LongVarchar { .. } | DataType::WLongVarchar { .. } => Held::LongText,
                DataType::LongVarbinary { .. } => Held::LongBytes,
                DataType::Timestamp { .. } => Held::Moment,
                _ => Held::Other,
            };
            if let Some(expression) = self.family.expression(&name, self.quote, held) {
                columns.push(Delivered {
                    name,
                    expression,
                    is_single: is_single(kind),
                    is_bytes: self.texts == Texts::Bytes || held == Held::LongBytes,
                });
            }
        }
        if columns.is_empty() {
            return Err(refused(
                "it delivers no columns, or the driver does not say which",
            ));
        }
        let all: Vec<_> = columns.iter().map(|one| one.expression.as_str()).collect();
        // The statement has to stand inside of another one, where it cannot change data.
        self.columns(&self.family.wrapped(&all.join(", "), &inner, 1))?;
        self.end()?;
        Ok(Described {
            inner,
            binds: pieces.binds().to_vec(),
            columns,
        })
    }

    /// The columns of a statement that is prepared and not run.
    fn columns(&self, text: &str) -> Result<Vec<(String, DataType)>, Failure> {
        let of = |error: Error| failure::of(&error);
        let mut prepared = self.connection.prepare(text).map_err(of)?;
        let count = prepared.num_result_cols().map_err(of)?;
        let count = u16::try_from(count).unwrap_or_default();
        let mut one = ColumnDescription::default();
        let mut all = Vec::new();
        for place in 1..=count {
            prepared.describe_col(place, &mut one).map_err(of)?;
            let name = one.name_to_string();
            let name = name.map_err(|_| refused("it delivers a column whose name is no text"))?;
            all.push((name, one.data_type));
        }
        Ok(all)
    }

    /// Runs a question; every row goes to `reply`.
    pub(super) fn read(
        &self,
        question: &Question,
        reply: &mut Reply,
        given_up: &dyn Fn() -> bool,
    ) -> Result<(), Failure> {
        if let Some(opening) = self.family.opening() {
            self.tell(opening)?;
        }
        let (list, inner) = (&question.list, &question.inner);
        let text = self.family.wrapped(list, inner, question.rows_limit);
        match self.texts {
            Texts::Unicode => {
                let bound = question.bound.iter();
                let bound = bound.map(|one| match one {
                    Some(text) => VarWCharBox::from_str_slice(text),
                    None => VarWCharBox::null(),
                });
                let bound: Vec<_> = bound.collect();
                self.fetch(&text, &bound, question, reply, given_up)?;
            }
            Texts::Bytes => {
                let bound = question.bound.iter().map(|one| match one {
                    Some(text) => self.encoded(text),
                    None => Ok(VarCharBox::null()),
                });
                let bound = bound.collect::<Result<Vec<_>, _>>()?;
                self.fetch(&text, &bound, question, reply, given_up)?;
            }
        }
        self.end()
    }

    /// A bound text as the bytes that the database compares.
    fn encoded(&self, text: &str) -> Result<VarCharBox, Failure> {
        let bytes = match self.charset {
            Some(charset) => charset.encode(text).ok_or(SourceError::Broken)?,
            None => text.as_bytes().to_vec(),
        };
        Ok(VarCharBox::from_vec(bytes))
    }

    fn fetch<P: InputParameter>(
        &self,
        text: &str,
        bound: &[P],
        question: &Question,
        reply: &mut Reply,
        given_up: &dyn Fn() -> bool,
    ) -> Result<(), Failure> {
        let of = |error: Error| failure::of(&error);
        let seconds = usize::try_from(question.limit.as_secs()).unwrap_or(usize::MAX);
        let part = usize::from(question.limit.subsec_nanos() > 0);
        let limit = self.limits.then_some(seconds.saturating_add(part));
        let cursor = self.connection.execute(text, bound, limit).map_err(of)?;
        let Some(mut cursor) = cursor else {
            return Err(SourceError::Broken.into());
        };
        let mut kinds = Vec::new();
        let mut one = ColumnDescription::default();
        for place in (1..=u16::MAX).take(question.columns) {
            cursor.describe_col(place, &mut one).map_err(of)?;
            kinds.push((place, kind(one.data_type)));
        }
        let mut buffers = Buffers::new();
        while let Some(mut row) = cursor.next_row().map_err(of)? {
            if given_up() {
                return Err(SourceError::TimedOut.into());
            }
            let values = kinds.iter().map(|(place, kind)| {
                let value = buffers.value(&mut row, *place, *kind, self.texts);
                value.map_err(|error| failure::of(&error).error)
            });
            reply.take_raw(values)?;
        }
        Ok(())
    }

    /// Ends what was begun; nothing is ever kept of it.
    fn end(&self) -> Result<(), Failure> {
        let ended = self.connection.rollback();
        ended.map_err(|error| failure::of(&error))
    }
}

/// Whether the driver takes a time limit with a statement; some know none.
fn takes_limits(connection: &Connection<'static>) -> Result<bool, Failure> {
    let statement = connection.preallocate();
    let mut statement = statement.map_err(|error| failure::of(&error))?;
    Ok(statement
        .set_query_timeout_sec(usize::try_from(LOGIN_SECONDS_MAX).unwrap_or(1))
        .is_ok())
}

fn kind(data_type: DataType) -> Kind {
    match data_type {
        DataType::Binary { .. } | DataType::Varbinary { .. } | DataType::LongVarbinary { .. } => {
            Kind::Bytes
        }
        DataType::Timestamp { .. } => Kind::Moment,
        other if is_single(other) => Kind::Single,
        _ => Kind::Text,
    }
}

/// Whether a column is floating point of single precision. One of double precision is not told
/// apart from Oracle's exact NUMBER, and drivers give its text with the digits that it holds.
fn is_single(data_type: DataType) -> bool {
    matches!(data_type, DataType::Real)
}

/// What the driver writes values to, used anew for each.
struct Buffers {
    units: VarWCharBox,
    bytes: VarCharBox,
    binary: VarBinaryBox,
}

impl Buffers {
    fn new() -> Self {
        Self {
            units: VarWCharBox::from_vec(vec![0; UNITS_MAX]),
            bytes: VarCharBox::from_vec(vec![0; BYTES_MAX]),
            binary: VarBinaryBox::from_vec(vec![0; BYTES_MAX]),
        }
    }

    fn value(
        &mut self,
        row: &mut CursorRow<'_>,
        place: u16,
        kind: Kind,
        texts: Texts,
    ) -> Result<Raw, Error> {
        if kind == Kind::Single {
            row.get_data(place, &mut self.bytes)?;
            let is_null = self.bytes.as_bytes().is_none();
            return Ok(if is_null { Raw::Null } else { Raw::NoText });
        }
        if kind == Kind::Bytes {
            row.get_data(place, &mut self.binary)?;
            let bytes = self.binary.as_bytes().map(<[u8]>::to_vec);
            return Ok(raw(bytes, self.binary.is_complete()));
        }
        if texts == Texts::Bytes {
            row.get_data(place, &mut self.bytes)?;
            let bytes = self
                .bytes
                .as_bytes()
                .map(|bytes| whole(bytes, kind).to_vec());
            return Ok(raw(bytes, self.bytes.is_complete()));
        }
        row.get_data(place, &mut self.units)?;
        let Some(units) = self.units.as_slice() else {
            return Ok(Raw::Null);
        };
        if !self.units.is_complete() {
            return Ok(Raw::TooLong);
        }
        Ok(match String::from_utf16(units) {
            // A driver puts U+FFFD where it could not read what the database holds.
            Ok(text) if !text.contains('\u{fffd}') => {
                Raw::Text(whole(text.as_bytes(), kind).to_vec())
            }
            _ => Raw::NoText,
        })
    }
}

fn raw(bytes: Option<Vec<u8>>, is_complete: bool) -> Raw {
    match bytes {
        None => Raw::Null,
        Some(_) if !is_complete => Raw::TooLong,
        Some(bytes) => Raw::Bytes(bytes),
    }
}

/// A moment without parts of a second; anything else as it is.
fn whole(text: &[u8], kind: Kind) -> &[u8] {
    let moment = text.split(|byte| *byte == b'.').next();
    match kind {
        Kind::Moment => moment.unwrap_or(text),
        Kind::Text | Kind::Bytes | Kind::Single => text,
    }
}
