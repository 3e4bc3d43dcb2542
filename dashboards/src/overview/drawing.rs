//! The star: the hub in the middle, the centers' nodes around it, the outside offices behind the
//! node that asks them; on each edge how it goes.

use maud::{Markup, html};

use super::words::{ASKS, DRAWING, DRAWING_CUT, HUB, HUB_STOPPED, HUB_WELL, NO_ANSWER};
use super::{Edge, Outside, Overview};
use crate::chart::{latency, readable};
use crate::circle::around;
use crate::escape::{Escaped, cut};
use crate::viewer::Viewer;

const WIDTH: f64 = 1_120.0;
const HEIGHT: f64 = 470.0;
const MIDDLE: (f64, f64) = (WIDTH / 2.0, HEIGHT / 2.0);
const REACH: (f64, f64) = (300.0, 175.0);
const HUB_RADIUS: f64 = 46.0;
const NODE_RADIUS: f64 = 24.0;
const OFFICE_RADIUS: f64 = 15.0;
/// Where the offices stand, from either side.
const OFFICE_MARGIN: f64 = 118.0;
/// More nodes than these would lie on each other; the table has them all.
const NODES_DRAWN_MAX: usize = 16;
/// With more nodes than these their figures would; the table has them.
const NODES_SAID_MAX: usize = 8;
/// Offices of one side.
const OFFICES_DRAWN_MAX: usize = 6;
const NAME_COLUMNS_MAX: usize = 28;
const OFFICE_COLUMNS_MAX: usize = 32;
/// Where on the way from the hub to the node the figures stand.
const SAID_AT: f64 = 0.52;

/// The drawing of a star.
pub(super) fn drawing(viewer: &Viewer, star: &Overview) -> Markup {
    let drawn = star.edges.len().min(NODES_DRAWN_MAX);
    let place = |(nth, edge)| Place::of(edge, nth, drawn);
    let places: Vec<_> = star
        .edges
        .iter()
        .take(drawn)
        .enumerate()
        .map(place)
        .collect();
    let offices = offices(&star.outside, &places);
    let left_out = star.edges.len().saturating_sub(drawn);
    html! {
        figure.star {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img"
                aria-labelledby="star-title star-desc" {
                title id="star-title" { (viewer.say(DRAWING)) }
                desc id="star-desc" { (Escaped(&described(viewer, star))) }
                @for office in &offices { (office.edge()) }
                @for place in &places { (place.line()) }
                (hub(viewer, star))
                @for place in &places { (place.node(viewer)) }
                @if drawn <= NODES_SAID_MAX { @for place in &places { (place.said(viewer)) } }
                @for office in &offices { (office.drawn(viewer)) }
            }
            @if left_out > 0 { figcaption { (viewer.say(DRAWING_CUT)) " " (left_out) } }
        }
    }
}

/// The same in a sentence, for those who do not see it.
fn described(viewer: &Viewer, star: &Overview) -> String {
    let edges = star.edges.iter().map(|edge| {
        let name = edge.node.called(viewer.language);
        format!("{name}: {}", viewer.say(edge.lamp.said()))
    });
    edges.collect::<Vec<_>>().join("; ")
}

fn hub(viewer: &Viewer, star: &Overview) -> Markup {
    let (class, said) = if star.record.is_writing {
        ("attached", HUB_WELL)
    } else {
        ("tripped", HUB_STOPPED)
    };
    let (x, y) = MIDDLE;
    html! {
        g class={ "hub " (class) } {
            circle cx=(x) cy=(y) r=(HUB_RADIUS) {}
            text.name x=(x) y=(y + 1.0) { (viewer.say(HUB)) }
            text.said x=(x) y=(y + 20.0) { (viewer.say(said)) }
        }
    }
}

/// A node and where it stands.
struct Place<'a> {
    edge: &'a Edge,
    x: f64,
    y: f64,
}

impl<'a> Place<'a> {
    fn of(edge: &'a Edge, nth: usize, drawn: usize) -> Self {
        let (x, y) = around(MIDDLE, REACH, nth, drawn);
        Self { edge, x, y }
    }

    fn line(&self) -> Markup {
        let (x, y) = (number(self.x), number(self.y));
        html! {
            line class={ "edge " (self.edge.lamp.class()) }
                x1=(MIDDLE.0) y1=(MIDDLE.1) x2=(x) y2=(y) {}
        }
    }

