//! Verdicts over records: what they find, and that no finding rests on a value nobody has.

use catalog::{Absence, Defect, Record, Value};
use proptest::prelude::*;
use time::macros::date;

use super::*;

mod reversal;

fn no(class: u8, item: u8) -> ItemNo {
    ItemNo::new(ClassNo::new(class).expect("a class"), item).expect("an item")
}

fn class(class: u8) -> ClassNo {
    ClassNo::new(class).expect("a class")
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn code(text: &str) -> Value {
    Value::Code(text.to_owned())
}

const UNKNOWN: Value = Value::Absent(Absence::NotRecorded);

fn record(of: u8, values: &[(u8, Value)]) -> Record {
    let mut record = Record::new(class(of));
    for (item, value) in values {
        record.insert(no(of, *item), value.clone());
    }
    record
}

fn rule(of: u8, only: &[(u8, &[&str])], test: VerdictTest) -> VerdictRule {
    let only = only.iter().map(|(item, values)| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        (no(of, *item), values)
    });
    VerdictRule {
        class: class(of),
        only: only.collect(),
        elsewhere: false,
        house: false,
        test,
        bounds: Bounds::default(),
        reversed_by: None,
    }
}

const LIVE: &[(u8, &[&str])] = &[(8, &["01", "06"])];

fn holds(yes: bool) -> Result<Option<Finding>, VerdictFault> {
    Ok(Some(Finding::Holds(yes)))
}

#[test]
fn a_live_account_elsewhere_is_found_and_the_own_one_is_not_looked_at() {
    let mut live = rule(4, LIVE, VerdictTest::Exists);
    live.elsewhere = true;
    let sealed = record(4, &[(8, code("02"))]);
    let frozen = record(4, &[(8, code("06"))]);
    assert_eq!(live.judge(&[], None, false), holds(false));
    assert_eq!(
        live.judge(std::slice::from_ref(&sealed), None, false),
        holds(false)
    );
    assert_eq!(
        live.judge(&[sealed, frozen.clone()], None, false),
        holds(true)
    );
    assert_eq!(live.judge(&[frozen], None, true), Ok(None));
}

#[test]
fn a_value_nobody_has_decides_nothing() {
    let live = rule(4, LIVE, VerdictTest::Exists);
    let sure = record(4, &[(8, code("01"))]);
    for absent in [
        Absence::NotRecorded,
        Absence::NotHeld,
        Absence::Withheld(Defect::UnknownCode),
    ] {
        let open = record(4, &[(8, Value::Absent(absent))]);
        let bare = record(4, &[]);
        for open in [open, bare] {
            let found = live.judge(std::slice::from_ref(&open), None, false);
            assert_eq!(found, Err(VerdictFault::Undecidable));
            // One account that is live beyond doubt settles it.
            assert_eq!(live.judge(&[open, sure.clone()], None, false), holds(true));
        }
    }
    // A record that cannot count for another reason leaves nothing open.
    let both: &[(u8, &[&str])] = &[(8, &["01"]), (7, &["01"])];
    let subsidy = record(4, &[(8, UNKNOWN), (7, code("03"))]);
    let found = rule(4, both, VerdictTest::Exists).judge(&[subsidy], None, false);
    assert_eq!(found, holds(false));
}

#[test]
fn one_of_several_codes_is_enough() {
    let forbidden = rule(11, &[(9, &["01"])], VerdictTest::Exists);
    for (matters, found) in [
        ("01", true),
        ("03;01", true),
        ("03;04", false),
        ("10;11", false),
    ] {
        let record = record(11, &[(9, code(matters))]);
        assert_eq!(
            forbidden.judge(&[record], None, false),
            holds(found),
            "{matters}"
        );
    }
}

