//! A hundred asks at once, of each kind of source: none gets a wrong value, none waits beyond its
//! deadline, and afterwards all places of the pool are there again. PostgreSQL, MariaDB, SOAP and
//! ODBC are asked so beside their other tests; here are the others, and sources that hang.

use std::sync::Arc;
use std::time::{Duration, Instant};

use node_agent::translate::{Found, FoundOutcome, LocalLimits, SourceError, Translator};
use ring::digest;
use tokio_util::task::TaskTracker;

use crate::bench::{Home, Is, NOW, PERSON, ask, file, item, items, person, seen};
use crate::office::{Act, Office, Script, reply};
use crate::railway::{account, mapping};
use crate::server_limits::{self, home, limits, sleeping, table, unavailable};
use crate::servers::{BOTH, own};
use crate::systems::{self, JSON};

pub(crate) const CROWD: usize = 100;
/// A statement of SQLite that takes some hundredths of a second.
const BUSY: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE \
    x < 60000) SELECT BAL FROM T WHERE ID = ?1 AND (SELECT COUNT(*) FROM c) > 0";
const ENDLESS: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE \
    x < 1000000000) SELECT COUNT(*) AS BAL FROM c WHERE ?1 <> ''";

/// The outcomes of that many asks at once, each with its deadline.
pub(crate) async fn crowd(
    translator: &Translator,
    count: usize,
    within: impl Fn(usize) -> Duration,
) -> Vec<FoundOutcome> {
    let asks = (0..count).map(|n| {
        let (translator, within) = (translator.clone(), within(n));
        let ask = async move { server_limits::find(&translator, within).await };
        TaskTracker::new().spawn(ask)
    });
    let all = futures_util::future::join_all(asks.collect::<Vec<_>>()).await;
    all.into_iter().map(Result::unwrap).collect()
}

