//! The pages as a browser gets them: every state, both languages, hostile names, headers.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use tower::ServiceExt as _;

use crate::{NodeLamp, Star, StarSource, Witnesses, router};

const PAGE_BYTES_MAX: usize = 1024 * 1024;

#[derive(Debug)]
struct Fixed(Star);

impl StarSource for Fixed {
    fn star(&self) -> Star {
        self.0.clone()
    }
}

fn node(id: &str, zh: &str, links: usize, breaker: &'static str) -> NodeLamp {
    NodeLamp {
        id: id.to_owned(),
        center: "C11002".to_owned(),
        zh: zh.to_owned(),
        en: format!("{id} center"),
        links,
        classes: 9,
        breaker,
        software: "tianshu-agent 0.1.0".to_owned(),
    }
}

fn star(nodes: Vec<NodeLamp>) -> Star {
    Star {
        nodes,
        catalog_version: "1.0.0".to_owned(),
        journal_entries: 12_345,
        journal_healthy: true,
        in_flight: 7,
        witnesses: Witnesses {
            known: 4,
            signed: 3,
            are_enough: true,
            are_against: false,
        },
    }
}

async fn ask(star: Star, method: Method, path: &str) -> Response<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap();
    router(Arc::new(Fixed(star)))
        .oneshot(request)
        .await
        .unwrap()
}

async fn page(star: Star, path: &str) -> String {
    let response = ask(star, Method::GET, path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let body = to_bytes(response.into_body(), PAGE_BYTES_MAX)
        .await
        .unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// The table row of a node.
fn row<'a>(page: &'a str, id: &str) -> &'a str {
    let mark = format!("<code>{id}</code></th>");
    page.lines().find(|line| line.contains(&mark)).unwrap()
}

