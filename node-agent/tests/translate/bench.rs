//! The workbench of these tests: a center's home folder with a mapping folder, a database and a
//! drop folder. Items a test is not about get constants, so that every mapping is complete.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use catalog::{
    Absence, Catalog, ClassNo, Defect, ItemNo, ItemType, PersonId, Record, Subject, TextFormat,
    Value,
};
use encoding_rs::GB18030;
use node_agent::translate::{Found, FoundOutcome, LocalLimits, MappingErrors, Translator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::time::Instant;

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-23 10:00:00 +8);
pub(crate) const PERSON: &str = "110101190001010014";
pub(crate) const PERSON_15: &str = "110101000101001";

/// What one rule is expected to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expect {
    Is(&'static str),
    Absent,
    Withheld(Defect),
}
pub(crate) use Expect::{Absent, Is, Withheld};

pub(crate) fn catalog() -> Arc<Catalog> {
    Arc::new(Catalog::builtin().expect("the builtin catalog is sound"))
}

pub(crate) fn class(no: &str) -> ClassNo {
    no.parse().unwrap()
}

pub(crate) fn item(no: &str) -> ItemNo {
    no.parse().unwrap()
}

pub(crate) fn person(number: &str) -> Subject {
    Subject::Person(PersonId::parse("01", number).unwrap())
}

pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

/// A center's home folder.
pub(crate) struct Home {
    dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self {
            dir: TempDir::new().unwrap(),
        };
        for folder in ["mappings", "data", "data/drop"] {
            std::fs::create_dir_all(home.dir.path().join(folder)).unwrap();
        }
        home.mapping(
            "connectors.toml",
            r#"
[[connector]]
name = "vendor"
kind = "sqlite"
path = "data/vendor.db"
charset = "gbk"

[[connector]]
name = "drop"
kind = "fixed-width"
dir = "data/drop"
charset = "gb18030"
"#,
        );
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.dir.path().join("data/vendor.db")
    }

    pub(crate) fn mapping(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join("mappings").join(name), text).unwrap();
    }

    pub(crate) fn drop_file(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.dir.path().join("data/drop").join(name), bytes).unwrap();
    }

    /// A connection that may write, as the center's own system has one.
    pub(crate) async fn owner(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.database());
        options.create_if_missing(true).connect().await.unwrap()
    }

    pub(crate) async fn sql(&self, statements: &[String]) {
        let mut owner = self.owner().await;
        for statement in statements {
            let statement = AssertSqlSafe(statement.clone());
            sqlx::raw_sql(statement).execute(&mut owner).await.unwrap();
        }
        owner.close().await.unwrap();
    }

    pub(crate) async fn try_open(&self, limits: LocalLimits) -> Result<Translator, MappingErrors> {
        let mappings = self.dir.path().join("mappings");
        Translator::open(self.dir.path(), &mappings, catalog(), limits).await
    }

    pub(crate) async fn open(&self) -> Translator {
        self.try_open(LocalLimits::default())
            .await
            .unwrap_or_else(|faults| panic!("{faults}"))
    }
}

/// The `[[item]]` and `[not_held]` part of a mapping: `rules` for the items a test is about,
/// constants for the other required ones, the rest not held.
pub(crate) fn items(class_no: &str, rules: &[(&str, &str)]) -> String {
    let catalog = catalog();
    let mut text = String::new();
    let mut not_held = Vec::new();
    for item in &catalog.class(class(class_no)).unwrap().items {
        let no = item.no.to_string();
        if let Some((_, rule)) = rules.iter().find(|(named, _)| *named == no) {
            text.push_str(&format!("[[item]]\nno = \"{no}\"\n{rule}\n"));
        } else if item.required {
            let constant = constant(&catalog, &item.kind, item.format);
            text.push_str(&format!(
                "[[item]]\nno = \"{no}\"\nconst = \"{constant}\"\n"
            ));
        } else {
            not_held.push(format!("\"{no}\""));
        }
    }
    text.push_str(&format!("[not_held]\nitems = [{}]\n", not_held.join(", ")));
    text
}

fn constant(catalog: &Catalog, kind: &ItemType, format: Option<TextFormat>) -> String {
    match (kind, format) {
        (ItemType::Text { .. }, Some(TextFormat::CreditCode)) => "91110000MA00000152".into(),
        (ItemType::Text { .. }, Some(TextFormat::OrganizationCode)) => "MA0000015".into(),
        (ItemType::Text { .. }, Some(TextFormat::Year)) => "2026".into(),
        (ItemType::Text { .. }, Some(TextFormat::MatchFlags)) => "YYYYY".into(),
        (ItemType::Text { .. }, Some(TextFormat::IdNumber { .. }) | None) => "X".into(),
        (ItemType::Code { set, .. }, _) => catalog
            .code_set(set)
            .unwrap()
            .entries()
            .next()
            .unwrap()
            .0
            .to_owned(),
        (ItemType::Date, _) => "2020-01-01".into(),
        (ItemType::Month, _) => "202001".into(),
        (ItemType::Time, _) => "2020-01-01 00:00:00".into(),
        (ItemType::Decimal { .. }, _) => "1.00".into(),
        (ItemType::Integer { .. }, _) => "1".into(),
        (ItemType::Boolean, _) => "true".into(),
    }
}

