//! The star: the hub in the middle, the centers' nodes around it, the outside offices behind the
//! node that asks them; at each edge how it goes. Where not all have room, the worst are drawn.

mod frame;
mod office;

use maud::{Markup, html};

use super::words::{
    ASKS, DRAWING, DRAWING_CUT, HUB, HUB_STOPPED, HUB_WELL, NO_ANSWER, OFFICES_CUT,
};
use super::{Edge, Overview};
use crate::chart::{latency, readable};
use crate::escape::{Escaped, columns, cut, wrapped};
use crate::viewer::Viewer;
use frame::{Frame, beside, is_left};

const HUB_RADIUS: f64 = 46.0;
const NODE_RADIUS: f64 = 24.0;
/// More nodes than these would lie on each other; the table has them all.
const NODES_DRAWN_MAX: usize = 16;
/// Classes that are not well, as they stand at a node.
const CLASSES_COLUMNS_MAX: usize = 20;
/// Where on the way from the hub to the node the figures stand.
const SAID_AT: f64 = 0.72;
/// What one column and one line of figures take.
const COLUMN: f64 = 7.0;
const LINE: f64 = 17.0;

/// The drawing of a star.
pub(super) fn drawing(viewer: &Viewer, star: &Overview) -> Markup {
    let edges = worst(&star.edges);
    let drawn = edges.len();
    let asks_on = |is_left_side: bool| {
        let mut sides = edges.iter().enumerate();
        sides.any(|(nth, edge)| {
            let mut outside = star.outside.iter();
            is_left(nth, drawn) == is_left_side
                && outside.any(|office| office.behind == edge.node.id)
        })
    };
    let frame = Frame::of(drawn, (asks_on(true), asks_on(false)));
    let place = |(nth, edge)| Place::of(edge, nth, &frame);
    let places: Vec<_> = edges.into_iter().enumerate().map(place).collect();
    let offices = office::offices(&star.outside, &places, &frame);
    let left_out = star.edges.len().saturating_sub(drawn);
    let offices_left_out = star.outside.len().saturating_sub(offices.len());
    html! {
        figure class=(frame.class()) {
            svg viewBox={ "0 0 " (frame.width) " " (frame.height) } role="img"
                aria-labelledby="star-title star-desc" {
                title id="star-title" { (viewer.say(DRAWING)) }
                desc id="star-desc" { (Escaped(&described(viewer, star))) }
                @for office in &offices { (office.edge()) }
                @for place in &places { (place.line(&frame)) }
                (hub(viewer, star, &frame))
                @for place in &places { (place.node(viewer, &frame)) }
                @if frame.has_room_at_edges() {
                    @for place in &places { (place.said(viewer, &frame)) }
                }
                @for office in &offices { (office.drawn(viewer)) }
            }
            @if left_out + offices_left_out > 0 { figcaption {
                @if left_out > 0 { (viewer.say(DRAWING_CUT)) " " (left_out) " " }
                @if offices_left_out > 0 { (viewer.say(OFFICES_CUT)) " " (offices_left_out) }
            } }
        }
    }
}

/// The nodes that are drawn: all, or the worst where there are more, each in its usual order, so
/// that nobody changes places while somebody looks.
fn worst(edges: &[Edge]) -> Vec<&Edge> {
    let mut all: Vec<(usize, &Edge)> = edges.iter().enumerate().collect();
    // By whole percent: a well node's few failures do not move it in and out.
    let failed = |edge: &Edge| edge.failed_percent.unwrap_or(0.0).round();
    all.sort_by(|(_, one), (_, other)| {
        let by_state = other.lamp.cmp(&one.lamp);
        by_state.then_with(|| failed(other).total_cmp(&failed(one)))
    });
    all.truncate(NODES_DRAWN_MAX);
    all.sort_by_key(|(nth, _)| *nth);
    all.into_iter().map(|(_, edge)| edge).collect()
}

/// The same in a sentence, for those who do not see it.
fn described(viewer: &Viewer, star: &Overview) -> String {
    let edges = star.edges.iter().map(|edge| {
        let name = edge.node.called(viewer.language);
        format!("{name}: {}", viewer.say(edge.lamp.said()))
    });
    edges.collect::<Vec<_>>().join("; ")
}

fn hub(viewer: &Viewer, star: &Overview, frame: &Frame) -> Markup {
    let (class, said) = if star.record.is_writing {
        ("attached", HUB_WELL)
    } else {
        ("tripped", HUB_STOPPED)
    };
    let (x, y) = frame.middle;
    html! {
        g class={ "hub " (class) } {
            circle cx=(x) cy=(y) r=(HUB_RADIUS) {}
            text.name x=(x) y=(y + 1.0) { (viewer.say(HUB)) }
            text.said x=(x) y=(y + 20.0) { (viewer.say(said)) }
        }
    }
}

