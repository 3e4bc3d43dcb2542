//! Every way in which a case can fail, each with its own code; and the honest one.

use std::collections::BTreeSet;

use policies::{
    BasisKind, CASE_BODY_BYTES_MAX, CLOCK_SKEW_MAX, CaseAssertion, CaseFault, CaseParty,
    CaseSigner, Mode, PARTIES_MAX, PartyRole, Question, SignedCase, SignerFault,
};
use time::Duration;

use super::star::{NOW, SPOUSE, STAR, assertion, book, draft, f05, f05_with, question, tag};

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
fn a_second_approver_is_needed_and_must_be_another_person() {
    let book = book(&[&f05_with(&[(
        "second_approver = false",
        "second_approver = true",
    )])]);
    let flow = book.flows().next().expect("one flow");
    let asked = f05();
    let case = STAR.verified("guoguan", &assertion(&asked));
    assert_eq!(
        case.check(flow, &asked, NOW),
        Err(CaseFault::ApproverMissing)
    );

    let approval = |operator: &str, nonce, spoil: fn(&mut CaseAssertion)| {
        let mut second = assertion(&asked);
        second.operator = operator.to_owned();
        second.nonce = [nonce; 16];
        spoil(&mut second);
        case.clone().approved_by(&STAR.verified("guoguan", &second))
    };
    let approved = approval("wang", 2, |_| {}).expect("approved");
    assert_eq!(approved.check(flow, &asked, NOW), Ok(()));
    assert_eq!(approved.approver(), Some("wang"));
    let refused: [(&str, u8, SpoilCase); 4] = [
        ("li", 2, |_| {}),
        ("wang", 1, |_| {}),
        ("wang", 2, |second| second.case_no = "another".into()),
        ("wang", 2, |second| second.query_digest = [0; 32]),
    ];
    for (operator, nonce, spoil) in refused {
        assert_eq!(
            approval(operator, nonce, spoil),
            Err(CaseFault::BadApproval),
            "{operator}"
        );
    }
    let old = approval("wang", 2, |second| {
        second.issued_at = NOW - Duration::minutes(26)
    });
    let old = old.expect("approved").check(flow, &asked, NOW);
    assert_eq!(
        old,
        Err(CaseFault::LifetimeTooLong),
        "each signature has its own life"
    );
    let short = approval("wang", 2, |second| {
        second.expires_at = NOW + Duration::seconds(1)
    });
    let late = NOW + Duration::seconds(1);
    assert_eq!(
        short.expect("approved").check(flow, &asked, late),
        Err(CaseFault::Expired)
    );
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

fn honest() -> serde_json::Value {
    serde_json::to_value(assertion(&f05())).expect("json")
}

/// An honest body with one field replaced or added.
fn spoilt(key: &str, value: serde_json::Value) -> Vec<u8> {
    let mut body = honest();
    body[key] = value;
    serde_json::to_vec(&body).expect("json")
}

fn malformed() -> Vec<Vec<u8>> {
    let honest = honest();
    let long = serde_json::Value::from("x".repeat(65));
    let party = honest["parties"][0].clone();
    vec![
        b"{}".to_vec(),
        b"[1]".to_vec(),
        b"\xff\xfe".to_vec(),
        spoilt("surprise", 1.into()),
        spoilt("flow", "F5".into()),
        spoilt("flow", "F00".into()),
        spoilt("matter", "53".into()),
        spoilt("nonce", "00".into()),
        spoilt("nonce", "ZZ".into()),
        spoilt("query_digest", "A".repeat(64).into()),
        spoilt("parties", Vec::<String>::new().into()),
        spoilt("parties", vec![party; PARTIES_MAX + 1].into()),
        spoilt("case_no", "".into()),
        spoilt("case_no", long.clone()),
        spoilt("operator", "li\nroot".into()),
        spoilt("counter", long),
        spoilt("node", "City".into()),
        spoilt("use_no", 0.into()),
        spoilt("use_no", (-1).into()),
        spoilt("opened_on", "2026-02-30".into()),
        spoilt("expires_at", honest["issued_at"].clone()),
    ]
}

#[test]
fn a_signed_body_that_is_no_assertion_is_malformed() {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    let random = ring::rand::SystemRandom::new();
    let pkcs8 = CaseSigner::generate_pkcs8(&random).expect("a key");
    let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).expect("the key");
    let key = data_encoding::HEXLOWER.encode(pair.public_key().as_ref());
    let city = STAR.trust.node("city").expect("city").case_key;
    let text = STAR
        .trust_text
        .replace(&data_encoding::HEXLOWER.encode(&city), &key);
    let trust = policies::TrustList::parse(&catalog::Source {
        name: "t",
        text: &text,
    });
    let trust = trust.expect("a list");
    for body in malformed() {
        let signature = pair.sign(&[b"tianshu/case/v1\0", body.as_slice()].concat());
        let case = SignedCase {
            signature: signature.as_ref().to_vec(),
            body,
        };
        let shown = String::from_utf8_lossy(&case.body).into_owned();
        assert_eq!(
            trust.verify("city", &case),
            Err(CaseFault::Malformed),
            "{shown}"
        );
    }
    // The same key and domain do carry an honest assertion, so each row failed for itself.
    let body = spoilt("node", "city".into());
    let signature = pair.sign(&[b"tianshu/case/v1\0", body.as_slice()].concat());
    assert!(
        trust
            .verify(
                "city",
                &SignedCase {
                    signature: signature.as_ref().to_vec(),
                    body
                }
            )
            .is_ok()
    );
}

