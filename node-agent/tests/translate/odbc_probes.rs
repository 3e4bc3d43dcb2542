//! The hub's probe through a driver: it reaches the database behind it, and never takes a thread
//! that asks need.

use std::time::{Duration, Instant};

use node_agent::translate::{FoundOutcome, SourceError};
use tokio_util::task::TaskTracker;

use crate::database_probes;
use crate::odbc::{sqlite, through};
use crate::server_limits::{QUICK, find, sleeping, table};
use crate::server_probes::{AT_ONCE, assert_out, long_word, patient, until_well, word};
use crate::servers::{Kind, own, shared};

#[tokio::test]
async fn a_locked_table_is_out_however_warm_the_agent_is() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let home = through(&space, QUICK).await;
    let translator = home.try_open(patient(4)).await.unwrap();
    let answered = find(&translator, Duration::from_secs(2)).await;
    assert_eq!(answered, FoundOutcome::Answered);
    assert_eq!(long_word(&translator).await, Ok(()));
    let mut owner = space.owner().await;
    owner
        .run("BEGIN; LOCK TABLE T IN ACCESS EXCLUSIVE MODE")
        .await;
    assert_out(word(&translator).await, "locked");
    assert!(word(&translator).await.is_err());
    owner.run("COMMIT").await;
    until_well(&translator).await;
    let answered = find(&translator, Duration::from_secs(2)).await;
    assert_eq!(answered, FoundOutcome::Answered);
}

#[tokio::test]
async fn a_hung_database_is_out_until_it_is_back() {
    let server = own(Kind::Postgres);
    let space = server.space().await;
    table(&space, 1).await;
    let home = through(&space, QUICK).await;
    let translator = home.try_open(patient(4)).await.unwrap();
    let answered = find(&translator, Duration::from_secs(2)).await;
    assert_eq!(answered, FoundOutcome::Answered);
    server.signal("-STOP");
    assert_out(word(&translator).await, "hung");
    for _ in 0..3 {
        assert!(word(&translator).await.is_err(), "hung");
    }
    server.signal("-CONT");
    until_well(&translator).await;
}

#[tokio::test]
async fn where_no_place_is_free_it_says_so_at_once_and_works_on_nothing() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let home = through(&space, &sleeping(Kind::Postgres, "0.8")).await;
    let translator = home.try_open(patient(1)).await.unwrap();
    let probing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let begun = Instant::now();
        (word(&translator).await, begun.elapsed())
    };
    let asking = find(&translator, Duration::from_secs(5));
    let (answered, (busy, took)) = tokio::join!(asking, probing);
    assert_eq!(
        answered,
        FoundOutcome::Answered,
        "the question keeps its place"
    );
    assert_eq!(busy, Err(SourceError::Overloaded));
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(
        long_word(&translator).await,
        Ok(()),
        "it is planned and not run"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_probes_holds_the_pool() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let home = through(&space, QUICK).await;
    let translator = home.try_open(patient(3)).await.unwrap();
    let mut owner = space.owner().await;
    let probes: Vec<_> = (0..56)
        .map(|_| {
            let translator = translator.clone();
            TaskTracker::new().spawn(async move { long_word(&translator).await })
        })
        .collect();
    let mut most = 0;
    while !probes.iter().all(tokio::task::JoinHandle::is_finished) {
        most = most.max(space.connections(&mut owner).await);
    }
    let mut well = 0;
    for probe in probes {
        match probe.await.unwrap() {
            Ok(()) => well += 1,
            Err(error) => assert_eq!(error, SourceError::Overloaded),
        }
    }
    assert!(well > 0 && most <= 3, "{well} well, {most} connections");
}

#[tokio::test]
async fn other_drivers_are_asked_for_no_row_too() {
    let home = database_probes::home("SELECT BAL FROM T WHERE ID = ?1").await;
    home.mapping("connectors.toml", &sqlite(""));
    let translator = home.try_open(patient(1)).await.unwrap();
    assert_eq!(long_word(&translator).await, Ok(()));
    home.sql(&["DROP TABLE T".to_owned()]).await;
    assert!(word(&translator).await.is_err());
}
