//! Records in and out of their time, and those that cannot be placed.

use super::*;
use policies::BasisKind;
use time::OffsetDateTime;
use time::macros::date;

const TODAY: Date = date!(2026 - 11 - 23);

fn no(text: &str) -> ItemNo {
    text.parse().unwrap()
}

fn basis(from: Option<Date>, until: Option<Date>) -> Basis {
    Basis {
        from,
        until,
        ..Basis::plain(BasisKind::C, "D-1".into(), false)
    }
}

/// Records of class 05, one a month, with a bad amount in each.
fn found(months: &[Option<&str>]) -> Found {
    let record = |month: &Option<&str>| {
        let mut record = Record::new(no("05-01").class());
        let value = month.map_or(Value::Absent(Absence::NotRecorded), |month| {
            Value::Month(month.parse().unwrap())
        });
        record.insert(no("05-08"), value);
        record.insert(
            no("05-09"),
            Value::Absent(Absence::Withheld(Defect::BadNumber)),
        );
        record
    };
    let count = u32::try_from(months.len()).unwrap();
    Found {
        outcome: FoundOutcome::Answered,
        records: months.iter().map(record).collect(),
        as_of: OffsetDateTime::UNIX_EPOCH,
        notes: vec![QualityNote {
            item: Some(no("05-09")),
            defect: Defect::BadNumber,
            count,
        }],
    }
}

fn months_back() -> Windows {
    let window = window(Span::Months(24), &basis(None, None), TODAY).unwrap();
    Windows::from([(no("05-08"), window)])
}

#[test]
fn what_lies_outside_leaves_neither_itself_nor_a_note() {
    let found = limited(
        found(&[Some("202410"), Some("202411"), Some("202610")]),
        &months_back(),
    );
    let months: Vec<String> = found
        .records
        .iter()
        .map(|record| record.get(no("05-08")).unwrap().canonical())
        .collect();
    assert_eq!(months, ["202411", "202610"]);
    assert_eq!(found.notes.len(), 1);
    assert_eq!(found.notes[0].count, 2);
    assert_eq!(found.outcome, FoundOutcome::Answered);
}

#[test]
fn nothing_within_the_time_is_no_record() {
    let found = limited(found(&[Some("202001")]), &months_back());
    assert_eq!(found.outcome, FoundOutcome::NoRecord);
    assert!(found.records.is_empty() && found.notes.is_empty());
    let none = limited(
        Found {
            outcome: FoundOutcome::Stale,
            ..self::found(&[Some("202001")])
        },
        &months_back(),
    );
    assert_eq!(none.outcome, FoundOutcome::Stale);
}

#[test]
fn what_cannot_be_placed_in_time_does_not_look_like_nothing() {
    let undated = QualityNote {
        item: None,
        defect: Defect::MissingRequired,
        count: 1,
    };
    let some = limited(found(&[None, Some("202610")]), &months_back());
    assert_eq!(some.records.len(), 1);
    assert_eq!(some.outcome, FoundOutcome::Answered);
    assert!(some.notes.contains(&undated));
    let none = limited(found(&[None, Some("202001")]), &months_back());
    assert_eq!(
        none.outcome,
        FoundOutcome::Unavailable(SourceError::Undated)
    );
    assert_eq!(none.notes, [undated]);
}

#[test]
fn the_period_of_the_basis_is_stated_whole_or_nothing_leaves() {
    let (from, until) = (date!(2025 - 01 - 01), date!(2025 - 06 - 30));
    let stated = window(Span::Basis, &basis(Some(from), Some(until)), TODAY);
    let window_of = |from, until| Window { from, until };
    assert_eq!(stated, Ok(window_of(Some(from), Some(until))));
    for (from, until) in [(None, None), (Some(from), None), (None, Some(until))] {
        let window = window(Span::Basis, &basis(from, until), TODAY);
        assert_eq!(window, Err(RefusalCode::CaseBasis));
    }
}

#[test]
fn a_class_without_a_span_is_left_as_it_is() {
    let all = found(&[None, Some("190001")]);
    assert_eq!(limited(all.clone(), &Windows::new()), all);
}
