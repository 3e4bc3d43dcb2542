//! Trimming as a table: one reply of one node, and what becomes of it.

mod arbitrary_flows;
mod held_back;
mod terms;
mod values;

use std::collections::BTreeMap;
use std::time::Duration;

use policies::{Flow, Permit, VerdictId};
use prost::Message as _;

use super::*;
use crate::broker::tests::fixture::{CATALOG, NOW, account, answered, flow, permit};

const WANTS: [&str; 4] = ["03-06", "04-02", "04-08", "04-09"];

fn found(classes: Vec<v1::ClassReply>) -> Result<v1::NodeReply, Refusal> {
    let outcome = v1::node_reply::Outcome::Classes(v1::ClassReplies { classes });
    Ok(v1::NodeReply {
        query_id: "q".to_owned(),
        outcome: Some(outcome),
    })
}

fn nothing(class: u32, outcome: v1::Outcome, code: &str) -> v1::ClassReply {
    let code = code.to_owned();
    v1::ClassReply {
        class,
        outcome: outcome.into(),
        code,
        ..v1::ClassReply::default()
    }
}

fn no_former() -> v1::ClassReply {
    nothing(3, v1::Outcome::NoRecord, "")
}

/// An answer of class 04 with its parts changed.
fn changed(change: impl FnOnce(&mut v1::ClassReply)) -> v1::ClassReply {
    let mut reply = answered(4, &[account()]);
    change(&mut reply);
    reply
}

/// The terms of a question that asks for no verdict.
fn plain<'a>(flow: &'a Flow, permit: &'a Permit) -> Terms<'a> {
    static NONE: BTreeSet<VerdictId> = BTreeSet::new();
    Terms {
        catalog: &CATALOG,
        permit,
        flow,
        verdicts: &NONE,
        windows: BTreeMap::new(),
    }
}

/// Discloses one reply of 铁路; gives classes 03 and 04, the record of it, and whether it is a lie.
fn disclosed(
    mode: Mode,
    reply: Result<v1::NodeReply, Refusal>,
) -> (Vec<v1::ClassReply>, Vec<ClassOutcome>, bool) {
    let permit = permit(mode, &WANTS);
    let found = Found {
        node: "tielu".to_owned(),
        center: "C11003".to_owned(),
        classes: permit.granted().keys().copied().collect(),
        left_out: BTreeMap::new(),
        reply,
        announced: Announced::default(),
        elapsed: Duration::from_millis(7),
        tries: Default::default(),
        passes: Default::default(),
    };
    let Disclosed {
        mut draft, liars, ..
    } = disclose(&plain(&flow(), &permit), vec![found]);
    assert!(liars.is_empty() || liars == ["tielu"], "{liars:?}");
    let answer = draft.nodes.remove(0);
    let outcome = draft.outcomes.remove(0);
    assert_eq!((answer.elapsed_ms, outcome.elapsed_ms), (7, 7));
    let classes: Vec<u32> = answer.classes.iter().map(|class| class.class).collect();
    assert_eq!(classes, [3, 4], "one reply for each class, in order");
    for (class, counted) in answer.classes.iter().zip(&outcome.classes) {
        let records = v1::Records::decode(class.payload.as_slice())
            .expect("is sound")
            .records;
        assert_eq!(class.record_count as usize, records.len());
        assert_eq!(counted.records, class.record_count);
        assert_eq!(counted.outcome, convert::outcome_name(class.outcome()));
        assert_eq!((&counted.code, &counted.as_of), (&class.code, &class.as_of));
    }
    (answer.classes, outcome.classes, !liars.is_empty())
}

