//! Tests of records: every rule with records that keep it and records that break it.

use super::*;
use crate::number::ClassNo;
use std::sync::LazyLock;
use time::macros::date;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::builtin().unwrap());

/// What a test writes for a value that the source has not recorded.
const NONE: &str = "?";

/// A record of items and canonical texts.
fn record(items: &[(&str, &str)]) -> Record {
    let class = items[0].0.parse::<ItemNo>().unwrap().class();
    let mut record = Record::new(class);
    for (no, text) in items {
        let no = no.parse().unwrap();
        let value = match *text {
            NONE => Value::Absent(Absence::NotRecorded),
            text => CATALOG.parse_value(no, text).unwrap(),
        };
        record.insert(no, value);
    }
    record
}

fn judged(items: &[(&str, &str)]) -> Vec<(String, Defect)> {
    let defects = CATALOG.check_record(&record(items));
    defects
        .into_iter()
        .map(|(no, defect)| (no.to_string(), defect))
        .collect()
}

type Items<'t> = &'t [(&'t str, &'t str)];

#[test]
fn records_that_keep_the_rules_have_no_defect() {
    let cases: &[Items<'_>] = &[
        // opened <= sealed <= closed, on one day too
        &[
            ("04-09", "2000-01-01"),
            ("04-17", "2000-01-01"),
            ("04-19", "2000-01-01"),
        ],
        &[
            ("04-09", "2000-01-01"),
            ("04-17", NONE),
            ("04-19", "2001-01-01"),
        ],
        // closed with day and zero balance; open with neither
        &[("04-08", "03"), ("04-14", "0.00"), ("04-19", "2020-01-01")],
        &[("04-08", "01"), ("04-14", "5.00"), ("04-19", NONE)],
        &[("04-08", "05")],
        // applied <= posted, lease start < end
        &[("06-11", "2020-01-01"), ("06-12", "2020-01-01")],
        &[("06-18", "2020-01-01"), ("06-19", "2020-01-02")],
        &[("06-19", "2020-01-01")],
        &[("07-18", "2020-01-01"), ("07-19", "2020-01-01")],
        &[("08-06", "2020-01-01"), ("08-11", "2020-01-01")],
        &[("10-08", "2020-01-01"), ("10-13", "2020-01-01")],
        // settled with day and nothing left
        &[("10-06", "06"), ("10-09", "0.00"), ("10-13", "2020-01-01")],
        &[("10-06", "04"), ("10-09", "1.00"), ("10-13", NONE)],
        &[("11-10", "2020-01-01"), ("11-11", "2020-01-02")],
        // rates
        &[("02-05", "5.00"), ("02-06", "12.00")],
        &[
            ("02-05", "1.00"),
            ("02-06", "4.00"),
            ("02-08", "2"),
            ("02-09", "202706"),
        ],
        &[("02-05", "3.00"), ("02-08", "3")],
        &[("02-05", "3.00")],
        &[("02-05", "12.00"), ("02-08", "1"), ("02-09", NONE)],
        // identity numbers
        &[("04-03", "01"), ("04-04", "110101190001010014")],
        &[("04-03", "05"), ("04-04", "82000019000101001X")],
        &[("04-03", "06"), ("04-04", "830000190001010038")],
        &[("04-04", "not judged")],
        &[("04-03", NONE), ("04-04", "not judged")].as_slice()[1..],
    ];
    for items in cases {
        assert_eq!(judged(items), [], "{items:?}");
    }
}

