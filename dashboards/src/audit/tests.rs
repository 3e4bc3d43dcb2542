//! The pages of the room: both languages, hostile texts, roles, and routes that take one spelling.

use std::sync::Mutex;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt as _;

use super::*;
use crate::language::Language;
use crate::room::Room;
use crate::viewer::RoleName;

const HOSTILE: &str = "<script>alert(1)</script>\"'\u{202E}";

fn viewer(language: Language, may: &[Act]) -> Viewer {
    Viewer {
        name: "qian".into(),
        serial: "0d".into(),
        zh: "钱".into(),
        en: "Qian".into(),
        roles: vec![RoleName::Audit],
        may: may.iter().copied().collect(),
        language,
        here: "/audit".into(),
        token: "token-of-the-session".into(),
    }
}

fn auditor(language: Language) -> Viewer {
    let see = [Act::See(Room::Audit), Act::See(Room::Subject), Act::Export];
    viewer(language, &see)
}

fn edge(number: u64) -> Edge {
    Edge {
        number,
        at: "2026-11-23T10:00:00.5+08:00".into(),
    }
}

fn cover() -> Cover {
    Cover {
        size: 20,
        root: "cm9vdA==".into(),
        witnesses: vec![("city".into(), "2026-11-23T10:00:01+08:00".into())],
        known: 4,
        quorum: false,
    }
}

fn searched(text: &str) -> Searched {
    let row = Row {
        number: 7,
        at: "2026-11-23T10:00:00.5+08:00".into(),
        kind: "decision".into(),
        center: "city".into(),
        operator: text.into(),
        counter: "3".into(),
        flow: "F05".into(),
        case: text.into(),
        staff: String::new(),
        codes: vec!["TS-NODE-DOWN".into()],
        more: text.into(),
    };
    let gap = Gap {
        from: Some(edge(3)),
        to: None,
        minutes: 90,
        is_start: true,
    };
    let span = Span {
        entries: Some((edge(2), edge(12))),
        before: Some(edge(1)),
        after: None,
        archived: 0,
        whole: Whole::Read,
        behind: None,
        heartbeats: Heartbeats::Seen(3, vec![gap]),
        cover: Some(cover()),
    };
    Searched {
        sought: Sought {
            case: text.into(),
            from: "2026-11-23".into(),
            ..Sought::default()
        },
        faults: Vec::new(),
        found: Some(Found {
            rows: vec![row],
            total: Total::AtLeast(1_000),
            has_more: true,
            span: Some(span),
        }),
        size: 1_000_000,
        first: 65_536,
        indexed: 999_990,
        complete_upto: 1_000_000,
        choices: Choices::default(),
    }
}

fn entry(text: &str) -> EntryShown {
    EntryShown {
        number: 7,
        log: "hub-1".into(),
        size: 20,
        at: "2026-11-23T10:00:00.5+08:00".into(),
        kind: "decision".into(),
        leaf_hash: "ab".repeat(32),
        raw: format!("{{\"kind\":\"{text}\"}}"),
        fields: vec![Field {
            path: "who.operator".into(),
            value: text.into(),
        }],
        related: vec![Related {
            number: 8,
            at: "2026-11-23T10:00:01+08:00".into(),
            kind: "outcome".into(),
            codes: Vec::new(),
            leaf_hash: "cd".repeat(32),
        }],
        links: Links {
            query: "q-1".into(),
            operator: text.into(),
            center: "city".into(),
            subject: "ef".repeat(32),
            ..Links::default()
        },
        cover: Some(cover()),
    }
}

fn proven(text: &str) -> Proven {
    Proven {
        log: "hub-1".into(),
        entry: "e30=".into(),
        entry_bytes: 2,
        leaf_hash: "ab".repeat(32),
        steps: vec![Step {
            sibling: "cd".repeat(32),
            is_left: true,
            result: "ef".repeat(32),
        }],
        root: "ef".repeat(32),
        root_base64: "cm9vdA==".into(),
        size: 2,
        is_included: true,
        signatures: vec![Signature {
            name: "hub-1".into(),
            id: "01020304".into(),
            at: String::new(),
            verdict: Verdict::Good,
        }],
        quorum: Some(true),
        keys: vec![text.into()],
        own_keys: 1,
        proof: "e30=".into(),
        grown: None,
    }
}

/// What is in no page, whatever the log and the form say.
fn assert_harmless(page: &str) {
    assert!(!page.contains("<script>"), "{page}");
    assert!(!page.contains('\u{202E}'));
    assert!(!page.contains(" style="), "the policy forbids it");
    assert!(!page.contains(" onclick="));
    // The scripts are our files.
    for script in page.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/assets/"), "{script}");
    }
}

