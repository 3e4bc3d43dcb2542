//! Questions: what was decided on them, how they ended, who served them.

use serde_json::{Value, json};

use super::Severity;
use crate::export::ocsf::event::{Decided, Event, Party, Status};
use crate::export::ocsf::fields::Fields;
use crate::refusal::{RefusalCode, Turn};

/// The hub's asking side.
fn who(fields: &mut Fields) -> Party {
    let name = fields.text("who");
    let mut who = fields.object("who");
    let node = who.text("node");
    let party = Party {
        node: if node.is_empty() { name } else { node },
        serial: who.text("serial"),
        operator: who.text("operator"),
        counter: who.text("counter"),
        system: who.text("system"),
    };
    fields.restore("who", who);
    party
}

/// An agent's asking side: of its own center unless a node is named.
pub(super) fn asker(fields: &mut Fields) -> Party {
    Party {
        node: fields.text("node"),
        serial: String::new(),
        operator: fields.text("operator"),
        counter: fields.text("counter"),
        system: fields.text("system"),
    }
}

/// What a refusal is, by whose turn it is.
fn by_code(code: &str) -> Decided {
    match code.parse::<RefusalCode>() {
        Ok(RefusalCode::NodeBreaker) => Decided::Broken,
        Ok(code) if code.turn() == Turn::Capacity => Decided::Throttled,
        Ok(code) if matches!(code.turn(), Turn::Node | Turn::Hub) => Decided::Failed,
        _ => Decided::Unauthorized,
    }
}

pub(super) fn decision(fields: &mut Fields, event: &mut Event) {
    let party = who(fields);
    event.party(&party);
    let mut case = fields.object("case");
    let flow = case.text("flow");
    fields.restore("case", case);
    let (query, mode) = (fields.text("query"), fields.text("mode"));
    event.question(&query, &flow, &mode);
    event.policy("allowed", &flow, "");
    event.decided(Decided::Allowed);
    event.status(Status::Success, "");
}

/// The worst of what the nodes gave decides; the nodes themselves are told as they are.
pub(super) fn outcome(fields: &mut Fields, event: &mut Event) {
    event.party(&Party::default());
    event.question(&fields.text("query"), "", "");
    if let Some(elapsed) = fields.number("elapsed_ms") {
        event.set("duration", elapsed);
    }
    let nodes = fields.see("nodes").and_then(Value::as_array);
    let nodes = nodes.map(Vec::as_slice).unwrap_or_default();
    let classes = nodes
        .iter()
        .filter_map(|node| node.get("classes")?.as_array());
    let classes: Vec<&Value> = classes.flatten().collect();
    let text = |class: &Value, name: &str| {
        let text = class.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let told = |class: &&&Value| {
        let outcome = text(class, "outcome");
        matches!(outcome.as_str(), "answered" | "no-record" | "not-covered")
    };
    let good = classes.iter().filter(told).count();
    let missing = classes.iter().find(|class| !told(class));
    let code = missing.map(|class| text(class, "code")).unwrap_or_default();
    let status = match (missing, good) {
        (None, _) => Status::Success,
        (Some(_), 0) => Status::Failure,
        (Some(_), _) => Status::Partial,
    };
    event.decided(match status {
        Status::Failure => Decided::Failed,
        Status::Success | Status::Partial => Decided::Allowed,
    });
    event.status(status, &code);
}

pub(super) fn abandoned(fields: &mut Fields, event: &mut Event) {
    event.party(&Party::default());
    event.question(&fields.text("query"), "", "");
    event.decided(Decided::Failed);
    let because = fields.text("because");
    event.status(Status::Failure, &because);
}

pub(super) fn refusal(fields: &mut Fields, event: &mut Event) {
    let party = who(fields);
    event.party(&party);
    refused_question(fields, event);
}

pub(super) fn refused(fields: &mut Fields, event: &mut Event) {
    let party = asker(fields);
    event.party(&party);
    refused_question(fields, event);
}

fn refused_question(fields: &mut Fields, event: &mut Event) {
    let (query, flow, code) = (
        fields.text("query"),
        fields.text("flow"),
        fields.text("code"),
    );
    event.question(&query, &flow, "");
    let rule = fields.text("rule");
    event.policy("denied", &flow, &rule);
    event.decided(by_code(&code));
    event.status(Status::Failure, &code);
}

pub(super) fn folded(fields: &mut Fields, event: &mut Event) {
    let party = who(fields);
    event.party(&party);
    event.question("", "", "");
    let code = fields.text("code");
    if let Some(count) = fields.number("count") {
        event.set("count", count);
    }
    event.decided(by_code(&code));
    event.status(Status::Failure, &code);
}

pub(super) fn answered(fields: &mut Fields, event: &mut Event) {
    let party = asker(fields);
    event.party(&party);
    let (query, flow) = (fields.text("query"), fields.text("flow"));
    event.question(&query, &flow, "");
    event.policy("allowed", &flow, "");
    event.decided(Decided::Allowed);
    event.status(Status::Success, "");
}

pub(super) fn list_ended(fields: &mut Fields, event: &mut Event) {
    let party = asker(fields);
    event.party(&party);
    let flow = fields.text("flow");
    event.question("", &flow, "list");
    event.decided(Decided::Allowed);
    let because = fields.text("because");
    if because.is_empty() {
        event.status(Status::Success, "");
    } else {
        event.severity(Severity::Low);
        event.status(Status::Partial, &because);
    }
}

/// Records of this center went out to another one.
pub(super) fn served(fields: &mut Fields, event: &mut Event) {
    let party = asker(fields);
    event.party(&party);
    let (query, flow) = (fields.text("query"), fields.text("flow"));
    event.question(&query, &flow, "");
    event.policy("allowed", &flow, "");
    event.decided(Decided::Allowed);
    event.status(Status::Success, "");
}

pub(super) fn owner_looked(fields: &mut Fields, event: &mut Event) {
    let party = asker(fields);
    event.party(&party);
    let what = fields.text("what");
    event.set(
        "database",
        json!({ "name": "local systems", "type_id": 99 }),
    );
    event.text("message", &what);
    event.decided(Decided::Allowed);
    event.status(Status::Success, "");
}
