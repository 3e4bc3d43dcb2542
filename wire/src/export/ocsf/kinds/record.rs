//! What is told of a log itself: its room and clock, who witnesses it, who signs it, what is kept
//! of it and what was erased beside it.

use super::Severity;
use super::acts::about_log;
use crate::export::ocsf::event::{Event, Party, Status};
use crate::export::ocsf::fields::Fields;

/// Something is wrong with the log, and somebody must act.
pub(super) fn fault(fields: &mut Fields, event: &mut Event) {
    about_log(fields, event);
    event.status(Status::Failure, "");
    for name in ["because", "offence"] {
        let why = fields.text(name);
        event.text("status_detail", &why);
    }
}

/// A step of the log's own keeping was done.
pub(super) fn step(fields: &mut Fields, event: &mut Event) {
    about_log(fields, event);
    event.status(Status::Success, "");
}

/// Entries leave by the orders of officers.
pub(super) fn ordered(fields: &mut Fields, event: &mut Event) {
    step(fields, event);
    event.party(&by(fields, "approved_by"));
}

pub(super) fn orders_taken(fields: &mut Fields, event: &mut Event) {
    event.party(&by(fields, "approved_by"));
    let orders = fields.text("orders");
    event.entity("orders on the log", &orders);
    event.status(Status::Success, "");
}

pub(super) fn held(fields: &mut Fields, event: &mut Event) {
    let asked = by(fields, "asked_by");
    event.party(&asked);
    let hold = fields.text("hold");
    event.entity("hold on the log", &hold);
    event.status(Status::Success, "");
}

/// Values beside a log are gone; who asked is told apart from who approved.
pub(super) fn erased(fields: &mut Fields, event: &mut Event) {
    let asked = by(fields, "asked_by");
    event.party(&asked);
    let plan = fields.text("plan");
    event.entity("values beside the log", &plan);
    let basis = fields.text("basis");
    event.text("status_detail", &basis);
    event.status(Status::Success, "");
}

pub(super) fn clock(fields: &mut Fields, event: &mut Event) {
    about_log(fields, event);
    if fields.look("state") == "unsynchronised" {
        event.severity(Severity::Medium);
    }
    let state = fields.text("state");
    event.text("status_detail", &state);
}

pub(super) fn key_introduced(fields: &mut Fields, event: &mut Event) {
    let successor = fields.text("successor");
    event.entity("signing key of the log", &successor);
    event.status(Status::Success, "");
}

/// The first officer that a field names.
fn by(fields: &mut Fields, name: &str) -> Party {
    let first = fields.see(name).and_then(|named| {
        let first = named.as_array().and_then(|all| all.first());
        first.or(Some(named))?.as_str().map(str::to_owned)
    });
    Party {
        operator: first.unwrap_or_default(),
        ..Party::default()
    }
}
