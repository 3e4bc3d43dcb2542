//! What a statement means, for the person who is to sign it. Every word comes from the bytes to be
//! signed, or from this program's own catalog and flows. Refuses an item that this program does not
//! know: an officer cannot answer for a number.

use std::fmt::Write as _;

use catalog::{Catalog, ItemNo};
use policies::{ApprovalStatement, Basis, FlowBook};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::clock::beijing;

use super::paper::Paper;

/// The account; none where an item is unknown here.
#[must_use]
pub fn account(paper: &Paper, catalog: &Catalog, flows: &FlowBook) -> Option<String> {
    let said = paper.statement();
    let mut text = String::new();
    let mut row = |name: &str, value: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{name:<11} {}", plain(value));
    };
    row("flow", &flow(said, flows));
    row("node", &said.node);
    row(
        "case",
        &format!("{} (matter {})", said.case_no, said.matter),
    );
    row("document", &document(&said.basis));
    row("asked by", &said.asker);
    let place = format!(
        "{} at {} through {}",
        said.operator, said.counter, said.system
    );
    row("approved by", &place);
    row("mode", said.mode.as_str());
    for item in &said.items {
        row("item", &named(*item, catalog)?);
    }
    for item in &said.gives {
        row("passes on", &named(*item, catalog)?);
    }
    for verdict in &said.verdicts {
        row("verdict", verdict.as_str());
    }
    row("subjects", &said.lines.to_string());
    for line in paper.lines() {
        row("", &line.shown);
    }
    row("good until", &moment(said.expires_at));
    Some(text)
}

/// The flow's title, if this program means the same by its number.
fn flow(said: &ApprovalStatement, flows: &FlowBook) -> String {
    match flows.flow(&said.flow) {
        Some(flow) if flow.digest == said.flow_digest => {
            format!("{} {} {}", said.flow, flow.zh, flow.en)
        }
        _ => format!("{} (another version than this program knows)", said.flow),
    }
}

fn document(basis: &Basis) -> String {
    let mut parts = vec![format!("{} {}", basis.kind, basis.number)];
    parts.extend(basis.issuer.as_ref().map(|text| format!("of {text}")));
    parts.extend(basis.issued_on.map(|day| format!("dated {day}")));
    if let Some((from, until)) = basis.period() {
        parts.push(format!("about {from} to {until}"));
    }
    if !basis.officers.is_empty() {
        parts.push(format!("brought by {}", basis.officers.join(" ")));
    }
    let approver = basis.approver.as_ref();
    parts.extend(approver.map(|text| format!("approved by {text}")));
    parts.extend(basis.scope.as_ref().map(|text| format!("scope {text}")));
    parts.join(", ")
}

fn named(no: ItemNo, catalog: &Catalog) -> Option<String> {
    let item = catalog.item(no)?;
    Some(format!("{no} {} {}", item.zh, item.en))
}

fn moment(at: OffsetDateTime) -> String {
    at.to_offset(beijing()).format(&Rfc3339).unwrap_or_default()
}

/// A word that moves the cursor could hide another one.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}
