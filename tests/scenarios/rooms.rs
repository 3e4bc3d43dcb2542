//! The staff's rooms overview, nodes and acts on a running star: signed in with a certificate,
//! looked at with a plain client that runs no script, and acted in by the forms of the pages.

use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use sandbox::client::Ask;
use sandbox::evidence::LogBook;
use sandbox::star::Home;
use sandbox::world::Node;
use tests::pages::{Page, Visitor};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::{Clock as _, SystemClock};

use super::ground::Ground;

/// How soon an open page shows that a breaker has opened.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);
/// How long a lost stream may take to be noticed, and shown.
const NOTICED_WITHIN: Duration = Duration::from_secs(20);

/// Fills the form of a page in and sends it.
async fn act(visitor: &mut Visitor, on: &Page, fields: &[(&str, &str)]) -> Page {
    let has_key = fields.iter().any(|(name, _)| *name == "key");
    let key = (!has_key).then(|| hidden(&on.text, "key"));
    let mut all = fields.to_vec();
    all.extend(key.as_ref().map(|key| ("key", key.as_str())));
    let sent = visitor.post("/acts", &all).await;
    sent.expect("the hub is heard")
}

async fn signed_in(home: &Home, name: &str) -> Visitor {
    let visitor = Visitor::signed_in(home, name).await;
    visitor.expect("is let in")
}

async fn seen(visitor: &mut Visitor, path: &str) -> Page {
    visitor.sees(path).await.expect("is there")
}

/// The value of the first hidden field of a name.
fn hidden(page: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&field).expect("has the field").1;
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Events of the open page.
struct Live {
    body: Incoming,
    read: String,
}

impl Live {
    async fn open(visitor: &Visitor) -> Self {
        let response = visitor.stays("/live").await.expect("the hub is heard");
        assert_eq!(response.status(), 200);
        let kind = response.headers().get("content-type").expect("has a type");
        assert_eq!(kind, "text/event-stream");
        Self {
            body: response.into_body(),
            read: String::new(),
        }
    }

