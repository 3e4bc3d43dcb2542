//! Packets that vanish between the hub and one center: nothing is refused, nothing is closed, and
//! nobody says so. The center is isolated within the time that keep-alive takes, the others answer
//! as before, and it is back within five seconds of the network's healing.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sandbox::client::Ask;
use sandbox::metrics::sum;
use sandbox::star::{Star, until};
use sandbox::world::Node;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::ground::Ground;

/// Keep-alive asks after 2 s and waits 3 s; one more for the machine.
const DETECTED_WITHIN: Duration = Duration::from_secs(6);
const BACK_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_center_behind_a_black_hole_is_isolated_and_comes_back() {
    let mut star = Ground::prepare("partition");
    let hole = BlackHole::before(star.home().link()).await;
    lead_through(&star, Node::Guoguan, hole.address);
    star.start().await.expect("the star starts");
    let ground = Ground::on(star);
    let star = &ground.star;
    assert!(asked(star).await["guoguan"], "it answers through the proxy");
    hole.swallow(true);
    let begun = Instant::now();
    let lost = until(DETECTED_WITHIN, async || {
        (links(star).await == 0).then(|| begun.elapsed())
    });
    let lost = lost.await.expect("the hub notices that nothing comes back");
    let begun = Instant::now();
    let answered = asked(star).await;
    let took = begun.elapsed();
    assert!(
        took < Duration::from_millis(1_500),
        "nobody waits for it: {took:?}"
    );
    assert!(!answered["guoguan"]);
    assert!(
        answered["city"] && answered["zhongzhi"] && answered["tielu"],
        "{answered:?}"
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    hole.swallow(false);
    let begun = Instant::now();
    let back = until(BACK_WITHIN, async || {
        (links(star).await > 0).then(|| begun.elapsed())
    });
    let back = back.await.expect("it is back");
    println!("isolated {lost:?} after the packets vanished, back {back:?} after healing");
    let whole = until(BACK_WITHIN, async || {
        tokio::time::sleep(Duration::from_millis(700)).await;
        asked(star).await["guoguan"].then_some(())
    });
    whole.await.expect("it answers again");
    ground.check().await;
}

async fn links(star: &Star) -> u64 {
    let text = star.hub_metrics().await.expect("the hub answers");
    sum(&text, "hub_node_links", &[("node", "guoguan")])
}

/// Whether each center's answer is known.
async fn asked(star: &Star) -> BTreeMap<String, bool> {
    let desk = star.desk(Node::City, "0317").expect("has a desk");
    let open = desk.open("CT-S11", "F19").await.expect("is open");
    let wants = BTreeMap::from([("04".to_owned(), vec!["grzhzt".to_owned()])]);
    let ask = Ask {
        case: open.case,
        wants: Some(wants),
        ..Ask::default()
    };
    let answer = desk.ask(&ask).await.expect("is answered");
    let lamps = answer.lamps.into_iter();
    lamps
        .map(|lamp| (lamp.node, lamp.lamp != "not-known"))
        .collect()
}

fn lead_through(star: &Star, node: Node, proxy: SocketAddr) {
    let file = star.home().agent_config(node);
    let text = std::fs::read_to_string(&file).expect("can be read");
    let hub = format!("address = \"{}\"", star.home().link());
    assert!(text.contains(&hub), "{text}");
    let led = text.replace(&hub, &format!("address = \"{proxy}\""));
    std::fs::write(&file, led).expect("can be written");
}

/// A proxy that can swallow whatever either side sends, with every connection left open.
struct BlackHole {
    address: SocketAddr,
    swallows: watch::Sender<bool>,
}

impl BlackHole {
    async fn before(hub: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("is free");
        let address = listener.local_addr().expect("is bound");
        let (swallows, swallowing) = watch::channel(false);
        let tasks = TaskTracker::new();
        tasks.clone().spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let mut swallowing = swallowing.clone();
                tasks.spawn(async move {
                    // A new connection waits for its first packet to get through.
                    let through = swallowing.wait_for(|swallows| !swallows).await.is_ok();
                    if let (true, Ok(far)) = (through, TcpStream::connect(hub).await) {
                        carry(near, far, swallowing).await;
                    }
                });
            }
        });
        Self { address, swallows }
    }

    fn swallow(&self, swallows: bool) {
        self.swallows.send_replace(swallows);
    }
}

/// Carries bytes both ways; while packets vanish, what comes is read and lost.
async fn carry(near: TcpStream, far: TcpStream, swallowing: watch::Receiver<bool>) {
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let up = one_way(near_read, far_write, swallowing.clone());
    let down = one_way(far_read, near_write, swallowing);
    tokio::join!(up, down);
}

async fn one_way(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    swallowing: watch::Receiver<bool>,
) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut bytes = [0; 16 * 1024];
    let mut was_lost = false;
    loop {
        let Ok(count) = from.read(&mut bytes).await else {
            return;
        };
        was_lost |= *swallowing.borrow();
        // A stream with a hole in it is of no use: it stays silent for good, as a real one would
        // until its kernel gives up. An end is a packet too.
        if was_lost {
            if count == 0 {
                return std::future::pending().await;
            }
            continue;
        }
        if count == 0 || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
