//! A driver is foreign code that blocks. Whatever it or the database behind it does, an ask ends
//! within its deadline with a named outcome, and there are never more connections than places.

use std::time::{Duration, Instant};

use node_agent::translate::{FoundOutcome, LocalLimits, RECORDS_PER_ANSWER_MAX, SourceError};
use time::macros::datetime;
use tokio_util::task::TaskTracker;

use crate::bench::{PERSON, ask};
use crate::odbc::{connector_at, through};
use crate::server_limits::{QUICK, find, home, limits, sleeping, table, unavailable};
use crate::server_outages::cutting;
use crate::server_space::{Owner, Space};
use crate::servers::{Kind, own, shared};

/// Waits until the space's account has no more than `most` connections.
async fn at_most(space: &Space<'_>, owner: &mut Owner, most: i64) {
    let begun = Instant::now();
    while space.connections(owner).await > most {
        assert!(begun.elapsed() < Duration::from_secs(4), "still connected");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_asks_at_once_hold_the_pool() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let home = through(&space, &sleeping(Kind::Postgres, "0.05")).await;
    let generous = LocalLimits {
        queue_wait: Duration::from_secs(20),
        ..limits(4)
    };
    let translator = home.try_open(generous).await.unwrap();
    let mut owner = space.owner().await;
    // Whoever the driver has let go may be seen on its way out beside its successor.
    let at_work = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND state = 'active'",
        space.name
    );
    let begun = Instant::now();
    let asks = (0..100).map(|n| {
        let translator = translator.clone();
        // Some stop waiting while the driver works for them.
        let within = Duration::from_millis(if n % 5 == 0 { 60 } else { 20_000 });
        TaskTracker::new().spawn(async move { find(&translator, within).await })
    });
    let asks: Vec<_> = asks.collect();
    let (mut most, mut answered) = (0, 0);
    while !asks.iter().all(tokio::task::JoinHandle::is_finished) {
        most = most.max(owner.number(&at_work).await);
    }
    let took = begun.elapsed();
    for ask in asks {
        match ask.await.unwrap() {
            FoundOutcome::Answered => answered += 1,
            FoundOutcome::Unavailable(SourceError::TimedOut) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!((2..=4).contains(&most), "{most} statements at once");
    assert!((80..100).contains(&answered), "{answered}");
    at_most(&space, &mut owner, 4).await;
    // One after the other would take four seconds and more: a driver manager may serialize calls.
    assert!(took < Duration::from_millis(3_500), "{took:?}");
}

#[tokio::test]
async fn statements_stop_at_the_server_at_their_time_out_and_at_the_deadline() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let home = through(&space, &sleeping(Kind::Postgres, "30")).await;
    let translator = home.try_open(limits(1)).await.unwrap();
    for (within, at_most) in [(60_000, 3_000), (100, 900)] {
        let started = Instant::now();
        let outcome = find(&translator, Duration::from_millis(within)).await;
        let took = started.elapsed();
        assert!(took < Duration::from_millis(at_most), "{took:?}");
        // The second may find the place still taken by what the first has left running.
        let full = within == 100 && outcome == unavailable(SourceError::Overloaded);
        assert!(
            full || outcome == unavailable(SourceError::TimedOut),
            "{outcome:?}"
        );
    }
    at_most(&space, &mut space.owner().await, 0).await;
    let quick = through(&space, QUICK).await;
    let translator = quick.try_open(limits(1)).await.unwrap();
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        FoundOutcome::Answered
    );
}

#[tokio::test]
async fn a_full_pool_is_waited_for_only_so_long_and_is_whole_afterwards() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let home = through(&space, &sleeping(Kind::Postgres, "0.8")).await;
    let translator = home.try_open(limits(1)).await.unwrap();
    let second = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let asked = Instant::now();
        let outcome = find(&translator, Duration::from_secs(5)).await;
        (outcome, asked.elapsed())
    };
    let (first, (second, took)) = tokio::join!(find(&translator, Duration::from_secs(5)), second);
    assert_eq!(first, FoundOutcome::Answered);
    assert_eq!(second, unavailable(SourceError::Overloaded));
    assert!(took < Duration::from_millis(750), "{took:?}");
    let third = find(&translator, Duration::from_secs(5)).await;
    assert_eq!(third, FoundOutcome::Answered);
}

