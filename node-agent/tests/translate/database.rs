//! A database that is absent, locked, slow or changed: each has its own bounded outcome, and the
//! limits that protect the local system hold.

use std::time::{Duration, Instant};

use catalog::ClassNo;
use node_agent::translate::{
    FoundOutcome, LocalLimits, RECORDS_PER_ANSWER_MAX, SourceError, Translator,
};
use sqlx::Connection;

use crate::bench::{Home, NOW, PERSON, ask, item, items, person};

const SLOW: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c \
     WHERE x < 1000000000) SELECT COUNT(*) AS BAL FROM c WHERE ?1 <> ''";

fn limits() -> LocalLimits {
    LocalLimits {
        pool_max: 1,
        statement_timeout: Duration::from_secs(1),
        queue_wait: Duration::from_millis(300),
        asks_in_flight_max: 2,
    }
}

fn map(home: &Home, sql: &str) {
    let items = items("04", &[("04-01", "from = \"BAL\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\nsql = \"{sql}\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
}

async fn table(home: &Home, rows: usize) {
    home.sql(&[
        "CREATE TABLE T (ID, BAL)".to_owned(),
        format!(
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {rows}) \
             INSERT INTO T SELECT '{PERSON}', x FROM c"
        ),
    ])
    .await;
}

fn unavailable(error: SourceError) -> FoundOutcome {
    FoundOutcome::Unavailable(error)
}

#[tokio::test]
async fn an_absent_database_is_an_outage_until_it_comes_back() {
    let home = Home::new();
    map(&home, "SELECT BAL FROM T WHERE ID = ?1");
    let translator = home.try_open(limits()).await.unwrap();
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        unavailable(SourceError::Missing)
    );
    assert!(!home.database().exists(), "the agent creates nothing");
    table(&home, 1).await;
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        FoundOutcome::Answered
    );
    std::fs::write(
        home.database(),
        b"this is no database at all, whatever its name says",
    )
    .unwrap();
    let translator = home.try_open(limits()).await.unwrap();
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        unavailable(SourceError::Broken)
    );
}

#[tokio::test]
async fn a_locked_database_is_waited_for_only_so_long() {
    let home = Home::new();
    table(&home, 1).await;
    map(&home, "SELECT BAL FROM T WHERE ID = ?1");
    let translator = home.try_open(limits()).await.unwrap();
    let mut owner = home.owner().await;
    sqlx::raw_sql("BEGIN EXCLUSIVE; INSERT INTO T VALUES ('x', 1)")
        .execute(&mut owner)
        .await
        .unwrap();
    let started = Instant::now();
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        unavailable(SourceError::Locked)
    );
    assert!(started.elapsed() < Duration::from_secs(3));
    sqlx::raw_sql("ROLLBACK").execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        FoundOutcome::Answered
    );
}

async fn find(translator: &Translator, within: Duration) -> FoundOutcome {
    let items = [item("04-01")].into();
    let class: ClassNo = item("04-01").class();
    let deadline = tokio::time::Instant::now() + within;
    translator
        .find(class, &items, &person(PERSON), NOW, deadline)
        .await
        .outcome
}

#[tokio::test]
async fn statements_stop_at_their_time_out_and_at_the_deadline() {
    let home = Home::new();
    table(&home, 1).await;
    map(&home, SLOW);
    let translator = home.try_open(limits()).await.unwrap();
    let started = Instant::now();
    let outcome = find(&translator, Duration::from_secs(60)).await;
    assert_eq!(outcome, unavailable(SourceError::TimedOut));
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    let started = Instant::now();
    let outcome = find(&translator, Duration::from_millis(50)).await;
    assert_eq!(outcome, unavailable(SourceError::TimedOut));
    assert!(
        started.elapsed() < Duration::from_millis(800),
        "{:?}",
        started.elapsed()
    );
    let outcome = find(&translator, Duration::ZERO).await;
    assert_eq!(outcome, unavailable(SourceError::TimedOut));
}

#[tokio::test]
async fn more_asks_than_allowed_are_refused_at_once() {
    let home = Home::new();
    table(&home, 1).await;
    map(&home, SLOW);
    let translator = home.try_open(limits()).await.unwrap();
    let wait = Duration::from_secs(5);
    let started = Instant::now();
    let third = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let asked = Instant::now();
        (find(&translator, wait).await, asked.elapsed())
    };
    let (first, second, (third, took)) =
        tokio::join!(find(&translator, wait), find(&translator, wait), third);
    assert_eq!(third, unavailable(SourceError::Overloaded));
    assert!(took < Duration::from_millis(200), "{took:?}");
    // One holds the only connection; the other waited no longer than the queue allows.
    let mut both = [first, second].map(|outcome| match outcome {
        FoundOutcome::Unavailable(error) => error.as_str(),
        other => panic!("{other:?}"),
    });
    both.sort_unstable();
    assert_eq!(both, ["overloaded", "timed-out"]);
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn more_records_than_an_answer_holds_is_no_shortened_answer() {
    let home = Home::new();
    table(&home, RECORDS_PER_ANSWER_MAX).await;
    map(&home, "SELECT BAL FROM T WHERE ID = ?1");
    let translator = home.open().await;
    assert_eq!(
        ask(&translator, "04-01").await.records.len(),
        RECORDS_PER_ANSWER_MAX
    );
    home.sql(&[format!("INSERT INTO T VALUES ('{PERSON}', 0)")])
        .await;
    let found = ask(&translator, "04-01").await;
    assert_eq!(found.outcome, unavailable(SourceError::TooManyRecords));
    assert!(found.records.is_empty());
}

#[tokio::test]
async fn a_column_that_disappears_later_is_an_outage_and_the_agent_cannot_write() {
    let home = Home::new();
    map(&home, "SELECT * FROM T WHERE ID = ?1");
    let translator = home.try_open(limits()).await.unwrap();
    home.sql(&[
        "CREATE TABLE T (ID, OTHER)".to_owned(),
        format!("INSERT INTO T VALUES ('{PERSON}', 1)"),
    ])
    .await;
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        unavailable(SourceError::ColumnMissing)
    );
    assert_eq!(
        find(&translator, Duration::from_secs(5)).await,
        unavailable(SourceError::ColumnMissing)
    );
    map(
        &home,
        "WITH x AS (SELECT ?1) DELETE FROM T RETURNING ID AS BAL",
    );
    // It cannot stand inside of another statement; the session would not let it write either.
    let faults = home.try_open(limits()).await.unwrap_err().to_string();
    assert!(faults.contains("refuses the statement"), "{faults}");
    let mut owner = home.owner().await;
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM T")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(count, 1);
}
