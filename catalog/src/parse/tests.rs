//! Tests of single values.

use super::*;
use crate::value::Absence;
use proptest::prelude::*;
use std::sync::LazyLock;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::builtin().unwrap());

fn no(text: &str) -> ItemNo {
    text.parse().unwrap()
}

#[test]
fn canonical_text_is_read_and_written_back() {
    let cases = [
        ("01-05", "某单位"),
        ("01-03", "91110000MA00000152"),
        ("01-04", "MA0000015"),
        ("01-08", "A"),
        ("01-08", "C261"),
        ("02-05", "12.00"),
        ("02-07", "201907"),
        ("02-10", "2026"),
        ("03-12", "110103"),
        ("03-12", "130102"),
        ("04-08", "01"),
        ("04-09", "2000-02-29"),
        ("04-14", "-0.01"),
        ("04-14", "9999999999999999.99"),
        ("04-15", "0"),
        ("04-15", "9999"),
        ("04-20", "2026-01-02T03:04:05+08:00"),
        ("07-08", "C52240"),
        ("07-14", "true"),
        ("11-09", "04"),
        ("11-09", "04;05;06"),
        ("12-08", "YYN-Y"),
    ];
    for (item, text) in cases {
        let value = CATALOG.parse_value(no(item), text);
        assert_eq!(
            value.map(|value| value.canonical()).as_deref(),
            Ok(text),
            "{item}"
        );
    }
}

/// Texts that are not canonical or not good, with the defect to be named.
const BAD: &[(&str, &str, Defect)] = &[
    ("01-05", "", Defect::Empty),
    ("01-05", " \u{3000}", Defect::Empty),
    ("01-05", "a\nb", Defect::BadFormat),
    ("01-05", "某\u{FFFD}位", Defect::Undecodable),
    ("01-03", "91110000MA00000153", Defect::BadCheckDigit),
    ("01-03", "91110000ma00000152", Defect::NotNormalised),
    ("01-04", "MA000001-5", Defect::TooLong),
    ("01-08", "Z", Defect::UnknownCode),
    ("01-08", "C2611", Defect::UnknownCode),
    ("01-08", "1C", Defect::UnknownCode),
    ("02-05", "12.0", Defect::BadPrecision),
    ("02-05", "12", Defect::BadPrecision),
    ("02-05", "12.000", Defect::BadPrecision),
    ("02-05", "100.00", Defect::OutOfRange),
    ("02-05", "+5.00", Defect::BadNumber),
    ("02-05", "05.00", Defect::BadNumber),
    ("02-05", "-0.00", Defect::BadNumber),
    ("02-05", ".50", Defect::BadNumber),
    ("02-05", "5,00", Defect::BadNumber),
    ("02-05", "1e1", Defect::BadNumber),
    ("02-07", "2019-07", Defect::BadDate),
    ("02-07", "201913", Defect::BadDate),
    ("02-10", "26", Defect::BadFormat),
    ("03-12", "110104x", Defect::UnknownCode),
    ("03-12", "110199", Defect::UnknownCode),
    ("03-12", "990101", Defect::UnknownCode),
    ("04-08", "07", Defect::UnknownCode),
    ("04-08", "正常", Defect::UnknownCode),
    ("04-08", "001", Defect::UnknownCode),
    ("04-09", "1900-02-29", Defect::BadDate),
    ("04-09", "0000-01-01", Defect::BadDate),
    ("04-09", "20000101", Defect::BadDate),
    ("04-09", "2000-1-1", Defect::BadDate),
    ("04-09", "2000-+1-01", Defect::BadDate),
    ("04-14", "10000000000000000.00", Defect::OutOfRange),
    (
        "04-14",
        "99999999999999999999999999999999.00",
        Defect::OutOfRange,
    ),
    ("04-15", "10000", Defect::OutOfRange),
    ("04-15", "-1", Defect::OutOfRange),
    ("04-15", "01", Defect::BadNumber),
    ("04-15", "1.0", Defect::BadNumber),
    ("04-15", "-", Defect::BadNumber),
    ("04-20", "2026-01-02T03:04:05Z", Defect::BadDate),
    ("04-20", "2026-01-02 03:04:05+08:00", Defect::BadDate),
    ("04-20", "2026-01-02T24:00:00+08:00", Defect::BadDate),
    ("04-20", "2026-01-02T03:04:05.1+08:00", Defect::BadDate),
    ("07-08", "C5224", Defect::UnknownCode),
    ("07-08", "D52240", Defect::UnknownCode),
    ("04-02", "C5224", Defect::UnknownCode),
    ("07-14", "TRUE", Defect::BadBoolean),
    ("11-09", "04;04", Defect::Duplicate),
    ("11-09", "04;", Defect::UnknownCode),
    ("11-09", "01;02;03;04;05;06", Defect::TooLong),
    ("12-08", "YYYY", Defect::BadFormat),
    ("12-08", "yyyyy", Defect::BadFormat),
    ("01-16", "x", Defect::UnknownItem),
];

#[test]
fn every_other_text_names_its_defect() {
    for (item, text, defect) in BAD {
        assert_eq!(
            CATALOG.parse_value(no(item), text),
            Err(*defect),
            "{item} {text}"
        );
    }
}

