//! What arrives through ODBC: psqlODBC in front of the tests' own PostgreSQL server, and the SQLite
//! driver in front of a file whose texts are no UTF-8.

use catalog::Defect;
use node_agent::translate::{FoundOutcome, LocalLimits, SourceError, table_columns};

use crate::bench::{Absent, Home, Is, PERSON, Table, Withheld, ask, gb, items, seen};
use crate::server_limits::{QUICK, home, limits, table, unavailable};
use crate::server_space::Space;
use crate::server_tables::values_through;
use crate::servers::{Kind, shared};

const POSTGRES: &str = "PostgreSQL Unicode";
const SQLITE: &str = "SQLite3";

/// Fails with what to install when a driver is not there.
fn must_have(driver: &str, package: &str) {
    let environment = odbc_api::environment().unwrap();
    let known = environment.drivers().unwrap();
    assert!(
        known.iter().any(|one| one.description == driver),
        "the ODBC driver `{driver}` is missing: sudo apt-get install -y {package}"
    );
}

/// `connectors.toml` for a space of the PostgreSQL server, at this port.
pub(crate) async fn connector_at(space: &Space<'_>, port: u16) -> String {
    must_have(POSTGRES, "odbc-postgresql");
    let name = &space.name;
    let mut owner = space.owner().await;
    owner
        .run(&format!("ALTER ROLE {name} SET search_path = {name}"))
        .await;
    format!(
        "[[connector]]\nname = \"vendor\"\nkind = \"odbc\"\ndriver = \"{POSTGRES}\"\n\
         user = \"{name}\"\n{}\n\
         options = {{ Servername = \"127.0.0.1\", Port = \"{port}\", Database = \"postgres\", \
         SSLmode = \"disable\" }}\n",
        space.secret()
    )
}

pub(crate) async fn connector(space: &Space<'_>) -> String {
    connector_at(space, space.server.port).await
}

/// A home that asks a space through ODBC.
pub(crate) async fn through(space: &Space<'_>, sql: &str) -> Home {
    let home = home(space, sql);
    home.mapping("connectors.toml", &connector(space).await);
    home
}

pub(crate) fn sqlite(keys: &str) -> String {
    must_have(SQLITE, "libsqliteodbc");
    format!(
        "[[connector]]\nname = \"vendor\"\nkind = \"odbc\"\ndriver = \"{SQLITE}\"\n{keys}\n\
         options = {{ Database = \"home:data/vendor.db\" }}\n"
    )
}

/// One table of raw values through PostgreSQL's driver.
async fn typed(item_no: &str, rule: &str, columns: &[&str], table: Table<'_>) {
    let space = shared(Kind::Postgres).space().await;
    let connector = connector(&space).await;
    values_through(&space, &connector, (item_no, rule), columns, table).await;
}

#[tokio::test]
async fn amounts_stay_exact() {
    let rule = "from = \"BAL\"\ndecimal = { unit = \"yuan\" }";
    let amounts: Table<'_> = &[
        (&[Some("1234567890123.07")], Is("1234567890123.07")),
        (&[Some("0.10")], Is("0.10")),
        (&[Some("-12")], Is("-12.00")),
        (&[None], Withheld(Defect::MissingRequired)),
    ];
    typed("04-14", rule, &["BAL NUMERIC(18,2)"], amounts).await;
    let strange: Table<'_> = &[
        (&[Some("NaN")], Withheld(Defect::BadNumber)),
        (&[Some("1.005")], Withheld(Defect::BadPrecision)),
        (&[Some("1.50000")], Is("1.50")),
    ];
    typed("04-14", rule, &["BAL NUMERIC"], strange).await;
    let years = "from = \"LOANTERM\"\ninteger = { times = 12 }";
    let terms: Table<'_> = &[(&[Some("30")], Is("360")), (&[None], Absent)];
    for column in [
        "LOANTERM SMALLINT",
        "LOANTERM NUMERIC(4,0)",
        "LOANTERM BIGINT",
    ] {
        typed("08-10", years, &[column], terms).await;
    }
}

