//! A center's home for each connector: the ledger as that kind of system holds it, and the mapping
//! folder that reads it. Only `[source]` differs from one to the next.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use catalog::{Catalog, PersonId, Subject};
use encoding_rs::GB18030;
use node_agent::translate::{LocalLimits, Translator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::ledger::{self, COLUMNS, Row};
use crate::offices::Office;
use crate::server_space::Owner;
use crate::servers::{self, Kind};

pub(crate) const CONNECTORS: &[&str] = &[
    "sqlite",
    "postgres",
    "mysql",
    #[cfg(feature = "odbc")]
    "odbc",
    "fixed-width",
    "csv",
    "rest",
    "soap",
];

/// Rows that one INSERT brings.
const ROWS_PER_INSERT: usize = 100;

/// A center ready to be asked.
pub(crate) struct Home {
    pub(crate) connector: &'static str,
    pub(crate) translator: Translator,
    pub(crate) many: Subject,
    pub(crate) one: Subject,
    _dir: TempDir,
    _office: Option<Office>,
}

/// How the mapping folder reaches the ledger.
struct Way {
    connector: String,
    source: String,
    office: Option<Office>,
}

impl Home {
    pub(crate) async fn of(connector: &'static str) -> anyhow::Result<Self> {
        let dir = TempDir::new()?;
        let way = match connector {
            "sqlite" => sqlite(dir.path()).await?,
            "postgres" => server(Kind::Postgres).await?,
            "mysql" => server(Kind::MariaDb).await?,
            #[cfg(feature = "odbc")]
            "odbc" => odbc(dir.path()).await?,
            "fixed-width" => fixed_width(dir.path())?,
            "csv" => csv(dir.path())?,
            "rest" | "soap" => office(connector)?,
            other => anyhow::bail!("there is no connector `{other}` here"),
        };
        let mappings = dir.path().join("mappings");
        std::fs::create_dir(&mappings)?;
        std::fs::write(mappings.join("connectors.toml"), &way.connector)?;
        let class = format!(
            "class = \"04\"\n{}\n[subject]\nkind = \"person\"\nforms = [\"id18\"]\n{}{}",
            way.source,
            if matches!(connector, "fixed-width" | "csv") {
                "field = \"ID\"\n"
            } else {
                ""
            },
            ledger::ITEMS
        );
        std::fs::write(mappings.join("04.toml"), class)?;
        let catalog = Arc::new(Catalog::builtin()?);
        let limits = LocalLimits::default();
        let translator = Translator::open(dir.path(), &mappings, catalog, limits).await?;
        Ok(Self {
            connector,
            translator,
            many: person(ledger::HOLDER_OF_MANY)?,
            one: person(ledger::HOLDER_OF_ONE)?,
            _dir: dir,
            _office: way.office,
        })
    }
}

fn person(number: &str) -> anyhow::Result<Subject> {
    let id = PersonId::parse("01", number);
    Ok(Subject::Person(
        id.ok().context("is no number of a person")?,
    ))
}

fn names() -> Vec<&'static str> {
    COLUMNS.iter().map(|(name, _)| *name).collect()
}

fn statement() -> String {
    let columns = names().join(", ");
    format!(
        "[source]\nconnector = \"ledger\"\n\
         sql = \"SELECT {columns} FROM LEDGER WHERE ID = ?1 ORDER BY ACC\""
    )
}

/// The statements that make the table and fill it.
fn table() -> Vec<String> {
    let columns: Vec<_> = names().iter().map(|n| format!("{n} VARCHAR(40)")).collect();
    let mut texts = vec![
        format!("CREATE TABLE LEDGER ({})", columns.join(", ")),
        "CREATE INDEX LEDGER_ID ON LEDGER (ID)".to_owned(),
    ];
    let values = |row: &Row| format!("('{}')", row.join("', '"));
    for rows in ledger::rows().chunks(ROWS_PER_INSERT) {
        let rows: Vec<_> = rows.iter().map(values).collect();
        texts.push(format!("INSERT INTO LEDGER VALUES {}", rows.join(", ")));
    }
    texts
}

