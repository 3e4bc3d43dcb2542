//! The guard against a hub that lies: it holds the hub's real certificate, but not the asking
//! node's key, and gets nothing beyond what that node signed.

use std::collections::BTreeSet;

use catalog::Source;
use policies::guard::{Guard, GuardDenial, Vetoes};
use policies::{CaseFault, CaseParty, FlowBook, PartyRole, QuestionDraft, SignedCase};

use super::star::{NOW, SPOUSE, STAR, assertion, book, draft, f05, f05_with, question, tag};

fn guard(vetoes: &str, flows: FlowBook) -> Guard {
    let vetoes = Vetoes::parse(
        &Source {
            name: "vetoes.toml",
            text: vetoes,
        },
        &STAR.catalog,
    );
    Guard::new(
        "tielu".to_owned(),
        flows,
        STAR.trust.clone(),
        vetoes.expect("vetoes"),
    )
}

fn plain() -> Guard {
    guard("", STAR.flows.clone())
}

fn code(denial: &GuardDenial) -> &'static str {
    match denial {
        GuardDenial::Case(fault) => fault.as_str(),
        other => other.as_str(),
    }
}

#[test]
fn an_honest_question_passes_as_it_was_signed() {
    let asked = f05();
    let case = STAR.sign("guoguan", &assertion(&asked));
    let pass = plain()
        .check("guoguan", &case, &asked, NOW)
        .expect("passed");
    assert_eq!(pass.items(), asked.wants());
    assert_eq!(pass.mode(), asked.mode());
    assert_eq!(pass.flow(), asked.flow());
    assert_eq!(pass.case().assertion().operator, "li");
}

#[test]
fn a_lying_hub_gets_nothing() {
    let asked = f05();
    let case = STAR.sign("guoguan", &assertion(&asked));
    let stripped = SignedCase {
        body: Vec::new(),
        signature: Vec::new(),
    };
    let all = |names: &[&str]| draft("guoguan", "F05", "02", STAR.items(names));
    let signed_items = || STAR.items(&["04.grzhzt", "04.ywzl", "03.yzjhm"]);
    let subject = QuestionDraft {
        subject_tag: tag(SPOUSE),
        ..draft("guoguan", "F05", "02", signed_items())
    };
    let rows = [
        (
            "outside the flow",
            "wrong-question",
            all(&["04.grzhzt", "04.grzhye"]),
        ),
        (
            "widened",
            "wrong-question",
            all(&["04.grzhzt", "04.ywzl", "03.yzjhm", "04.fcrq"]),
        ),
        (
            "narrowed is another question too",
            "wrong-question",
            all(&["04.grzhzt"]),
        ),
        ("swapped subject", "wrong-subject", subject),
        (
            "another flow",
            "wrong-flow",
            draft("guoguan", "F19", "28", signed_items()),
        ),
        (
            "unregistered",
            "flow-unknown",
            draft("guoguan", "F30", "02", signed_items()),
        ),
    ];
    for (what, wanted, draft) in rows {
        let denial = plain()
            .check("guoguan", &case, &question(draft), NOW)
            .expect_err(what);
        assert_eq!(code(&denial), wanted, "{what}");
    }
    let denial = plain()
        .check("guoguan", &stripped, &asked, NOW)
        .expect_err("stripped case");
    assert_eq!(code(&denial), "missing");
    let denial = plain()
        .check("city", &case, &asked, NOW)
        .expect_err("another asking node");
    assert_eq!(code(&denial), "bad-signature");
    let late = NOW + time::Duration::minutes(5);
    let denial = plain()
        .check("guoguan", &case, &asked, late)
        .expect_err("expired");
    assert_eq!(denial, GuardDenial::Case(CaseFault::Expired));
}

