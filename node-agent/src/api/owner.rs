//! What only the center's own people may see: the quarantine. It has a token of its own, which no
//! local system has, and every look at it is in the center's own log before it is answered.

use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use catalog::ClassNo;
use ring::digest;
use serde::{Deserialize, Serialize};
use wire::RefusalCode;

use super::{hash, refused};
use crate::asking::{RefusalView, is_fit_look};
use crate::book::{Book, Entry, OwnerLooked};
use crate::translate::{Translator, Withheld};

/// What the owner's routes need.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    pub(crate) book: Arc<Book>,
    pub(crate) translator: Translator,
    /// The digest of the owner's token; without one nobody is let in.
    pub(crate) token: Option<digest::Digest>,
}

/// Which part of the quarantine is asked for, and by whom.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    class: Option<ClassNo>,
    operator: String,
}

/// What is kept, newest first within each class.
#[derive(Debug, Serialize)]
struct Kept {
    values: Vec<Withheld>,
}

impl Owner {
    pub(crate) fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        Router::new()
            .route("/v1/quarantine", get(quarantine))
            .route("/v1/owner/looks", post(looked))
            .layer(middleware::from_fn_with_state(self.clone(), admit))
            .with_state(self)
    }
}

async fn admit(State(owner): State<Owner>, request: Request, next: Next) -> Response {
    let shown = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    // Digests are compared, so the time taken says nothing about the token.
    let is_owner = match (shown, &owner.token) {
        (Some(shown), Some(token)) => hash(shown).as_ref() == token.as_ref(),
        _ => false,
    };
    if is_owner {
        next.run(request).await
    } else {
        refused(&RefusalView::here(RefusalCode::LocalToken, None))
    }
}

async fn quarantine(
    State(owner): State<Owner>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Ok(Query(asked)) = asked else {
        return malformed();
    };
    let look = OwnerLooked {
        what: "quarantine".to_owned(),
        class: asked
            .class
            .map(|class| class.to_string())
            .unwrap_or_default(),
        case_no: String::new(),
        operator: asked.operator,
    };
    if let Err(refusal) = note(&owner, look).await {
        return refusal;
    }
    let values = owner.translator.quarantine().listed(asked.class);
    Json(Kept { values }).into_response()
}

/// Notes a look that a tool beside this agent is about to give.
async fn looked(
    State(owner): State<Owner>,
    body: Result<Json<OwnerLooked>, JsonRejection>,
) -> Response {
    let Ok(Json(look)) = body else {
        return malformed();
    };
    match note(&owner, look).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal,
    }
}

async fn note(owner: &Owner, look: OwnerLooked) -> Result<(), Response> {
    if !is_fit_look(&look) {
        return Err(malformed());
    }
    let written = owner.book.write(Entry::OwnerLooked(look)).await;
    written
        .map(drop)
        .map_err(|_| refused(&RefusalView::here(RefusalCode::LocalAudit, None)))
}

fn malformed() -> Response {
    refused(&RefusalView::here(RefusalCode::AskMalformed, None))
}

#[cfg(test)]
mod tests;
