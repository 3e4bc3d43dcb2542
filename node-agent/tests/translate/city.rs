//! The city's vendor system (also 中直's): English abbreviations, padded values, sentinel dates,
//! local codes, years where the catalog has months.

use catalog::Defect;

use crate::bench::{Absent, Is, Withheld, sql_table};

#[tokio::test]
async fn account_status_is_read_from_three_columns() {
    let rule = r#"from = ["INDIACCSTATE", "FRZFLAG", "LASTTYPE"]
codes = [
  ["*/1/*", "06"], ["*/2/*", "06"], ["*/3/*", "06"],
  ["0/*/*", "01"], ["1/*/*", "02"], ["7/*/*", "99"],
  ["9/*/06", "03"], ["9/*/07", "04"], ["9/*/12", "05"],
]"#;
    let columns = ["INDIACCSTATE", "FRZFLAG", "LASTTYPE"];
    sql_table(
        "04-08",
        rule,
        &columns,
        &[
            (&[Some("0"), Some("0"), Some("01")], Is("01")),
            (&[Some("1"), Some("0"), Some("05")], Is("02")),
            (&[Some("9"), Some("0"), Some("06")], Is("03")),
            (&[Some("9"), Some("0"), Some("07")], Is("04")),
            (&[Some("9 "), Some("0"), Some("12")], Is("05")),
            (&[Some("7"), Some("0"), None], Is("99")),
            (&[Some("0"), Some("1"), Some("01")], Is("06")),
            (&[Some("1"), Some("3"), Some("14")], Is("06")),
            (
                &[Some("9"), Some("0"), Some("99")],
                Withheld(Defect::UnknownCode),
            ),
            (
                &[Some("5"), Some("0"), Some("01")],
                Withheld(Defect::UnknownCode),
            ),
            (&[None, None, Some("01")], Withheld(Defect::UnknownCode)),
        ],
    )
    .await;
}

type Pairs = &'static [(&'static str, &'static str)];

/// Item, its code map, and raw values with their codes; an unknown value has none.
const CODE_SETS: &[(&str, &str, Pairs)] = &[
    (
        "04-03",
        r#"codes = {"1"="01","2"="02","3"="03","9"="99"}"#,
        &[
            ("1", "01"),
            ("2", "02"),
            ("3", "03"),
            ("9", "99"),
            ("5", ""),
        ],
    ),
    (
        "03-07",
        r#"codes = {"1"="1","2"="2"}"#,
        &[("1", "1"), ("2", "2"), ("0", "")],
    ),
    (
        "03-09",
        r#"codes = {"1"="10","2"="20","3"="30","4"="40","9"="90"}"#,
        &[
            ("1", "10"),
            ("2", "20"),
            ("3", "30"),
            ("4", "40"),
            ("9", "90"),
            ("5", ""),
        ],
    ),
    (
        "08-13",
        r#"codes = {"01"="01","02"="02","03"="99","04"="03","05"="99","06"="99","07"="99"}"#,
        &[
            ("01", "01"),
            ("03", "99"),
            ("04", "03"),
            ("06", "99"),
            ("08", ""),
        ],
    ),
    (
        "08-12",
        r#"codes = {"1"="01","2"="02","3"="99","4"="03"}"#,
        &[
            ("1", "01"),
            ("2", "02"),
            ("3", "99"),
            ("4", "03"),
            ("5", ""),
        ],
    ),
    (
        "06-07",
        r#"codes = {
"001"="01","002"="02","003"="02","004"="06","005"="06","006"="07","008"="09",
"101"="03","102"="08","103"="05","104"="05","105"="04","106"="99",
}"#,
        &[
            ("001", "01"),
            ("003", "02"),
            ("005", "06"),
            ("006", "07"),
            ("008", "09"),
            ("101", "03"),
            ("102", "08"),
            ("103", "05"),
            ("105", "04"),
            ("106", "99"),
            ("1", ""),
        ],
    ),
    (
        "08-19",
        r#"codes = {"01"="01","02"="07","05"="08","07"="06","08"="03","11"="05","12"="02"}"#,
        &[
            ("01", "01"),
            ("02", "07"),
            ("05", "08"),
            ("08", "03"),
            ("11", "05"),
            ("12", "02"),
        ],
    ),
];

