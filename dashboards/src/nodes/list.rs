//! All nodes in a table.

use maud::{Markup, html};

use super::NodeRow;
use super::words as w;
use crate::chart::{latency, readable};
use crate::escape::Escaped;
use crate::room::Room;
use crate::shell;
use crate::table::head;
use crate::viewer::Viewer;

/// Below so many days a certificate is shown as ending.
const DAYS_LOW: i64 = 30;

/// The whole page.
pub(super) fn whole(viewer: &Viewer, nodes: &[NodeRow]) -> Markup {
    let title = viewer.say(Room::Nodes.title());
    let heads = [
        w::NODE,
        w::STATE,
        w::LINKS,
        w::CLASSES,
        w::COVERAGE,
        w::RATE,
        w::P99,
        w::WITHHELD,
        w::SOFTWARE,
        w::CATALOG,
        w::CERTIFICATE,
    ];
    let body = html! {
        section {
            @if nodes.is_empty() { p { (viewer.say(w::NOBODY)) } }
            @else {
                div.wide tabindex="0" role="region" aria-label=(title) {
                    table {
                        (head(viewer, &heads))
                        tbody { @for node in nodes { (row(viewer, node)) } }
                    }
                }
            }
        }
    };
    shell::page(viewer, Some(Room::Nodes), title, &body)
}

fn row(viewer: &Viewer, row: &NodeRow) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href={ "/nodes/" (row.node.id) } {
                    (Escaped(row.node.called(viewer.language)))
                } " "
                code { (Escaped(&row.center)) }
            }
            td { (row.lamp.shown(viewer)) }
            td.number { (row.links) }
            td.number { (row.classes) }
            td.number { (covered(viewer, row.mapped, row.items)) }
            td.number { (readable(row.per_minute)) }
            td.number { (latency(row.p99_ms)) }
            td.number { (row.withheld) }
            td { (or_none(viewer, &row.software)) }
            td { (or_none(viewer, &row.catalog)) }
            td { (until(viewer, row)) }
        }
    }
}

/// So many of so many, and the share.
pub(super) fn covered(viewer: &Viewer, mapped: Option<usize>, items: usize) -> Markup {
    let Some(mapped) = mapped else {
        return html! { (viewer.say(w::UNSAID)) };
    };
    let percent = (mapped * 100).checked_div(items).unwrap_or(0);
    html! { (mapped) " / " (items) " (" (percent) " %)" }
}

pub(super) fn until(viewer: &Viewer, row: &NodeRow) -> Markup {
    let Some((until, days)) = &row.until else {
        return html! { (viewer.say(w::NONE)) };
    };
    html! {
        time { (Escaped(until)) } " ("
        @if *days < DAYS_LOW { span.tripped { "! " (days) " " (viewer.say(w::DAYS)) } }
        @else { (days) " " (viewer.say(w::DAYS)) }
        ")"
    }
}

pub(super) fn or_none(viewer: &Viewer, text: &str) -> Markup {
    if text.is_empty() {
        return html! { (viewer.say(w::NONE)) };
    }
    html! { (Escaped(text)) }
}
