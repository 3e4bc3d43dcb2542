//! The staff's door under a flood of connections that say nothing: duty comes in all the same, from
//! one address as from many.

use std::time::{Duration, Instant};

use cli::staff_door::StaffDoor;
use sandbox::metrics::sum;
use sandbox::star::{HUB, Home};
use tokio::net::TcpStream;

use super::ground::{Ground, program, words};
use super::wire_floods::connect_from;

/// Duty is heard within this.
const HEARD_WITHIN: Duration = Duration::from_secs(2);
/// Connections from one address: more than all places of the door.
const FROM_ONE: usize = 80;
/// Addresses that together hold every place but those kept, and what each of them sends.
const MANY: std::ops::Range<u8> = 2..10;
const FROM_EACH: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_do_not_keep_the_staff_from_its_acts() {
    let ground = Ground::start("wire-doors").await;
    let home = ground.star.home();

    // Nobody of the staff has come in since the start: one address leaves room for strangers.
    let silent = flood(home, 2..3, FROM_ONE).await;
    println!("one address: duty was heard in {:?}", act_list(home));
    assert!(refused(&ground).await >= FROM_ONE as u64 / 2);
    drop(silent);

    let silent = flood(home, MANY, FROM_EACH).await;
    println!("many addresses: duty was heard in {:?}", act_list(home));
    let folder = home.staff_folder("duty-1");
    let door = StaffDoor::of_folder(&folder, HUB, &home.staff_door().to_string());
    let door = door.expect("has a certificate");
    let acts = door.get("/v1/acts").await.expect("is heard");
    assert_eq!(acts.status, 200, "{}", acts.body);
    drop(silent);
    ground.check().await;
}

async fn flood(home: &Home, addresses: impl Iterator<Item = u8>, each: usize) -> Vec<TcpStream> {
    let mut silent = Vec::new();
    for last in addresses {
        for _ in 0..each {
            let tcp = connect_from(last, home.staff_door()).await;
            silent.push(tcp.expect("the port is open"));
        }
    }
    silent
}

async fn refused(ground: &Ground) -> u64 {
    let text = ground.star.hub_metrics().await.expect("the hub answers");
    let code = [("code", "TS-TLS-TOO-MANY")];
    sum(&text, "hub_handshakes_refused_total", &code)
}

/// `tianshu act list`, as duty would call it.
fn act_list(home: &Home) -> Duration {
    let begun = Instant::now();
    let ran = std::process::Command::new(program("tianshu"))
        .args(["act", "list"])
        .args(["--hub", &home.staff_door().to_string()])
        .arg("--tls")
        .arg(home.staff_folder("duty-1"))
        .output()
        .expect("tianshu runs");
    let took = begun.elapsed();
    assert!(ran.status.success(), "{}", words(&ran));
    assert!(took < HEARD_WITHIN, "{took:?}");
    took
}
