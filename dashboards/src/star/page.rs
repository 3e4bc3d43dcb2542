//! The page as HTML: the figures worth knowing in one look, the drawing, and the same in a table
//! for those who read instead of look. It decides nothing about a node beyond what to call it.

mod drawing;
mod lamp;

use std::fmt;

use super::words::Words;
use super::{NodeLamp, Star};
use crate::escape::Escaped;
use drawing::Drawing;
use lamp::{Lamp, breaker_words, called};

/// How often the browser asks again, in seconds; the footer says it too.
const REFRESH_S: u32 = 5;

/// One page about one moment of the star.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) star: &'a Star,
    pub(crate) words: &'a Words,
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words;
        self.head(out)?;
        if !self.star.journal_healthy {
            writeln!(
                out,
                r#"<p class="alarm" role="alert">{}</p>"#,
                Escaped(words.journal_alarm)
            )?;
        }
        if self.star.witnesses.are_against {
            writeln!(
                out,
                r#"<p class="alarm" role="alert">{}</p>"#,
                Escaped(words.witness_alarm)
            )?;
        }
        self.figures(out)?;
        write!(
            out,
            "{}",
            Drawing {
                star: self.star,
                words
            }
        )?;
        self.table(out)?;
        writeln!(
            out,
            "</main>\n<footer>{}</footer>\n</body>\n</html>",
            Escaped(words.footer)
        )
    }
}

impl Page<'_> {
    fn head(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words;
        let (tag, title) = (words.tag, Escaped(words.title));
        writeln!(
            out,
            "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">"
        )?;
        writeln!(out, r#"<meta http-equiv="refresh" content="{REFRESH_S}">"#)?;
        writeln!(
            out,
            r#"<meta name="viewport" content="width=device-width, initial-scale=1">"#
        )?;
        writeln!(out, r#"<meta name="color-scheme" content="light dark">"#)?;
        writeln!(out, "<title>{title}</title>")?;
        writeln!(out, r#"<link rel="stylesheet" href="/assets/star.css">"#)?;
        writeln!(out, "</head>\n<body>\n<header>\n<div><h1>{title}</h1>")?;
        writeln!(out, "<p>{}</p></div>", Escaped(words.subtitle))?;
        writeln!(
            out,
            r#"<a href="/{}" hreflang="{tag}" lang="{tag}">{}</a>"#,
            words.other_query,
            Escaped(words.other_language),
            tag = words.other_tag,
        )?;
        writeln!(out, "</header>\n<main>")
    }

    fn figures(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (star, words) = (self.star, self.words);
        let attached = star.nodes.iter().filter(|node| node.links > 0).count();
        let journal = if star.journal_healthy {
            words.journal_healthy
        } else {
            words.journal_broken
        };
        writeln!(out, r#"<dl class="figures">"#)?;
        let nodes = format!("{attached} / {}", star.nodes.len());
        figure(
            out,
            words.attached_count,
            &nodes,
            attached < star.nodes.len(),
        )?;
        figure(out, words.in_flight, &star.in_flight.to_string(), false)?;
        figure(out, words.entries, &star.journal_entries.to_string(), false)?;
        figure(out, words.journal, journal, !star.journal_healthy)?;
        let witnesses = star.witnesses;
        if witnesses.known > 0 {
            let signed = format!("{} / {}", witnesses.signed, witnesses.known);
            let needs_attention = !witnesses.are_enough || witnesses.are_against;
            figure(out, words.witnesses, &signed, needs_attention)?;
        }
        figure(out, words.catalog, &star.catalog_version, false)?;
        writeln!(out, "</dl>")
    }

    fn table(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words;
        writeln!(
            out,
            r#"<section><h2 id="nodes">{}</h2>"#,
            Escaped(words.table)
        )?;
        if self.star.nodes.is_empty() {
            return writeln!(out, "<p>{}</p></section>", Escaped(words.nobody));
        }
        writeln!(
            out,
            r#"<div class="wide"><table aria-labelledby="nodes"><thead><tr>"#
        )?;
        for column in [
            words.column_node,
            words.column_center,
            words.column_state,
            words.column_links,
            words.column_classes,
            words.column_breaker,
            words.column_software,
        ] {
            write!(out, r#"<th scope="col">{}</th>"#, Escaped(column))?;
        }
        writeln!(out, "</tr></thead><tbody>")?;
        for node in &self.star.nodes {
            self.row(out, node)?;
        }
        writeln!(out, "</tbody></table></div></section>")
    }

    fn row(&self, out: &mut fmt::Formatter<'_>, node: &NodeLamp) -> fmt::Result {
        let words = self.words;
        let lamp = Lamp::of(node);
        let name = Escaped(called(node, words));
        let software = if node.software.is_empty() {
            words.none
        } else {
            &node.software
        };
        write!(
            out,
            r#"<tr><th scope="row">{name} <code>{}</code></th>"#,
            Escaped(&node.id)
        )?;
        write!(out, "<td><code>{}</code></td>", Escaped(&node.center))?;
        write!(
            out,
            r#"<td class="state {}"><span aria-hidden="true">{}</span> {}</td>"#,
            lamp.class(),
            lamp.sign(),
            Escaped(lamp.said(words)),
        )?;
        write!(out, r#"<td class="number">{}</td>"#, node.links)?;
        write!(out, r#"<td class="number">{}</td>"#, node.classes)?;
        write!(
            out,
            "<td>{}</td>",
            Escaped(breaker_words(node.breaker, words))
        )?;
        writeln!(out, "<td>{}</td></tr>", Escaped(software))
    }
}

fn figure(
    out: &mut fmt::Formatter<'_>,
    name: &str,
    value: &str,
    needs_attention: bool,
) -> fmt::Result {
    let class = if needs_attention {
        r#" class="attention""#
    } else {
        ""
    };
    writeln!(
        out,
        "<div{class}><dt>{}</dt><dd>{}</dd></div>",
        Escaped(name),
        Escaped(value)
    )
}
