//! The hub's probe reaches the database itself: a locked table, a hung or a killed server is out
//! within the probe's time, however warm the agent is; and no probe takes more of the server than
//! the pool allows. PostgreSQL and MariaDB.

use std::time::{Duration, Instant};

use node_agent::translate::{FoundOutcome, LocalLimits, SourceError, Translator};
use tokio_util::task::TaskTracker;

use crate::bench::{Home, NOW, ask, class, item, items, person};
use crate::server_limits::{QUICK, find, home, limits, sleeping, table};
use crate::server_space::{Owner, Space};
use crate::servers::{BOTH, Kind, own, shared};

/// What the agent has of the 400 ms that a hub waits where a question hangs in silence.
const WORD: Duration = Duration::from_millis(380);
/// An agent's word is there in time, on a busy machine too.
const IN_TIME: Duration = Duration::from_millis(600);
/// A busy machine's "at once": sooner than after half of a word's time.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(180);
/// Where it does not matter how soon.
const LONG: Duration = Duration::from_secs(2);

pub(crate) fn patient(pool_max: u32) -> LocalLimits {
    LocalLimits {
        statement_timeout: Duration::from_secs(3),
        queue_wait: Duration::from_secs(1),
        ..limits(pool_max)
    }
}

pub(crate) async fn word_about(
    translator: &Translator,
    no: &str,
    within: Duration,
) -> Result<(), SourceError> {
    let deadline = tokio::time::Instant::now() + within;
    let word = translator.standing(class(no), NOW, deadline).await;
    word.expect("a database can be tried")
}

pub(crate) async fn word(translator: &Translator) -> Result<(), SourceError> {
    let begun = Instant::now();
    let word = word_about(translator, "04", WORD).await;
    let took = begun.elapsed();
    assert!(took < IN_TIME, "{took:?}");
    word
}

/// A word for which a busy machine has time.
pub(crate) async fn long_word(translator: &Translator) -> Result<(), SourceError> {
    word_about(translator, "04", LONG).await
}

/// A word of health comes back soon after what was wrong is over.
pub(crate) async fn until_well(translator: &Translator) {
    let begun = Instant::now();
    while word(translator).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(3), "never well again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn lock(owner: &mut Owner, kind: Kind, name: &str) {
    let text = match kind {
        Kind::Postgres => format!("BEGIN; LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"),
        Kind::MariaDb => format!("LOCK TABLES {name} WRITE"),
    };
    owner.run(&text).await;
}

async fn unlock(owner: &mut Owner, kind: Kind) {
    let text = match kind {
        Kind::Postgres => "COMMIT",
        Kind::MariaDb => "UNLOCK TABLES",
    };
    owner.run(text).await;
}

pub(crate) fn assert_out(word: Result<(), SourceError>, what: &str) {
    let named = [SourceError::TimedOut, SourceError::Locked];
    assert!(
        word.is_err_and(|error| named.contains(&error)),
        "{what}: {word:?}"
    );
}

#[tokio::test]
async fn a_locked_table_is_out_however_warm_the_agent_is() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, QUICK);
        let translator = home.try_open(patient(2)).await.unwrap();
        assert_eq!(find(&translator, LONG).await, FoundOutcome::Answered);
        assert_eq!(long_word(&translator).await, Ok(()), "{kind:?}");
        let mut owner = space.owner().await;
        lock(&mut owner, kind, "T").await;
        for round in 0..4 {
            assert_out(word(&translator).await, &format!("{kind:?}, round {round}"));
        }
        // What waited for the lock no longer does.
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(space.connections(&mut owner).await <= 2, "{kind:?}");
        unlock(&mut owner, kind).await;
        until_well(&translator).await;
        assert_eq!(find(&translator, LONG).await, FoundOutcome::Answered);
    }
}

