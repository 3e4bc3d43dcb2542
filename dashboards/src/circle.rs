//! Where things stand around a middle.

use std::f64::consts::{FRAC_PI_2, TAU};

/// The place of one of `count` around a middle, on an ellipse of this reach. Half a step further
/// than the top: four then stand in the corners, where names have room.
pub(crate) fn around(
    (x, y): (f64, f64),
    (reach_x, reach_y): (f64, f64),
    nth: usize,
    count: usize,
) -> (f64, f64) {
    let turn = (nth as f64 + 0.5) / count.max(1) as f64;
    let angle = turn * TAU - FRAC_PI_2;
    (x + reach_x * angle.cos(), y + reach_y * angle.sin())
}
