//! What a driver's codes mean. Drivers disagree about them, so that several mean the same. A code
//! that nobody knows is a broken source; a driver's own words may quote data and are not kept.

use odbc_api::Error;
use odbc_api::handles::Record;

use crate::translate::SourceError;
use crate::translate::sql_dialect::Failure;

/// The failure of a statement that can never run, with the reason.
pub(super) fn refused(reason: impl Into<String>) -> Failure {
    Failure {
        refusal: Some(reason.into()),
        ..SourceError::Broken.into()
    }
}

/// The named outcome of a failed call.
pub(super) fn of(error: &Error) -> Failure {
    let Some(record) = record(error) else {
        return SourceError::Broken.into();
    };
    let (state, native) = (record.state.as_str(), record.native_error);
    tracing::debug!(state, native, "an ODBC driver reports a failure");
    let refusal = refusal(state).map(|reason| format!("{reason} ({state})"));
    Failure {
        error: outcome(state),
        refusal,
        lost: state.starts_with("08") || (state.starts_with("57P") && state != "57P03"),
    }
}

/// The failure of a connection that never stood.
pub(super) fn unreached(error: &Error) -> Failure {
    let Some(record) = record(error) else {
        return SourceError::Broken.into();
    };
    let state = record.state.as_str();
    let error = match state {
        "IM002" | "IM003" | "IM004" | "IM012" | "01000" => {
            tracing::warn!(
                state,
                "the ODBC driver or data source of a connector is not installed here"
            );
            SourceError::Missing
        }
        // Several drivers have one code for a server that is away and for one that says no.
        _ if is_denied(record) => SourceError::AccessDenied,
        _ if state.starts_with("08") && state != "08004" => SourceError::Missing,
        _ => outcome(state),
    };
    Failure::from(error)
}

fn record(error: &Error) -> Option<&Record> {
    match error {
        Error::Diagnostics { record, .. }
        | Error::InvalidRowArraySize { record, .. }
        | Error::UnsupportedOdbcApiVersion(record)
        | Error::UnableToRepresentNull(record)
        | Error::OracleOdbcDriverDoesNotSupport64Bit(record) => Some(record),
        _ => None,
    }
}

/// Whether a login was refused. The words are looked at for this alone: psqlODBC gives no code.
fn is_denied(record: &Record) -> bool {
    const ORACLE_LOGON_DENIED: i32 = 1_017;
    let state = record.state.as_str();
    let words = String::from_utf16_lossy(&record.message).to_ascii_lowercase();
    state.starts_with("28")
        || record.native_error == ORACLE_LOGON_DENIED
        || words.contains("password authentication failed")
        || words.contains("no password supplied")
}

fn outcome(state: &str) -> SourceError {
    match (state.get(..2).unwrap_or_default(), state) {
        (_, "HYT00" | "HYT01" | "S1T00" | "HY008" | "57014") => SourceError::TimedOut,
        (_, "55P03" | "40001") => SourceError::Locked,
        ("53", _) | (_, "08004") => SourceError::Overloaded,
        ("28", _) | (_, "42501") => SourceError::AccessDenied,
        (_, "3D000") => SourceError::Missing,
        (_, "42S22" | "42703") => SourceError::ColumnMissing,
        _ => SourceError::Broken,
    }
}

/// Why a statement can never run, in words of ours for the driver's code.
fn refusal(state: &str) -> Option<&'static str> {
    match state {
        "42601" | "37000" => Some("its syntax is wrong"),
        "42S02" | "S0002" | "42P01" => Some("it names a table that does not exist"),
        "42S22" | "S0022" | "42703" => Some("it names a column that does not exist"),
        "42702" => Some("it names or delivers a column twice"),
        "42883" => Some("it uses a function or comparison that does not exist"),
        "42501" => Some("the account may not read what it names"),
        "0A000" => Some("it is more than a question"),
        state if state.starts_with("42") => Some("the database does not accept it"),
        _ => None,
    }
}
