//! One flow: everything that it lets ask, by whom, of whom, and what may be said.

use maud::{Markup, html};

use super::page::{FlowRow, mode, who};
use super::words;
use crate::catalog::linked;
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::Name;
use crate::room::Room;
use crate::shell::page as framed;
use crate::viewer::Viewer;

/// A flow.
#[derive(Clone, Debug, Default)]
pub struct FlowShown {
    /// What a list says of it.
    pub row: FlowRow,
    /// Which centers are asked.
    pub targets: Name,
    /// Roles of parties that may be asked about.
    pub roles: String,
    /// What its basis must carry.
    pub carries: String,
    /// Longest time to an answer.
    pub deadline_ms: u64,
    /// Questions of one case.
    pub asks_per_case: u32,
    /// How long a case's statement lives.
    pub case_minutes: u64,
    /// Lines of a list; 0 where there is none.
    pub lines_max: u32,
    /// Verdicts of which one must hold before details leave a center.
    pub details_on: String,
    /// The classes with their items.
    pub classes: Vec<ClassOfFlow>,
    /// What a match may say.
    pub verdicts: Vec<VerdictShown>,
}

/// A class of a flow.
#[derive(Clone, Debug, Default)]
pub struct ClassOfFlow {
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: Name,
    /// Its items.
    pub items: Vec<ItemOfFlow>,
}

/// An item of a flow.
#[derive(Clone, Debug, Default)]
pub struct ItemOfFlow {
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: Name,
    /// L1 to L4.
    pub sensitivity: String,
    /// How the flow uses it.
    pub how: Name,
}

/// A verdict.
#[derive(Clone, Debug, Default)]
pub struct VerdictShown {
    /// Its name.
    pub id: String,
    /// The class that it looks at: number and name.
    pub class: (String, Name),
    /// What it says.
    pub test: Name,
    /// Nothing about the asking center itself.
    pub elsewhere: bool,
    /// About a house.
    pub house: bool,
}

pub(super) fn page(viewer: &Viewer, flow: &FlowShown) -> Markup {
    let language = viewer.language;
    let title = format!("{} {}", flow.row.id, flow.row.name.of(language));
    let body = html! {
        p { a href="/policies" { (viewer.say(words::BACK)) } }
        section { (facts(viewer, flow)) }
        section { h2 { (viewer.say(words::ITEMS)) } (items(viewer, flow)) }
        section { h2 { (viewer.say(words::VERDICTS)) } (verdicts(viewer, &flow.verdicts)) }
    };
    framed(viewer, Some(Room::Policies), &title, &body)
}

fn facts(viewer: &Viewer, flow: &FlowShown) -> Markup {
    let row = &flow.row;
    let centers: Vec<&str> = row
        .centers
        .iter()
        .map(|name| name.of(viewer.language))
        .collect();
    let lines = if flow.lines_max == 0 {
        viewer.say(words::NO_LIST).to_owned()
    } else {
        flow.lines_max.to_string()
    };
    let facts = [
        (words::MATTERS, row.matters.clone()),
        (words::BASIS, row.basis.clone()),
        (words::CARRIES, flow.carries.clone()),
        (words::MODE, viewer.say(mode(row.is_details)).to_owned()),
        (words::ON_HIT, flow.details_on.clone()),
        (words::ROLES, flow.roles.clone()),
        (words::TARGETS, flow.targets.of(viewer.language).to_owned()),
        (words::CENTERS, centers.join(", ")),
        (words::WHEN, row.hours.of(viewer.language).to_owned()),
        (words::DEADLINE, format!("{} ms", flow.deadline_ms)),
        (words::PER_CASE, flow.asks_per_case.to_string()),
        (
            words::VALID,
            format!("{} {}", flow.case_minutes, viewer.say(words::MINUTES)),
        ),
        (words::LINES, lines),
    ];
    html! { dl.facts {
        div { dt { (viewer.say(words::WHO)) } dd { (who(viewer, row)) } }
        @for (name, value) in &facts { @if !value.is_empty() {
            div { dt { (viewer.say(*name)) } dd { (Escaped(value)) } }
        } }
    } }
}

/// A wide table with its caption and heads.
pub(super) fn table(viewer: &Viewer, caption: &str, heads: &[Said], rows: &Markup) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(viewer.say(words::REGION)) { table {
            caption { (Escaped(caption)) }
            thead { tr { @for head in heads { th scope="col" { (viewer.say(*head)) } } } }
            tbody { (rows) }
        } }
    }
}

fn items(viewer: &Viewer, flow: &FlowShown) -> Markup {
    let heads = [words::ITEMS, words::SENSITIVITY, words::HOW];
    html! { @for class in &flow.classes {
        @let rows = html! { @for item in &class.items { tr {
            th scope="row" { (linked(viewer, &item.number, &item.name)) }
            td { (Escaped(&item.sensitivity)) }
            td { (Escaped(item.how.of(viewer.language))) }
        } } };
        h3 { (linked(viewer, &class.number, &class.name)) }
        (table(viewer, class.name.of(viewer.language), &heads, &rows))
    } }
}

fn verdicts(viewer: &Viewer, verdicts: &[VerdictShown]) -> Markup {
    if verdicts.is_empty() {
        return html! { p { (viewer.say(words::NO_VERDICT)) } };
    }
    let heads = [words::VERDICT, words::CLASS, words::TEST, words::HOW];
    let rows = html! { @for verdict in verdicts { tr {
        th scope="row" { code { (Escaped(&verdict.id)) } }
        td { (linked(viewer, &verdict.class.0, &verdict.class.1)) }
        td { (Escaped(verdict.test.of(viewer.language))) }
        td {
            @if verdict.elsewhere { (viewer.say(words::ELSEWHERE)) " " }
            @if verdict.house { (viewer.say(words::HOUSE)) }
        }
    } } };
    table(viewer, viewer.say(words::VERDICTS), &heads, &rows)
}