    /// The next event that shows something.
    async fn shows(&mut self, what: &str, within: Duration) {
        let seen = tokio::time::timeout(within, async {
            loop {
                while let Some((event, rest)) = self.read.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.read = rest;
                    if event.contains(what) {
                        return;
                    }
                }
                let frame = self.body.frame().await.expect("goes on").expect("is whole");
                let data = frame.into_data().expect("is data");
                self.read.push_str(&String::from_utf8_lossy(&data));
            }
        });
        seen.await
            .unwrap_or_else(|_| panic!("`{what}` is not shown within {within:?}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rooms_show_the_star_and_acts_go_by_their_forms() {
    let mut ground = Ground::start("rooms").await;
    let desk = ground.star.desk(Node::City, "0101").expect("has a desk");
    let open = desk.open("CT-S02", "F05").await.expect("is open");
    let ask = Ask {
        case: open.case,
        ..Ask::default()
    };
    desk.ask(&ask).await.expect("is answered");
    let home = ground.star.home();
    let mut security = signed_in(home, "security-1").await;
    looks(&mut security).await;
    trips(home, &mut security).await;
    second_person(home, &mut security).await;
    refused(home).await;
    opens(&mut ground, &security).await;
    on_record(ground.star.home());
    ground.check().await;
}

async fn looks(security: &mut Visitor) {
    let star = seen(security, "/").await.text;
    for part in [
        "live-wrong",
        "live-star",
        "data-stream=\"/live\"",
        "http-equiv=\"refresh\"",
    ] {
        assert!(star.contains(part), "{part}");
    }
    assert_eq!(
        star.matches("class=\"edge behind").count(),
        3,
        "three offices"
    );
    let nodes = seen(security, "/nodes").await.text;
    assert!(nodes.contains(" / 220 ("), "every agent says what it maps");
    assert!(!nodes.contains("节点未说明"));
    let guoguan = seen(security, "/nodes/guoguan").await.text;
    assert!(guoguan.contains("04") && guoguan.contains("熔断器操作"));
    let nobody = security.get("/nodes/nobody").await.expect("is heard");
    assert_eq!(nobody.status, 404);
}

/// A breaker is tripped by the node's page, and the open overview shows it.
async fn trips(home: &Home, security: &mut Visitor) {
    let mut live = Live::open(security).await;
    live.shows("live-wrong", SHOWN_WITHIN).await;
    let page = seen(security, "/nodes/guoguan?class=04").await;
    let fields = [
        ("act", "trip"),
        ("kind", "class"),
        ("node", "guoguan"),
        ("name", "04"),
        ("reason", "演练"),
        ("back", "/nodes/guoguan"),
    ];
    let done = act(security, &page, &fields).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let begun = Instant::now();
    live.shows("04 人工断开", SHOWN_WITHIN).await;
    let elapsed = begun.elapsed();
    assert!(elapsed < SHOWN_WITHIN);
    println!(
        "a trip was shown {} ms after it was done",
        elapsed.as_millis()
    );
    let again = act(security, &page, &fields).await;
    assert_eq!(
        again.location(),
        done.location(),
        "a double click acts once"
    );
    let shown = seen(security, done.location()).await.text;
    assert!(shown.contains("已记入审计日志并生效") && shown.contains("人工断开"));
    let mut system = signed_in(home, "system-1").await;
    let page = seen(&mut system, "/nodes/guoguan").await;
    let reset = [
        ("act", "reset"),
        ("kind", "class"),
        ("node", "guoguan"),
        ("name", "04"),
        ("reason", "演练结束"),
    ];
    assert_eq!(act(&mut system, &page, &reset).await.status, 303);
}

/// What one person asks for, another confirms, and nobody for themselves.
async fn second_person(home: &Home, security: &mut Visitor) {
    let operator = [
        ("kind", "operator"),
        ("node", "city"),
        ("name", "0177"),
        ("reason", "演练"),
    ];
    let with = |act: &'static str| {
        let mut fields = operator.to_vec();
        fields.push(("act", act));
        fields
    };
    let mut duty = signed_in(home, "duty-1").await;
    let page = seen(&mut duty, "/acts").await;
    assert_eq!(act(&mut duty, &page, &with("suspend")).await.status, 303);
    let page = seen(security, "/acts").await;
    let asked = act(security, &page, &with("lift")).await;
    let number = asked
        .location()
        .rsplit('=')
        .next()
        .unwrap_or_default()
        .to_owned();
    let own = seen(security, "/acts").await;
    assert!(
        !own.text.contains(&format!("confirm-{number}")),
        "not for their own"
    );
    assert!(own.text.contains("须由另一人确认"));
    let mut system = signed_in(home, "system-1").await;
    let page = seen(&mut system, "/acts").await;
    let key = format!("-confirm-{number}");
    let at = page.text.find(&key).expect("is offered to another person");
    let before = page.text.get(..at + key.len()).expect("is within");
    let key = before.rsplit('"').next().unwrap_or_default().to_owned();
    let confirm = [
        ("act", "confirm"),
        ("kind", "act"),
        ("name", number.as_str()),
        ("reason", "核实无误"),
        ("key", key.as_str()),
    ];
    let confirmed = act(&mut system, &page, &confirm).await;
    assert_eq!(confirmed.status, 303, "{}", confirmed.text);
    let after = seen(&mut system, "/acts").await.text;
    assert!(after.contains("没有等待确认的操作") && after.contains("没有生效中的操作"));
    for page in [own.text, after] {
        let addresses = page.split("href=\"").skip(1);
        let mut addresses = addresses.filter_map(|rest| rest.split('"').next());
        assert!(addresses.all(|address| !address.contains("0177")));
    }
}

/// Whoever audits sees no form, and is refused if a form is sent all the same.
async fn refused(home: &Home) {
    let mut audit = signed_in(home, "audit-1").await;
    let page = seen(&mut audit, "/acts").await;
    assert!(!page.text.contains("action=\"/acts\""));
    let fields = [
        ("act", "suspend"),
        ("kind", "node"),
        ("node", "city"),
        ("reason", "演练"),
        ("key", "k-1"),
    ];
    let refused = act(&mut audit, &page, &fields).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("TS-ACT-ROLE") && refused.text.contains("未办理"));
    let headers = [("sec-fetch-site", "same-origin")];
    let body = "token=x&act=suspend".to_owned();
    let forged = audit.ask(("POST", "/acts"), &headers, body).await;
    let forged = forged.expect("the hub is heard");
    assert_eq!(forged.status, 403);
    assert!(forged.text.contains("TS-PAGE-FORGED"));
}

/// A node that is gone without farewell opens its breakers; the open page shows it within two
/// seconds of the moment that the log says.
async fn opens(ground: &mut Ground, security: &Visitor) {
    let mut live = Live::open(security).await;
    live.shows("live-wrong", SHOWN_WITHIN).await;
    ground.star.freeze(Node::Tielu).expect("runs");
    live.shows("铁路分中心未连接", NOTICED_WITHIN).await;
    let shown_at = SystemClock.now();
    let log = LogBook::read(&ground.star.home().hub_log()).expect("the log verifies");
    let opened = log
        .of_kind("breaker")
        .filter(|(_, entry)| entry["node"] == "tielu" && entry["to"] == "open");
    let at = opened.last().expect("is on record").1["at"].clone();
    let at = OffsetDateTime::parse(at.as_str().unwrap_or_default(), &Rfc3339).expect("a moment");
    let took = shown_at - at;
    assert!(took < SHOWN_WITHIN, "shown {took} after the log says");
    println!(
        "a breaker that opened was shown {} ms after the log says",
        took.whole_milliseconds()
    );
    ground.star.thaw(Node::Tielu).expect("runs");
    ground
        .star
        .wait_attached(&Node::ALL)
        .await
        .expect("is back");
}

fn on_record(home: &Home) {
    let log = LogBook::read(&home.hub_log()).expect("the log verifies");
    let looks = log
        .of_kind("looked")
        .filter(|(_, entry)| entry["room"] == "acts");
    assert!(looks.count() >= 4, "looks at acts are on record");
    let trips = log
        .of_kind("operator-act")
        .filter(|(_, entry)| entry["act"] == "trip");
    assert_eq!(trips.count(), 1, "once");
}