#[tokio::test]
async fn an_ask_that_is_dropped_midway_spoils_nothing() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let home = through(&space, &sleeping(Kind::Postgres, "0.01")).await;
    let translator = home.try_open(limits(2)).await.unwrap();
    for n in 0..40 {
        let asking = find(&translator, Duration::from_secs(5));
        let cut = tokio::time::timeout(Duration::from_micros(n * 500), asking);
        drop(cut.await);
    }
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    for _ in 0..4 {
        let outcome = find(&translator, Duration::from_secs(5)).await;
        assert_eq!(outcome, FoundOutcome::Answered);
    }
    let open = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND state <> 'idle'",
        space.name
    );
    assert_eq!(space.owner().await.number(&open).await, 0);
}

#[tokio::test]
async fn a_hung_database_holds_its_places_and_nothing_else_until_it_is_back() {
    let server = own(Kind::Postgres);
    let space = server.space().await;
    table(&space, 1).await;
    let home = through(&space, QUICK).await;
    let translator = home.try_open(limits(2)).await.unwrap();
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        FoundOutcome::Answered
    );
    let mut owner = space.owner().await;
    server.signal("-STOP");
    let mut outcomes = Vec::new();
    for _ in 0..8 {
        let started = Instant::now();
        outcomes.push(find(&translator, Duration::from_millis(400)).await);
        let took = started.elapsed();
        assert!(took < Duration::from_millis(1_400), "{took:?}");
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    let named = [SourceError::TimedOut, SourceError::Overloaded].map(unavailable);
    assert!(
        outcomes.iter().all(|one| named.contains(one)),
        "{outcomes:?}"
    );
    assert_eq!(outcomes[0], named[0]);
    // Places come back only when the driver does, which gives up a new connection after a while.
    assert!(outcomes.contains(&named[1]), "{outcomes:?}");
    server.signal("-CONT");
    at_most(&space, &mut owner, 2).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    for _ in 0..4 {
        assert_eq!(
            ask(&translator, "04-01").await.outcome,
            FoundOutcome::Answered
        );
    }
    assert!(space.connections(&mut owner).await <= 2);
}

