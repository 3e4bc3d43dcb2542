//! The decision's reasons: what is denied, by which code, and what a permit holds.

use std::collections::BTreeSet;

use policies::{
    Caller, CaseFault, Denial, Mode, PartyRole, PolicySet, QuestionDraft, Suspended, Suspensions,
};
use time::Duration;

use super::star::{
    LEGAL_F27, MATCH_F05, NOW, SPOUSE, STAR, assertion, book, book_of, draft, f05, f05_of,
    f05_with, f27_of, question, tag,
};

fn decide(question: &policies::Question, state: &Suspensions) -> Result<policies::Permit, Denial> {
    let caller = Caller::proven(question.asking_node()).expect("a caller");
    let case = STAR.verified("guoguan", &assertion(question));
    STAR.policies
        .authorize(&caller, &case, question, state, NOW)
}

#[test]
fn a_permit_holds_what_was_asked_and_nothing_more() {
    let asked = f05();
    let permit = decide(&asked, &Suspensions::default()).expect("a permit");
    assert_eq!(permit.granted(), asked.wants());
    assert_eq!(permit.flow().to_string(), "F05");
    assert_eq!(permit.asking_node(), "guoguan");
    assert_eq!(permit.mode(), Mode::Details);
    assert_eq!(permit.deadline().as_millis(), 5000);
    assert_eq!(permit.subject_tag(), asked.subject_tag());
    assert_eq!(permit.question_digest(), asked.digest());
    assert_eq!(permit.valid_until(), NOW + Duration::minutes(5));
    let classes: Vec<_> = asked.wants().keys().copied().collect();
    assert_eq!(permit.classes_of("tielu"), classes);
    assert_eq!(permit.classes_of("guoguan"), classes);
    assert!(permit.grants(STAR.items(&["03.yzjhm"])[0]));
    assert!(
        !permit.grants(STAR.items(&["04.fcrq"])[0]),
        "in the flow, not in the question"
    );
}

#[test]
fn a_match_may_be_asked_where_details_may() {
    let wants = STAR.items(&["04.grzhzt"]);
    let asked = question(QuestionDraft {
        mode: Mode::Match,
        ..draft("guoguan", "F05", "02", wants)
    });
    let permit = decide(&asked, &Suspensions::default()).expect("a permit");
    assert_eq!(permit.mode(), Mode::Match);
}

#[test]
fn the_spouse_may_be_asked_about_where_the_flow_admits_a_spouse() {
    let wants = STAR.items(&["06.zlqsrq", "13.hyzk"]);
    let asked = question(QuestionDraft {
        subject_tag: tag(SPOUSE),
        ..draft("guoguan", "F14", "14", wants)
    });
    let mut case = assertion(&asked);
    case.parties[0].role = PartyRole::Spouse;
    let caller = Caller::proven("guoguan").expect("a caller");
    let verified = STAR.verified("guoguan", &case);
    let none = Suspensions::default();
    assert!(
        STAR.policies
            .authorize(&caller, &verified, &asked, &none, NOW)
            .is_ok()
    );
}

#[test]
fn what_lies_outside_the_flow_is_named() {
    let none = Suspensions::default();
    let wants = STAR.items(&["04.grzhzt", "04.grzhye", "04.zjhm"]);
    let denial =
        decide(&question(draft("guoguan", "F05", "02", wants)), &none).expect_err("denied");
    let items = STAR.items(&["04.grzhye", "04.zjhm"]).into_iter().collect();
    assert_eq!(denial, Denial::ItemOutsideFlow { items });
    assert_eq!(denial.as_str(), "item-outside-flow");

    let wants = STAR.items(&["04.grzhzt", "06.fse", "11.blxxlx"]);
    let denial =
        decide(&question(draft("guoguan", "F05", "02", wants)), &none).expect_err("denied");
    let classes = ["06", "11"]
        .iter()
        .map(|class| class.parse().expect("a class"))
        .collect();
    assert_eq!(denial, Denial::ClassOutsideFlow { classes });
    assert_eq!(denial.as_str(), "class-outside-flow");

    let wants = STAR.items(&["04.grzhzt"]);
    let denial =
        decide(&question(draft("guoguan", "F99", "02", wants)), &none).expect_err("denied");
    assert_eq!(denial.as_str(), "flow-unknown");
}

