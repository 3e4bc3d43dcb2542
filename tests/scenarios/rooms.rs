//! The staff's rooms overview, nodes and acts on a running star: signed in with a certificate,
//! looked at with a plain client that runs no script, and acted in by the forms of the pages.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use sandbox::client::Ask;
use sandbox::evidence::LogBook;
use sandbox::star::{HUB, Home, TRUST_DOMAIN};
use sandbox::world::Node;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::tls::{ClientTls, TlsFiles, connector};
use wire::{Clock as _, SystemClock};

use super::ground::Ground;

/// How soon an open page shows that a breaker has opened.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);
/// How long a lost stream may take to be noticed, and shown.
const NOTICED_WITHIN: Duration = Duration::from_secs(20);

/// A member of the staff with a browser that runs no script.
struct Browser {
    tls: ClientTls,
    address: std::net::SocketAddr,
    cookie: String,
}

/// A page, or what came instead.
struct Page {
    status: u16,
    leads_to: String,
    text: String,
}

impl Browser {
    /// Signed in.
    async fn signed_in(home: &Home, name: &str) -> Self {
        let folder = home.staff_folder(name);
        let files = TlsFiles {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
            ca: folder.join("ca.pem"),
            crl: folder.join("crl.pem"),
        };
        let tls = ClientTls::load_for_staff(&files, TRUST_DOMAIN, HUB).expect("can be used");
        let mut browser = Self {
            tls,
            address: home.staff_door(),
            cookie: String::new(),
        };
        let signed = browser.send(Method::POST, "/sign-in", "to=%2F").await;
        let cookie = signed.headers().get("set-cookie").expect("a session");
        let cookie = cookie.to_str().expect("is text");
        cookie
            .split(';')
            .next()
            .unwrap_or_default()
            .clone_into(&mut browser.cookie);
        browser
    }

    async fn send(&self, method: Method, path: &str, body: &str) -> Response<Incoming> {
        let stream = connector(self.tls.clone()).reach(self.address).await;
        let stream = stream.expect("is let in");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream)
            .await
            .expect("speaks HTTP");
        #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "hub")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &self.cookie)
            .body(Full::new(Bytes::from(body.to_owned())))
            .expect("is a request");
        sender.send_request(request).await.expect("is answered")
    }

    async fn page(&self, method: Method, path: &str, body: &str) -> Page {
        let response = self.send(method, path, body).await;
        let leads_to = response.headers().get("location");
        let leads_to = leads_to.map(|to| to.to_str().expect("is text").to_owned());
        let status = response.status().as_u16();
        let bytes = response
            .into_body()
            .collect()
            .await
            .expect("is whole")
            .to_bytes();
        Page {
            status,
            leads_to: leads_to.unwrap_or_default(),
            text: String::from_utf8(bytes.to_vec()).expect("is text"),
        }
    }

    async fn get(&self, path: &str) -> Page {
        let page = self.page(Method::GET, path, "").await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        page
    }

    /// Fills the form of a page in and sends it.
    async fn act(&self, on: &Page, fields: &[(&str, &str)]) -> Page {
        let mut body = format!("token={}", hidden(&on.text, "token"));
        if !fields.iter().any(|(name, _)| *name == "key") {
            body.push_str(&format!("&key={}", hidden(&on.text, "key")));
        }
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", encoded(value)));
        }
        self.page(Method::POST, "/acts", &body).await
    }
}

/// The value of the first hidden field of a name.
fn hidden(page: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&field).expect("has the field").1;
    rest.split('"').next().unwrap_or_default().to_owned()
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Events of the open page.
struct Live {
    body: Incoming,
    read: String,
}

