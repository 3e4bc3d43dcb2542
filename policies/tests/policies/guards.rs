//! The guard against a hub that lies: it holds the hub's real certificate, but not the asking
//! node's key, and gets nothing beyond what that node signed.

use std::collections::BTreeSet;

use catalog::Source;
use policies::guard::{Guard, GuardDenial, Vetoes};
use policies::{
    CaseAssertion, CaseFault, CaseParty, FlowBook, Hours, Mode, PartyRole, QuestionDraft,
    SignedApproval, SignedCase, Span,
};
use time::macros::date;

use super::star::{
    LEGAL_F27, MATCH_F05, NOW, SPOUSE, STAR, assertion, book, book_of, center, draft, f05, f05_of,
    f05_with, f27_of, question, tag,
};

pub(crate) fn guard(vetoes: &str, flows: FlowBook) -> Guard {
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
        .check("guoguan", &case, None, &asked, NOW)
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
            draft("guoguan", "F99", "02", signed_items()),
        ),
    ];
    for (what, wanted, draft) in rows {
        let denial = plain()
            .check("guoguan", &case, None, &question(draft), NOW)
            .expect_err(what);
        assert_eq!(code(&denial), wanted, "{what}");
    }
    let denial = plain()
        .check("guoguan", &stripped, None, &asked, NOW)
        .expect_err("stripped case");
    assert_eq!(code(&denial), "missing");
    let denial = plain()
        .check("city", &case, None, &asked, NOW)
        .expect_err("another asking node");
    assert_eq!(code(&denial), "bad-signature");
    let late = NOW + time::Duration::minutes(5);
    let denial = plain()
        .check("guoguan", &case, None, &asked, late)
        .expect_err("expired");
    assert_eq!(denial, GuardDenial::Case(CaseFault::Expired));
}

#[test]
fn a_colluding_node_still_gets_no_more_than_this_center_registered() {
    let wants = STAR.items(&["04.grzhye"]);
    let asked = question(draft("guoguan", "F05", "02", wants.clone()));
    let case = STAR.sign("guoguan", &assertion(&asked));
    let denial = plain()
        .check("guoguan", &case, None, &asked, NOW)
        .expect_err("denied");
    let items: BTreeSet<_> = wants.into_iter().collect();
    assert_eq!(denial, GuardDenial::ItemOutsideFlow { items });

    let asked = question(draft("guoguan", "F05", "02", STAR.items(&["06.fse"])));
    let case = STAR.sign("guoguan", &assertion(&asked));
    let denial = plain()
        .check("guoguan", &case, None, &asked, NOW)
        .expect_err("denied");
    assert_eq!(denial.as_str(), "class-outside-flow");
}

#[test]
fn the_own_book_of_this_center_counts() {
    let rows = [
        ("targets = \"all\"", "targets = [\"city\"]", "not-a-target"),
        ("targets = \"all\"", "targets = \"own\"", "not-a-target"),
        (
            "second_approver = false",
            "second_approver = true\nofficer = true",
            "approver-missing",
        ),
        (
            "case_valid_minutes = 30",
            "case_valid_minutes = 1",
            "lifetime-too-long",
        ),
        ("asks_per_case = 20", "asks_per_case = 19", "flow-version"),
    ];
    for (from, to, wanted) in rows {
        let book = book(&[&f05_with(&[(from, to)])]);
        let asked = if wanted == "flow-version" {
            f05()
        } else {
            f05_of(&book)
        };
        let case = STAR.sign("guoguan", &assertion(&asked));
        let denial = guard("", book).check("guoguan", &case, None, &asked, NOW);
        assert_eq!(code(&denial.expect_err(to)), wanted, "{to}");
    }
    let book = book(&[MATCH_F05]);
    let flow_digest = book.flows().next().expect("F05").digest;
    let asked = question(QuestionDraft {
        flow_digest,
        ..draft("guoguan", "F05", "02", STAR.items(&["04.grzhzt"]))
    });
    let case = STAR.sign("guoguan", &assertion(&asked));
    let denial = guard("", book).check("guoguan", &case, None, &asked, NOW);
    assert_eq!(code(&denial.expect_err("details")), "mode-mismatch");
}

#[test]
fn each_center_decides_by_itself_whether_it_takes_part() {
    let asked = f05();
    let case = STAR.sign("guoguan", &assertion(&asked));
    let flow = include_str!("../../flows/F05.toml");
    let rows: [(&[&str], Option<&str>); 3] = [
        (&["guoguan", "tielu"], None),
        (&["tielu"], Some("flow-not-enabled")),
        (&["guoguan"], Some("flow-not-enabled-here")),
    ];
    for (nodes, wanted) in rows {
        let files: Vec<String> = nodes.iter().map(|node| center(node, &["F05"])).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let book = book_of(&[flow], &files).expect("a book");
        let answer = guard("", book).check("guoguan", &case, None, &asked, NOW);
        assert_eq!(answer.err().as_ref().map(code), wanted, "{nodes:?}");
    }
}

