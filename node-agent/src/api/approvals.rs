//! The routes of what waits for an officer: what became of it, the bytes to sign, the signature.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Json};
use wire::RefusalCode;

use super::{Calling, LocalApi, refused, unreadable};
use crate::asking::{ApproveBody, Confirmed, StatementBody};

/// The bytes for an officer to sign.
pub(super) fn statement_route() -> MethodRouter<LocalApi> {
    post(statement)
}

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

async fn statement(
    State(api): State<LocalApi>,
    Extension(calling): Extension<Calling>,
    Path(id): Path<String>,
    body: Result<Json<StatementBody>, JsonRejection>,
) -> Response {
    let body = match body {
        Ok(Json(body)) => body,
        Err(rejection) => return refused(&unreadable(&api, &rejection).await),
    };
    match api.asker.statement(&calling.0, &id, body).await {
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
        Ok(Ok(Confirmed::Answered(view))) => Json(view).into_response(),
        Ok(Ok(Confirmed::Ready(view))) => Json(view).into_response(),
        Ok(Err(refusal)) => refused(&refusal),
        Err(_) => refused(&api.asker.refusal(RefusalCode::LocalSource, None)),
    }
}
