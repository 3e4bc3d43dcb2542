//! The limits of the door: slow peers, too many handshakes, too many connections.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::tls::{AcceptLimits, HandshakeAlert, RefusalReason, probe};

use super::bare::{bare_config, bare_connect};
use super::world::{Leaf, PATIENCE, World};

const CITY: Leaf<'_> = Leaf {
    uris: &["spiffe://tianshu.test/node/city"],
    serial: 0xc1,
    days: 10,
};
const TIELU: Leaf<'_> = Leaf {
    uris: &["spiffe://tianshu.test/node/tielu"],
    serial: 0x71,
    days: 10,
};

#[tokio::test]
async fn a_slow_handshake_times_out_and_stalls_nobody() {
    let limit = Duration::from_millis(600);
    let mut world = World::with(AcceptLimits {
        handshake: limit,
        ..AcceptLimits::default()
    })
    .await;
    let agent = world.agent(&CITY);
    let began = Instant::now();
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut tcp = TcpStream::connect(world.address).await.unwrap();
        tcp.write_all(&[22, 3, 1]).await.unwrap();
        slow.push(tcp);
    }
    assert_eq!(probe(world.address, &agent).await, Ok(()));
    assert!(began.elapsed() < limit, "waited for the slow ones");
    for _ in 0..20 {
        assert_eq!(world.refusal().await.reason, RefusalReason::TimedOut);
    }
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, slow[0].read_to_end(&mut rest))
        .await
        .expect("closed");
    assert!(ended.is_err() || rest.is_empty());
}

#[tokio::test]
async fn handshakes_over_the_limit_are_shed_and_places_come_back() {
    let limits = AcceptLimits {
        handshake: Duration::from_millis(500),
        handshakes_per_address: 2,
        ..AcceptLimits::default()
    };
    let mut world = World::with(limits).await;
    let agent = world.agent(&CITY);
    let mut idle = Vec::new();
    for _ in 0..3 {
        idle.push(TcpStream::connect(world.address).await.unwrap());
    }
    assert_eq!(world.refusal().await.reason, RefusalReason::TooMany);
    for _ in 0..2 {
        assert_eq!(world.refusal().await.reason, RefusalReason::TimedOut);
    }
    // The slots are given back a moment after the refusal is told.
    let mut outcome = probe(world.address, &agent).await;
    for _ in 0..50 {
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        outcome = probe(world.address, &agent).await;
    }
    assert_eq!(outcome, Ok(()));
}

#[tokio::test]
async fn connections_are_capped_for_each_peer_and_in_all() {
    let limits = AcceptLimits {
        connections: 3,
        connections_per_peer: 2,
        ..AcceptLimits::default()
    };
    let mut world = World::with(limits).await;
    let city = bare_config(Some(&world.files("city", &world.ca, &CITY)));
    let tielu = bare_config(Some(&world.files("tielu", &world.ca, &TIELU)));

    let first = bare_connect(&world, city.clone()).await.unwrap();
    let _second = bare_connect(&world, city.clone()).await.unwrap();
    assert!(bare_connect(&world, city.clone()).await.is_err());
    let refusal = world.refusal().await;
    assert_eq!(refusal.reason, RefusalReason::TooMany);
    assert_eq!(
        refusal.claimed.as_deref(),
        Some("spiffe://tianshu.test/node/city")
    );

    // The peer that took all its places has left one for the others.
    let _third = bare_connect(&world, tielu.clone()).await.unwrap();
    assert!(bare_connect(&world, tielu.clone()).await.is_err());
    assert_eq!(world.refusal().await.reason, RefusalReason::TooMany);

    drop(first);
    let freed = async {
        while world.live.len() == 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, freed)
        .await
        .expect("the place comes back");
    assert!(bare_connect(&world, tielu).await.is_ok());
}

#[tokio::test]
async fn a_stop_ends_the_loop_and_every_handshake() {
    let world = World::new().await;
    let agent = world.agent(&CITY);
    let _slow = TcpStream::connect(world.address).await.unwrap();
    assert_eq!(probe(world.address, &agent).await, Ok(()));
    world.stop.cancel();
    world.tracker.close();
    timeout(PATIENCE, world.tracker.wait())
        .await
        .expect("all tasks end");
    assert_eq!(
        probe(world.address, &agent).await,
        Err(HandshakeAlert::Unreachable)
    );
}
