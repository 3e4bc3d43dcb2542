//! Questions before a node: what may be under way, what waits, and what is told of each reply.

use futures_util::FutureExt as _;

use super::*;

fn class(no: u8) -> ClassNo {
    ClassNo::new(no).expect("a class")
}

fn loads(limits: Limits) -> Loads {
    let loads = Loads::new(["city", "tielu"].into_iter(), Instant::now());
    loads.replace(Arc::new(limits));
    loads
}

fn going<'a>(node: &'a str, classes: &'a [ClassNo]) -> Going<'a> {
    Going {
        node,
        classes,
        from: "guoguan",
        manner: Manner::COUNTER,
        deadline: Instant::now() + Duration::from_secs(5),
    }
}

fn narrow() -> Limits {
    Limits::default()
        .with(LimitName::TargetInFlightMin, 1)
        .with(LimitName::TargetInFlightMax, 2)
}

fn state(loads: &Loads, node: &str) -> LoadState {
    let mut states = loads.states().into_iter();
    states.find(|state| state.node == node).expect("is there")
}

#[tokio::test(start_paused = true)]
async fn a_full_node_is_waited_for_and_then_gone_without() {
    let loads = loads(narrow());
    let classes = [class(4)];
    let first = loads.enter(going("city", &classes)).await.expect("free");
    let _second = loads.enter(going("city", &classes)).await.expect("free");
    let begun = Instant::now();
    let third = loads.enter(going("city", &classes)).await;
    let third = third.expect_err("is told to come back");
    assert_eq!(third.code, RefusalCode::NodeThrottled);
    assert!(third.retry_after >= Some(Duration::from_millis(100)));
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
    assert!(
        loads.enter(going("tielu", &classes)).await.is_ok(),
        "another"
    );
    let state = state(&loads, "city");
    assert_eq!((state.limit, state.in_flight, state.throttled), (2, 2, 1));
    // It says something: it is worth waiting for.
    first.replied(&reply(&[(v1::Outcome::NoRecord, "")]));
    let waiting = loads.enter(going("city", &classes));
    tokio::pin!(waiting);
    assert!((&mut waiting).now_or_never().is_none());
    drop(first);
    assert!(waiting.await.is_ok(), "a place in time");
}

