//! The local API: JSON over HTTP for the center's own systems, on the center's inner network.
//!
//! Every call names its system by a token. Nothing can be asked without an open case; there is no
//! search.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use ring::digest;
use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::RefusalCode;

use crate::asking::{AskBody, Asker, CaseBody, RefusalView, Told};
use crate::book::{Book, Page};
use crate::metrics::Metrics;
use owner::Owner;

mod approvals;
mod batch;
mod owner;

/// Largest request of a local system.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// How long a request's body may take to arrive.
const BODY_WAIT: std::time::Duration = std::time::Duration::from_secs(5);
/// Requests of local systems under way at once; further ones are refused.
const REQUESTS_MAX: usize = 512;
/// The API's own description, served to local systems.
const OPENAPI: &str = include_str!("../openapi.json");

/// What the routes need.
#[derive(Debug, Clone)]
pub struct LocalApi {
    asker: Arc<Asker>,
    book: Arc<Book>,
    metrics: Arc<Metrics>,
    systems: Arc<Vec<System>>,
    owner: Owner,
    room: Arc<tokio::sync::Semaphore>,
}

/// A local system and the digest of its token; the token itself is not kept.
#[derive(Debug)]
struct System {
    name: String,
    token: digest::Digest,
}

/// Which system calls, as its token proved.
#[derive(Debug, Clone)]
struct Calling(Arc<str>);

impl LocalApi {
    /// An API for these systems, each with its token, and for the center's own people.
    #[must_use]
    pub fn new(
        asker: Arc<Asker>,
        book: Arc<Book>,
        metrics: Arc<Metrics>,
        systems: Vec<(String, String)>,
        owner_token: Option<String>,
    ) -> Self {
        let owner = Owner {
            book: Arc::clone(&book),
            translator: asker.translator.clone(),
            token: owner_token.as_deref().map(hash),
        };
        let system = |(name, token): (String, String)| System {
            name,
            token: hash(&token),
        };
        let systems = Arc::new(systems.into_iter().map(system).collect());
        let room = Arc::new(tokio::sync::Semaphore::new(REQUESTS_MAX));
        Self {
            asker,
            book,
            metrics,
            systems,
            owner,
            room,
        }
    }

    /// The routes.
    pub fn router(self) -> Router {
        let guarded = Router::new()
            .route("/v1/cases", post(open_case))
            .route("/v1/asks", post(ask))
            .route("/v1/batches", post(batch::begin))
            .route("/v1/batches/{id}", get(batch::approved))
            .route("/v1/evidence/{query}", get(evidence))
            .route("/v1/approvals/{id}", approvals::routes())
            .route("/v1/approvals/{id}/statement", approvals::statement_route())
            .layer(middleware::from_fn_with_state(self.clone(), admit));
        let owner = self.owner.clone().router();
        Router::new()
            .merge(owner.layer(DefaultBodyLimit::max(BODY_BYTES_MAX)))
            .route("/health/live", get(|| async { "live\n" }))
            .route("/health/ready", get(ready))
            .route("/metrics", get(metrics))
            .route("/v1/openapi.json", get(openapi))
            .merge(guarded)
            .with_state(self)
    }

    fn system(&self, token: &str) -> Option<Calling> {
        let shown = hash(token);
        // Digests are compared, so the time taken says nothing about the token.
        let known = self
            .systems
            .iter()
            .find(|system| system.token.as_ref() == shown.as_ref());
        known.map(|system| Calling(system.name.as_str().into()))
    }
}

async fn admit(State(api): State<LocalApi>, request: Request, next: Next) -> Response {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let Some(calling) = token.and_then(|token| api.system(token)) else {
        return refused(&api.asker.refusal(RefusalCode::LocalToken, None));
    };
    let Ok(_room) = api.room.try_acquire() else {
        return refused(&api.asker.refusal(RefusalCode::LimitCaller, None));
    };
    let (parts, body) = request.into_parts();
    // A body that trickles in must hold neither a place nor a stop.
    let is_list = parts.uri.path() == batch::PATH;
    let bytes_max = if is_list {
        batch::BODY_BYTES_MAX
    } else {
        BODY_BYTES_MAX
    };
    let reading = axum::body::to_bytes(body, bytes_max);
    let body = match tokio::time::timeout(BODY_WAIT, reading).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return refused(
                &api.asker
                    .refused(RefusalCode::AskTooLarge, "", "", "")
                    .await,
            );
        }
        Err(_) => {
            return refused(
                &api.asker
                    .refused(RefusalCode::AskMalformed, "", "", "")
                    .await,
            );
        }
    };
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(calling);
    next.run(request).await
}

