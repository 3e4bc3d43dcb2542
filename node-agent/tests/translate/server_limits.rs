//! What protects a center's database server, and what happens when the server does not do its
//! part: each has its own bounded outcome on PostgreSQL and on MariaDB.

use std::time::{Duration, Instant};

use node_agent::translate::{
    FoundOutcome, LocalLimits, RECORDS_PER_ANSWER_MAX, SourceError, Translator,
};
use tokio_util::task::TaskTracker;

use crate::bench::{Home, NOW, PERSON, ask, item, items, person};
use crate::server_space::Space;
use crate::servers::{BOTH, Kind, shared};

pub(crate) const QUICK: &str = "SELECT BAL FROM T WHERE ID = ?1";

pub(crate) fn limits(pool_max: u32) -> LocalLimits {
    LocalLimits {
        pool_max,
        statement_timeout: Duration::from_secs(1),
        queue_wait: Duration::from_millis(300),
        asks_in_flight_max: 256,
    }
}

pub(crate) fn unavailable(error: SourceError) -> FoundOutcome {
    FoundOutcome::Unavailable(error)
}

/// A statement that takes so long.
pub(crate) fn sleeping(kind: Kind, seconds: &str) -> String {
    match kind {
        Kind::Postgres => {
            format!("SELECT BAL FROM T, (SELECT pg_sleep({seconds})) AS s WHERE ID = ?1")
        }
        Kind::MariaDb => format!("SELECT BAL FROM T WHERE ID = ?1 AND SLEEP({seconds}) = 0"),
    }
}

fn map(home: &Home, sql: &str) {
    let items = items("04", &[("04-01", "from = \"BAL\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\nsql = \"\"\"{sql}\"\"\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
}

pub(crate) async fn table(space: &Space<'_>, rows: usize) {
    let mut owner = space.owner().await;
    owner
        .run("CREATE TABLE T (ID VARCHAR(20), BAL VARCHAR(4000))")
        .await;
    let values = vec![format!("('{PERSON}', 'x')"); rows].join(", ");
    if rows > 0 {
        owner.run(&format!("INSERT INTO T VALUES {values}")).await;
    }
}

pub(crate) fn home(space: &Space<'_>, sql: &str) -> Home {
    let home = Home::new();
    home.mapping("connectors.toml", &space.connector());
    map(&home, sql);
    home
}

pub(crate) async fn find(translator: &Translator, within: Duration) -> FoundOutcome {
    let items = [item("04-01")].into();
    let deadline = tokio::time::Instant::now() + within;
    let class = item("04-01").class();
    let subject = person(PERSON);
    let found = translator.find(class, &items, &subject, NOW, deadline);
    found.await.outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_asks_at_once_hold_the_pool() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "0.02"));
        let pool = limits(4);
        let generous = LocalLimits {
            queue_wait: Duration::from_secs(20),
            ..pool
        };
        let translator = home.try_open(generous).await.unwrap();
        let mut owner = space.owner().await;
        let asks = (0..100).map(|n| {
            let translator = translator.clone();
            // Some stop waiting while the server works for them.
            let within = Duration::from_millis(if n % 5 == 0 { 60 } else { 20_000 });
            TaskTracker::new().spawn(async move { find(&translator, within).await })
        });
        let asks: Vec<_> = asks.collect();
        let (mut most, mut answered) = (0, 0);
        while !asks.iter().all(tokio::task::JoinHandle::is_finished) {
            most = most.max(space.connections(&mut owner).await);
        }
        for ask in asks {
            match ask.await.unwrap() {
                FoundOutcome::Answered => answered += 1,
                FoundOutcome::Unavailable(SourceError::TimedOut) => {}
                other => panic!("{kind:?}: {other:?}"),
            }
        }
        // The pool's, and the one that has the server stop work that nobody waits for.
        assert!((2..=4 + 1).contains(&most), "{kind:?}: {most} connections");
        assert!((80..100).contains(&answered), "{kind:?}: {answered}");
    }
}

