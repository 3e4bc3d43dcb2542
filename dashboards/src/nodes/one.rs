//! One node.

use maud::{Markup, html};

use super::breaker;
use super::list::{covered, or_none, until};
use super::words as w;
use super::{ClassRow, NodeShown};
use crate::acts::{self, Filled};
use crate::chart::{Line, Lines, drawn};
use crate::escape::Escaped;
use crate::language::Said;
use crate::room::Room;
use crate::shell;
use crate::table::head;
use crate::viewer::Viewer;

/// The whole page; the form begins with the class that is `chosen`.
pub(super) fn whole(viewer: &Viewer, node: &NodeShown, chosen: &str) -> Markup {
    let title = node.row.node.called(viewer.language);
    let body = html! {
        @if let Some(act) = &node.done { (acts::done(viewer, act)) }
        (facts(viewer, node))
        (classes(viewer, node))
        (asking(viewer, node, chosen))
        (quality(viewer, node))
        (latency(viewer, node))
        (load(viewer, node))
    };
    shell::page(viewer, Some(Room::Nodes), title, &body)
}

fn facts(viewer: &Viewer, node: &NodeShown) -> Markup {
    let row = &node.row;
    let facts: [(Said, Markup); 10] = [
        (w::NODE, html! { code { (Escaped(&row.node.id)) } }),
        (w::CENTER, html! { code { (Escaped(&row.center)) } }),
        (w::STATE, row.lamp.shown(viewer)),
        (w::LINKS, html! { (row.links) }),
        (w::COVERAGE, covered(viewer, row.mapped, row.items)),
        (w::SOFTWARE, or_none(viewer, &row.software)),
        (w::CATALOG, or_none(viewer, &row.catalog)),
        (w::CERTIFICATE, until(viewer, row)),
        (w::SERIAL, or_none(viewer, &node.serial)),
        (w::PHONE, or_none(viewer, &node.phone)),
    ];
    html! {
        section {
            h2 { (viewer.say(w::FACTS)) }
            dl.facts {
                @for (name, value) in facts { div { dt { (viewer.say(name)) } dd { (value) } } }
            }
        }
    }
}

fn classes(viewer: &Viewer, node: &NodeShown) -> Markup {
    let heads = [
        w::CLASS,
        w::STATE,
        w::COVERAGE,
        w::WINDOW,
        w::RETRY,
        w::HOUR,
        w::AS_OF,
        w::SET,
    ];
    html! {
        section {
            h2 { (viewer.say(w::OF_CLASSES)) }
            div.wide tabindex="0" role="region" aria-label=(viewer.say(w::OF_CLASSES)) {
                table {
                    (head(viewer, &heads))
                    tbody { @for class in &node.classes {
                        (class_row(viewer, &node.row.node.id, class))
                    } }
                }
            }
        }
    }
}

fn class_row(viewer: &Viewer, node: &str, class: &ClassRow) -> Markup {
    let name = html! {
        th scope="row" {
            code { (Escaped(&class.class.id)) } " " (Escaped(class.class.called(viewer.language)))
        }
    };
    if !class.is_announced {
        return html! { tr { (name) td.faint colspan="7" { (viewer.say(w::NOT_ANNOUNCED)) } } };
    }
    let [calls, failed, slow, busy] = class.window;
    let retry = |ms: u64| format!("{:.1}", ms as f64 / 1_000.0);
    let link = format!("/nodes/{node}?class={}#act", class.class.id);
    html! {
        tr {
            (name)
            td { (class.lamp.shown(viewer)) }
            td.number { (covered(viewer, class.mapped, class.items)) }
            td.number { (calls) " / " (failed) " / " (slow) " / " (busy) }
            td.number { (class.retry_ms.filter(|ms| *ms > 0).map_or("–".to_owned(), retry)) }
            td.number { (class.asks.0) " / " (class.asks.1) }
            td.number {
                @if class.as_of.is_empty() { "–" } @else { time { (Escaped(&class.as_of)) } }
            }
            td { @if breaker::may_act(viewer) {
                a href=(Escaped(&link)) { (viewer.say(w::SET)) " " (Escaped(&class.class.id)) }
            } @else { "–" } }
        }
    }
}