/// A table of one item: every row's raw columns (`None` is NULL) and what the item then is.
pub(crate) type Table<'a> = &'a [(&'a [Option<&'a str>], Expect)];

/// Runs a table through real databases: SQLite, PostgreSQL and MariaDB.
pub(crate) async fn sql_table(item_no: &str, rule: &str, columns: &[&str], table: Table<'_>) {
    let home = Home::new();
    let class_no = item_no.get(..2).unwrap();
    let declared = columns.join(", ");
    let names = columns.iter().filter_map(|column| column.split(' ').next());
    let list = names.collect::<Vec<_>>().join(", ");
    let mut statements = vec![format!("CREATE TABLE T (SUBJ TEXT, N INTEGER, {declared})")];
    for (n, (row, _)) in table.iter().enumerate() {
        let quoted = row.iter().map(|raw| match raw {
            Some(raw) => format!("'{raw}'"),
            None => "NULL".to_owned(),
        });
        let quoted = quoted.collect::<Vec<_>>().join(", ");
        statements.push(format!("INSERT INTO T VALUES ('{PERSON}', {n}, {quoted})"));
    }
    home.sql(&statements).await;
    let items = items(class_no, &[(item_no, rule)]);
    home.mapping(
        "class.toml",
        &format!(
            "class = \"{class_no}\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT {list} FROM T WHERE SUBJ = ?1 ORDER BY N\"\n\
             [subject]\nkind = \"any\"\nforms = [\"id18\"]\n{items}"
        ),
    );
    let found = ask(&home.open().await, item_no).await;
    compare(
        item_no,
        table
            .iter()
            .map(|(row, expect)| (format!("{row:?}"), expect)),
        &found,
    );
    crate::server_tables::text_table(item_no, rule, columns, table).await;
}

pub(crate) async fn ask(translator: &Translator, item_no: &str) -> Found {
    let items = BTreeSet::from([item(item_no)]);
    let class = item(item_no).class();
    translator
        .find(class, &items, &person(PERSON), NOW, soon())
        .await
}

/// Compares records with expectations, row by row, and the notes with what was withheld.
pub(crate) fn compare<'e>(
    item_no: &str,
    expected: impl Iterator<Item = (String, &'e Expect)>,
    found: &Found,
) {
    let mut withheld = 0;
    let mut count = 0;
    for (row, expect) in expected {
        let record = found
            .records
            .get(count)
            .unwrap_or_else(|| panic!("no record for {row}"));
        assert_eq!(record.len(), 1, "only the requested item is answered");
        assert_eq!(&seen(record, item_no), expect, "{item_no} of {row}");
        withheld += u32::from(matches!(expect, Expect::Withheld(_)));
        count += 1;
    }
    assert_eq!(found.records.len(), count);
    assert_eq!(found.outcome, FoundOutcome::Answered);
    let noted: u32 = found
        .notes
        .iter()
        .filter(|note| note.item.is_some())
        .map(|n| n.count)
        .sum();
    assert_eq!(noted, withheld, "every withheld value is counted");
}

pub(crate) fn seen(record: &Record, item_no: &str) -> Expect {
    match record.get(item(item_no)) {
        Some(Value::Absent(Absence::NotRecorded)) => Absent,
        Some(Value::Absent(Absence::Withheld(defect))) => Withheld(*defect),
        Some(Value::Absent(Absence::NotHeld)) => Is("(not held)"),
        Some(value) => Is(value.canonical().leak()),
        None => Is("(no such item)"),
    }
}

/// A D line: fields at their byte positions (1-based), in GB18030, padded with blanks.
pub(crate) fn line(length: usize, fields: &[(usize, &[u8])]) -> Vec<u8> {
    let mut line = vec![b' '; length];
    line[0] = b'D';
    for (first, bytes) in fields {
        line[first - 1..first - 1 + bytes.len()].copy_from_slice(bytes);
    }
    line
}

pub(crate) fn gb(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = GB18030.encode(text);
    assert!(!unmappable);
    bytes.into_owned()
}

/// A dropped file whose header and trailer are stated, so that they may also be wrong.
pub(crate) fn file(
    date: &str,
    sequence: u32,
    lines: &[Vec<u8>],
    count: usize,
    total_fen: i64,
) -> Vec<u8> {
    let sign = if total_fen < 0 { '-' } else { '+' };
    let mut bytes = format!("HGR{date}{sequence:03}\r\n").into_bytes();
    for line in lines {
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("T{count:010}{:015}{sign}\r\n", total_fen.abs()).as_bytes());
    bytes
}
