//! `POST /v1/batches`: a list in, one line of JSON for each of its lines as it is done, a summary
//! last. Whoever hangs up cancels the rest. A list that an officer must approve is begun by
//! `GET /v1/batches/{id}`.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use super::{Calling, LocalApi, refused, unreadable};
use crate::asking::{Begun, ListBody, ListEvent};

/// The route, which the size of its bodies depends on too.
pub(super) const PATH: &str = "/v1/batches";
/// Largest request: five thousand numbers of parties.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;
/// One object of JSON a line.
const KIND: &str = "application/x-ndjson";

pub(super) async fn begin(
    State(api): State<LocalApi>,
    Extension(calling): Extension<Calling>,
    body: Result<Json<ListBody>, JsonRejection>,
) -> Response {
    let body = match body {
        Ok(Json(body)) => body,
        Err(rejection) => return refused(&unreadable(&api, &rejection).await),
    };
    match api.asker.list(&calling.0, body).await {
        Ok(Begun::Underway(events)) => stream(events),
        Ok(Begun::Awaiting(view)) => (StatusCode::ACCEPTED, Json(view)).into_response(),
        Err(refusal) => refused(&refusal),
    }
}

/// Begins what was approved; once.
pub(super) async fn approved(
    State(api): State<LocalApi>,
    Extension(calling): Extension<Calling>,
    Path(id): Path<String>,
) -> Response {
    match api.asker.batch(&calling.0, &id).await {
        Ok(events) => stream(events),
        Err(refusal) => refused(&refusal),
    }
}

fn stream(events: mpsc::Receiver<ListEvent>) -> Response {
    let lines = ReceiverStream::new(events).map(|event| Ok::<_, Infallible>(line(&event)));
    let head = [(header::CONTENT_TYPE, KIND)];
    (head, Body::from_stream(lines)).into_response()
}

fn line(event: &ListEvent) -> Bytes {
    let bytes = match event {
        ListEvent::Line(line) => line.bytes(),
        ListEvent::Summary(summary) => {
            // Plain data with text keys, so that writing it as JSON cannot fail.
            let said = serde_json::to_vec(&json!({ "summary": summary }));
            let mut bytes = said.unwrap_or_default();
            bytes.push(b'\n');
            bytes
        }
    };
    Bytes::from(bytes)
}