#[tokio::test]
async fn days_and_moments_arrive_in_their_textual_form() {
    let rule = "from = \"D\"\ndate = \"YYYY-MM-DD\"\nabsent = [\"1899-12-31\", \"9999-12-31\"]";
    let days: Table<'_> = &[
        (&[Some("2026-08-25")], Is("2026-08-25")),
        (&[Some("1899-12-31")], Absent),
        (&[None], Absent),
        (&[Some("infinity")], Withheld(Defect::BadDate)),
    ];
    typed("04-17", rule, &["D DATE"], days).await;
    let rule = "from = \"U\"\ntime = \"YYYY-MM-DD HH:MM:SS\"";
    let split: Table<'_> = &[(
        &[Some("2026-11-20 23:59:59.987")],
        Is("2026-11-20T23:59:59+08:00"),
    )];
    let zoned: Table<'_> = &[(
        &[Some("2026-11-20 15:59:59.9+00")],
        Is("2026-11-20T23:59:59+08:00"),
    )];
    let endless: Table<'_> = &[(&[Some("infinity")], Withheld(Defect::BadDate))];
    typed("04-20", rule, &["U TIMESTAMP"], split).await;
    typed("04-20", rule, &["U TIMESTAMPTZ"], zoned).await;
    typed("04-20", rule, &["U TIMESTAMP"], endless).await;
    typed("04-20", rule, &["U TIMESTAMPTZ"], endless).await;
}

#[tokio::test]
async fn codes_are_mapped_from_padded_columns() {
    let rule = "from = [\"INDIACCSTATE\", \"FRZFLAG\", \"LASTTYPE\"]\n\
         codes = [[\"*/1/*\", \"06\"], [\"0/*/*\", \"01\"], [\"9/*/06\", \"03\"]]";
    let columns = [
        "INDIACCSTATE CHAR(4)",
        "FRZFLAG CHAR(2)",
        "LASTTYPE CHAR(6)",
    ];
    let table: Table<'_> = &[
        (&[Some("0"), Some("0"), Some("01")], Is("01")),
        (&[Some("9"), Some("0"), Some("06")], Is("03")),
        (&[Some("9"), Some("1"), None], Is("06")),
        (&[Some("5"), Some("0"), None], Withheld(Defect::UnknownCode)),
    ];
    typed("04-08", rule, &columns, table).await;
}