/// Records that break one rule, with the item and defect to be named.
const BROKEN: &[(Items<'_>, &str, Defect)] = &[
    (
        &[("04-09", "2000-01-02"), ("04-17", "2000-01-01")],
        "04-17",
        Defect::DateOrder,
    ),
    (
        &[("04-09", "2000-01-02"), ("04-19", "2000-01-01")],
        "04-19",
        Defect::DateOrder,
    ),
    (
        &[("04-17", "2000-01-02"), ("04-19", "2000-01-01")],
        "04-19",
        Defect::DateOrder,
    ),
    (
        &[("04-08", "03"), ("04-19", NONE)],
        "04-19",
        Defect::MissingRequired,
    ),
    (
        &[("04-08", "04"), ("04-14", "0.01")],
        "04-14",
        Defect::OutOfRange,
    ),
    (
        &[("04-08", "05"), ("04-14", "-1.00")],
        "04-14",
        Defect::OutOfRange,
    ),
    (
        &[("06-11", "2020-01-02"), ("06-12", "2020-01-01")],
        "06-12",
        Defect::DateOrder,
    ),
    (
        &[("06-18", "2020-01-01"), ("06-19", "2020-01-01")],
        "06-19",
        Defect::DateOrder,
    ),
    (
        &[("07-18", "2020-01-02"), ("07-19", "2020-01-01")],
        "07-19",
        Defect::DateOrder,
    ),
    (
        &[("08-06", "2020-01-02"), ("08-11", "2020-01-01")],
        "08-11",
        Defect::DateOrder,
    ),
    (
        &[("10-08", "2020-01-02"), ("10-13", "2020-01-01")],
        "10-13",
        Defect::DateOrder,
    ),
    (
        &[("10-06", "06"), ("10-13", NONE)],
        "10-13",
        Defect::MissingRequired,
    ),
    (
        &[("10-06", "06"), ("10-09", "0.01")],
        "10-09",
        Defect::OutOfRange,
    ),
    (
        &[("11-10", "2020-01-01"), ("11-11", "2020-01-01")],
        "11-11",
        Defect::DateOrder,
    ),
    (&[("02-05", "12.01")], "02-05", Defect::OutOfRange),
    (&[("02-06", "0.00")], "02-06", Defect::OutOfRange),
    (
        &[("02-06", "4.50"), ("02-08", "2")],
        "02-06",
        Defect::OutOfRange,
    ),
    (&[("02-05", "4.99")], "02-05", Defect::OutOfRange),
    (
        &[("02-05", "0.99"), ("02-08", "2"), ("02-09", "202706")],
        "02-05",
        Defect::OutOfRange,
    ),
    (
        &[("02-05", "3.00"), ("02-08", "0")],
        "02-05",
        Defect::OutOfRange,
    ),
    (
        &[("02-05", "3.00"), ("02-08", "1")],
        "02-05",
        Defect::OutOfRange,
    ),
    (
        &[("02-06", "3.00"), ("02-08", "2"), ("02-09", NONE)],
        "02-09",
        Defect::MissingRequired,
    ),
    (
        &[("04-03", "01"), ("04-04", "110101190001010015")],
        "04-04",
        Defect::BadCheckDigit,
    ),
    (
        &[("04-03", "01"), ("04-04", "110101000101001")],
        "04-04",
        Defect::NotNormalised,
    ),
    (
        &[("04-03", "05"), ("04-04", "82000019000101001x")],
        "04-04",
        Defect::NotNormalised,
    ),
    (
        &[("04-03", "06"), ("04-04", "110101190001010014")],
        "04-04",
        Defect::BadNumber,
    ),
    (
        &[("13-06", "07"), ("13-07", "H1")],
        "13-07",
        Defect::BadNumber,
    ),
    (&[("04-08", NONE)], "04-08", Defect::MissingRequired),
];

#[test]
fn records_that_break_a_rule_name_item_and_defect() {
    for (items, no, defect) in BROKEN {
        assert_eq!(judged(items), [((*no).to_owned(), *defect)], "{items:?}");
    }
}

#[test]
fn only_a_value_known_to_be_missing_is_missed() {
    for absence in [Absence::NotHeld, Absence::Withheld(Defect::BadDate)] {
        let mut closed = record(&[("04-08", "03")]);
        closed.insert("04-19".parse().unwrap(), Value::Absent(absence));
        closed.insert("04-01".parse().unwrap(), Value::Absent(absence));
        assert_eq!(CATALOG.check_record(&closed), []);
    }
}

#[test]
fn every_defect_of_a_record_is_named_at_once() {
    let mut bad = record(&[
        ("04-01", NONE),
        ("04-09", "2000-01-02"),
        ("04-17", "2000-01-01"),
    ]);
    let code = "04-08".parse().unwrap();
    bad.insert(code, Value::Code("77".into()));
    let stranger = "05-01".parse().unwrap();
    bad.insert(stranger, Value::Text("1".into()));
    let beyond = "04-21".parse().unwrap();
    bad.insert(beyond, Value::Boolean(true));
    assert_eq!(
        CATALOG.check_record(&bad),
        [
            ("04-01".parse().unwrap(), Defect::MissingRequired),
            (code, Defect::UnknownCode),
            ("04-17".parse().unwrap(), Defect::DateOrder),
            (beyond, Defect::UnknownItem),
            (stranger, Defect::UnknownItem),
        ]
    );
}

#[test]
fn an_unknown_id_type_is_the_defect_and_not_the_number() {
    let mut odd = record(&[("04-04", "110101190001010014")]);
    let id_type = "04-03".parse().unwrap();
    odd.insert(id_type, Value::Code("55".into()));
    assert_eq!(CATALOG.check_record(&odd), [(id_type, Defect::UnknownCode)]);
}

#[test]
fn the_query_password_is_never_part_of_a_record() {
    let password = "12-03".parse().unwrap();
    let mut housing = Record::new(ClassNo::new(12).unwrap());
    housing.insert(password, Value::Text("000000".into()));
    assert_eq!(
        CATALOG.check_record(&housing),
        [(password, Defect::InputOnly)]
    );
    housing.insert(password, Value::Absent(Absence::NotHeld));
    assert_eq!(CATALOG.check_record(&housing), []);
}

#[test]
fn paid_through_reaches_at_most_into_next_month() {
    for (item, month, kept) in [
        ("04-10", "202701", true),
        ("04-10", "202702", false),
        ("02-07", "202702", false),
        ("07-13", "202702", false),
    ] {
        let defects = CATALOG.check_record_on(&record(&[(item, month)]), date!(2026 - 12 - 31));
        let expected = if kept {
            vec![]
        } else {
            vec![(item.parse().unwrap(), Defect::OutOfRange)]
        };
        assert_eq!(defects, expected, "{item} {month}");
    }
}