    fn node(&self, viewer: &Viewer) -> Markup {
        let lamp = self.edge.lamp;
        // The words stand on the side away from the hub, so that no edge runs through them.
        let (name_y, said_y) = if self.y < MIDDLE.1 {
            (self.y - 50.0, self.y - 33.0)
        } else {
            (self.y + 43.0, self.y + 60.0)
        };
        let x = number(self.x);
        let name = cut(self.edge.node.called(viewer.language), NAME_COLUMNS_MAX);
        let said = match self.edge.unwell.as_slice() {
            [] => viewer.say(lamp.said()).to_owned(),
            unwell => {
                let classes: Vec<_> = unwell.iter().map(|(class, _)| class.as_str()).collect();
                format!(
                    "{} {}",
                    viewer.say(lamp.said()),
                    cut(&classes.join(" "), 20)
                )
            }
        };
        html! {
            g class={ "node " (lamp.class()) } data-breaker=(lamp.breaker()) {
                circle cx=(x) cy=(number(self.y)) r=(NODE_RADIUS) {}
                text.sign x=(x) y=(number(self.y + 6.0)) { (lamp.sign()) }
                text.name x=(x) y=(number(name_y)) { (Escaped(&name)) }
                text.said x=(x) y=(number(said_y)) { (Escaped(&said)) }
            }
        }
    }

    /// Rate and latency on the edge, errors under it.
    fn said(&self, viewer: &Viewer) -> Markup {
        let edge = self.edge;
        let x = MIDDLE.0 + (self.x - MIDDLE.0) * SAID_AT;
        let y = MIDDLE.1 + (self.y - MIDDLE.1) * SAID_AT;
        let p99 = latency(edge.p99_ms);
        let failed = edge.failed_percent.map_or("–".to_owned(), readable);
        html! {
            g.figures-of-edge {
                text x=(number(x)) y=(number(y - 5.0)) {
                    (readable(edge.per_minute)) " " (viewer.say(ASKS)) " · p99 " (p99) " ms"
                }
                text x=(number(x)) y=(number(y + 12.0)) {
                    (viewer.say(NO_ANSWER)) " " (failed) " %"
                }
            }
        }
    }
}

/// An outside office, and where it stands.
struct Office<'a> {
    outside: &'a Outside,
    x: f64,
    y: f64,
    /// The node that asks it.
    from: (f64, f64),
}

/// The offices behind each side's nodes, spread over the side's height.
fn offices<'a>(outside: &'a [Outside], places: &[Place<'_>]) -> Vec<Office<'a>> {
    let node = |office: &Outside| {
        places
            .iter()
            .find(|place| place.edge.node.id == office.behind)
    };
    let of = |is_left: bool| {
        let known = outside
            .iter()
            .filter_map(|office| Some((office, node(office)?)));
        let mine: Vec<_> = known
            .filter(|(_, place)| (place.x < MIDDLE.0) == is_left)
            .take(OFFICES_DRAWN_MAX)
            .collect();
        let (count, x) = (
            mine.len(),
            if is_left {
                OFFICE_MARGIN
            } else {
                WIDTH - OFFICE_MARGIN
            },
        );
        let office = move |(nth, (outside, place)): (usize, (&'a Outside, &Place<'_>))| Office {
            outside,
            x,
            y: HEIGHT * (nth as f64 + 0.5) / count as f64,
            from: (place.x, place.y),
        };
        mine.into_iter().enumerate().map(office).collect::<Vec<_>>()
    };
    let mut all = of(true);
    all.extend(of(false));
    all
}

impl Office<'_> {
    fn edge(&self) -> Markup {
        let (x1, y1) = (number(self.from.0), number(self.from.1));
        html! {
            line class={ "edge behind " (self.outside.lamp.class()) }
                x1=(x1) y1=(y1) x2=(number(self.x)) y2=(number(self.y)) {}
        }
    }

    fn drawn(&self, viewer: &Viewer) -> Markup {
        let lamp = self.outside.lamp;
        let name = cut(
            self.outside.class.called(viewer.language),
            OFFICE_COLUMNS_MAX,
        );
        let x = number(self.x);
        html! {
            g class={ "node office " (lamp.class()) } data-breaker=(lamp.breaker()) {
                circle cx=(x) cy=(number(self.y)) r=(OFFICE_RADIUS) {}
                text.sign x=(x) y=(number(self.y + 6.0)) { (lamp.sign()) }
                text.name x=(x) y=(number(self.y + 32.0)) { (Escaped(&name)) }
                text.said x=(x) y=(number(self.y + 48.0)) {
                    (Escaped(&self.outside.class.id)) " " (viewer.say(lamp.said()))
                }
            }
        }
    }
}

fn number(place: f64) -> String {
    format!("{place:.1}")
}