impl Live {
    async fn open(browser: &Browser) -> Self {
        let response = browser.send(Method::GET, "/live", "").await;
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
    let security = Browser::signed_in(home, "security-1").await;
    looks(&security).await;
    trips(home, &security).await;
    second_person(home, &security).await;
    refused(home).await;
    opens(&mut ground, &security).await;
    on_record(ground.star.home());
    ground.check().await;
}

async fn looks(security: &Browser) {
    let star = security.get("/").await.text;
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
    let nodes = security.get("/nodes").await.text;
    assert!(nodes.contains(" / 220 ("), "every agent says what it maps");
    assert!(!nodes.contains("节点未说明"));
    let guoguan = security.get("/nodes/guoguan").await.text;
    assert!(guoguan.contains("04") && guoguan.contains("熔断器操作"));
    let nobody = security.page(Method::GET, "/nodes/nobody", "").await;
    assert_eq!(nobody.status, 404);
}

/// A breaker is tripped by the node's page, and the open overview shows it.
async fn trips(home: &Home, security: &Browser) {
    let mut live = Live::open(security).await;
    live.shows("live-wrong", SHOWN_WITHIN).await;
    let page = security.get("/nodes/guoguan?class=04").await;
    let fields = [
        ("act", "trip"),
        ("kind", "class"),
        ("node", "guoguan"),
        ("name", "04"),
        ("reason", "演练"),
        ("back", "/nodes/guoguan"),
    ];
    let done = security.act(&page, &fields).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let begun = Instant::now();
    live.shows("04 人工断开", SHOWN_WITHIN).await;
    let elapsed = begun.elapsed();
    assert!(elapsed < SHOWN_WITHIN);
    println!(
        "a trip was shown {} ms after it was done",
        elapsed.as_millis()
    );
    let again = security.act(&page, &fields).await;
    assert_eq!(again.leads_to, done.leads_to, "a double click acts once");
    let shown = security.get(&done.leads_to).await.text;
    assert!(shown.contains("已记入审计日志并生效") && shown.contains("人工断开"));
    let system = Browser::signed_in(home, "system-1").await;
    let page = system.get("/nodes/guoguan").await;
    let reset = [
        ("act", "reset"),
        ("kind", "class"),
        ("node", "guoguan"),
        ("name", "04"),
        ("reason", "演练结束"),
    ];
    assert_eq!(system.act(&page, &reset).await.status, 303);
}

/// What one person asks for, another confirms, and nobody for themselves.
async fn second_person(home: &Home, security: &Browser) {
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
    let duty = Browser::signed_in(home, "duty-1").await;
    let page = duty.get("/acts").await;
    assert_eq!(duty.act(&page, &with("suspend")).await.status, 303);
    let page = security.get("/acts").await;
    let asked = security.act(&page, &with("lift")).await;
    let number = asked
        .leads_to
        .rsplit('=')
        .next()
        .unwrap_or_default()
        .to_owned();
    let own = security.get("/acts").await;
    assert!(
        !own.text.contains(&format!("confirm-{number}")),
        "not for their own"
    );
    assert!(own.text.contains("须由另一人确认"));
    let system = Browser::signed_in(home, "system-1").await;
    let page = system.get("/acts").await;
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
    let confirmed = system.act(&page, &confirm).await;
    assert_eq!(confirmed.status, 303, "{}", confirmed.text);
    let after = system.get("/acts").await.text;
    assert!(after.contains("没有等待确认的操作") && after.contains("没有生效中的操作"));
    for page in [own.text, after] {
        let addresses = page.split("href=\"").skip(1);
        let mut addresses = addresses.filter_map(|rest| rest.split('"').next());
        assert!(addresses.all(|address| !address.contains("0177")));
    }
}

/// Whoever audits sees no form, and is refused if a form is sent all the same.
async fn refused(home: &Home) {
    let audit = Browser::signed_in(home, "audit-1").await;
    let page = audit.get("/acts").await;
    assert!(!page.text.contains("action=\"/acts\""));
    let fields = [
        ("act", "suspend"),
        ("kind", "node"),
        ("node", "city"),
        ("reason", "演练"),
        ("key", "k-1"),
    ];
    let refused = audit.act(&page, &fields).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("TS-ACT-ROLE") && refused.text.contains("未办理"));
    let forged = audit
        .page(Method::POST, "/acts", "token=x&act=suspend")
        .await;
    assert_eq!(forged.status, 403);
    assert!(forged.text.contains("TS-PAGE-FORGED"));
}

/// A node that is gone without farewell opens its breakers; the open page shows it within two
/// seconds of the moment that the log says.
async fn opens(ground: &mut Ground, security: &Browser) {
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
