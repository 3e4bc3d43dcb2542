//! What changed between two sets of rules, and when the log says that rules changed.

use maud::{Markup, html};

use super::flow::table;
use super::words;
use crate::escape::{Escaped, lines};
use crate::language::Said;
use crate::name::{Name, moment};
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
    /// What differs between the calendars.
    pub calendar: Vec<CalendarChange>,
    /// Cedar policies that differ.
    pub policies: Vec<PolicyChange>,
    /// Whether the schemas differ.
    pub schema: bool,
}

impl RuleChanges {
    /// Whether nothing differs that anybody decides by.
    fn is_only_words(&self) -> bool {
        let parts = self.flows.len() + self.calendar.len() + self.policies.len();
        parts == 0 && !self.schema
    }
}

/// A part of the calendar that differs.
#[derive(Clone, Debug, Default)]
pub struct CalendarChange {
    /// Which part; empty where it cannot be told.
    pub what: Name,
    /// Before: hours, or days that are there no more.
    pub from: Name,
    /// After: hours, or days that are new.
    pub to: Name,
}

/// A Cedar policy that differs.
#[derive(Clone, Debug, Default)]
pub struct PolicyChange {
    /// Its id.
    pub id: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// How it was written; empty where it is new.
    pub from: String,
    /// How it is written; empty where it is there no more.
    pub to: String,
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
                    pre { (lines(fault)) }
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
    let counts = [
        (words::FLOWS, changes.flows.len()),
        (words::CALENDAR, changes.calendar.len()),
        (words::CEDAR, changes.policies.len()),
        (words::SCHEMA, usize::from(changes.schema)),
    ];
    html! {
        dl.facts {
            div { dt { (viewer.say(words::FROM)) } dd { code { (Escaped(&changes.from)) } } }
            div { dt { (viewer.say(words::TO)) } dd { code { (Escaped(&changes.to)) } } }
            @if !is_same { @for (part, count) in counts {
                div { dt { (viewer.say(part)) } dd {
                    @if count == 0 { (viewer.say(words::UNCHANGED)) }
                    @else { strong { (count) " " (viewer.say(words::DIFFERENCES)) } }
                } }
            } }
        }
        @if is_same { p { (viewer.say(words::SAME)) } }
        @else if changes.is_only_words() { p { (viewer.say(words::ONLY_WORDS)) } }
        @if changes.schema { p.alarm { (viewer.say(words::SCHEMA_DIFFERS)) } }
        @if !changes.policies.is_empty() { (policies(viewer, caption, &changes.policies)) }
        @if !changes.calendar.is_empty() { (calendar(viewer, caption, &changes.calendar)) }
        @if !changes.flows.is_empty() { (flows(viewer, caption, &changes.flows)) }
    }
}

/// What one table of a comparison is called.
fn captioned(viewer: &Viewer, caption: Said, part: Said) -> String {
    format!("{} · {}", viewer.say(caption), viewer.say(part))
}

fn policies(viewer: &Viewer, caption: Said, policies: &[PolicyChange]) -> Markup {
    let heads = [words::RULE, words::EFFECT_OF_CHANGE, words::FROM, words::TO];
    let rows = html! { @for policy in policies { tr {
        th scope="row" { code { (Escaped(&policy.id)) } }
        td { (viewer.say(change(policy.change))) }
        td { (written(&policy.from)) }
        td { (written(&policy.to)) }
    } } };
    let caption = captioned(viewer, caption, words::CEDAR);
    html! { div.written { (table(viewer, &caption, &heads, &rows)) } }
}

fn written(text: &str) -> Markup {
    html! { @if text.is_empty() { "–" } @else { pre { (lines(text)) } } }
}

fn calendar(viewer: &Viewer, caption: Said, calendar: &[CalendarChange]) -> Markup {
    let language = viewer.language;
    let heads = [words::FIELD, words::FROM, words::TO];
    let part = |name: &Name| match name.of(language) {
        "" => "–".to_owned(),
        text => text.to_owned(),
    };
    let rows = html! { @for one in calendar { tr {
        th scope="row" { (Escaped(&part(&one.what))) }
        td { (Escaped(&part(&one.from))) }
        td { (Escaped(&part(&one.to))) }
    } } };
    let caption = captioned(viewer, caption, words::CALENDAR);
    html! { div.apart { (table(viewer, &caption, &heads, &rows)) } }
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
    table(
        viewer,
        &captioned(viewer, caption, words::FLOWS),
        &heads,
        &rows,
    )
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
        td {
            @if one.flows.is_empty() { (viewer.say(words::NO_FLOW_CHANGED)) }
            @else { (Escaped(&one.flows.join(", "))) }
        }
    } } };
    table(viewer, viewer.say(words::LOG), &heads, &rows)
}
