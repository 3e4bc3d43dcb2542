//! Civil affairs: every registration of a person over SOAP, in GB18030, oldest first. Numbers are
//! compared as they were once written, so old records are found only by the old number; what goes
//! wrong is said in the header's return code, with HTTP status 200.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use encoding_rs::GB18030;

use super::Desk;
use super::behaviour::Behaviour;
use crate::envelope::{self, Reply, within};
use crate::world::Registration;

const NAMESPACE: &str = "urn:beijing:civil-affairs:marriage";
const TRANSACTION: &str = "QRY0401";

pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/marriage/services", post(query))
}

async fn query(State(desk): State<Desk>, request: String) -> Response {
    let mut serial = within(&request, "Serial").unwrap_or_default().to_owned();
    if desk.switch.get() == Behaviour::MixedUp {
        serial.push('9');
    }
    let numbers: Vec<&str> = ["ZJHM", "ZJHM15"]
        .iter()
        .filter_map(|name| within(&request, name))
        .collect();
    let (code, rows) = if within(&request, "TransCode") != Some(TRANSACTION) {
        ("2", String::new())
    } else if numbers.is_empty() {
        ("3", String::new())
    } else {
        let held = desk.registers.marriages.iter();
        let held = held.filter(|one| numbers.contains(&one.who.number.as_str()));
        let rows: String = held.map(row).collect();
        (if rows.is_empty() { "1" } else { "0" }, rows)
    };
    let reply = Reply {
        charset: "GB18030",
        namespace: NAMESPACE,
        operation: "QueryMarriage",
        transaction: TRANSACTION,
        serial: &serial,
        code,
        rows: &rows,
    };
    let text = reply.text();
    let (bytes, _, _) = GB18030.encode(&text);
    (
        [(header::CONTENT_TYPE, "text/xml; charset=GB18030")],
        bytes.into_owned(),
    )
        .into_response()
}

fn row(one: &Registration) -> String {
    let columns = [
        ("XM", one.who.name.as_str()),
        ("ZJLX", one.who.id_type),
        ("ZJHM", &one.who.number),
        ("POXM", &one.spouse.name),
        ("POZJLX", one.spouse.id_type),
        ("POZJHM", &one.spouse.number),
        ("DJLX", one.kind),
        ("DJRQ", &one.day),
        ("DJZH", &one.certificate),
    ];
    envelope::row(columns)
}
