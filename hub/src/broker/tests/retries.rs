//! A question that is lost with its stream goes once more over another one, within a budget, and
//! the log says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::mpsc;
use wire::{RefusalCode, v1};

use super::fixture::{self, Ask, Setup, Star};
use crate::ledger::entry::{Entry, Outcome};
use crate::nodes::Attachment;
use crate::nodes::retry::RETRIES_SAVED_MAX;

/// Two streams of the city: whichever gets a question while `losses` last is lost with it.
fn two_streams(star: &Star, losses: u32) -> Vec<Attachment> {
    let left = Arc::new(AtomicU32::new(losses));
    let (lose, mut lost) = mpsc::unbounded_channel::<usize>();
    let attach = |nth: usize| {
        let (left, lose) = (Arc::clone(&left), lose.clone());
        star.attach("city", move |ask: &v1::NodeAsk| {
            let is_lost = left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_ok();
            if is_lost {
                lose.send(nth).expect("somebody loses streams");
                return None;
            }
            fixture::one_account(ask)
        })
    };
    let attached = [attach(0), attach(1)];
    let links = [0, 1].map(|nth: usize| Arc::clone(&attached[nth].link));
    star.fakes.spawn(async move {
        while let Some(nth) = lost.recv().await {
            // As a stream that ends: every wait on it ends.
            links[nth].fail_all();
        }
    });
    attached.into_iter().collect()
}

fn outcomes(star: &Star) -> Vec<Outcome> {
    let outcome = |entry| match entry {
        Entry::Outcome(outcome) => Some(outcome),
        _ => None,
    };
    star.entries(0).into_iter().filter_map(outcome).collect()
}

fn tries(outcome: &Outcome, node: &str) -> u32 {
    let mut nodes = outcome.nodes.iter();
    nodes.find(|one| one.node == node).expect("was asked").tries
}

#[tokio::test]
async fn a_question_lost_with_its_stream_is_answered_over_the_other() {
    let star = Star::new(Setup::default());
    let _others = ["guoguan", "tielu", "zhongzhi"].map(|n| star.attach(n, fixture::one_account));
    let _city = two_streams(&star, 1);
    let answer = star.ask(&Ask::honest(&star)).await.expect("is answered");
    let city = answer.nodes.iter().find(|node| node.node == "city");
    for class in &city.expect("is there").classes {
        assert_ne!(class.outcome(), v1::Outcome::Unavailable, "{class:?}");
    }
    let outcome = outcomes(&star).pop().expect("is sealed");
    assert_eq!((tries(&outcome, "city"), tries(&outcome, "tielu")), (2, 0));
    let text = star.texts().pop().expect("is there");
    assert_eq!(text.matches("\"tries\":2").count(), 1, "{text}");
    assert_eq!(text.matches("\"tries\"").count(), 1, "{text}");
}

#[tokio::test]
async fn it_is_tried_once_more_and_no_further() {
    let star = Star::new(Setup::default());
    let _city = two_streams(&star, 2);
    let answer = star.ask(&Ask::honest(&star)).await.expect("is answered");
    let city = answer.nodes.iter().find(|node| node.node == "city");
    let code = &city.expect("is there").classes[0].code;
    assert_eq!(code, RefusalCode::NodeDown.as_str());
    assert_eq!(tries(&outcomes(&star)[0], "city"), 2);
}

#[tokio::test]
async fn a_lone_stream_that_is_lost_is_not_tried_again() {
    let star = Star::new(Setup::default());
    let mut city = two_streams(&star, 1);
    city.pop();
    let answer = star.ask(&Ask::honest(&star)).await.expect("is answered");
    let city = answer.nodes.iter().find(|node| node.node == "city");
    let code = &city.expect("is there").classes[0].code;
    assert_eq!(code, RefusalCode::NodeDown.as_str());
    assert_eq!(tries(&outcomes(&star)[0], "city"), 0);
}

#[tokio::test]
async fn the_budget_bounds_a_wave_of_losses() {
    let mut setup = Setup::default();
    setup.breaker.failures_in_row = 100;
    setup.breaker.calls_min = 100;
    let star = Star::new(setup);
    let _city = two_streams(&star, u32::MAX);
    let rounds = RETRIES_SAVED_MAX + 5;
    for _ in 0..rounds {
        star.ask(&Ask::honest(&star)).await.expect("is answered");
    }
    let sent = outcomes(&star)
        .iter()
        .filter(|one| tries(one, "city") == 2)
        .count();
    let allowed = RETRIES_SAVED_MAX + rounds / 10;
    assert!(sent >= 10 && sent <= allowed as usize, "{sent} of {rounds}");
    let metrics = star
        .broker
        .metrics
        .scrape(0, (0, true), &[])
        .expect("is text");
    assert!(
        metrics.contains("hub_retries_total{node=\"city\",result=\"denied\"}"),
        "{metrics}"
    );
}
