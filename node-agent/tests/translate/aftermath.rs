//! After each mishap the pool is whole and the next answer is right: replies that are cut, huge,
//! endless or faults, again and again, cost no place and leave no value behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use node_agent::translate::{FoundOutcome, LocalLimits, SourceError, Translator};

use crate::bench::{Home, Is, PERSON, ask, items, seen};
use crate::office::{Act, Office, Script, head, reply};
use crate::server_limits::{QUICK, home, limits, table};
use crate::server_outages::cutting;
use crate::servers::{BOTH, shared};
use crate::systems::{self, GB_XML, JSON, envelope, rest_home, soap_home, unavailable};

const HUGE: usize = 100 << 20;
const GOOD: &[u8] = b"{\"rows\":[{\"who\":{\"name\":\"right\"}}]}";
const WRONG: &[u8] = b"{\"rows\":[{\"who\":{\"name\":\"wrong\"}}]}";

/// One place, and no patience: a lost place is seen at once.
fn one_place() -> LocalLimits {
    LocalLimits {
        pool_max: 1,
        queue_wait: Duration::from_millis(50),
        ..systems::limits()
    }
}

/// Every mishap three times, then an ask that must be answered.
async fn recovers(
    what: &str,
    soap: bool,
    mishap: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static,
    outcome: FoundOutcome,
) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let script: Script = Arc::new(move |request| {
        if count.fetch_add(1, Ordering::SeqCst) % 4 < 3 {
            mishap(request)
        } else if soap {
            reply("200 OK", GB_XML, &envelope(request, "0", "right"))
        } else {
            reply("200 OK", JSON, GOOD)
        }
    });
    let office = Office::open(None, script).await;
    let more = "body_max_bytes = 65536\ntimeout_ms = 300";
    let home = if soap {
        soap_home(&format!("http://{}/bus", office.address), more)
    } else {
        rest_home(&format!("http://{}/api", office.address), more)
    };
    let translator = home.try_open(one_place()).await.unwrap();
    for round in 0..2 {
        for _ in 0..3 {
            let begun = Instant::now();
            let found = ask(&translator, "04-05").await;
            assert_eq!(found.outcome, outcome, "{what}");
            assert!(found.records.is_empty() && found.notes.is_empty(), "{what}");
            assert!(begun.elapsed() < Duration::from_secs(1), "{what}");
        }
        right(&translator, what, round).await;
    }
    assert_eq!(
        asked.load(Ordering::SeqCst),
        8,
        "{what}: nothing is asked twice"
    );
    // A silent office stays with what was given up a little longer than the agent does.
    assert!(office.peak() <= 2, "{what}: {}", office.peak());
}

async fn right(translator: &Translator, what: &str, round: usize) {
    let found = ask(translator, "04-05").await;
    assert_eq!(
        found.outcome,
        FoundOutcome::Answered,
        "{what}, round {round}"
    );
    assert_eq!(found.records.len(), 1, "{what}");
    assert_eq!(seen(&found.records[0], "04-05"), Is("right"), "{what}");
}

#[tokio::test]
async fn a_rest_system_is_well_again_after_every_mishap() {
    use SourceError::{Broken, Failed, TimedOut, TooLarge};
    let half = |_: &str| {
        let half = WRONG.len() / 2;
        vec![Act::Say(
            [&head("200 OK", JSON, WRONG.len()), &WRONG[..half]].concat(),
        )]
    };
    recovers("half a body", false, half, unavailable(Broken)).await;
    // The length is the cut one's own: only the JSON shows it.
    let cut = |_: &str| reply("200 OK", JSON, &WRONG[..WRONG.len() - 2]);
    recovers("half a JSON", false, cut, unavailable(Broken)).await;
    let huge = |_: &str| vec![Act::Say(head("200 OK", JSON, HUGE)), Act::Flood(HUGE)];
    recovers("100 MB", false, huge, unavailable(TooLarge)).await;
    let silent = |_: &str| vec![Act::Wait(Duration::from_millis(400))];
    recovers("silence", false, silent, unavailable(TimedOut)).await;
    let outage = |_: &str| reply("500 Internal Server Error", JSON, WRONG);
    recovers("outage", false, outage, unavailable(Failed)).await;
    recovers(
        "closed at once",
        false,
        |_: &str| vec![],
        unavailable(Broken),
    )
    .await;
}

