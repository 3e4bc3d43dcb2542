//! Floods from many addresses at once: whoever has proven an identity lately comes in all the same.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};
use wire::tls::{AcceptLimits, RefusalReason, probe};

use super::world::{Leaf, World};

const CITY: Leaf<'_> = Leaf {
    uris: &["spiffe://tianshu.test/node/city"],
    serial: 0xc1,
    days: 10,
};
/// Where the flood comes from, each more than its share.
const ADDRESSES: u8 = 8;

/// A connection from one of the other addresses of this machine.
async fn connect_from(last: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    let from = format!("127.0.0.{last}:0");
    socket.bind(from.parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

/// So many connections from each address, which say nothing; those that were let in stay open.
async fn flood(world: &World, each: usize) -> Vec<TcpStream> {
    let mut silent = Vec::new();
    for last in 0..ADDRESSES {
        for _ in 0..each {
            silent.push(connect_from(2 + last, world.address).await);
        }
    }
    silent
}

#[tokio::test]
async fn places_are_kept_for_whoever_has_proven_an_identity() {
    let limits = AcceptLimits {
        handshake: Duration::from_secs(20),
        handshakes: 16,
        handshakes_per_address: 4,
        ..AcceptLimits::default()
    };
    let mut world = World::with(limits).await;
    let agent = world.agent(&CITY);
    assert_eq!(probe(world.address, &agent).await, Ok(()));
    let _silent = flood(&world, 4).await;
    for _ in 0..16 {
        assert_eq!(world.refusal().await.reason, RefusalReason::TooMany);
    }
    for _ in 0..3 {
        assert_eq!(probe(world.address, &agent).await, Ok(()));
    }
}

#[tokio::test]
async fn the_pace_leaves_a_part_to_whoever_has_proven_an_identity() {
    let limits = AcceptLimits {
        handshakes_per_second: 8,
        handshakes_per_second_per_address: 8,
        ..AcceptLimits::default()
    };
    let mut world = World::with(limits).await;
    let agent = world.agent(&CITY);
    assert_eq!(probe(world.address, &agent).await, Ok(()));
    let _silent = flood(&world, 20).await;
    for _ in 0..40 {
        assert_eq!(world.refusal().await.reason, RefusalReason::TooMany);
    }
    assert_eq!(probe(world.address, &agent).await, Ok(()));
}
