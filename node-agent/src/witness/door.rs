//! The witness over HTTP, as C2SP tlog-witness lays it down, for tools that know nothing of our
//! streams. Everything that is answered here is public by its nature; nothing else is served.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use wire::limits::WITNESS_BODY_BYTES_MAX;
use wire::v1;

use super::{Door, LogWitness, said};

/// How long a request's body may take to arrive.
const BODY_WAIT: Duration = Duration::from_secs(5);

/// The one route.
pub fn router(witness: Arc<LogWitness>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .with_state(witness)
}

async fn add_checkpoint(State(witness): State<Arc<LogWitness>>, body: Body) -> Response {
    let read = axum::body::to_bytes(body, WITNESS_BODY_BYTES_MAX);
    match tokio::time::timeout(BODY_WAIT, read).await {
        Ok(Ok(body)) => shown(witness.add_checkpoint(body.into(), Door::Http).await),
        Ok(Err(_)) => shown(said(400, "not a request to add a checkpoint")),
        Err(_) => shown(said(408, "the request took too long")),
    }
}

fn shown(answer: v1::Witnessed) -> Response {
    let status = u16::try_from(answer.status).ok();
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = [(header::CONTENT_TYPE, answer.kind)];
    (status, kind, answer.body).into_response()
}
