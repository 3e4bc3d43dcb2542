//! The housing commission: checks the five items it is told of a buyer against its net-signed
//! contracts: name, contract number, password, id type and id number. What it is not told it does
//! not check, and it never says what a password would have been.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Desk;
use super::behaviour::Behaviour;
use crate::world::Contract;

pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/housing/v1/verifications", post(verify))
}

/// The five items of a check; all but the number may be left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    name: Option<String>,
    contract_no: Option<String>,
    password: Option<String>,
    id_type: Option<String>,
    id_number: String,
}

async fn verify(State(desk): State<Desk>, Json(asked): Json<Asked>) -> Json<Value> {
    let behaviour = desk.switch.get();
    let held = desk.registers.contracts.get(&asked.id_number);
    let held: Vec<&Contract> = held.into_iter().flatten().collect();
    let named = |contract: &&Contract| Some(&contract.number) == asked.contract_no.as_ref();
    // The contract that is named, or else every one of the buyer, each with what does not fit.
    let is_named = held.iter().any(named);
    let rows: Vec<Value> = held
        .iter()
        .filter(|contract| !is_named || named(contract))
        .map(|contract| row(contract, &asked, behaviour))
        .collect();
    Json(json!({ "code": 0, "message": "ok", "data": { "contracts": rows } }))
}

fn row(contract: &Contract, asked: &Asked, behaviour: Behaviour) -> Value {
    let flag = |told: &Option<String>, held: &str| match told {
        None => "-",
        Some(told) if told == held => "Y",
        Some(_) => "N",
    };
    let status = if behaviour == Behaviour::StrangeWord {
        "待定"
    } else {
        contract.status
    };
    let mut row = json!({
        "contractNo": contract.number,
        "buyer": {
            "name": contract.buyer.name,
            "idType": contract.buyer.id_type,
            "idNumber": contract.buyer.number,
        },
        "match": {
            "name": flag(&asked.name, &contract.buyer.name),
            "contractNo": flag(&asked.contract_no, &contract.number),
            "password": flag(&asked.password, &contract.password),
            "idType": flag(&asked.id_type, contract.buyer.id_type),
            "idNumber": "Y",
        },
        "status": status,
        "house": { "address": contract.address, "area": contract.area },
        "price": contract.price,
        "signedOn": contract.signed,
    });
    if let (Behaviour::Talkative, Some(row)) = (behaviour, row.as_object_mut()) {
        row.insert("password".to_owned(), json!(contract.password));
    }
    row
}