/// Rate and latency, and the share without an answer.
fn paced(
    viewer: &Viewer,
    (per_minute, p99_ms, failed): (f64, Option<f64>, Option<f64>),
) -> [String; 2] {
    let failed = failed.map_or("–".to_owned(), readable);
    [
        format!(
            "{} {} · p99 {} ms",
            readable(per_minute),
            viewer.say(ASKS),
            latency(p99_ms)
        ),
        format!("{} {failed} %", viewer.say(NO_ANSWER)),
    ]
}

/// A node and where it stands.
struct Place<'a> {
    edge: &'a Edge,
    x: f64,
    y: f64,
    is_left: bool,
}

impl<'a> Place<'a> {
    fn of(edge: &'a Edge, nth: usize, frame: &Frame) -> Self {
        let (x, y) = frame.place(nth);
        let is_left = x < frame.middle.0 - 0.01;
        Self {
            edge,
            x,
            y,
            is_left,
        }
    }

    fn line(&self, frame: &Frame) -> Markup {
        let (x, y) = (number(self.x), number(self.y));
        html! {
            line class={ "edge " (self.edge.lamp.class()) }
                x1=(number(frame.middle.0)) y1=(number(frame.middle.1)) x2=(x) y2=(y) {}
        }
    }

    fn figures(&self, viewer: &Viewer) -> [String; 2] {
        let edge = self.edge;
        paced(viewer, (edge.per_minute, edge.p99_ms, edge.failed_percent))
    }

    /// How it stands, and which classes are not well.
    fn state(&self, viewer: &Viewer) -> String {
        let word = viewer.say(self.edge.lamp.said());
        let classes = self.edge.unwell.iter().map(|(class, _)| class.as_str());
        let classes = classes.collect::<Vec<_>>().join(" ");
        if classes.is_empty() {
            return word.to_owned();
        }
        format!("{word} {}", cut(&classes, CLASSES_COLUMNS_MAX))
    }

    /// The node, with its words on the side away from the hub, so that no edge runs through them.
    fn node(&self, viewer: &Viewer, frame: &Frame) -> Markup {
        let lamp = self.edge.lamp;
        let whole = self.edge.node.called(viewer.language);
        let (lines_max, columns_max) = frame.name_room();
        let mut words: Vec<(&str, String)> = if lines_max > 1 {
            let lines = wrapped(whole, columns_max).into_iter();
            lines.map(|line| ("name", line)).collect()
        } else {
            vec![("name", cut(whole, columns_max))]
        };
        let state = self.state(viewer);
        words.push(("said", state.clone()));
        let [rate, failed] = self.figures(viewer);
        if !frame.has_room_at_edges() {
            let percent = self.edge.failed_percent.map_or("–".to_owned(), readable);
            words.push(("pace", format!("{rate} · {percent} %")));
        }
        let first = if self.y < frame.middle.1 {
            self.y - NODE_RADIUS - 9.0 - LINE * (words.len() as f64 - 1.0)
        } else {
            self.y + NODE_RADIUS + 19.0
        };
        let x = number(self.x);
        html! {
            g class={ "node " (lamp.class()) } data-breaker=(lamp.breaker()) {
                title { (Escaped(whole)) " · " (Escaped(&state)) " · " (rate) " · " (failed) }
                circle cx=(x) cy=(number(self.y)) r=(NODE_RADIUS) {}
                text.sign x=(x) y=(number(self.y + 6.0)) { (lamp.sign()) }
                @for (nth, (class, line)) in words.iter().enumerate() {
                    text class=(class) x=(x) y=(number(first + LINE * nth as f64)) {
                        (Escaped(line))
                    }
                }
            }
        }
    }

    /// Rate and latency, and errors under it, beside the edge.
    fn said(&self, viewer: &Viewer, frame: &Frame) -> Markup {
        let (middle_x, middle_y) = frame.middle;
        let toward = (self.x - middle_x, self.y - middle_y);
        let at = (middle_x + toward.0 * SAID_AT, middle_y + toward.1 * SAID_AT);
        let lines = self.figures(viewer);
        let widest = lines.iter().map(|line| columns(line)).max().unwrap_or(0);
        let (x, y) = beside(at, toward, (widest as f64 * COLUMN, 2.0 * LINE));
        html! {
            g.figures-of-edge {
                @for (line, down) in lines.iter().zip([-4.0, 13.0]) {
                    text x=(number(x)) y=(number(y + down)) { (Escaped(line)) }
                }
            }
        }
    }
}

fn number(place: f64) -> String {
    format!("{place:.1}")
}
