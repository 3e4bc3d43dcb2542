//! Which rule refused reaches whoever asked and the log, whether it is a policy of the star or a
//! rule of a center, whose words the center has announced beforehand.

use std::sync::{Arc, OnceLock};

use catalog::RuleWord;
use wire::{RefusalCode, RuleWords, v1};

use super::fixture::{self, Ask, Setup, Star};
use crate::ledger::entry::Entry;
use crate::nodes::link::Link;

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

/// What a node says of its rule, with which code, what of it goes on, and whether it is a lie.
#[tokio::test]
async fn a_centers_own_rule_goes_on_in_the_words_announced_for_it() {
    let word = (
        "no-balance",
        "余额须当面核实",
        "balances are told in person",
    );
    let fit = || rule(word.0, word.1, word.2);
    let named = |id: &str| Some(rule(id, "", ""));
    let veto = RefusalCode::GuardVeto;
    let rows = [
        (veto, named("no-balance"), Some(fit()), false),
        (veto, None, None, false),
        // Its own words, even the announced ones, are no part of a reply.
        (veto, Some(fit()), None, true),
        (veto, Some(rule("no-balance", "余额五万", "")), None, true),
        (veto, named("zhangsan-50000"), None, true),
        (veto, named(fixture::ID_NUMBER), None, true),
        (veto, named(""), None, true),
        // A code that tells the reason by itself takes no rule along.
        (RefusalCode::GuardHours, named("no-balance"), None, false),
        (RefusalCode::NodeBusy, Some(fit()), None, false),
    ];
    for (code, said, told, lied) in rows {
        let star = Star::new(Setup::default());
        let sent = said.clone();
        let tielu = star.attach("tielu", move |ask| {
            let refusal = v1::Refusal {
                rule: sent.clone(),
                ..code.to_wire(&ask.query_id)
            };
            Some(v1::NodeReply {
                query_id: ask.query_id.clone(),
                outcome: Some(v1::node_reply::Outcome::Refusal(refusal)),
            })
        });
        let words = RuleWord::new(word.0, word.1, word.2).expect("is fit");
        tielu.link.announce(RuleWords::of([&words]));
        let answer = star.ask(&Ask::honest(&star)).await.expect("is an answer");
        check_told(&star, &answer, code, told.as_ref());
        let metrics = star
            .broker
            .metrics
            .scrape(0, (0, true), &[])
            .expect("are rendered");
        let counted = metrics.contains("hub_replies_broken_total{node=\"tielu\"} 1");
        assert_eq!(counted, lied, "{code} {said:?}");
    }
}

/// Every class of 铁路 has this code and rule, in the answer and, by name, on record.
fn check_told(star: &Star, answer: &v1::Answer, code: RefusalCode, told: Option<&v1::Rule>) {
    let tielu = answer.nodes.iter().find(|node| node.node == "tielu");
    for class in &tielu.expect("is told of").classes {
        assert_eq!(class.code, code.as_str());
        assert_eq!(class.rule.as_ref(), told, "{code}");
    }
    let id = told.map_or("", |rule| &rule.id);
    let on_record = star.entries(0).into_iter().find_map(|entry| match entry {
        Entry::Outcome(outcome) => Some(outcome.nodes),
        _ => None,
    });
    let nodes = on_record.expect("is on record");
    let tielu = nodes.iter().find(|node| node.node == "tielu");
    for class in &tielu.expect("is on record").classes {
        assert_eq!(class.rule, id, "{code}");
    }
}

/// A node that has seen the question has no rule to put what it knows into.
#[tokio::test]
async fn a_rule_that_is_announced_after_the_question_came_is_not_told() {
    let star = Star::new(Setup::default());
    let link: Arc<OnceLock<Arc<Link>>> = Arc::default();
    let known = Arc::clone(&link);
    let tielu = star.attach("tielu", move |ask| {
        let late = RuleWord::new("late", "张三余额五万", "").expect("is fit");
        let link = known.get().expect("is attached");
        link.announce(RuleWords::of([&late]));
        let refusal = v1::Refusal {
            rule: Some(rule("late", "", "")),
            ..RefusalCode::GuardVeto.to_wire(&ask.query_id)
        };
        Some(v1::NodeReply {
            query_id: ask.query_id.clone(),
            outcome: Some(v1::node_reply::Outcome::Refusal(refusal)),
        })
    });
    link.set(Arc::clone(&tielu.link)).expect("is the first");
    let ask = Ask::honest(&star);
    let answer = star.ask(&ask).await.expect("is an answer");
    check_told(&star, &answer, RefusalCode::GuardVeto, None);
    // It stood when the next question went down.
    let answer = star.ask(&ask.again(2)).await.expect("is an answer");
    let tielu = answer.nodes.iter().find(|node| node.node == "tielu");
    let class = &tielu.expect("is told of").classes[0];
    assert_eq!(class.rule, Some(rule("late", "张三余额五万", "")));
}