fn sqlite_home(sql: &str) -> Home {
    let home = Home::new();
    let items = items("04", &[("04-01", "from = \"BAL\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\nsql = \"\"\"{sql}\"\"\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
    home
}

async fn one_row(home: &Home) {
    home.sql(&[
        "CREATE TABLE T (ID, BAL)".to_owned(),
        format!("INSERT INTO T VALUES ('{PERSON}', 'x')"),
    ])
    .await;
}

/// How often this process has the home's database open.
fn open_files(home: &Home) -> usize {
    let all = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let all = all.filter_map(|one| std::fs::read_link(one.path()).ok());
    all.filter(|path| *path == home.database()).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_holds_its_pool() {
    let home = sqlite_home(BUSY);
    one_row(&home).await;
    let generous = LocalLimits {
        queue_wait: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(10),
        ..limits(4)
    };
    let translator = home.try_open(generous).await.unwrap();
    let work = TaskTracker::new();
    let asking = translator.clone();
    // Some stop waiting while the database works for them.
    let within = |n: usize| Duration::from_millis(if n.is_multiple_of(5) { 20 } else { 30_000 });
    let crowd = work.spawn(async move { crowd(&asking, CROWD, within).await });
    let mut most = 0;
    while !crowd.is_finished() {
        most = most.max(open_files(&home));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let outcomes = crowd.await.unwrap();
    let answered = outcomes
        .iter()
        .filter(|one| **one == FoundOutcome::Answered);
    assert!((80..=CROWD).contains(&answered.count()), "{outcomes:?}");
    let named = [FoundOutcome::Answered, unavailable(SourceError::TimedOut)];
    assert!(
        outcomes.iter().all(|one| named.contains(one)),
        "{outcomes:?}"
    );
    // One more is open for a moment while a connection that was cut off is closed.
    assert!((1..=8).contains(&most), "{most}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(open_files(&home) <= 4, "{}", open_files(&home));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_ends_a_crowd_of_endless_statements() {
    let home = sqlite_home(ENDLESS);
    one_row(&home).await;
    let translator = home.try_open(limits(4)).await.unwrap();
    let begun = Instant::now();
    let outcomes = crowd(&translator, CROWD, |_| Duration::from_secs(20)).await;
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    let timed_out = unavailable(SourceError::TimedOut);
    let count = outcomes.iter().filter(|one| **one == timed_out).count();
    assert_eq!(count, 4, "{outcomes:?}");
    let named = [timed_out, unavailable(SourceError::Overloaded)];
    assert!(
        outcomes.iter().all(|one| named.contains(one)),
        "{outcomes:?}"
    );
    // The places are free: nothing works for those who left.
    let begun = Instant::now();
    let outcomes = crowd(&translator, 4, |_| Duration::from_millis(200)).await;
    assert_eq!(outcomes, vec![timed_out; 4]);
    assert!(begun.elapsed() < Duration::from_secs(1));
}

/// The first value of a record that was surely found.
fn value(found: &Found, item_no: &str) -> crate::bench::Expect {
    assert_eq!(found.outcome, FoundOutcome::Answered);
    seen(found.records.first().unwrap(), item_no)
}

fn dropped_home(csv: bool) -> Home {
    let home = Home::new();
    if csv {
        home.mapping(
            "connectors.toml",
            "[[connector]]\nname = \"drop\"\nkind = \"csv\"\ndir = \"data/drop\"\n",
        );
        let items = items(
            "04",
            &[("04-14", "from = \"B\"\ndecimal = { unit = \"yuan\" }")],
        );
        home.mapping(
            "04.toml",
            &format!(
                "class = \"04\"\n[source]\nconnector = \"drop\"\nfile = \"GR\"\n[subject]\n\
                 kind = \"person\"\nfield = \"ID\"\n{items}"
            ),
        );
    } else {
        let rule = "from = \"balance\"\ndecimal = { unit = \"fen-sign-last\" }";
        home.mapping("04.toml", &mapping("04", "", &[("04-14", rule)]));
    }
    home
}

/// Drops a whole file in which the person has so many yuan.
fn drop_whole(home: &Home, csv: bool, sequence: u32, yuan: u32) {
    if csv {
        let text = format!("ID,B\n{PERSON},{yuan}.00\n");
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        let marker = format!("1 {}\n", data_encoding::HEXLOWER.encode(digest.as_ref()));
        home.drop_file(&format!("GR20261123_{sequence:03}.csv"), text.as_bytes());
        home.drop_file(&format!("GR20261123_{sequence:03}.ok"), marker.as_bytes());
        return;
    }
    let fen = i64::from(yuan) * 100;
    let lines = [account(PERSON, &format!("{fen:013}+"), &[])];
    let bytes = file("20261123", sequence, &lines, 1, fen);
    home.drop_file(&format!("GR20261123_{sequence:03}.txt"), &bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_files_answer_everybody_while_newer_ones_come() {
    for csv in [false, true] {
        let home = dropped_home(csv);
        drop_whole(&home, csv, 1, 1);
        let translator = home.open().await;
        for newer in 2..5 {
            drop_whole(&home, csv, newer, newer);
            tokio::time::sleep(Duration::from_millis(1_050)).await;
            let asks = (0..CROWD).map(|_| {
                let translator = translator.clone();
                TaskTracker::new().spawn(async move { ask(&translator, "04-14").await })
            });
            let begun = Instant::now();
            let all = futures_util::future::join_all(asks.collect::<Vec<_>>()).await;
            assert!(begun.elapsed() < Duration::from_millis(1_500), "csv {csv}");
            let (old, new) = (format!("{}.00", newer - 1), format!("{newer}.00"));
            for found in all {
                let is = value(&found.unwrap(), "04-14");
                let is_one = is == Is(old.clone().leak()) || is == Is(new.clone().leak());
                assert!(is_one, "csv {csv}: {is:?}");
            }
            let settled = ask(&translator, "04-14").await;
            assert_eq!(value(&settled, "04-14"), Is(new.leak()), "csv {csv}");
        }
    }
}

/// A folder on a system that hangs: a pipe stands for it, which opens when somebody writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_hangs_keeps_nobody_waiting_and_is_read_again_later() {
    for csv in [false, true] {
        let home = dropped_home(csv);
        drop_whole(&home, csv, 1, 1);
        let translator = home.open().await;
        let name = if csv {
            "GR20261123_002.csv"
        } else {
            "GR20261123_002.txt"
        };
        let pipe = home.path().join("data/drop").join(name);
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        home.drop_file("GR20261123_002.ok", b"1 x");
        tokio::time::sleep(Duration::from_millis(1_050)).await;
        for _ in 0..2 {
            let asks = (0..CROWD).map(|_| ask(&translator, "04-14"));
            let begun = Instant::now();
            let all = futures_util::future::join_all(asks).await;
            assert!(begun.elapsed() < Duration::from_millis(1_500), "csv {csv}");
            for found in all {
                assert_eq!(value(&found, "04-14"), Is("1.00"), "csv {csv}");
            }
            tokio::time::sleep(Duration::from_millis(1_050)).await;
        }
        // What hung lets go, with nothing in it.
        drop(std::fs::OpenOptions::new().write(true).open(&pipe).unwrap());
        std::fs::remove_file(&pipe).unwrap();
        drop_whole(&home, csv, 3, 3);
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        let found = ask(&translator, "04-14").await;
        assert_eq!(value(&found, "04-14"), Is("3.00"), "csv {csv}");
    }
}

#[tokio::test]
async fn a_rest_system_holds_its_pool_and_everybody_gets_their_own() {
    let script: Script = Arc::new(|request| {
        let number = request.split_whitespace().nth(1).unwrap();
        let number = number.rsplit('/').next().unwrap();
        let body = format!("{{\"rows\":[{{\"who\":{{\"name\":\"n{number}\"}}}}]}}");
        let pause = vec![Act::Wait(Duration::from_millis(20))];
        [pause, reply("200 OK", JSON, body.as_bytes())].concat()
    });
    let (office, translator, _home) = systems::rest(script, "").await;
    let asks = (0..CROWD).map(|n| {
        let number = if n % 2 == 0 {
            PERSON
        } else {
            "110101190001010030"
        };
        let translator = translator.clone();
        async move {
            let items = [item("04-05")].into();
            let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
            let class = item("04-05").class();
            let subject = person(number);
            let found = translator
                .find(class, &items, &subject, NOW, deadline)
                .await;
            assert_eq!(value(&found, "04-05"), Is(format!("n{number}").leak()));
        }
    });
    futures_util::future::join_all(asks).await;
    assert!(office.peak() <= 4, "{}", office.peak());
    assert_eq!(office.requests().len(), CROWD);
    let (hung, translator, _home) =
        systems::rest(systems::says(vec![Act::Wait(Duration::from_secs(60))]), "").await;
    let begun = Instant::now();
    let asks = (0..CROWD).map(|n| {
        // The deadlines of most end before a place is free.
        let within = Duration::from_millis(if n < 4 { 5_000 } else { 400 });
        server_find(&translator, within)
    });
    let outcomes = futures_util::future::join_all(asks).await;
    assert_eq!(outcomes, vec![unavailable(SourceError::TimedOut); CROWD]);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert!(hung.peak() <= 4, "{}", hung.peak());
}

async fn server_find(translator: &Translator, within: Duration) -> FoundOutcome {
    let items = [item("04-05")].into();
    let deadline = tokio::time::Instant::now() + within;
    let class = item("04-05").class();
    let subject = person(PERSON);
    let found = translator.find(class, &items, &subject, NOW, deadline);
    found.await.outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_server_ends_a_crowd_in_time_and_has_its_whole_pool_when_it_is_back() {
    for kind in BOTH {
        let server = own(kind);
        let space = server.space().await;
        table(&space, 1).await;
        let home = home(&space, &sleeping(kind, "0.5"));
        let translator = home.try_open(limits(4)).await.unwrap();
        let mut owner = space.owner().await;
        server.signal("-STOP");
        let begun = Instant::now();
        let outcomes = crowd(&translator, CROWD, |_| Duration::from_secs(20)).await;
        let took = begun.elapsed();
        server.signal("-CONT");
        assert!(took < Duration::from_secs(4), "{kind:?}: {took:?}");
        let named = [SourceError::TimedOut, SourceError::Overloaded].map(unavailable);
        assert!(
            outcomes.iter().all(|one| named.contains(one)),
            "{outcomes:?}"
        );
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        // The queue is shorter than the statement: only a whole pool answers all four.
        let outcomes = crowd(&translator, 4, |_| Duration::from_secs(20)).await;
        assert_eq!(outcomes, vec![FoundOutcome::Answered; 4], "{kind:?}");
        assert!(space.connections(&mut owner).await <= 4, "{kind:?}");
    }
}

#[tokio::test]
async fn offices_that_hang_a_while_lose_no_place() {
    let hangs = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let seen = Arc::clone(&hangs);
    let script: Script = Arc::new(move |_| {
        let pause = if seen.load(std::sync::atomic::Ordering::Relaxed) {
            60_000
        } else {
            300
        };
        let body = b"{\"rows\":[{\"who\":{\"name\":\"x\"}}]}";
        let pause = vec![Act::Wait(Duration::from_millis(pause))];
        [pause, reply("200 OK", JSON, body)].concat()
    });
    let office = Office::open(None, script).await;
    let home = systems::rest_home(&format!("http://{}/api", office.address), "");
    let few = LocalLimits {
        queue_wait: Duration::from_millis(200),
        ..systems::limits()
    };
    let translator = home.try_open(few).await.unwrap();
    let asks = (0..CROWD).map(|_| server_find(&translator, Duration::from_secs(5)));
    let outcomes = futures_util::future::join_all(asks).await;
    let named = [SourceError::TimedOut, SourceError::Overloaded].map(unavailable);
    assert!(
        outcomes.iter().all(|one| named.contains(one)),
        "{outcomes:?}"
    );
    hangs.store(false, std::sync::atomic::Ordering::Relaxed);
    let asks = (0..4).map(|_| server_find(&translator, Duration::from_secs(5)));
    let outcomes = futures_util::future::join_all(asks).await;
    assert_eq!(outcomes, vec![FoundOutcome::Answered; 4]);
}
