//! The conversion tables on real servers: what SQLite gives, PostgreSQL and MariaDB give too, and
//! typed columns (CHAR, NUMERIC, DATE, TIMESTAMP) arrive exactly as they are held.

use std::collections::BTreeSet;

use catalog::Defect;
use node_agent::translate::{FoundOutcome, LocalLimits};

use crate::bench::{
    Absent, Expect, Home, Is, NOW, PERSON, Table, Withheld, ask, compare, item, items, person,
    seen, soon,
};
use crate::server_space::Space;
use crate::servers::{BOTH, Kind, shared};

/// Runs a table of raw texts through both servers, each column as wide as SQLite's.
pub(crate) async fn text_table(item_no: &str, rule: &str, columns: &[&str], table: Table<'_>) {
    let names = columns.iter().filter_map(|column| column.split(' ').next());
    let names: Vec<_> = names.collect();
    for kind in BOTH {
        let space = shared(kind).space().await;
        let declared = names.iter().map(|name| format!("{name} VARCHAR(200)"));
        let declared = declared.collect::<Vec<_>>();
        let declared: Vec<_> = declared.iter().map(String::as_str).collect();
        run(&space, item_no, rule, &declared, table).await;
    }
}

async fn run(space: &Space<'_>, item_no: &str, rule: &str, columns: &[&str], table: Table<'_>) {
    values_through(space, &space.connector(), (item_no, rule), columns, table).await;
}

/// One table of raw values, written on a server and read through a connector.
pub(crate) async fn values_through(
    space: &Space<'_>,
    connector: &str,
    (item_no, rule): (&str, &str),
    columns: &[&str],
    table: Table<'_>,
) {
    let names = columns.iter().filter_map(|column| column.split(' ').next());
    let list = names.collect::<Vec<_>>().join(", ");
    let declared = columns.join(", ");
    let mut owner = space.owner().await;
    owner
        .run(&format!(
            "CREATE TABLE T (SUBJ CHAR(20), N INTEGER, {declared})"
        ))
        .await;
    for (n, (row, _)) in table.iter().enumerate() {
        let quoted = row.iter().map(|raw| match raw {
            Some(raw) => format!("'{raw}'"),
            None => "NULL".to_owned(),
        });
        let quoted = quoted.collect::<Vec<_>>().join(", ");
        owner
            .run(&format!("INSERT INTO T VALUES ('{PERSON}', {n}, {quoted})"))
            .await;
    }
    let home = Home::new();
    home.mapping("connectors.toml", connector);
    let class_no = item_no.get(..2).unwrap();
    let items = items(class_no, &[(item_no, rule)]);
    home.mapping(
        "class.toml",
        &format!(
            "class = \"{class_no}\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT {list} FROM T WHERE SUBJ = ?1 ORDER BY N\"\n\
             [subject]\nkind = \"any\"\nforms = [\"id18\"]\npad = 20\n{items}"
        ),
    );
    let found = ask(&home.open().await, item_no).await;
    let expected = table
        .iter()
        .map(|(row, expect)| (format!("{row:?}"), expect));
    compare(item_no, expected, &found);
}

/// One typed column on one server.
async fn typed(kind: Kind, item_no: &str, rule: &str, columns: &[&str], table: Table<'_>) {
    let space = shared(kind).space().await;
    run(&space, item_no, rule, columns, table).await;
}

#[tokio::test]
async fn amounts_of_the_citys_vendor_stay_exact_on_postgresql() {
    let rule = "from = \"BAL\"\ndecimal = { unit = \"yuan\" }";
    let amounts: Table<'_> = &[
        (&[Some("1234567890123.07")], Is("1234567890123.07")),
        (&[Some("0.10")], Is("0.10")),
        (&[Some("-12")], Is("-12.00")),
        (&[None], Withheld(Defect::MissingRequired)),
    ];
    typed(
        Kind::Postgres,
        "04-14",
        rule,
        &["BAL NUMERIC(18,2)"],
        amounts,
    )
    .await;
    typed(
        Kind::MariaDb,
        "04-14",
        rule,
        &["BAL DECIMAL(16,2)"],
        amounts,
    )
    .await;
    let strange: Table<'_> = &[
        (&[Some("NaN")], Withheld(Defect::BadNumber)),
        (&[Some("Infinity")], Withheld(Defect::BadNumber)),
        (&[Some("1.005")], Withheld(Defect::BadPrecision)),
        (&[Some("1.50000")], Is("1.50")),
    ];
    typed(Kind::Postgres, "04-14", rule, &["BAL NUMERIC"], strange).await;
    let years = "from = \"LOANTERM\"\ninteger = { times = 12 }";
    let terms: Table<'_> = &[(&[Some("30")], Is("360")), (&[None], Absent)];
    for column in [
        "LOANTERM SMALLINT",
        "LOANTERM NUMERIC(4,0)",
        "LOANTERM BIGINT",
    ] {
        for kind in BOTH {
            typed(kind, "08-10", years, &[column], terms).await;
        }
    }
}

