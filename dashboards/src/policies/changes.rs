//! What changed between two sets of rules, and when the log says that rules changed.

use maud::{Markup, html};

use super::flow::table;
use super::words;
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::moment;
use crate::room::Room;
use crate::shell::page as framed;
use crate::viewer::Viewer;

/// What changed.
#[derive(Clone, Debug, Default)]
pub struct ChangesShown {
    /// From the rules in force to a candidate, where one is configured, or its faults.
    pub candidate: Option<Result<RuleChanges, String>>,
    /// From the delivered rules to those in force.
    pub delivered: RuleChanges,
    /// What the log says, newest first.
    pub log: Vec<LoggedChange>,
}

/// What changed from one set to another.
#[derive(Clone, Debug, Default)]
pub struct RuleChanges {
    /// Digest of the earlier set.
    pub from: String,
    /// Digest of the later one.
    pub to: String,
    /// Flows that changed, their centers among them.
    pub flows: Vec<FlowChange>,
    /// Whether the calendars differ.
    pub calendar: bool,
}

/// A flow that changed.
#[derive(Clone, Debug, Default)]
pub struct FlowChange {
    /// The flow.
    pub flow: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// Its fields that changed.
    pub fields: Vec<FieldChange>,
}

/// A field that changed.
#[derive(Clone, Debug, Default)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
}

/// What the log says of a change.
#[derive(Clone, Debug, Default)]
pub struct LoggedChange {
    /// The entry.
    pub number: u64,
    /// When, RFC 3339.
    pub at: String,
    /// Digest before.
    pub from: String,
    /// Digest after.
    pub to: String,
    /// Flows that changed.
    pub flows: Vec<String>,
}

pub(super) fn page(viewer: &Viewer, shown: &ChangesShown) -> Markup {
    let body = html! {
        p { a href="/policies" { (viewer.say(words::BACK)) } }
        section {
            h2 { (viewer.say(words::CANDIDATE)) }
            @match &shown.candidate {
                None => p { (viewer.say(words::NO_CANDIDATE)) },
                Some(Err(fault)) => {
                    p.alarm { (viewer.say(words::FAULT)) }
                    pre { (Escaped(fault)) }
                }
                Some(Ok(changes)) => (compared(viewer, words::CANDIDATE, changes)),
            }
        }
        section {
            h2 { (viewer.say(words::DELIVERED)) }
            (compared(viewer, words::DELIVERED, &shown.delivered))
        }
        section { h2 { (viewer.say(words::LOG)) } (logged(viewer, &shown.log)) }
    };
    framed(
        viewer,
        Some(Room::Policies),
        viewer.say(words::CHANGES),
        &body,
    )
}

fn compared(viewer: &Viewer, caption: Said, changes: &RuleChanges) -> Markup {
    let is_same = changes.from == changes.to;
    html! {
        dl.facts {
            div { dt { (viewer.say(words::FROM)) } dd { code { (Escaped(&changes.from)) } } }
            div { dt { (viewer.say(words::TO)) } dd { code { (Escaped(&changes.to)) } } }
        }
        @if is_same { p { (viewer.say(words::SAME)) } }
        @else if changes.flows.is_empty() && !changes.calendar {
            p { (viewer.say(words::ONLY_CEDAR)) }
        }
        @if changes.calendar { p { (viewer.say(words::CALENDAR)) } }
        @if !changes.flows.is_empty() { (flows(viewer, caption, &changes.flows)) }
    }
}

fn flows(viewer: &Viewer, caption: Said, flows: &[FlowChange]) -> Markup {
    let heads = [words::FLOW, words::FIELD, words::FROM, words::TO];
    let rows = html! { @for flow in flows {
        @if flow.fields.is_empty() { tr {
            th scope="row" { (Escaped(&flow.flow)) }
            td colspan="3" { (viewer.say(change(flow.change))) }
        } }
        @for field in &flow.fields { tr {
            th scope="row" { (Escaped(&flow.flow)) }
            td { code { (Escaped(&field.field)) } }
            td { (Escaped(&field.from)) }
            td { (Escaped(&field.to)) }
        } }
    } };
    table(viewer, viewer.say(caption), &heads, &rows)
}

fn change(change: &str) -> Said {
    match change {
        "added" => words::ADDED,
        "removed" => words::REMOVED,
        _ => words::ALTERED,
    }
}

fn logged(viewer: &Viewer, log: &[LoggedChange]) -> Markup {
    if log.is_empty() {
        return html! { p { (viewer.say(words::NO_LOG)) } };
    }
    let heads = [words::ENTRY, words::FROM, words::TO, words::CHANGED];
    let rows = html! { @for one in log { tr {
        th scope="row" { (moment(&one.at)) br; span.number { "#" (one.number) } }
        td { code { (Escaped(&one.from)) } }
        td { code { (Escaped(&one.to)) } }
        td { (Escaped(&one.flows.join(", "))) }
    } } };
    table(viewer, viewer.say(words::LOG), &heads, &rows)
}
