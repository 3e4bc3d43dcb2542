//! What the hub's staff does holds at once, is on record, and survives the hub's death; who has not
//! the role is refused, and who has no certificate is not heard at all.

use std::time::Duration;

use cli::pki::{DevCa, Validity};
use cli::staff_door::{DoorError, Said, StaffDoor};
use sandbox::client::{Answer, Ask, CallError, Desk};
use sandbox::evidence::LogBook;
use sandbox::star::{HUB, Home, STRANGER, TRUST_DOMAIN, until};
use sandbox::world::Node;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wire::identity::PeerKind;
use wire::tls::{ClientTls, ConnectError, TlsFiles, connector};
use wire::{Clock as _, SystemClock};

use super::ground::{Ground, program, words};

mod limits;

const CLASS: &str = "class/guoguan/04";
/// How long a revocation may take to be noticed.
const NOTICE_WAIT: Duration = Duration::from_secs(15);

fn door(home: &Home, name: &str) -> StaffDoor {
    let folder = home.staff_folder(name);
    let address = home.staff_door().to_string();
    StaffDoor::of_folder(&folder, HUB, &address).expect("has a certificate")
}

async fn act(home: &Home, name: &str, act: &str, target: &str) -> Said {
    let key = format!("{name}-{act}-{target}").replace(['/', '.'], "-");
    let body = json!({ "act": act, "target": target, "reason": "演练", "key": key });
    let said = door(home, name).post("/v1/acts", &body).await;
    said.expect("the hub is heard")
}

async fn done(home: &Home, name: &str, what: &str, target: &str) -> Value {
    let said = act(home, name, what, target).await;
    assert_eq!(said.status, 200, "{what} {target}: {}", said.body);
    said.body
}

async fn refused(home: &Home, name: &str, what: &str, target: &str, code: &str) {
    let said = act(home, name, what, target).await;
    assert_eq!(said.body["code"], code, "{what} {target}: {}", said.body);
    let says = [&said.body["zh"], &said.body["en"]];
    assert!(
        says.iter()
            .all(|text| !text.as_str().unwrap_or_default().is_empty())
    );
}

/// The city asks about somebody whom 国管 does not know.
async fn asked(desk: &Desk) -> Result<Answer, CallError> {
    let open = desk.open("CT-S02", "F05").await?;
    let ask = Ask {
        case: open.case,
        ..Ask::default()
    };
    desk.ask(&ask).await
}