#[tokio::test]
async fn typed_days_and_moments_arrive_in_their_textual_form() {
    let rule = "from = \"D\"\ndate = \"YYYY-MM-DD\"\nabsent = [\"1899-12-31\", \"9999-12-31\"]";
    let days: Table<'_> = &[
        (&[Some("2026-08-25")], Is("2026-08-25")),
        (&[Some("1899-12-31")], Absent),
        (&[Some("9999-12-31")], Absent),
        (&[None], Absent),
    ];
    for kind in BOTH {
        typed(kind, "04-17", rule, &["D DATE"], days).await;
    }
    let endless: Table<'_> = &[(&[Some("infinity")], Withheld(Defect::BadDate))];
    typed(Kind::Postgres, "04-17", rule, &["D DATE"], endless).await;
    let rule = "from = \"U\"\ntime = \"YYYY-MM-DD HH:MM:SS\"";
    let whole: Table<'_> = &[(
        &[Some("2026-11-20 23:59:59")],
        Is("2026-11-20T23:59:59+08:00"),
    )];
    let split: Table<'_> = &[(
        &[Some("2026-11-20 23:59:59.987")],
        Is("2026-11-20T23:59:59+08:00"),
    )];
    let zoned: Table<'_> = &[(
        &[Some("2026-11-20 15:59:59.9+00")],
        Is("2026-11-20T23:59:59+08:00"),
    )];
    let endless: Table<'_> = &[(&[Some("infinity")], Withheld(Defect::BadDate))];
    for (column, table) in [
        ("U TIMESTAMP", whole),
        ("U TIMESTAMP", split),
        ("U TIMESTAMPTZ", zoned),
        ("U TIMESTAMP", endless),
        ("U TIMESTAMPTZ", endless),
    ] {
        typed(Kind::Postgres, "04-20", rule, &[column], table).await;
    }
    for (column, table) in [
        ("U DATETIME", whole),
        ("U DATETIME(6)", split),
        ("U TIMESTAMP", whole),
    ] {
        typed(Kind::MariaDb, "04-20", rule, &[column], table).await;
    }
}

#[tokio::test]
async fn padded_char_is_trimmed_and_several_columns_combine() {
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
    for kind in BOTH {
        typed(kind, "04-08", rule, &columns, table).await;
    }
    let month = "from = \"JZNY\"\nmonth = \"YYYY-MM\"";
    let months: Table<'_> = &[
        (&[Some("2019-07")], Is("201907")),
        (&[Some("201907")], Withheld(Defect::BadDate)),
    ];
    typed(Kind::MariaDb, "04-10", month, &["JZNY CHAR(10)"], months).await;
}

async fn one(
    space: &Space<'_>,
    keys: &str,
    sql: &str,
    subject: &str,
    rule: &str,
) -> (FoundOutcome, Vec<Expect>) {
    let home = Home::new();
    home.mapping("connectors.toml", &format!("{}{keys}", space.connector()));
    let items = items("04", &[("04-05", rule)]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\nsql = \"\"\"{sql}\"\"\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\", \"id15\", \"id18-lower\"]\n{items}"
        ),
    );
    let asked = BTreeSet::from([item("04-05")]);
    let translator = home.open().await;
    let found = translator
        .find(item("04-05").class(), &asked, &person(subject), NOW, soon())
        .await;
    let names = found.records.iter().map(|record| seen(record, "04-05"));
    (found.outcome, names.collect())
}

