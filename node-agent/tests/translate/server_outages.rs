//! Database servers that refuse, break off, hang or vanish: each is an outage with its own name,
//! within the deadline, and is over when the server is back.

use std::time::{Duration, Instant};

use node_agent::translate::{FoundOutcome, SourceError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

use crate::bench::{PERSON, ask};
use crate::server_limits::{QUICK, find, home, limits, sleeping, table, unavailable};
use crate::servers::{BOTH, Kind, Server, own, shared};

#[tokio::test]
async fn a_wrong_password_has_a_name_and_a_right_one_needs_no_restart() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let (port, secret) = (space.server.port, space.secret());
        let keys = format!("host = \"127.0.0.1\"\ntls = \"disable\"\n{secret}");
        let home = home(&space, QUICK);
        home.mapping("connectors.toml", &space.reached_by(port, &keys));
        let file = space.server.folder.join(format!("{}.password", space.name));
        std::fs::write(&file, "wrong").unwrap();
        let translator = home.try_open(limits(2)).await.unwrap();
        let outcome = ask(&translator, "04-01").await.outcome;
        assert_eq!(outcome, unavailable(SourceError::AccessDenied), "{kind:?}");
        std::fs::write(&file, "right\n").unwrap();
        let outcome = ask(&translator, "04-01").await.outcome;
        assert_eq!(outcome, FoundOutcome::Answered, "{kind:?}");
        std::fs::remove_file(&file).unwrap();
    }
}

#[tokio::test]
async fn tls_is_verified_and_required() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 1).await;
        let name = &space.name;
        let mut owner = space.owner().await;
        match kind {
            Kind::Postgres => {
                owner.try_run("CREATE ROLE tls_only").await.ok();
                owner.run(&format!("GRANT tls_only TO {name}")).await;
            }
            Kind::MariaDb => {
                owner
                    .run(&format!("ALTER USER {name}@'%' REQUIRE SSL"))
                    .await
            }
        }
        let (port, secret) = (space.server.port, space.secret());
        let folder = space.server.folder.display();
        for (way, expected) in [
            (format!("ca = \"{folder}/ca.pem\""), FoundOutcome::Answered),
            (
                format!("ca = \"{folder}/other.pem\""),
                unavailable(SourceError::Broken),
            ),
            (
                "tls = \"disable\"".to_owned(),
                unavailable(SourceError::AccessDenied),
            ),
        ] {
            let home = home(&space, QUICK);
            let keys = format!("host = \"127.0.0.1\"\n{way}\n{secret}");
            home.mapping("connectors.toml", &space.reached_by(port, &keys));
            let translator = home.try_open(limits(1)).await.unwrap();
            let outcome = ask(&translator, "04-01").await.outcome;
            assert_eq!(outcome, expected, "{kind:?} {way}");
        }
    }
}

/// A way to the server that lets only so many bytes of its replies through, then cuts both ends.
pub(crate) async fn cutting(server: &Server, bytes_max: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, target) = (listener.local_addr().unwrap().port(), server.port);
    TaskTracker::new().spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
            TaskTracker::new().spawn(async move {
                let (mut near_in, mut near_out) = near.split();
                let (far_in, mut far_out) = far.split();
                let mut far_in = far_in.take(bytes_max as u64);
                tokio::select! {
                    _ = tokio::io::copy(&mut near_in, &mut far_out) => {}
                    _ = tokio::io::copy(&mut far_in, &mut near_out) => {}
                }
                near_out.shutdown().await.ok();
            });
        }
    });
    port
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_broken() {
    for kind in BOTH {
        let space = shared(kind).space().await;
        table(&space, 0).await;
        let long = format!("('{PERSON}', REPEAT('x', 3000))");
        let values = vec![long; 200].join(", ");
        space
            .sql(&[&format!("INSERT INTO T VALUES {values}")])
            .await;
        let secret = space.secret();
        for (bytes_max, expected) in [
            (300_000, unavailable(SourceError::Broken)),
            (10_000_000, FoundOutcome::Answered),
        ] {
            let port = cutting(space.server, bytes_max).await;
            let home = home(&space, QUICK);
            let keys = format!("host = \"127.0.0.1\"\ntls = \"disable\"\n{secret}");
            home.mapping("connectors.toml", &space.reached_by(port, &keys));
            let translator = home.try_open(limits(1)).await.unwrap();
            let found = ask(&translator, "04-01").await;
            assert_eq!(found.outcome, expected, "{kind:?}");
            assert_eq!(found.records.is_empty(), expected != FoundOutcome::Answered);
        }
    }
}

#[tokio::test]
async fn a_hung_server_times_out_and_a_killed_one_is_an_outage_until_it_is_back() {
    for kind in BOTH {
        let server = own(kind);
        let space = server.space().await;
        table(&space, 1).await;
        let slow = home(&space, &sleeping(kind, "0.9"));
        let home = home(&space, QUICK);
        let translator = home.try_open(limits(2)).await.unwrap();
        let slow = slow.try_open(limits(2)).await.unwrap();
        assert_eq!(
            ask(&translator, "04-01").await.outcome,
            FoundOutcome::Answered
        );
        server.signal("-STOP");
        for within in [400, 60_000] {
            let started = Instant::now();
            let outcome = find(&translator, Duration::from_millis(within)).await;
            assert_eq!(outcome, unavailable(SourceError::TimedOut), "{kind:?}");
            let took = started.elapsed();
            let at_most = Duration::from_millis(within.min(1_000) + 1_000);
            assert!(took < at_most, "{kind:?}: {took:?}");
        }
        server.signal("-CONT");
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(
            ask(&translator, "04-01").await.outcome,
            FoundOutcome::Answered
        );
        let killing = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            server.signal("-KILL");
        };
        let (outcome, ()) = tokio::join!(find(&slow, Duration::from_secs(5)), killing);
        // The connection was an old one, so another was tried: there is no server any more.
        assert_eq!(outcome, unavailable(SourceError::Missing), "{kind:?}");
        let outcome = ask(&translator, "04-01").await.outcome;
        assert_eq!(outcome, unavailable(SourceError::Missing), "{kind:?}");
        // A folder that is opened while the database is down is no worse for it.
        let opened_meanwhile = home.try_open(limits(2)).await.unwrap();
        server.again();
        for translator in [&translator, &slow, &opened_meanwhile] {
            let outcome = ask(translator, "04-01").await.outcome;
            assert_eq!(outcome, FoundOutcome::Answered, "{kind:?}");
        }
        // A restart between two asks is not even noticed.
        server.signal("-KILL");
        server.again();
        assert_eq!(
            ask(&translator, "04-01").await.outcome,
            FoundOutcome::Answered
        );
    }
}