#[test]
fn pages_say_the_same_in_both_languages_and_run_nothing() {
    for (language, words) in [
        (Language::Chinese, ["至少", "分钟无心跳", "未达到法定数"]),
        (
            Language::English,
            ["at least", "minutes without one", "too few"],
        ),
    ] {
        let viewer = auditor(language);
        let page = search::page(&viewer, &searched(HOSTILE)).into_string();
        assert_harmless(&page);
        for word in words {
            assert!(page.contains(word), "{word}: {page}");
        }
        assert!(page.contains("before=7"), "leads to the next page");
        assert!(page.contains("65,536"), "says what lies in the archive");
        assert!(page.contains("2026-11-23 10:00:00"));
        assert_harmless(&entry::page(&viewer, &entry(HOSTILE)).into_string());
        assert_harmless(&proof::page(&viewer, 7, Some(&proven(HOSTILE))).into_string());
        assert_harmless(&proof::page(&viewer, 7, None).into_string());
    }
}

#[test]
fn a_field_has_a_label_and_a_table_its_heads() {
    let page = search::page(&auditor(Language::English), &searched("GG-1")).into_string();
    for input in page.split("<input id=\"").skip(1) {
        let id = input.split('"').next().expect("has an id");
        assert!(page.contains(&format!("<label for=\"{id}\"")), "{id}");
    }
    assert_eq!(page.matches("<th scope=\"col\"").count(), 8);
    assert!(page.contains("<caption>"));
    assert!(page.contains("role=\"region\" aria-label="));
}

#[test]
fn files_and_the_ledger_are_offered_to_whoever_may_have_them() {
    let (all, none) = (auditor(Language::English), viewer(Language::English, &[]));
    let pages = |viewer: &Viewer| {
        let search = search::page(viewer, &searched("GG-1")).into_string();
        let entry = entry::page(viewer, &entry("0231")).into_string();
        (search, entry)
    };
    let (search, entry) = pages(&all);
    assert!(search.contains("action=\"/audit/export\""));
    assert!(entry.contains("action=\"/audit/7/entry\""));
    assert!(entry.contains(&format!("/subject/{}", "ef".repeat(32))));
    assert_eq!(search.matches("value=\"token-of-the-session\"").count(), 2);
    let (search, entry) = pages(&none);
    assert!(!search.contains("/audit/export"));
    assert!(!entry.contains("/audit/7/entry"));
    assert!(!entry.contains("/subject/"));
}

#[test]
fn what_was_wrong_is_said_at_its_field() {
    let mut searched = searched("GG-1");
    searched.found = None;
    searched.faults = vec![Fault {
        field: "code",
        said: crate::Said("没有", "none"),
    }];
    let page = search::page(&auditor(Language::English), &searched).into_string();
    assert!(page.contains("role=\"alert\""));
    assert!(page.contains("<a href=\"#term-code\">none</a>"), "{page}");
    assert!(page.contains("aria-invalid=\"true\""));
}

#[test]
fn a_proof_holds_only_if_each_of_its_parts_does() {
    let good = proven("key");
    assert!(good.holds());
    let grown = |holds| Grown {
        older: Older {
            size: 1,
            root: "cm9vdA==".into(),
        },
        path: Vec::new(),
        holds,
    };
    let spoilt: [fn(&mut Proven); 5] = [
        |proven| proven.is_included = false,
        |proven| proven.signatures[0].verdict = Verdict::Wrong,
        |proven| proven.signatures[0].verdict = Verdict::Unknown,
        |proven| proven.signatures[0].name = "another".into(),
        |proven| proven.quorum = Some(false),
    ];
    for spoil in spoilt {
        let mut proven = good.clone();
        spoil(&mut proven);
        assert!(!proven.holds());
        let page = proof::page(&auditor(Language::English), 7, Some(&proven)).into_string();
        assert!(page.contains("✕ a step does not hold"));
    }
    for holds in [true, false] {
        let grown = Some(grown(holds));
        let proven = Proven {
            grown,
            ..good.clone()
        };
        assert_eq!(proven.holds(), holds);
    }
}

/// Remembers what it was asked for.
#[derive(Default)]
struct Fake(Mutex<Vec<String>>);

impl Fake {
    fn note(&self, what: String) {
        self.0.lock().expect("is whole").push(what);
    }

    fn file() -> File {
        File {
            name: "file.csv".into(),
            kind: "text/csv",
            bytes: b"a,b".to_vec(),
        }
    }
}

impl AuditDesk for Fake {
    async fn search(&self, _: &Viewer, sought: Sought) -> Result<Searched, Turned> {
        self.note(format!("search {}", sought.address()));
        let mut searched = searched("GG-1");
        if sought.case == "bad" {
            searched.faults = vec![Fault {
                field: "case",
                said: crate::Said("不", "no"),
            }];
        }
        Ok(searched)
    }