/// Outcome and code of a class of a center.
fn said(answer: &Answer, node: &str, class: &str) -> (String, String) {
    let lamp = answer.lamp(node).expect("has a lamp");
    let class = lamp.classes.iter().find(|c| c.class == class);
    let class = class.expect("was asked");
    (
        class.outcome.clone(),
        class.code.clone().unwrap_or_default(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_hold_at_once_and_survive_the_death_of_the_hub() {
    let mut ground = Ground::start("acts").await;
    let desk = ground.star.desk(Node::City, "0101").expect("has a desk");
    let held = ("unavailable".to_owned(), "TS-NODE-HELD".to_owned());
    trip(&ground, &desk, &held).await;
    ground.star.kill_hub().expect("runs");
    ground.star.start_hub().await.expect("starts again");
    ground
        .star
        .wait_attached(&Node::ALL)
        .await
        .expect("all are back");
    let answer = asked(&desk).await.expect("is answered");
    assert_eq!(
        said(&answer, "guoguan", "04"),
        held,
        "after the hub's death"
    );
    suspended(&ground, &desk).await;
    let home = ground.star.home();
    refused(home, "duty-1", "reset", CLASS, "TS-ACT-ROLE").await;
    done(home, "system-1", "reset", CLASS).await;
    let answer = asked(&desk).await.expect("is answered");
    assert_eq!(said(&answer, "guoguan", "04").1, "", "is asked again");
    on_record(home);
    strangers(home).await;
    revoked(home).await;
    ground.check().await;
}

/// One class of 国管 is not asked any more, and everything else is.
async fn trip(ground: &Ground, desk: &Desk, held: &(String, String)) {
    let home = ground.star.home();
    refused(home, "audit-1", "trip", CLASS, "TS-ACT-ROLE").await;
    refused(home, "system-1", "trip", "node/guoguan", "TS-ACT-TARGET").await;
    let tripped = done(home, "security-1", "trip", CLASS).await;
    assert_eq!(tripped["stage"], "done");
    assert!(tripped["receipt"]["index"].is_u64(), "{tripped}");
    refused(home, "system-1", "hold-open", CLASS, "TS-ACT-STANDS").await;
    let answer = asked(desk).await.expect("is answered");
    assert_eq!(said(&answer, "guoguan", "04"), *held);
    assert_eq!(answer.lamp("guoguan").expect("has one").lamp, "not-known");
    assert_eq!(
        said(&answer, "guoguan", "03").1,
        "",
        "the other class is asked"
    );
    for node in ["tielu", "zhongzhi"] {
        assert_eq!(said(&answer, node, "04").1, "", "{node}");
    }
    let list = tianshu(home, "audit-1", &["list"]);
    assert!(list.contains(&format!("trip {CLASS}")), "{list}");
    let breakers = tianshu(home, "duty-1", &["breakers"]);
    assert!(breakers.contains("tripped"), "{breakers}");
}

async fn suspended(ground: &Ground, desk: &Desk) {
    let home = ground.star.home();
    let target = "operator/city/0101";
    done(home, "duty-1", "suspend", target).await;
    let refusal = asked(desk).await.expect_err("is suspended");
    let refusal = refusal.refusal().expect("the star refused");
    assert_eq!(refusal.code, "TS-SUSPENDED-OPERATOR");
    let another = ground.star.desk(Node::City, "0102").expect("has a desk");
    asked(&another).await.expect("others are not");
    refused(home, "duty-1", "lift", target, "TS-ACT-ROLE").await;
    let asked_for = done(home, "security-1", "lift", target).await;
    assert_eq!(asked_for["stage"], "asked");
    asked(desk).await.expect_err("it only waits");
    let number = format!("act/{}", asked_for["number"]);
    refused(home, "security-1", "confirm", &number, "TS-ACT-SECOND").await;
    refused(home, "duty-1", "confirm", &number, "TS-ACT-ROLE").await;
    let said = tianshu(
        home,
        "system-1",
        &["confirm", &number, "--reason", "核实无误"],
    );
    assert!(said.contains("confirmed"), "{said}");
    asked(desk).await.expect("is lifted");
}

/// What `tianshu act` says.
fn tianshu(home: &Home, name: &str, arguments: &[&str]) -> String {
    let ran = std::process::Command::new(program("tianshu"))
        .arg("act")
        .args(arguments)
        .args(["--hub", &home.staff_door().to_string()])
        .arg("--tls")
        .arg(home.staff_folder(name))
        .output()
        .expect("tianshu runs");
    assert!(ran.status.success(), "{}", words(&ran));
    words(&ran)
}

fn on_record(home: &Home) {
    let log = LogBook::read(&home.hub_log()).expect("the log verifies");
    let acts: Vec<_> = log
        .of_kind("operator-act")
        .map(|(_, e)| e.clone())
        .collect();
    let stages = |act: &str| -> Vec<&str> {
        let acts = acts.iter().filter(|entry| entry["act"] == act);
        acts.filter_map(|entry| entry["stage"].as_str()).collect()
    };
    assert_eq!(stages("trip"), ["done"]);
    assert_eq!(stages("lift"), ["asked", "confirmed"]);
    let refused = log.of_kind("act-refused");
    let codes: Vec<_> = refused.filter_map(|(_, e)| e["code"].as_str()).collect();
    for code in ["TS-ACT-ROLE", "TS-ACT-SECOND", "TS-ACT-STANDS"] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    let came = log.of_kind("staff-signed-in");
    assert!(came.filter(|(_, e)| e["staff"] == "duty-1").count() > 0);
}

/// A certificate without a name on the trust list, a node's certificate, and none at all.
async fn strangers(home: &Home) {
    let stranger = door(home, STRANGER)
        .get("/v1/acts")
        .await
        .expect("is heard");
    assert_eq!(
        (stranger.status, &stranger.body["code"]),
        (401, &json!("TS-STAFF-UNKNOWN"))
    );
    let address = home.staff_door().to_string();
    let node = StaffDoor::new(&home.node_tls(Node::City), HUB, &address).expect("has one");
    let knocked = node.get("/v1/acts").await.expect_err("is no staff");
    assert!(is_cut(&knocked), "{knocked}");
    let plain = tokio::net::TcpStream::connect(home.staff_door()).await;
    let mut plain = plain.expect("the port is open");
    let request = b"GET /v1/acts HTTP/1.1\r\nhost: hub\r\n\r\n";
    plain.write_all(request).await.expect("is sent");
    let mut heard = Vec::new();
    // However the hub ends it, it never answers in plain text.
    let _ = tokio::time::timeout(NOTICE_WAIT, plain.read_to_end(&mut heard)).await;
    assert!(!heard.starts_with(b"HTTP"), "{heard:?}");
}

fn is_cut(error: &DoorError) -> bool {
    matches!(
        error,
        DoorError::Connect(ConnectError::Handshake(_)) | DoorError::Broken(_)
    )
}

/// A connection that is open and says nothing.
async fn open_connection(home: &Home, name: &str) -> impl tokio::io::AsyncRead + Unpin {
    let folder = home.staff_folder(name);
    let files = TlsFiles {
        certificate: folder.join("cert.pem"),
        key: folder.join("key.pem"),
        ca: folder.join("ca.pem"),
        crl: folder.join("crl.pem"),
    };
    let tls = ClientTls::load_for_staff(&files, TRUST_DOMAIN, HUB).expect("can be used");
    let reached = connector(tls).reach(home.staff_door()).await;
    reached.expect("is let in").into_inner()
}

async fn revoked(home: &Home) {
    let duty = door(home, "duty-1");
    assert_eq!(
        duty.get("/v1/breakers").await.expect("is heard").status,
        200
    );
    let mut open = open_connection(home, "duty-1").await;
    let ca = DevCa::open(&home.ca_dir()).expect("the authority is there");
    let gone = ca.revoke_peer(PeerKind::Staff, "duty-1", SystemClock.now());
    assert_eq!(gone.expect("is revoked").len(), 1);
    let cut = until(NOTICE_WAIT, async || {
        let knocked = duty.get("/v1/breakers").await;
        knocked.err().filter(is_cut).map(|_| ())
    });
    cut.await.expect("a revoked member is not let in");
    let ended = tokio::time::timeout(NOTICE_WAIT, open.read_u8()).await;
    assert!(ended.expect("an open connection is cut").is_err());
    // A new certificate lets the same person in again, also in the next run on this folder.
    let valid = Validity::usual(SystemClock.now());
    ca.issue(
        PeerKind::Staff,
        "duty-1",
        valid,
        &home.staff_folder("duty-1"),
    )
    .expect("is issued");
    let back = until(NOTICE_WAIT, async || {
        let knocked = door(home, "duty-1").get("/v1/breakers").await;
        knocked.ok().filter(|said| said.status == 200).map(|_| ())
    });
    back.await.expect("is let in with the new one");
    let others = door(home, "audit-1").get("/v1/breakers").await;
    assert_eq!(others.expect("is heard").status, 200);
}
