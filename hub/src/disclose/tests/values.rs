//! Values and notes: what is withheld, what is counted, and what breaks the contract.

use catalog::{Record, Value};

use super::*;
use crate::broker::tests::fixture::released;
use crate::nodes::FAIR_WAIT;
use crate::nodes::breaker::Failure;

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

/// A name, a reply, how long it took, and what it says of classes 03 and 04.
type Judged = (&'static str, Vec<v1::ClassReply>, Duration, [Event; 2]);

/// How long each class took, by the node's word and by the hub's wait.
fn timed() -> Vec<Judged> {
    let quick = Duration::from_millis(999);
    let slow = |ms| v1::ClassReply {
        elapsed_ms: ms,
        ..answered(4, &[account()])
    };
    let took = |ms| Event::Answered(Duration::from_millis(ms));
    vec![
        (
            "slow by its own word",
            vec![no_former(), slow(700)],
            quick,
            [took(299), took(999)],
        ),
        (
            "no longer than we waited",
            vec![no_former(), slow(70_000)],
            quick,
            [took(0), took(999)],
        ),
        (
            "slow, and nobody says who",
            vec![nothing(3, v1::Outcome::NoRecord, ""), slow(1)],
            Duration::from_millis(4_501),
            [took(4_500), took(4_501)],
        ),
    ]
}

fn judged() -> Vec<Judged> {
    let source = |class, code: &str| nothing(class, v1::Outcome::Unavailable, code);
    let (quick, fair) = (Duration::from_millis(999), FAIR_WAIT);
    let good = || answered(4, &[account()]);
    let (dead, late) = ("TS-NODE-SOURCE", "TS-NODE-TIMEOUT");
    let (failed, broken) = (
        Event::Failed(Failure::Silent),
        Event::Failed(Failure::Broken),
    );
    let well = Event::Answered(fair);
    let both = |code| vec![source(3, code), source(4, code)];
    vec![
        ("answered", vec![no_former(), good()], fair, [well, well]),
        (
            "one source failed",
            vec![source(3, dead), good()],
            fair,
            [failed, well],
        ),
        ("every source failed", both(dead), quick, [failed, failed]),
        (
            "timed out in a hurry",
            both(late),
            quick,
            [Event::Unjudged, Event::Unjudged],
        ),
        ("timed out", both(late), fair, [failed, failed]),
        (
            "overloaded",
            vec![source(3, "TS-NODE-BUSY"), good()],
            fair,
            [Event::Overloaded, well],
        ),
        ("a class is missing", vec![good()], quick, [broken, broken]),
        (
            "a lie beside an answer",
            vec![nothing(3, v1::Outcome::Unspecified, ""), good()],
            fair,
            [broken, well],
        ),
    ]
}

/// What a reply says about the health of each class of its node.
#[test]
fn a_class_is_judged_by_what_its_reply_became() {
    for (name, classes, elapsed, events) in judged().into_iter().chain(timed()) {
        let permit = permit(Mode::Details, &WANTS);
        let asked: Vec<_> = permit.granted().keys().copied().collect();
        let found = Found {
            node: "tielu".to_owned(),
            center: "C11003".to_owned(),
            classes: asked.clone(),
            left_out: BTreeMap::new(),
            reply: found(classes),
            announced: Announced::default(),
            elapsed,
            tries: Default::default(),
            passes: Default::default(),
        };
        let heard = disclose(&plain(&flow(), &permit), vec![found]).heard;
        let events = asked.into_iter().zip(events).collect::<Vec<_>>();
        let heard: Vec<_> = heard
            .iter()
            .map(|said| (&*said.node, &said.events))
            .collect();
        assert_eq!(heard, [("tielu", &events)], "{name}");
    }
}

/// What is left out is told with its reason, whatever the node says of it; it is judged by nothing.
#[test]
fn a_class_left_out_stays_out() {
    let permit = permit(Mode::Details, &WANTS);
    let asked: Vec<_> = permit.granted().keys().copied().collect();
    let [former, account_class] = asked[..] else {
        panic!("two classes are asked");
    };
    for sent in [
        vec![answered(4, &[account()])],
        vec![no_former(), answered(4, &[account()])],
    ] {
        let found = Found {
            node: "tielu".to_owned(),
            center: "C11003".to_owned(),
            classes: asked.clone(),
            left_out: [(former, RefusalCode::NodeHeld.into())].into(),
            reply: found(sent),
            announced: Announced::default(),
            elapsed: Duration::from_millis(7),
            tries: Default::default(),
            passes: Default::default(),
        };
        let disclosed = disclose(&plain(&flow(), &permit), vec![found]);
        assert!(disclosed.liars.is_empty());
        let classes = &disclosed.draft.nodes[0].classes;
        let said = |n: usize| (classes[n].outcome(), classes[n].code.as_str());
        assert_eq!(said(0), (v1::Outcome::Unavailable, "TS-NODE-HELD"));
        assert_eq!(said(1), (v1::Outcome::Answered, ""));
        let heard: Vec<_> = disclosed.heard[0]
            .events
            .iter()
            .map(|(class, _)| *class)
            .collect();
        assert_eq!(heard, [account_class]);
    }
}