#[test]
fn counts_are_by_code_and_complete_or_none() {
    let by_status = rule(4, &[], VerdictTest::CountBy(no(4, 8)));
    let account = |status: &str| record(4, &[(8, code(status))]);
    let records = [account("01"), account("02"), account("01")];
    let counts = BTreeMap::from([("01".to_owned(), 2), ("02".to_owned(), 1)]);
    let found = by_status.judge(&records, None, false);
    assert_eq!(found, Ok(Some(Finding::Counts(counts))));
    let one_open = [account("01"), record(4, &[(8, UNKNOWN)])];
    let found = by_status.judge(&one_open, None, false);
    assert_eq!(found, Err(VerdictFault::Undecidable));
    let none = by_status.judge(&[], None, false);
    assert_eq!(none, Ok(Some(Finding::Counts(BTreeMap::new()))));
}

#[test]
fn sums_net_reversals_and_reach_the_limit() {
    let within = rule(6, &[(13, &["03", "04"])], VerdictTest::SumWithin(no(6, 10)));
    let drawn = |fen: i64, status: &str| {
        record(
            6,
            &[
                (10, Value::Decimal(Decimal::new(fen, 2))),
                (13, code(status)),
            ],
        )
    };
    let limit = |fen: i64| Yardstick::Limit(Decimal::new(fen, 2));
    let records = [
        drawn(70_000, "04"),
        drawn(50_001, "03"),
        drawn(-20_000, "04"),
        drawn(9, "05"),
    ];
    let judge = |limit: &Yardstick| within.judge(&records, Some(limit), false);
    assert_eq!(judge(&limit(100_001)), holds(true));
    assert_eq!(judge(&limit(100_000)), holds(false));
    let open = [record(6, &[(10, UNKNOWN), (13, code("03"))])];
    let found = within.judge(&open, Some(&limit(1)), false);
    assert_eq!(found, Err(VerdictFault::Undecidable));
    let huge = [
        drawn(1, "04"),
        record(6, &[(10, Value::Decimal(Decimal::MAX)), (13, code("04"))]),
    ];
    let twice = [huge[1].clone(), huge[1].clone()];
    let found = within.judge(&twice, Some(&limit(1)), false);
    assert_eq!(
        found,
        Err(VerdictFault::Undecidable),
        "a sum that no number holds"
    );
}

#[test]
fn months_overlap_at_their_edges() {
    let lease = rule(6, &[], VerdictTest::MonthsOverlap(no(6, 18), no(6, 19)));
    let from_until = |from: Value, until: Value| [record(6, &[(18, from), (19, until)])];
    let may_to_june = from_until(
        Value::Date(date!(2026 - 05 - 31)),
        Value::Date(date!(2026 - 06 - 01)),
    );
    let span = |first, last| Yardstick::Months(month(first), month(last));
    for (first, last, found) in [
        ("202604", "202604", false),
        ("202604", "202605", true),
        ("202606", "202612", true),
        ("202607", "202612", false),
        ("202601", "202612", true),
    ] {
        let answer = lease.judge(&may_to_june, Some(&span(first, last)), false);
        assert_eq!(answer, holds(found), "{first} {last}");
    }
    let open_end = from_until(Value::Month(month("202605")), UNKNOWN);
    let before = lease.judge(&open_end, Some(&span("202601", "202604")), false);
    assert_eq!(before, holds(false), "it had not begun");
    let after = lease.judge(&open_end, Some(&span("202605", "202605")), false);
    assert_eq!(after, Err(VerdictFault::Undecidable));
    let slip = from_until(Value::Month(month("202606")), Value::Month(month("202605")));
    let found = lease.judge(&slip, Some(&span("203001", "203001")), false);
    assert_eq!(
        found,
        Err(VerdictFault::Undecidable),
        "it ends before it begins"
    );
}

