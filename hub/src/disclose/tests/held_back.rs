//! A center without a hit is let through where the flow asks for one first; anywhere else, and with
//! anything beside it, it is a broken reply.

use super::*;

fn held_back() -> v1::ClassReply {
    changed(|reply| {
        reply.held_back = true;
        reply.found = true;
        reply.payload = Vec::new();
        reply.record_count = 0;
    })
}

/// A note about the status of an account.
fn note(defect: &str) -> v1::QualityNote {
    v1::QualityNote {
        item: 8,
        defect: defect.to_owned(),
        count: 1,
    }
}

/// What becomes of class 04 of a node, by a flow that gives details on these verdicts.
fn becomes_of(
    (node, mode): (&str, Mode),
    on: &[&str],
    reply: v1::ClassReply,
) -> (v1::ClassReply, ClassOutcome, bool) {
    let mut flow = flow();
    flow.details_on = on.iter().map(|id| id.parse().expect("an id")).collect();
    let permit = permit(mode, &WANTS);
    let found = Found {
        node: node.to_owned(),
        center: "C11003".to_owned(),
        classes: permit.granted().keys().copied().collect(),
        left_out: BTreeMap::new(),
        reply: found(vec![no_former(), reply]),
        announced: Announced::default(),
        elapsed: Duration::from_millis(7),
        tries: Default::default(),
        passes: Default::default(),
    };
    let mut disclosed = disclose(&plain(&flow, &permit), vec![found]);
    let class = disclosed.draft.nodes.remove(0).classes.remove(1);
    let counted = disclosed.draft.outcomes.remove(0).classes.remove(1);
    (class, counted, !disclosed.liars.is_empty())
}

const THERE: (&str, Mode) = ("tielu", Mode::Details);

#[test]
fn no_hit_is_an_answer_of_its_own() {
    for outcome in [v1::Outcome::Answered, v1::Outcome::Stale] {
        let mut reply = held_back();
        reply.outcome = outcome.into();
        let (class, counted, lied) = becomes_of(THERE, &["live-account"], reply);
        assert_eq!((class.outcome(), lied), (outcome, false));
        assert!(class.held_back && class.found && class.record_count == 0);
        assert!(class.payload.is_empty() && class.code.is_empty());
        assert!(counted.held_back);
    }
}

#[test]
fn records_held_back_where_none_may_be_are_a_broken_reply() {
    let with = |change: fn(&mut v1::ClassReply)| {
        let mut reply = held_back();
        change(&mut reply);
        reply
    };
    let on: &[&str] = &["live-account"];
    let mut noted = held_back();
    noted.notes = vec![note("unknown-code")];
    let rows = [
        (
            "by a flow that asks for no hit",
            THERE,
            &[][..],
            held_back(),
        ),
        ("in a match", ("tielu", Mode::Match), on, held_back()),
        (
            "by the center that asks",
            ("guoguan", Mode::Details),
            on,
            held_back(),
        ),
        (
            "beside a record",
            THERE,
            on,
            changed(|reply| reply.held_back = true),
        ),
        ("beside a note about a value", THERE, on, noted),
        (
            "though nothing is held",
            THERE,
            on,
            with(|r| r.found = false),
        ),
        (
            "as no record",
            THERE,
            on,
            with(|r| r.outcome = v1::Outcome::NoRecord.into()),
        ),
        (
            "as a silence",
            THERE,
            on,
            with(|r| {
                r.outcome = v1::Outcome::Unavailable.into();
                r.code = RefusalCode::NodeSource.to_string();
            }),
        ),
    ];
    for (name, by, on, reply) in rows {
        let (class, counted, lied) = becomes_of(by, on, reply);
        assert!(lied && !class.held_back && !counted.held_back, "{name}");
        assert_eq!(class.code, RefusalCode::NodeReply.as_str(), "{name}");
        assert!(class.payload.is_empty(), "{name}");
    }
}

/// That the node's catalog is older says nothing of a value.
#[test]
fn an_item_that_the_node_does_not_know_may_stand_beside_it() {
    let on: &[&str] = &["live-account"];
    let mut older = held_back();
    older.notes = vec![note("unknown-item")];
    let (class, _, lied) = becomes_of(THERE, on, older);
    assert!(class.held_back && !lied);
}

/// An answer without records that does not say why is broken, also where a hit is asked for.
#[test]
fn an_empty_answer_is_not_no_hit() {
    let mut empty = held_back();
    empty.held_back = false;
    let (class, _, lied) = becomes_of(THERE, &["live-account"], empty);
    assert!(lied);
    assert_eq!(class.code, RefusalCode::NodeReply.as_str());
}
