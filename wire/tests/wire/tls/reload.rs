//! Files that change under a running server, and files that are broken.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use wire::tls::{
    HandshakeAlert, LiveConnections, RefusalReason, Reload, ServerTls, probe, watch_reload,
};

use super::bare::{bare_config, bare_connect};
use super::world::{DOMAIN, Leaf, PATIENCE, World};

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
const TICK: Duration = Duration::from_millis(20);

async fn until(
    looks: &mut mpsc::UnboundedReceiver<Reload>,
    wanted: impl Fn(&Reload) -> bool,
) -> Reload {
    timeout(PATIENCE, async {
        loop {
            let look = looks.recv().await.expect("the watch goes on");
            if wanted(&look) {
                return look;
            }
        }
    })
    .await
    .expect("the watch tells of it")
}

fn watch(world: &World) -> mpsc::UnboundedReceiver<Reload> {
    let (told, looks) = mpsc::unbounded_channel();
    let (server, live): (ServerTls, LiveConnections) = (world.server.clone(), world.live.clone());
    let watching = watch_reload(
        world.server.clone(),
        TICK,
        world.stop.clone(),
        move |look| {
            live.close_refused(&server, wire::Clock::now(&wire::SystemClock));
            drop(told.send(look));
        },
    );
    world.tracker.spawn(watching);
    looks
}

#[tokio::test]
async fn a_revoked_peer_is_cut_off_on_an_open_connection() {
    let world = World::new().await;
    let city = world.files("city", &world.ca, &CITY);
    let tielu = world.files("tielu", &world.ca, &TIELU);
    let mut revoked = bare_connect(&world, bare_config(Some(&city)))
        .await
        .unwrap();
    let mut other = bare_connect(&world, bare_config(Some(&tielu)))
        .await
        .unwrap();
    assert_eq!(world.live.len(), 2);
    let mut looks = watch(&world);
    until(&mut looks, |look| matches!(look, Reload::Unchanged)).await;

    world.revoke(&[0xc1]);
    // The peer sends nothing: it is woken by the cut alone.
    let heard = timeout(PATIENCE, revoked.read_u8())
        .await
        .expect("the connection is cut");
    assert!(heard.is_err());
    other.write_all(b"y").await.unwrap();
    assert_eq!(other.read_u8().await.unwrap(), b'y');
    assert_eq!(world.live.len(), 1);
}

#[tokio::test]
async fn an_expired_peer_is_cut_off_by_the_clock_given() {
    let world = World::new().await;
    let city = world.files("city", &world.ca, &CITY);
    let mut open = bare_connect(&world, bare_config(Some(&city)))
        .await
        .unwrap();
    let later = wire::Clock::now(&wire::SystemClock) + time::Duration::days(11);
    assert_eq!(
        world
            .live
            .close_revoked(|_| false, wire::Clock::now(&wire::SystemClock)),
        Vec::new()
    );
    let closed = world.live.close_revoked(|_| false, later);
    assert_eq!(closed.len(), 1);
    assert_eq!(
        (closed[0].reason, closed[0].identity.name.as_str()),
        (RefusalReason::Expired, "city")
    );
    assert!(
        timeout(PATIENCE, open.read_u8())
            .await
            .expect("the connection is cut")
            .is_err()
    );
}

