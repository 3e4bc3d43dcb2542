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
    // Or that of a reversal that is pending, by which nothing was drawn.
    let pending = ("01", "?", Some(LATER), "02");
    assert_eq!(is_there(&[pending]), OPEN);
    assert_eq!(is_there(&[pending, back("-800")]), OPEN);
    assert_eq!(is_there(&[pending, paid("1"), back("-800")]), holds(true));
    assert_eq!(within("800", &[pending]), OPEN);
}

#[test]
fn a_reversal_that_is_pending_takes_nothing_back_and_is_no_drawing() {
    for status in ["01", "02", "03"] {
        let pending = ("01", "-800", Some(LATER), status);
        // What was paid stays paid, and a sum is not lowered for certain.
        let rows = [paid("800"), pending];
        assert_eq!(is_there(&rows), holds(true));
        assert_eq!(within("800", &rows), holds(true));
        assert_eq!(within("799", &rows), OPEN, "{status}");
        let more = [paid("800"), paid("900"), pending];
        assert_eq!(within("899", &more), holds(false));
        // Alone it says that there was something, and not what.
        assert_eq!(is_there(&[pending]), OPEN);
        assert_eq!(within("0", &[pending]), holds(true));
        let counted = purchases(VerdictTest::CountBy(no(6, 13)));
        let records = rows.map(withdrawal);
        assert_eq!(
            counted.judge(&records, None, false),
            Err(VerdictFault::Undecidable)
        );
    }
}

#[test]
fn each_reversal_finds_its_own_record_in_any_order() {
    let on = |day, amount, status| ("01", amount, Some(day), status);
    let (first, fifth) = (date!(2026 - 08 - 01), date!(2026 - 08 - 05));
    let (ninth, tenth) = (date!(2026 - 08 - 09), date!(2026 - 08 - 10));
    let mut rows = [
        on(first, "800", "04"),
        on(ninth, "800", "04"),
        on(tenth, "-800", "08"),
        on(fifth, "-800", "08"),
    ];
    for turn in 0..8 {
        assert_eq!(is_there(&rows), holds(false), "{rows:?}");
        assert_eq!(within("0", &rows), holds(true), "{rows:?}");
        rows.rotate_left(1);
        if turn == 3 {
            rows.reverse();
        }
    }
}

/// Whether any counted row is of August.
fn in_august(rows: &[Row<'_>]) -> Result<Option<Finding>, VerdictFault> {
    let records: Vec<Record> = rows.iter().map(|row| withdrawal(*row)).collect();
    let august = Yardstick::Months(month("202608"), month("202608"));
    let drawn = purchases(VerdictTest::MonthsOverlap(no(6, 11), no(6, 11)));
    drawn.judge(&records, Some(&august), false)
}

#[test]
fn of_two_that_a_reversal_may_have_taken_back_neither_is_certain() {
    let october = |amount, status| ("01", amount, Some(date!(2026 - 10 - 01)), status);
    let later = ("01", "800", Some(LATER), "04");
    let one_of_two = [paid("800"), later, october("-800", "08")];
    assert_eq!(in_august(&one_of_two), OPEN);
    assert_eq!(is_there(&one_of_two), holds(true));
    assert_eq!(within("799", &one_of_two), holds(false));
    assert_eq!(within("800", &one_of_two), holds(true));
    // Two of August: whichever was taken back, the other stays.
    let one_of_three = [paid("800"), paid("800"), october("-800", "08")];
    assert_eq!(in_august(&one_of_three), holds(true));
    // The early reversal can have been for the early payment alone.
    let early = ("01", "-800", Some(date!(2026 - 08 - 02)), "08");
    let settled = [later, october("-800", "08"), paid("800"), early];
    assert_eq!(in_august(&settled), holds(false));
    let third = [later, later, october("-800", "08"), early, paid("800")];
    assert_eq!(in_august(&third), holds(false));
}

fn row() -> impl Strategy<Value = Whole> {
    let pick = |texts: &'static [&'static str]| prop::sample::select(texts).prop_map(str::to_owned);
    let between = date!(2026 - 08 - 20);
    let day = prop::sample::select(vec![DRAWN, between, LATER]);
    (
        pick(&["01", "07"]),
        pick(&["100", "100", "200", "-100", "-100", "-200", "-300"]),
        day.prop_map(Some),
        pick(&["02", "04", "06", "08"]),
    )
}

type Whole = (String, String, Option<Date>, String);