#[tokio::test]
async fn a_table_that_only_the_age_or_a_further_way_needs_counts_too() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        space
            .sql(&[
                "CREATE TABLE LOADLOG (LOADED TIMESTAMP)",
                "INSERT INTO LOADLOG VALUES ('2026-11-23 08:00:00')",
                "CREATE TABLE UNITS (UNIT VARCHAR(30), BAL VARCHAR(40))",
            ])
            .await;
        let home = home(&space, QUICK);
        let mapping = home.path().join("mappings/04.toml");
        let text = std::fs::read_to_string(&mapping).unwrap();
        let more = "[freshness]\nas_of_sql = \"SELECT MAX(LOADED) FROM LOADLOG\"\n\
                    stale_after_hours = 36\n[[lookup]]\nkind = \"employer\"\n\
                    forms = [\"credit-code\"]\n\
                    sql = \"SELECT BAL FROM UNITS WHERE UNIT = ?1\"\n";
        std::fs::write(&mapping, format!("{text}\n{more}")).unwrap();
        let translator = home.try_open(patient(2)).await.unwrap();
        assert_eq!(long_word(&translator).await, Ok(()), "{kind:?}");
        let mut owner = space.owner().await;
        for name in ["LOADLOG", "UNITS", "T"] {
            lock(&mut owner, kind, name).await;
            assert_out(word(&translator).await, &format!("{kind:?}, {name}"));
            unlock(&mut owner, kind).await;
            until_well(&translator).await;
        }
    }
}

#[tokio::test]
async fn a_hung_server_is_out_and_a_killed_one_until_it_is_back() {
    for kind in BOTH {
        let server = own(kind);
        let space = server.space().await;
        table(&space, 1).await;
        let home = home(&space, QUICK);
        let translator = home.try_open(patient(2)).await.unwrap();
        // Two connections are warm.
        let both = tokio::join!(find(&translator, LONG), find(&translator, LONG));
        assert_eq!(both, (FoundOutcome::Answered, FoundOutcome::Answered));
        server.signal("-STOP");
        for round in 0..3 {
            assert_out(word(&translator).await, &format!("{kind:?}, round {round}"));
        }
        server.signal("-CONT");
        until_well(&translator).await;
        server.signal("-KILL");
        assert_eq!(
            long_word(&translator).await,
            Err(SourceError::Missing),
            "{kind:?}"
        );
        server.again();
        assert_eq!(long_word(&translator).await, Ok(()), "{kind:?}");
        // A restart between two probes is not even noticed.
        server.signal("-KILL");
        server.again();
        assert_eq!(long_word(&translator).await, Ok(()), "{kind:?}");
    }
}

#[tokio::test]
async fn where_no_place_is_free_it_says_so_at_once() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "0.8"));
        let translator = home.try_open(patient(1)).await.unwrap();
        let probing = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let begun = Instant::now();
            (word(&translator).await, begun.elapsed())
        };
        let asking = find(&translator, Duration::from_secs(5));
        let (answered, (word_then, took)) = tokio::join!(asking, probing);
        assert_eq!(
            answered,
            FoundOutcome::Answered,
            "the question keeps its place"
        );
        assert_eq!(word_then, Err(SourceError::Overloaded), "{kind:?}");
        assert!(took < AT_ONCE, "{kind:?}: {took:?}");
        assert_eq!(long_word(&translator).await, Ok(()), "{kind:?}");
    }
}

/// The statement is planned and not worked on; numbers are compared with nothing; a column that is
/// gone is missed.
#[tokio::test]
async fn a_probe_is_cheap_and_knows_what_the_mapping_reads() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let slow = home(&space, &sleeping(kind, "30"));
        let translator = slow.try_open(patient(1)).await.unwrap();
        assert_eq!(long_word(&translator).await, Ok(()), "{kind:?}");
        space
            .sql(&["CREATE TABLE N (ID DECIMAL(20), NO BIGINT, BAL TEXT)"])
            .await;
        let number = match kind {
            Kind::Postgres => "?1",
            Kind::MariaDb => "CAST(?1 AS UNSIGNED)",
        };
        let sql = format!("SELECT * FROM N WHERE ID = {number} OR NO = {number}");
        let numbers = home(&space, &sql);
        let translator = numbers.try_open(patient(1)).await.unwrap();
        assert_eq!(long_word(&translator).await, Ok(()), "{kind:?}");
        let mut owner = space.owner().await;
        owner.run("ALTER TABLE N RENAME COLUMN BAL TO OTHER").await;
        assert!(word(&translator).await.is_err(), "{kind:?}");
        let missing = long_word(&translator).await;
        assert_eq!(missing, Err(SourceError::ColumnMissing), "{kind:?}");
        owner.run("ALTER TABLE N RENAME COLUMN OTHER TO BAL").await;
        until_well(&translator).await;
        owner.run("DROP TABLE N").await;
        assert!(word(&translator).await.is_err(), "{kind:?}");
    }
}

