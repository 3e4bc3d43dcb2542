//! Every route of the staff's door, asked by every role through the real router: what comes back is
//! what the table of deeds says, and no route is left out.

mod refused;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use policies::Role;
use tower::ServiceExt as _;
use wire::identity::PeerKind;

use crate::api::staff::{StaffDoor, StaffPeer, router};
use crate::broker::tests::fixture::{Setup, Star, peer};
use crate::desk::bench::{Bench, desk};
use crate::desk::pages;
use crate::staff::{Deed, TABLE};
use dashboards::Room;

const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
const TOKEN: &str = "name=\"token\" value=\"";
const SUBJECT: &str = "/subject/abababababababababababababababababababababababababababababababab";

/// What a route needs. A deed is asked for after its room.
#[derive(Clone, Copy, Debug)]
enum Needs {
    /// Only a certificate of the staff, or what is asked for within.
    Nothing,
    Room(Room),
    Deed(Room, Deed),
}

use Needs::{Deed as D, Nothing, Room as R};

/// Each route as the sources write it, an address that fits it, and what it needs.
const GETS: &[(&str, &str, Needs)] = &[
    ("/", "/", R(Room::Overview)),
    ("/live", "/live", R(Room::Overview)),
    ("/nodes", "/nodes", R(Room::Nodes)),
    ("/nodes/{id}", "/nodes/city", R(Room::Nodes)),
    ("/policies", "/policies", R(Room::Policies)),
    ("/policies/explain", "/policies/explain", R(Room::Policies)),
    ("/policies/changes", "/policies/changes", R(Room::Policies)),
    ("/policies/{flow}", "/policies/F05", R(Room::Policies)),
    ("/alerts", "/alerts", R(Room::Alerts)),
    ("/alerts/rules", "/alerts/rules", R(Room::Alerts)),
    ("/alerts/{number}", "/alerts/0", R(Room::Alerts)),
    ("/use", "/use", R(Room::Use)),
    ("/use/{center}/{operator}", "/use/city/0101", R(Room::Use)),
    ("/audit", "/audit", R(Room::Audit)),
    ("/audit/{number}", "/audit/0", R(Room::Audit)),
    ("/audit/{number}/verify", "/audit/0/verify", R(Room::Audit)),
    ("/audit/{number}/proof", "/audit/0/proof", R(Room::Audit)),
    ("/subject", "/subject", R(Room::Subject)),
    ("/subject/{subject}", "", R(Room::Subject)),
    ("/subject/{subject}/print", "/print", R(Room::Subject)),
    ("/subject/{subject}/proofs", "/proofs", R(Room::Subject)),
    ("/catalog", "/catalog", R(Room::Catalog)),
    ("/catalog/versions", "/catalog/versions", R(Room::Catalog)),
    ("/catalog/{number}", "/catalog/04", R(Room::Catalog)),
    ("/limits", "/limits", R(Room::Limits)),
    ("/limits/people", "/limits/people", R(Room::Limits)),
    ("/acts", "/acts", R(Room::Acts)),
    ("/sign-in", "/sign-in", Nothing),
    ("/language", "/language?to=en", Nothing),
    ("/assets/staff.css", "/assets/staff.css", Nothing),
    ("/assets/live.js", "/assets/live.js", Nothing),
    ("/assets/verify.js", "/assets/verify.js", Nothing),
    ("/assets/icon.svg", "/assets/icon.svg", Nothing),
    ("/v1/acts", "/v1/acts", Nothing),
    ("/v1/breakers", "/v1/breakers", Nothing),
    ("/v1/limits", "/v1/limits", Nothing),
];

/// The same for what is sent, with the fields beside the token.
const POSTS: &[(&str, &str, &str, Needs)] = &[
    (
        "/audit/export",
        "/audit/export",
        "form=csv&kind=decision",
        D(Room::Audit, Deed::Export),
    ),
    (
        "/audit/{number}/entry",
        "/audit/0/entry",
        "",
        D(Room::Audit, Deed::Export),
    ),
    (
        "/subject",
        "/subject",
        "number=1&reason=x",
        R(Room::Subject),
    ),
    (
        "/alerts/{number}/step",
        "/alerts/0/step",
        "step=explained&text=x&seen=0",
        D(Room::Alerts, Deed::ExplainAlert),
    ),
    (
        "/alerts/{number}/step",
        "/alerts/0/step",
        "step=closed&text=x&seen=0",
        D(Room::Alerts, Deed::CloseAlert),
    ),
];

