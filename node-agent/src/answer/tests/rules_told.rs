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

#[test]
fn each_kind_of_reason_has_its_own_code() {
    let rows = [
        (GuardDenial::Case(CaseFault::Expired), R::GuardCase),
        (GuardDenial::Case(CaseFault::WrongSubject), R::GuardSubject),
        (GuardDenial::NotATarget, R::GuardTarget),
        (GuardDenial::NotEnabledHere, R::GuardNotEnabled),
        (GuardDenial::OutsideHours(Hours::Counter), R::GuardHours),
        (GuardDenial::FlowVersion, R::GuardVersion),
        (GuardDenial::PolicyError, R::GuardPolicy),
        (GuardDenial::FlowNotEnabled, R::GuardFlow),
        (GuardDenial::ModeMismatch, R::GuardFlow),
    ];
    for (denial, code) in rows {
        assert_eq!(guard_code(&denial), code, "{denial}");
        assert!(code.is_the_guards());
    }
}
