//! The sources behind the deployed mappings, as small as rows need them: tables are taken from the
//! statement that reads them, files from the layout, replies of offices from the columns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use catalog::Subject;
use node_agent::translate::{LocalLimits, Translator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

use crate::bench::{catalog, gb, line};
use crate::conversion::{Answering, Deployed, RawRow, folder};
use crate::office::{Office, Script, reply};
use crate::systems::{GB_XML, JSON};

/// Columns by which one table of a statement is found from another.
const LINKS: &[&str] = &[
    "ACCNUM",
    "APPLNUM",
    "LOANCONTRNUM",
    "GRZH",
    "DKSQBH",
    "JKHTBH",
];
/// Columns that hold the number of the person, and of the employer.
const PERSONS: &[&str] = &["CERTINUM", "ZJHM", "JKRZJH"];
const EMPLOYERS: &[&str] = &["UNISCID", "TYSHXYDM"];
/// Columns that say a party's role: a borrower, where a row says nothing else.
const ROLES: &[&str] = &["PARTYROLE", "CDJS"];
/// The vendor keeps account numbers as integers, and so loses their leading zeros.
const INTEGERS: &[&str] = &["ACCNUM"];
const WORDS: &[&str] = &[
    "SELECT", "FROM", "WHERE", "IN", "JOIN", "ON", "ORDER", "BY", "AND", "OR",
];
/// Tables that only a further way of looking a class up reads, besides the class's own.
const LOOKED_UP: &[&str] = &[
    "UNITACC (UNITACCNUM, UNISCID)",
    "INDIACC (ACCNUM INTEGER, UNITACCNUM)",
    "DWZH (DWZH, TYSHXYDM)",
    "GRZHXX (GRZH, DWZH)",
];
/// The class through which the railway looks employers up.
const UNITS: &str = "01-employer.toml";
/// Numbers stand padded in both database systems.
const PAD: usize = 20;

pub(crate) async fn open(deployed: &Deployed) -> Answering {
    let home = TempDir::new().unwrap();
    let mappings = home.path().join("mappings");
    std::fs::create_dir_all(&mappings).unwrap();
    std::fs::create_dir_all(home.path().join("data/drop")).unwrap();
    let name = deployed.file.file_name().unwrap();
    std::fs::copy(&deployed.file, mappings.join(name)).unwrap();
    if deployed.center == "tielu" {
        std::fs::copy(folder(&deployed.center).join(UNITS), mappings.join(UNITS)).unwrap();
    }
    let text = std::fs::read_to_string(folder(&deployed.center).join("connectors.toml")).unwrap();
    let mut connectors: toml::Table = text.parse().unwrap();
    let wanted = deployed.mapping["source"]["connector"].clone();
    let all = connectors["connector"].as_array_mut().unwrap();
    let connector = all.iter_mut().find(|one| one["name"] == wanted).unwrap();
    let mut office = None;
    match connector["kind"].as_str().unwrap() {
        "sqlite" => {
            let path = home.path().join(connector["path"].as_str().unwrap());
            write_tables(deployed, &path).await;
        }
        "fixed-width" => {
            let dir = home.path().join(connector["dir"].as_str().unwrap());
            write_file(deployed, &dir);
        }
        kind => {
            let is_soap = kind == "soap";
            let replies = replies(deployed, connector);
            let serve: Script = std::sync::Arc::new(move |request| {
                let asked = replies.iter().find(|(number, _)| request.contains(*number));
                let (_, text) = asked.expect("somebody else was asked about");
                if is_soap {
                    let serial = request.split("<m:Serial>").nth(1).unwrap();
                    let serial = serial.split('<').next().unwrap();
                    reply("200 OK", GB_XML, &gb(&text.replace("{serial}", serial)))
                } else {
                    reply("200 OK", JSON, text.as_bytes())
                }
            });
            let opened = Office::open(None, serve).await;
            let base = format!("http://{}", opened.address);
            connector["base"] = toml::Value::String(base);
            office = Some(opened);
        }
    }
    std::fs::write(mappings.join("connectors.toml"), connectors.to_string()).unwrap();
    let limits = LocalLimits::default();
    let translator = Translator::open(home.path(), &mappings, catalog(), limits).await;
    Answering {
        translator: translator.unwrap_or_else(|faults| panic!("{}: {faults}", deployed.center)),
        _home: home,
        _office: office,
    }
}

/// The tables of a statement by name, each with its columns.
fn tables(sql: &str) -> BTreeMap<String, BTreeSet<String>> {
    let marked = sql.replace(',', " ").replace(['(', ')'], " ");
    let words: Vec<&str> = marked.split_whitespace().collect();
    let mut aliases = BTreeMap::new();
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut is_alias = vec![false; words.len()];
    for (at, pair) in words.windows(2).enumerate() {
        if !["FROM", "JOIN"].contains(&pair[0]) {
            continue;
        }
        let alias = words.get(at + 2).filter(|word| word.len() == 1);
        aliases.insert(alias.copied().unwrap_or_default(), pair[1]);
        tables.insert(pair[1].to_owned(), BTreeSet::new());
        is_alias[at + 1] = true;
        if alias.is_some() {
            is_alias[at + 2] = true;
        }
    }
    for (word, is_alias) in words.iter().zip(is_alias) {
        let (alias, column) = word.split_once('.').unwrap_or(("", word));
        let is_name = column.starts_with(|first: char| first.is_ascii_uppercase());
        if is_name && !is_alias && !WORDS.contains(&column) {
            let table = aliases
                .get(alias)
                .unwrap_or_else(|| panic!("{word} of no table"));
            tables.get_mut(*table).unwrap().insert(column.to_owned());
        }
    }
    tables
}

async fn write_tables(deployed: &Deployed, path: &Path) {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off);
    let mut owner = options.connect().await.unwrap();
    let source = deployed.mapping["source"].as_table().unwrap();
    for (name, columns) in tables(source["sql"].as_str().unwrap()) {
        let declared = columns.iter().map(|column| {
            let kind = if INTEGERS.contains(&column.as_str()) {
                " INTEGER"
            } else {
                ""
            };
            format!("{column}{kind}")
        });
        let declared = declared.collect::<Vec<_>>().join(", ");
        let create = format!("CREATE TABLE {name} ({declared})");
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut owner)
            .await
            .unwrap();
        // Bytes that are no UTF-8 still stand in a text column.
        let places: Vec<_> = columns.iter().map(|_| "CAST(? AS TEXT)").collect();
        let insert = format!("INSERT INTO {name} VALUES ({})", places.join(", "));
        for (order, (subject, row)) in deployed.rows.iter().enumerate() {
            let mut statement = sqlx::query(AssertSqlSafe(insert.clone()));
            for column in &columns {
                statement = statement.bind(cell(deployed, (&name, column), order, subject, row));
            }
            statement.execute(&mut owner).await.unwrap();
        }
    }
    for table in LOOKED_UP {
        let create = format!("CREATE TABLE IF NOT EXISTS {table}");
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut owner)
            .await
            .unwrap();
    }
    if let Some(freshness) = deployed.mapping.get("freshness") {
        let read = freshness["as_of_sql"].as_str().unwrap();
        let table = read.split('\'').nth(1).unwrap();
        let fill = format!(
            "CREATE TABLE ZYRZ (BM, JZSJ); INSERT INTO ZYRZ VALUES ('{table:<10}', \
             '2026-11-23 00:00:00')"
        );
        sqlx::raw_sql(AssertSqlSafe(fill))
            .execute(&mut owner)
            .await
            .unwrap();
    }
    owner.close().await.unwrap();
}

