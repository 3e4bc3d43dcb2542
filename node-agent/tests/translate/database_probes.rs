//! The hub's probe reaches a SQLite file itself: a lock of its owner, a file that is no database
//! and a full pool each have their word within the probe's time.

use std::time::{Duration, Instant};

use node_agent::translate::{FoundOutcome, LocalLimits, SourceError};

use crate::bench::{Home, NOW, ask, item, items, person};
use crate::server_probes::{AT_ONCE, assert_out, long_word, until_well, word};

/// Works for ever, whatever is bound.
const SLOW: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c \
     WHERE x < 10000000000) SELECT COUNT(*) AS BAL FROM c WHERE ?1 <> ''";

fn limits() -> LocalLimits {
    LocalLimits {
        pool_max: 1,
        statement_timeout: Duration::from_secs(3),
        queue_wait: Duration::from_secs(1),
        asks_in_flight_max: 8,
    }
}

/// A home with one table of its file.
pub(crate) async fn home(sql: &str) -> Home {
    let home = Home::new();
    let items = items("04", &[("04-01", "from = \"BAL\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\nsql = \"{sql}\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
    home.sql(&["CREATE TABLE T (ID, BAL)".to_owned()]).await;
    home
}

#[tokio::test]
async fn a_locked_database_is_out_however_warm_the_agent_is() {
    let home = home("SELECT BAL FROM T WHERE ID = ?1").await;
    let translator = home.try_open(limits()).await.unwrap();
    assert_eq!(
        ask(&translator, "04-01").await.outcome,
        FoundOutcome::NoRecord
    );
    assert_eq!(long_word(&translator).await, Ok(()));
    let mut owner = home.owner().await;
    for _ in 0..2 {
        let begun = sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut owner);
        begun.await.unwrap();
        for _ in 0..3 {
            assert_out(word(&translator).await, "locked");
        }
        sqlx::raw_sql("ROLLBACK").execute(&mut owner).await.unwrap();
        assert_eq!(long_word(&translator).await, Ok(()));
        // A question has its own patience over the same connection: longer than a probe's.
        let begun = sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut owner);
        begun.await.unwrap();
        let released = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            sqlx::raw_sql("ROLLBACK").execute(&mut owner).await.unwrap();
        };
        let (found, ()) = tokio::join!(ask(&translator, "04-01"), released);
        assert_eq!(found.outcome, FoundOutcome::NoRecord);
    }
}

#[tokio::test]
async fn where_the_only_place_is_taken_it_says_so_at_once_and_works_on_nothing() {
    let home = home(SLOW).await;
    let translator = home.try_open(limits()).await.unwrap();
    assert_eq!(
        long_word(&translator).await,
        Ok(()),
        "it is planned and not run"
    );
    let probing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        (word(&translator).await, begun.elapsed())
    };
    let items = [item("04-01")].into();
    let subject = person(crate::bench::PERSON);
    let deadline = tokio::time::Instant::now() + Duration::from_millis(700);
    let class = item("04-01").class();
    let asking = translator.find(class, &items, &subject, NOW, deadline);
    let (found, (busy, took)) = tokio::join!(asking, probing);
    let timed_out = FoundOutcome::Unavailable(SourceError::TimedOut);
    assert_eq!(found.outcome, timed_out, "the question keeps its place");
    assert_eq!(busy, Err(SourceError::Overloaded));
    assert!(took < AT_ONCE, "{took:?}");
    until_well(&translator).await;
}

#[tokio::test]
async fn what_is_gone_or_no_database_is_out() {
    let home = home("SELECT BAL FROM T WHERE ID = ?1 -- who").await;
    let translator = home.try_open(limits()).await.unwrap();
    assert_eq!(
        long_word(&translator).await,
        Ok(()),
        "a comment ends with its line"
    );
    home.sql(&["DROP TABLE T".to_owned()]).await;
    assert_eq!(long_word(&translator).await, Err(SourceError::Broken));
    home.sql(&["CREATE TABLE T (ID, OTHER)".to_owned()]).await;
    assert_eq!(long_word(&translator).await, Err(SourceError::Broken));
    home.sql(&[
        "DROP TABLE T".to_owned(),
        "CREATE TABLE T (ID, BAL)".to_owned(),
    ])
    .await;
    assert_eq!(long_word(&translator).await, Ok(()));
    std::fs::write(
        home.database(),
        b"this is no database, whatever its name says",
    )
    .unwrap();
    assert!(word(&translator).await.is_err());
}
