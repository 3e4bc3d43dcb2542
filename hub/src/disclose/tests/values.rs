//! Values and notes: what is withheld, what is counted, and what breaks the contract.

use catalog::{Record, Value};

use super::*;
use crate::broker::tests::fixture::released;

fn note(item: u32, defect: &str, count: u32) -> v1::QualityNote {
    v1::QualityNote {
        item,
        defect: defect.to_owned(),
        count,
    }
}

/// The account with a status that the code set does not have.
fn with_unknown_status() -> Record {
    let mut record = account();
    record.insert(
        "04-08".parse().expect("an item"),
        Value::Code("77".to_owned()),
    );
    record
}

#[test]
fn bad_and_unpermitted_values_are_withheld_and_counted() {
    let reply = answered(
        4,
        &[with_unknown_status(), with_unknown_status(), account()],
    );
    let (classes, counted, lied) = disclosed(Mode::Details, found(vec![no_former(), reply]));
    assert!(!lied);
    assert_eq!(
        released(&classes[1]),
        [2, 8, 9, 2, 8, 9, 2, 8, 9],
        "never the balance"
    );
    let expected = [note(0, "outside-permit", 3), note(8, "unknown-code", 2)];
    assert_eq!(classes[1].notes, expected);
    assert_eq!(counted[1].withheld, 5);
    let text = String::from_utf8_lossy(&classes[1].payload).into_owned();
    assert!(
        text.contains("withheld:unknown-code") && !text.contains("77"),
        "{text}"
    );
}

#[test]
fn notes_speak_of_permitted_items_only_and_count_once() {
    // 04-14 was not asked for: neither the node's note about it nor one found here goes further.
    let mut record = with_unknown_status();
    record.insert(
        "04-14".parse().expect("an item"),
        Value::Text("x".to_owned()),
    );
    let mut reply = answered(4, &[record]);
    reply.notes = vec![
        note(8, "unknown-code", 9),
        note(14, "too-long", 3),
        note(0, "duplicate", 1),
    ];
    let (classes, counted, lied) = disclosed(Mode::Details, found(vec![no_former(), reply]));
    assert!(!lied);
    let expected = [
        note(0, "duplicate", 1),
        note(0, "outside-permit", 1),
        note(8, "unknown-code", 9),
    ];
    assert_eq!(
        classes[1].notes, expected,
        "what the node noted itself is not counted again"
    );
    assert_eq!(counted[1].withheld, 11);
}

#[test]
fn what_breaks_the_contract_of_a_class_is_an_absence() {
    let many = vec![Record::new("04".parse().expect("a class")); 1_001];
    let table = [
        (
            "no message",
            vec![no_former(), changed(|r| r.payload = vec![0xff; 9])],
            BROKEN,
        ),
        (
            "too many records",
            vec![no_former(), answered(4, &many)],
            BROKEN,
        ),
        (
            "too many notes",
            vec![
                no_former(),
                changed(|r| {
                    r.notes = vec![note(8, "unknown-code", 1); 65];
                }),
            ],
            BROKEN,
        ),
        (
            "an unknown defect",
            vec![no_former(), changed(|r| r.notes = vec![note(8, "张三", 1)])],
            BROKEN,
        ),
        (
            "an unknown item",
            vec![
                no_former(),
                changed(|r| r.notes = vec![note(99, "too-long", 1)]),
            ],
            BROKEN,
        ),
        (
            "a wrong count",
            vec![no_former(), changed(|r| r.record_count = 9)],
            ANSWERED,
        ),
        (
            "counts beyond any",
            vec![
                no_former(),
                changed(|r| {
                    r.notes = vec![note(8, "too-long", u32::MAX), note(8, "empty", u32::MAX)];
                }),
            ],
            ANSWERED,
        ),
    ];
    check(Mode::Details, &table);
    // The broken class does not take the sound one with it.
    let half = vec![
        nothing(3, v1::Outcome::Unspecified, ""),
        answered(4, &[account()]),
    ];
    let (classes, _, lied) = disclosed(Mode::Details, found(half));
    assert!(lied);
    assert_eq!(classes[0].code, "TS-NODE-REPLY");
    assert_eq!(classes[1].outcome(), v1::Outcome::Answered);
}

/// What a reply says about the health of its node: only a system that failed it altogether counts.
#[test]
fn a_node_is_judged_by_what_its_reply_became() {
    let source = |class, code: &str| nothing(class, v1::Outcome::Unavailable, code);
    let (quick, fair) = (Duration::from_millis(999), FAIR_WAIT);
    let good = || answered(4, &[account()]);
    let (dead, late) = ("TS-NODE-SOURCE", "TS-NODE-TIMEOUT");
    for (name, classes, elapsed, event) in [
        ("answered", vec![no_former(), good()], fair, Event::Answered),
        (
            "one source failed",
            vec![source(3, dead), good()],
            fair,
            Event::Answered,
        ),
        (
            "every source failed",
            vec![source(3, dead), source(4, dead)],
            quick,
            Event::Failed,
        ),
        (
            "timed out in a hurry",
            vec![source(3, late), source(4, late)],
            quick,
            Event::Answered,
        ),
        (
            "timed out",
            vec![source(3, late), source(4, late)],
            fair,
            Event::Failed,
        ),
        (
            "busy",
            vec![source(3, "TS-NODE-BUSY"), source(4, "TS-NODE-BUSY")],
            fair,
            Event::Answered,
        ),
        ("a lie beside an answer", vec![good()], quick, Event::Failed),
    ] {
        let permit = permit(Mode::Details, &WANTS);
        let found = Found {
            node: "tielu".to_owned(),
            center: "C11003".to_owned(),
            classes: permit.granted().keys().copied().collect(),
            reply: found(classes),
            announced: Announced::default(),
            elapsed,
            tries: Default::default(),
        };
        let heard = disclose(&plain(&flow(), &permit), vec![found]).heard;
        assert_eq!(heard, [("tielu".to_owned(), event)], "{name}");
    }
}
