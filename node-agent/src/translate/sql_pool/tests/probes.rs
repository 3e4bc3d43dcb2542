//! Probes at a server that only counts: what it is asked for, and how many connections it sees.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::{advance, sleep};
use tokio_util::task::TaskTracker;

use super::*;
use crate::translate::sql_dialect::Delivered;

/// A server that counts.
#[derive(Debug, Default)]
struct Counting {
    opened: AtomicUsize,
    /// Of each statement run, how many rows were asked for and what was bound.
    runs: Mutex<Vec<(usize, Vec<Option<String>>)>>,
}

impl Dialect for Counting {
    type Connection = ();

    async fn connect(&self, _: LocalLimits) -> Result<(), Failure> {
        sleep(Duration::from_millis(1)).await;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn limit(&self, _: &mut (), _: Duration) -> Result<(), Failure> {
        Ok(())
    }

    fn mark(&self, _: &()) -> Option<u64> {
        None
    }

    async fn stop(&self, _: LocalLimits, _: u64) -> Result<(), Failure> {
        Ok(())
    }

    async fn describe(&self, _: &mut (), statement: &Statement) -> Result<Described, Failure> {
        Ok(Described {
            inner: statement.text().to_string(),
            binds: vec![0],
            columns: vec![Delivered {
                name: "BAL".to_owned(),
                expression: "BAL".to_owned(),
                is_bytes: false,
                is_single: false,
            }],
        })
    }

    async fn read(&self, _: &mut (), asked: Asked<'_>, _: &mut Reply) -> Result<(), Failure> {
        sleep(Duration::from_millis(1)).await;
        let binds = asked.binds().map(|one| one.map(str::to_owned)).collect();
        self.runs.lock().unwrap().push((asked.rows_limit, binds));
        Ok(())
    }
}

fn pool(pool_max: u32) -> Arc<Pool<Counting>> {
    let limits = LocalLimits {
        pool_max,
        queue_wait: Duration::from_secs(20),
        ..LocalLimits::default()
    };
    Arc::new(Pool::new(Counting::default(), None, limits))
}

fn statement() -> Statement {
    Statement::reviewed("SELECT BAL FROM T WHERE ID = ?1", 1, 1).unwrap()
}

async fn ask(pool: &Pool<Counting>, is_probe: bool) -> Result<(), SourceError> {
    let search = Search {
        bound: &["x".to_owned()],
        key: "x",
        way: 0,
        id_type: "",
        given: wire::convert::Given::NONE,
        columns: &["BAL".to_owned()],
        wanted: &[true],
        rows_max: 7,
        deadline: Instant::now() + Duration::from_secs(20),
    };
    if is_probe {
        pool.probe(&statement(), None, search).await
    } else {
        pool.search(&statement(), None, search).await.map(drop)
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_runs_the_statement_each_time_and_keeps_no_connection_alive() {
    let pool = pool(2);
    assert!(matches!(
        pool.prepare(&statement()).await,
        Prepared::Columns(_)
    ));
    assert_eq!(ask(&pool, false).await, Ok(()));
    for _ in 0..7 {
        advance(Duration::from_secs(10)).await;
        assert_eq!(ask(&pool, true).await, Ok(()));
    }
    let runs = pool.dialect.runs.lock().unwrap().clone();
    assert_eq!(runs[0], (8, vec![Some("x".to_owned())]));
    assert_eq!(runs[1..], vec![(0, vec![None]); 7], "of nobody, and no row");
    // No question came over the first for a minute.
    assert_eq!(pool.dialect.opened.load(Ordering::Relaxed), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_never_more_connections_than_places_whatever_asks() {
    let pool = pool(3);
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let pool = Arc::clone(&pool);
            TaskTracker::new().spawn(async move {
                match n % 4 {
                    0 => drop(pool.prepare(&statement()).await),
                    1 => drop(ask(&pool, true).await),
                    _ => assert_eq!(ask(&pool, false).await, Ok(())),
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let opened = pool.dialect.opened.load(Ordering::Relaxed);
    assert!((1..=3).contains(&opened), "{opened}");
    assert_eq!(pool.idle.lock().unwrap().len(), opened);
}
