//! Questions sent past a center's agent with its stolen keys: whatever else that agent's own book
//! says at the time, they are findings.

use serde_json::{Value, json};

use super::{Books, honest, says, sheet};

/// What guoguan's agent refuses by itself in the same minute, of cases and operators of its own.
fn own_refusals() -> Vec<Value> {
    vec![
        local(3, "TS-CASE-NOT-OPEN", "", ""),
        local(4, "TS-CASE-UNKNOWN", "GG-9", "0231"),
        local(5, "TS-HUB-UNREACHABLE", "GG-9", "0231"),
        local(6, "TS-HUB-UNREACHABLE", "GG-7", "0233"),
        local(7, "TS-CASE-CLOSED", "GG-S06", "0231"),
    ]
}

fn local(second: u32, code: &str, case: &str, operator: &str) -> Value {
    sheet(
        second,
        "refused",
        json!({"query": "", "code": code, "by": "local", "node": "guoguan",
            "case_no": case, "flow": "F05", "operator": operator}),
    )
}

/// A refusal in the hub's book.
fn refusal(query: &str, code: &str, case: &str, operator: &str) -> Value {
    sheet(
        8,
        "refusal",
        json!({"query": query, "code": code, "turn": "caller", "flow": "F05", "case": case,
            "who": {"node": "guoguan", "operator": operator}}),
    )
}

/// The honest question, the agent's own refusals, and what the hub refused besides.
fn books(refusals: &[Value]) -> Books {
    let mut books = honest();
    books.hub.extend_from_slice(refusals);
    books.guoguan.extend(own_refusals());
    books
}

#[test]
fn forged_questions_that_the_hub_refused_are_findings() {
    // Two by an operator whom guoguan's own log does not know, one by another.
    let books = books(&[
        refusal("f1", "TS-CASE-SUBJECT", "GG-S06", "0666"),
        refusal("f2", "TS-CASE-SUBJECT", "GG-S06", "0666"),
        refusal("f3", "TS-CASE-SUBJECT", "GG-S06", "0231"),
    ]);
    let (code, said) = books.reconciled(&[]);
    assert_eq!(code, 1, "{said}");
    let lacks = "the book of guoguan lacks the refusal TS-CASE-SUBJECT";
    assert_eq!(says(&said["findings"]), [lacks; 3], "{said}");
    assert_eq!(says(&said["explained"]), Vec::<&str>::new(), "{said}");
    assert_eq!(
        (&said["compared"], &said["agree"]),
        (&4.into(), &1.into()),
        "{said}"
    );
}

#[test]
fn a_refusal_that_names_nobody_has_no_excuse_but_its_own_number() {
    let mut books = books(&[refusal("f1", "TS-CASE-SIGNATURE", "", "")]);
    books.guoguan.push(local(9, "TS-HUB-UNREACHABLE", "", ""));
    let (code, said) = books.reconciled(&[]);
    assert_eq!(
        (code, says(&said["findings"])),
        (
            1,
            vec!["the book of guoguan lacks the refusal TS-CASE-SIGNATURE"]
        ),
        "{said}"
    );
    books.guoguan.push(sheet(
        9,
        "refused",
        json!({"query": "f1", "code": "TS-CASE-SIGNATURE", "by": "hub", "node": "guoguan"}),
    ));
    let (code, said) = books.reconciled(&[]);
    assert_eq!((code, says(&said["findings"]).len()), (0, 0), "{said}");
}

