//! The limits of lists: held back, not refused, and no list at the price of another or of a
//! single question.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;

use super::super::{Throttle, ThrottleRules};
use super::*;

fn n(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("is not zero")
}

fn throttle(lines_per_second: u32, lines_burst: u32, in_flight: usize) -> Throttle {
    Throttle::new(ThrottleRules {
        caller_per_second: n(1),
        caller_burst: n(3),
        operator_per_minute: n(1),
        operator_burst: n(2),
        in_flight_max: 2,
        lists: ListRules {
            lines_per_second: n(lines_per_second),
            lines_burst: n(lines_burst),
            operator_lines_per_minute: n(1),
            operator_lines_burst: n(5),
            lines_in_flight_max: in_flight,
        },
    })
}

#[test]
fn a_node_has_a_few_lists_under_way_and_no_more() {
    let throttle = throttle(1, 1, 1);
    let mut held: Vec<_> = (0..LISTS_PER_NODE_MAX)
        .map(|_| throttle.begin_list("city").expect("has room"))
        .collect();
    let refused = throttle.begin_list("city").err();
    assert_eq!(refused, Some(RefusalCode::LimitLists));
    assert!(throttle.begin_list("guoguan").is_ok(), "another node's");
    held.pop();
    assert!(throttle.begin_list("city").is_ok(), "one of them ended");
}

#[tokio::test]
async fn lines_take_no_place_of_single_questions_and_single_questions_none_of_theirs() {
    let throttle = throttle(1_000, 1_000, 2);
    let lines = [throttle.line("city").await, throttle.line("city").await];
    assert!(throttle.line("city").now_or_never().is_none(), "it waits");
    let singles = [throttle.admit("city"), throttle.admit("city")];
    assert!(singles.iter().all(Result::is_ok));
    assert_eq!(throttle.in_flight(), 4);
    assert_eq!(throttle.admit("city").err(), Some(RefusalCode::LimitHub));
    drop(lines);
    assert!(throttle.line("city").now_or_never().is_some());
    assert_eq!(throttle.in_flight(), 2);
}

#[tokio::test]
async fn a_place_given_back_goes_to_the_line_that_waited_longest() {
    let throttle = throttle(1_000, 1_000, 1);
    let first = throttle.line("city").await;
    let mut second = Box::pin(throttle.line("guoguan"));
    assert!((&mut second).now_or_never().is_none());
    let mut third = Box::pin(throttle.line("city"));
    assert!((&mut third).now_or_never().is_none());
    drop(first);
    assert!((&mut third).now_or_never().is_none(), "it came later");
    assert!(second.now_or_never().is_some());
}

#[tokio::test]
async fn beyond_its_pace_a_node_is_held_back_and_not_refused() {
    let throttle = throttle(50, 2, 100);
    let begun = Instant::now();
    for _ in 0..5 {
        drop(throttle.line("city").await);
    }
    // Two at once, three more at 20 ms each; another node is not held back by them.
    assert!(begun.elapsed() >= Duration::from_millis(59));
    assert!(throttle.line("guoguan").now_or_never().is_some());
}

#[test]
fn an_operators_lines_are_counted_apart_from_single_questions() {
    let throttle = throttle(1, 1, 1);
    for _ in 0..5 {
        throttle
            .admit_line_operator("city", "0231")
            .expect("within the burst");
    }
    let refused = throttle.admit_line_operator("city", "0231");
    assert_eq!(refused, Err(RefusalCode::LimitOperator));
    assert_eq!(throttle.admit_operator("city", "0231"), Ok(()));
    assert_eq!(throttle.admit_line_operator("guoguan", "0231"), Ok(()));
}
