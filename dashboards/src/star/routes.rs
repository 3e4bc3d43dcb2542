//! The routes and the headers that every answer of this crate carries. Only `GET` is known here.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::StarSource;
use super::page::Page;
use super::words;

/// The page and the stylesheet come from us, and nothing else may come from anywhere: a text that
/// slipped past the escaping could still neither run nor call home.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'none'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Sent with every answer.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

const STYLESHEET: &str = concat!(
    include_str!("../../assets/base.css"),
    include_str!("../../assets/star.css")
);

pub(crate) fn router(source: Arc<dyn StarSource>) -> Router {
    Router::new()
        .route("/", get(star))
        .route("/assets/star.css", get(stylesheet))
        .route_layer(map_response(guarded))
        .with_state(source)
}

async fn star(State(source): State<Arc<dyn StarSource>>, RawQuery(query): RawQuery) -> Response {
    let star = source.star();
    let page = Page {
        star: &star,
        words: words::chosen(query.as_deref()),
    };
    Html(page.to_string()).into_response()
}

async fn stylesheet() -> Response {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        STYLESHEET,
    )
        .into_response()
}

async fn guarded(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
