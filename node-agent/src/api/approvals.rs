//! The routes of a question that waits for a second operator.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Extension, Json};
use wire::RefusalCode;

use super::{Calling, LocalApi, refused, unreadable};
use crate::asking::ApproveBody;

/// What became of a question, and its approval.
pub(super) fn routes() -> MethodRouter<LocalApi> {
    get(look).post(approve)
}

async fn look(
    State(api): State<LocalApi>,
    Extension(calling): Extension<Calling>,
    Path(id): Path<String>,
) -> Response {
    match api.asker.approval(&calling.0, &id).await {
        Ok(view) => Json(view).into_response(),
        Err(refusal) => refused(&refusal),
    }
}

/// Runs in its own task, as every question does.
async fn approve(
    State(api): State<LocalApi>,
    Extension(calling): Extension<Calling>,
    Path(id): Path<String>,
    body: Result<Json<ApproveBody>, JsonRejection>,
) -> Response {
    let body = match body {
        Ok(Json(body)) => body,
        Err(rejection) => return refused(&unreadable(&api, &rejection).await),
    };
    let asker = Arc::clone(&api.asker);
    let asked = asker
        .tasks
        .clone()
        .spawn(async move { asker.approve(&calling.0, &id, body).await });
    match asked.await {
        Ok(Ok(view)) => Json(view).into_response(),
        Ok(Err(refusal)) => refused(&refusal),
        Err(_) => refused(&api.asker.refusal(RefusalCode::LocalSource, None)),
    }
}
