//! Which rule refused reaches whoever asked and the log, whether it is a policy of the star or a
//! rule of a center; what a center says of its rule is bounded here.

use wire::{RefusalCode, v1};

use super::fixture::{self, Ask, Setup, Star};
use crate::ledger::entry::Entry;

const MONTH_END: &str = "@id(\"use-flow\") permit (principal, action, resource);\n\
    @id(\"month-end\") @reason_zh(\"月末结账期间不办理\")\n\
    @reason_en(\"not while the month is closed\")\n\
    forbid (principal, action, resource);";

fn rule(id: &str, zh: &str, en: &str) -> v1::Rule {
    v1::Rule {
        id: id.to_owned(),
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

#[tokio::test]
async fn a_policy_that_forbids_is_named_to_the_caller_and_on_record() {
    let star = Star::new(Setup {
        policies: Some(MONTH_END),
        ..Setup::default()
    });
    let _nodes = star.attach_all(fixture::one_account);
    let refusal = star.ask(&Ask::honest(&star)).await.expect_err("is denied");
    assert_eq!(refusal.code, RefusalCode::PolicyDenied.as_str());
    let told = rule(
        "month-end",
        "月末结账期间不办理",
        "not while the month is closed",
    );
    assert_eq!(refusal.rule, Some(told));
    assert_eq!(star.frames(), 0, "a node was asked");
    let on_record = star.entries(0).into_iter().find_map(|entry| match entry {
        Entry::Refusal(refused) => Some(refused.rule),
        _ => None,
    });
    assert_eq!(on_record.as_deref(), Some("month-end"));
}

/// What a node says of its rule, with which code, and what of it goes on.
#[tokio::test]
async fn a_centers_own_rule_goes_on_as_far_as_it_may() {
    let fit = || {
        rule(
            "no-balance",
            "余额须当面核实",
            "balances are told in person",
        )
    };
    let number = format!("of {}", fixture::ID_NUMBER);
    let veto = RefusalCode::GuardVeto;
    let rows = [
        (veto, Some(fit()), Some(fit())),
        (veto, None, None),
        (
            veto,
            Some(rule("a", &number, "x")),
            Some(rule("a", "", "x")),
        ),
        (
            veto,
            Some(rule("a", &"长".repeat(201), "x")),
            Some(rule("a", "", "x")),
        ),
        (veto, Some(rule(fixture::ID_NUMBER, "", "")), None),
        (veto, Some(rule("", "x", "x")), None),
        // A code that tells the reason by itself takes no rule along.
        (RefusalCode::GuardHours, Some(fit()), None),
        (RefusalCode::NodeBusy, Some(fit()), None),
    ];
    for (code, said, told) in rows {
        let star = Star::new(Setup::default());
        let sent = said.clone();
        let _tielu = star.attach("tielu", move |ask| {
            let refusal = v1::Refusal {
                rule: sent.clone(),
                ..code.to_wire(&ask.query_id)
            };
            Some(v1::NodeReply {
                query_id: ask.query_id.clone(),
                outcome: Some(v1::node_reply::Outcome::Refusal(refusal)),
            })
        });
        let answer = star.ask(&Ask::honest(&star)).await.expect("is an answer");
        let tielu = answer.nodes.iter().find(|node| node.node == "tielu");
        for class in &tielu.expect("is told of").classes {
            assert_eq!(class.code, code.as_str());
            assert_eq!(class.rule, told, "{code} {said:?}");
        }
        let id = told.map_or_else(String::new, |rule| rule.id);
        let on_record = star.entries(0).into_iter().find_map(|entry| match entry {
            Entry::Outcome(outcome) => Some(outcome.nodes),
            _ => None,
        });
        let nodes = on_record.expect("is on record");
        let tielu = nodes.iter().find(|node| node.node == "tielu");
        for class in &tielu.expect("is on record").classes {
            assert_eq!(class.rule, id, "{code} {said:?}");
        }
    }
}