#[test]
fn a_number_of_a_person_in_any_text_of_a_case_is_refused() {
    let random = ring::rand::SystemRandom::new();
    let key = CaseSigner::generate_pkcs8(&random).expect("a key");
    let signer = CaseSigner::from_pkcs8(&key).expect("the key");
    let places: [fn(&mut CaseAssertion) -> &mut String; 5] = [
        |case| &mut case.operator,
        |case| &mut case.counter,
        |case| &mut case.system,
        |case| &mut case.case_no,
        |case| &mut case.basis.number,
    ];
    for place in places {
        for number in [
            "110101190001010014",
            "no 110101000101001",
            "１１０１０１１９０００１０１００１４",
        ] {
            let mut case = assertion(&f05());
            *place(&mut case) = number.to_owned();
            assert_eq!(
                signer.sign(&case).err(),
                Some(CaseFault::PersonalData),
                "{number}"
            );
        }
    }
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
        CaseFault::BadApproval,
    ];
    let tested: BTreeSet<_> = SPOILT.iter().map(|row| row.1).chain(elsewhere).collect();
    assert_eq!(tested, CaseFault::ALL.iter().copied().collect());
    let codes: BTreeSet<_> = CaseFault::ALL.iter().map(|fault| fault.as_str()).collect();
    assert_eq!(codes.len(), CaseFault::ALL.len());
}

#[test]
fn a_signer_refuses_a_foreign_key_and_prints_none() {
    assert_eq!(
        CaseSigner::from_pkcs8(b"no key").err(),
        Some(SignerFault::BadKey)
    );
    let random = ring::rand::SystemRandom::new();
    let key = CaseSigner::generate_pkcs8(&random).expect("a key");
    let signer = CaseSigner::from_pkcs8(&key).expect("the key");
    assert_eq!(format!("{signer:?}"), "CaseSigner(redacted)");
    let mut endless = assertion(&f05());
    endless.operator = "x".repeat(65);
    assert_eq!(signer.sign(&endless).err(), Some(CaseFault::Malformed));
    let mut named = assertion(&f05());
    named.operator = "张三".to_owned();
    assert_eq!(signer.sign(&named).err(), Some(CaseFault::Malformed));
    let shown = format!("{:?}", assertion(&f05()));
    assert!(
        !shown.contains("GG2026") && !shown.contains("A-1"),
        "{shown}"
    );
}
