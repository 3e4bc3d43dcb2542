//! Every way in which a case can fail, each with its own code; and the honest one.

use std::collections::BTreeSet;

use policies::{
    Basis, BasisKind, BasisPart, CASE_BODY_BYTES_MAX, CLOCK_SKEW_MAX, CaseAssertion, CaseFault,
    CaseParty, Mode, PartyRole, Question, SignedCase,
};
use time::Duration;

use super::star::{
    LEGAL_F27, NOW, OFFICERS, SPOUSE, STAR, assertion, book, draft, f05, f27_of, question, tag,
};

type SpoilCase = fn(&mut CaseAssertion);
type Spoil = fn(&mut CaseAssertion, &mut Question);

fn redraft(question: &Question) -> policies::QuestionDraft {
    let wants = question.wants().values().flatten().copied().collect();
    draft(question.asking_node(), "F05", "02", wants)
}

/// One table for all that `check` finds; each row spoils one thing of an honest ask.
const SPOILT: &[(&str, CaseFault, Spoil)] = &[
    ("asked by another node", CaseFault::WrongNode, |_, asked| {
        *asked = question(policies::QuestionDraft {
            asking_node: "city".into(),
            ..redraft(asked)
        });
    }),
    ("expired", CaseFault::Expired, |case, _| {
        case.issued_at = NOW - Duration::minutes(5);
        case.expires_at = NOW;
    }),
    ("signed too far ahead", CaseFault::NotYetValid, |case, _| {
        case.issued_at = NOW + CLOCK_SKEW_MAX + Duration::milliseconds(1);
    }),
    ("opened tomorrow", CaseFault::NotYetValid, |case, _| {
        case.opened_on = case.opened_on.next_day().expect("a day");
    }),
    (
        "a document of tomorrow",
        CaseFault::NotYetValid,
        |case, _| {
            case.basis.issued_on = case.opened_on.next_day();
        },
    ),
    (
        "lives a second too long",
        CaseFault::LifetimeTooLong,
        |case, _| {
            case.expires_at = NOW + Duration::minutes(30) + Duration::seconds(1);
        },
    ),
    ("another flow", CaseFault::WrongFlow, |case, _| {
        case.flow = "F14".parse().expect("a flow")
    }),
    ("another matter", CaseFault::WrongMatter, |case, _| {
        case.matter = "03".parse().expect("one")
    }),
    (
        "a matter outside the flow",
        CaseFault::MatterOutsideFlow,
        |case, asked| {
            case.matter = "03".parse().expect("a matter");
            *asked = question(policies::QuestionDraft {
                matter: "03".into(),
                ..redraft(asked)
            });
        },
    ),
    ("another basis", CaseFault::WrongBasis, |case, _| {
        case.basis.kind = BasisKind::B
    }),
    ("no number", CaseFault::BasisMissing, |case, _| {
        case.basis.number = "  ".into()
    }),
    ("no consent", CaseFault::ConsentMissing, |case, _| {
        case.basis.consent = false
    }),
    (
        "somebody else's case",
        CaseFault::WrongSubject,
        |case, _| {
            case.parties = vec![CaseParty {
                role: PartyRole::Applicant,
                tag: tag(SPOUSE),
            }];
        },
    ),
    (
        "a role the flow does not ask about",
        CaseFault::RoleNotAdmitted,
        |case, _| {
            case.parties[0].role = PartyRole::Spouse;
        },
    ),
    ("one use too many", CaseFault::OverUsed, |case, _| {
        case.use_no = 21
    }),
    ("widened items", CaseFault::WrongQuestion, |_, asked| {
        let mut wider = redraft(asked);
        wider.wants.extend(STAR.items(&["04.fcrq"]));
        *asked = question(wider);
    }),
    ("another payload", CaseFault::WrongQuestion, |_, asked| {
        *asked = question(policies::QuestionDraft {
            payload_digest: [6; 32],
            ..redraft(asked)
        });
    }),
    ("another mode", CaseFault::WrongQuestion, |_, asked| {
        *asked = question(policies::QuestionDraft {
            mode: Mode::Match,
            ..redraft(asked)
        });
    }),
    (
        "a swapped subject who is a party too",
        CaseFault::WrongQuestion,
        |case, asked| {
            case.parties.push(CaseParty {
                role: PartyRole::Applicant,
                tag: tag(SPOUSE),
            });
            *asked = question(policies::QuestionDraft {
                subject_tag: tag(SPOUSE),
                ..redraft(asked)
            });
        },
    ),
];

#[test]
fn each_spoilt_case_is_refused_for_its_own_reason() {
    let flow = STAR
        .flows
        .flow(&"F05".parse().expect("a flow"))
        .expect("F05");
    for (what, fault, spoil) in SPOILT {
        let mut asked = f05();
        let mut case = assertion(&asked);
        spoil(&mut case, &mut asked);
        let verified = STAR.verified("guoguan", &case);
        assert_eq!(verified.check(flow, &asked, NOW), Err(*fault), "{what}");
    }
}

#[test]
fn an_honest_case_passes_up_to_its_last_moment() {
    let flow = STAR
        .flows
        .flow(&"F05".parse().expect("a flow"))
        .expect("F05");
    let asked = f05();
    let mut case = assertion(&asked);
    case.issued_at = NOW + CLOCK_SKEW_MAX;
    case.expires_at = case.issued_at + Duration::minutes(30);
    case.use_no = 20;
    let verified = STAR.verified("guoguan", &case);
    assert_eq!(verified.check(flow, &asked, NOW), Ok(()));
    let last = case.expires_at - Duration::nanoseconds(1);
    assert_eq!(verified.check(flow, &asked, last), Ok(()));
}

