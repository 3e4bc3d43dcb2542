//! Packets that vanish between the hub and one center: nothing is refused, nothing is closed, and
//! nobody says so. The center is isolated within the time that keep-alive takes, the others answer
//! as before, and it is back within five seconds of the network's healing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sandbox::black_hole::{BlackHole, Lost};
use sandbox::client::Ask;
use sandbox::metrics::sum;
use sandbox::star::{Star, until};
use sandbox::world::Node;

use super::ground::Ground;

/// Keep-alive asks after 2 s and waits 3 s; one more for the machine.
const DETECTED_WITHIN: Duration = Duration::from_secs(6);
const BACK_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_center_behind_a_black_hole_is_isolated_and_comes_back() {
    let mut star = Ground::prepare("partition");
    let hole = BlackHole::before(star.home().link()).await;
    let hole = hole.expect("a port is free");
    hole.lead(&star, Node::Guoguan).expect("its agent is led");
    star.start().await.expect("the star starts");
    let ground = Ground::on(star);
    let star = &ground.star;
    assert!(asked(star).await["guoguan"], "it answers through the proxy");
    hole.swallow(Lost::Both);
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
    hole.swallow(Lost::Nothing);
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
