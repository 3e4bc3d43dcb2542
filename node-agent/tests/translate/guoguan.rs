//! 国管's own database: pinyin columns near the standard, padded CHAR, dashed months, a load date.

use std::collections::BTreeSet;

use catalog::Defect;
use node_agent::translate::{FoundOutcome, SourceError};
use time::macros::datetime;

use crate::bench::{Absent, Home, Is, NOW, Withheld, ask, items, person, seen, soon, sql_table};

const PERSON_X: &str = "82000019000101001X";

#[tokio::test]
async fn standard_columns_are_taken_as_they_are() {
    sql_table(
        "04-08",
        "from = \"GRZHZT\"",
        &["GRZHZT"],
        &[
            (&[Some("01")], Is("01")),
            (&[Some("06 ")], Is("06")),
            (&[Some("07")], Withheld(Defect::UnknownCode)),
            (&[Some("1")], Withheld(Defect::UnknownCode)),
        ],
    )
    .await;
    sql_table(
        "08-07",
        "from = \"DKZT\"\ncodes = { \"00\" = \"06\", \"01\" = \"03\", \
         \"02\" = \"04\", \"03\" = \"05\" }",
        &["DKZT"],
        &[
            (&[Some("00")], Is("06")),
            (&[Some("01")], Is("03")),
            (&[Some("02")], Is("04")),
            (&[Some("03")], Is("05")),
            (&[Some("04")], Withheld(Defect::UnknownCode)),
        ],
    )
    .await;
}

#[tokio::test]
async fn months_are_dashed_or_stored_as_a_day() {
    sql_table(
        "04-10",
        "from = \"JZNY\"\nmonth = \"YYYY-MM\"",
        &["JZNY"],
        &[
            (&[Some("2019-07")], Is("201907")),
            (&[Some("2019-07   ")], Is("201907")),
            (&[Some("2019-7")], Withheld(Defect::BadDate)),
            (&[Some("201907")], Withheld(Defect::BadDate)),
        ],
    )
    .await;
    sql_table(
        "05-08",
        "from = \"HBJNY\"\nmonth = \"YYYY-MM-DD\"",
        &["HBJNY"],
        &[
            (&[Some("2019-07-01")], Is("201907")),
            (&[None], Absent),
            (&[Some("2019-07")], Withheld(Defect::BadDate)),
        ],
    )
    .await;
}

#[tokio::test]
async fn one_is_yes_and_two_is_no() {
    sql_table(
        "08-15",
        "from = \"SFST\"\nboolean = { true = \"1\", false = \"2\" }",
        &["SFST"],
        &[
            (&[Some("1")], Is("true")),
            (&[Some("2")], Is("false")),
            (&[Some("0")], Withheld(Defect::BadBoolean)),
        ],
    )
    .await;
}

#[tokio::test]
async fn several_codes_in_one_column_are_mapped_one_by_one() {
    sql_table(
        "11-09",
        "from = \"XZSX\"\ncodes = { \"1\" = \"01\", \"4\" = \"04\" }",
        &["XZSX"],
        &[
            (&[Some("1")], Is("01")),
            (&[Some("1;4")], Is("01;04")),
            (&[Some("1;7")], Withheld(Defect::UnknownCode)),
            (&[Some("1;1")], Withheld(Defect::Duplicate)),
        ],
    )
    .await;
}

async fn with_load_date(loaded: &str) -> Home {
    let home = Home::new();
    home.sql(&[
        "CREATE TABLE V_GRZH (ZJHM CHAR(20), XINGMING)".to_owned(),
        "INSERT INTO V_GRZH VALUES ('82000019000101001x  ', '李四')".to_owned(),
        "CREATE TABLE LOADLOG (LOADED)".to_owned(),
        format!("INSERT INTO LOADLOG VALUES ({loaded})"),
    ])
    .await;
    let items = items(
        "04",
        &[
            ("04-04", "from = \"zjhm\"\nid_number = true"),
            ("04-20", "from = \"@as-of\"\ntime = \"YYYY-MM-DD\""),
        ],
    );
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT ZJHM FROM V_GRZH WHERE ZJHM IN (?1, ?2, ?3)\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\", \"id15\", \"id18-lower\"]\npad = 20\n\
             [freshness]\nas_of_sql = \"SELECT MAX(LOADED) FROM LOADLOG\"\n\
             stale_after_hours = 36\n{items}"
        ),
    );
    home
}

#[tokio::test]
async fn padded_lower_case_numbers_are_found_and_carry_the_load_date() {
    let home = with_load_date("'2026-11-22 23:00:00'").await;
    let translator = home.open().await;
    let asked = BTreeSet::from(["04-04", "04-20"].map(crate::bench::item));
    let subject = catalog::PersonId::parse("05", PERSON_X).unwrap();
    let subject = catalog::Subject::Person(subject);
    let class = crate::bench::class("04");
    let found = translator.find(class, &asked, &subject, NOW, soon()).await;
    assert_eq!(found.outcome, FoundOutcome::Answered);
    assert_eq!(seen(&found.records[0], "04-04"), Is(PERSON_X));
    assert_eq!(
        seen(&found.records[0], "04-20"),
        Is("2026-11-22T23:00:00+08:00")
    );
    assert_eq!(found.as_of, datetime!(2026-11-22 23:00:00 +8));
    let later = NOW + time::Duration::hours(30);
    let stale = translator
        .find(class, &asked, &subject, later, soon())
        .await;
    assert_eq!(stale.outcome, FoundOutcome::Stale);
    assert_eq!(stale.records.len(), 1, "stale records are still returned");
    let nobody = person(crate::bench::PERSON);
    let none = translator.find(class, &asked, &nobody, NOW, soon()).await;
    assert_eq!(none.outcome, FoundOutcome::NoRecord);
    let stale_none = translator.find(class, &asked, &nobody, later, soon()).await;
    assert_eq!(
        stale_none.outcome,
        FoundOutcome::Stale,
        "stale nothing is not a clean nothing"
    );
}

#[tokio::test]
async fn an_unknown_age_is_no_answer() {
    // A load of the future would never become stale; clocks may differ by minutes.
    let soon_enough = with_load_date("'2026-11-23 10:04:59'").await;
    let found = ask(&soon_enough.open().await, "04-04").await;
    assert_eq!(found.outcome, FoundOutcome::NoRecord);
    for loaded in [
        "NULL",
        "'yesterday'",
        "'2026-11-23 10:05:01'",
        "'2126-11-23 00:00:00'",
    ] {
        let home = with_load_date(loaded).await;
        let translator = home.open().await;
        let found = ask(&translator, "04-04").await;
        assert_eq!(
            found.outcome,
            FoundOutcome::Unavailable(SourceError::AgeUnknown)
        );
        assert!(found.records.is_empty());
    }
}