#[tokio::test]
async fn every_state_has_its_word_its_sign_and_its_line() {
    let nodes = vec![
        node("city", "市中心", 2, "closed"),
        node("zhongzhi", "中直", 1, "half-open"),
        node("guoguan", "国管", 1, "open"),
        node("tielu", "铁路", 0, "closed"),
        node("odd", "奇怪", 1, "ajar"),
    ];
    let page = page(star(nodes), "/").await;
    for (id, class, sign, said) in [
        ("city", "attached", "●", "已连接"),
        ("zhongzhi", "probing", "◐", "试探恢复"),
        ("guoguan", "tripped", "✕", "已熔断"),
        ("tielu", "detached", "○", "未连接"),
        ("odd", "unclear", "?", "状态不明"),
    ] {
        let row = row(&page, id);
        assert!(row.contains(&format!(r#"class="state {class}""#)), "{row}");
        assert!(row.contains(&format!("{sign}</span> {said}")), "{row}");
        assert!(
            page.contains(&format!(r#"<line class="edge {class}""#)),
            "edge of {id}"
        );
        assert!(
            page.contains(&format!(r#"<g class="node {class}""#)),
            "node of {id}"
        );
    }
    assert!(page.contains("<dd>4 / 5</dd>"), "attached of registered");
    assert!(page.contains("<dd>12345</dd>") && page.contains("<dd>7</dd>"));
}

#[tokio::test]
async fn a_detached_node_is_detached_whatever_its_breaker_says() {
    for breaker in ["closed", "half-open", "open", "ajar"] {
        let page = page(star(vec![node("tielu", "铁路", 0, breaker)]), "/").await;
        assert!(row(&page, "tielu").contains("未连接"), "{breaker}");
    }
}

#[tokio::test]
async fn chinese_comes_first_and_english_on_demand() {
    let one = || star(vec![node("guoguan", "国管分中心", 1, "closed")]);
    for path in [
        "/",
        "/?lang=zh",
        "/?lang=fr",
        "/?lang=en%00",
        "/?x=lang=en",
        "/?&&=&lang",
    ] {
        let page = page(one(), path).await;
        assert!(page.contains(r#"<html lang="zh-CN">"#), "{path}");
        assert!(
            page.contains("国管分中心") && !page.contains("guoguan center"),
            "{path}"
        );
    }
    let english = page(one(), "/?a=b&lang=en").await;
    assert!(english.contains(r#"<html lang="en">"#) && english.contains("guoguan center"));
    assert!(english.contains(r#"<meta http-equiv="refresh" content="5">"#));
}

#[tokio::test]
async fn hostile_texts_stay_text() {
    let hostile = "\"><script>alert('1')</script>&\u{202E}\u{0000}";
    let mut bad = node(hostile, hostile, 1, "closed");
    bad.en = hostile.to_owned();
    bad.center = hostile.to_owned();
    bad.software = hostile.to_owned();
    let mut star = star(vec![bad]);
    star.catalog_version = hostile.to_owned();
    for path in ["/", "/?lang=en", "/?lang=%3Cscript%3E"] {
        let page = page(star.clone(), path).await;
        assert!(
            !page.contains("<script") && !page.contains("alert('1')"),
            "{path}"
        );
        assert!(
            !page.contains('\u{202E}') && !page.contains('\u{0000}'),
            "{path}"
        );
        let escaped =
            "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\u{FFFD}\u{FFFD}";
        // id, name, center, software and catalog version; the drawing cuts the name.
        assert_eq!(page.matches(escaped).count(), 5, "{path}");
    }
}

#[tokio::test]
async fn a_journal_that_cannot_write_is_an_alarm() {
    let mut broken = star(vec![node("city", "市中心", 1, "closed")]);
    assert!(!page(broken.clone(), "/").await.contains(r#"role="alert""#));
    broken.journal_healthy = false;
    let page = page(broken, "/").await;
    assert!(page.contains(r#"role="alert""#) && page.contains("审计日志无法写入"));
    assert!(page.contains(r#"<g class="hub tripped">"#));
}

#[tokio::test]
async fn witnesses_are_counted_and_one_that_is_against_is_an_alarm() {
    let mut shown = star(vec![node("city", "市中心", 1, "closed")]);
    let whole = page(shown.clone(), "/").await;
    assert!(whole.contains("<div><dt>检查点见证</dt><dd>3 / 4</dd></div>"));
    shown.witnesses.are_enough = false;
    let lacking = page(shown.clone(), "/").await;
    assert!(lacking.contains(r#"<div class="attention"><dt>检查点见证</dt>"#));
    assert!(!lacking.contains(r#"role="alert""#), "questions go on");
    shown.witnesses.are_against = true;
    let against = page(shown.clone(), "/?lang=en").await;
    assert!(against.contains(r#"role="alert""#) && against.contains("two histories"));
    shown.witnesses = Witnesses::default();
    assert!(
        !page(shown, "/").await.contains("检查点见证"),
        "none are asked"
    );
}

#[tokio::test]
async fn many_nodes_are_cut_in_the_drawing_and_whole_in_the_table() {
    let nodes = (0..40)
        .map(|n| node(&format!("n{n}"), &"长".repeat(90), 1, "closed"))
        .collect();
    let many = page(star(nodes), "/").await;
    assert_eq!(many.matches("<line ").count(), 16);
    assert_eq!(many.matches(r#"<th scope="row">"#).count(), 40);
    assert!(many.contains("未画出 24"));
    let nobody = page(star(Vec::new()), "/").await;
    assert!(nobody.contains("没有登记任何节点") && !nobody.contains("NaN"));
}

#[tokio::test]
async fn every_answer_carries_the_headers_and_nothing_comes_from_elsewhere() {
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/assets/star.css", "text/css; charset=utf-8"),
    ] {
        let response = ask(star(Vec::new()), Method::GET, path).await;
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_TYPE], kind);
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"));
        let body = to_bytes(response.into_body(), PAGE_BYTES_MAX)
            .await
            .unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        for forbidden in [
            "http://", "https://", "<script", "style=", "url(", "@import",
        ] {
            assert!(!body.contains(forbidden), "{path} holds {forbidden}");
        }
    }
}

#[tokio::test]
async fn nothing_but_reading_is_known() {
    for (method, path) in [(Method::POST, "/"), (Method::DELETE, "/assets/star.css")] {
        let response = ask(star(Vec::new()), method, path).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
    let elsewhere = ask(star(Vec::new()), Method::GET, "/assets/../Cargo.toml").await;
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn long_names_are_cut_in_the_drawing_by_their_width() {
    for (name, drawn) in [
        ("长".repeat(14), "长".repeat(14)),
        ("长".repeat(15), format!("{}…", "长".repeat(13))),
        ("n".repeat(28), "n".repeat(28)),
        ("n".repeat(29), format!("{}…", "n".repeat(26))),
    ] {
        let page = page(star(vec![node("city", &name, 1, "closed")]), "/").await;
        assert!(page.contains(&format!(">{drawn}</text>")), "{drawn}");
        assert!(row(&page, "city").contains(&name), "the table has it whole");
    }
}