async fn open_case(
    State(api): State<LocalApi>,
    Extension(calling): Extension<Calling>,
    body: Result<Json<CaseBody>, JsonRejection>,
) -> Response {
    let body = match body {
        Ok(Json(body)) => body,
        Err(rejection) => return refused(&unreadable(&api, &rejection).await),
    };
    match api.asker.open_case(&calling.0, body).await {
        Ok(view) => Json(view).into_response(),
        Err(refusal) => refused(&refusal),
    }
}

/// Runs in its own task: a local system that hangs up must not leave a question without evidence.
/// Its hanging up drops this future and so tells the task, which stops the work everywhere.
async fn ask(
    State(api): State<LocalApi>,
    Extension(calling): Extension<Calling>,
    body: Result<Json<AskBody>, JsonRejection>,
) -> Response {
    let body = match body {
        Ok(Json(body)) => body,
        Err(rejection) => return refused(&unreadable(&api, &rejection).await),
    };
    let begun = Instant::now();
    let asker = Arc::clone(&api.asker);
    let hung_up = CancellationToken::new();
    let hanging_up = hung_up.clone().drop_guard();
    let asked = asker
        .tasks
        .clone()
        .spawn(async move { asker.ask(&calling.0, body, &hung_up).await });
    let asked = asked.await;
    hanging_up.disarm();
    api.metrics.asked(begun.elapsed());
    match asked {
        Ok(Ok(Told::Answered(view))) => Json(view).into_response(),
        Ok(Ok(Told::Awaiting(view))) => (StatusCode::ACCEPTED, Json(view)).into_response(),
        Ok(Err(refusal)) => refused(&refusal),
        Err(_) => refused(&api.asker.refusal(RefusalCode::LocalSource, None)),
    }
}

/// A request that cannot be read is on record like any other refusal.
async fn unreadable(api: &LocalApi, rejection: &JsonRejection) -> RefusalView {
    api.asker.refused(malformed(rejection), "", "", "").await
}

/// A body without a case is an ask without a case, and is told so.
fn malformed(rejection: &JsonRejection) -> RefusalCode {
    match rejection {
        JsonRejection::JsonDataError(error)
            if error.body_text().contains("missing field `case`") =>
        {
            RefusalCode::CaseMissing
        }
        _ => RefusalCode::AskMalformed,
    }
}

/// What is known of one question at this node.
#[derive(Debug, Serialize)]
struct Evidence {
    query: String,
    log: String,
    entries: Vec<Page>,
}

async fn evidence(State(api): State<LocalApi>, Path(query): Path<String>) -> Response {
    let book = Arc::clone(&api.book);
    let wanted = query.clone();
    let found = tokio::task::spawn_blocking(move || book.evidence(&wanted)).await;
    match found {
        Ok(Ok(entries)) if entries.is_empty() => {
            refused(&api.asker.refusal(RefusalCode::EvidenceUnknown, None))
        }
        Ok(Ok(entries)) => {
            let log = api.book.origin().to_owned();
            Json(Evidence {
                query,
                log,
                entries,
            })
            .into_response()
        }
        Ok(Err(_)) | Err(_) => refused(&api.asker.refusal(RefusalCode::LocalAudit, None)),
    }
}

async fn ready(State(api): State<LocalApi>) -> Response {
    if !api.book.is_recording() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "own log cannot be written\n",
        )
            .into_response();
    }
    if api.asker.distrust.holds() {
        let said = "evidence of two histories of the hub's log: nothing goes through the hub\n";
        return (StatusCode::SERVICE_UNAVAILABLE, said).into_response();
    }
    if !api.book.has_room() {
        let full = "the disk has no room for own log\n";
        return (StatusCode::SERVICE_UNAVAILABLE, full).into_response();
    }
    if !api.metrics.is_linked() {
        return (StatusCode::SERVICE_UNAVAILABLE, "not attached to the hub\n").into_response();
    }
    "ready\n".into_response()
}

async fn metrics(State(api): State<LocalApi>) -> Response {
    api.metrics.book_healthy(api.book.is_recording());
    match api.metrics.scrape(api.book.size()) {
        Ok(text) => {
            let kind = "text/plain; version=0.0.4; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

fn refused(refusal: &RefusalView) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(refusal)).into_response();
    if refusal.retry_after_ms > 0 {
        // In whole seconds, and never too early.
        let seconds = HeaderValue::from(refusal.retry_after_ms.div_ceil(1_000));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn hash(token: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, token.trim().as_bytes())
}

#[cfg(test)]
mod tests;
