//! The figures, charts and tables of the overview.

use maud::{Markup, html};

use super::words as w;
use super::{Edge, Minute, Overview, PaperKind};
use crate::chart::{self, Bar, Bars, Line, Lines, readable};
use crate::escape::Escaped;
use crate::language::Said;
use crate::table::head;
use crate::viewer::Viewer;

/// Below so many days a certificate is shown as ending.
const DAYS_LOW: i64 = 30;

/// What is worth knowing in one look.
pub(super) fn figures(viewer: &Viewer, star: &Overview) -> Markup {
    let attached = star.edges.iter().filter(|edge| edge.links > 0).count();
    let record = &star.record;
    let quantiles = star.pace.quantiles_ms.map(chart::latency);
    let ago = |seconds: Option<u64>| match seconds {
        Some(seconds) => format!("{seconds} {}", viewer.say(w::SECONDS)),
        None => "–".to_owned(),
    };
    let witnesses = match record.witnesses {
        Some((signed, known)) => {
            let quorum = if record.has_quorum {
                w::QUORUM
            } else {
                w::NO_QUORUM
            };
            format!("{signed} / {known} · {}", viewer.say(quorum))
        }
        None => viewer.say(w::NOT_ASKED).to_owned(),
    };
    let rows: [(Said, String, bool); 12] = [
        (w::ANSWERED, readable(star.pace.per_minute), false),
        (w::LATENCY, quantiles.join(" / "), false),
        (
            w::IN_FLIGHT,
            format!("{} / {}", star.pace.in_flight, star.pace.waiting),
            false,
        ),
        (w::REFUSED, star.pace.refused.to_string(), false),
        (
            w::ATTACHED,
            format!("{attached} / {}", star.edges.len()),
            attached < star.edges.len(),
        ),
        (w::ENTRIES, record.entries.to_string(), !record.is_writing),
        (w::LAST, ago(record.last_s), false),
        (w::CHECKPOINT, record.checkpoint.to_string(), false),
        (w::CHECKPOINT_AGE, ago(record.checkpoint_s), false),
        (
            w::WITNESSES,
            witnesses,
            record.witnesses.is_none() || !record.has_quorum,
        ),
        (w::CATALOG, star.catalog.clone(), false),
        (w::RULES, star.rules.clone(), false),
    ];
    html! {
        dl.figures {
            @for (name, value, needs_attention) in rows {
                div class=[needs_attention.then_some("attention")] {
                    dt { (viewer.say(name)) } dd { (Escaped(&value)) }
                }
            }
        }
    }
}

/// What changes over the hour.
pub(super) fn charts(viewer: &Viewer, star: &Overview) -> Markup {
    let steps: Vec<_> = star
        .minutes
        .iter()
        .map(|minute| minute.label.clone())
        .collect();
    let line = |name: &str, value: &dyn Fn(&Minute) -> Option<f64>| Line {
        name: name.to_owned(),
        values: star.minutes.iter().map(value).collect(),
    };
    let throughput = Lines {
        id: "throughput",
        title: viewer.say(w::THROUGHPUT).to_owned(),
        said: viewer.say(w::THROUGHPUT_SAID).to_owned(),
        unit: viewer.say(w::PER_MINUTE).to_owned(),
        steps: steps.clone(),
        lines: vec![
            line(viewer.say(w::ANSWERED_LINE), &|m| {
                Some(f64::from(m.answered))
            }),
            line(viewer.say(w::REFUSED_LINE), &|m| Some(f64::from(m.refused))),
        ],
    };
    let latency = Lines {
        id: "latency",
        title: viewer.say(w::LATENCIES).to_owned(),
        said: viewer.say(w::LATENCIES_SAID).to_owned(),
        unit: viewer.say(w::MILLISECONDS).to_owned(),
        steps,
        lines: vec![
            line("p50", &|m| chart::drawn(m.quantiles_ms[0])),
            line("p90", &|m| chart::drawn(m.quantiles_ms[1])),
            line("p99", &|m| chart::drawn(m.quantiles_ms[2])),
        ],
    };
    let bar = |refusal: &super::RefusalCount| Bar {
        name: refusal.code.to_owned(),
        value: refusal.count as f64,
        said: viewer.say(refusal.said).to_owned(),
    };
    let refusals = Bars {
        id: "refusals",
        title: viewer.say(w::REFUSALS).to_owned(),
        said: viewer.say(w::REFUSALS_SAID).to_owned(),
        unit: viewer.say(w::TIMES).to_owned(),
        bars: star.refusals.iter().map(bar).collect(),
    };
    // The last minute runs.
    let whole = star.minutes.len().saturating_sub(1);
    html! {
        div.beside {
            (throughput.render_until(viewer, whole)) (latency.render_until(viewer, whole))
        }
        (refusals.render(viewer))
    }
}

