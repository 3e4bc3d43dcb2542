//! The broker as a whole: everything is real but the nodes, which are closures behind a real
//! stream.

pub(crate) mod fixture;

mod abandoned;
mod approvals;
mod attacks;
mod bulkhead;
mod deadlines;
mod flooding;
mod houses;
mod journal_fails;
mod named;
mod nodes_fail;
mod refusals;
mod refusals_of_state;
mod restart;
mod retries;
mod rules_told;
mod sick_class;
mod stories;
mod throttled;
mod whatever_a_node_sends;

use fixture::{Ask, Setup, Star};
use policies::Mode;
use wire::v1;

#[tokio::test]
async fn a_good_question_is_answered_by_four_centers() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    let ask = Ask::honest(&star);
    let answer = star.ask(&ask).await.expect("is permitted");
    let centers: Vec<_> = answer.nodes.iter().map(|n| n.center.as_str()).collect();
    assert_eq!(
        centers,
        ["C11000", "C11002", "C11003", "C11001"],
        "in the order of the node ids"
    );
    for node in &answer.nodes {
        let [former, account] = node.classes.as_slice() else {
            panic!("`{}` did not answer both classes", node.node);
        };
        assert_eq!((former.class, former.outcome()), (3, v1::Outcome::NoRecord));
        assert_eq!(
            (account.class, account.outcome()),
            (4, v1::Outcome::Answered)
        );
        assert_eq!(fixture::released(account), [2, 8, 9]);
    }
    star.check_receipts(&answer);
}

/// The envelope is what was granted, the rest travels to the nodes as the asking agent signed it.
#[tokio::test]
async fn nodes_see_the_question_as_it_was_signed() {
    let star = Star::new(Setup::default());
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = std::sync::Arc::clone(&seen);
    let _nodes = star.attach("tielu", move |ask| {
        kept.lock().expect("is whole").push(ask.clone());
        fixture::one_account(ask)
    });
    let ask = Ask::honest(&star);
    let request = ask.request();
    let answer = star
        .send(&ask, request.clone())
        .await
        .expect("is permitted");
    let seen = seen.lock().expect("is whole");
    let [node_ask] = seen.as_slice() else {
        panic!("the node saw {} questions", seen.len());
    };
    assert_eq!(node_ask.query_id, answer.query_id);
    assert_eq!(node_ask.asking_node, "guoguan");
    assert_eq!(node_ask.envelope, request.envelope);
    assert_eq!(node_ask.case, request.case);
    assert_eq!(node_ask.payload, request.payload);
    assert!(
        (1..=4_850).contains(&node_ask.deadline_ms),
        "{}",
        node_ask.deadline_ms
    );
}

#[tokio::test]
async fn a_match_is_answered_without_any_record() {
    let star = Star::new(Setup::default());
    let _honest = star.attach("city", |ask| {
        fixture::reply(ask, |class| fixture::answered(class, &[]))
    });
    let _chatty = star.attach("tielu", fixture::one_account);
    let mut ask = Ask::honest(&star);
    ask.draft.mode = Mode::Match;
    let answer = star
        .ask(&ask)
        .await
        .expect("a details flow answers a match too");
    for node in answer
        .nodes
        .iter()
        .filter(|n| ["city", "tielu"].contains(&n.node.as_str()))
    {
        let account = node.classes.last().expect("two classes");
        assert_eq!(account.outcome(), v1::Outcome::Answered, "{}", node.node);
        assert!(account.payload.is_empty(), "{} shows a record", node.node);
        assert_eq!(account.record_count, 0);
    }
}

/// The log, the metrics and the answers hold no number by which anybody could be found.
#[tokio::test]
async fn no_identity_is_in_the_log() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    let ask = Ask::honest(&star);
    star.ask(&ask).await.expect("is permitted");
    star.ask(&ask).await.expect_err("is a replay");
    let tag = ask.draft.subject_tag.to_string();
    let texts = star.texts();
    assert_eq!(texts.len(), 3);
    for text in texts {
        for secret in [fixture::ID_NUMBER, &tag] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let pseudonym = star.broker.ledger.pseudonym(&ask.draft.subject_tag);
    let found = star
        .texts()
        .iter()
        .filter(|text| text.contains(&pseudonym))
        .count();
    assert_eq!(found, 2, "decision and refusal are found by the pseudonym");
}