    async fn export(&self, _: &Viewer, sought: Sought, form: FileForm) -> Result<File, Turned> {
        self.note(format!("export {form:?} {}", sought.address()));
        Ok(Self::file())
    }

    async fn entry(&self, _: &Viewer, number: u64) -> Result<EntryShown, Turned> {
        self.note(format!("entry {number}"));
        Ok(entry("0231"))
    }

    async fn entry_file(&self, _: &Viewer, number: u64) -> Result<File, Turned> {
        self.note(format!("bytes {number}"));
        Ok(Self::file())
    }

    async fn prove(
        &self,
        _: &Viewer,
        number: u64,
        older: Option<Older>,
    ) -> Result<Option<Proven>, Turned> {
        self.note(format!("prove {number} {}", older.is_some()));
        Ok(None)
    }

    async fn proof_file(&self, _: &Viewer, number: u64) -> Result<File, Turned> {
        self.note(format!("proof {number}"));
        Ok(Self::file())
    }
}

async fn answered(method: &str, address: &str, body: &str) -> (u16, String, Vec<String>) {
    let desk = Arc::new(Fake::default());
    let routes = routes::<Fake>().with_state(Arc::clone(&desk));
    let here = address.to_owned();
    let viewer = Viewer {
        here,
        ..auditor(Language::English)
    };
    let routes = routes.layer(Extension(viewer));
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .expect("is a request");
    let response = routes.oneshot(request).await.expect("answers");
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("ends");
    let asked = desk.0.lock().expect("is whole").clone();
    (
        status,
        String::from_utf8(bytes.to_vec()).expect("is text"),
        asked,
    )
}

#[tokio::test]
async fn each_address_asks_for_one_thing() {
    for (method, address, body, status, asked) in [
        (
            "GET",
            "/audit?case=GG-1&order=oldest",
            "",
            200,
            "search /audit?case=GG-1&order=oldest",
        ),
        ("GET", "/audit/7", "", 200, "entry 7"),
        ("GET", "/audit/007", "", 404, ""),
        ("GET", "/audit/-7", "", 404, ""),
        ("GET", "/audit/99999999999999999999", "", 404, ""),
        ("GET", "/audit/7/verify", "", 200, "prove 7 false"),
        ("GET", "/audit/7/verify?old_size=x&old_root=y", "", 400, ""),
        ("GET", "/audit/7/proof", "", 200, "proof 7"),
        ("GET", "/audit/export", "", 405, ""),
        ("POST", "/audit/export", "form=csv&case=GG-1", 403, ""),
        (
            "POST",
            "/audit/export",
            "token=token-of-the-session&form=x",
            400,
            "",
        ),
        (
            "POST",
            "/audit/export",
            "token=token-of-the-session&form=csv&case=GG-1",
            200,
            "export Csv /audit?case=GG-1",
        ),
        ("POST", "/audit/7/entry", "", 403, ""),
        (
            "POST",
            "/audit/7/entry",
            "token=token-of-the-session",
            200,
            "bytes 7",
        ),
    ] {
        let (got, page, told) = answered(method, address, body).await;
        let what = format!("{method} {address} {body}: {page}");
        assert_eq!(got, status, "{what}");
        let asked: Vec<&str> = Some(asked)
            .filter(|asked| !asked.is_empty())
            .into_iter()
            .collect();
        assert_eq!(told, asked, "{what}");
    }
}

/// Neither a refused term nor an unknown number comes back on the page, not even in its links.
#[tokio::test]
async fn what_was_refused_is_not_repeated() {
    for (address, status) in [
        ("/audit?case=bad", 400),
        ("/audit/110105194912310021x", 404),
    ] {
        let (got, page, _) = answered("GET", address, "").await;
        assert_eq!(got, status);
        assert!(page.contains("back=/audit\""), "{page}");
        assert!(
            !page.contains("=bad") && !page.contains("1101051949"),
            "{page}"
        );
    }
}

#[test]
fn an_address_says_what_was_filled_in_and_the_pages_follow() {
    let sought = Sought {
        case: "GG 1&x=2/中".into(),
        order: "oldest".into(),
        before: "9".into(),
        ..Sought::default()
    };
    assert_eq!(
        sought.address(),
        "/audit?case=GG%201%26x%3D2/%E4%B8%AD&order=oldest&before=9"
    );
    assert_eq!(sought.begun().before, "");
    assert_eq!(sought.behind(12).after, "12");
    let newest = Sought::default();
    assert_eq!(newest.behind(12).before, "12");
    assert!(!newest.is_asked());
}
