//! Lists over a real stream: every line a whole question, refusals that stay with their line, an
//! end that reaches the nodes, and callers who read slowly or ask for too much.

mod fixture;
mod held_back;
mod suspended;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use policies::SubjectTag;
use tokio_util::task::TaskTracker;
use tonic::Code;
use wire::RefusalCode;
use wire::identity::PeerKind;
use wire::limits::{LINES_PER_LIST_AT_ONCE, LINES_PER_LIST_MAX, LISTS_PER_NODE_MAX};
use wire::v1;

use crate::broker::tests::fixture::{self as star, Ask, NODES, Setup, Star};
use crate::ledger::entry::Entry;
use crate::nodes::breaker::State;
use fixture::{Caller, code, eventually, heard, list, lists, settled};

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_lines_are_five_hundred_questions_on_record() {
    let star = lists();
    let _nodes = star.attach_all(star::one_account);
    let mut caller = Caller::of(&star).await;
    let ask = Ask::honest(&star);
    let begun = Instant::now();
    let answers = caller.ask_all((1..=500).map(|n| list(&ask, n))).await;
    println!("500 lines in {:?}", begun.elapsed());
    let lines: BTreeSet<u32> = answers.keys().copied().collect();
    assert_eq!(lines, (1..=500).collect());
    let mut queries = BTreeSet::new();
    for (line, outcome) in &answers {
        let Some(v1::line_answer::Outcome::Answer(answer)) = outcome else {
            panic!("line {line}: {outcome:?}");
        };
        star.check_receipts(answer);
        assert_eq!(answer.nodes.len(), 4, "line {line}");
        assert!(queries.insert(answer.query_id.clone()), "line {line}");
    }
    assert_eq!(
        star.entries(0).len(),
        1_000,
        "a decision and an outcome each"
    );
    settled(&star).await;
}

/// What is wrong with one line is that line's answer, and no node hears of it.
#[tokio::test]
async fn a_refused_line_is_refused_alone() {
    let star = lists();
    let _nodes = star.attach_all(star::one_account);
    let mut caller = Caller::of(&star).await;
    let ask = Ask::honest(&star);
    let mut lines: Vec<_> = (1..=9).map(|n| list(&ask, n)).collect();
    // A thief with the node's key signs for somebody who is no party of the case.
    let mut foreign = ask.line(3);
    foreign.draft.subject_tag = SubjectTag::from_bytes([9; 32]);
    lines[2].ask = Some(foreign.request());
    lines[4].ask = lines[3].ask.clone();
    lines[5].ask = None;
    let forged = lines[6].ask.as_mut().and_then(|ask| ask.case.as_mut());
    forged.expect("has a case").signature[0] ^= 1;
    let mut swapped = ask.line(8).request();
    swapped.payload = vec![1, 2, 3];
    lines[7].ask = Some(swapped);
    let answers = caller.ask_all(lines).await;
    let refused: BTreeMap<u32, String> = answers
        .iter()
        .filter_map(|(line, outcome)| code(outcome).map(|code| (*line, code)))
        .collect();
    let replayed = if refused.contains_key(&4) { 4 } else { 5 };
    let expected = [
        (3, RefusalCode::CaseSubject),
        (replayed, RefusalCode::CaseReplayed),
        (6, RefusalCode::AskMalformed),
        (7, RefusalCode::CaseSignature),
        (8, RefusalCode::CaseQuestion),
    ];
    let expected = expected.map(|(line, code)| (line, code.to_string()));
    assert_eq!(refused, BTreeMap::from(expected));
    assert_eq!(answers.len(), 9, "every line has an answer");
    assert_eq!(star.frames(), 4 * 4, "four good lines reached four nodes");
    let refusals = star.entries(0).into_iter();
    let refusals = refusals.filter(|entry| matches!(entry, Entry::Refusal(_)));
    assert_eq!(refusals.count(), 5, "each is on record");
}

#[tokio::test]
async fn a_flow_that_is_asked_one_by_one_is_not_asked_by_list() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(star::one_account);
    let mut caller = Caller::of(&star).await;
    let ask = Ask::honest(&star);
    let answers = caller.ask_all([list(&ask, 1)]).await;
    let expected = Some(RefusalCode::FlowNotAList.to_string());
    assert_eq!(code(&answers[&1]), expected);
    assert_eq!(star.frames(), 0);
    star.ask(&ask.line(2)).await.expect("alone it is permitted");
}

#[tokio::test]
async fn a_flow_that_is_asked_by_list_is_asked_one_by_one_as_well() {
    let star = lists();
    let _nodes = star.attach_all(star::one_account);
    let ask = Ask::honest(&star);
    star.ask(&ask).await.expect("is permitted");
}

