//! The outside offices of the drawing, on the side of the node that asks them, what is not well
//! before what is.

use std::cmp::Reverse;

use maud::{Markup, html};

use super::super::{Outside, Pace};
use super::frame::{Frame, OFFICES_WIDTH};
use super::{Place, number, paced};
use crate::escape::{Escaped, cut};
use crate::viewer::Viewer;

const RADIUS: f64 = 15.0;
/// Offices of one side.
const DRAWN_MAX: usize = 6;
const NAME_COLUMNS_MAX: usize = 36;
const LINE: f64 = 17.0;

/// An outside office, and where it stands.
pub(super) struct Office<'a> {
    outside: &'a Outside,
    x: f64,
    y: f64,
    is_left: bool,
    /// The node that asks it.
    from: (f64, f64),
}

/// The offices behind each side's nodes, spread over the side's height in the order of the nodes.
pub(super) fn offices<'a>(
    outside: &'a [Outside],
    places: &[Place<'_>],
    frame: &Frame,
) -> Vec<Office<'a>> {
    let node = |office: &Outside| {
        let mut places = places.iter();
        places.find(|place| place.edge.node.id == office.behind)
    };
    let of = |is_left: bool| {
        let known = outside
            .iter()
            .filter_map(|office| Some((office, node(office)?)));
        let mut mine: Vec<_> = known
            .filter(|(_, place)| place.is_left == is_left)
            .collect();
        mine.sort_by_key(|(office, _)| Reverse(office.lamp));
        mine.truncate(DRAWN_MAX);
        mine.sort_by(|(one, a), (other, b)| {
            let by_height = a.y.total_cmp(&b.y);
            by_height.then_with(|| one.class.id.cmp(&other.class.id))
        });
        let count = mine.len();
        let x = if is_left {
            OFFICES_WIDTH
        } else {
            frame.width - OFFICES_WIDTH
        };
        let office = move |(nth, (outside, place)): (usize, (&'a Outside, &Place<'_>))| Office {
            outside,
            x,
            y: frame.height * (nth as f64 + 0.5) / count as f64,
            is_left,
            from: (place.x, place.y),
        };
        mine.into_iter().enumerate().map(office).collect::<Vec<_>>()
    };
    let mut all = of(true);
    all.extend(of(false));
    all
}

impl Office<'_> {
    pub(super) fn edge(&self) -> Markup {
        let (x1, y1) = (number(self.from.0), number(self.from.1));
        html! {
            line class={ "edge behind " (self.outside.lamp.class()) }
                x1=(x1) y1=(y1) x2=(number(self.x)) y2=(number(self.y)) {}
        }
    }

    /// The office, and beside it, on the side away from the star, what it is and how it goes.
    pub(super) fn drawn(&self, viewer: &Viewer) -> Markup {
        let office = self.outside;
        let lamp = office.lamp;
        let whole = office.class.called(viewer.language);
        let name = cut(whole, NAME_COLUMNS_MAX);
        let state = format!("{} {}", office.class.id, viewer.say(lamp.said()));
        let [rate, failed] = pace(viewer, &office.pace);
        let (beside, side) = if self.is_left {
            (self.x - RADIUS - 9.0, "end")
        } else {
            (self.x + RADIUS + 9.0, "start")
        };
        let line = |nth: f64| number(self.y + 5.0 + (nth - 1.5) * LINE);
        html! {
            g class={ "node office " (side) " " (lamp.class()) } data-breaker=(lamp.breaker()) {
                title { (Escaped(whole)) " · " (Escaped(&state)) " · " (rate) " · " (failed) }
                circle cx=(number(self.x)) cy=(number(self.y)) r=(RADIUS) {}
                text.sign x=(number(self.x)) y=(number(self.y + 6.0)) { (lamp.sign()) }
                text.name x=(number(beside)) y=(line(0.0)) { (Escaped(&name)) }
                text.said x=(number(beside)) y=(line(1.0)) { (Escaped(&state)) }
                text.pace x=(number(beside)) y=(line(2.0)) { (rate) }
                text.pace x=(number(beside)) y=(line(3.0)) { (failed) }
            }
        }
    }
}

fn pace(viewer: &Viewer, pace: &Pace) -> [String; 2] {
    paced(viewer, (pace.per_minute, pace.p99_ms, pace.failed_percent))
}