#[tokio::test]
async fn guoguans_gbk_columns_are_found_and_mislabelled_bytes_decoded() {
    let space = shared(Kind::MariaDb).space().await;
    space
        .sql(&[
            "CREATE TABLE V_GRZH (ZJHM CHAR(20) CHARACTER SET gbk, \
             XINGMING CHAR(60) CHARACTER SET gbk, \
             WRONG VARCHAR(60) CHARACTER SET latin1, KEY (ZJHM))",
            "INSERT INTO V_GRZH VALUES ('110101190001010014', '张伟　', x'D5C5CEB0')",
        ])
        .await;
    let sql = "SELECT XINGMING FROM V_GRZH WHERE ZJHM IN (?1, ?2, ?3)";
    let rule = "from = \"xingming\"";
    let found = one(&space, "", sql, PERSON, rule).await;
    assert_eq!(found, (FoundOutcome::Answered, vec![Is("张伟")]));
    let sql = "SELECT CAST(WRONG AS BINARY) AS XINGMING FROM V_GRZH WHERE ZJHM IN (?1, ?2, ?3)";
    let found = one(&space, "charset = \"gbk\"\n", sql, PERSON, rule).await;
    assert_eq!(found, (FoundOutcome::Answered, vec![Is("张伟")]));
    let found = one(&space, "", sql, PERSON, rule).await;
    assert_eq!(found.1, [Withheld(Defect::Undecodable)]);
}

#[tokio::test]
async fn the_citys_bytes_and_long_texts_are_withheld_or_decoded() {
    let space = shared(Kind::Postgres).space().await;
    let long = format!("INSERT INTO L VALUES ('{PERSON}', repeat('长', 5000))");
    space
        .sql(&[
            "CREATE TABLE INDIACC (CERTINUM CHAR(20), ACCNAME BYTEA)",
            "INSERT INTO INDIACC VALUES ('110101190001010014', '\\xD5C5CEB0')",
            "CREATE TABLE L (CERTINUM CHAR(18), ACCNAME TEXT)",
            &long,
        ])
        .await;
    let sql = "SELECT ACCNAME FROM INDIACC WHERE CERTINUM IN (?1, ?2, ?3)";
    let rule = "from = \"ACCNAME\"";
    let found = one(&space, "charset = \"gbk\"\n", sql, PERSON, rule).await;
    assert_eq!(found, (FoundOutcome::Answered, vec![Is("张伟")]));
    let found = one(&space, "", sql, PERSON, rule).await;
    assert_eq!(found.1, [Withheld(Defect::Undecodable)]);
    let sql = "SELECT ACCNAME FROM L WHERE CERTINUM IN (?1, ?2, ?3)";
    let found = one(&space, "", sql, PERSON, rule).await;
    assert_eq!(found.1, [Withheld(Defect::TooLong)]);
}

