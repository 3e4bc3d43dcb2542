//! Coming to the staff's pages: nobody without a certificate and a session, nobody into a room of
//! another role, nothing changed from another site's page, and all of it on record.

use std::collections::BTreeMap;

use sandbox::evidence::LogBook;
use sandbox::star::Home;
use tests::pages::Visitor;

use super::ground::Ground;

/// Room by room, who may look: the table in docs/staff-roles.md, said once more by hand.
const ROOMS: [(&str, &[&str]); 10] = [
    ("/", &["system-1", "security-1", "audit-1", "duty-1"]),
    ("/audit", &["audit-1"]),
    ("/use", &["security-1", "audit-1"]),
    ("/subject", &["audit-1"]),
    ("/alerts", &["security-1", "audit-1", "duty-1"]),
    ("/nodes", &["system-1", "security-1", "audit-1", "duty-1"]),
    ("/catalog", &["system-1", "security-1", "audit-1", "duty-1"]),
    (
        "/policies",
        &["system-1", "security-1", "audit-1", "duty-1"],
    ),
    ("/limits", &["system-1", "security-1", "audit-1", "duty-1"]),
    ("/acts", &["system-1", "security-1", "audit-1", "duty-1"]),
];
const HEADERS: [(&str, &str); 6] = [
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_staff_comes_in_by_certificate_and_sees_the_rooms_of_its_role() {
    let ground = Ground::start("reception").await;
    let home = ground.star.home();
    first_visit(home).await;
    rooms(home).await;
    forgeries(home).await;
    numbers(home).await;
    on_record(home);
    ground.check().await;
}

async fn first_visit(home: &Home) {
    let mut visitor = Visitor::of(home, "audit-1").expect("has a certificate");
    let page = visitor.get("/audit?kind=decision").await.expect("is heard");
    assert_eq!(
        (page.status, page.text.as_str()),
        (303, ""),
        "sign in first"
    );
    assert_eq!(page.location(), "/sign-in?to=/audit%3Fkind%3Ddecision");
    let page = visitor.get(page.location()).await.expect("is heard");
    assert!(page.text.contains("审计管理员"), "{}", page.text);
    for (name, value) in HEADERS {
        assert_eq!(page.headers[name], value);
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    let fields = [("to", "//evil.example/")];
    let page = visitor.post("/sign-in", &fields).await.expect("is heard");
    assert_eq!((page.status, page.location()), (303, "/"), "not led away");
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    for part in [
        "__Host-",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Strict",
        "; Path=/",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let switch = visitor.get("/language?to=en&back=/catalog").await;
    let switch = switch.expect("is heard");
    assert_eq!((switch.status, switch.location()), (303, "/catalog"));
    let page = visitor.get("/nowhere").await.expect("is heard");
    assert_eq!(page.status, 404);
    assert!(page.text.contains("There is no such page"), "{}", page.text);
    let page = visitor.post("/sign-out", &[]).await.expect("is heard");
    assert_eq!((page.status, page.location()), (303, "/sign-in"));
    let page = visitor.get("/").await.expect("is heard");
    assert_eq!(page.status, 303, "signed out");
}

async fn rooms(home: &Home) {
    for name in ["system-1", "security-1", "audit-1", "duty-1"] {
        let mut visitor = Visitor::signed_in(home, name).await.expect("comes in");
        for (path, allowed) in ROOMS {
            let page = visitor.get(path).await.expect("is heard");
            if allowed.contains(&name) {
                assert_eq!(page.status, 200, "{name} at {path}");
            } else {
                assert_eq!(page.status, 403, "{name} at {path}");
                assert!(page.text.contains("TS-ACT-ROLE"), "{}", page.text);
            }
            let link = format!(r#"<a href="{path}""#);
            assert_eq!(
                page.text.contains(&link),
                allowed.contains(&name),
                "{name}: {path}"
            );
        }
    }
    let mut stranger = Visitor::of(home, "stranger-1").expect("has a certificate");
    let page = stranger.get("/").await.expect("is heard");
    assert!(page.text.contains("TS-STAFF-UNKNOWN"), "{}", page.text);
}

/// Another site's page, a form without token, somebody else's session.
async fn forgeries(home: &Home) {
    let mut duty = Visitor::signed_in(home, "duty-1").await.expect("comes in");
    duty.get("/").await.expect("is heard");
    let foreign = [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    for path in ["/sign-out", "/sign-in", "/acts"] {
        let page = duty.ask(("POST", path), &foreign, String::new()).await;
        let page = page.expect("is heard");
        assert!(
            page.text.contains("TS-PAGE-FORGED"),
            "{path}: {}",
            page.text
        );
    }
    let ours = [("sec-fetch-site", "same-origin")];
    let page = duty
        .ask(("POST", "/sign-out"), &ours, "token=guessed".to_owned())
        .await;
    assert!(page.expect("is heard").text.contains("TS-PAGE-FORGED"));
    let page = duty.get("/").await.expect("is heard");
    assert_eq!(page.status, 200, "nobody was signed out");
    let mut other = Visitor::of(home, "security-1").expect("has a certificate");
    let stolen = duty.cookie_header();
    let page = other
        .ask(("GET", "/"), &[("cookie", &stolen)], String::new())
        .await;
    assert_eq!(
        page.expect("is heard").status,
        303,
        "a session is its owner's"
    );
    programs_door(&mut duty).await;
    let fields = [("act", "suspend")];
    let page = other.post("/acts", &fields).await.expect("is heard");
    assert!(page.text.contains("TS-PAGE-SESSION"), "{}", page.text);
}

/// The JSON routes have no session: another site's page must not reach them by the certificate that
/// the browser holds. Each of these would else trip a breaker.
async fn programs_door(duty: &mut Visitor) {
    let body = |key: &str| {
        format!(r#"{{"act":"trip","target":"class/guoguan/04","reason":"drill","key":"{key}"}}"#)
    };
    let text = ("content-type", "text/plain");
    let json = ("content-type", "application/json");
    for (headers, code) in [
        (vec![text], "TS-ACT-MALFORMED"),
        (
            vec![json, ("origin", "https://evil.example")],
            "TS-PAGE-FORGED",
        ),
        (vec![json, ("origin", "null")], "TS-PAGE-FORGED"),
        (
            vec![json, ("sec-fetch-site", "cross-site")],
            "TS-PAGE-FORGED",
        ),
        (
            vec![text, ("sec-fetch-site", "same-site")],
            "TS-PAGE-FORGED",
        ),
    ] {
        let page = duty
            .ask(("POST", "/v1/acts"), &headers, body("forged"))
            .await;
        let page = page.expect("is heard");
        assert!(page.text.contains(code), "{headers:?}: {}", page.text);
        for (name, value) in HEADERS {
            assert_eq!(page.headers[name], value);
        }
    }
    let page = duty.ask(
        ("GET", "/v1/acts"),
        &[("sec-fetch-site", "cross-site")],
        String::new(),
    );
    let page = page.await.expect("is heard");
    assert!(page.text.contains("TS-PAGE-FORGED"), "{}", page.text);
    let page = duty.get("/v1/acts").await.expect("is heard");
    assert_eq!(page.status, 200, "a program comes in as before");
    assert!(page.text.contains(r#""standing":[]"#), "{}", page.text);
}

/// An address with a person's number, however it is written, is not repeated: neither on a page nor
/// on the way to the sign-in.
async fn numbers(home: &Home) {
    const NUMBER: &str = "11010519491231002X";
    const MASKED: &str = "%31%31010519491231002X";
    let mut auditor = Visitor::signed_in(home, "audit-1").await.expect("comes in");
    let mut nobody = Visitor::of(home, "audit-1").expect("has a certificate");
    for path in [
        "/subject/@",
        "/use/city/@",
        "/catalog?q=@",
        "/nowhere/@",
        "/audit?case=@",
        "/audit/@",
        "/sign-in?to=/audit%3Fcase%3D@",
        "/language?to=en&back=/audit%3Fcase%3D@",
        "/v1/acts?@=1",
        "/v1/acts?before=@",
    ] {
        for number in [NUMBER, MASKED] {
            for visitor in [&mut auditor, &mut nobody] {
                let page = visitor.get(&path.replace('@', number)).await;
                let page = page.expect("is heard");
                assert!(!page.text.contains("19491231"), "{path}: {}", page.text);
                assert!(!page.location().contains("19491231"), "{path}");
            }
        }
    }
    let page = auditor.get(&format!("/use/city/{NUMBER}")).await;
    let page = page.expect("is heard");
    assert!(page.text.contains("TS-PAGE-PERSONAL-DATA"), "{}", page.text);
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
}

fn on_record(home: &Home) {
    let log = LogBook::read(&home.hub_log()).expect("the log verifies");
    let of_kind =
        |kind: &str| -> Vec<_> { log.of_kind(kind).map(|(_, entry)| entry.clone()).collect() };
    let sessions = of_kind("staff-session");
    let stages = |stage: &str| {
        sessions
            .iter()
            .filter(|entry| entry["stage"] == stage)
            .count()
    };
    assert!(stages("began") >= 6, "{sessions:?}");
    assert_eq!(stages("ended"), 1);
    let looks = of_kind("looked");
    let by_program = looks
        .iter()
        .find(|look| look["room"] == "acts" && look["staff"] == "duty-1");
    assert!(by_program.is_some(), "{looks:?}");
    turned_away(&of_kind("act-refused"));
}

/// Each of them once for each try, with what was tried and nothing of what was looked for.
fn turned_away(refused: &[serde_json::Value]) {
    let mut counts = BTreeMap::new();
    for entry in refused {
        let text = |field: &str| entry[field].as_str().unwrap_or_default();
        let tried = (text("code"), text("staff"), text("act"), text("target"));
        *counts.entry(tried).or_insert(0) += 1;
    }
    let mut expected = BTreeMap::from([
        (("TS-PAGE-FORGED", "duty-1", "post", "sign-in"), 1),
        // From another site's page, and with a guessed token.
        (("TS-PAGE-FORGED", "duty-1", "post", "sign-out"), 2),
        (("TS-PAGE-FORGED", "duty-1", "post", "room/acts"), 1),
        (("TS-PAGE-FORGED", "duty-1", "post", "door/acts"), 4),
        (("TS-PAGE-FORGED", "duty-1", "get", "door/acts"), 1),
        (("TS-PAGE-SESSION", "security-1", "post", "room/acts"), 1),
        (
            ("TS-STAFF-UNKNOWN", "stranger-1", "get", "room/overview"),
            1,
        ),
    ]);
    for (staff, rooms) in [
        (
            "system-1",
            &["room/audit", "room/use", "room/subject", "room/alerts"][..],
        ),
        ("security-1", &["room/audit", "room/subject"][..]),
        ("duty-1", &["room/audit", "room/use", "room/subject"][..]),
    ] {
        expected.extend(
            rooms
                .iter()
                .map(|room| (("TS-ACT-ROLE", staff, "get", *room), 1)),
        );
    }
    let codes: Vec<_> = expected.keys().map(|(code, ..)| *code).collect();
    counts.retain(|(code, ..), _| codes.contains(code));
    assert_eq!(counts, expected);
}