#[test]
fn a_caller_asks_in_its_own_name_only() {
    let asked = f05();
    let case = STAR.verified("guoguan", &assertion(&asked));
    let caller = Caller::proven("city").expect("a caller");
    let denial = STAR
        .policies
        .authorize(&caller, &case, &asked, &Suspensions::default(), NOW);
    assert_eq!(denial.expect_err("denied").as_str(), "wrong-caller");
    assert!(Caller::proven("Not A Node").is_err());
}

#[test]
fn an_unchecked_case_does_not_slip_through() {
    let asked = f05();
    let mut case = assertion(&asked);
    case.basis.consent = false;
    let caller = Caller::proven("guoguan").expect("a caller");
    let verified = STAR.verified("guoguan", &case);
    let denial = STAR
        .policies
        .authorize(&caller, &verified, &asked, &Suspensions::default(), NOW);
    let denial = denial.expect_err("denied");
    assert_eq!(denial, Denial::Case(CaseFault::ConsentMissing));
    assert_eq!(denial.as_str(), "case");
}

fn case_no() -> String {
    assertion(&f05()).case_no
}

#[test]
fn whoever_is_suspended_asks_nothing_until_it_is_lifted() {
    let asked = f05();
    type Set = fn(&mut Suspensions, bool);
    let rows: [(Suspended, Set); 4] = [
        (Suspended::Node, |state, on| state.set_node("guoguan", on)),
        (Suspended::Operator, |state, on| {
            state.set_operator("guoguan", "li", on)
        }),
        (Suspended::Flow, |state, on| {
            state.set_flow("F05", on).expect("a flow")
        }),
        (Suspended::Case, |state, on| {
            state.set_case("guoguan", &case_no(), on)
        }),
    ];
    for (who, set) in rows {
        let mut state = Suspensions::default();
        set(&mut state, true);
        let denial = decide(&asked, &state).expect_err("denied");
        assert_eq!(denial, Denial::Suspended(who));
        assert_eq!(denial.as_str(), "suspended");
        set(&mut state, false);
        assert!(decide(&asked, &state).is_ok(), "{who:?} lifted");
    }
    let mut others = Suspensions::default();
    others.set_node("city", true);
    others.set_operator("city", "li", true);
    others.set_case("city", &case_no(), true);
    others.set_flow("F14", true).expect("a flow");
    assert!(decide(&asked, &others).is_ok(), "others are suspended");
    assert!(others.set_flow("nonsense", true).is_err());
}

/// What F05 decides where this center's file is in force.
fn decide_where(center: &str) -> Result<policies::Permit, Denial> {
    let f05_file = include_str!("../../flows/F05.toml");
    let book = book_of(&[f05_file], &[center]).expect("a book");
    let policies = PolicySet::builtin(&STAR.catalog, &book).expect("policies");
    let asked = f05_of(&book);
    let case = STAR.verified("guoguan", &assertion(&asked));
    let caller = Caller::proven("guoguan").expect("a caller");
    policies.authorize(&caller, &case, &asked, &Suspensions::default(), NOW)
}

#[test]
fn a_flow_is_enabled_by_center_and_day() {
    let rows = [
        ("elsewhere", "from = 2020-01-01", false),
        ("guoguan", "from = 2026-11-24", false),
        ("guoguan", "from = 2026-11-23", true),
        ("guoguan", "from = 2020-01-01\nuntil = 2026-11-22", false),
        ("guoguan", "from = 2020-01-01\nuntil = 2026-11-23", true),
    ];
    for (node, span, enabled) in rows {
        let center = format!("node = \"{node}\"\n[[flow]]\nid = \"F05\"\n{span}\n");
        match decide_where(&center) {
            Ok(_) => assert!(enabled, "{center}"),
            Err(denial) => assert_eq!((denial.as_str(), enabled), ("flow-not-enabled", false)),
        }
    }
}

#[test]
fn the_day_is_the_day_in_beijing() {
    let center = "node = \"guoguan\"\n[[flow]]\nid = \"F05\"\nfrom = 2026-11-23\n";
    let book = book_of(&[include_str!("../../flows/F05.toml")], &[center]).expect("a book");
    let flow = book.flows().next().expect("F05");
    let midnight = time::macros::datetime!(2026-11-22 16:00 UTC);
    assert!(flow.is_enabled("guoguan", midnight));
    assert!(!flow.is_enabled("guoguan", midnight - Duration::seconds(1)));
}

