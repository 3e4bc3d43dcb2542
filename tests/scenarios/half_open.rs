//! Half-open connections: one side has vanished without a word, or hears and is not heard. Whoever
//! asked is told within the deadline, the hub isolates the center within seconds, and it is back
//! within seconds of healing. A caller whose own agent is cut off so hears that too.

use std::time::{Duration, Instant};

use sandbox::black_hole::{BlackHole, Lost};
use sandbox::client::{Answer, Ask, CallError, Desk};
use sandbox::metrics::sum;
use sandbox::star::{Star, until};
use sandbox::world::Node;

use super::ground::Ground;

/// Keep-alive asks after 2 s and waits 3 s; one more for the machine.
const DETECTED_WITHIN: Duration = Duration::from_secs(6);
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// What a question may take here, and one second for the machine.
const DEADLINE_MS: u32 = 2_000;
const TOLD_WITHIN: Duration = Duration::from_secs(3);
/// An agent gives the hub one second beyond the deadline.
const TOLD_BY_AGENT_WITHIN: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_center_that_is_half_gone_is_told_of_and_comes_back() {
    let mut star = Ground::prepare("half-open");
    let hole = BlackHole::before(star.home().link()).await;
    let hole = hole.expect("a port is free");
    hole.lead(&star, Node::Guoguan).expect("its agent is led");
    star.start().await.expect("the star starts");
    let ground = Ground::on(star);
    let star = &ground.star;
    for (lost, case_no) in [
        (Lost::Up, "CT-S11"),
        (Lost::Down, "CT-S10"),
        (Lost::Both, "CT-S09"),
    ] {
        let whole = until(BACK_WITHIN, async || {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let answer = asked(star, Node::City, case_no).await.ok()?;
            knows(&answer, "guoguan").then_some(())
        });
        whole.await.expect("it answers while all is well");
        let begun = Instant::now();
        hole.swallow(lost);
        // Asked before anybody has noticed.
        let answer = asked(star, Node::City, case_no).await.expect("is answered");
        let told = begun.elapsed();
        assert!(told < TOLD_WITHIN, "{lost:?}: {told:?}");
        assert!(!knows(&answer, "guoguan"), "{lost:?}: nothing came back");
        for other in ["city", "zhongzhi", "tielu"] {
            assert!(knows(&answer, other), "{lost:?}: {other} answers as before");
        }
        let noticed = until(DETECTED_WITHIN, async || {
            (links(star).await == 0).then(|| begun.elapsed())
        });
        let noticed = noticed.await.expect("the hub notices");
        hole.swallow(Lost::Nothing);
        let begun = Instant::now();
        let back = until(BACK_WITHIN, async || {
            (links(star).await > 0).then(|| begun.elapsed())
        });
        let back = back.await.expect("it is back");
        println!("{lost:?}: told after {told:?}, isolated after {noticed:?}, back after {back:?}");
    }
    ground.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_whose_agent_is_half_gone_is_told_and_asks_again_later() {
    let mut star = Ground::prepare("half-open-caller");
    let hole = BlackHole::before(star.home().link()).await;
    let hole = hole.expect("a port is free");
    hole.lead(&star, Node::Guoguan).expect("its agent is led");
    star.start().await.expect("the star starts");
    let ground = Ground::on(star);
    let star = &ground.star;
    let desk = star.desk(Node::Guoguan, "0317").expect("has a desk");
    let ask = question(&desk, "GG-S01", "F05").await;
    desk.ask(&ask).await.expect("is answered while all is well");
    tokio::time::sleep(Duration::from_millis(700)).await;
    hole.swallow(Lost::Both);
    let begun = Instant::now();
    let failed = desk.ask(&ask).await.expect_err("nothing comes back");
    let told = begun.elapsed();
    assert!(told < TOLD_BY_AGENT_WITHIN, "{told:?}");
    let code = failed.refusal().expect("is refused").code.clone();
    assert_eq!(code, "TS-HUB-UNREACHABLE");
    tokio::time::sleep(DETECTED_WITHIN).await;
    hole.swallow(Lost::Nothing);
    let begun = Instant::now();
    let again = until(BACK_WITHIN, async || {
        tokio::time::sleep(Duration::from_millis(700)).await;
        desk.ask(&ask).await.ok().map(|_| begun.elapsed())
    });
    let again = again.await.expect("is answered again");
    println!("the caller was told after {told:?}, and answered {again:?} after healing");
    ground.check().await;
}

async fn question(desk: &Desk, case_no: &str, flow: &str) -> Ask {
    let open = desk.open(case_no, flow).await.expect("is open");
    let wants = [("04".to_owned(), vec!["grzhzt".to_owned()])].into();
    Ask {
        case: open.case,
        wants: Some(wants),
        deadline_ms: Some(DEADLINE_MS),
        ..Ask::default()
    }
}

async fn asked(star: &Star, node: Node, case_no: &str) -> Result<Answer, CallError> {
    let desk = star.desk(node, "0317").expect("has a desk");
    desk.ask(&question(&desk, case_no, "F19").await).await
}

fn knows(answer: &Answer, node: &str) -> bool {
    let lamp = answer.lamps.iter().find(|lamp| lamp.node == node);
    lamp.is_some_and(|lamp| lamp.lamp != "not-known")
}

async fn links(star: &Star) -> u64 {
    let text = star.hub_metrics().await.expect("the hub answers");
    sum(&text, "hub_node_links", &[("node", "guoguan")])
}