/// The drawing's figures for those who read instead of look.
pub(super) fn edges(viewer: &Viewer, star: &Overview) -> Markup {
    let heads = [
        w::NODE,
        w::STATE,
        w::LINKS,
        w::RATE,
        w::P99,
        w::FAILED,
        w::LEFT_OUT,
        w::UNWELL,
    ];
    html! {
        section {
            h2 { (viewer.say(w::EDGES)) }
            @if star.edges.is_empty() { p { (viewer.say(w::NOBODY)) } }
            @else {
                div.wide tabindex="0" role="region" aria-label=(viewer.say(w::EDGES)) {
                    table {
                        (head(viewer, &heads))
                        tbody { @for edge in &star.edges { (row(viewer, edge)) } }
                    }
                }
            }
            @if !star.outside.is_empty() { (outside(viewer, star)) }
        }
    }
}

fn row(viewer: &Viewer, edge: &Edge) -> Markup {
    let unwell: Vec<_> = edge
        .unwell
        .iter()
        .map(|(class, lamp)| format!("{class} {}", viewer.say(lamp.said())))
        .collect();
    let unwell = if unwell.is_empty() {
        viewer.say(w::NONE).to_owned()
    } else {
        unwell.join(", ")
    };
    let known = |value: Option<f64>| value.map_or("–".to_owned(), readable);
    html! {
        tr {
            th scope="row" {
                a href={ "/nodes/" (edge.node.id) } { (Escaped(edge.node.called(viewer.language))) }
            }
            td { (edge.lamp.shown(viewer)) }
            td.number { (edge.links) }
            td.number { (readable(edge.per_minute)) }
            td.number { (chart::latency(edge.p99_ms)) }
            td.number { (known(edge.failed_percent)) }
            td.number { (edge.left_out) }
            td { (Escaped(&unwell)) }
        }
    }
}

fn outside(viewer: &Viewer, star: &Overview) -> Markup {
    let heads = [
        w::OFFICE,
        w::BEHIND,
        w::STATE,
        w::RATE,
        w::OFFICE_P99,
        w::FAILED,
        w::HOUR,
        w::UNANSWERED,
    ];
    let known = |value: Option<f64>| value.map_or("–".to_owned(), readable);
    html! {
        div.wide tabindex="0" role="region" aria-label=(viewer.say(w::OFFICE)) {
            table {
                (head(viewer, &heads))
                tbody { @for office in &star.outside {
                    tr {
                        th scope="row" {
                            (Escaped(office.class.called(viewer.language))) " "
                            code { (Escaped(&office.class.id)) }
                        }
                        td {
                            a href={ "/nodes/" (office.behind) } {
                                code { (Escaped(&office.behind)) }
                            }
                        }
                        td { (office.lamp.shown(viewer)) }
                        td.number { (readable(office.pace.per_minute)) }
                        td.number { (chart::latency(office.pace.p99_ms)) }
                        td.number { (known(office.pace.failed_percent)) }
                        td.number { (office.asks.0) }
                        td.number { (office.asks.1) }
                    }
                } }
            }
        }
    }
}

/// How fresh each class was, node by node.
pub(super) fn freshness(viewer: &Viewer, star: &Overview) -> Markup {
    html! {
        section {
            h2 { (viewer.say(w::FRESHNESS)) }
            p.faint { (viewer.say(w::FRESHNESS_SAID)) }
            div.wide tabindex="0" role="region" aria-label=(viewer.say(w::FRESHNESS)) {
                table {
                    thead { tr {
                        th scope="col" { (viewer.say(w::CLASS)) }
                        @for edge in &star.edges {
                            th scope="col" { (Escaped(edge.node.called(viewer.language))) }
                        }
                    } }
                    tbody { @for fresh in &star.freshness {
                        tr {
                            th scope="row" {
                                code { (Escaped(&fresh.class.id)) } " "
                                (Escaped(fresh.class.called(viewer.language)))
                            }
                            @for as_of in &fresh.as_of {
                                td.number {
                                    @if as_of.is_empty() { "–" } @else { time { (Escaped(as_of)) } }
                                }
                            }
                        }
                    } }
                }
            }
        }
    }
}

/// How long certificates are good.
pub(super) fn papers(viewer: &Viewer, star: &Overview) -> Markup {
    let called = |kind: &PaperKind| match kind {
        PaperKind::Hub => viewer.say(w::HUB_PAPER).to_owned(),
        PaperKind::Revocations => viewer.say(w::REVOCATIONS).to_owned(),
        PaperKind::Node(node) => node.called(viewer.language).to_owned(),
    };
    let heads = [w::PAPER, w::UNTIL, w::DAYS];
    html! {
        section {
            h2 { (viewer.say(w::PAPERS)) }
            table {
                (head(viewer, &heads))
                tbody { @for paper in &star.papers {
                    tr {
                        th scope="row" { (Escaped(&called(&paper.kind))) }
                        td { time { (Escaped(&paper.until)) } }
                        td.number {
                            @if paper.days < DAYS_LOW { span.tripped { "! " (paper.days) } }
                            @else { (paper.days) }
                        }
                    }
                } }
            }
        }
    }
}