#[tokio::test]
async fn a_bus_is_well_again_after_every_mishap() {
    use SourceError::{Broken, Failed, TimedOut, TooLarge};
    let half = |request: &str| {
        let body = envelope(request, "0", "wrong");
        vec![Act::Say(
            [head("200 OK", GB_XML, body.len()), body[..300].to_vec()].concat(),
        )]
    };
    recovers("half a body", true, half, unavailable(Broken)).await;
    let fault = |_: &str| {
        let fault = b"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
            <s:Fault><faultstring>wrong</faultstring></s:Fault></s:Body></s:Envelope>";
        reply("500 Error", "text/xml", fault)
    };
    recovers("fault", true, fault, unavailable(Failed)).await;
    let huge = |_: &str| vec![Act::Say(head("200 OK", GB_XML, HUGE)), Act::Flood(HUGE)];
    recovers("100 MB", true, huge, unavailable(TooLarge)).await;
    let unannounced = |_: &str| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/xml; charset=GB18030\r\n\r\n";
        vec![Act::Say(head.to_vec()), Act::Flood(HUGE)]
    };
    recovers(
        "100 MB unannounced",
        true,
        unannounced,
        unavailable(TooLarge),
    )
    .await;
    let silent = |_: &str| vec![Act::Wait(Duration::from_millis(400))];
    recovers("silence", true, silent, unavailable(TimedOut)).await;
    let other = |request: &str| {
        let body = envelope(request, "0", "wrong");
        let body = String::from_utf8(body).unwrap();
        let at = body.find("<Serial>").unwrap() + "<Serial>".len();
        let mut body = body.into_bytes();
        body[at] = b'Z';
        reply("200 OK", GB_XML, &body)
    };
    recovers("somebody else's reply", true, other, unavailable(Broken)).await;
    recovers(
        "closed at once",
        true,
        |_: &str| vec![],
        unavailable(Broken),
    )
    .await;
}

#[tokio::test]
async fn a_server_whose_replies_break_off_loses_no_place() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 0).await;
        let long = format!("('{PERSON}', REPEAT('x', 3000))");
        let values = vec![long; 200].join(", ");
        let mut owner = space.owner().await;
        owner.run(&format!("INSERT INTO T VALUES {values}")).await;
        let port = cutting(space.server, 300_000).await;
        let home = home(&space, QUICK);
        let keys = format!(
            "host = \"127.0.0.1\"\ntls = \"disable\"\n{}",
            space.secret()
        );
        home.mapping("connectors.toml", &space.reached_by(port, &keys));
        let patient = LocalLimits {
            queue_wait: Duration::from_secs(3),
            ..limits(1)
        };
        let translator = home.try_open(patient).await.unwrap();
        let asks = (0..4).map(|_| ask(&translator, "04-01"));
        for found in futures_util::future::join_all(asks).await {
            let broken = unavailable(SourceError::Broken);
            assert_eq!(found.outcome, broken, "{kind:?}");
            assert!(found.records.is_empty(), "{kind:?}");
        }
        // The same way, with replies that fit through it.
        owner.run("DELETE FROM T").await;
        owner
            .run(&format!("INSERT INTO T VALUES ('{PERSON}', 'right')"))
            .await;
        let asks = (0..4).map(|_| ask(&translator, "04-01"));
        for found in futures_util::future::join_all(asks).await {
            assert_eq!(found.outcome, FoundOutcome::Answered, "{kind:?}");
            assert_eq!(seen(&found.records[0], "04-01"), Is("right"), "{kind:?}");
        }
        // The server counts a connection that was cut until it has noticed.
        let mut left = space.connections(&mut owner).await;
        for _ in 0..50 {
            if left <= 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            left = space.connections(&mut owner).await;
        }
        assert!(left <= 1, "{kind:?}: {left}");
    }
}

#[tokio::test]
async fn a_huge_reply_of_sqlite_is_named_and_over_with_the_next() {
    let home = Home::new();
    let rows = |length: usize, count: usize| {
        format!(
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {count}) \
             INSERT INTO T SELECT '{PERSON}', replace(hex(zeroblob({length} / 2)), '0', 'x') FROM c"
        )
    };
    home.sql(&["CREATE TABLE T (ID, BAL)".to_owned(), rows(1 << 20, 100)])
        .await;
    let items = items("04", &[("04-01", "from = \"BAL\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"vendor\"\n\
             sql = \"SELECT BAL FROM T WHERE ID = ?1\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
    let translator = home.try_open(limits(1)).await.unwrap();
    for _ in 0..3 {
        let found = ask(&translator, "04-01").await;
        assert_eq!(found.outcome, unavailable(SourceError::TooLarge));
        assert!(found.records.is_empty());
    }
    home.sql(&["DELETE FROM T".to_owned(), rows(8, 1)]).await;
    let found = ask(&translator, "04-01").await;
    assert_eq!(seen(&found.records[0], "04-01"), Is("xxxxxxxx"));
}
