//! A center that hangs, and one that is gone: never clean, soon not waited for, and back by itself.

use sandbox::client::Ask;
use sandbox::world::Node;

use super::ground::{Ground, assert_holds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hanging_center_is_cut_off_and_heals() {
    let mut ground = Ground::start("railway-hangs").await;
    assert_holds(&ground.show().railway_hangs().await);
    ground.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_center_that_stopped_in_order_is_not_known_until_it_is_back() {
    let mut ground = Ground::start("railway-stops").await;
    ground
        .star
        .stop_agent(Node::Tielu)
        .await
        .expect("stops in good order");
    let (lamp, code) = railway(&ground).await;
    assert_eq!(
        (lamp.as_str(), code.as_deref()),
        ("not-known", Some("TS-NODE-DOWN"))
    );
    ground
        .star
        .start_agent(Node::Tielu)
        .await
        .expect("starts again");
    let (lamp, code) = railway(&ground).await;
    assert_eq!((lamp.as_str(), code), ("answered", None));
    ground.check().await;
}

/// The railway's lamp in an answer about S2, and its reason.
async fn railway(ground: &Ground) -> (String, Option<String>) {
    let desk = ground.star.desk(Node::City, "0101").expect("has a desk");
    let open = desk.open("CT-S02", "F05").await.expect("is open");
    let ask = Ask {
        case: open.case,
        ..Ask::default()
    };
    let answer = desk.ask(&ask).await.expect("is answered");
    for node in [Node::City, Node::Zhongzhi, Node::Guoguan] {
        let lamp = answer.lamp(node.id()).expect("has a lamp");
        assert!(
            ["answered", "no-hit", "nothing"].contains(&lamp.lamp.as_str()),
            "{lamp:?}"
        );
    }
    let lamp = answer.lamp(Node::Tielu.id()).expect("has a lamp");
    (
        lamp.lamp.clone(),
        lamp.classes.iter().find_map(|class| class.code.clone()),
    )
}
