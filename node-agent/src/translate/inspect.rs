//! What a local table or file calls its columns, for the person who begins a mapping. It reads no
//! row.

use std::fs;
use std::path::Path;

use super::connectors::{self, CONNECTORS_FILE, ConnectorPlace};
use super::csv_file;
use super::dropped::Keying;
use super::faults::{FileFaults, FolderFaults};
use super::file_drop::{FileDrop, Format};
use super::origin::Statement;
use super::sql::Database;
use super::sqlite::Prepared;
use super::{LocalLimits, MappingErrors, SourceError};

/// Longest name of a table.
const TABLE_CHARS_MAX: usize = 128;

/// Why the columns of a table cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// `connectors.toml` has faults or cannot be read.
    #[error(transparent)]
    Connectors(#[from] MappingErrors),
    /// No connector has this name.
    #[error("connectors.toml has no connector `{0}`")]
    UnknownConnector(String),
    /// The name holds something else than letters, digits, `_`, `$` and `.`.
    #[error("`{0}` is not a plain name of a table")]
    Name(String),
    /// The kind of connector has no tables whose columns could be listed.
    #[error("the connector `{0}` has no tables: write its fields by hand")]
    NoTables(String),
    /// The database does not know the table, in its own words about the statement.
    #[error("the database refuses: {0}")]
    Refused(String),
    /// There is no file of this type.
    #[error("no file of the type `{0}` was dropped")]
    NoFile(String),
    /// The system cannot be asked.
    #[error("the local system cannot be asked: {0}")]
    Unreachable(SourceError),
}

/// The columns of `table`, or of the newest CSV file of the type `table`.
///
/// # Errors
/// See [`TableError`].
pub async fn table_columns(
    home: &Path,
    mappings: &Path,
    connector: &str,
    table: &str,
    limits: LocalLimits,
) -> Result<Vec<String>, TableError> {
    let place = place(home, mappings, connector)?;
    if !is_plain(table) {
        return Err(TableError::Name(table.to_owned()));
    }
    if let ConnectorPlace::Csv {
        dir,
        charset,
        delimiter,
    } = &place
    {
        let reading = csv_file::Reading {
            file_type: table.to_owned(),
            charset: *charset,
            delimiter: *delimiter,
            keying: Keying::Plain,
            further: Vec::new(),
            key: String::new(),
            columns: Vec::new(),
        };
        let header = FileDrop::new(dir, Format::Csv(reading)).header().await;
        return header.ok_or_else(|| TableError::NoFile(table.to_owned()));
    }
    let database = Database::at(&place, limits);
    let database = database.ok_or_else(|| TableError::NoTables(connector.to_owned()))?;
    // A statement about a name, not about a value; the name was found plain above.
    let statement = Statement::reviewed(&format!("SELECT * FROM {table}"), 0, 0);
    match database
        .prepare(&statement.map_err(TableError::Refused)?)
        .await
    {
        Prepared::Columns(columns) => Ok(columns.into_iter().map(|one| one.name).collect()),
        Prepared::Refused(reason) => Err(TableError::Refused(reason)),
        Prepared::Unreachable(error) => Err(TableError::Unreachable(error)),
    }
}

/// Whether a connector is a drop of CSV files.
///
/// # Errors
/// See [`TableError`].
pub fn has_files(home: &Path, mappings: &Path, connector: &str) -> Result<bool, TableError> {
    let place = place(home, mappings, connector)?;
    Ok(matches!(place, ConnectorPlace::Csv { .. }))
}

fn place(home: &Path, mappings: &Path, connector: &str) -> Result<ConnectorPlace, TableError> {
    let mut faults = FolderFaults::default();
    let text = fs::read_to_string(mappings.join(CONNECTORS_FILE));
    let text = text.unwrap_or_else(|_| {
        faults.file(CONNECTORS_FILE, 0, "the file is missing");
        String::new()
    });
    let mut of_file = FileFaults::new(CONNECTORS_FILE, &text);
    let mut connectors = connectors::read(&text, home, &mut of_file);
    faults.take(of_file);
    faults.into_result(())?;
    let found = connectors.remove(connector).map(|found| found.place);
    found.ok_or_else(|| TableError::UnknownConnector(connector.to_owned()))
}

/// Whether a name can stand in a statement without quotes around it.
fn is_plain(table: &str) -> bool {
    let is_part = |part: &str| {
        let begins_well = part
            .chars()
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_');
        begins_well
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
    };
    table.chars().count() <= TABLE_CHARS_MAX && table.split('.').all(is_part)
}