#[test]
fn a_legal_question_passes_with_its_limits_and_in_its_hours() {
    let book = book(&[LEGAL_F27]);
    let (asked, first, second) = f27_of(&book);
    let guard = guard("", book);
    let sign = |case: &CaseAssertion| STAR.sign("guoguan", case);
    let approve = |second: &CaseAssertion| STAR.approval(&first.operator, second, &asked);
    let pass = guard.check(
        "guoguan",
        &sign(&first),
        Some(&approve(&second)),
        &asked,
        NOW,
    );
    let pass = pass.expect("passed");
    let set = |names: &[&str]| STAR.items(names).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(pass.display(), &set(&["03.xingming"]));
    assert_eq!(pass.gives(), &set(&["12.wqhth"]));
    let span = (STAR.items(&["05.hbjny"])[0], Span::Basis);
    assert_eq!(pass.spans(), &[span].into_iter().collect());
    assert_eq!(
        pass.basis_period(),
        Some((date!(2025 - 01 - 01), date!(2025 - 12 - 31)))
    );
    assert!(pass.verdicts().is_empty());
    assert_eq!(pass.case().approver(), Some(second.operator.as_str()));

    let stranger = CaseAssertion {
        operator: "wang".into(),
        ..second.clone()
    };
    let denial = guard.check(
        "guoguan",
        &sign(&first),
        Some(&approve(&stranger)),
        &asked,
        NOW,
    );
    assert_eq!(
        code(&denial.expect_err("a stranger approves")),
        "not-an-officer"
    );
    let denial = guard.check("guoguan", &sign(&first), None, &asked, NOW);
    assert_eq!(code(&denial.expect_err("alone")), "approver-missing");

    let sunday = NOW - time::Duration::days(1);
    let on_sunday = |case: &CaseAssertion| CaseAssertion {
        opened_on: date!(2026 - 11 - 20),
        issued_at: sunday,
        expires_at: sunday + time::Duration::minutes(5),
        ..case.clone()
    };
    let (first, second) = (sign(&on_sunday(&first)), approve(&on_sunday(&second)));
    let denial = guard.check("guoguan", &first, Some(&second), &asked, sunday);
    assert_eq!(
        denial.err(),
        Some(GuardDenial::OutsideHours(Hours::Workday))
    );
}

#[test]
fn a_match_passes_with_the_verdicts_of_this_center_s_own_flow() {
    let book = book(&[MATCH_F05]);
    let flow = book.flows().next().expect("F05").clone();
    let asked = question(QuestionDraft {
        flow_digest: flow.digest,
        mode: Mode::Match,
        verdicts: vec!["by-status".into()],
        ..draft("guoguan", "F05", "02", STAR.items(&["04.grzhzt"]))
    });
    let case = STAR.sign("guoguan", &assertion(&asked));
    let pass = guard("", book).check("guoguan", &case, None, &asked, NOW);
    assert_eq!(pass.expect("passed").verdicts(), &flow.verdicts);
}

#[test]
fn a_second_approval_is_verified_by_the_guard_itself() {
    let flows = book(&[LEGAL_F27]);
    let (asked, first, second) = f27_of(&flows);
    let guard = guard("", flows);
    let case = STAR.sign("guoguan", &first);
    let approval = STAR.approval(&first.operator, &second, &asked);
    let check =
        |approval: &SignedApproval| guard.check("guoguan", &case, Some(approval), &asked, NOW);
    let pass = check(&approval).expect("passed");
    assert_eq!(pass.case().approval().map(|a| *a.shown()), Some([6; 32]));
    let own = CaseAssertion {
        operator: first.operator.clone(),
        ..second.clone()
    };
    let own = STAR.approval(&first.operator, &own, &asked);
    assert_eq!(
        code(&check(&own).expect_err("the same person")),
        "bad-approval"
    );
    let forged = SignedApproval {
        signature: case.signature.clone(),
        ..approval
    };
    assert_eq!(
        code(&check(&forged).expect_err("forged")),
        "forged-approval"
    );
}

#[test]
fn a_party_in_the_wrong_role_is_not_asked_about() {
    let asked = f05();
    let mut case = assertion(&asked);
    case.parties = vec![CaseParty {
        role: PartyRole::Handler,
        tag: *asked.subject_tag(),
    }];
    let denial = plain().check("guoguan", &STAR.sign("guoguan", &case), None, &asked, NOW);
    assert_eq!(code(&denial.expect_err("denied")), "role-not-admitted");
}