/// The acts of the form under `/acts`, and of the program's door: kind, node, name, and the deed.
const ACTS: &[(&str, &str, &str, &str, Deed)] = &[
    ("trip", "class", "city", "04", Deed::Trip),
    ("reset", "class", "city", "04", Deed::Reset),
    ("hold-open", "class", "city", "04", Deed::HoldOpen),
    ("release", "class", "city", "04", Deed::Release),
    ("hold-closed", "class", "city", "05", Deed::HoldClosed),
    ("suspend", "operator", "city", "0101", Deed::Suspend),
    ("lift", "operator", "city", "0101", Deed::Lift),
    (
        "limit",
        "limit",
        "city",
        "node.per_second",
        Deed::LowerLimit,
    ),
    (
        "lift-limit",
        "limit",
        "city",
        "node.per_second",
        Deed::LiftLimit,
    ),
];

fn listed(deed: Deed, role: Role) -> bool {
    TABLE
        .iter()
        .any(|(row, _, roles)| *row == deed && roles.contains(&role))
}

fn expected(needs: Needs, role: Role) -> bool {
    match needs {
        Nothing => true,
        R(room) => listed(Deed::See(room), role),
        D(room, deed) => listed(Deed::See(room), role) && listed(deed, role),
    }
}

/// Somebody in a role, with the router in front of them.
struct Caller {
    routes: Router,
    peer: StaffPeer,
    cookie: String,
    token: String,
}

struct Heard {
    status: u16,
    text: String,
    cookie: String,
}

impl Caller {
    async fn signed_in(star: &Star, bench: &Bench, role: Role) -> Self {
        let door = StaffDoor::new(Arc::clone(&star.broker), Arc::clone(&bench.index));
        let peer = peer(PeerKind::Staff, &format!("{role}-1"));
        let mut caller = Self {
            routes: router(door).merge(pages(Arc::clone(&bench.desk))),
            peer: StaffPeer(Arc::new(peer)),
            cookie: String::new(),
            token: String::new(),
        };
        let heard = caller.form("/sign-in", "to=/").await;
        assert_eq!(heard.status, 303, "{}", heard.text);
        caller.cookie = heard.cookie;
        let page = caller.get("/").await;
        let token = page.text.split_once(TOKEN).map(|(_, rest)| rest);
        let token = token.and_then(|rest| rest.split('"').next());
        caller.token = token.expect("has a form").to_owned();
        caller
    }

    async fn get(&self, path: &str) -> Heard {
        self.heard(Request::get(path).body(Body::empty())).await
    }

    async fn form(&self, path: &str, fields: &str) -> Heard {
        let body = format!("token={}&{fields}", self.token);
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.heard(request).await
    }

