//! A log that cannot write: no record, no question; no record, no answer.

use std::time::Duration;

use policies::{Mode, Suspensions};
use wire::{RefusalCode, v1};

use super::fixture::{self, Ask, Setup, Star};
use crate::ledger::entry::Entry;
use crate::nodes::breaker::{Event, Failure};

fn check_unavailable(asked: Result<v1::Answer, Box<v1::Refusal>>) {
    let refusal = asked.expect_err("the log cannot write");
    assert_eq!(refusal.code, RefusalCode::AuditUnavailable.as_str());
    assert_eq!(refusal.receipt, None, "nothing is on record");
}

#[tokio::test]
async fn without_a_log_nobody_is_asked() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    star.ask(&Ask::honest(&star)).await.expect("is permitted");
    let frames = star.frames();
    assert!(star.broker.is_recording());
    star.journal().close().expect("closes");
    let used = || star.broker.uses.lock().expect("is whole").len();
    let before = used();
    check_unavailable(star.ask(&Ask::honest(&star)).await);
    assert_eq!(used(), before, "what came to nothing was used up");
    assert_eq!(star.frames(), frames, "a node was asked");
    assert!(!star.broker.is_recording());
    // A refusal that cannot be put on record says so instead of its own reason.
    let mut wrong = Ask::honest(&star);
    wrong.case.basis.consent = false;
    check_unavailable(star.ask(&wrong).await);
}

#[tokio::test]
async fn without_a_log_no_answer_leaves() {
    let star = Star::new(Setup::default());
    let journal = star.journal().clone();
    let _city = star.attach("city", move |ask| {
        journal.close().expect("closes");
        fixture::one_account(ask)
    });
    let ask = Ask::honest(&star);
    check_unavailable(star.ask(&ask).await);
    assert_eq!(
        star.frames(),
        1,
        "the node was asked, the log failed after that"
    );
    star.settle().await;
    let entries = star.entries(0);
    assert!(
        matches!(entries.as_slice(), [Entry::Decision(_)]),
        "{entries:?}"
    );
    let metrics = star
        .broker
        .metrics
        .scrape(0, (0, false), &[])
        .expect("scrapes");
    assert!(
        metrics.contains("hub_asks_total{result=\"answered\"} 0\n"),
        "an answer is counted that never left"
    );
    // What the failed hub could not close is found at the next start, and its statement is used up.
    let open: Vec<u64> = {
        let restored = crate::ledger::restore(star.journal(), 0).expect("reads");
        assert_eq!(restored.uses.len(), 1);
        restored.open.into_values().collect()
    };
    assert_eq!(open, [0]);
}

/// A question that the log refuses was let through to try a class, and does not: the next one may.
#[tokio::test(start_paused = true)]
async fn without_a_log_no_try_of_a_class_is_lost() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    let permit = fixture::permit(Mode::Details, &["04-08"]);
    let class = *permit.granted().keys().next().expect("a class");
    for _ in 0..3 {
        let broken = Event::Failed(Failure::Broken);
        star.broker.nodes.heard("tielu", &[(class, broken)]);
    }
    let may_ask = || {
        let plan = star.broker.nodes.plan(&permit, &Suspensions::default());
        plan.asked().contains(&"tielu".to_owned())
    };
    assert!(!may_ask(), "it is open");
    tokio::time::advance(Duration::from_secs(5)).await;
    star.journal().close().expect("closes");
    check_unavailable(star.ask(&Ask::honest(&star)).await);
    assert!(may_ask(), "the place of a probe is held by nobody");
}
