//! 铁路's dropped files: byte positions in GB18030, fen with the sign in the last byte, and local
//! codes that collide with the catalog's.

use std::collections::BTreeSet;

use catalog::Defect;
use node_agent::translate::FoundOutcome;

use crate::bench::{
    Absent, Expect, Home, Is, NOW, PERSON, PERSON_15, Withheld, compare, file, gb, item, items,
    line, person, seen, soon,
};

const LENGTH: usize = 121;
const LAYOUT: &str = r#"
[layout]
unit = "2-11"
employee = "12-21"
id = "22-39"
id_type = "40-41"
name = "42-71"
sex = "72-72"
opened = "73-80"
status = "81-81"
paid = "82-87"
base = "88-99"
balance = "100-113"
sealed = "114-121"
[trailer]
total = "balance"
"#;

pub(crate) fn mapping(class_no: &str, extra: &str, rules: &[(&str, &str)]) -> String {
    let items = items(class_no, rules);
    format!(
        "class = \"{class_no}\"\n[source]\nconnector = \"drop\"\nfile = \"GR\"\n\
         [subject]\nkind = \"person\"\nfield = \"id\"\n{extra}\n{LAYOUT}\n{items}"
    )
}

/// A well-formed D line of a person with a balance, and `fields` over it.
pub(crate) fn account(id: &str, balance: &str, fields: &[(usize, &[u8])]) -> Vec<u8> {
    let mut all: Vec<(usize, &[u8])> = vec![
        (2, b"0001000023"),
        (12, b"0000004711"),
        (22, id.as_bytes()),
        (40, b"01"),
        (72, b"1"),
        (73, b"20190705"),
        (81, b"0"),
        (82, b"202610"),
        (88, b"000001000000"),
        (100, balance.as_bytes()),
        (114, b"00000000"),
    ];
    all.extend_from_slice(fields);
    line(LENGTH, &all)
}

const BALANCE: &str = "0000000012345+";

/// Runs a table of one item: raw bytes put at a position, and what the item then is.
async fn table(item_no: &str, rule: &str, at: usize, rows: &[(&[u8], Expect)]) {
    let home = Home::new();
    // The employee number keeps lines apart, which else would be repeated lines.
    let numbers: Vec<String> = (0..rows.len()).map(|n| format!("{n:010}")).collect();
    let lines: Vec<_> = rows
        .iter()
        .zip(&numbers)
        .map(|((raw, _), number)| account(PERSON, BALANCE, &[(12, number.as_bytes()), (at, raw)]))
        .collect();
    let total = if at == 100 {
        None
    } else {
        Some(12_345 * i64::try_from(rows.len()).unwrap())
    };
    let class_no = item_no.get(..2).unwrap();
    let mut text = mapping(class_no, "", &[(item_no, rule)]);
    if total.is_none() {
        text = text.replace("[trailer]\ntotal = \"balance\"\n", "");
    }
    home.mapping("class.toml", &text);
    let bytes = file("20261123", 1, &lines, lines.len(), total.unwrap_or(0));
    home.drop_file("GR20261123_001.txt", &bytes);
    let found = crate::bench::ask(&home.open().await, item_no).await;
    let expected = rows
        .iter()
        .map(|(raw, expect)| (format!("{raw:?}"), expect));
    compare(item_no, expected, &found);
}