/// Fourteen classes of four streams at once, as of a hub gone mad, over and over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_hold_the_pool_and_cost_questions_nothing() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "0.02"));
        let translator = home.try_open(patient(4)).await.unwrap();
        let mut owner = space.owner().await;
        let probes: Vec<_> = (0..56)
            .map(|_| {
                let translator = translator.clone();
                TaskTracker::new().spawn(async move {
                    let mut words = Vec::new();
                    for _ in 0..5 {
                        words.push(long_word(&translator).await);
                    }
                    words
                })
            })
            .collect();
        let asks: Vec<_> = (0..40)
            .map(|_| {
                let translator = translator.clone();
                let within = Duration::from_secs(10);
                TaskTracker::new().spawn(async move { find(&translator, within).await })
            })
            .collect();
        let mut most = 0;
        let all_done = || {
            let asked = asks.iter().all(tokio::task::JoinHandle::is_finished);
            asked && probes.iter().all(tokio::task::JoinHandle::is_finished)
        };
        while !all_done() {
            most = most.max(space.connections(&mut owner).await);
        }
        for ask in asks {
            assert_eq!(ask.await.unwrap(), FoundOutcome::Answered, "{kind:?}");
        }
        let mut well = 0;
        for probe in probes {
            for word in probe.await.unwrap() {
                match word {
                    Ok(()) => well += 1,
                    Err(error) => assert_eq!(error, SourceError::Overloaded, "{kind:?}"),
                }
            }
        }
        assert!((2..=4).contains(&most), "{kind:?}: {most} connections");
        assert!(well > 0, "{kind:?}");
        assert!(space.connections(&mut owner).await <= 4, "{kind:?}");
    }
}

/// One class of its own table beside another, of the same connector.
fn two_classes(space: &Space<'_>) -> Home {
    let home = home(space, QUICK);
    let items = items("03", &[("03-06", "from = \"BAL\"")]);
    home.mapping(
        "03.toml",
        &format!(
            "class = \"03\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT BAL FROM U WHERE ID = ?1\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
    home
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_of_a_locked_table_leave_places_and_turns_to_others() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        space
            .sql(&["CREATE TABLE U (ID VARCHAR(20), BAL VARCHAR(40))"])
            .await;
        let home = two_classes(&space);
        let translator = home.try_open(patient(4)).await.unwrap();
        let mut owner = space.owner().await;
        lock(&mut owner, kind, "T").await;
        let locked = word_about(&translator, "04", WORD);
        let other = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            word_about(&translator, "03", WORD).await
        };
        let (locked, other) = tokio::join!(locked, other);
        assert_out(locked, &format!("{kind:?}"));
        assert_eq!(other, Ok(()), "{kind:?}: another class has its own word");
        tokio::time::sleep(Duration::from_millis(500)).await;
        // More probes of it than places: they have half of the places and say that they are busy.
        let long = Duration::from_millis(980);
        let probes: Vec<_> = (0..14)
            .map(|_| {
                let translator = translator.clone();
                TaskTracker::new().spawn(async move { word_about(&translator, "04", long).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        for _ in 0..3 {
            let items = [item("03-06")].into();
            let deadline = tokio::time::Instant::now() + WORD;
            let subject = person(crate::bench::PERSON);
            let found = translator.find(class("03"), &items, &subject, NOW, deadline);
            assert_eq!(found.await.outcome, FoundOutcome::NoRecord, "{kind:?}");
        }
        let mut busy = 0;
        for probe in probes {
            match probe.await.unwrap() {
                Err(SourceError::Overloaded) => busy += 1,
                other => assert_out(other, &format!("{kind:?}")),
            }
        }
        assert_eq!(busy, 14 - 2, "{kind:?}");
        unlock(&mut owner, kind).await;
        until_well(&translator).await;
        assert_eq!(
            ask(&translator, "04-01").await.outcome,
            FoundOutcome::Answered
        );
    }
}
