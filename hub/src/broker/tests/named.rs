//! A question for the centers that it names: those are asked and nobody else, but for the classes
//! of outside offices, which every center is asked for. Who was named is on record.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use wire::{RefusalCode, v1};

use super::fixture::{self, Ask, Setup, Star};
use crate::ledger::entry::Entry;
use crate::nodes::Attachment;

/// Who was asked.
type Seen = Arc<Mutex<Vec<&'static str>>>;

/// Nodes that answer for what the question asks of them; the lending one is 铁路.
fn attach(star: &Star) -> (Vec<Attachment>, Seen) {
    let seen = Seen::default();
    let nodes = fixture::NODES.into_iter().map(|node| {
        let seen = Arc::clone(&seen);
        star.attach(node, move |ask| {
            seen.lock().expect("is whole").push(node);
            let mut reply = fixture::reply(ask, |class| v1::ClassReply {
                outcome: v1::Outcome::NoRecord.into(),
                ..fixture::answered(class, &[])
            })?;
            if node != "tielu"
                && let Some(v1::node_reply::Outcome::Classes(said)) = &mut reply.outcome
            {
                said.classes.retain(|reply| reply.class >= 12);
            }
            Some(reply)
        })
    });
    (nodes.collect(), seen)
}

/// The classes of each node in an answer, and whether all of them have no record.
fn told(answer: &v1::Answer) -> BTreeMap<&str, Vec<u32>> {
    let no_record = v1::Outcome::NoRecord;
    let classes = answer.nodes.iter().flat_map(|node| &node.classes);
    assert!(
        classes
            .into_iter()
            .all(|reply| reply.outcome() == no_record)
    );
    let of = |node: &v1::NodeAnswer| node.classes.iter().map(|reply| reply.class).collect();
    let nodes = answer.nodes.iter();
    nodes.map(|node| (node.node.as_str(), of(node))).collect()
}

#[tokio::test]
async fn the_named_center_is_asked_and_no_other() {
    let star = Star::new(Setup::default());
    let (_nodes, seen) = attach(&star);
    let mut ask = Ask::honest(&star);
    ask.asks_named(("F24", "32"), &["10-06", "10-09"], &["tielu"]);
    let answer = star.ask(&ask).await.expect("is permitted");
    assert_eq!(told(&answer), [("tielu", vec![10])].into());
    assert_eq!(*seen.lock().expect("is whole"), ["tielu"]);
    let Entry::Decision(decision) = star.entry_of(answer.decision.as_ref()) else {
        panic!("no decision");
    };
    assert_eq!(decision.named, ["tielu"]);
    assert_eq!(decision.asked, ["tielu"]);
    assert!(!decision.facts.contains_key("named"), "is said once");
}

#[tokio::test]
async fn the_classes_of_an_outside_office_are_asked_of_everybody() {
    let star = Star::new(Setup::default());
    let (_nodes, seen) = attach(&star);
    let mut ask = Ask::honest(&star);
    ask.asks_named(("F23", "36"), &["10-06", "13-08"], &["tielu"]);
    let answer = star.ask(&ask).await.expect("is permitted");
    let expected = [
        ("city", vec![13]),
        ("guoguan", vec![13]),
        ("tielu", vec![10, 13]),
        ("zhongzhi", vec![13]),
    ];
    assert_eq!(told(&answer), expected.into());
    assert_eq!(seen.lock().expect("is whole").len(), 4);
}

/// What a center that is not named sends beyond that is not believed.
#[tokio::test]
async fn a_center_that_answers_unasked_is_not_heard() {
    let star = Star::new(Setup::default());
    let _city = star.attach("city", |ask| {
        fixture::reply(ask, |class| v1::ClassReply {
            outcome: v1::Outcome::NoRecord.into(),
            ..fixture::answered(class, &[])
        })
    });
    let mut ask = Ask::honest(&star);
    ask.asks_named(("F23", "36"), &["10-06", "13-08"], &["tielu"]);
    let answer = star.ask(&ask).await.expect("is permitted");
    let city = answer.nodes.iter().find(|node| node.node == "city");
    let classes = &city.expect("is asked for the office").classes;
    assert_eq!(classes.len(), 1);
    assert_eq!(classes[0].class, 13);
    let tielu = answer.nodes.iter().find(|node| node.node == "tielu");
    for class in &tielu.expect("is told of").classes {
        assert_eq!(class.code, RefusalCode::NodeDown.as_str());
    }
}

/// The rules of the folder know a node that this hub has not registered: it must not drop out of
/// the answer unseen.
#[tokio::test]
async fn a_center_without_a_node_is_refused_and_not_left_out() {
    let star = Star::new(Setup {
        without: Some("tielu"),
        ..Setup::default()
    });
    let mut ask = Ask::honest(&star);
    ask.asks_named(("F24", "32"), &["10-06"], &["tielu"]);
    let refusal = star.ask(&ask).await.expect_err("is refused");
    assert_eq!(refusal.code, RefusalCode::CenterUnknown.as_str());
    assert_eq!(star.frames(), 0);
}