#[tokio::test]
async fn a_killed_database_is_missing_until_it_is_back() {
    let server = own(Kind::Postgres);
    let space = server.space().await;
    table(&space, 1).await;
    let home = through(&space, QUICK).await;
    let translator = home.try_open(limits(2)).await.unwrap();
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        FoundOutcome::Answered
    );
    server.signal("-KILL");
    let outcome = ask(&translator, "04-01").await.outcome;
    assert_eq!(outcome, unavailable(SourceError::Missing));
    let meanwhile = home.try_open(limits(2)).await.unwrap();
    server.again();
    for translator in [&translator, &meanwhile] {
        assert_eq!(
            ask(translator, "04-01").await.outcome,
            FoundOutcome::Answered
        );
    }
    // A restart between two asks is not even noticed.
    server.signal("-KILL");
    server.again();
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        FoundOutcome::Answered
    );
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_broken_and_a_huge_one_is_named() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 0).await;
    let long = format!("('{PERSON}', REPEAT('x', 3000))");
    let values = vec![long; 200].join(", ");
    space
        .sql(&[&format!("INSERT INTO T VALUES {values}")])
        .await;
    for (bytes_max, expected) in [
        (300_000, unavailable(SourceError::Broken)),
        (10_000_000, FoundOutcome::Answered),
    ] {
        let port = cutting(space.server, bytes_max).await;
        let home = home(&space, QUICK);
        home.mapping("connectors.toml", &connector_at(&space, port).await);
        let translator = home.try_open(limits(1)).await.unwrap();
        let found = ask(&translator, "04-01").await;
        assert_eq!(found.outcome, expected);
        assert_eq!(found.records.is_empty(), expected != FoundOutcome::Answered);
    }
    let home = through(&space, QUICK).await;
    let translator = home.try_open(limits(1)).await.unwrap();
    let mut owner = space.owner().await;
    let short = vec![format!("('{PERSON}', 'x')"); RECORDS_PER_ANSWER_MAX - 199].join(", ");
    owner.run(&format!("INSERT INTO T VALUES {short}")).await;
    let outcome = ask(&translator, "04-01").await.outcome;
    assert_eq!(outcome, unavailable(SourceError::TooManyRecords));
    owner.run("DELETE FROM T").await;
    let three_bytes = format!("('{PERSON}', REPEAT('长', 4000))");
    let values = vec![three_bytes; 800].join(", ");
    owner.run(&format!("INSERT INTO T VALUES {values}")).await;
    let outcome = ask(&translator, "04-01").await.outcome;
    assert_eq!(outcome, unavailable(SourceError::TooLarge));
    // 100 MB of rows, of which the server is asked for no more than an answer holds.
    owner.run("DELETE FROM T").await;
    let many = "INSERT INTO T SELECT '{}', repeat('x', 4000) FROM generate_series(1, 25000)";
    owner.run(&many.replace("{}", PERSON)).await;
    let outcome = ask(&translator, "04-01").await.outcome;
    let named = [SourceError::TooLarge, SourceError::TooManyRecords].map(unavailable);
    assert!(named.contains(&outcome), "{outcome:?}");
    owner.run("DELETE FROM T").await;
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        FoundOutcome::NoRecord
    );
    assert!(space.connections(&mut owner).await <= 1);
}

#[tokio::test]
async fn a_wrong_password_has_a_name_and_a_right_one_needs_no_restart() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    let home = through(&space, QUICK).await;
    let file = space.server.folder.join(format!("{}.password", space.name));
    std::fs::write(&file, "wrong").unwrap();
    let translator = home.try_open(limits(2)).await.unwrap();
    let outcome = ask(&translator, "04-01").await.outcome;
    assert_eq!(outcome, unavailable(SourceError::AccessDenied));
    // A password may hold what ends a value of a connection string.
    let odd = "r;UID=x}+=w";
    let mut owner = space.owner().await;
    let change = format!("ALTER ROLE {} PASSWORD '{odd}'", space.name);
    owner.run(&change).await;
    std::fs::write(&file, format!("{odd}\n")).unwrap();
    let outcome = ask(&translator, "04-01").await.outcome;
    assert_eq!(outcome, FoundOutcome::Answered);
}

#[tokio::test]
async fn the_age_of_the_rows_is_asked_with_them() {
    let space = shared(Kind::Postgres).space().await;
    table(&space, 1).await;
    space
        .sql(&[
            "CREATE TABLE LOADLOG (LOADED TIMESTAMP)",
            "INSERT INTO LOADLOG VALUES ('2026-11-22 23:00:00.5'), ('2026-11-20 23:00:00')",
        ])
        .await;
    let home = through(&space, QUICK).await;
    let mapping = home.path().join("mappings/04.toml");
    let text = std::fs::read_to_string(&mapping).unwrap();
    let freshness = "[freshness]\nas_of_sql = \"SELECT MAX(LOADED) FROM LOADLOG\"\n\
         stale_after_hours = 36\n";
    std::fs::write(&mapping, format!("{text}\n{freshness}")).unwrap();
    let translator = home.try_open(limits(1)).await.unwrap();
    let found = ask(&translator, "04-01").await;
    assert_eq!(found.outcome, FoundOutcome::Answered);
    assert_eq!(found.as_of, datetime!(2026-11-22 23:00 +8));
    space.sql(&["DELETE FROM LOADLOG"]).await;
    let outcome = ask(&translator, "04-01").await.outcome;
    assert_eq!(outcome, unavailable(SourceError::AgeUnknown));
}
