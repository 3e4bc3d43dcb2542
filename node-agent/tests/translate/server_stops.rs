//! Work that nobody waits for any more ends at the server itself, as its own list of processes
//! says, within a second, and its place in the pool is free again: PostgreSQL and MariaDB.

use std::time::{Duration, Instant};

use node_agent::translate::{FoundOutcome, LocalLimits, SourceError, Translator};
use tokio_util::task::TaskTracker;

use crate::server_limits::{find, home, limits, sleeping, table, unavailable};
use crate::server_space::{Owner, Space};
use crate::servers::{BOTH, Kind, shared};

/// Work at the source ends this long after nobody waits for it.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

/// A server's own limit that is far from helping.
fn patient(pool_max: u32) -> LocalLimits {
    LocalLimits {
        statement_timeout: Duration::from_secs(25),
        queue_wait: Duration::from_secs(3),
        ..limits(pool_max)
    }
}

/// Statements that this space's account has under way at the server.
async fn under_way(space: &Space<'_>, owner: &mut Owner) -> i64 {
    let name = &space.name;
    owner
        .number(&match space.server.kind {
            Kind::Postgres => format!(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = '{name}' \
                 AND state = 'active' AND query LIKE '%pg_sleep%'"
            ),
            Kind::MariaDb => format!(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE USER = '{name}' \
                 AND INFO LIKE '%SLEEP%'"
            ),
        })
        .await
}

async fn until_under_way(space: &Space<'_>, owner: &mut Owner, wanted: i64) -> Duration {
    let begun = Instant::now();
    while under_way(space, owner).await != wanted {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}: never {wanted}",
            space.server.kind
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    begun.elapsed()
}

/// Asks and hangs up once the server works.
async fn hang_up(space: &Space<'_>, owner: &mut Owner, translator: &Translator, asks: i64) {
    let tasks: Vec<_> = (0..asks)
        .map(|_| {
            let translator = translator.clone();
            TaskTracker::new()
                .spawn(async move { find(&translator, Duration::from_secs(25)).await })
        })
        .collect();
    until_under_way(space, owner, asks).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_hung_up_on_stops_at_the_server() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "20"));
        let translator = home.try_open(patient(4)).await.unwrap();
        let mut owner = space.owner().await;
        for round in 0..3 {
            hang_up(&space, &mut owner, &translator, 4).await;
            let took = until_under_way(&space, &mut owner, 0).await;
            assert!(took < ENDS_WITHIN, "{kind:?}, round {round}: {took:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_ends_the_work_at_the_server_and_frees_its_place() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "20"));
        let translator = home.try_open(patient(1)).await.unwrap();
        let mut owner = space.owner().await;
        for round in 0..2 {
            let begun = Instant::now();
            let outcome = find(&translator, Duration::from_millis(400)).await;
            assert_eq!(outcome, unavailable(SourceError::TimedOut), "{kind:?}");
            until_under_way(&space, &mut owner, 0).await;
            let took = begun.elapsed();
            assert!(
                took < Duration::from_millis(400) + ENDS_WITHIN,
                "{kind:?}, round {round}: {took:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_work_that_was_hung_up_on_is_stopped() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "1.2"));
        let translator = home.try_open(patient(4)).await.unwrap();
        let mut owner = space.owner().await;
        let others: Vec<_> = (0..2)
            .map(|_| {
                let translator = translator.clone();
                TaskTracker::new()
                    .spawn(async move { find(&translator, Duration::from_secs(10)).await })
            })
            .collect();
        until_under_way(&space, &mut owner, 2).await;
        for _ in 0..2 {
            let cut = find(&translator, Duration::from_secs(10));
            drop(tokio::time::timeout(Duration::from_millis(150), cut).await);
        }
        for other in others {
            assert_eq!(other.await.unwrap(), FoundOutcome::Answered, "{kind:?}");
        }
    }
}