#[test]
fn length_is_counted_in_characters() {
    let full = "长".repeat(255);
    assert!(CATALOG.parse_value(no("01-05"), &full).is_ok());
    let over = format!("{full}长");
    assert_eq!(
        CATALOG.parse_value(no("01-05"), &over),
        Err(Defect::TooLong)
    );
}

#[test]
fn a_value_of_another_type_is_refused() {
    let text = Value::Text("01".into());
    assert_eq!(
        CATALOG.check_value(no("04-08"), &text),
        Err(Defect::WrongType)
    );
    assert_eq!(
        CATALOG.check_value(no("04-14"), &Value::Integer(1)),
        Err(Defect::WrongType)
    );
    let absent = Value::Absent(Absence::NotRecorded);
    assert_eq!(CATALOG.check_value(no("04-14"), &absent), Ok(()));
    assert_eq!(
        CATALOG.check_value(no("04-99"), &absent),
        Err(Defect::UnknownItem)
    );
}

#[test]
fn spare_zeros_of_a_decimal_are_no_defect_of_its_value() {
    let value = Value::Decimal(Decimal::new(1_500, 3));
    assert_eq!(CATALOG.check_value(no("04-14"), &value), Ok(()));
    let finer = Value::Decimal(Decimal::new(1_501, 3));
    assert_eq!(
        CATALOG.check_value(no("04-14"), &finer),
        Err(Defect::BadPrecision)
    );
}

/// A good value of the item, as canonical text made without the code under test.
fn good_text(item: &Item) -> BoxedStrategy<String> {
    match &item.kind {
        ItemType::Text { len_max } => match item.format {
            None | Some(TextFormat::IdNumber { .. }) => proptest::string::string_regex(&format!(
                "[\\p{{Han}}a-z0-9]{{1,{}}}",
                (*len_max).min(20)
            ))
            .unwrap()
            .boxed(),
            Some(TextFormat::CreditCode) => Just("91110000MA00000152".to_owned()).boxed(),
            Some(TextFormat::OrganizationCode) => Just("MA0000015".to_owned()).boxed(),
            Some(TextFormat::Year) => "[12][0-9]{3}".boxed(),
            Some(TextFormat::MatchFlags) => "[YN-]{5}".boxed(),
        },
        ItemType::Code { set, multiple } => {
            let set = CATALOG.code_set(set).unwrap();
            let codes: Vec<_> = set.entries().map(|(code, _)| code.to_owned()).collect();
            let most = if *multiple { 5 } else { 1 };
            proptest::sample::subsequence(codes, 1..=most)
                .prop_map(|some| some.join(";"))
                .boxed()
        }
        ItemType::Date => day().boxed(),
        ItemType::Month => (1u16..=9999, 1u8..=12)
            .prop_map(|(year, month)| format!("{year:04}{month:02}"))
            .boxed(),
        ItemType::Time => (day(), 0u8..24, 0u8..60, 0u8..60)
            .prop_map(|(day, h, m, s)| format!("{day}T{h:02}:{m:02}:{s:02}+08:00"))
            .boxed(),
        ItemType::Decimal { precision, scale } => {
            let end = 10_u64.pow(u32::from(precision - scale));
            (0..end, 0u8..100, any::<bool>())
                .prop_map(|(whole, cents, negative)| {
                    let sign = if negative && (whole, cents) != (0, 0) {
                        "-"
                    } else {
                        ""
                    };
                    format!("{sign}{whole}.{cents:02}")
                })
                .boxed()
        }
        ItemType::Integer { digits } => (0..10_u64.pow(u32::from(*digits)))
            .prop_map(|count| count.to_string())
            .boxed(),
        ItemType::Boolean => any::<bool>().prop_map(|flag| flag.to_string()).boxed(),
    }
}

fn day() -> impl Strategy<Value = String> {
    (1u16..=9999, 1u8..=12, 1u8..=28).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"))
}

fn any_item() -> impl Strategy<Value = &'static Item> {
    proptest::sample::select(CATALOG.items().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_good_value_survives_its_text(
        (item, text) in any_item().prop_flat_map(|item| (Just(item), good_text(item))),
    ) {
        let value = CATALOG.parse_value(item.no, &text);
        prop_assert!(value.is_ok(), "{} {text} {value:?}", item.no);
        let value = value.unwrap();
        prop_assert_eq!(value.canonical(), text);
        let again = CATALOG.parse_value(item.no, &value.canonical());
        prop_assert!(again == Ok(value));
    }

    #[test]
    fn no_text_breaks_a_parser(item in any_item(), text in any::<String>()) {
        if let Ok(value) = CATALOG.parse_value(item.no, &text) {
            prop_assert_eq!(value.canonical(), text);
        }
    }

    #[test]
    fn no_near_miss_breaks_a_parser(
        item in any_item(),
        text in "-?[0-9]{0,32}[.:T;-]?[0-9é]{0,4}[-.:;]?[0-9]{0,2}(\\+08:00)?",
    ) {
        if let Ok(value) = CATALOG.parse_value(item.no, &text) {
            prop_assert_eq!(value.canonical(), text);
        }
    }
}