fn cell(
    deployed: &Deployed,
    (table, column): (&str, &str),
    order: usize,
    subject: &Subject,
    row: &RawRow,
) -> Option<Vec<u8>> {
    let numbers = if matches!(subject, Subject::Employer(_)) {
        EMPLOYERS
    } else {
        PERSONS
    };
    let given = row
        .get(&format!("{table}.{column}"))
        .or_else(|| row.get(column));
    let mut value = match given {
        Some(given) => given.clone()?,
        None if numbers.contains(&column) => subject.key().into(),
        None if LINKS.contains(&column) => format!("{}", 100_000_000 + order).into(),
        None if ROLES.contains(&column) => b"0".to_vec(),
        None => return None,
    };
    assert!(deployed.mapping["subject"]["pad"].as_integer() == i64::try_from(PAD).ok());
    if numbers.contains(&column) {
        value.resize(value.len().max(PAD), b' ');
    }
    Some(value)
}

/// First and last byte of a field, from 1.
fn place(range: &toml::Value) -> (usize, usize) {
    let (first, last) = range.as_str().unwrap().split_once('-').unwrap();
    (first.parse().unwrap(), last.parse().unwrap())
}

fn write_file(deployed: &Deployed, dir: &Path) {
    let layout = deployed.mapping["layout"].as_table().unwrap();
    let length = layout.values().map(|range| place(range).1).max().unwrap();
    let key = deployed.mapping["subject"]["field"].as_str().unwrap();
    let total = deployed
        .mapping
        .get("trailer")
        .map(|t| t["total"].as_str().unwrap());
    let kind = deployed.mapping["source"]["file"].as_str().unwrap();
    let day = deployed.file_day;
    let mut sum = 0_i64;
    let mut file = format!("H{kind}{day}001\r\n").into_bytes();
    for (subject, row) in &deployed.rows {
        let mut fields = Vec::new();
        for (name, range) in layout {
            let (first, last) = place(range);
            let raw = match row.get(name) {
                Some(given) => in_gb18030(given.as_deref().unwrap_or_default()),
                None if name == key => subject.key().into(),
                None if Some(name.as_str()) == total => {
                    format!("{:0width$}+", 0, width = last - first).into_bytes()
                }
                None => continue,
            };
            assert!(raw.len() <= last + 1 - first, "{name} is too long");
            if Some(name.as_str()) == total {
                let (digits, sign) = raw.split_at(raw.len() - 1);
                let fen: i64 = std::str::from_utf8(digits).unwrap().parse().unwrap();
                sum += if sign == b"-" { -fen } else { fen };
            }
            fields.push((first, raw));
        }
        let fields: Vec<_> = fields
            .iter()
            .map(|(at, raw)| (*at, raw.as_slice()))
            .collect();
        file.extend_from_slice(&line(length, &fields));
        file.extend_from_slice(b"\r\n");
    }
    let (count, sign) = (deployed.rows.len(), if sum < 0 { '-' } else { '+' });
    file.extend_from_slice(format!("T{count:010}{:015}{sign}\r\n", sum.abs()).as_bytes());
    std::fs::write(dir.join(format!("{kind}{day}_001.txt")), file).unwrap();
}