/// What is left in one way of taking back.
struct Left<'a> {
    rows: Vec<Row<'a>>,
    /// What reversals without a record, and pending ones, may lower the sum by.
    unmatched: i64,
}

fn yuan(row: &Row<'_>) -> i64 {
    row.1.parse().expect("a number")
}

impl Left<'_> {
    fn sum(&self) -> i64 {
        self.rows.iter().map(yuan).sum()
    }
}

/// Every way of giving each reversal one record or none, of those that take back the most.
fn ways<'a>(rows: &[Row<'a>]) -> Vec<Left<'a>> {
    let is_counted = |row: &&Row<'a>| row.0 == "01" && ["02", "04"].contains(&row.3);
    let is_reversal = |row: &&Row<'a>| yuan(row) < 0 && ["04", "08"].contains(&row.3);
    let paid = rows.iter().filter(is_counted).filter(|row| yuan(row) > 0);
    let pending = rows.iter().filter(is_counted).filter(|row| yuan(row) < 0);
    let pending = pending.filter(|row| !is_reversal(row)).map(yuan).sum();
    let mut ways = vec![Left {
        rows: paid.copied().collect(),
        unmatched: pending,
    }];
    for by in rows.iter().filter(is_reversal) {
        let mut next = Vec::new();
        for Left { rows, unmatched } in ways {
            for at in 0..rows.len() {
                let row = rows[at];
                if row.0 == by.0 && row.2 <= by.2 && yuan(&row) == -yuan(by) {
                    let mut rows = rows.clone();
                    rows.remove(at);
                    next.push(Left { rows, unmatched });
                }
            }
            let unmatched = unmatched + yuan(by);
            next.push(Left { rows, unmatched });
        }
        ways = next;
    }
    let fewest = ways.iter().map(|left| left.rows.len()).min();
    ways.retain(|left| Some(left.rows.len()) == fewest);
    ways
}

fn borrowed(row: &Whole) -> Row<'_> {
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
            (in_august(&whole), in_august(&with_holes)),
        ] {
            if let (Ok(judged), Ok(known)) = (judged, known) {
                prop_assert_eq!(judged, known);
            }
        }
    }

    /// The order in which a source hands out its records says nothing, whatever took back what.
    #[test]
    fn the_order_of_reversals_says_nothing(
        (rows, shuffled) in prop::collection::vec(row(), 0..7).prop_flat_map(|rows| {
            (Just(rows.clone()), Just(rows).prop_shuffle())
        }),
        hole in prop::option::of(0_usize..7),
        limit in prop::sample::select(&["0", "100", "200", "300"][..]),
    ) {
        let spoilt = hole.and_then(|at| rows.get(at)).cloned();
        let spoil = |rows: &[Whole]| {
            let mut rows = rows.to_vec();
            if let Some(row) = rows.iter_mut().find(|row| Some(&**row) == spoilt.as_ref()) {
                row.2 = None;
            }
            rows
        };
        let (rows, shuffled) = (spoil(&rows), spoil(&shuffled));
        let one: Vec<Row<'_>> = rows.iter().map(borrowed).collect();
        let other: Vec<Row<'_>> = shuffled.iter().map(borrowed).collect();
        prop_assert_eq!(is_there(&one), is_there(&other));
        prop_assert_eq!(within(limit, &one), within(limit, &other));
        prop_assert_eq!(in_august(&one), in_august(&other));
    }

    /// What is said holds however reversals are given to the records that they may have taken back,
    /// as many as can be, and whether or not what is pending comes to pass.
    #[test]
    fn what_is_said_holds_for_every_way_of_taking_back(
        rows in prop::collection::vec(row(), 0..7),
        limit in prop::sample::select(&["0", "100", "200", "300"][..]),
    ) {
        let rows: Vec<Row<'_>> = rows.iter().map(borrowed).collect();
        let limit_yuan: i64 = limit.parse().expect("a number");
        for left in ways(&rows) {
            let (sum, lowered) = (left.sum(), left.sum() + left.unmatched);
            if let Ok(said) = within(limit, &rows) {
                for sum in [sum, lowered] {
                    prop_assert_eq!(&said, &Some(Finding::Holds(sum <= limit_yuan)));
                }
            }
            if let Ok(said) = is_there(&rows) {
                prop_assert_eq!(&said, &Some(Finding::Holds(!left.rows.is_empty())));
            }
            if let Ok(said) = in_august(&rows) {
                let in_august = left.rows.iter().any(|row| row.2 < Some(LATER));
                prop_assert_eq!(&said, &Some(Finding::Holds(in_august)));
            }
        }
    }
}