#[test]
fn a_colluding_node_still_gets_no_more_than_this_center_registered() {
    let wants = STAR.items(&["04.grzhye"]);
    let asked = question(draft("guoguan", "F05", "02", wants.clone()));
    let case = STAR.sign("guoguan", &assertion(&asked));
    let denial = plain()
        .check("guoguan", &case, &asked, NOW)
        .expect_err("denied");
    let items: BTreeSet<_> = wants.into_iter().collect();
    assert_eq!(denial, GuardDenial::ItemOutsideFlow { items });

    let asked = question(draft("guoguan", "F05", "02", STAR.items(&["06.fse"])));
    let case = STAR.sign("guoguan", &assertion(&asked));
    let denial = plain()
        .check("guoguan", &case, &asked, NOW)
        .expect_err("denied");
    assert_eq!(denial.as_str(), "class-outside-flow");
}

#[test]
fn the_own_book_of_this_center_counts() {
    let asked = f05();
    let case = STAR.sign("guoguan", &assertion(&asked));
    let rows = [
        ("targets = \"all\"", "targets = [\"city\"]", "not-a-target"),
        ("targets = \"all\"", "targets = \"own\"", "not-a-target"),
        ("mode = \"details\"", "mode = \"match\"", "mode-mismatch"),
        (
            "node = \"guoguan\"",
            "node = \"elsewhere\"",
            "flow-not-enabled",
        ),
        (
            "second_approver = false",
            "second_approver = true",
            "approver-missing",
        ),
    ];
    for (from, to, wanted) in rows {
        let guard = guard("", book(&[&f05_with(&[(from, to)])]));
        let denial = guard.check("guoguan", &case, &asked, NOW).expect_err(to);
        assert_eq!(code(&denial), wanted, "{to}");
    }
}

#[test]
fn a_second_approval_is_verified_by_the_guard_itself() {
    let asked = f05();
    let flows = book(&[&f05_with(&[(
        "second_approver = false",
        "second_approver = true",
    )])]);
    let guard = guard("", flows);
    let first = STAR.sign("guoguan", &assertion(&asked));
    let mut second = assertion(&asked);
    second.operator = "wang".into();
    second.nonce = [2; 16];
    let approval = STAR.sign("guoguan", &second);
    assert!(
        guard
            .check_approved("guoguan", [&first, &approval], &asked, NOW)
            .is_ok()
    );
    let denial = guard.check_approved("guoguan", [&first, &first], &asked, NOW);
    assert_eq!(code(&denial.expect_err("the same person")), "bad-approval");
    let forged = SignedCase {
        signature: first.signature.clone(),
        ..approval
    };
    let denial = guard.check_approved("guoguan", [&first, &forged], &asked, NOW);
    assert_eq!(code(&denial.expect_err("forged")), "bad-signature");
}

#[test]
fn a_veto_stands_where_all_its_conditions_hold() {
    let asked = f05();
    let case = STAR.sign("guoguan", &assertion(&asked));
    let rows = [
        ("flow = \"F05\"", true),
        ("flow = \"F14\"", false),
        ("asking_node = \"guoguan\"", true),
        ("asking_node = \"city\"", false),
        ("class = \"03\"", true),
        ("class = \"06\"", false),
        ("item = \"03.yzjhm\"", true),
        ("item = \"04-08\"", true),
        ("item = \"04.fcrq\"", false),
        ("flow = \"F05\"\nasking_node = \"city\"", false),
        (
            "flow = \"F05\"\nasking_node = \"guoguan\"\nitem = \"04.ywzl\"",
            true,
        ),
    ];
    for (conditions, denied) in rows {
        let text = format!("[[deny]]\n{conditions}\nreason = \"the board said so\"\n");
        let answer = guard(&text, STAR.flows.clone()).check("guoguan", &case, &asked, NOW);
        let vetoed = GuardDenial::Vetoed {
            reason: "the board said so".to_owned(),
        };
        assert_eq!(answer.err(), denied.then_some(vetoed), "{conditions}");
    }
}

#[test]
fn a_party_in_the_wrong_role_is_not_asked_about() {
    let asked = f05();
    let mut case = assertion(&asked);
    case.parties = vec![CaseParty {
        role: PartyRole::Handler,
        tag: *asked.subject_tag(),
    }];
    let denial = plain().check("guoguan", &STAR.sign("guoguan", &case), &asked, NOW);
    assert_eq!(code(&denial.expect_err("denied")), "role-not-admitted");
}
