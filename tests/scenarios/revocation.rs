//! A certificate is revoked while its node is attached: the node is cut off at once, asks nothing,
//! is never shown as clean, and is back with a new certificate.

use std::time::Duration;

use cli::pki::{DevCa, Validity};
use sandbox::client::{Answer, Ask};
use sandbox::evidence::LogBook;
use sandbox::metrics::sum;
use sandbox::rogue::Thief;
use sandbox::star::{Star, until};
use sandbox::world::Node;
use wire::identity::PeerKind;
use wire::tls::HandshakeAlert;
use wire::{Clock as _, SystemClock};

use super::ground::Ground;

/// How long a revocation or a renewal may take to be noticed.
const NOTICE_WAIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_node_is_cut_off_and_comes_back_with_a_new_certificate() {
    let ground = Ground::start("revocation").await;
    let home = ground.star.home();
    let ca = DevCa::open(&home.ca_dir()).expect("the authority is there");
    let revoked = ca.revoke_peer(PeerKind::Node, "guoguan", SystemClock.now());
    assert_eq!(revoked.expect("is revoked").len(), 1);
    let cut = until(NOTICE_WAIT, async || {
        (links(&ground.star).await == 0).then_some(())
    });
    cut.await.expect("its open streams are cut");
    assert_eq!(lamp(&asked(&ground.star).await), "not-known");
    let thief = Thief::robbing(home, Node::Guoguan).expect("robs the agent");
    assert_eq!(
        thief.knock().await.expect("can knock"),
        Err(HandshakeAlert::Revoked)
    );
    let log = LogBook::read(&home.hub_log()).expect("the log verifies");
    let reload = log
        .of_kind("trust-reloaded")
        .find(|(_, entry)| entry["cut"].as_u64() > Some(0));
    assert!(reload.is_some(), "the cut is on record");
    let folder = home.node(Node::Guoguan).join("tls");
    let valid = Validity::usual(SystemClock.now());
    ca.issue(PeerKind::Node, "guoguan", valid, &folder)
        .expect("is issued");
    let back = until(NOTICE_WAIT, async || {
        (links(&ground.star).await > 0 && lamp(&asked(&ground.star).await) == "nothing")
            .then_some(())
    });
    back.await.expect("it comes back without a restart");
    ground.check().await;
}

async fn links(star: &Star) -> u64 {
    let text = star.hub_metrics().await.expect("the hub answers");
    sum(&text, "hub_node_links", &[("node", "guoguan")])
}

/// An answer to the city about somebody whom 国管 does not know.
async fn asked(star: &Star) -> Answer {
    let desk = star.desk(Node::City, "0101").expect("has a desk");
    let open = desk.open("CT-S02", "F05").await.expect("is open");
    let ask = Ask {
        case: open.case,
        ..Ask::default()
    };
    desk.ask(&ask).await.expect("is answered")
}

fn lamp(answer: &Answer) -> &str {
    answer
        .lamp("guoguan")
        .map_or("none", |lamp| lamp.lamp.as_str())
}
