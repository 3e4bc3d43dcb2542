//! The guard says why in a code of its own for each kind of reason, and which of this center's
//! rules it was.

use policies::guard::GuardDenial;
use policies::{CaseFault, Hours};
use time::Duration;
use wire::{RefusalCode as R, v1};

use super::good;
use crate::answer::admission::guard_code;
use crate::tests::center::{Center, Options};

const VETO: &str = "[[deny]]\nid = \"no-former-numbers\"\nclass = \"03\"\n\
                    reason = \"曾用证件号码须当面核对\"\nreason_en = \"ask in person\"\n";

fn refusal(reply: v1::NodeReply) -> v1::Refusal {
    match reply.outcome {
        Some(v1::node_reply::Outcome::Refusal(refusal)) => refusal,
        other => panic!("is not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_veto_is_told_by_name_and_is_on_record_by_name() {
    let options = Options {
        vetoes: VETO,
        ..Options::default()
    };
    let center = Center::with("city", options).await;
    let ask = good().signed(&center);
    let refused = refusal(center.answerer().answer(ask).await);
    assert_eq!(refused.code, R::GuardVeto.as_str());
    let told = v1::Rule {
        id: "no-former-numbers".into(),
        ..v1::Rule::default()
    };
    assert_eq!(refused.rule, Some(told), "its words are announced");
    let words = center.rules.current().words();
    let word = words.get("no-former-numbers").expect("is announced");
    assert_eq!(
        (word.zh(), word.en()),
        ("曾用证件号码须当面核对", "ask in person")
    );
    let entry = center.entries().pop().unwrap();
    assert_eq!(entry["rule"], "no-former-numbers");
    assert!(!entry.to_string().contains("当面"), "a name is enough");
}

#[tokio::test]
async fn a_center_whose_clock_says_night_says_that_and_names_no_rule() {
    let center = Center::new("city").await;
    center.clock.advance(Duration::hours(12));
    let ask = good().signed(&center);
    let refused = refusal(center.answerer().answer(ask).await);
    assert_eq!(refused.code, R::GuardHours.as_str());
    assert_eq!(refused.rule, None);
    assert_eq!(center.entries().pop().unwrap()["rule"], "");
}

/// Reasons of the case and its approval, a kind a line: what is mended in the same way.
fn kinds_of_case() -> Vec<(R, Vec<GuardDenial>)> {
    let case = GuardDenial::Case;
    vec![
        (
            R::GuardTime,
            vec![
                case(CaseFault::Expired),
                case(CaseFault::NotYetValid),
                case(CaseFault::LifetimeTooLong),
            ],
        ),
        (
            R::GuardApprover,
            vec![
                case(CaseFault::ApproverMissing),
                case(CaseFault::BadApproval),
            ],
        ),
        (
            R::GuardApproverSignature,
            vec![case(CaseFault::ForgedApproval)],
        ),
        (R::GuardOfficer, vec![case(CaseFault::NotAnOfficer)]),
        (R::GuardSubject, vec![case(CaseFault::WrongSubject)]),
        (
            R::GuardCase,
            vec![
                case(CaseFault::BadSignature),
                case(CaseFault::ConsentMissing),
                case(CaseFault::WrongQuestion),
            ],
        ),
    ]
}

/// Reasons of flow, center and hours.
fn kinds_of_flow() -> Vec<(R, Vec<GuardDenial>)> {
    let verdicts = || GuardDenial::VerdictOutsideFlow {
        verdicts: [].into(),
    };
    let classes = || GuardDenial::ClassOutsideFlow { classes: [].into() };
    let items = || GuardDenial::ItemOutsideFlow { items: [].into() };
    vec![
        (R::GuardTarget, vec![GuardDenial::NotATarget]),
        (R::GuardNotEnabled, vec![GuardDenial::NotEnabledHere]),
        (R::GuardAskerNotEnabled, vec![GuardDenial::FlowNotEnabled]),
        (
            R::GuardHours,
            vec![
                GuardDenial::OutsideHours(Hours::Counter),
                GuardDenial::OutsideHours(Hours::Workday),
            ],
        ),
        (R::GuardVersion, vec![GuardDenial::FlowVersion]),
        (R::GuardPolicy, vec![GuardDenial::PolicyError]),
        (
            R::GuardFlow,
            vec![GuardDenial::FlowUnknown("F05".parse().unwrap())],
        ),
        (R::GuardMode, vec![GuardDenial::ModeMismatch]),
        (R::GuardCenters, vec![GuardDenial::BadCenters]),
        (R::GuardVerdict, vec![verdicts()]),
        (R::GuardItem, vec![classes(), items()]),
    ]
}

#[test]
fn each_kind_of_reason_has_its_own_code() {
    let mut codes = std::collections::BTreeSet::new();
    for (code, denials) in kinds_of_case().into_iter().chain(kinds_of_flow()) {
        assert!(codes.insert(code), "{code} stands for two kinds");
        assert!(code.is_the_guards());
        for denial in denials {
            assert_eq!(guard_code(&denial), code, "{denial}");
        }
    }
    // A veto, a hub that is distrusted, the measures used up and an employer's people are told by
    // the other tests.
    codes.extend([R::GuardVeto, R::GuardHub, R::GuardMeasures]);
    codes.extend([R::GuardSubjectMeasures, R::GuardPeople]);
    let guards = R::ALL.iter().copied().filter(|code| code.is_the_guards());
    assert_eq!(codes, guards.collect(), "a code that no reason has");
}
