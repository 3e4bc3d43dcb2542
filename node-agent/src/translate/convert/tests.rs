//! Conversions as tables, and against arbitrary text.

use catalog::{Defect, ItemType};
use proptest::prelude::*;

use super::*;

fn text_type() -> ItemType {
    ItemType::Text { len_max: 120 }
}

fn code_type(multiple: bool) -> ItemType {
    ItemType::Code {
        set: "restricted-matter".into(),
        multiple,
    }
}

fn given(conversion: &Conversion, kind: &ItemType, raw: &str) -> Result<String, Defect> {
    conversion
        .apply(kind, &[raw])
        .map(|value| value.canonical())
}

#[test]
fn what_needs_no_conversion_is_canonical_already() {
    let decimal = ItemType::Decimal {
        precision: 18,
        scale: 2,
    };
    let cases = [
        (text_type(), "张三", Ok("张三")),
        (code_type(false), "01", Ok("01")),
        (ItemType::Date, "2019-07-05", Ok("2019-07-05")),
        (ItemType::Date, "2019-7-5", Err(Defect::BadDate)),
        (ItemType::Date, "2019-02-29", Err(Defect::BadDate)),
        (ItemType::Month, "201907", Ok("201907")),
        (
            ItemType::Time,
            "2019-07-05 08:09:10",
            Ok("2019-07-05T08:09:10+08:00"),
        ),
        (decimal.clone(), "12.5", Ok("12.50")),
        (decimal, "12.505", Err(Defect::BadPrecision)),
        (ItemType::Integer { digits: 4 }, "12", Ok("12")),
        (ItemType::Boolean, "true", Ok("true")),
        (ItemType::Boolean, "1", Err(Defect::BadBoolean)),
    ];
    for (kind, raw, expected) in cases {
        let expected = expected.map(str::to_owned);
        assert_eq!(given(&Conversion::AsIs, &kind, raw), expected, "{raw}");
    }
}

#[test]
fn amounts_are_read_digit_by_digit() {
    let cases = [
        (AmountUnit::Yuan, "0", Some("0.00")),
        (AmountUnit::Yuan, ".5", Some("0.50")),
        (AmountUnit::Yuan, "-0.5", Some("-0.50")),
        (
            AmountUnit::Yuan,
            "+1234567890123456.78",
            Some("1234567890123456.78"),
        ),
        (AmountUnit::Yuan, "1.", None),
        (AmountUnit::Yuan, "", None),
        (AmountUnit::Yuan, "-", None),
        (AmountUnit::Yuan, "--1", None),
        (AmountUnit::Yuan, "1 000", None),
        (AmountUnit::Yuan, "１", None),
        (AmountUnit::Yuan, "NaN", None),
        (AmountUnit::Yuan, "123456789012345678901", None),
        (AmountUnit::Fen, "12345", Some("123.45")),
        (AmountUnit::Fen, "-5", Some("-0.05")),
        (AmountUnit::Fen, "1.00", None),
        (AmountUnit::FenSignLast, "0000000012345+", Some("123.45")),
        (AmountUnit::FenSignLast, "00-", Some("0.00")),
        (AmountUnit::FenSignLast, "+", None),
        (AmountUnit::FenSignLast, "+5+", None),
        (AmountUnit::FenSignLast, "12345", None),
        (AmountUnit::FenSignLast, "9999999999999999999+", None),
    ];
    let kind = ItemType::Decimal {
        precision: 18,
        scale: 2,
    };
    for (unit, raw, expected) in cases {
        let conversion = Conversion::Decimal { unit, flag: None };
        let expected = expected.map(str::to_owned).ok_or(Defect::BadNumber);
        assert_eq!(given(&conversion, &kind, raw), expected, "{unit:?} `{raw}`");
    }
}

#[test]
fn id_numbers_get_their_normal_spelling() {
    for (raw, normal) in [
        ("110101000101001", "110101190001010014"),
        ("82000019000101001x ", "82000019000101001X"),
        (
            "　１１０１０１１９０００１０１００１４　",
            "110101190001010014",
        ),
        ("h12345678", "H12345678"),
        ("12345", "12345"),
        ("", ""),
    ] {
        assert_eq!(id_number(raw), normal);
    }
}