#[tokio::test]
async fn local_codes_that_collide_are_mapped_not_taken_over() {
    let id_type = r#"from = "id_type"
codes = { "01" = "01", "02" = "02", "03" = "03", "04" = "04", "05" = "99" }"#;
    table(
        "04-03",
        id_type,
        40,
        &[
            (b"01", Is("01")),
            (b"05", Is("99")),
            (b"06", Withheld(Defect::UnknownCode)),
        ],
    )
    .await;
    table(
        "03-07",
        "from = \"sex\"\ncodes = { \"0\" = \"2\", \"1\" = \"1\" }",
        72,
        &[
            (b"0", Is("2")),
            (b"1", Is("1")),
            (b"2", Withheld(Defect::UnknownCode)),
        ],
    )
    .await;
    let marital = "from = \"sex\"\ncodes = { \"1\" = \"10\", \"2\" = \"20\", \"3\" = \"40\" }";
    table(
        "03-09",
        marital,
        72,
        &[(b"3", Is("40")), (b"4", Withheld(Defect::UnknownCode))],
    )
    .await;
    let status = r#"from = "status"
codes = {
  "0" = "01", "1" = "02", "2" = "04", "3" = "05",
  "4" = "05", "5" = "05", "6" = "99", "7" = "05",
}"#;
    table(
        "04-08",
        status,
        81,
        &[
            (b"0", Is("01")),
            (b"1", Is("02")),
            (b"2", Is("04")),
            (b"3", Is("05")),
            (b"5", Is("05")),
            (b"6", Is("99")),
            (b"7", Is("05")),
            (b"8", Withheld(Defect::UnknownCode)),
            (b" ", Withheld(Defect::MissingRequired)),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_blank_status_means_not_disbursed_where_the_mapping_says_so() {
    for rule in [
        "from = \"sex\"\ncodes = { \"A\" = \"04\", \"O\" = \"05\", \"S\" = \"06\", \"\" = \"03\" }",
        "from = \"sex\"\ntrim = false\n\
         codes = { \"A\" = \"04\", \"O\" = \"05\", \"S\" = \"06\", \" \" = \"03\" }",
    ] {
        table(
            "10-06",
            rule,
            72,
            &[
                (b"A", Is("04")),
                (b"O", Is("05")),
                (b"S", Is("06")),
                (b" ", Is("03")),
                (b"X", Withheld(Defect::UnknownCode)),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn amounts_are_fen_with_the_sign_last() {
    table(
        "04-14",
        "from = \"balance\"\ndecimal = { unit = \"fen-sign-last\" }",
        100,
        &[
            (b"0000000012345+", Is("123.45")),
            (b"0000000012345-", Is("-123.45")),
            (b"0000000000000+", Is("0.00")),
            (b"00000000012345", Withheld(Defect::BadNumber)),
            (b"-000000012345+", Withheld(Defect::BadNumber)),
            (b"             +", Withheld(Defect::BadNumber)),
        ],
    )
    .await;
    table(
        "04-11",
        "from = \"base\"\ndecimal = { unit = \"fen\" }",
        88,
        &[
            (b"000001000050", Is("10000.50")),
            (b"00000100005A", Withheld(Defect::BadNumber)),
        ],
    )
    .await;
}

#[tokio::test]
async fn dates_are_compact_and_eight_zeros_are_none() {
    let rule = "from = \"sealed\"\ndate = \"YYYYMMDD\"\nabsent = [\"00000000\"]";
    table(
        "04-17",
        rule,
        114,
        &[
            (b"20260825", Is("2026-08-25")),
            (b"00000000", Absent),
            (b"        ", Absent),
            (b"20260231", Withheld(Defect::BadDate)),
        ],
    )
    .await;
    table(
        "04-10",
        "from = \"paid\"\nmonth = \"YYYYMM\"\nabsent = [\"000000\"]",
        82,
        &[
            (b"202610", Is("202610")),
            (b"000000", Absent),
            (b"202613", Withheld(Defect::BadDate)),
        ],
    )
    .await;
    table(
        "04-20",
        "from = \"@file-date\"\ntime = \"YYYYMMDD\"",
        72,
        &[(b"1", Is("2026-11-23T00:00:00+08:00"))],
    )
    .await;
}

#[tokio::test]
async fn account_numbers_join_two_fields_and_keep_their_zeros() {
    table(
        "04-01",
        "from = [\"unit\", \"employee\"]\ntext = { join = \"\" }",
        2,
        &[
            (b"0001000023", Is("00010000230000000000")),
            (b"0001000024", Is("00010000240000000001")),
        ],
    )
    .await;
    table(
        "04-06",
        "from = \"unit\"",
        2,
        &[(b"0001000023", Is("0001000023"))],
    )
    .await;
}

#[tokio::test]
async fn names_are_cut_as_bytes_and_then_decoded() {
    let rare = gb("\u{20000}仁"); // four bytes and two
    assert_eq!(rare.len(), 6);
    let wide = gb("王五　　");
    // Fifteen characters fill the thirty bytes; a fourteenth and a half is a cut character.
    let full = gb("一二三四五六七八九十甲乙丙丁戊");
    let mut cut = gb("一二三四五六七八九十甲乙丙丁");
    cut.push(b'A');
    cut.push(gb("戊")[0]);
    assert_eq!((full.len(), cut.len()), (30, 30));
    let mut cut_rare = vec![b'A'; 27];
    cut_rare.extend_from_slice(&gb("\u{20000}")[..3]);
    table(
        "04-05",
        "from = \"name\"",
        42,
        &[
            (&gb("张三"), Is("张三")),
            (&rare, Is("\u{20000}仁")),
            (&wide, Is("王五")),
            (&full, Is("一二三四五六七八九十甲乙丙丁戊")),
            (&cut, Withheld(Defect::Undecodable)),
            (&cut_rare, Withheld(Defect::Undecodable)),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_person_is_found_under_15_and_18_digits_and_only_that_person() {
    let home = Home::new();
    home.mapping(
        "04.toml",
        &mapping("04", "", &[("04-04", "from = \"id\"\nid_number = true")]),
    );
    let lines = [
        account(PERSON_15, BALANCE, &[]),
        account(PERSON, "0000000000005-", &[]),
        account("110101190001010030", BALANCE, &[]),
    ];
    let bytes = file("20261123", 1, &lines, 3, 12_345 * 2 - 5);
    home.drop_file("GR20261123_001.txt", &bytes);
    let translator = home.open().await;
    let asked = BTreeSet::from([item("04-04")]);
    let class = item("04-04").class();
    let found = translator
        .find(class, &asked, &person(PERSON), NOW, soon())
        .await;
    assert_eq!(found.outcome, FoundOutcome::Answered);
    assert_eq!(found.records.len(), 2);
    assert!(
        found
            .records
            .iter()
            .all(|record| seen(record, "04-04") == Is(PERSON))
    );
    let code = catalog::CreditCode::parse("91110000MA00000152").unwrap();
    let employer = catalog::Subject::Employer(code);
    let uncovered = translator.find(class, &asked, &employer, NOW, soon()).await;
    assert_eq!(uncovered.outcome, FoundOutcome::NotCovered);
    let other = crate::bench::class("05");
    let unmapped = translator
        .find(other, &asked, &person(PERSON), NOW, soon())
        .await;
    assert_eq!(unmapped.outcome, FoundOutcome::NotCovered);
}