#[test]
fn a_yardstick_fits_or_is_a_fault() {
    let sum = rule(6, &[], VerdictTest::SumWithin(no(6, 10)));
    let months = rule(6, &[], VerdictTest::MonthsOverlap(no(6, 18), no(6, 19)));
    let exists = rule(6, &[], VerdictTest::Exists);
    let limit = Yardstick::Limit(Decimal::ONE);
    let span = Yardstick::Months(month("202601"), month("202602"));
    let backwards = Yardstick::Months(month("202602"), month("202601"));
    let rows = [
        (&sum, None, VerdictFault::YardstickMissing),
        (&months, None, VerdictFault::YardstickMissing),
        (&sum, Some(&span), VerdictFault::YardstickUnfit),
        (&months, Some(&limit), VerdictFault::YardstickUnfit),
        (&months, Some(&backwards), VerdictFault::YardstickUnfit),
        (&exists, Some(&limit), VerdictFault::YardstickUnfit),
    ];
    for (rule, yardstick, fault) in rows {
        assert_eq!(rule.judge(&[], yardstick, false), Err(fault));
    }
    let foreign = [record(4, &[])];
    let found = exists.judge(&foreign, None, false);
    assert_eq!(found, Err(VerdictFault::ForeignRecord));
    assert_eq!(format!("{limit:?} {span:?}"), "Limit(..) Months(..)");
}

/// What a value may be: a code, an amount and two months, each possibly not known.
#[derive(Debug, Clone)]
struct Row {
    status: Option<u8>,
    kind: Option<u8>,
    amount: Option<i64>,
    months: (Option<u8>, Option<u8>),
}

fn row() -> impl Strategy<Value = Row> {
    let maybe = |range: std::ops::Range<u8>| prop::option::weighted(0.8, range);
    let amount = prop::option::weighted(0.8, -50_i64..50);
    (maybe(0..3), maybe(0..2), amount, maybe(1..12), maybe(1..12)).prop_map(
        |(status, kind, amount, from, until)| Row {
            status,
            kind,
            amount,
            months: (from, until),
        },
    )
}

impl Row {
    fn record(&self) -> Record {
        let code = |code: u8| Value::Code(format!("0{code}"));
        let month = |number: u8| Value::Month(Month::new(2026, number).expect("a month"));
        let or_unknown = |value: Option<Value>| value.unwrap_or(UNKNOWN);
        record(
            6,
            &[
                (13, or_unknown(self.status.map(code))),
                (7, or_unknown(self.kind.map(code))),
                (
                    10,
                    or_unknown(self.amount.map(|yuan| Value::Decimal(yuan.into()))),
                ),
                (18, or_unknown(self.months.0.map(month))),
                (19, or_unknown(self.months.1.map(month))),
            ],
        )
    }

    /// The same row, with `fill` where it knows nothing.
    fn filled(&self, fill: &Self) -> Self {
        Self {
            status: self.status.or(fill.status),
            kind: self.kind.or(fill.kind),
            amount: self.amount.or(fill.amount),
            months: (
                self.months.0.or(fill.months.0),
                self.months.1.or(fill.months.1),
            ),
        }
    }

    /// What the rule below says of a row that knows everything, written out by hand.
    fn counts(&self) -> bool {
        self.status.is_some_and(|status| status != 2) && self.kind == Some(1)
    }
}

/// Every test there is, with a yardstick, over `status in (00, 01) and kind = 01`.
fn any_rule() -> impl Strategy<Value = (VerdictRule, Option<Yardstick>)> {
    let only: &[(u8, &[&str])] = &[(13, &["00", "01"]), (7, &["01"])];
    let limit = (-60_i64..60).prop_map(|yuan| Yardstick::Limit(yuan.into()));
    let span = (1_u8..=12, 1_u8..=12).prop_map(|(one, other)| {
        let month = |number| Month::new(2026, number).expect("a month");
        Yardstick::Months(month(one.min(other)), month(one.max(other)))
    });
    prop_oneof![
        Just((rule(6, only, VerdictTest::Exists), None)),
        Just((rule(6, only, VerdictTest::CountBy(no(6, 13))), None)),
        limit.prop_map(move |limit| {
            (
                rule(6, only, VerdictTest::SumWithin(no(6, 10))),
                Some(limit),
            )
        }),
        span.prop_map(move |span| {
            let test = VerdictTest::MonthsOverlap(no(6, 18), no(6, 19));
            (rule(6, only, test), Some(span))
        }),
    ]
}