/// The first name that a statement about names gives.
async fn name(home: &Home, sql: &str) -> crate::bench::Expect {
    let items = items("04", &[("04-05", "from = \"Xingming\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\nsql = \"\"\"{sql}\"\"\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\", \"id15\"]\n{items}"
        ),
    );
    let found = ask(&home.open().await, "04-05").await;
    assert_eq!(found.outcome, FoundOutcome::Answered);
    seen(&found.records[0], "04-05")
}

#[tokio::test]
async fn names_arrive_whatever_their_bytes_and_never_guessed() {
    let space = shared(Kind::Postgres).space().await;
    space
        .sql(&[
            "CREATE TABLE N (ID CHAR(20), 姓名 VARCHAR(60), XINGMING BYTEA, LONG TEXT)",
            &format!(
                "INSERT INTO N VALUES ('{PERSON}', '张𠮷', '\\xD5C5CEB0', repeat('长', 5000))"
            ),
        ])
        .await;
    let connector = connector(&space).await;
    let home = Home::new();
    home.mapping("connectors.toml", &connector);
    let own = "SELECT 姓名 AS XINGMING FROM N WHERE ID IN (?1, ?2) AND 姓名 LIKE '张%'";
    assert_eq!(name(&home, own).await, Is("张𠮷"));
    let bytes = "SELECT XINGMING FROM N WHERE ID IN (?1, ?2)";
    assert_eq!(name(&home, bytes).await, Withheld(Defect::Undecodable));
    let long = "SELECT LONG AS XINGMING FROM N WHERE ID IN (?1, ?2)";
    assert_eq!(name(&home, long).await, Withheld(Defect::TooLong));
    home.mapping(
        "connectors.toml",
        &format!("{connector}charset = \"gbk\"\n"),
    );
    assert_eq!(name(&home, bytes).await, Is("张伟"));
}

#[tokio::test]
async fn another_driver_gives_the_bytes_of_a_gbk_database() {
    let home = Home::new();
    let hex: String = gb("张伟")
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    home.sql(&[
        "CREATE TABLE N (ID TEXT, Xingming VARCHAR(60), BAL VARCHAR(9))".to_owned(),
        format!("INSERT INTO N VALUES ('{PERSON}', CAST(x'{hex}' AS TEXT), '1')"),
    ])
    .await;
    let sql = "SELECT XINGMING FROM N WHERE ID IN (?1, ?2)";
    let keys = "texts = \"bytes\"\n";
    home.mapping(
        "connectors.toml",
        &sqlite(&format!("{keys}charset = \"gbk\"")),
    );
    assert_eq!(name(&home, sql).await, Is("张伟"));
    home.mapping("connectors.toml", &sqlite(keys));
    assert_eq!(name(&home, sql).await, Withheld(Defect::Undecodable));
    // 魏伟, whose bytes are letters in UTF-8 too.
    home.sql(&[format!(
        "UPDATE N SET Xingming = CAST(x'cebaceb0' AS TEXT) WHERE ID = '{PERSON}'"
    )])
    .await;
    for charset in ["gbk", "gbk-only", "gb18030"] {
        let connector = sqlite(&format!("{keys}charset = \"{charset}\""));
        home.mapping("connectors.toml", &connector);
        assert_eq!(name(&home, sql).await, Is("魏伟"), "{charset}");
    }
    home.mapping("connectors.toml", &sqlite(keys));
    assert_eq!(
        name(&home, sql).await,
        Is("κΰ"),
        "no other charset is named"
    );
    home.sql(&[format!(
        "UPDATE N SET Xingming = CAST(x'{hex}' AS TEXT) WHERE ID = '{PERSON}'"
    )])
    .await;
    // This driver's own Unicode would be of other characters.
    home.mapping("connectors.toml", &sqlite(""));
    assert_eq!(name(&home, sql).await, Withheld(Defect::Undecodable));
}

#[tokio::test]
async fn the_columns_of_a_table_are_listed_and_statements_checked_at_load() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let home = through(&space, QUICK).await;
    let mappings = home.path().join("mappings");
    let of = |name: &'static str| {
        table_columns(
            home.path(),
            &mappings,
            "vendor",
            name,
            LocalLimits::default(),
        )
    };
    assert_eq!(of("T").await.unwrap(), ["id", "bal"]);
    let refused = of("NOSUCH").await.unwrap_err().to_string();
    assert!(
        refused.contains("names a table that does not exist"),
        "{refused}"
    );
    for (sql, expected) in [
        (
            "SELECT BAL FROM NOSUCH WHERE ID = ?1",
            "names a table that does not exist",
        ),
        (
            "SELECT NOSUCH AS BAL FROM T WHERE ID = ?1",
            "names a column that does not exist",
        ),
        ("SELECT BAL FRM T WHERE ID = ?1", "its syntax is wrong"),
        (
            "SELECT ID FROM T WHERE ID = ?1",
            "the statement delivers no column `BAL`",
        ),
        (
            "SELECT BAL FROM T WHERE ID = ?1 -- x",
            "must hold no comment",
        ),
        ("SELECT BAL FROM T WHERE ID = ?1 # x", "begins with `#`"),
        (
            "SELECT q'[?1]' AS BAL FROM T WHERE ID = ?1",
            "no literal that begins with q",
        ),
        (
            "SELECT {fn ucase(BAL)} AS BAL FROM T WHERE ID = ?1",
            "must hold no `{`",
        ),
        (
            "SELECT $$x$$ AS BAL FROM T WHERE ID = ?1",
            "begins with `$`",
        ),
        (
            "DELETE FROM T WHERE ID = ?1",
            "must begin with SELECT or WITH",
        ),
    ] {
        let home = through(&space, sql).await;
        let faults = home.try_open(limits(1)).await.unwrap_err().to_string();
        assert!(faults.contains(expected), "{sql}: {faults}");
        assert!(!faults.contains("NOSUCH"), "{faults}");
    }
}

