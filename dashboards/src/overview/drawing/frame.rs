//! How large a star is drawn and where its middle is: with more nodes there is more paper, and
//! where offices stand on one side only, the middle moves away from them.

use crate::circle::around;

/// With so many nodes at most, each edge has room for its figures beside it.
const FEW: usize = 4;
/// With so many at most, names have two lines; beyond, one.
const SOME: usize = 8;
/// What the offices of one side take of the width, from their middle on.
pub(super) const OFFICES_WIDTH: f64 = 262.0;

/// The paper.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) middle: (f64, f64),
    reach: (f64, f64),
    drawn: usize,
}

impl Frame {
    /// For so many nodes; `sides` says whether offices stand on the left and on the right.
    pub(super) fn of(drawn: usize, sides: (bool, bool)) -> Self {
        let (width, height, reach) = if drawn <= FEW {
            // Of an odd number one stands right below the hub, with its words below it.
            let height = if drawn % 2 == 1 { 530.0 } else { 470.0 };
            // Two stand flat beside it, as far as their reach goes.
            let reach = if drawn == 2 { 240.0 } else { 300.0 };
            (1_240.0, height, (reach, 175.0))
        } else if drawn <= SOME {
            (1_320.0, 580.0, (285.0, 180.0))
        } else {
            (1_500.0, 800.0, (390.0, 290.0))
        };
        let [left, right] =
            [sides.0, sides.1].map(|is_taken| if is_taken { OFFICES_WIDTH } else { 0.0 });
        Self {
            width,
            height,
            middle: ((left + width - right) / 2.0, height / 2.0),
            reach,
            drawn,
        }
    }

    /// Where a node stands.
    pub(super) fn place(&self, nth: usize) -> (f64, f64) {
        around(self.middle, self.reach, nth, self.drawn)
    }

    /// Whether each edge has room for its figures beside it.
    pub(super) const fn has_room_at_edges(&self) -> bool {
        self.drawn <= FEW
    }

    /// Lines and columns of a node's name.
    pub(super) const fn name_room(&self) -> (usize, usize) {
        if self.drawn <= FEW {
            (2, 30)
        } else if self.drawn <= SOME {
            (2, 24)
        } else {
            (1, 20)
        }
    }

    /// The class by which the stylesheet gives a large drawing more height.
    pub(super) const fn class(&self) -> &'static str {
        if self.drawn <= SOME {
            "star"
        } else {
            "star large"
        }
    }
}

/// Whether one of `drawn` nodes stands left of the middle, wherever that is.
pub(super) fn is_left(nth: usize, drawn: usize) -> bool {
    around((0.0, 0.0), (1.0, 1.0), nth, drawn).0 < -f64::EPSILON
}

/// Where a block of words stands beside a line, no part of it on the line: `at` is on the line,
/// `toward` its direction. It stands on the side of the middle's height, where no names are.
pub(super) fn beside(
    (x, y): (f64, f64),
    (toward_x, toward_y): (f64, f64),
    (width, height): (f64, f64),
) -> (f64, f64) {
    const GAP: f64 = 8.0;
    let length = toward_x.hypot(toward_y).max(1.0);
    let (normal_x, normal_y) = (-toward_y / length, toward_x / length);
    // Of both sides the outer one: right of an edge that goes right, above one that lies flat.
    let is_outer = if normal_x.abs() < 0.05 {
        normal_y < 0.0
    } else {
        (normal_x > 0.0) == (toward_x > -1.0)
    };
    let sign = if is_outer { 1.0 } else { -1.0 };
    let away = normal_x.abs() * width / 2.0 + normal_y.abs() * height / 2.0 + GAP;
    (x + sign * normal_x * away, y + sign * normal_y * away)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_moves_away_from_offices_and_the_star_stays_on_the_paper() {
        for drawn in 1..=16 {
            for sides in [(false, false), (true, false), (false, true), (true, true)] {
                let frame = Frame::of(drawn, sides);
                for nth in 0..drawn {
                    let (x, y) = frame.place(nth);
                    assert!((80.0..frame.height - 80.0).contains(&y), "{drawn}: {y}");
                    let (from, until) = (
                        if sides.0 { OFFICES_WIDTH } else { 0.0 },
                        frame.width - if sides.1 { OFFICES_WIDTH } else { 0.0 },
                    );
                    assert!((from + 70.0..until - 70.0).contains(&x), "{drawn}: {x}");
                    assert_eq!(is_left(nth, drawn), x < frame.middle.0 - 0.01);
                }
            }
        }
    }

    #[test]
    fn words_beside_an_edge_never_stand_on_it() {
        for turn in 0..64 {
            let angle = f64::from(turn) * std::f64::consts::TAU / 64.0;
            let toward = (200.0 * angle.cos(), 200.0 * angle.sin());
            let (x, y) = beside((0.0, 0.0), toward, (160.0, 34.0));
            let side = |(dx, dy): (f64, f64)| (x + dx) * toward.1 - (y + dy) * toward.0;
            let corners = [(-80.0, -17.0), (80.0, -17.0), (-80.0, 17.0), (80.0, 17.0)].map(side);
            let is_one_side = corners.iter().all(|c| *c > 0.0) || corners.iter().all(|c| *c < 0.0);
            assert!(is_one_side, "{angle}: {corners:?}");
        }
    }
}
