//! `connectors.toml`: the local systems a node reads, by name. It opens nothing by itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::charset::Charset;
use super::faults::FileFaults;
use super::http::{self, HttpPlace};
#[cfg(feature = "odbc")]
use super::odbc::{self, OdbcPlace};
use super::sheet::{self, Sheet};
use super::soap::{self, SoapPlace};
use super::sql_server::{self, Server};
use super::{mysql, postgres};

/// The file of a mapping folder that names the connectors.
pub(crate) const CONNECTORS_FILE: &str = "connectors.toml";
/// Local systems one node may read.
const CONNECTORS_MAX: usize = 16;

/// What a program says that was built without the connector.
const ODBC_MISSING: &str = "this program was built without ODBC: install unixodbc-dev and build it \
     with `cargo build --release --package node-agent --features odbc`";

/// One local system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Connector {
    pub(crate) line: usize,
    pub(crate) place: ConnectorPlace,
}

/// What kind of system it is and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConnectorPlace {
    /// `charset` is what old rows hold whose bytes are not UTF-8.
    Sqlite {
        path: PathBuf,
        charset: Option<Charset>,
    },
    Postgres(Server),
    MySql(Server),
    #[cfg(feature = "odbc")]
    Odbc(OdbcPlace),
    FixedWidth {
        dir: PathBuf,
        charset: Charset,
    },
    Csv {
        dir: PathBuf,
        charset: Charset,
        delimiter: u8,
    },
    Rest(HttpPlace),
    Soap(SoapPlace),
}

impl ConnectorPlace {
    /// Whether it is a database that answers statements.
    pub(crate) fn answers_statements(&self) -> bool {
        match self {
            Self::Sqlite { .. } | Self::Postgres(_) | Self::MySql(_) => true,
            #[cfg(feature = "odbc")]
            Self::Odbc(_) => true,
            Self::FixedWidth { .. } | Self::Csv { .. } | Self::Rest(_) | Self::Soap(_) => false,
        }
    }
}

/// Reads the file; paths are taken relative to the agent's home folder.
pub(crate) fn read(
    text: &str,
    home: &Path,
    faults: &mut FileFaults,
) -> BTreeMap<String, Connector> {
    let mut connectors = BTreeMap::new();
    let Some(table) = sheet::parse(text, faults) else {
        return connectors;
    };
    let root = Sheet::root(&table);
    let sheets = root.sheets("connector", faults);
    root.finish(faults);
    if sheets.is_empty() || sheets.len() > CONNECTORS_MAX {
        faults.file(format!(
            "must name 1 to {CONNECTORS_MAX} connectors as `[[connector]]`"
        ));
    }
    for one in sheets.iter().take(CONNECTORS_MAX) {
        let line = faults.line_of(one.place());
        let name = one.text_required("name", faults);
        let place = place(one, home, faults);
        one.finish(faults);
        let (Some(name), Some(place)) = (name, place) else {
            continue;
        };
        if connectors
            .insert(name.to_owned(), Connector { line, place })
            .is_some()
        {
            faults.at(
                one.place(),
                format!("the connector `{name}` is named twice"),
            );
        }
    }
    connectors
}

fn place(sheet: &Sheet<'_>, home: &Path, faults: &mut FileFaults) -> Option<ConnectorPlace> {
    match sheet.text_required("kind", faults)? {
        kind @ ("sqlite" | "postgres" | "mysql" | "odbc") => database(kind, sheet, home, faults),
        "fixed-width" => {
            let charset = file_charset(sheet, Charset::Gb18030, faults);
            let dir = home.join(sheet.text_required("dir", faults)?);
            folder_stands(&dir, "dir", sheet, faults)?;
            Some(ConnectorPlace::FixedWidth { dir, charset })
        }
        "csv" => {
            let charset = file_charset(sheet, Charset::Utf8, faults);
            let delimiter = delimiter(sheet, faults)?;
            let dir = home.join(sheet.text_required("dir", faults)?);
            folder_stands(&dir, "dir", sheet, faults)?;
            Some(ConnectorPlace::Csv {
                dir,
                charset,
                delimiter,
            })
        }
        "rest" => http::read(sheet, home, faults).map(ConnectorPlace::Rest),
        "soap" => {
            let bus = soap::read_bus(sheet, faults);
            let http = http::read(sheet, home, faults)?;
            Some(ConnectorPlace::Soap(SoapPlace { http, bus: bus? }))
        }
        other => {
            faults.at(
                sheet.place(),
                format!("unknown kind of connector `{other}`"),
            );
            None
        }
    }
}

