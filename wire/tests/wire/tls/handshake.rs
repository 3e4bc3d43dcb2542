//! Who gets in, and what both sides are told when somebody does not.

use rustls::HandshakeKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::identity::PeerKind;
use wire::tls::{ClientTls, HandshakeAlert, RefusalReason, ServerTls, probe};

use super::bare::{bare_config, bare_connect, client_hello_1_2};
use super::world::{Ca, DOMAIN, Leaf, World, tomorrow, write_files};

const CITY: Leaf<'_> = Leaf {
    uris: &["spiffe://tianshu.test/node/city"],
    serial: 0xc1,
    days: 10,
};

#[tokio::test]
async fn a_good_handshake_yields_the_identity() {
    let mut world = World::new().await;
    let agent = world.agent(&CITY);
    assert_eq!(probe(world.address, &agent).await, Ok(()));
    let seen = world
        .seen
        .lock()
        .unwrap()
        .first()
        .cloned()
        .expect("an identity");
    assert_eq!(seen.uri().to_string(), "spiffe://tianshu.test/node/city");
    assert_eq!((seen.kind, seen.serial.as_str()), (PeerKind::Node, "c1"));
    assert_eq!(seen.not_after, agent.status().own.not_after);
    assert!(world.refusals.try_recv().is_err());
}

#[tokio::test]
async fn an_unknown_authority_is_refused() {
    let mut world = World::new().await;
    let agent = world.agent_of(&Ca::new("somebody else"), &CITY);
    assert_eq!(
        probe(world.address, &agent).await,
        Err(HandshakeAlert::UnknownCa)
    );
    let refusal = world.refusal().await;
    assert_eq!(refusal.reason, RefusalReason::UnknownCa);
    assert_eq!(refusal.serial.as_deref(), Some("c1"));
    assert_eq!(
        refusal.claimed.as_deref(),
        Some("spiffe://tianshu.test/node/city")
    );
}