fn asking(viewer: &Viewer, node: &NodeShown, chosen: &str) -> Markup {
    let announced = node.classes.iter().filter(|class| class.is_announced);
    let classes: Vec<_> = announced.map(|class| class.class.clone()).collect();
    let filled = Filled {
        name: chosen.to_owned(),
        ..Filled::default()
    };
    breaker::form(viewer, (&node.row.node.id, &classes), &node.key, &filled)
}

fn quality(viewer: &Viewer, node: &NodeShown) -> Markup {
    let heads = [w::ITEM, w::REASON, w::COUNT];
    html! {
        section {
            h2 { (viewer.say(w::QUALITY)) }
            p.faint { (viewer.say(w::QUALITY_SAID)) }
            @if node.withheld.is_empty() && node.withheld_beyond == 0 {
                p { (viewer.say(w::NO_WITHHELD)) }
            } @else {
                div.wide tabindex="0" role="region" aria-label=(viewer.say(w::QUALITY)) {
                    table {
                        (head(viewer, &heads))
                        tbody { @for row in &node.withheld {
                            tr {
                                th scope="row" {
                                    code { (Escaped(&row.item.id)) } " "
                                    (Escaped(row.item.called(viewer.language)))
                                }
                                td {
                                    @if let Some(said) = w::defect(row.defect) {
                                        (viewer.say(said)) " "
                                    }
                                    code { (row.defect) }
                                }
                                td.number { (row.count) }
                            }
                        } }
                    }
                }
                @if node.withheld_beyond > 0 {
                    p.faint { (viewer.say(w::BEYOND)) (node.withheld_beyond) }
                }
            }
        }
    }
}

fn latency(viewer: &Viewer, node: &NodeShown) -> Markup {
    let line = |name: &str, nth: usize| Line {
        name: name.to_owned(),
        values: node
            .minutes
            .iter()
            .map(|minute| drawn(minute.quantiles_ms.get(nth).copied().flatten()))
            .collect(),
    };
    let chart = Lines {
        id: "latency",
        title: viewer.say(w::LATENCY).to_owned(),
        said: viewer.say(w::LATENCY_SAID).to_owned(),
        unit: viewer.say(w::MILLISECONDS).to_owned(),
        steps: node
            .minutes
            .iter()
            .map(|minute| minute.label.clone())
            .collect(),
        lines: vec![line("p50", 0), line("p90", 1), line("p99", 2)],
    };
    chart.render(viewer)
}

fn load(viewer: &Viewer, node: &NodeShown) -> Markup {
    let load = node.load;
    let rows: [(Said, String); 4] = [
        (w::IN_FLIGHT, load.in_flight.to_string()),
        (w::FOUND, load.limit.to_string()),
        (w::WAITING, load.waiting.to_string()),
        (w::THROTTLED, load.throttled.to_string()),
    ];
    let heads = [w::LIMIT, w::VALUE, w::SOURCE];
    html! {
        section {
            h2 { (viewer.say(w::LOAD)) }
            dl.figures { @for (name, value) in rows {
                div { dt { (viewer.say(name)) } dd { (value) } }
            } }
            table {
                (head(viewer, &heads))
                tbody { @for (name, value, is_temporary) in &node.limits {
                    tr {
                        th scope="row" { code { (Escaped(name)) } }
                        td.number { (value) }
                        td {
                            @if *is_temporary { span.probing { "▲ " (viewer.say(w::TEMPORARY)) } }
                            @else { (viewer.say(w::REVIEWED)) }
                        }
                    }
                } }
            }
        }
    }
}
