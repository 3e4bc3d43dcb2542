//! The database itself stops a statement whose time is over, with nobody outside to cut it off.

use tokio::time::timeout;

use super::*;

const ENDLESS: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c \
     WHERE x < 10000000000) SELECT COUNT(*) AS N FROM c WHERE ?1 <> ''";

#[tokio::test]
async fn a_statement_is_stopped_inside_the_database() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("center.db");
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    drop(options.connect().await.unwrap());
    let pool = Pool::new(&path, None, LocalLimits::default());
    let statement = Statement::reviewed(ENDLESS, 1, 1).unwrap();
    let stop = Instant::now() + Duration::from_millis(100);
    let mut connection = pool.connection(stop).await.unwrap();
    let search = Search {
        bound: &["x".to_owned()],
        key: "x",
        way: 0,
        id_type: "",
        given: wire::convert::Given::NONE,
        columns: &["N".to_owned()],
        wanted: &[true],
        rows_max: 1,
        deadline: stop,
    };
    let rows = pool.rows(&mut connection, &statement, search);
    let stopped = timeout(Duration::from_secs(20), rows).await.unwrap();
    assert_eq!(stopped.err(), Some(SourceError::TimedOut));
}

#[tokio::test]
async fn a_connection_is_used_again_with_a_new_limit_and_writes_nothing() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("center.db");
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut owner = options.connect().await.unwrap();
    owner
        .execute("CREATE TABLE T (A); INSERT INTO T VALUES (1)")
        .await
        .unwrap();
    let pool = Pool::new(
        &path,
        None,
        LocalLimits {
            pool_max: 1,
            ..LocalLimits::default()
        },
    );
    let columns = ["a".to_owned()];
    let search = Search {
        bound: &["1".to_owned()],
        key: "1",
        way: 0,
        id_type: "",
        given: wire::convert::Given::NONE,
        columns: &columns,
        wanted: &[true],
        rows_max: 1,
        deadline: Instant::now() + Duration::from_secs(5),
    };
    let statement = Statement::reviewed("SELECT A FROM T WHERE A = CAST(?1 AS INTEGER)", 1, 1);
    let statement = statement.unwrap();
    for _ in 0..3 {
        let (rows, _) = pool.search(&statement, None, search).await.unwrap();
        assert!(matches!(&rows[0][0], Cell::Text(text) if text == "1"));
        assert_eq!(pool.idle.lock().unwrap().len(), 1);
    }
    let mut connection = pool.connection(search.deadline).await.unwrap();
    assert!(
        connection
            .sqlite
            .execute("INSERT INTO T VALUES (2)")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_is_stopped_inside_the_database() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("center.db");
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    drop(options.connect().await.unwrap());
    let patient = LocalLimits {
        statement_timeout: Duration::from_secs(60),
        ..LocalLimits::default()
    };
    let pool = Pool::new(&path, None, patient);
    let statement = Statement::reviewed(ENDLESS, 1, 1).unwrap();
    let stop = Instant::now() + Duration::from_secs(60);
    let connection = pool.connection(stop).await.unwrap();
    // The engine's handler holds it as long as the engine's thread has the connection.
    let held = Arc::downgrade(&connection.stop_at);
    pool.keep(connection);
    let search = Search {
        bound: &["x".to_owned()],
        key: "x",
        way: 0,
        id_type: "",
        given: wire::convert::Given::NONE,
        columns: &["N".to_owned()],
        wanted: &[true],
        rows_max: 1,
        deadline: stop,
    };
    let asked = pool.search(&statement, None, search);
    let hung_up = timeout(Duration::from_millis(200), asked).await;
    assert!(hung_up.is_err(), "it works for a long time");
    let begun = Instant::now();
    while held.strong_count() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(1), "it still works");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