/// The databases that answer statements.
fn database(
    kind: &str,
    sheet: &Sheet<'_>,
    home: &Path,
    faults: &mut FileFaults,
) -> Option<ConnectorPlace> {
    let charset = charset(sheet, faults);
    match kind {
        "sqlite" => {
            let path = home.join(sheet.text_required("path", faults)?);
            let folder = path.parent().unwrap_or(home);
            folder_stands(folder, "path", sheet, faults)?;
            Some(ConnectorPlace::Sqlite { path, charset })
        }
        "postgres" => {
            let schema = sql_server::schema(sheet, faults);
            let port = postgres::STANDARD_PORT;
            let server = sql_server::read(sheet, home, port, charset, faults)?;
            Some(ConnectorPlace::Postgres(Server { schema, ..server }))
        }
        "mysql" => {
            let port = mysql::STANDARD_PORT;
            let server = sql_server::read(sheet, home, port, charset, faults)?;
            Some(ConnectorPlace::MySql(server))
        }
        #[cfg(feature = "odbc")]
        "odbc" => odbc::read(sheet, home, charset, faults).map(ConnectorPlace::Odbc),
        _ => {
            // What the connector has of its own is not looked at.
            sheet.entries();
            faults.at(sheet.place(), ODBC_MISSING);
            None
        }
    }
}

/// A missing file is an outage of the center's system; a missing folder is a wrong configuration.
fn folder_stands(
    folder: &Path,
    key: &str,
    sheet: &Sheet<'_>,
    faults: &mut FileFaults,
) -> Option<()> {
    if folder.is_dir() {
        return Some(());
    }
    let place = sheet
        .entry(key)
        .map_or(sheet.place().clone(), |entry| entry.place);
    faults.at(
        &place,
        format!("`{key}`: the folder `{}` does not exist", folder.display()),
    );
    None
}

fn delimiter(sheet: &Sheet<'_>, faults: &mut FileFaults) -> Option<u8> {
    let Some(entry) = sheet.entry("delimiter") else {
        return Some(b',');
    };
    match sheet.text("delimiter", faults)?.as_bytes() {
        [one @ (b',' | b';' | b'|' | b'\t')] => Some(*one),
        _ => {
            faults.at(&entry.place, "`delimiter` must be one of , ; | and tab");
            None
        }
    }
}

/// The charset of whole files: a value of a database may need a look that a file cannot have.
fn file_charset(sheet: &Sheet<'_>, or_else: Charset, faults: &mut FileFaults) -> Charset {
    match charset(sheet, faults) {
        Some(Charset::GbkInCp850 | Charset::GbkOnly) => {
            let name = sheet.text("charset", faults).unwrap_or_default();
            let place = sheet
                .entry("charset")
                .map_or(sheet.place().clone(), |entry| entry.place);
            faults.at(&place, format!("`{name}` is for databases, not for files"));
            or_else
        }
        named => named.unwrap_or(or_else),
    }
}

fn charset(sheet: &Sheet<'_>, faults: &mut FileFaults) -> Option<Charset> {
    let name = sheet.text("charset", faults)?;
    let charset = Charset::named(name);
    if charset.is_none() {
        let place = sheet
            .entry("charset")
            .map_or(sheet.place().clone(), |entry| entry.place);
        faults.at(
            &place,
            format!("unknown charset `{name}` ({})", Charset::NAMES),
        );
    }
    charset
}
