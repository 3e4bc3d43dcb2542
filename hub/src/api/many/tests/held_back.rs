//! A caller who does not read, or does not send, holds up itself and nobody else.

use std::time::Duration;

use wire::RefusalCode;
use wire::limits::{LINES_PER_LIST_AT_ONCE, LIST_IDLE_MAX};

use super::fixture::{Caller, eventually, heard, list, lists, settled};
use crate::broker::tests::fixture::{self as star, Ask, Star};

const LINES: u32 = 500;

fn begun(star: &Star) -> usize {
    star.frames() / 4
}

/// Waits until nothing more happens at the nodes.
async fn stalled(star: &Star) -> usize {
    let mut before = usize::MAX;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        if begun(star) == before {
            return before;
        }
        before = begun(star);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_not_worked_for() {
    let star = lists();
    let _nodes = star.attach_all(star::one_account);
    let mut caller = Caller::of(&star).await;
    let ask = Ask::honest(&star);
    let (lines, mut answers) = caller.begin().await;
    for n in 1..=LINES {
        lines.send(list(&ask, n)).await.expect("fits");
    }
    drop(lines);
    eventually("it begins", || begun(&star) > LINES_PER_LIST_AT_ONCE).await;
    let worked_on = stalled(&star).await;
    println!("{worked_on} lines for a caller who reads none");
    assert!(worked_on < 300, "{worked_on}");
    // The places of the hub are free for others meanwhile; only the list itself stands.
    assert_eq!(star.broker.throttle.in_flight(), 0);
    let mut read = 0;
    while let Some(answer) = answers.message().await.expect("is sound") {
        assert!((1..=LINES).contains(&answer.line));
        read += 1;
    }
    assert_eq!(read, LINES, "and none is lost");
}

#[tokio::test(start_paused = true)]
async fn who_sends_nothing_is_let_go() {
    let star = lists();
    let mut caller = Caller::of(&star).await;
    let (lines, mut answers) = caller.begin().await;
    let begun = tokio::time::Instant::now();
    let ended = answers.message().await.expect_err("it stood still");
    assert_eq!(heard(&ended), Some(RefusalCode::AskCancelled));
    assert!(begun.elapsed() >= LIST_IDLE_MAX);
    drop(lines);
    settled(&star).await;
}