#[test]
fn details_are_not_asked_of_a_match_flow() {
    let book = book(&[MATCH_F05]);
    let policies = PolicySet::builtin(&STAR.catalog, &book).expect("policies");
    let ask = |mode, verdicts: &[&str]| {
        let flow = book.flows().next().expect("F05");
        let asked = question(QuestionDraft {
            mode,
            verdicts: verdicts.iter().map(|id| (*id).to_owned()).collect(),
            flow_digest: flow.digest,
            ..draft("guoguan", "F05", "02", STAR.items(&["04.grzhzt"]))
        });
        let case = STAR.verified("guoguan", &assertion(&asked));
        let caller = Caller::proven("guoguan").expect("a caller");
        policies.authorize(&caller, &case, &asked, &Suspensions::default(), NOW)
    };
    let denial = ask(Mode::Details, &[]).expect_err("denied");
    assert_eq!(denial.as_str(), "mode-mismatch");
    let permit = ask(Mode::Match, &["by-status"]).expect("a permit");
    assert_eq!(permit.verdicts().len(), 1);
    let denial = ask(Mode::Match, &["by-status", "rich"]).expect_err("denied");
    let verdicts = ["rich".parse().expect("an id")].into();
    assert_eq!(denial, Denial::VerdictOutsideFlow { verdicts });
}

#[test]
fn another_version_of_the_flow_is_refused() {
    let asked = question(QuestionDraft {
        flow_digest: [1; 32],
        ..draft("guoguan", "F05", "02", STAR.items(&["04.grzhzt"]))
    });
    let denial = decide(&asked, &Suspensions::default()).expect_err("denied");
    assert_eq!(denial, Denial::FlowVersion);
}

#[test]
fn a_flow_is_used_in_its_hours() {
    let book = book(&[LEGAL_F27]);
    let policies = PolicySet::builtin(&STAR.catalog, &book).expect("policies");
    let (asked, first, second) = f27_of(&book);
    let caller = Caller::proven("guoguan").expect("a caller");
    let decide = |now: time::OffsetDateTime| {
        let at = |case: &policies::CaseAssertion| policies::CaseAssertion {
            issued_at: now,
            expires_at: now + Duration::minutes(5),
            opened_on: time::macros::date!(2026 - 11 - 01),
            ..case.clone()
        };
        let case = STAR.verified("guoguan", &at(&first));
        let case = STAR.approved(case, &at(&second), &asked).expect("approved");
        let none = Suspensions::default();
        policies.authorize(&caller, &case, &asked, &none, now)
    };
    assert!(decide(NOW).is_ok());
    let sunday = time::macros::datetime!(2026-11-22 10:00 +8);
    let denial = decide(sunday).expect_err("denied");
    assert_eq!(denial, Denial::OutsideHours(policies::Hours::Workday));
    assert_eq!(denial.reason(), "outside-hours");
}

#[test]
fn a_permit_says_what_is_masked_and_passed_on() {
    let book = book(&[LEGAL_F27]);
    let policies = PolicySet::builtin(&STAR.catalog, &book).expect("policies");
    let (asked, first, second) = f27_of(&book);
    let case = STAR.verified("guoguan", &first);
    let case = STAR.approved(case, &second, &asked).expect("approved");
    let caller = Caller::proven("guoguan").expect("a caller");
    let none = Suspensions::default();
    let permit = policies
        .authorize(&caller, &case, &asked, &none, NOW)
        .expect("a permit");
    assert_eq!(
        permit.display(),
        &STAR.items(&["03.xingming"]).into_iter().collect()
    );
    assert_eq!(
        permit.gives(),
        &STAR.items(&["12.wqhth"]).into_iter().collect()
    );
}

#[test]
fn own_and_listed_targets_are_kept() {
    let rows = [
        ("targets = \"own\"", vec!["guoguan"]),
        ("targets = [\"city\", \"tielu\"]", vec!["city", "tielu"]),
    ];
    for (line, admitted) in rows {
        let book = book(&[&f05_with(&[("targets = \"all\"", line)])]);
        let policies = PolicySet::builtin(&STAR.catalog, &book).expect("policies");
        let asked = f05_of(&book);
        let case = STAR.verified("guoguan", &assertion(&asked));
        let caller = Caller::proven("guoguan").expect("a caller");
        let permit = policies.authorize(&caller, &case, &asked, &Suspensions::default(), NOW);
        let permit = permit.expect("a permit");
        let found: BTreeSet<_> = super::star::NODES
            .into_iter()
            .filter(|node| !permit.classes_of(node).is_empty())
            .collect();
        assert_eq!(found, admitted.into_iter().collect(), "{line}");
    }
}