#[tokio::test]
async fn small_code_sets_differ_from_the_catalog() {
    for (item_no, codes, pairs) in CODE_SETS {
        let rule = format!("from = \"C\"\n{codes}");
        let rows: Vec<_> = pairs
            .iter()
            .map(|(raw, code)| {
                let expect = match *code {
                    "" => Withheld(Defect::UnknownCode),
                    code => Is(code),
                };
                ([Some(*raw)], expect)
            })
            .collect();
        let table: Vec<_> = rows
            .iter()
            .map(|(row, e)| (row.as_slice(), e.clone()))
            .collect();
        sql_table(item_no, &rule, &["C"], &table).await;
    }
}

#[tokio::test]
async fn loan_status_is_read_from_three_columns() {
    let rule = r#"from = ["LOANCONTRSTATE", "LOANSTATE", "CLEARSTATE"]
codes = [
  ["00/*/*", "01"], ["01/*/*", "02"], ["02/*/*", "03"], ["08/*/*", "03"], ["10/*/*", "03"],
  ["09/1/*", "04"], ["09/2/*", "05"], ["09/3/*", "05"], ["09/4/*", "05"],
  ["09/5/*", "06"], ["09/6/*", "06"], ["09/7/*", "07"],
  ["90/*/1", "06"], ["90/*/2", "06"], ["90/*/3", "06"], ["90/*/4", "07"], ["90/*/*", "08"],
  ["99/*/*", "08"],
]"#;
    sql_table(
        "08-07",
        rule,
        &["LOANCONTRSTATE", "LOANSTATE", "CLEARSTATE"],
        &[
            (&[Some("00"), None, None], Is("01")),
            (&[Some("01"), None, None], Is("02")),
            (&[Some("02"), None, Some("0")], Is("03")),
            (&[Some("10"), None, Some("0")], Is("03")),
            (&[Some("09"), Some("1"), Some("0")], Is("04")),
            (&[Some("09"), Some("3"), Some("0")], Is("05")),
            (&[Some("09"), Some("6"), Some("9")], Is("06")),
            (&[Some("09"), Some("7"), None], Is("07")),
            (&[Some("90"), Some("5"), Some("2")], Is("06")),
            (&[Some("90"), Some("7"), Some("4")], Is("07")),
            (&[Some("90"), None, Some("0")], Is("08")),
            (&[Some("99"), None, None], Is("08")),
            (
                &[Some("09"), Some("8"), None],
                Withheld(Defect::UnknownCode),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn account_numbers_get_their_leading_zeros_back() {
    sql_table(
        "04-01",
        "from = \"ACCNUM\"\ntext = { zero_pad = 12 }",
        &["ACCNUM"],
        &[
            (&[Some("12345")], Is("000000012345")),
            (&[Some("010000012345")], Is("010000012345")),
            (&[Some("12345   ")], Is("000000012345")),
            (&[Some("　12345　")], Is("000000012345")),
            (&[Some("123456789012345678901")], Withheld(Defect::TooLong)),
            (&[Some("  ")], Withheld(Defect::MissingRequired)),
        ],
    )
    .await;
}

#[tokio::test]
async fn sentinel_dates_are_no_dates() {
    let rule = r#"from = "LOCKDATE"
date = "YYYY-MM-DD"
absent = ["1899-12-31", "9999-12-31"]"#;
    sql_table(
        "04-17",
        rule,
        &["LOCKDATE"],
        &[
            (&[Some("2026-08-25")], Is("2026-08-25")),
            (&[Some("1899-12-31")], Absent),
            (&[Some("9999-12-31")], Absent),
            (&[Some("")], Absent),
            (&[None], Absent),
            (&[Some("2026-02-30")], Withheld(Defect::BadDate)),
            (&[Some("20260825")], Withheld(Defect::BadDate)),
            (&[Some("２０２６-08-25")], Withheld(Defect::BadDate)),
        ],
    )
    .await;
    let rule = "from = \"OPNACCDATE\"\ndate = \"YYYY-MM-DD HH:MM:SS\"";
    sql_table(
        "04-09",
        rule,
        &["OPNACCDATE"],
        &[
            (&[Some("2019-07-05 00:00:00")], Is("2019-07-05")),
            (&[Some("2019-07-05 24:00:00")], Withheld(Defect::BadDate)),
            (&[Some("2019-07-05")], Withheld(Defect::BadDate)),
        ],
    )
    .await;
}

#[tokio::test]
async fn amounts_stay_exact() {
    sql_table(
        "04-14",
        "from = \"BAL\"\ndecimal = { unit = \"yuan\" }",
        &["BAL NUMERIC"],
        &[
            (&[Some("1234567890.07")], Is("1234567890.07")),
            (&[Some("0.10")], Is("0.10")),
            (&[Some("-12")], Is("-12.00")),
            (&[Some("1.005")], Withheld(Defect::BadPrecision)),
            (&[Some("1e3x")], Withheld(Defect::BadNumber)),
            (&[Some("1,000.00")], Withheld(Defect::BadNumber)),
            (
                &[Some("12345678901234567.00 x")],
                Withheld(Defect::BadNumber),
            ),
        ],
    )
    .await;
    let rule = r#"from = "AMT"
decimal = { unit = "yuan", negative_when = { column = "DCFLAG", equals = "D", otherwise = "C" } }"#;
    sql_table(
        "05-10",
        rule,
        &["AMT", "DCFLAG"],
        &[
            (&[Some("100.50"), Some("C")], Is("100.50")),
            (&[Some("100.50"), Some("D")], Is("-100.50")),
            (&[Some("100.50"), Some("D ")], Is("-100.50")),
            (&[Some("-3.00"), Some("D")], Is("3.00")),
            (&[Some("100.50"), Some("d")], Withheld(Defect::UnknownCode)),
            (&[Some("100.50"), Some("J")], Withheld(Defect::UnknownCode)),
            (&[Some("100.50"), Some(" ")], Withheld(Defect::UnknownCode)),
            (&[Some("100.50"), None], Withheld(Defect::UnknownCode)),
            (&[Some(" "), Some("D")], Withheld(Defect::MissingRequired)),
        ],
    )
    .await;
    let rule = r#"from = "AMT"
[item.decimal]
unit = "yuan"
negative_when = { column = "DCFLAG", equals = "-", otherwise = ["+", ""] }"#;
    sql_table(
        "05-10",
        rule,
        &["AMT", "DCFLAG"],
        &[
            (&[Some("1.00"), Some("+")], Is("1.00")),
            (&[Some("1.00"), None], Is("1.00")),
            (&[Some("1.00"), Some("-")], Is("-1.00")),
            (&[Some("1.00"), Some("C")], Withheld(Defect::UnknownCode)),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_month_that_is_kept_as_its_first_day_has_no_other_day() {
    sql_table(
        "04-10",
        "from = \"JZNY\"\nmonth = \"YYYY-MM-DD\"",
        &["JZNY"],
        &[
            (&[Some("2019-07-01")], Is("201907")),
            (&[Some("2019-07-02")], Withheld(Defect::BadDate)),
            (&[Some("2019-07-31")], Withheld(Defect::BadDate)),
            (&[Some("2019-07-00")], Withheld(Defect::BadDate)),
        ],
    )
    .await;
}

#[tokio::test]
async fn years_become_months_and_flags_booleans() {
    sql_table(
        "08-10",
        "from = \"LOANTERM\"\ninteger = { times = 12 }",
        &["LOANTERM INTEGER"],
        &[
            (&[Some("30")], Is("360")),
            (&[Some("0")], Is("0")),
            (&[None], Absent),
            (&[Some("thirty")], Withheld(Defect::BadNumber)),
            (&[Some("9223372036854775807")], Withheld(Defect::OutOfRange)),
            (&[Some("-1")], Withheld(Defect::OutOfRange)),
        ],
    )
    .await;
    sql_table(
        "08-15",
        "from = \"F\"\nboolean = { true = \"1\", false = \"0\" }",
        &["F"],
        &[
            (&[Some("1")], Is("true")),
            (&[Some("0")], Is("false")),
            (&[Some("2")], Withheld(Defect::BadBoolean)),
            (&[None], Absent),
        ],
    )
    .await;
    sql_table(
        "04-10",
        "from = \"LPAYM\"\nmonth = \"YYYYMM\"\nabsent = [\"000000\"]",
        &["LPAYM"],
        &[
            (&[Some("201907")], Is("201907")),
            (&[Some("000000")], Absent),
            (&[Some("201913")], Withheld(Defect::BadDate)),
            (&[Some("2019-07")], Withheld(Defect::BadDate)),
        ],
    )
    .await;
}

#[tokio::test]
async fn update_times_are_beijing_times() {
    sql_table(
        "04-20",
        "from = \"UPDATETIME\"\ntime = \"YYYY-MM-DD HH:MM:SS\"",
        &["UPDATETIME"],
        &[
            (
                &[Some("2026-11-20 23:59:59")],
                Is("2026-11-20T23:59:59+08:00"),
            ),
            (&[Some("2026-11-20 23:59:60")], Withheld(Defect::BadDate)),
        ],
    )
    .await;
}