async fn sqlite(home: &Path) -> anyhow::Result<Way> {
    let options = SqliteConnectOptions::new().filename(home.join("ledger.db"));
    let mut owner = options.create_if_missing(true).connect().await?;
    let text = format!("BEGIN; {}; COMMIT", table().join("; "));
    sqlx::raw_sql(AssertSqlSafe(text))
        .execute(&mut owner)
        .await?;
    owner.close().await?;
    Ok(Way {
        connector: "[[connector]]\nname = \"ledger\"\nkind = \"sqlite\"\npath = \"ledger.db\"\n"
            .to_owned(),
        source: statement(),
        office: None,
    })
}

/// The same file through unixODBC and Debian's libsqliteodbc.
#[cfg(feature = "odbc")]
async fn odbc(home: &Path) -> anyhow::Result<Way> {
    let direct = sqlite(home).await?;
    Ok(Way {
        connector: "[[connector]]\nname = \"ledger\"\nkind = \"odbc\"\ndriver = \"SQLite3\"\n\
                    options = { Database = \"home:ledger.db\" }\n"
            .to_owned(),
        ..direct
    })
}

async fn server(kind: Kind) -> anyhow::Result<Way> {
    let space = servers::shared(kind).space().await;
    let mut owner = space.owner().await;
    for text in table() {
        owner.try_run(&text).await?;
    }
    // What a running center's database has done long ago.
    let analyze = match owner {
        Owner::Postgres(_) => "ANALYZE LEDGER",
        Owner::MariaDb(_) => "ANALYZE TABLE LEDGER",
    };
    owner.try_run(analyze).await?;
    Ok(Way {
        connector: space.connector().replace("\"vendor\"", "\"ledger\""),
        source: statement(),
        office: None,
    })
}

fn file(kind: &str, charset: &str) -> Way {
    Way {
        connector: format!(
            "[[connector]]\nname = \"ledger\"\nkind = \"{kind}\"\ndir = \".\"\n\
             charset = \"{charset}\"\n"
        ),
        source: "[source]\nconnector = \"ledger\"\nfile = \"GR\"\n".to_owned(),
        office: None,
    }
}

fn fixed_width(home: &Path) -> anyhow::Result<Way> {
    let rows = ledger::rows();
    let mut bytes = b"HGR20261123001\r\n".to_vec();
    for row in &rows {
        bytes.push(b'D');
        for (text, (_, width)) in row.iter().zip(COLUMNS) {
            let (encoded, _, _) = GB18030.encode(text);
            bytes.extend_from_slice(&encoded);
            bytes.extend(std::iter::repeat_n(
                b' ',
                width.saturating_sub(encoded.len()),
            ));
        }
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("T{:010}{:015}+\r\n", rows.len(), 0).as_bytes());
    std::fs::write(home.join("GR20261123_001.txt"), bytes)?;
    let mut way = file("fixed-width", "gb18030");
    way.source.push_str("[layout]\n");
    let mut first = 2;
    for (name, width) in COLUMNS {
        let last = first + width - 1;
        writeln!(way.source, "{name} = \"{first}-{last}\"")?;
        first += width;
    }
    Ok(way)
}

fn csv(home: &Path) -> anyhow::Result<Way> {
    let rows = ledger::rows();
    let mut text = names().join(",") + "\r\n";
    for row in &rows {
        text.push_str(&row.join(","));
        text.push_str("\r\n");
    }
    let (bytes, _, _) = GB18030.encode(&text);
    std::fs::write(home.join("GR20261123_001.csv"), bytes)?;
    std::fs::write(home.join("GR20261123_001.ok"), rows.len().to_string())?;
    Ok(file("csv", "gb18030"))
}

fn office(kind: &str) -> anyhow::Result<Way> {
    let office = Office::open()?;
    let base = format!("base = \"http://127.0.0.1:{}/{kind}\"", office.port);
    let (more, source) = match kind {
        "rest" => (
            "",
            "method = \"GET\"\npath = \"/people/{1}\"\nrows = \"data.rows\"",
        ),
        _ => (
            "namespace = \"urn:ledger\"\ncenter = \"C11000\"\noperator = \"A1\"\nchannel = \"S\"",
            "operation = \"Query\"\ntransaction = \"QRY0401\"\n\
             [source.parameters]\nID = \"{1}\"",
        ),
    };
    Ok(Way {
        connector: format!("[[connector]]\nname = \"ledger\"\nkind = \"{kind}\"\n{base}\n{more}\n"),
        source: format!("[source]\nconnector = \"ledger\"\n{source}"),
        office: Some(office),
    })
}
