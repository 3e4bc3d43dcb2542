//! Who reads while others read.

use std::sync::mpsc;

use dashboards::overview::OverviewDesk;
use dashboards::subject::SubjectDesk as _;

use super::*;
use crate::broker::tests::fixture::{Setup, Star};
use crate::desk::bench::{desk, viewer};

/// With all places taken, a page of any room waits, and is told to come again; a place whose
/// holder hung up is free only when its reading is over.
#[tokio::test]
async fn readings_of_all_rooms_share_their_places() {
    let star = Star::new(Setup::default());
    let bench = desk(&star);
    let (mut ends, mut asked) = (Vec::new(), Vec::new());
    for _ in 0..READS_MAX {
        let (end, ended) = mpsc::channel::<()>();
        let desk = Arc::clone(&bench.desk);
        ends.push(end);
        asked.push(star.fakes.spawn(async move {
            let wait = move || Ok(ended.recv().is_err());
            desk.reading(&viewer(), wait).await.is_ok()
        }));
    }
    while bench.desk.reads.rooms.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    // Whoever asked hangs up; the reading goes on, and so does its hold on the place.
    asked.pop().expect("asks").abort();
    let turned = bench
        .desk
        .ledger(&viewer(), &"ab".repeat(32), None)
        .await
        .expect_err("has no place");
    assert_eq!(turned.code, "TS-LIMIT-HUB");
    let star = OverviewDesk::overview(&*bench.desk, &viewer()).await;
    assert!(
        star.is_ok_and(|star| star.record.last_s.is_some()),
        "is not behind them"
    );
    drop(ends);
    let shown = bench.desk.ledger(&viewer(), &"ab".repeat(32), None).await;
    assert!(shown.is_ok(), "places are free again");
    for one in asked {
        assert!(one.await.expect("ends"));
    }
}