#[tokio::test]
async fn statements_stop_at_the_server_at_their_time_out_and_at_the_deadline() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "30"));
        let translator = home.try_open(limits(1)).await.unwrap();
        for (within, at_most) in [(60_000, 3_000), (100, 900)] {
            let started = Instant::now();
            let outcome = find(&translator, Duration::from_millis(within)).await;
            assert_eq!(outcome, unavailable(SourceError::TimedOut), "{kind:?}");
            let took = started.elapsed();
            assert!(took < Duration::from_millis(at_most), "{kind:?}: {took:?}");
        }
        let outcome = find(&translator, Duration::ZERO).await;
        assert_eq!(outcome, unavailable(SourceError::TimedOut));
        let mut owner = space.owner().await;
        let begun = Instant::now();
        while space.connections(&mut owner).await > 0 {
            assert!(
                begun.elapsed() < Duration::from_secs(3),
                "{kind:?} still works"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn a_full_pool_is_waited_for_only_so_long() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "0.8"));
        let translator = home.try_open(limits(1)).await.unwrap();
        let second = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let asked = Instant::now();
            (
                find(&translator, Duration::from_secs(5)).await,
                asked.elapsed(),
            )
        };
        let (first, (second, took)) =
            tokio::join!(find(&translator, Duration::from_secs(5)), second);
        assert_eq!(first, FoundOutcome::Answered, "{kind:?}");
        assert_eq!(second, unavailable(SourceError::Overloaded), "{kind:?}");
        assert!(took < Duration::from_millis(750), "{took:?}");
    }
}

#[tokio::test]
async fn an_ask_that_is_dropped_midway_spoils_nothing() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "0.01"));
        let translator = home.try_open(limits(2)).await.unwrap();
        for n in 0..40 {
            let asking = find(&translator, Duration::from_secs(5));
            let cut = tokio::time::timeout(Duration::from_micros(n * 500), asking);
            drop(cut.await);
        }
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        for _ in 0..4 {
            let outcome = find(&translator, Duration::from_secs(5)).await;
            assert_eq!(outcome, FoundOutcome::Answered, "{kind:?}");
        }
        let open = match kind {
            Kind::Postgres => format!(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND state <> 'idle'",
                space.name
            ),
            Kind::MariaDb => {
                "SELECT COUNT(*) FROM information_schema.innodb_trx, \
                information_schema.processlist WHERE trx_mysql_thread_id = ID AND USER = "
                    .to_owned()
                    + &format!("'{}'", space.name)
            }
        };
        assert_eq!(space.owner().await.number(&open).await, 0, "{kind:?}");
    }
}

#[tokio::test]
async fn nothing_is_ever_written() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let function = match kind {
            Kind::Postgres => {
                "CREATE FUNCTION grow() RETURNS text LANGUAGE sql VOLATILE AS \
                 'INSERT INTO T VALUES (''x'', ''y'') RETURNING BAL'"
            }
            Kind::MariaDb => {
                "CREATE FUNCTION grow() RETURNS VARCHAR(9) MODIFIES SQL DATA BEGIN \
                 INSERT INTO T VALUES ('x', 'y'); RETURN 'y'; END"
            }
        };
        space.sql(&[function]).await;
        let writing = home(&space, "SELECT grow() AS BAL FROM T WHERE ID = ?1");
        let translator = writing.try_open(limits(1)).await.unwrap();
        let outcome = ask(&translator, "04-01").await.outcome;
        assert_eq!(outcome, unavailable(SourceError::Broken), "{kind:?}");
        let deleting = home(
            &space,
            "WITH d AS (DELETE FROM T WHERE ID = ?1 RETURNING BAL) SELECT BAL FROM d",
        );
        let faults = deleting.try_open(limits(1)).await.unwrap_err();
        assert!(
            faults.to_string().contains("refuses the statement"),
            "{faults}"
        );
        let mut owner = space.owner().await;
        assert_eq!(owner.number("SELECT COUNT(*) FROM T").await, 1, "{kind:?}");
    }
}