#[tokio::test]
async fn nothing_is_ever_written() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    space
        .sql(&[
            "CREATE FUNCTION grow() RETURNS text LANGUAGE sql VOLATILE AS \
             'INSERT INTO T VALUES (''x'', ''y'') RETURNING BAL'",
        ])
        .await;
    let writing = through(&space, "SELECT grow() AS BAL FROM T WHERE ID = ?1").await;
    let translator = writing.try_open(limits(1)).await.unwrap();
    let outcome = ask(&translator, "04-01").await.outcome;
    assert_eq!(outcome, unavailable(SourceError::Broken));
    let deleting = "WITH d AS (DELETE FROM T WHERE ID = ?1 RETURNING BAL) SELECT BAL FROM d";
    let faults = through(&space, deleting).await.try_open(limits(1)).await;
    let faults = faults.unwrap_err().to_string();
    assert!(faults.contains("refuses the statement"), "{faults}");
    let mut owner = space.owner().await;
    assert_eq!(owner.number("SELECT COUNT(*) FROM T").await, 1);
}

#[tokio::test]
async fn connectors_that_cannot_be_right_are_faults() {
    let (driver, home) = ("driver = \"D\"", Home::new());
    std::fs::write(home.path().join("open.password"), "x").unwrap();
    let items = items("04", &[("04-01", "from = \"A\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT A FROM T WHERE I = ?1\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
    for (keys, expected) in [
        (String::new(), "either `driver` or `dsn`"),
        (format!("{driver}\ndsn = \"D\""), "either `driver` or `dsn`"),
        ("driver = \"D;UID=x\"".to_owned(), "`driver` must be plain"),
        (format!("{driver}\nuser = \"a{{b\""), "`user` must be plain"),
        (
            format!("{driver}\noptions = {{ pwd = \"x\" }}"),
            "the option `pwd` has a key",
        ),
        (
            format!("{driver}\noptions = {{ FileDSN = \"x\" }}"),
            "the option `FileDSN` has",
        ),
        (
            format!("{driver}\noptions = {{ A = \"x;UID=y\" }}"),
            "the option `A` must be text",
        ),
        (
            format!("{driver}\noptions = {{ \"A=B;C\" = \"x\" }}"),
            "must be a word",
        ),
        (
            format!("{driver}\ntexts = \"latin\""),
            "`unicode` or `bytes`",
        ),
        (
            format!("{driver}\npassword = \"x\""),
            "unknown key `password`",
        ),
        (
            format!("{driver}\npassword_file = \"none\""),
            "the file does not exist",
        ),
        (
            format!("{driver}\npassword_file = \"open.password\""),
            "0600 or 0400",
        ),
    ] {
        let text = format!("[[connector]]\nname = \"vendor\"\nkind = \"odbc\"\n{keys}\n");
        home.mapping("connectors.toml", &text);
        let faults = home.try_open(limits(1)).await.unwrap_err().to_string();
        assert!(faults.contains(expected), "{keys}: {faults}");
    }
}

#[tokio::test]
async fn a_driver_that_nobody_installed_is_an_outage_as_a_missing_server_is() {
    let space = shared(Kind::Postgres).space().await;
    let home = home(&space, QUICK);
    home.mapping(
        "connectors.toml",
        "[[connector]]\nname = \"vendor\"\nkind = \"odbc\"\ndriver = \"No Such Driver\"\n",
    );
    let translator = home.try_open(limits(1)).await.unwrap();
    let outcome = ask(&translator, "04-01").await.outcome;
    assert_eq!(outcome, unavailable(SourceError::Missing));
}

#[tokio::test]
async fn amounts_of_single_precision_are_refused_at_load() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let single = "SELECT CAST(BAL AS REAL) AS BAL FROM T WHERE ID = ?1";
    let home = through(&space, single).await;
    let faults = home.try_open(LocalLimits::default()).await.unwrap_err();
    let faults = faults.to_string();
    let expected = "`BAL` is a FLOAT, which loses digits";
    assert!(faults.contains(expected), "{faults}");
}
