//! The stylesheet, the script and the icon, each of them ours.

use axum::Router;
use axum::http::header;
use axum::routing::get;

/// Minutes: they change with the program only.
const KEPT: &str = "private, max-age=300";

/// Their routes; nobody needs to be signed in for them.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let css = (
        "text/css; charset=utf-8",
        concat!(
            include_str!("../assets/base.css"),
            include_str!("../assets/staff.css")
        ),
    );
    let script = (
        "text/javascript; charset=utf-8",
        include_str!("../assets/live.js"),
    );
    let verify = (
        "text/javascript; charset=utf-8",
        include_str!("../assets/verify.js"),
    );
    let icon = ("image/svg+xml", include_str!("../assets/icon.svg"));
    let kept = |(kind, text): (&'static str, &'static str)| {
        get(async move || {
            (
                [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, KEPT)],
                text,
            )
        })
    };
    Router::new()
        .route("/assets/staff.css", kept(css))
        .route("/assets/live.js", kept(script))
        .route("/assets/verify.js", kept(verify))
        .route("/assets/icon.svg", kept(icon))
}
