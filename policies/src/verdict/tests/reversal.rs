//! What was taken back does not count, in the three ways in which centers write it: a negative
//! record beside the paid one, a negative record without a mark, and the paid record marked.

use rust_decimal::Decimal;
use time::Date;

use super::*;

/// Reason, amount, day, status, as the tests write a withdrawal; `?` is a value nobody has.
type Row<'a> = (&'a str, &'a str, Option<Date>, &'a str);

const DRAWN: Date = date!(2026 - 08 - 01);
const LATER: Date = date!(2026 - 09 - 01);

fn paid(amount: &str) -> Row<'_> {
    ("01", amount, Some(DRAWN), "04")
}

/// As 国管 writes it.
fn back(amount: &str) -> Row<'_> {
    ("01", amount, Some(LATER), "08")
}

fn withdrawal((reason, amount, day, status): Row<'_>) -> Record {
    let text = |text: &str| match text {
        "?" => UNKNOWN,
        code_text => code(code_text),
    };
    let amount = match amount {
        "?" => UNKNOWN,
        text => Value::Decimal(text.parse::<Decimal>().expect("a number")),
    };
    record(
        6,
        &[
            (7, text(reason)),
            (10, amount),
            (11, day.map_or(UNKNOWN, Value::Date)),
            (13, text(status)),
        ],
    )
}

fn purchases(test: VerdictTest) -> VerdictRule {
    let mut rule = rule(6, &[(7, &["01"]), (13, &["01", "02", "03", "04"])], test);
    rule.reversed_by = Some(Reversal {
        only: BTreeMap::from([(no(6, 13), ["04", "08"].map(str::to_owned).into())]),
        amount: no(6, 10),
        day: no(6, 11),
        same: BTreeSet::from([no(6, 7)]),
    });
    rule
}

fn is_there(rows: &[Row<'_>]) -> Result<Option<Finding>, VerdictFault> {
    let records: Vec<Record> = rows.iter().map(|row| withdrawal(*row)).collect();
    purchases(VerdictTest::Exists).judge(&records, None, false)
}

fn within(limit: &str, rows: &[Row<'_>]) -> Result<Option<Finding>, VerdictFault> {
    let records: Vec<Record> = rows.iter().map(|row| withdrawal(*row)).collect();
    let limit = Yardstick::Limit(limit.parse().expect("a number"));
    let sum = purchases(VerdictTest::SumWithin(no(6, 10)));
    sum.judge(&records, Some(&limit), false)
}

const OPEN: Result<Option<Finding>, VerdictFault> = Err(VerdictFault::Undecidable);

#[test]
fn what_was_taken_back_does_not_count_however_it_is_written() {
    let ways: [&[Row<'_>]; 4] = [
        &[paid("800"), back("-800")],
        &[back("-800"), paid("800")],
        // The railway has no mark but the sign.
        &[paid("800"), ("01", "-800", Some(LATER), "04")],
        // The vendor's systems may mark the paid record itself.
        &[("01", "800", Some(DRAWN), "08")],
    ];
    for rows in ways {
        assert_eq!(is_there(rows), holds(false), "{rows:?}");
        assert_eq!(within("0", rows), holds(true), "{rows:?}");
    }
}

#[test]
fn a_reversal_takes_back_one_record_and_only_its_own() {
    let twice = [paid("800"), paid("800"), back("-800")];
    assert_eq!(is_there(&twice), holds(true));
    assert_eq!(within("799", &twice), holds(false));
    assert_eq!(within("800", &twice), holds(true));
    // Of another reason, or earlier than what it would take back: it took back something else.
    for other in [
        ("07", "-800", Some(LATER), "08"),
        ("01", "-800", Some(date!(2026 - 07 - 01)), "08"),
    ] {
        let rows = [paid("800"), other];
        assert_eq!(is_there(&rows), holds(true), "{other:?}");
    }
    // One of several amounts.
    let rows = [paid("300"), paid("800"), back("-800")];
    assert_eq!(
        (within("300", &rows), within("299", &rows)),
        (holds(true), holds(false))
    );
}

#[test]
fn a_part_taken_back_leaves_the_sum_open_between_both() {
    let rows = [paid("800"), back("-300")];
    assert_eq!(is_there(&rows), holds(true), "something stays drawn");
    assert_eq!(within("800", &rows), holds(true));
    assert_eq!(within("499", &rows), holds(false));
    assert_eq!(within("600", &rows), OPEN);
}

#[test]
fn a_reversal_that_cannot_be_read_leaves_open_what_it_may_have_taken_back() {
    for unclear in [
        ("01", "?", Some(LATER), "08"),
        ("01", "-800", None, "08"),
        ("?", "-800", Some(LATER), "08"),
        ("01", "-800", Some(LATER), "?"),
    ] {
        let rows = [paid("800"), unclear];
        assert_eq!(is_there(&rows), OPEN, "{unclear:?}");
        assert_eq!(within("500", &rows), OPEN, "{unclear:?}");
    }
    // It cannot have taken back a rent of another amount.
    let rent = [paid("700"), ("07", "?", Some(LATER), "08")];
    assert_eq!(is_there(&rent), holds(true));
}

#[test]
fn an_amount_nobody_has_may_be_that_of_a_reversal() {
    let unknown = ("01", "?", Some(LATER), "04");
    assert_eq!(is_there(&[unknown]), OPEN);
    assert_eq!(is_there(&[paid("800"), unknown]), OPEN);
    // Nobody takes back by a record that is still pending.
    let pending = ("01", "?", Some(LATER), "02");
    assert_eq!(is_there(&[pending]), holds(true));
    assert_eq!(is_there(&[pending, back("-800")]), OPEN);
    assert_eq!(is_there(&[pending, paid("1"), back("-800")]), holds(true));
    assert_eq!(within("800", &[pending]), OPEN);
}

fn row() -> impl Strategy<Value = (String, String, Option<Date>, String)> {
    let pick = |texts: &'static [&'static str]| prop::sample::select(texts).prop_map(str::to_owned);
    let day = prop::sample::select(&[DRAWN, LATER][..]);
    (
        pick(&["01", "07"]),
        pick(&["100", "200", "-100", "-200", "-300"]),
        day.prop_map(Some),
        pick(&["02", "04", "06", "08"]),
    )
}

fn borrowed(row: &(String, String, Option<Date>, String)) -> Row<'_> {
    (&row.0, &row.1, row.2, &row.3)
}

proptest! {
    /// What is said of records with holes in them is what would be said if they were whole.
    #[test]
    fn no_hole_turns_a_yes_into_a_no(
        rows in prop::collection::vec(row(), 0..6),
        holes in prop::collection::vec((0_usize..6, 0_u8..4), 0..4),
        limit in prop::sample::select(&["0", "100", "200", "300"][..]),
    ) {
        let mut spoilt = rows.clone();
        for (at, part) in holes {
            if let Some(row) = spoilt.get_mut(at) {
                match part {
                    0 => row.0 = "?".to_owned(),
                    1 => row.1 = "?".to_owned(),
                    2 => row.2 = None,
                    _ => row.3 = "?".to_owned(),
                }
            }
        }
        let whole: Vec<Row<'_>> = rows.iter().map(borrowed).collect();
        let with_holes: Vec<Row<'_>> = spoilt.iter().map(borrowed).collect();
        for (known, judged) in [
            (is_there(&whole), is_there(&with_holes)),
            (within(limit, &whole), within(limit, &with_holes)),
        ] {
            if let (Ok(judged), Ok(known)) = (judged, known) {
                prop_assert_eq!(judged, known);
            }
        }
    }
}