/// A node that hangs gives no reply to learn from; nobody waits before it for all that.
#[tokio::test(start_paused = true)]
async fn a_silent_node_is_not_waited_for() {
    let loads = loads(narrow());
    let classes = [class(4)];
    let first = loads.enter(going("city", &classes)).await.expect("free");
    let _second = loads.enter(going("city", &classes)).await.expect("free");
    tokio::time::advance(Duration::from_secs(1)).await;
    let second = Duration::from_secs(1);
    assert_eq!(loads.silent("city"), [(class(4), second)].into());
    assert!(loads.silent("tielu").is_empty());
    let begun = Instant::now();
    let third = loads.enter(going("city", &classes)).await;
    assert_eq!(
        third.expect_err("no place").code,
        RefusalCode::NodeThrottled
    );
    assert_eq!(begun.elapsed(), Duration::ZERO, "at once");
    // A reply, and it is waited for again.
    first.replied(&reply(&[(v1::Outcome::NoRecord, "")]));
    assert!(loads.silent("city").is_empty());
    assert!(loads.enter(going("city", &classes)).await.is_err());
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
    // Who has a place to give is asked, silent or not.
    drop(first);
    assert!(loads.enter(going("city", &classes)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_question_in_a_hurry_keeps_half_of_its_time_for_the_node() {
    let loads = loads(narrow());
    let classes = [class(4)];
    let _first = loads.enter(going("city", &classes)).await.expect("free");
    let _second = loads.enter(going("city", &classes)).await.expect("free");
    let begun = Instant::now();
    let hurried = Going {
        deadline: begun + Duration::from_millis(400),
        ..going("city", &classes)
    };
    assert!(loads.enter(hurried).await.is_err());
    assert_eq!(begun.elapsed(), Duration::from_millis(200));
    let list = Going {
        manner: Manner {
            urgency: Urgency::Batch,
            with_lists: true,
        },
        deadline: Instant::now() + Duration::from_secs(10),
        ..going("city", &classes)
    };
    let begun = Instant::now();
    assert!(loads.enter(list).await.is_err());
    assert_eq!(
        begun.elapsed(),
        Duration::from_secs(5),
        "a list has patience"
    );
}

#[tokio::test(start_paused = true)]
async fn a_class_has_limits_of_its_own_and_stays_behind_alone() {
    let loads = loads(
        Limits::default()
            .with_only(LimitName::ClassInFlightMax, "city/04", 1)
            .with_only(LimitName::ClassBurst, "city/05", 2)
            .with_only(LimitName::ClassPerSecond, "city/05", 1),
    );
    let (four, five, both) = ([class(4)], [class(5)], [class(5), class(4)]);
    let held = loads.enter(going("city", &four)).await.expect("free");
    let full = loads.enter(going("city", &four)).await;
    assert_eq!(full.err().map(|e| e.code), Some(RefusalCode::NodeClassFull));
    {
        let partly = loads
            .enter(going("city", &both))
            .await
            .expect("class 05 is free");
        let left = partly.throttled();
        assert_eq!(left.keys().collect::<Vec<_>>(), [&class(4)]);
        assert!(left[&class(4)].retry_after >= Some(Duration::from_millis(100)));
        // Of the class that stayed behind no place is held.
        drop(held);
        drop(
            loads
                .enter(going("city", &four))
                .await
                .expect("one is free"),
        );
    }
    assert_eq!(state(&loads, "city").throttled, 2);
    drop(loads.enter(going("city", &five)).await.expect("the second"));
    let often = loads.enter(going("city", &five)).await;
    let often = often.expect_err("too often");
    assert_eq!(
        often.retry_after,
        Some(Duration::from_secs(1)),
        "its meter says when"
    );
    // Where every class stays behind, so does the question; its time is that of the last.
    let held = loads.enter(going("city", &four)).await.expect("is free");
    let whole = loads.enter(going("city", &both)).await;
    assert_eq!(
        whole.expect_err("neither").retry_after,
        Some(Duration::from_secs(1))
    );
    drop(held);
    drop(
        loads
            .enter(going("tielu", &five))
            .await
            .expect("another node"),
    );
    tokio::time::advance(Duration::from_secs(1)).await;
    drop(loads.enter(going("city", &five)).await.expect("again"));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_found_no_place_has_used_up_no_rate() {
    let limits = narrow()
        .with(LimitName::ClassBurst, 3)
        .with(LimitName::ClassPerSecond, 1);
    let loads = loads(limits);
    let classes = [class(4)];
    let held = [
        loads.enter(going("city", &classes)).await,
        loads.enter(going("city", &classes)).await,
    ];
    let hurried = Going {
        deadline: Instant::now(),
        ..going("city", &classes)
    };
    for _ in 0..5 {
        assert!(loads.enter(hurried).await.is_err());
    }
    // Nor has one that nobody waits for any more.
    for _ in 0..5 {
        let waiting = loads.enter(going("city", &classes));
        tokio::pin!(waiting);
        assert!(waiting.now_or_never().is_none());
    }
    drop(held);
    assert!(
        loads.enter(going("city", &classes)).await.is_ok(),
        "the third"
    );
    assert!(loads.enter(going("city", &classes)).await.is_err());
}

/// What is found of a node that takes fifteen times as long after a while.
async fn found(manner: Manner) -> usize {
    let loads = loads(
        Limits::default()
            .with(LimitName::TargetInFlightMin, 4)
            .with(LimitName::TargetInFlightMax, 32),
    );
    for took in [[20; 100].as_slice(), &[300; 6]].concat() {
        let going = Going {
            manner,
            ..going("city", &[])
        };
        let enter = |_| loads.enter(going).now_or_never()?.ok();
        let asked: Vec<_> = (0..8).filter_map(enter).collect();
        tokio::time::advance(Duration::from_millis(took)).await;
        for at_node in asked {
            at_node.replied(&reply(&[(v1::Outcome::NoRecord, "")]));
        }
    }
    state(&loads, "city").limit
}

/// A center lets what is asked by list wait for its own share of its systems.
#[tokio::test(start_paused = true)]
async fn what_waits_with_lists_at_its_node_says_nothing_of_the_nodes_load() {
    let shrunk = found(Manner::COUNTER).await;
    assert!(shrunk < 32, "{shrunk}: the test shows nothing");
    for urgency in [Urgency::Counter, Urgency::Batch] {
        let with_lists = true;
        let manner = Manner {
            urgency,
            with_lists,
        };
        assert_eq!(found(manner).await, 32, "{urgency:?}");
    }
}

fn reply(classes: &[(v1::Outcome, &str)]) -> v1::NodeReply {
    let classes = classes.iter().map(|(outcome, code)| v1::ClassReply {
        outcome: (*outcome).into(),
        code: (*code).to_owned(),
        ..v1::ClassReply::default()
    });
    let classes = classes.collect();
    v1::NodeReply {
        query_id: String::new(),
        outcome: Some(v1::node_reply::Outcome::Classes(v1::ClassReplies {
            classes,
        })),
    }
}

#[test]
fn only_what_the_nodes_systems_were_asked_for_tells_of_their_load() {
    use v1::Outcome::{Answered, NoRecord, NotCovered, Refused, Unavailable};
    let rows = [
        (vec![(Answered, "")], Some(Said::Took)),
        (
            vec![(Refused, "TS-GUARD-VETO"), (NoRecord, "")],
            Some(Said::Took),
        ),
        (vec![(Unavailable, "TS-NODE-TIMEOUT")], Some(Said::Took)),
        (
            vec![(Answered, ""), (Unavailable, "TS-NODE-BUSY")],
            Some(Said::Busy),
        ),
        (vec![(Unavailable, "TS-NODE-SOURCE")], None),
        (vec![(Refused, "TS-GUARD-VETO")], None),
        (vec![(NotCovered, "TS-NOT-COVERED")], None),
        (vec![], None),
    ];
    for (classes, said) in rows {
        assert_eq!(said_by(&reply(&classes)), said, "{classes:?}");
    }
    let refused = |code: RefusalCode| v1::NodeReply {
        query_id: String::new(),
        outcome: Some(v1::node_reply::Outcome::Refusal(code.to_wire(""))),
    };
    assert_eq!(said_by(&refused(RefusalCode::NodeBusy)), Some(Said::Busy));
    assert_eq!(said_by(&refused(RefusalCode::GuardCase)), None);
    assert_eq!(said_by(&v1::NodeReply::default()), None);
}

#[tokio::test(start_paused = true)]
async fn a_busy_node_is_asked_less() {
    let loads = loads(Limits::default());
    let classes = [class(4)];
    let at_node = loads.enter(going("city", &classes)).await.expect("free");
    let busy = reply(&[(v1::Outcome::Unavailable, "TS-NODE-BUSY")]);
    at_node.replied(&busy);
    assert_eq!(state(&loads, "city").limit, 96);
    assert_eq!(state(&loads, "tielu").limit, 128);
    // What a review allows is never exceeded, whatever was found.
    loads.replace(Arc::new(narrow()));
    assert_eq!(state(&loads, "city").limit, 2);
}
