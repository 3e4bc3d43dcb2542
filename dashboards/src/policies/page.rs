//! The flows and the matrix.

use maud::{Markup, html};

use super::words;
use crate::catalog::place;
use crate::escape::Escaped;
use crate::name::Name;
use crate::room::Room;
use crate::shell::{encoded, page as framed};
use crate::viewer::Viewer;

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub struct PoliciesShown {
    /// Digest of the whole set.
    pub digest: String,
    /// The classes of the catalog: number and name.
    pub classes: Vec<(String, Name)>,
    /// The flows.
    pub flows: Vec<FlowRow>,
}

/// A flow in a list.
#[derive(Clone, Debug, Default)]
pub struct FlowRow {
    /// Its number.
    pub id: String,
    /// Its name.
    pub name: Name,
    /// Matters in which it may be used.
    pub matters: String,
    /// Kind of its basis.
    pub basis: String,
    /// Whether records may leave a center.
    pub is_details: bool,
    /// Whether only designated officers ask.
    pub officer: bool,
    /// Whether a second person approves.
    pub second_approver: bool,
    /// When it may be used.
    pub hours: Name,
    /// Centers that take part today.
    pub centers: Vec<Name>,
    /// Items of each class, in the order of the classes.
    pub items: Vec<usize>,
}

pub(super) fn policies(viewer: &Viewer, shown: &PoliciesShown) -> Markup {
    let body = html! {
        dl.facts { div {
            dt { (viewer.say(words::DIGEST)) } dd { code { (Escaped(&shown.digest)) } }
        } }
        nav.pages aria-label=(viewer.say(words::TITLE)) {
            a href="/policies/explain" { (viewer.say(words::EXPLAIN)) }
            a href="/policies/changes" { (viewer.say(words::CHANGES)) }
        }
        section { h2 { (viewer.say(words::FLOWS)) } (flows(viewer, &shown.flows)) }
        section { h2 { (viewer.say(words::MATRIX)) } (matrix(viewer, shown)) }
    };
    framed(
        viewer,
        Some(Room::Policies),
        viewer.say(words::TITLE),
        &body,
    )
}

fn flows(viewer: &Viewer, flows: &[FlowRow]) -> Markup {
    let heads = [
        words::FLOW,
        words::MATTERS,
        words::BASIS,
        words::MODE,
        words::WHO,
        words::WHEN,
        words::CENTERS,
    ];
    let language = viewer.language;
    html! {
        div.wide tabindex="0" role="region" aria-label=(viewer.say(words::REGION)) { table.flows {
            caption { (viewer.say(words::FLOWS_CAPTION)) }
            thead { tr { @for head in heads { th scope="col" { (viewer.say(head)) } } } }
            tbody { @for flow in flows { tr {
                th scope="row" { (linked(flow)) " " (Escaped(flow.name.of(language))) }
                td { (Escaped(&flow.matters)) }
                td { (Escaped(&flow.basis)) }
                td { (viewer.say(mode(flow.is_details))) }
                td { (who(viewer, flow)) }
                td { (Escaped(flow.hours.of(language))) }
                td { @for (nth, center) in flow.centers.iter().enumerate() {
                    @if nth > 0 { ", " } (Escaped(center.of(language)))
                } }
            } } }
        } }
    }
}

fn linked(flow: &FlowRow) -> Markup {
    html! { a href={ "/policies/" (encoded(&flow.id)) } { (Escaped(&flow.id)) } }
}

pub(super) const fn mode(is_details: bool) -> crate::language::Said {
    if is_details {
        words::DETAILS
    } else {
        words::MATCH
    }
}

pub(super) fn who(viewer: &Viewer, flow: &FlowRow) -> Markup {
    let by = if flow.officer {
        words::OFFICER
    } else {
        words::OPERATORS
    };
    html! {
        (viewer.say(by))
        @if flow.second_approver { ", " (viewer.say(words::SECOND)) }
    }
}

fn matrix(viewer: &Viewer, shown: &PoliciesShown) -> Markup {
    let language = viewer.language;
    html! {
        div.wide tabindex="0" role="region" aria-label=(viewer.say(words::REGION)) { table.matrix {
            caption { (viewer.say(words::MATRIX_CAPTION)) }
            thead { tr {
                th scope="col" { (viewer.say(words::FLOW)) }
                @for (number, name) in &shown.classes {
                    th scope="col" {
                        a href=(place(number)) title=(Escaped(name.of(language))) {
                            (Escaped(number))
                        }
                    }
                }
            } }
            tbody { @for flow in &shown.flows { tr {
                th scope="row" { (linked(flow)) }
                @for count in &flow.items {
                    td.number { @if *count == 0 { "–" } @else { (count) } }
                }
            } } }
        } }
    }
}
