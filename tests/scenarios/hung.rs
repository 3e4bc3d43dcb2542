//! A node hangs: once its breaker has opened nobody waits for it, and it is back within seconds of
//! its health though nobody asks.

use std::time::{Duration, Instant};

use sandbox::client::Ask;
use sandbox::star::until;
use sandbox::world::Node;

use super::ground::Ground;

const OPEN: u64 = 2;
const CLOSED: u64 = 0;
/// The bound of the issue: calls stop so soon after the threshold.
const STOP_WAIT: Duration = Duration::from_secs(1);
/// The bound of the issue: back so soon after it is well.
const BACK_WAIT: Duration = Duration::from_secs(5);
/// How long it hangs, so that its link is lost too.
const HANGS: Duration = Duration::from_secs(8);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_node_is_left_alone_and_back_without_traffic() {
    let mut ground = Ground::start("hung").await;
    ground.star.freeze(Node::Tielu).expect("runs");
    let hung = Instant::now();
    let desk = ground.star.desk(Node::City, "0101").expect("has a desk");
    let open = desk.open("CT-S02", "F05").await.expect("is open");
    let ask = Ask {
        case: open.case,
        deadline_ms: Some(1_300),
        ..Ask::default()
    };
    // Three that wait in vain are the threshold.
    let (a, b, c) = tokio::join!(desk.ask(&ask), desk.ask(&ask), desk.ask(&ask));
    for answer in [a, b, c] {
        let answer = answer.expect("is answered");
        assert_eq!(answer.lamp("tielu").expect("has one").lamp, "not-known");
    }
    let reached = Instant::now();
    let quick = until(STOP_WAIT, async || {
        let begun = Instant::now();
        let answer = desk.ask(&ask).await.ok()?;
        let lamp = answer.lamp("tielu")?;
        let code = lamp.classes.iter().find_map(|class| class.code.clone());
        (code.as_deref() == Some("TS-NODE-BREAKER")).then(|| begun.elapsed())
    });
    let waited = quick.await.expect("calls stop within a second");
    assert!(waited < Duration::from_millis(500), "it waited {waited:?}");
    println!("calls stopped {:?} after the threshold", reached.elapsed());
    assert_eq!(
        ground.star.breaker(Node::Tielu).await.expect("is known"),
        OPEN
    );
    tokio::time::sleep(HANGS.saturating_sub(hung.elapsed())).await;
    ground.star.thaw(Node::Tielu).expect("runs");
    let well = Instant::now();
    // Nobody asks meanwhile.
    let back = until(BACK_WAIT, async || {
        let state = ground.star.breaker(Node::Tielu).await.ok()?;
        (state == CLOSED).then(|| well.elapsed())
    });
    let back = back.await.expect("is back within five seconds");
    println!("back {back:?} after it went on, without traffic");
    let answer = desk.ask(&ask).await.expect("is answered");
    assert_ne!(answer.lamp("tielu").expect("has one").lamp, "not-known");
    ground.check().await;
}