/// An asker may have lost the hub before it heard a refusal: then it says so of this case and
/// operator, once for each question, and by a code that means it.
#[test]
fn only_an_asker_that_did_not_hear_the_hub_is_excused() {
    let unheard = refusal("r1", "TS-OUTSIDE-HOURS", "GG-5", "0231");
    let with = |own: Value| {
        let mut books = books(std::slice::from_ref(&unheard));
        books.guoguan.push(own);
        books
    };
    for code in [
        "TS-HUB-UNREACHABLE",
        "TS-HUB-REPLY",
        "TS-HUB-STOPPING",
        "TS-ASK-CANCELLED",
    ] {
        let (ended, said) = with(local(9, code, "GG-5", "0231")).reconciled(&[]);
        assert_eq!(
            (ended, says(&said["explained"])),
            (
                0,
                vec!["guoguan did not wait for the refusal TS-OUTSIDE-HOURS"]
            ),
            "{code}: {said}"
        );
    }
    for other in [
        local(9, "TS-CASE-CLOSED", "GG-5", "0231"),
        local(9, "TS-LOCAL-AUDIT", "GG-5", "0231"),
        local(9, "TS-HUB-UNREACHABLE", "GG-6", "0231"),
        local(9, "TS-HUB-UNREACHABLE", "GG-5", "0232"),
        local(9, "TS-HUB-UNREACHABLE", "GG-5", ""),
        local(9, "TS-HUB-UNREACHABLE", "", "0231"),
    ] {
        let (ended, said) = with(other.clone()).reconciled(&[]);
        assert_eq!(
            (ended, says(&said["findings"]).len()),
            (1, 1),
            "{other}: {said}"
        );
    }
    let mut two = with(local(9, "TS-HUB-UNREACHABLE", "GG-5", "0231"));
    two.hub
        .push(refusal("r2", "TS-OUTSIDE-HOURS", "GG-5", "0231"));
    let (ended, said) = two.reconciled(&[]);
    assert_eq!(
        (
            ended,
            says(&said["explained"]).len(),
            says(&said["findings"]).len()
        ),
        (1, 1, 1),
        "one word speaks for one question: {said}"
    );
}

#[test]
fn an_answer_that_was_not_taken_is_told_by_a_code_that_means_it() {
    let with = |own: Value| {
        let mut books = honest();
        books.guoguan = vec![own];
        books.reconciled(&[])
    };
    for (code, operator) in [
        ("TS-HUB-UNREACHABLE", "0231"),
        ("TS-LOCAL-AUDIT", "0231"),
        // An officer who approved it heard of it.
        ("TS-HUB-UNREACHABLE", "0232"),
    ] {
        let (ended, said) = with(local(3, code, "GG-1", operator));
        assert_eq!(ended, 0, "{code} {operator}: {said}");
    }
    for (code, operator) in [("TS-CASE-CLOSED", "0231"), ("TS-HUB-UNREACHABLE", "0666")] {
        let (ended, said) = with(local(3, code, "GG-1", operator));
        assert_eq!(
            (ended, says(&said["findings"])),
            (1, vec!["the hub answered; the book of guoguan lacks it"]),
            "{code} {operator}"
        );
    }
}

/// A hub that fell over a question gives it no cover: the asker's own book must know of it.
#[test]
fn a_decision_closed_as_abandoned_is_known_to_its_asker() {
    let with = |own: Value| {
        let mut books = honest();
        let because = json!({"query": "q", "decision": 0, "because": "crash"});
        books.hub[1] = sheet(1, "abandoned", because);
        books.guoguan = vec![own];
        books.reconciled(&[])
    };
    let by_hub = json!({"query": "q", "code": "TS-AUDIT-UNAVAILABLE", "by": "hub",
        "node": "guoguan", "case_no": "GG-1", "operator": "0231"});
    for own in [
        local(2, "TS-HUB-UNREACHABLE", "GG-1", "0231"),
        sheet(2, "refused", by_hub),
    ] {
        let (code, said) = with(own);
        assert_eq!((code, says(&said["explained"]).len()), (0, 1), "{said}");
    }
    let (code, said) = with(local(2, "TS-HUB-UNREACHABLE", "GG-2", "0231"));
    let no_word = "the hub closed it as abandoned; the book of guoguan has no word of it";
    assert_eq!(
        (code, says(&said["findings"])),
        (1, vec![no_word]),
        "{said}"
    );
}

/// A list that ended early speaks for as many lines as can have been under way, and for a while.
#[test]
fn a_list_that_ended_early_speaks_for_the_lines_under_way_alone() {
    let ended = |second| {
        let says = json!({"case_no": "GG-5", "operator": "0231", "not_asked": 900});
        sheet(second, "list-ended", says)
    };
    let with = |questions: usize, second| {
        let refusals: Vec<_> = (0..questions)
            .map(|n| refusal(&format!("r{n}"), "TS-ASK-CANCELLED", "GG-5", "0231"))
            .collect();
        let mut books = books(&refusals);
        books.guoguan.push(ended(second));
        let (code, said) = books.reconciled(&[]);
        (code, says(&said["findings"]).len())
    };
    let at_once = wire::limits::LINES_PER_LIST_AT_ONCE;
    assert_eq!(with(at_once, 10), (0, 0));
    assert_eq!(with(at_once + 2, 10), (1, 2));
    assert_eq!(with(1, 8 + 400), (1, 1), "it ended long after");
}
