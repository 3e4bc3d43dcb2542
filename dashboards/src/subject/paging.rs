//! From page to page of a ledger, and out of it.

use maud::{Markup, html};

use super::{SubjectLedger, words};
use crate::viewer::{Act, Viewer};

/// Newest, older, to print, to take away.
pub(super) fn links(viewer: &Viewer, shown: &SubjectLedger) -> Markup {
    let here = format!("/subject/{}", shown.subject);
    // Print and proofs are of this page.
    let this = shown.rows.first().map(|row| row.number.saturating_add(1));
    let query = this.map_or_else(String::new, |before| format!("?before={before}"));
    html! {
        nav.pages aria-label=(viewer.say(words::PAGES)) {
            a href=(here) { (viewer.say(words::NEWEST)) }
            @if let Some(before) = shown.before {
                a href={ (here) "?before=" (before) } rel="next" { (viewer.say(words::OLDER)) }
            }
            @if !shown.rows.is_empty() {
                a href={ (here) "/print" (query) } { (viewer.say(words::PRINT)) }
                @if viewer.may(Act::Export) {
                    a href={ (here) "/proofs" (query) } download { (viewer.say(words::DOWNLOAD)) }
                }
            }
        }
    }
}