#[tokio::test]
async fn too_many_records_and_too_large_replies_are_no_shortened_answers() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, RECORDS_PER_ANSWER_MAX).await;
        let home_here = home(&space, QUICK);
        let translator = home_here.try_open(limits(1)).await.unwrap();
        let found = ask(&translator, "04-01").await;
        assert_eq!(found.records.len(), RECORDS_PER_ANSWER_MAX);
        let mut owner = space.owner().await;
        owner
            .run(&format!("INSERT INTO T VALUES ('{PERSON}', 'x')"))
            .await;
        let outcome = ask(&translator, "04-01").await.outcome;
        assert_eq!(
            outcome,
            unavailable(SourceError::TooManyRecords),
            "{kind:?}"
        );
        owner.run("DELETE FROM T WHERE BAL = 'x'").await;
        let three_bytes = format!("('{PERSON}', REPEAT('长', 4000))");
        let values = vec![three_bytes; 800].join(", ");
        owner.run(&format!("INSERT INTO T VALUES {values}")).await;
        let outcome = ask(&translator, "04-01").await.outcome;
        assert_eq!(outcome, unavailable(SourceError::TooLarge), "{kind:?}");
        owner.run("DELETE FROM T").await;
        let outcome = ask(&translator, "04-01").await.outcome;
        assert_eq!(outcome, FoundOutcome::NoRecord, "{kind:?}");
    }
}

#[tokio::test]
async fn statements_are_checked_at_load_without_the_servers_words() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        for (sql, expected) in [
            (
                "SELECT BAL FROM NOSUCH WHERE ID = ?1",
                "names a table that does not exist",
            ),
            (
                "SELECT NOSUCH AS BAL FROM T WHERE ID = ?1",
                "names a column that does not exist",
            ),
            ("SELECT BAL FRM T WHERE ID = ?1", "its syntax is wrong"),
            (
                "SELECT ID FROM T WHERE ID = ?1",
                "the statement delivers no column `BAL`",
            ),
            (
                "SELECT BAL FROM T WHERE ID = ?1 -- x",
                "must hold no comment",
            ),
        ] {
            let home = home(&space, sql);
            let faults = home.try_open(limits(1)).await.unwrap_err().to_string();
            assert!(faults.contains(expected), "{kind:?}: {faults}");
            assert!(!faults.contains("NOSUCH"), "{faults}");
        }
        let home = home(&space, "SELECT * FROM T WHERE ID = ?1");
        let translator = home.try_open(limits(1)).await.unwrap();
        assert_eq!(
            ask(&translator, "04-01").await.outcome,
            FoundOutcome::Answered
        );
        let mut owner = space.owner().await;
        owner.run("ALTER TABLE T RENAME COLUMN BAL TO OTHER").await;
        let outcome = ask(&translator, "04-01").await.outcome;
        assert_eq!(outcome, unavailable(SourceError::ColumnMissing), "{kind:?}");
        owner.run("ALTER TABLE T RENAME COLUMN OTHER TO BAL").await;
        assert_eq!(
            ask(&translator, "04-01").await.outcome,
            FoundOutcome::Answered
        );
    }
    let space = shared(Kind::Postgres).space().await;
    space.sql(&["CREATE TABLE T (ID DATE, BAL TEXT)"]).await;
    let home = home(&space, QUICK);
    let faults = home.try_open(limits(1)).await.unwrap_err().to_string();
    assert!(faults.contains("?1 is compared with a DATE"), "{faults}");
}

#[tokio::test]
async fn a_locked_table_is_waited_for_only_so_long() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, QUICK);
        let patient = LocalLimits {
            statement_timeout: Duration::from_secs(3),
            ..limits(1)
        };
        let translator = home.try_open(patient).await.unwrap();
        let mut owner = space.owner().await;
        match kind {
            Kind::Postgres => {
                owner
                    .run("BEGIN; LOCK TABLE T IN ACCESS EXCLUSIVE MODE")
                    .await
            }
            Kind::MariaDb => owner.run("LOCK TABLES T WRITE").await,
        }
        let outcome = ask(&translator, "04-01").await.outcome;
        assert_eq!(outcome, unavailable(SourceError::Locked), "{kind:?}");
    }
}