/// A row that knows everything, and whose time does not end before it begins.
fn whole() -> impl Strategy<Value = Row> {
    (0..3_u8, 0..2_u8, -50_i64..50, 1..12_u8, 1..12_u8).prop_map(|(status, kind, yuan, a, b)| Row {
        status: Some(status),
        kind: Some(kind),
        amount: Some(yuan),
        months: (Some(a.min(b)), Some(a.max(b))),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the absent values turn out to be, a finding that was given stays what it was. And
    /// what was undecidable is so for a reason: nothing absent, nothing undecidable.
    #[test]
    fn no_finding_rests_on_what_is_not_known(
        rows in prop::collection::vec(row(), 0..5),
        fills in prop::collection::vec(whole(), 5),
        (rule, yardstick) in any_rule(),
    ) {
        let records = |rows: &[Row]| rows.iter().map(Row::record).collect::<Vec<_>>();
        let pairs = rows.iter().zip(&fills);
        let filled: Vec<Row> = pairs.map(|(row, fill)| row.filled(fill)).collect();
        let before = rule.judge(&records(&rows), yardstick.as_ref(), false);
        let after = rule.judge(&records(&filled), yardstick.as_ref(), false);
        let is_slip = |row: &Row| row.months.0 > row.months.1;
        match (before, after) {
            (Ok(before), Ok(after)) => prop_assert_eq!(before, after),
            // Filling a gap can only make a record odd where its months then run backwards.
            (Ok(_), Err(_)) => prop_assert!(filled.iter().any(is_slip)),
            (Err(fault), _) => {
                prop_assert_eq!(fault, VerdictFault::Undecidable);
                let has_gap = |row: &Row| row.status.is_none() || row.kind.is_none()
                    || row.amount.is_none() || row.months.0.is_none() || row.months.1.is_none();
                prop_assert!(rows.iter().any(|row| has_gap(row) || is_slip(row)));
            }
        }
    }

    /// Over records that lack nothing, the findings are those of a plain loop.
    #[test]
    fn findings_are_those_of_a_plain_loop(
        rows in prop::collection::vec(whole(), 0..6),
        (rule, yardstick) in any_rule(),
    ) {
        let records: Vec<Record> = rows.iter().map(Row::record).collect();
        let counted: Vec<&Row> = rows.iter().filter(|row| row.counts()).collect();
        let wanted = match (rule.test, &yardstick) {
            (VerdictTest::Exists, _) => Finding::Holds(!counted.is_empty()),
            (VerdictTest::CountBy(_), _) => {
                let mut counts = BTreeMap::new();
                for row in &counted {
                    *counts.entry(format!("0{}", row.status.expect("known"))).or_default() += 1;
                }
                Finding::Counts(counts)
            }
            (VerdictTest::SumWithin(_), Some(Yardstick::Limit(limit))) => {
                let sum: i64 = counted.iter().map(|row| row.amount.expect("known")).sum();
                Finding::Holds(Decimal::from(sum) <= *limit)
            }
            (VerdictTest::MonthsOverlap(..), Some(Yardstick::Months(first, last))) => {
                let (first, last) = (first.month(), last.month());
                let covers = |row: &&&Row| (row.months.0.expect("known")..=row.months.1.expect("known"))
                    .any(|month| (first..=last).contains(&month));
                Finding::Holds(counted.iter().any(|row| covers(&row)))
            }
            _ => unreachable!("every test brings its yardstick"),
        };
        prop_assert_eq!(rule.judge(&records, yardstick.as_ref(), false), Ok(Some(wanted)));
    }

    /// The order in which a source hands out its records says nothing.
    #[test]
    fn the_order_of_records_says_nothing(
        rows in prop::collection::vec(row(), 0..6),
        (rule, yardstick) in any_rule(),
    ) {
        let mut records: Vec<Record> = rows.iter().map(Row::record).collect();
        let forwards = rule.judge(&records, yardstick.as_ref(), false);
        records.reverse();
        prop_assert_eq!(forwards, rule.judge(&records, yardstick.as_ref(), false));
    }
}