#[test]
fn a_legal_case_carries_its_document_and_is_signed_by_two_officers() {
    let book = book(&[LEGAL_F27]);
    let flow = book.flows().next().expect("one flow");
    let (asked, first, second) = f27_of(&book);
    let check = |spoil: SpoilCase, spoil_second: SpoilCase| {
        let (mut first, mut second) = (first.clone(), second.clone());
        spoil(&mut first);
        spoil_second(&mut second);
        second.basis = first.basis.clone();
        let case = STAR.approved(STAR.verified("guoguan", &first), &second, &asked)?;
        case.check(flow, &asked, NOW)
    };
    let none: SpoilCase = |_| {};
    assert_eq!(check(none, none), Ok(()));
    let missing = Err(CaseFault::BasisMissing);
    let incomplete: [SpoilCase; 7] = [
        |case| case.basis.number = String::new(),
        |case| case.basis.issuer = None,
        |case| case.basis.issued_on = None,
        |case| case.basis.from = None,
        |case| case.basis.until = None,
        |case| case.basis.officers.truncate(1),
        |case| case.basis.officers = vec!["B-1".into(), "b-1".into()],
    ];
    for (row, spoil) in incomplete.into_iter().enumerate() {
        assert_eq!(check(spoil, none), missing, "row {row}");
    }
    let stranger: SpoilCase = |case| case.operator = "wang".into();
    assert_eq!(check(stranger, none), Err(CaseFault::NotAnOfficer));
    assert_eq!(check(none, stranger), Err(CaseFault::NotAnOfficer));
    let same: SpoilCase = |case| case.operator = OFFICERS[0].to_owned();
    assert_eq!(check(none, same), Err(CaseFault::BadApproval));
    let alone = STAR.verified("guoguan", &first).check(flow, &asked, NOW);
    assert_eq!(alone, Err(CaseFault::ApproverMissing));
    let long: SpoilCase = |case| case.issued_at = NOW - Duration::minutes(26);
    let too_long = Err(CaseFault::LifetimeTooLong);
    assert_eq!(
        check(none, long),
        too_long,
        "each signature has its own life"
    );
    let ended: SpoilCase = |case| {
        case.issued_at = NOW - Duration::minutes(5);
        case.expires_at = NOW;
    };
    assert_eq!(check(none, ended), Err(CaseFault::Expired));
}

#[test]
fn a_basis_carries_what_it_states() {
    let plain = Basis::plain(BasisKind::D, "T-1".into(), false);
    assert_eq!(plain.carried(), [BasisPart::Number].into());
    let (_, first, _) = f27_of(&book(&[LEGAL_F27]));
    let task = Basis {
        consent: true,
        approver: Some("chief-1".into()),
        scope: Some("2026-Q4".into()),
        ..first.basis
    };
    let all: BTreeSet<_> = BasisPart::ALL.iter().copied().collect();
    assert_eq!(task.carried(), all);
    assert!(!format!("{task:?}").contains("B-1001"), "{task:?}");
}

#[test]
fn verification_refuses_what_the_node_did_not_sign() {
    let honest = STAR.sign("guoguan", &assertion(&f05()));
    let with = |body: &[u8], signature: &[u8]| SignedCase {
        body: body.to_vec(),
        signature: signature.to_vec(),
    };
    let mut forged = honest.body.clone();
    forged[20] ^= 1;
    let foreign = STAR.sign("city", &assertion(&f05()));
    let rows = [
        ("no case", CaseFault::Missing, "guoguan", with(&[], &[])),
        (
            "no signature",
            CaseFault::BadSignature,
            "guoguan",
            with(&honest.body, &[]),
        ),
        (
            "forged",
            CaseFault::BadSignature,
            "guoguan",
            with(&forged, &honest.signature),
        ),
        (
            "cut",
            CaseFault::BadSignature,
            "guoguan",
            with(&honest.body[1..], &honest.signature),
        ),
        (
            "another's key",
            CaseFault::BadSignature,
            "city",
            honest.clone(),
        ),
        ("for another node", CaseFault::WrongNode, "city", foreign),
        (
            "unknown node",
            CaseFault::UnknownNode,
            "mallory",
            honest.clone(),
        ),
        (
            "too large",
            CaseFault::TooLarge,
            "guoguan",
            with(&vec![b' '; CASE_BODY_BYTES_MAX + 1], &honest.signature),
        ),
    ];
    for (what, fault, caller, case) in rows {
        assert_eq!(STAR.trust.verify(caller, &case), Err(fault), "{what}");
    }
    assert!(STAR.trust.verify("guoguan", &honest).is_ok());
}

#[test]
fn every_fault_has_a_row_and_a_code_of_its_own() {
    let elsewhere = [
        CaseFault::Missing,
        CaseFault::Malformed,
        CaseFault::PersonalData,
        CaseFault::TooLarge,
        CaseFault::UnknownNode,
        CaseFault::BadSignature,
        CaseFault::ApproverMissing,
        CaseFault::NotAnOfficer,
        CaseFault::BadApproval,
        // In `approvals.rs`.
        CaseFault::ForgedApproval,
    ];
    let tested: BTreeSet<_> = SPOILT.iter().map(|row| row.1).chain(elsewhere).collect();
    assert_eq!(tested, CaseFault::ALL.iter().copied().collect());
    let codes: BTreeSet<_> = CaseFault::ALL.iter().map(|fault| fault.as_str()).collect();
    assert_eq!(codes.len(), CaseFault::ALL.len());
}