/// What becomes of class 04: outcome, code, records, and whether the node broke the contract.
type Becomes = (v1::Outcome, &'static str, u32, bool);

fn becomes(mode: Mode, classes: Vec<v1::ClassReply>) -> (v1::Outcome, String, u32, bool) {
    let (classes, _, lied) = disclosed(mode, found(classes));
    (
        classes[1].outcome(),
        classes[1].code.clone(),
        classes[1].record_count,
        lied,
    )
}

fn check(mode: Mode, table: &[(&str, Vec<v1::ClassReply>, Becomes)]) {
    for (name, classes, (outcome, code, records, lied)) in table {
        let expected = (*outcome, (*code).to_owned(), *records, *lied);
        assert_eq!(becomes(mode, classes.clone()), expected, "{name}");
    }
}

const ANSWERED: Becomes = (v1::Outcome::Answered, "", 1, false);
const BROKEN: Becomes = (v1::Outcome::Unavailable, "TS-NODE-REPLY", 0, true);

#[test]
fn each_class_is_answered_exactly_once() {
    let good = || answered(4, &[account()]);
    let table = [
        ("both", vec![no_former(), good()], ANSWERED),
        ("in any order", vec![good(), no_former()], ANSWERED),
        ("class 04 twice", vec![no_former(), good(), good()], BROKEN),
        ("class 04 missing", vec![no_former()], BROKEN),
        ("nothing", vec![], BROKEN),
        (
            "another class instead",
            vec![no_former(), answered(10, &[])],
            BROKEN,
        ),
        (
            "class 0 too",
            vec![no_former(), good(), answered(0, &[])],
            (ANSWERED.0, "", 1, true),
        ),
        (
            "a class not asked too",
            vec![no_former(), good(), answered(10, &[])],
            (ANSWERED.0, "", 1, true),
        ),
    ];
    check(Mode::Details, &table);
}

#[test]
fn an_outcome_must_agree_with_what_was_sent() {
    use v1::Outcome as O;
    // Outcome, code, records, and whether they agree.
    for (outcome, code, records, agrees) in [
        (O::Answered, "", 2, true),
        (O::Answered, "", 0, false),
        (O::Answered, "TS-NODE-BUSY", 1, false),
        (O::NoRecord, "", 0, true),
        (O::NoRecord, "", 1, false),
        (O::NoRecord, "TS-NODE-BUSY", 0, false),
        (O::Stale, "", 1, true),
        (O::Stale, "", 0, true),
        (O::Stale, "TS-NODE-BUSY", 0, false),
        (O::Refused, "TS-GUARD-VETO", 0, true),
        (O::Refused, "TS-GUARD-VETO", 1, false),
        (O::Refused, "TS-BECAUSE", 0, false),
        (O::Refused, "", 0, false),
        (O::Unavailable, "TS-NODE-SOURCE", 0, true),
        (O::Unavailable, "TS-NODE-SOURCE", 1, false),
        (O::Unavailable, "", 0, false),
        (O::NotCovered, "TS-NOT-COVERED", 0, true),
        (O::NotCovered, "TS-NOT-COVERED", 1, false),
        (O::NotCovered, "", 0, false),
        (O::Unspecified, "", 0, false),
    ] {
        let reply = v1::ClassReply {
            outcome: outcome.into(),
            code: code.to_owned(),
            ..answered(4, &vec![account(); records])
        };
        let (kept, kept_code, kept_records, lied) =
            becomes(Mode::Details, vec![no_former(), reply]);
        let name = format!("{outcome:?} `{code}` with {records}");
        assert_eq!(lied, !agrees, "{name}");
        let expected = match agrees {
            true => (
                outcome,
                code.to_owned(),
                u32::try_from(records).expect("few"),
            ),
            false => (BROKEN.0, BROKEN.1.to_owned(), 0),
        };
        assert_eq!((kept, kept_code, kept_records), expected, "{name}");
    }
    let unknown = changed(|r| r.outcome = 7);
    check(
        Mode::Details,
        &[("an unknown outcome", vec![no_former(), unknown], BROKEN)],
    );
}

#[test]
fn a_match_shows_no_record_and_needs_none() {
    use v1::Outcome as O;
    let yes = vec![no_former(), answered(4, &[])];
    let table = [
        ("yes", yes, (O::Answered, "", 0, false)),
        (
            "yes, with a record",
            vec![no_former(), answered(4, &[account()])],
            (O::Answered, "", 0, false),
        ),
        (
            "no",
            vec![no_former(), nothing(4, O::NoRecord, "")],
            (O::NoRecord, "", 0, false),
        ),
        (
            "no, with a record",
            vec![no_former(), changed(|r| r.outcome = O::NoRecord.into())],
            BROKEN,
        ),
        (
            "yes, with a reason",
            vec![no_former(), changed(|r| r.code = "TS-NODE-BUSY".into())],
            BROKEN,
        ),
        (
            "stale, with a record",
            vec![no_former(), changed(|r| r.outcome = O::Stale.into())],
            (O::Stale, "", 0, false),
        ),
    ];
    check(Mode::Match, &table);
    let (classes, counted, _) = disclosed(
        Mode::Match,
        found(vec![no_former(), answered(4, &[account()])]),
    );
    assert_eq!(classes[1].payload, b"", "not even an empty record");
    let note = &classes[1].notes[0];
    assert_eq!((note.item, note.defect.as_str()), (0, "outside-permit"));
    assert_eq!(
        counted[1].withheld, 2,
        "the record, and the balance that was in it"
    );
}

#[test]
fn the_moment_of_the_facts_is_the_hubs_own_text() {
    let nothing_of = |as_of: &str| {
        let as_of = as_of.to_owned();
        v1::ClassReply {
            as_of,
            ..nothing(4, v1::Outcome::NoRecord, "")
        }
    };
    let long = format!("2026-11-23T09:00:00.{}+08:00", "0".repeat(20_000));
    let moment = "2026-11-23T09:00:00+08:00";
    for (name, reply, as_of) in [
        ("as sent", changed(|_| {}), Some(moment)),
        (
            "shortened",
            changed(|r| r.as_of = long.clone()),
            Some(moment),
        ),
        ("of no record", nothing_of(moment), Some(moment)),
        ("of no record, not told", nothing_of(""), Some("")),
        ("of an answer, not told", changed(|r| r.as_of.clear()), None),
        (
            "of stale facts, not told",
            changed(|r| {
                (r.outcome, r.as_of) = (v1::Outcome::Stale.into(), String::new());
            }),
            None,
        ),
        ("no moment", changed(|r| r.as_of = "yesterday".into()), None),
        ("no moment of no record", nothing_of("yesterday"), None),
    ] {
        let (classes, _, lied) = disclosed(Mode::Details, found(vec![no_former(), reply]));
        assert_eq!(lied, as_of.is_none(), "{name}");
        assert_eq!(classes[1].as_of, as_of.unwrap_or_default(), "{name}");
    }
}

fn check_silence(
    reply: Result<v1::NodeReply, Refusal>,
    outcome: v1::Outcome,
    code: &str,
    lied: bool,
) {
    let (classes, _, blamed) = disclosed(Mode::Details, reply);
    assert_eq!(blamed, lied, "{code}");
    for class in classes {
        assert_eq!((class.outcome(), class.code.as_str()), (outcome, code));
        assert!(class.payload.is_empty(), "{code}");
    }
}

#[test]
fn a_silent_or_refusing_node_has_its_reason_in_every_class() {
    use v1::Outcome as O;
    for code in [
        RefusalCode::NodeTimeout,
        RefusalCode::NodeBreaker,
        RefusalCode::NodeDown,
    ] {
        check_silence(Err(code.into()), O::Unavailable, code.as_str(), false);
    }
    for (sent, outcome, code, lied) in [
        ("TS-GUARD-CASE", O::Refused, "TS-GUARD-CASE", false),
        ("TS-GUARD-SUBJECT", O::Refused, "TS-GUARD-SUBJECT", false),
        ("TS-GUARD-FLOW", O::Refused, "TS-GUARD-FLOW", false),
        ("TS-GUARD-VETO", O::Refused, "TS-GUARD-VETO", false),
        ("TS-GUARD-HOURS", O::Refused, "TS-GUARD-HOURS", false),
        ("TS-GUARD-VERSION", O::Refused, "TS-GUARD-VERSION", false),
        ("TS-GUARD-POLICY", O::Refused, "TS-GUARD-POLICY", false),
        ("TS-NODE-BUSY", O::Unavailable, "TS-NODE-BUSY", false),
        ("TS-LOCAL-AUDIT", O::Unavailable, "TS-LOCAL-AUDIT", false),
        ("TS-NOT-COVERED", O::NotCovered, "TS-NOT-COVERED", false),
        (
            "TS-NOT-COVERED-VERSION",
            O::NotCovered,
            "TS-NOT-COVERED-VERSION",
            false,
        ),
        ("TS-BECAUSE", O::Unavailable, "TS-NODE-REPLY", true),
        ("", O::Unavailable, "TS-NODE-REPLY", true),
    ] {
        let code_sent = sent.to_owned();
        let refusal = v1::Refusal {
            code: code_sent,
            ..v1::Refusal::default()
        };
        let outcome_sent = Some(v1::node_reply::Outcome::Refusal(refusal));
        let reply = v1::NodeReply {
            query_id: "q".to_owned(),
            outcome: outcome_sent,
        };
        check_silence(Ok(reply), outcome, code, lied);
    }
    let empty = v1::NodeReply {
        query_id: "q".to_owned(),
        outcome: None,
    };
    check_silence(Ok(empty), O::Unavailable, "TS-NODE-REPLY", true);
}