#[test]
fn several_codes_are_mapped_part_by_part() {
    let map = BTreeMap::from([
        ("1".to_owned(), "01".to_owned()),
        ("4".to_owned(), "04".to_owned()),
    ]);
    let codes = Conversion::Codes(map);
    assert_eq!(
        given(&codes, &code_type(true), "1; 4"),
        Ok("01;04".to_owned())
    );
    assert_eq!(
        given(&codes, &code_type(true), "1;"),
        Err(Defect::UnknownCode)
    );
    assert_eq!(
        given(&codes, &code_type(false), "1;4"),
        Err(Defect::UnknownCode)
    );
}

fn every_conversion() -> Vec<Conversion> {
    let days = [DayForm::Dashed, DayForm::Compact, DayForm::DashedWithTime];
    let months = [MonthForm::Compact, MonthForm::Dashed, MonthForm::FirstDay];
    let units = [AmountUnit::Yuan, AmountUnit::Fen, AmountUnit::FenSignLast];
    let mut all = vec![
        Conversion::AsIs,
        Conversion::Text {
            join: "-".into(),
            zero_pad: 12,
        },
        Conversion::Codes(BTreeMap::from([("1".into(), "01".into())])),
        Conversion::CodePatterns(vec![(vec![Some("1".into()), None], "01".into())]),
        Conversion::Integer { times: 12 },
        Conversion::Boolean {
            yes: "1".into(),
            no: "2".into(),
        },
        Conversion::IdNumber,
    ];
    all.extend(days.map(Conversion::Date));
    all.extend(days.map(Conversion::Time));
    all.extend(months.map(Conversion::Month));
    let flag = SignFlag {
        negative: "D".to_owned(),
        positive: vec!["C".to_owned()],
    };
    for flag in [None, Some(flag)] {
        let decimal = |unit| Conversion::Decimal {
            unit,
            flag: flag.clone(),
        };
        all.extend(units.map(decimal));
    }
    all
}

/// Near misses of the local forms, so that the interesting branches are reached.
fn raw_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9]{0,22}[+-]?",
        "[+-]?[0-9]{0,21}\\.?[0-9]{0,6}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?",
        "[0-9]{4}-?[0-9]{2}",
        "[0-9]{14}[0-9xXｘ]",
        "[0-9]{17}[0-9xX]",
        "[\u{3000}\u{ff10}-\u{ff19} ]{0,20}",
        "张{1990,2010}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_breaks_a_conversion(
        raw in proptest::collection::vec(raw_text(), 0..4),
        kind in 0_usize..8,
    ) {
        let kinds = [
            text_type(), code_type(false), code_type(true), ItemType::Date, ItemType::Month,
            ItemType::Time, ItemType::Decimal { precision: 18, scale: 2 },
            ItemType::Integer { digits: 4 },
        ];
        let raw: Vec<&str> = raw.iter().map(String::as_str).collect();
        for conversion in every_conversion() {
            if let Ok(value) = conversion.apply(&kinds[kind], &raw) {
                prop_assert!(!value.is_absent());
                let _ = value.canonical();
            }
        }
    }

    #[test]
    fn an_amount_survives_exactly(fen in -999_999_999_999_999_i64..=999_999_999_999_999) {
        let expected = Decimal::new(fen, 2);
        let sign = if fen < 0 { "-" } else { "+" };
        let last = format!("{:016}{sign}", fen.abs());
        prop_assert_eq!(amount(AmountUnit::Fen, &fen.to_string()), Ok(expected));
        prop_assert_eq!(amount(AmountUnit::FenSignLast, &last), Ok(expected));
        prop_assert_eq!(amount(AmountUnit::Yuan, &expected.to_string()), Ok(expected));
    }

    #[test]
    fn a_normal_number_stays_as_it_is(raw in raw_text()) {
        let once = id_number(&raw);
        prop_assert_eq!(id_number(&once), once.clone());
    }
}