#[tokio::test]
async fn numbers_compare_as_numbers_and_never_nearly() {
    // Two whole numbers of 18 digits that are the same as floating point.
    for kind in BOTH {
        let space = shared(kind).space().await;
        space
            .sql(&[
                "CREATE TABLE T (ID BIGINT, A VARCHAR(20))",
                "INSERT INTO T VALUES (110101190001010014, 'right'), (110101190001010015, 'wrong')",
            ])
            .await;
        let cast = match kind {
            Kind::Postgres => "CAST(?1 AS bigint)",
            Kind::MariaDb => "CAST(?1 AS UNSIGNED)",
        };
        let sql = format!("SELECT A FROM T WHERE ID = {cast} AND ?1 <> '?9' AND \"x\" = \"x\"");
        let sql = sql.replace(
            "\"x\"",
            if kind == Kind::Postgres {
                "\"a\""
            } else {
                "\"x\""
            },
        );
        let found = one(&space, "", &sql, PERSON, "from = \"A\"").await;
        assert_eq!(
            found,
            (FoundOutcome::Answered, vec![Is("right")]),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn names_in_gbk_bytes_never_become_greek_or_cyrillic() {
    for (kind, column, sql) in [
        (
            Kind::MariaDb,
            "VARCHAR(60) CHARACTER SET latin1",
            "SELECT CAST(WRONG AS BINARY) AS N FROM W WHERE ID = ?1",
        ),
        (
            Kind::Postgres,
            "VARCHAR(60)",
            "SELECT convert_to(WRONG, 'LATIN1') AS N FROM W WHERE ID = ?1",
        ),
    ] {
        let space = shared(kind).space().await;
        // 魏伟, whose bytes are `κΰ` in UTF-8, as a latin1 column shows them.
        let signs = "\u{ce}\u{ba}\u{ce}\u{b0}";
        let table = format!("CREATE TABLE W (ID CHAR(20), WRONG {column}, PLAIN VARCHAR(60))");
        let greek = if kind == Kind::MariaDb {
            "ALTER TABLE W MODIFY PLAIN VARCHAR(60) CHARACTER SET utf8mb4"
        } else {
            "SELECT 1"
        };
        let row = format!("INSERT INTO W VALUES ('{PERSON}', '{signs}', 'κΰ')");
        space.sql(&[&table, greek, &row]).await;
        let rule = "from = \"N\"";
        for charset in ["gbk", "gbk-only", "gbk-in-cp850"] {
            let keys = format!("charset = \"{charset}\"\n");
            let found = one(&space, &keys, sql, PERSON, rule).await;
            assert_eq!(found.1, [Is("魏伟")], "{kind:?} {charset}");
        }
        let plain = "SELECT PLAIN AS N FROM W WHERE ID = ?1";
        let found = one(&space, "charset = \"gbk\"\n", plain, PERSON, rule).await;
        assert_eq!(found.1, [Is("κΰ")], "{kind:?}: a text column is a text");
    }
}

#[tokio::test]
async fn a_question_mark_that_only_the_server_wrote_is_withheld() {
    let space = shared(Kind::MariaDb).space().await;
    space
        .sql(&[
            "CREATE TABLE Q (ID CHAR(20), A VARCHAR(60) CHARACTER SET gbk, \
             B VARCHAR(60) CHARACTER SET gbk, C VARCHAR(60) CHARACTER SET ucs2)",
            // AAA1 is a place of GBK for private use, which the server cannot convert.
            "INSERT INTO Q VALUES ('110101190001010014', x'D5C5AAA1', '张?伟', '张?伟')",
        ])
        .await;
    let read = async |column: &str| {
        let sql = format!("SELECT {column} FROM Q WHERE ID = ?1");
        one(&space, "", &sql, PERSON, &format!("from = \"{column}\"")).await
    };
    assert_eq!(read("A").await.1, [Withheld(Defect::Undecodable)]);
    assert_eq!(read("B").await.1, [Is("张?伟")]);
    assert_eq!(read("C").await.1, [Is("张?伟")]);
}

#[tokio::test]
async fn amounts_of_single_precision_are_refused_at_load_and_doubles_kept_whole() {
    for (kind, single, double) in [
        (Kind::MariaDb, "FLOAT", "DOUBLE"),
        (Kind::Postgres, "REAL", "DOUBLE PRECISION"),
    ] {
        let space = shared(kind).space().await;
        let table = format!("CREATE TABLE F (ID CHAR(20), ONE {single}, TWO {double})");
        let row = format!("INSERT INTO F VALUES ('{PERSON}', 1234567.89, 1234567.89)");
        space.sql(&[&table, &row]).await;
        let home = Home::new();
        home.mapping("connectors.toml", &space.connector());
        let class = |select: &str, column: &str| {
            let rule = format!("from = \"{column}\"\ndecimal = {{ unit = \"yuan\" }}");
            format!(
                "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
                 sql = \"SELECT {select} FROM F WHERE ID = ?1\"\n\
                 [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{}",
                items("04", &[("04-14", &rule)])
            )
        };
        home.mapping("class.toml", &class("ONE", "ONE"));
        let faults = home.try_open(LocalLimits::default()).await;
        let faults = faults.unwrap_err().to_string();
        let hint = "`ONE` is a FLOAT, which loses digits: select an exact column, or \
                    CAST(ONE AS DECIMAL(18,2)) AS ONE";
        assert!(faults.contains(hint), "{kind:?}: {faults}");
        for (select, column) in [
            ("TWO", "TWO"),
            ("ONE, TWO", "TWO"),
            ("CAST(TWO AS DECIMAL(18,2)) AS ONE", "ONE"),
        ] {
            home.mapping("class.toml", &class(select, column));
            let found = ask(&home.open().await, "04-14").await;
            let amount = seen(&found.records[0], "04-14");
            assert_eq!(amount, Is("1234567.89"), "{kind:?} {select}");
        }
    }
}
