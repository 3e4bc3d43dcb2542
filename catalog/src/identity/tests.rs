//! Tests of identity numbers. Every number is fictional: births of 1900 and registrars' zeros.

use super::*;
use crate::Defect;
use proptest::prelude::*;

#[test]
fn good_numbers_come_out_in_their_normal_spelling() {
    let cases = [
        ("01", "110101190001010014", "110101190001010014"),
        ("01", "110101000101001", "110101190001010014"),
        (
            "01",
            " １１０１０１１９０００１０１００１４\u{3000}",
            "110101190001010014",
        ),
        ("05", "810000190001010026", "810000190001010026"),
        ("05", "82000019000101001x", "82000019000101001X"),
        ("05", "82000019000101001Ｘ", "82000019000101001X"),
        ("06", "830000190001010038", "830000190001010038"),
        ("04", "abc110000000000", "ABC110000000000"),
        ("04", "911000190001010010", "911000190001010010"),
        ("07", "h00000001", "H00000001"),
        ("07", "M00000001", "M00000001"),
        ("08", "00000001", "00000001"),
        ("03", "e00000000", "E00000000"),
        ("02", "军字第0000001号", "军字第0000001号"),
        ("99", "A-1", "A-1"),
    ];
    for (id_type, number, normal) in cases {
        let person = PersonId::parse(id_type, number).unwrap();
        assert_eq!((person.id_type(), person.number()), (id_type, normal));
    }
}

#[test]
fn bad_numbers_name_their_defect() {
    let cases = [
        ("01", "110101190001010015", Defect::BadCheckDigit),
        ("01", "11010119000101001X", Defect::BadCheckDigit),
        ("01", "110101190002300018", Defect::BadDate),
        ("01", "110101170001010014", Defect::BadDate),
        ("01", "990101190001010014", Defect::BadNumber),
        ("01", "810000190001010026", Defect::BadNumber),
        ("01", "11010119000101001Y", Defect::BadNumber),
        ("01", "X10101190001010014", Defect::BadNumber),
        ("01", "1101011900010100", Defect::BadNumber),
        ("01", "110101000230001", Defect::BadNumber),
        ("01", "1101011900010100140", Defect::TooLong),
        ("01", " ", Defect::Empty),
        ("05", "830000190001010038", Defect::BadNumber),
        ("05", "110101190001010014", Defect::BadNumber),
        ("06", "810000190001010026", Defect::BadNumber),
        ("04", "AB1100000000000", Defect::BadNumber),
        ("04", "811000190001010010", Defect::BadNumber),
        ("07", "T00000001", Defect::BadNumber),
        ("07", "H0000001", Defect::BadNumber),
        ("08", "0000000A", Defect::BadNumber),
        ("08", "000000001", Defect::BadNumber),
        ("03", "护照0000", Defect::BadNumber),
        ("00", "110101190001010014", Defect::UnknownCode),
        ("", "110101190001010014", Defect::UnknownCode),
    ];
    for (id_type, number, defect) in cases {
        assert_eq!(
            PersonId::parse(id_type, number),
            Err(defect),
            "{id_type} {number}"
        );
    }
}

#[test]
fn old_and_new_numbers_lead_to_each_other() {
    assert_eq!(
        upgrade_15("110101000101001").as_deref(),
        Some("110101190001010014")
    );
    assert_eq!(
        downgrade_18("110101190001010014").as_deref(),
        Some("110101000101001")
    );
    for not_old in [
        "",
        "11010100010100",
        "11010100010100X",
        "110101001301001",
        "990101000101001",
    ] {
        assert_eq!(upgrade_15(not_old), None);
    }
    for never_old in [
        "810000190001010026",
        "110101190001010015",
        "",
        "110101000101001",
    ] {
        assert_eq!(downgrade_18(never_old), None);
    }
    let young = format!(
        "11010120000101001{}",
        id_check("11010120000101001").unwrap()
    );
    assert!(is_valid_18(&young));
    assert_eq!(downgrade_18(&young), None);
}

#[test]
fn every_kind_of_18_digit_number_is_valid() {
    for good in [
        "110101190001010014",
        "810000190001010026",
        "82000019000101001X",
        "830000190001010038",
    ] {
        assert!(is_valid_18(good));
    }
    for bad in [
        "110101190001010013",
        "82000019000101001x",
        "810101190001010026",
        "",
        "１",
    ] {
        assert!(!is_valid_18(bad), "{bad}");
    }
}

#[test]
fn debug_does_not_show_the_number() {
    let person = PersonId::parse("01", "110101190001010014").unwrap();
    assert!(!format!("{person:?}").contains("1900"));
}

