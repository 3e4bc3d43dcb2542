//! Acts: cases and approvals, connections, rules and trust, the log and its program.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Map, Value, json};

use super::Severity;
use super::asks::asker;
use crate::export::ocsf::event::{Decided, Event, Party, Status};
use crate::export::ocsf::fields::Fields;

pub(super) fn case_opened(fields: &mut Fields, event: &mut Event) {
    about(fields, event, ("case", "case_no"));
}

pub(super) fn approval_asked(fields: &mut Fields, event: &mut Event) {
    about(fields, event, ("approval", "approval"));
}

pub(super) fn approval_shown(fields: &mut Fields, event: &mut Event) {
    event.party(&officer(fields));
    entity(fields, event, ("approval", "approval"));
    event.status(Status::Success, "");
}

pub(super) fn approved(fields: &mut Fields, event: &mut Event) {
    event.party(&officer(fields));
    entity(fields, event, ("approval", "approval"));
    let flow = fields.text("flow");
    event.policy("approved", &flow, "");
    event.decided(Decided::Approved);
    event.status(Status::Success, "");
}

/// Who approves; who asked stays among the fields.
fn officer(fields: &mut Fields) -> Party {
    Party {
        operator: fields.text("approver"),
        counter: fields.text("counter"),
        system: fields.text("system"),
        ..Party::default()
    }
}

fn about(fields: &mut Fields, event: &mut Event, what: (&str, &str)) {
    let party = asker(fields);
    event.party(&party);
    entity(fields, event, what);
    event.status(Status::Success, "");
}

fn entity(fields: &mut Fields, event: &mut Event, (what, name): (&str, &str)) {
    let name = fields.text(name);
    event.entity(what, &name);
}

/// What the peer claimed stays unproven, among the fields.
pub(super) fn connection_refused(fields: &mut Fields, event: &mut Event) {
    let peer = fields.text("peer");
    let mut endpoint = Map::new();
    if let Ok(address) = peer.parse::<SocketAddr>() {
        endpoint.insert("ip".to_owned(), address.ip().to_string().into());
        endpoint.insert("port".to_owned(), address.port().into());
    } else if let Ok(ip) = peer.parse::<IpAddr>() {
        endpoint.insert("ip".to_owned(), ip.to_string().into());
    } else {
        endpoint.insert("name".to_owned(), peer.into());
    }
    event.set("src_endpoint", Value::Object(endpoint));
    event.decided(Decided::Blocked);
    let code = fields.text("code");
    event.status(Status::Failure, &code);
}

pub(super) fn attached(fields: &mut Fields, event: &mut Event) {
    node_user(fields, event);
    event.status(Status::Success, "");
}

pub(super) fn detached(fields: &mut Fields, event: &mut Event) {
    node_user(fields, event);
    event.status(Status::Success, "");
    if !fields.is("drained") {
        event.severity(Severity::Low);
        event.set("status_detail", "without a farewell");
    }
}

fn node_user(fields: &mut Fields, event: &mut Event) {
    let (node, serial) = (fields.text("node"), fields.text("serial"));
    let mut user = json!({ "name": node, "type_id": 3 });
    if let (Some(user), false) = (user.as_object_mut(), serial.is_empty()) {
        user.insert("credential_uid".to_owned(), serial.into());
    }
    event.set("user", user);
    event.set("service", json!({ "name": "tianshu-hub" }));
}

pub(super) fn rules_announced(fields: &mut Fields, event: &mut Event) {
    entity(fields, event, ("rules of a node", "node"));
    event.status(Status::Success, "");
}

pub(super) fn rules_changed(fields: &mut Fields, event: &mut Event) {
    entity(fields, event, ("rules", "to"));
    event.status(Status::Success, "");
}

pub(super) fn rules_kept(fields: &mut Fields, event: &mut Event) {
    entity(fields, event, ("rules", "kept"));
    event.status(Status::Failure, "");
    let because = fields.text("because");
    event.text("status_detail", &because);
}

pub(super) fn limits_changed(fields: &mut Fields, event: &mut Event) {
    entity(fields, event, ("limits", "to"));
    event.status(Status::Success, "");
}

pub(super) fn limits_kept(fields: &mut Fields, event: &mut Event) {
    entity(fields, event, ("limits", "kept"));
    event.status(Status::Failure, "");
    let because = fields.text("because");
    event.text("status_detail", &because);
}

pub(super) fn trust_reloaded(fields: &mut Fields, event: &mut Event) {
    event.entity("certificates and revocations", "trust");
    if fields.is("taken") {
        event.status(Status::Success, "");
    } else {
        event.severity(Severity::Medium);
        event.status(Status::Failure, "");
    }
}

pub(super) fn breaker(fields: &mut Fields, event: &mut Event) {
    entity(fields, event, ("breaker of a node", "node"));
    let to = fields.look("to").to_owned();
    if to == "open" {
        event.severity(Severity::Medium);
    }
    event.status(Status::Success, "");
    event.text("status_detail", &to);
}

pub(super) fn started(fields: &mut Fields, event: &mut Event) {
    // An agent does not say whether its log was closed; only a hub that says no is unusual.
    if fields.see("in_order") == Some(&Value::Bool(false)) {
        event.severity(Severity::Medium);
        event.set("status_detail", "the log had not been closed in order");
    }
    let software = fields.text("software");
    event.set("app", json!({ "name": "Tianshu", "version": software }));
    event.status(Status::Success, "");
}

pub(super) fn stopped(_: &mut Fields, event: &mut Event) {
    event.set("app", json!({ "name": "Tianshu" }));
    event.status(Status::Success, "");
}

pub(super) fn about_log(_: &mut Fields, event: &mut Event) {
    event.set("log_type_id", 2);
}

pub(super) fn export_began(fields: &mut Fields, event: &mut Event) {
    export(fields, event);
    if fields.look("cursor") == "lost" {
        event.severity(Severity::Medium);
    }
    event.status(Status::Success, "");
}

pub(super) fn export_lagging(fields: &mut Fields, event: &mut Event) {
    export(fields, event);
    event.status(Status::Failure, "");
}

pub(super) fn export_caught_up(fields: &mut Fields, event: &mut Event) {
    export(fields, event);
    event.status(Status::Success, "");
}

fn export(fields: &mut Fields, event: &mut Event) {
    let receiver = fields.text("receiver");
    event.set("log_type_id", 2);
    event.set("dst_endpoint", json!({ "name": receiver }));
}
