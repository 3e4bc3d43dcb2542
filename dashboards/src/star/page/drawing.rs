//! The star as inline SVG: the hub in the middle, every node on an ellipse around it. Only classes
//! and geometry are written, never a style, so that the content policy can forbid inline styles.

use std::fmt;

use super::super::words::Words;
use super::super::{NodeLamp, Star};
use super::lamp::{Lamp, called};
use crate::circle::around;
use crate::escape::{Escaped, cut};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 470.0;
/// How far the nodes stand from the hub, sideways and up; names need more room sideways.
const REACH_X: f64 = 270.0;
const REACH_Y: f64 = 165.0;
const HUB_RADIUS: f64 = 46.0;
const NODE_RADIUS: f64 = 24.0;
/// More nodes than these would lie on each other; the table has them all.
const NODES_DRAWN_MAX: usize = 16;
/// Wider names are cut in the drawing; the table has them whole.
const NAME_COLUMNS_MAX: usize = 28;

#[derive(Debug)]
pub(super) struct Drawing<'a> {
    pub(super) star: &'a Star,
    pub(super) words: &'a Words,
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drawn = self.star.nodes.len().min(NODES_DRAWN_MAX);
        let places: Vec<Place<'_>> = self
            .star
            .nodes
            .iter()
            .take(drawn)
            .enumerate()
            .map(|(index, node)| Place::on_circle(node, index, drawn))
            .collect();
        writeln!(
            out,
            r#"<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" "#
        )?;
        writeln!(out, r#"aria-labelledby="drawing"><title id="drawing">"#)?;
        writeln!(out, "{}</title>", Escaped(self.words.drawing))?;
        for place in &places {
            place.edge(out)?;
        }
        self.hub(out)?;
        for place in &places {
            place.node(out, self.words)?;
        }
        writeln!(out, "</svg>")?;
        let left_out = self.star.nodes.len().saturating_sub(drawn);
        if left_out > 0 {
            let sentence = Escaped(self.words.drawing_cut);
            writeln!(out, "<figcaption>{sentence} {left_out}</figcaption>")?;
        }
        writeln!(out, "</figure>")
    }
}

impl Drawing<'_> {
    fn hub(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (x, y) = (WIDTH / 2.0, HEIGHT / 2.0);
        let (class, journal) = if self.star.journal_healthy {
            ("attached", self.words.journal_healthy)
        } else {
            ("tripped", self.words.journal_broken)
        };
        writeln!(
            out,
            r#"<g class="hub {class}"><circle cx="{x}" cy="{y}" r="{HUB_RADIUS}"/>"#
        )?;
        let name = Escaped(self.words.hub);
        writeln!(
            out,
            r#"<text class="name" x="{x}" y="{}">{name}</text>"#,
            y + 1.0
        )?;
        let journal = Escaped(journal);
        writeln!(
            out,
            r#"<text class="said" x="{x}" y="{}">{journal}</text></g>"#,
            y + 20.0
        )
    }
}

/// A node and where it stands.
#[derive(Debug)]
struct Place<'a> {
    node: &'a NodeLamp,
    lamp: Lamp,
    x: f64,
    y: f64,
}

impl<'a> Place<'a> {
    fn on_circle(node: &'a NodeLamp, index: usize, drawn: usize) -> Self {
        let middle = (WIDTH / 2.0, HEIGHT / 2.0);
        let (x, y) = around(middle, (REACH_X, REACH_Y), index, drawn);
        Self {
            node,
            lamp: Lamp::of(node),
            x,
            y,
        }
    }

    fn edge(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            r#"<line class="edge {}" x1="{}" y1="{}" x2="{:.1}" y2="{:.1}"/>"#,
            self.lamp.class(),
            WIDTH / 2.0,
            HEIGHT / 2.0,
            self.x,
            self.y,
        )
    }

    fn node(&self, out: &mut fmt::Formatter<'_>, words: &Words) -> fmt::Result {
        let (x, y, class) = (self.x, self.y, self.lamp.class());
        // The words stand on the side away from the hub, so that no edge runs through them.
        let (name_y, said_y) = if y < HEIGHT / 2.0 {
            (y - 50.0, y - 33.0)
        } else {
            (y + 43.0, y + 60.0)
        };
        writeln!(
            out,
            r#"<g class="node {class}"><circle cx="{x:.1}" cy="{y:.1}" r="{NODE_RADIUS}"/>"#
        )?;
        let sign = self.lamp.sign();
        writeln!(
            out,
            r#"<text class="sign" x="{x:.1}" y="{:.1}">{sign}</text>"#,
            y + 6.0
        )?;
        let name = cut(called(self.node, words), NAME_COLUMNS_MAX);
        let name = Escaped(&name);
        writeln!(
            out,
            r#"<text class="name" x="{x:.1}" y="{name_y:.1}">{name}</text>"#
        )?;
        let said = Escaped(self.lamp.said(words));
        writeln!(
            out,
            r#"<text class="said" x="{x:.1}" y="{said_y:.1}">{said}</text></g>"#
        )
    }
}