    async fn heard(&self, request: axum::http::Result<Request<Body>>) -> Heard {
        let mut request = request.expect("is a request");
        let headers = request.headers_mut();
        headers.insert(
            "sec-fetch-site",
            header::HeaderValue::from_static("same-origin"),
        );
        let cookie = header::HeaderValue::from_str(&self.cookie).expect("is a cookie");
        headers.insert(header::COOKIE, cookie);
        let asks_for_live = request.uri().path() == "/live";
        request
            .extensions_mut()
            .insert(ConnectInfo(self.peer.clone()));
        let response = self.routes.clone().oneshot(request).await;
        let (parts, body) = response.expect("answers").into_parts();
        let cookie = parts.headers.get(header::SET_COOKIE);
        let cookie = cookie.and_then(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookie = cookie.unwrap_or_default().to_owned();
        // Live figures have no end.
        let text = if asks_for_live && parts.status.is_success() {
            String::new()
        } else {
            let bytes = to_bytes(body, PAGE_BYTES_MAX).await.expect("ends");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Heard {
            status: parts.status.as_u16(),
            text,
            cookie,
        }
    }
}

/// Whether a role was let through; what the room then found is another matter.
fn is_let_in(heard: &Heard, what: &str) -> bool {
    assert_ne!(heard.status, 500, "{what}: {}", heard.text);
    // A page that is shown may list every code there is.
    let says = |code: &str| heard.status >= 400 && heard.text.contains(code);
    for code in ["TS-PAGE-FORGED", "TS-PAGE-SESSION", "TS-LIMIT-HUB"] {
        assert!(!says(code), "{what}: {}", heard.text);
    }
    !(heard.status == 403 && says("TS-ACT-ROLE"))
}

#[tokio::test]
async fn every_route_gives_every_role_what_the_table_says() {
    let star = Star::new(Setup::default());
    let bench = desk(&star);
    for role in Role::ALL {
        let mut caller = Caller::signed_in(&star, &bench, role).await;
        for (route, path, needs) in GETS {
            let path = match *route {
                "/subject/{subject}" | "/subject/{subject}/print" | "/subject/{subject}/proofs" => {
                    format!("{SUBJECT}{path}")
                }
                _ => (*path).to_owned(),
            };
            let heard = caller.get(&path).await;
            let what = format!("{role} at {path}");
            assert_eq!(is_let_in(&heard, &what), expected(*needs, role), "{what}");
        }
        for (_, path, fields, needs) in POSTS {
            let heard = caller.form(path, fields).await;
            let what = format!("{role} sends {path}");
            assert_eq!(is_let_in(&heard, &what), expected(*needs, role), "{what}");
        }
        let heard = caller.form("/sign-out", "").await;
        assert_eq!(heard.status, 303, "{role} leaves");
        caller.token.clear();
        assert_eq!(caller.get("/").await.status, 303, "{role} is out");
    }
}

#[tokio::test]
async fn every_act_is_done_by_whom_the_table_says_and_by_nobody_else() {
    for role in Role::ALL {
        let star = Star::new(Setup::default());
        let bench = desk(&star);
        let caller = Caller::signed_in(&star, &bench, role).await;
        for (act, kind, node, name, deed) in ACTS {
            let (value, until) = match *act {
                "limit" => ("1", "2026-11-23T12:00"),
                _ => ("", ""),
            };
            let fields = format!(
                "act={act}&kind={kind}&node={node}&name={name}&value={value}&until={until}\
                 &reason=drill&key=page-{act}"
            );
            let heard = caller.form("/acts", &fields).await;
            let what = format!("{role}: {act}");
            assert_eq!(is_let_in(&heard, &what), listed(*deed, role), "{what}");
            let target = match *kind {
                "limit" => format!("limit/{name}/{node}"),
                _ => format!("{kind}/{node}/{name}"),
            };
            let mut body = serde_json::json!({
                "act": act, "target": target, "reason": "drill", "key": format!("door-{act}"),
            });
            if *act == "limit" {
                body["value"] = 1.into();
                body["until"] = "2026-11-23T12:00:00+08:00".into();
            }
            let request = Request::post("/v1/acts")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string()));
            let heard = caller.heard(request).await;
            assert_eq!(
                is_let_in(&heard, &what),
                listed(*deed, role),
                "{what} as JSON"
            );
        }
    }
}

/// Reads the sources: a route that nobody put into the lists above fails here.
#[test]
fn no_route_is_left_out() {
    let asked: BTreeSet<String> = GETS
        .iter()
        .map(|(route, ..)| *route)
        .chain(POSTS.iter().map(|(route, ..)| *route))
        .chain(["/sign-out", "/acts"])
        .map(str::to_owned)
        .collect();
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut written = BTreeSet::new();
    for folder in ["../dashboards/src", "src/desk", "src/api/staff.rs"] {
        routes_of(&here.join(folder), &mut written);
    }
    assert_eq!(written, asked);
}

fn routes_of(path: &std::path::Path, found: &mut BTreeSet<String>) {
    // The star of the admin address is not behind the staff's door, and this is no route.
    if ["star", "matrix", "matrix.rs"]
        .iter()
        .any(|name| path.ends_with(name))
    {
        return;
    }
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("is a folder") {
            routes_of(&entry.expect("is there").path(), found);
        }
        return;
    }
    if path.extension().is_none_or(|kind| kind != "rs") {
        return;
    }
    let text = std::fs::read_to_string(path).expect("is text");
    for rest in text.split(".route(").skip(1) {
        let rest = rest.trim_start();
        let Some(rest) = rest.strip_prefix('"') else {
            panic!("{}: a route is a text", path.display());
        };
        found.extend(rest.split('"').next().map(str::to_owned));
    }
}