#[tokio::test]
async fn an_authority_of_the_same_name_is_still_unknown() {
    let mut world = World::new().await;
    let agent = world.agent_of(&Ca::new("test authority"), &CITY);
    assert_eq!(
        probe(world.address, &agent).await,
        Err(HandshakeAlert::UnknownCa)
    );
    assert_eq!(world.refusal().await.reason, RefusalReason::UnknownCa);
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let mut world = World::new().await;
    world.revoke(&[0xc1]);
    assert_eq!(world.server.reload().unwrap().revoked, 1);
    let agent = world.agent(&CITY);
    // Again and again: the alert must not depend on who is faster.
    for _ in 0..20 {
        assert_eq!(
            probe(world.address, &agent).await,
            Err(HandshakeAlert::Revoked)
        );
        let refusal = world.refusal().await;
        assert_eq!(refusal.reason, RefusalReason::Revoked);
        assert_eq!(refusal.serial.as_deref(), Some("c1"));
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let mut world = World::new().await;
    let agent = world.agent(&Leaf { days: -1, ..CITY });
    assert_eq!(
        probe(world.address, &agent).await,
        Err(HandshakeAlert::Expired)
    );
    assert_eq!(world.refusal().await.reason, RefusalReason::Expired);
}

#[tokio::test]
async fn a_hub_certificate_is_no_node() {
    let mut world = World::new().await;
    let hub = Leaf {
        uris: &["spiffe://tianshu.test/hub/hub-2"],
        ..CITY
    };
    let agent = world.agent(&hub);
    assert_eq!(
        probe(world.address, &agent).await,
        Err(HandshakeAlert::IdentityRefused)
    );
    let refusal = world.refusal().await;
    assert_eq!(refusal.reason, RefusalReason::BadIdentity);
    assert_eq!(
        refusal.claimed.as_deref(),
        Some("spiffe://tianshu.test/hub/hub-2")
    );
}

#[tokio::test]
async fn staff_gets_in_only_where_admitted() {
    let world = World::new().await;
    let staff = Leaf {
        uris: &["spiffe://tianshu.test/staff/wang"],
        ..CITY
    };
    let agent = world.agent(&staff);
    assert_eq!(
        probe(world.address, &agent).await,
        Err(HandshakeAlert::IdentityRefused)
    );
    let both = [PeerKind::Node, PeerKind::Staff];
    assert!(ServerTls::load_admitting(&world.server_files, DOMAIN, &both).is_ok());
}

#[tokio::test]
async fn names_outside_the_grammar_are_refused() {
    let mut world = World::new().await;
    let cases: [&[&str]; 5] = [
        &[
            "spiffe://tianshu.test/node/city",
            "spiffe://tianshu.test/node/tielu",
        ],
        &["spiffe://other.test/node/city"],
        &["spiffe://tianshu.test:443/node/city"],
        &["https://tianshu.test/node/city"],
        &[],
    ];
    for uris in cases {
        let files = world.files("odd", &world.ca, &Leaf { uris, ..CITY });
        let config = bare_config(Some(&files));
        let refused = bare_connect(&world, config).await.expect_err("a refusal");
        assert_eq!(
            HandshakeAlert::find(&refused),
            Some(HandshakeAlert::IdentityRefused)
        );
        let refusal = world.refusal().await;
        assert_eq!(refusal.reason, RefusalReason::BadIdentity);
        let claimed = (!uris.is_empty()).then(|| uris.join(" "));
        assert_eq!(refusal.claimed, claimed);
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let mut world = World::new().await;
    let refused = bare_connect(&world, bare_config(None))
        .await
        .expect_err("a refusal");
    assert_eq!(
        HandshakeAlert::find(&refused),
        Some(HandshakeAlert::CertificateRequired)
    );
    let refusal = world.refusal().await;
    assert_eq!(refusal.reason, RefusalReason::NoCertificate);
    assert_eq!((refusal.serial, refusal.claimed), (None, None));
}

#[tokio::test]
async fn tls_1_2_is_refused_with_the_right_alert() {
    let mut world = World::new().await;
    let mut tcp = TcpStream::connect(world.address).await.unwrap();
    tcp.write_all(&client_hello_1_2()).await.unwrap();
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).await.unwrap();
    // Record: alert, length 2, fatal, protocol_version (70).
    assert_eq!((answer[0], &answer[3..]), (21, &[0, 2, 2, 70][..]));
    assert_eq!(world.refusal().await.reason, RefusalReason::WrongVersion);
}

#[tokio::test]
async fn a_refused_peer_that_goes_on_writing_still_hears_why() {
    let world = World::new().await;
    let mut tcp = TcpStream::connect(world.address).await.unwrap();
    tcp.write_all(&client_hello_1_2()).await.unwrap();
    // The alert is out by now; bytes that nobody reads would make the kernel reset the connection.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    for _ in 0..4 {
        tcp.write_all(&[0; 4096]).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    tcp.shutdown().await.unwrap();
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).await.expect("an orderly end");
    assert_eq!(answer[3..], [0, 2, 2, 70]);
}

