//! What is told of the hub's own staff: who came, what they did, and what they were refused.

use serde_json::json;

use crate::export::ocsf::event::{Decided, Event, Party, Status};
use crate::export::ocsf::fields::Fields;

pub(super) fn signed_in(fields: &mut Fields, event: &mut Event) {
    let member = member(fields);
    let user = json!({ "name": member.operator, "credential_uid": member.serial, "type_id": 2 });
    event.set("user", user);
    event.set("service", json!({ "name": "tianshu-hub" }));
    event.status(Status::Success, "");
}

/// A session at the pages; the stage stays among the unmapped fields as well.
pub(super) fn session(fields: &mut Fields, event: &mut Event) {
    let stage = fields.text("stage");
    signed_in(fields, event);
    event.text("status_detail", &stage);
}

/// A look at personal records.
pub(super) fn looked(fields: &mut Fields, event: &mut Event) {
    event.party(&member(fields));
    // The records looked at are those of the log itself.
    event.set("database", json!({ "name": "tianshu-log", "type_id": 99 }));
    event.status(Status::Success, "");
}

/// Entries that were taken away as a file; how many and which stays among the unmapped fields.
pub(super) fn exported(fields: &mut Fields, event: &mut Event) {
    event.party(&member(fields));
    event.status(Status::Success, "");
}

/// A center named a number for the hub's auditor; the reason stays among the unmapped fields.
pub(super) fn named(fields: &mut Fields, event: &mut Event) {
    event.party(&member(fields));
    event.set("database", json!({ "name": "subject tags", "type_id": 99 }));
    event.decided(Decided::Allowed);
    event.status(Status::Success, "");
}

/// The staff's act over a node, a class, an operator, a flow or a case.
pub(super) fn act(fields: &mut Fields, event: &mut Event) {
    event.party(&member(fields));
    over(fields, event);
    let stage = fields.text("stage");
    event.text("status_detail", &stage);
    event.status(Status::Success, "");
}

pub(super) fn refused(fields: &mut Fields, event: &mut Event) {
    event.party(&member(fields));
    over(fields, event);
    let code = fields.text("code");
    event.decided(Decided::Unauthorized);
    event.status(Status::Failure, &code);
}

pub(super) fn standing(_: &mut Fields, event: &mut Event) {
    event.entity("acts of the staff", "standing");
    event.status(Status::Success, "");
}

/// Somebody's use of questions stood out.
pub(super) fn alert(fields: &mut Fields, event: &mut Event) {
    let rule = fields.text("rule");
    event.entity("alert", &rule);
    event.status(Status::Success, "");
}

/// What was done about it.
pub(super) fn alert_step(fields: &mut Fields, event: &mut Event) {
    event.party(&member(fields));
    let step = fields.text("step");
    event.entity("alert", &step);
    event.status(Status::Success, "");
}

pub(super) fn alert_rules_changed(fields: &mut Fields, event: &mut Event) {
    let digest = fields.text("to");
    event.entity("rules of alerts", &digest);
    event.status(Status::Success, "");
}

pub(super) fn alert_rules_kept(fields: &mut Fields, event: &mut Event) {
    let digest = fields.text("kept");
    event.entity("rules of alerts", &digest);
    event.status(Status::Failure, "");
    let because = fields.text("because");
    event.text("status_detail", &because);
}

/// What was acted on; a target that could not be read is unknown.
fn over(fields: &mut Fields, event: &mut Event) {
    let target = fields.text("target");
    event.entity("target of an act", &target);
}

/// Who of the staff, as proven by the certificate.
fn member(fields: &mut Fields) -> Party {
    Party {
        operator: fields.text("staff"),
        serial: fields.text("serial"),
        ..Party::default()
    }
}