#[test]
fn credit_codes() {
    for good in [
        "91110000MA00000152",
        " 91110000ma00000152 ",
        "11100000000000019F",
    ] {
        assert_eq!(
            CreditCode::parse(good).unwrap().as_str(),
            good.trim().to_ascii_uppercase()
        );
    }
    let cases = [
        ("91110000MA00000153", Defect::BadCheckDigit),
        ("91110000MA00000125", Defect::BadCheckDigit),
        ("91110000MA0000015I", Defect::BadNumber),
        ("9111000AMA00000152", Defect::BadNumber),
        ("91110000MA0000015", Defect::BadNumber),
        ("91110000MA000001520", Defect::TooLong),
        ("", Defect::Empty),
    ];
    for (bad, defect) in cases {
        assert_eq!(CreditCode::parse(bad), Err(defect), "{bad}");
    }
    let code = CreditCode::parse("91110000MA00000152").unwrap();
    assert_eq!(code.organization().unwrap().as_str(), "MA0000015");
}

#[test]
fn organization_codes() {
    for good in ["MA0000015", "ma000001-5", "MA000001-5"] {
        assert_eq!(OrganizationCode::parse(good).unwrap().as_str(), "MA0000015");
    }
    let cases = [
        ("MA0000016", Defect::BadCheckDigit),
        ("MA000001A", Defect::BadNumber),
        ("MA00001", Defect::BadNumber),
        ("机构00000", Defect::BadNumber),
        ("MA00000150", Defect::TooLong),
        ("", Defect::Empty),
    ];
    for (bad, defect) in cases {
        assert_eq!(OrganizationCode::parse(bad), Err(defect), "{bad}");
    }
    // The two remainders whose check character is no plain digit.
    assert_eq!(organization_check("00000000"), Some('0'));
    assert_eq!(organization_check("00000030"), Some('X'));
}

proptest! {
    #[test]
    fn no_text_breaks_a_parser(id_type in "0[1-9]|99|.*", number in any::<String>()) {
        if let Ok(person) = PersonId::parse(&id_type, &number) {
            let again = PersonId::parse(&id_type, person.number());
            prop_assert_eq!(again, Ok(person));
        }
        let _ = CreditCode::parse(&number).map(|code| code.organization());
        let _ = OrganizationCode::parse(&number);
        let _ = (upgrade_15(&number), downgrade_18(&number), is_valid_18(&number));
        let _ = (id_check(&number), credit_check(&number), organization_check(&number));
    }

    #[test]
    fn no_text_of_the_right_length_breaks_a_parser(number in "[0-9A-ZXé]{8,20}") {
        for id_type in ["01", "04", "05", "06", "07", "08"] {
            let _ = PersonId::parse(id_type, &number);
        }
        let _ = CreditCode::parse(&number).map(|code| code.organization());
        let _ = OrganizationCode::parse(&number);
    }

    #[test]
    fn one_wrong_digit_is_always_found(
        year in 1900u16..2000, day in 1u8..=28, serial in 0u16..1000, at in 14usize..18,
    ) {
        let body = format!("110101{year}01{day:02}{serial:03}");
        let number = format!("{body}{}", id_check(&body).unwrap());
        prop_assert!(is_valid_18(&number));
        prop_assert_eq!(upgrade_15(&downgrade_18(&number).unwrap()), Some(number.clone()));
        let mut wrong: Vec<char> = number.chars().collect();
        wrong[at] = if wrong[at] == '7' { '3' } else { '7' };
        let wrong: String = wrong.into_iter().collect();
        prop_assert!(!is_valid_18(&wrong));
    }

    #[test]
    fn completed_credit_codes_are_good(body in "91[0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}") {
        let code = format!("{body}{}", credit_check(&body).unwrap());
        prop_assert!(CreditCode::parse(&code).is_ok());
    }
}

#[test]
fn an_identity_number_is_found_wherever_it_stands() {
    for text in [
        "110101190001010014",
        "张三 110101190001010014",
        "no.110101190001010014!",
        "９９110101190001010014".trim_start_matches('９'),
        "１１０１０１１９０００１０１００１４",
        "82000019000101001x",
        "110101000101001",
        "case110101000101001",
        "77110101190001010014",
    ] {
        assert!(super::holds_id_number(text), "{text}");
    }
    for text in [
        "",
        "0231",
        "BJ-2026-000123",
        "110101190001010015",
        "20261123000001",
        "1234567890",
    ] {
        assert!(!super::holds_id_number(text), "{text}");
    }
    for mistyped in [
        "110101190001010015",
        "11010119000101001X",
        "110101000101009",
    ] {
        assert!(super::may_hold_id_number(mistyped), "{mistyped}");
    }
    assert!(!super::may_hold_id_number("BJ-2026-000123"));
}