#[tokio::test]
async fn a_serial_named_by_hand_is_cut_off() {
    let world = World::new().await;
    let city = world.files("city", &world.ca, &CITY);
    let mut open = bare_connect(&world, bare_config(Some(&city)))
        .await
        .unwrap();
    let closed = world.live.close_revoked(
        |serial| serial == "c1",
        wire::Clock::now(&wire::SystemClock),
    );
    assert_eq!(closed[0].reason, RefusalReason::Revoked);
    assert!(
        timeout(PATIENCE, open.read_u8())
            .await
            .expect("the connection is cut")
            .is_err()
    );
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_without_a_restart() {
    let world = World::new().await;
    let city = world.files("city", &world.ca, &CITY);
    let mut open = bare_connect(&world, bare_config(Some(&city)))
        .await
        .unwrap();
    let mut looks = watch(&world);
    until(&mut looks, |look| matches!(look, Reload::Unchanged)).await;

    let renewed = Leaf {
        uris: &["spiffe://tianshu.test/hub/hub-1"],
        serial: 0x99,
        days: 20,
    };
    world.files("hub-1", &world.ca, &renewed);
    until(
        &mut looks,
        |look| matches!(look, Reload::Taken(status) if status.own.serial == "99"),
    )
    .await;
    let stream = bare_connect(&world, bare_config(Some(&city)))
        .await
        .unwrap();
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    assert_eq!(
        wire::identity::PeerIdentity::from_certificate(&shown)
            .unwrap()
            .serial,
        "99"
    );
    // Who came in before stays.
    open.write_all(b"z").await.unwrap();
    assert_eq!(open.read_u8().await.unwrap(), b'z');
}

#[tokio::test]
async fn broken_files_leave_the_old_configuration_in_use() {
    let world = World::new().await;
    let agent = world.agent(&CITY);
    let mut looks = watch(&world);
    until(&mut looks, |look| matches!(look, Reload::Unchanged)).await;

    fs::write(&world.server_files.crl, "-----BEGIN X509 CRL-----\nAAAA\n").unwrap();
    let kept = until(&mut looks, |look| matches!(look, Reload::Kept(_))).await;
    let Reload::Kept(error) = kept else {
        unreachable!()
    };
    assert_eq!(error.faults[0].file, world.server_files.crl);
    assert_eq!(probe(world.address, &agent).await, Ok(()));
    // Told once, not at every look.
    until(&mut looks, |look| matches!(look, Reload::Unchanged)).await;

    world.revoke(&[0xc1]);
    until(&mut looks, |look| matches!(look, Reload::Taken(_))).await;
    assert_eq!(
        probe(world.address, &agent).await,
        Err(HandshakeAlert::Revoked)
    );
}

#[tokio::test]
async fn an_authority_taken_out_cuts_its_peers() {
    let world = World::new().await;
    let city = world.files("city", &world.ca, &CITY);
    let mut open = bare_connect(&world, bare_config(Some(&city)))
        .await
        .unwrap();
    let other = super::world::Ca::new("the next authority");
    fs::write(&world.server_files.ca, &other.pem).unwrap();
    world.server.reload().unwrap();
    let closed = world
        .live
        .close_refused(&world.server, wire::Clock::now(&wire::SystemClock));
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0].reason, RefusalReason::UnknownCa);
    assert!(
        timeout(PATIENCE, open.read_u8())
            .await
            .expect("the connection is cut")
            .is_err()
    );
}

#[tokio::test]
async fn every_fault_of_every_file_is_named() {
    let world = World::new().await;
    let files = &world.server_files;
    fs::write(&files.certificate, "nothing").unwrap();
    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o644)).unwrap();
    fs::remove_file(&files.ca).unwrap();
    fs::write(&files.crl, "").unwrap();
    let error = ServerTls::load(files, DOMAIN).unwrap_err();
    let named: Vec<_> = error
        .faults
        .iter()
        .map(|fault| fault.file.clone())
        .collect();
    for file in [&files.certificate, &files.key, &files.ca, &files.crl] {
        assert_eq!(
            named.iter().filter(|name| *name == file).count(),
            1,
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_key_of_another_certificate_is_a_fault_of_the_key() {
    let world = World::new().await;
    let other = world.files("other", &world.ca, &TIELU);
    fs::copy(&other.key, &world.server_files.key).unwrap();
    let error = ServerTls::load(&world.server_files, DOMAIN).unwrap_err();
    assert_eq!(error.faults.len(), 1);
    assert_eq!(error.faults[0].file, world.server_files.key);
}