/// No further line is begun, nodes are told to stop, and what was decided gets its outcome.
#[tokio::test]
async fn a_cancelled_list_stops_the_work_at_the_nodes() {
    let star = lists();
    let _silent = star.attach_all(|_| None);
    let mut caller = Caller::of(&star).await;
    let ask = Ask::honest(&star);
    let (lines, answers) = caller.begin().await;
    for n in 1..=40 {
        lines.send(list(&ask, n)).await.expect("is taken");
    }
    let at_once = LINES_PER_LIST_AT_ONCE * NODES.len();
    eventually("the first lines are asked", || star.frames() == at_once).await;
    assert_eq!(star.broker.throttle.in_flight(), LINES_PER_LIST_AT_ONCE);
    drop((lines, answers));
    eventually("the nodes are told", || star.frames() == 2 * at_once).await;
    settled(&star).await;
    assert_eq!(star.frames(), 2 * at_once, "no further line was begun");
    let (mut decisions, mut outcomes) = (0, 0);
    for entry in star.entries(0) {
        match entry {
            Entry::Decision(_) => decisions += 1,
            Entry::Outcome(outcome) => {
                outcomes += 1;
                let classes = outcome.nodes.iter().flat_map(|node| &node.classes);
                for class in classes {
                    let said = (class.outcome.as_str(), class.code.as_str());
                    assert_eq!(said, ("unavailable", "TS-ASK-CANCELLED"));
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        (decisions, outcomes),
        (LINES_PER_LIST_AT_ONCE, LINES_PER_LIST_AT_ONCE)
    );
    for node in star.broker.nodes.states() {
        assert_eq!(node.breaker, State::Closed, "{} is not sick", node.id);
    }
}

#[tokio::test]
async fn a_node_begins_a_few_lists_and_no_more() {
    let star = lists();
    let mut caller = Caller::of(&star).await;
    let mut open = Vec::new();
    for _ in 0..LISTS_PER_NODE_MAX {
        open.push(caller.begin().await);
    }
    let refused = caller.try_begin().await.expect_err("is one too many");
    assert_eq!(heard(&refused), Some(RefusalCode::LimitLists));
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(matches!(star.entries(0).as_slice(), [Entry::Refusal(_)]));
    open.pop();
    eventually("one has ended", || {
        star.broker.throttle.begin_list("guoguan").is_ok()
    })
    .await;
    assert!(caller.try_begin().await.is_ok());
}

#[tokio::test]
async fn only_registered_nodes_begin_lists() {
    let star = lists();
    for (kind, name, expected) in [
        (PeerKind::Staff, "guoguan", RefusalCode::CallerNotNode),
        (PeerKind::Node, "nowhere", RefusalCode::CallerUnknown),
    ] {
        let mut caller = Caller::named(&star, kind, name).await;
        let refused = caller.try_begin().await.expect_err("is nobody");
        assert_eq!(heard(&refused), Some(expected));
    }
    assert_eq!(star.entries(0).len(), 2, "both are on record");
}

#[tokio::test]
async fn a_stopping_hub_takes_no_further_line() {
    let star = lists();
    let _nodes = star.attach_all(star::one_account);
    let mut caller = Caller::of(&star).await;
    let ask = Ask::honest(&star);
    let (lines, mut answers) = caller.begin().await;
    lines.send(list(&ask, 1)).await.expect("is taken");
    let first = answers.message().await.expect("is sound");
    assert!(first.is_some_and(|answer| code(&answer.outcome).is_none()));
    star.broker.stopping.cancel();
    let ended = answers.message().await.expect_err("the hub stops");
    assert_eq!(heard(&ended), Some(RefusalCode::HubStopping));
    let refused = caller.try_begin().await.expect_err("the hub stops");
    assert_eq!(heard(&refused), Some(RefusalCode::HubStopping));
}

/// Lines that are refused at once, so that the whole of the longest list passes in a moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_longer_than_any_may_be_ends_at_its_last_line() {
    let star = lists();
    let mut caller = Caller::of(&star).await;
    let (lines, mut answers) = caller.begin().await;
    let sending = TaskTracker::new().spawn(async move {
        for line in 1..=LINES_PER_LIST_MAX + 1 {
            let empty = v1::AskLine { line, ask: None };
            lines.send(empty).await.expect("is taken");
        }
        lines
    });
    let mut answered = 0;
    let ended = loop {
        match answers.message().await {
            Ok(Some(_)) => answered += 1,
            Ok(None) => panic!("the list was too long"),
            Err(status) => break status,
        }
    };
    assert_eq!(heard(&ended), Some(RefusalCode::ListTooLong));
    assert_eq!(answered, LINES_PER_LIST_MAX);
    drop(sending.await);
}

/// Somebody at a counter asks while a list is under way. How much slower that is depends on the
/// machine: it is printed, and only a standstill fails.
#[tokio::test(flavor = "multi_thread")]
async fn questions_at_a_counter_pass_a_list_under_way() {
    let star = lists();
    let _nodes = fixture::slow_nodes(&star, Duration::from_millis(20));
    let alone = fixture::median_of_asks(&star).await;
    let mut caller = Caller::of(&star).await;
    let ask = Ask::honest(&star);
    let (lines, mut answers) = caller.begin().await;
    for n in 1..=500 {
        lines.send(list(&ask, n)).await.expect("is taken");
    }
    drop(lines);
    let reading = TaskTracker::new().spawn(async move {
        let mut read = 0;
        while let Some(answer) = answers.message().await.expect("is sound") {
            assert_eq!(code(&answer.outcome), None);
            read += 1;
        }
        read
    });
    let beside = fixture::median_of_asks(&star).await;
    assert!(!reading.is_finished(), "the list was still under way");
    assert_eq!(reading.await.expect("reads"), 500);
    let ratio = beside.as_secs_f64() / alone.as_secs_f64();
    println!("median alone {alone:?}, beside a list {beside:?}, ratio {ratio:.2}");
    assert!(ratio < 20.0, "{ratio}");
}
