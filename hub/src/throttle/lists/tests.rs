//! The limits of lists: held back, not refused, and no list at the price of another or of a
//! single question.

use std::time::Duration;

use futures_util::FutureExt as _;
use time::macros::datetime;
use tokio::time::Instant;

use super::super::tests::{limits, throttle_of};
use super::*;

fn throttle(lines_per_second: u32, lines_burst: u32, in_flight: u32) -> Throttle {
    throttle_of(
        limits()
            .with(LimitName::NodeLinesPerSecond, lines_per_second)
            .with(LimitName::NodeLinesBurst, lines_burst)
            .with(LimitName::OperatorLinesPerMinute, 1)
            .with(LimitName::OperatorLinesBurst, 5)
            .with(LimitName::ListLinesInFlightMax, in_flight),
    )
}

/// As many as there may be at the least.
const PLACES: usize = LINES_PER_LIST_AT_ONCE;

#[tokio::test]
async fn a_node_has_a_few_lists_under_way_and_no_more() {
    let throttle = throttle(1, 1, 4);
    let mut held: Vec<_> = (0..LISTS_PER_NODE_MAX)
        .map(|_| throttle.begin_list("city").expect("has room"))
        .collect();
    let refused = throttle.begin_list("city").expect_err("is refused");
    let told = Refusal::until(RefusalCode::LimitLists, LIST_RETRY);
    assert_eq!(refused, told);
    assert!(throttle.begin_list("guoguan").is_ok(), "another node's");
    held.pop();
    assert!(throttle.begin_list("city").is_ok(), "one of them ended");
}

#[tokio::test]
async fn lines_take_no_place_of_single_questions_and_single_questions_none_of_theirs() {
    let throttle = throttle(1_000, 1_000, 4);
    let mut lines = Vec::new();
    for _ in 0..PLACES {
        lines.push(throttle.line("city").await);
    }
    assert!(throttle.line("city").now_or_never().is_none(), "it waits");
    assert_eq!(throttle.in_flight(), PLACES);
    drop(lines);
    assert!(throttle.line("city").now_or_never().is_some());
    assert_eq!(throttle.in_flight(), 0);
}

#[tokio::test]
async fn a_place_given_back_goes_to_the_center_whose_turn_it_is() {
    let throttle = throttle(1_000, 1_000, 4);
    let mut held = Vec::new();
    for _ in 0..PLACES {
        held.push(throttle.line("city").await);
    }
    let mut own = Box::pin(throttle.line("city"));
    assert!((&mut own).now_or_never().is_none());
    let mut others = Box::pin(throttle.line("guoguan"));
    assert!((&mut others).now_or_never().is_none());
    held.pop();
    assert!((&mut own).now_or_never().is_none(), "city had the last one");
    let others = others.now_or_never().expect("has a place");
    drop(others);
    assert!(own.now_or_never().is_some());
}

#[tokio::test(start_paused = true)]
async fn beyond_its_pace_a_node_is_held_back_and_not_refused() {
    let throttle = throttle(50, 2, 100);
    let begun = Instant::now();
    for _ in 0..5 {
        drop(throttle.line("city").await);
    }
    // Two at once, three more at 20 ms each; another node is not held back by them.
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(59) && took < Duration::from_millis(70));
    assert!(throttle.line("guoguan").now_or_never().is_some());
}

#[tokio::test]
async fn an_operators_lines_are_counted_apart() {
    let throttle = throttle(1, 1, 4);
    for _ in 0..5 {
        throttle
            .admit_line_operator("city", "a231")
            .expect("within the burst");
    }
    let refused = throttle.admit_line_operator("city", "A231");
    let refused = refused.expect_err("is the same person");
    assert_eq!(refused.code, RefusalCode::LimitOperator);
    assert!(refused.retry_after > Some(Duration::from_secs(50)));
    assert_eq!(throttle.admit_line_operator("guoguan", "a231"), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn whoever_may_have_more_lines_from_now_on_is_not_kept_waiting_for_it() {
    let often = |often| {
        let limits = limits().with(LimitName::OperatorLinesBurst, 5_000);
        limits.with(LimitName::OperatorLinesPerMinute, often)
    };
    let throttle = throttle_of(often(600));
    let ask = || throttle.admit_line_operator("city", "0231").is_ok();
    assert_eq!((0..6_000).filter(|_| ask()).count(), 5_000);
    throttle.replace(often(1_200), datetime!(2026-11-23 10:00 +8), drop);
    assert!(!ask(), "5,000 were used up");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!((0..100).filter(|_| ask()).count(), 20);
}