/// A field's bytes: texts are put into the file's charset, bytes that are no text stay.
fn in_gb18030(raw: &[u8]) -> Vec<u8> {
    std::str::from_utf8(raw).map_or_else(|_| raw.to_vec(), gb)
}

/// What an office replies to a question, by the number asked about: all rows of that subject.
fn replies(deployed: &Deployed, connector: &toml::Value) -> BTreeMap<String, String> {
    let source = &deployed.mapping["source"];
    let mut rows: BTreeMap<String, Vec<&RawRow>> = BTreeMap::new();
    for (subject, row) in &deployed.rows {
        rows.entry(subject.key().to_owned()).or_default().push(row);
    }
    let replied = rows.into_iter().map(|(number, rows)| {
        let text = match connector["kind"].as_str() {
            Some("rest") => json_reply(source, &rows),
            _ => soap_reply(source, connector, &rows),
        };
        (number, text)
    });
    replied.collect()
}

fn text_of(raw: &Option<Vec<u8>>) -> Option<String> {
    Some(String::from_utf8(raw.clone()?).unwrap())
}

/// Puts a value at a dotted path.
fn put(into: &mut serde_json::Value, path: &str, value: serde_json::Value) {
    let mut at = into;
    for key in path.split('.') {
        at = &mut at[key];
    }
    *at = value;
}

fn json_reply(source: &toml::Value, rows: &[&RawRow]) -> String {
    let rows = rows.iter().map(|row| {
        let mut one = serde_json::json!({});
        for (column, raw) in *row {
            put(&mut one, column, text_of(raw).into());
        }
        one
    });
    let mut reply = serde_json::json!({});
    let code = source["reply"]["code"].as_str().unwrap();
    put(
        &mut reply,
        code,
        source["reply"]["ok"][0].as_str().unwrap().into(),
    );
    put(&mut reply, source["rows"].as_str().unwrap(), rows.collect());
    reply.to_string()
}

fn soap_reply(source: &toml::Value, connector: &toml::Value, rows: &[&RawRow]) -> String {
    let rows = rows.iter().map(|row| {
        let cells = row
            .iter()
            .filter_map(|(column, raw)| Some(format!("<{column}>{}</{column}>", text_of(raw)?)));
        format!("<Row>{}</Row>", cells.collect::<String>())
    });
    let rows: String = rows.collect();
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let (operation, namespace) = (text(&source["operation"]), text(&connector["namespace"]));
    let transaction = text(&source["transaction"]);
    format!(
        "<?xml version=\"1.0\" encoding=\"GB18030\"?><s:Envelope \
         xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <{operation}Response xmlns=\"{namespace}\"><Header>\
         <TransCode>{transaction}</TransCode><Serial>{{serial}}</Serial>\
         <ReturnCode>0</ReturnCode></Header><Body>{rows}</Body></{operation}Response>\
         </s:Body></s:Envelope>"
    )
}
