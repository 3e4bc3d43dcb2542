//! Rooms on the bench: a viewer, requests as a browser sends them, pages as it gets them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use tower::ServiceExt as _;

use crate::{Act, Language, RoleName, Room, Viewer};

const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
pub(crate) const TOKEN: &str = "the-token-of-the-session";
/// Runs if it is not escaped.
pub(crate) const HOSTILE: &str = "<script>alert(\"x\")</script>\u{202E}&'";

/// What came back.
pub(crate) struct Shown {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

pub(crate) fn viewer(language: Language) -> Viewer {
    let see = Room::ALL.map(Act::See);
    Viewer {
        name: "audit-1".into(),
        serial: "0a".into(),
        zh: "审计管理员".into(),
        en: "Audit administrator".into(),
        roles: vec![RoleName::Audit],
        may: see.into_iter().chain([Act::Export]).collect(),
        language,
        here: "/".into(),
        token: TOKEN.into(),
    }
}

pub(crate) async fn get(routes: Router, viewer: Viewer, path: &str) -> Shown {
    let request = Request::builder().method(Method::GET).uri(path);
    asked(routes, viewer, request.body(Body::empty()).unwrap()).await
}

/// A form of the session's pages.
pub(crate) async fn post(routes: Router, viewer: Viewer, path: &str, form: &str) -> Shown {
    let body = format!("token={TOKEN}&{form}");
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    asked(routes, viewer, request.body(Body::from(body)).unwrap()).await
}

async fn asked(routes: Router, viewer: Viewer, mut request: Request<Body>) -> Shown {
    request.extensions_mut().insert(viewer);
    let response = routes.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, PAGE_BYTES_MAX).await.unwrap();
    Shown {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// What every page holds itself to.
pub(crate) fn is_a_good_page(shown: &Shown, language: Language) {
    let text = shown.text.as_str();
    assert_eq!(shown.status, StatusCode::OK, "{text}");
    let tag = language.tag();
    assert!(text.contains(&format!("<html lang=\"{tag}\">")), "{text}");
    assert_eq!(text.matches("<h1>").count(), 1, "one heading");
    for banned in [
        " style=", "<style", "onclick", "http://", "https://", "<script>",
    ] {
        assert!(!text.contains(banned), "{banned}: {text}");
    }
    assert!(!text.contains('\u{202E}'), "a hidden mark");
    assert_eq!(text.matches("<th>").count(), 0, "each th has its scope");
    let wide = text.matches("class=\"wide\"").count();
    assert_eq!(text.matches("role=\"region\"").count(), wide);
    assert_eq!(
        text.matches("<table").count(),
        text.matches("<caption>").count()
    );
    labelled(text);
}

/// Each input that people see stands in a label or is named by one.
fn labelled(text: &str) {
    for part in text
        .split("<input ")
        .skip(1)
        .chain(text.split("<select ").skip(1))
    {
        let tag = part.split('>').next().unwrap_or_default();
        if tag.contains("type=\"hidden\"") {
            continue;
        }
        let id = tag
            .split("id=\"")
            .nth(1)
            .and_then(|id| id.split('"').next());
        let label = format!("<label for=\"{}\"", id.expect("has an id"));
        assert!(text.contains(&label), "{label}");
    }
}