#[tokio::test]
async fn bytes_that_are_no_tls_are_refused() {
    let mut world = World::new().await;
    let mut tcp = TcpStream::connect(world.address).await.unwrap();
    tcp.write_all(b"GET / HTTP/1.1\r\nhost: hub\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(world.refusal().await.reason, RefusalReason::Other);
    drop(tcp);
    assert_eq!(probe(world.address, &world.agent(&CITY)).await, Ok(()));
}

#[tokio::test]
async fn a_lapsed_revocation_list_lets_nobody_new_in_and_cuts_nobody() {
    let mut world = World::new().await;
    let agent = world.agent(&CITY);
    let mut open = bare_connect(
        &world,
        bare_config(Some(&world.files("a", &world.ca, &CITY))),
    )
    .await
    .expect("a connection");
    let lapsed = world.ca.crl(
        &[],
        wire::Clock::now(&wire::SystemClock) - time::Duration::days(1),
    );
    std::fs::write(&world.server_files.crl, lapsed).unwrap();
    world.server.reload().unwrap();
    assert_eq!(
        probe(world.address, &agent).await,
        Err(HandshakeAlert::UnknownCa)
    );
    assert_eq!(
        world.refusal().await.reason,
        RefusalReason::RevocationUnknown
    );
    let now = wire::Clock::now(&wire::SystemClock);
    assert_eq!(world.live.close_refused(&world.server, now), Vec::new());
    open.write_all(b"x").await.unwrap();
    assert_eq!(open.read_u8().await.unwrap(), b'x');
}

#[tokio::test]
async fn nothing_is_resumed_and_a_revoked_peer_cannot_come_back() {
    let mut world = World::new().await;
    let files = world.files("resuming", &world.ca, &CITY);
    // One configuration with rustls's own session store: this client would resume if it could.
    let config = bare_config(Some(&files));
    for _ in 0..2 {
        let mut stream = bare_connect(&world, config.clone())
            .await
            .expect("a connection");
        assert_eq!(
            stream.get_ref().1.handshake_kind(),
            Some(HandshakeKind::Full)
        );
        assert_eq!(stream.get_ref().1.tls13_tickets_received(), 0);
        stream.shutdown().await.unwrap();
    }
    world.revoke(&[0xc1]);
    world.server.reload().unwrap();
    let refused = bare_connect(&world, config).await.expect_err("a refusal");
    assert_eq!(
        HandshakeAlert::find(&refused),
        Some(HandshakeAlert::Revoked)
    );
    assert_eq!(world.refusal().await.reason, RefusalReason::Revoked);
}

#[tokio::test]
async fn the_agent_refuses_every_hub_but_the_one_it_calls() {
    use HandshakeAlert::HubRefused;

    let world = World::new().await;
    let files = world.files("agent", &world.ca, &CITY);
    let other = ClientTls::load(&files, DOMAIN, "hub-2").unwrap();
    let alert = probe(world.address, &other).await;
    assert_eq!(alert, Err(HubRefused(RefusalReason::BadIdentity)));

    let own = Ca::new("somebody else");
    let files = write_files(world.dir.path(), "stray", &world.ca, &own, &CITY);
    let stray = ClientTls::load(&files, DOMAIN, "hub-1").unwrap();
    let alert = probe(world.address, &stray).await;
    assert_eq!(alert, Err(HubRefused(RefusalReason::UnknownCa)));

    let files = world.files("wary", &world.ca, &CITY);
    std::fs::write(&files.crl, world.ca.crl(&[1], tomorrow())).unwrap();
    let wary = ClientTls::load(&files, DOMAIN, "hub-1").unwrap();
    let alert = probe(world.address, &wary).await;
    assert_eq!(alert, Err(HubRefused(RefusalReason::Revoked)));
}

#[tokio::test]
async fn the_agent_refuses_an_expired_hub_and_a_node_in_its_place() {
    use HandshakeAlert::HubRefused;

    let world = World::new().await;
    let agent = world.agent(&CITY);
    let hub = Leaf {
        uris: &["spiffe://tianshu.test/hub/hub-1"],
        serial: 2,
        days: -1,
    };
    let renewed = world.files("hub-1", &world.ca, &hub);
    assert_eq!(renewed, world.server_files);
    world.revoke(&[]);
    world.server.reload().unwrap();
    let alert = probe(world.address, &agent).await;
    assert_eq!(alert, Err(HubRefused(RefusalReason::Expired)));

    // A node's certificate never serves as the hub's: the server does not even load it.
    let files = world.files("city", &world.ca, &CITY);
    let fault = ServerTls::load(&files, DOMAIN).unwrap_err();
    assert!(fault.to_string().contains("kind `node`"), "{fault}");
}

#[tokio::test]
async fn nobody_there_is_told_as_such() {
    let world = World::new().await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    assert_eq!(
        probe(address, &world.agent(&CITY)).await,
        Err(HandshakeAlert::Unreachable)
    );
}
