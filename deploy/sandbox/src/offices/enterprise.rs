//! Market regulation: one enterprise by its credit code, its status as free text.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Desk;
use super::behaviour::Behaviour;

pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/market/v1/enterprises/{code}", get(enterprise))
}

async fn enterprise(
    State(desk): State<Desk>,
    Path(code): Path<String>,
) -> (StatusCode, Json<Value>) {
    let Some(held) = desk.registers.enterprises.get(&code) else {
        let none = json!({ "code": 404, "message": "no such enterprise" });
        return (StatusCode::NOT_FOUND, Json(none));
    };
    let strange = desk.switch.get() == Behaviour::StrangeWord;
    let data = json!({
        "uniscid": held.code,
        "entname": held.name,
        "name": held.representative,
        "enttype": held.kind,
        "regstate": if strange { "经营异常" } else { held.status },
        "statedate": held.since,
        "dom": held.address,
    });
    (
        StatusCode::OK,
        Json(json!({ "code": 200, "message": "ok", "data": data })),
    )
}
