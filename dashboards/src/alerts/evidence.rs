//! One alert: what stood out and why, who else did what, the entries that show it.

use maud::{Markup, html};

use super::list::person;
use super::steps;
use super::words::{
    AFTER, ALERT, BOUND, CASE, CODE, COMPARED, COUNT, COUNTING, DIGEST, ENTRY, EVIDENCE,
    EVIDENCE_MAX, FLOW, FORGOTTEN, GONE, KIND, MAD, MEDIAN, NO_EVIDENCE, OFFLINE, OWN_ENTRY, PAST,
    PEERS, PERSONS, PROOF, RAISED, RECOUNT, RULE, SAMPLE, SPREAD, SPREAD_SAID, STATE, SUBJECT,
    TIME, USUAL, VERIFY, WHAT, WHO, WINDOW,
};
use super::{AlertShown, Earlier, EvidenceRow};
use crate::audit::kind;
use crate::chart::{Bar, Bars};
use crate::escape::Escaped;
use crate::name::{moment, window};
use crate::room::Room;
use crate::shell::{encoded, page};
use crate::viewer::{Act, Viewer};

/// Of a pseudonym, as much as tells persons apart.
const SUBJECT_SHOWN: usize = 12;

pub(super) fn render(viewer: &Viewer, shown: &AlertShown) -> Markup {
    let title = format!("{} {}", viewer.say(ALERT), shown.row.number);
    let body = html! {
        @if !shown.is_whole {
            p.alarm role="status" { (viewer.say(COUNTING)) }
        } @else if !shown.is_counted {
            p.alarm role="status" { (viewer.say(RECOUNT)) }
        }
        (what(viewer, shown))
        (steps::render(viewer, shown))
        (usual(viewer, shown))
        (evidence(viewer, shown))
        (spread(viewer, shown))
    };
    page(viewer, Some(Room::Alerts), &title, &body)
}

fn what(viewer: &Viewer, shown: &AlertShown) -> Markup {
    let (language, row) = (viewer.language, &shown.row);
    let rule = language.choose(&row.rule.0, &row.rule.1);
    html! {
        section {
            h2 { (viewer.say(WHAT)) }
            p { strong { (Escaped(language.choose(&row.said.0, &row.said.1))) } }
            dl.facts {
                div { dt { (viewer.say(STATE)) } dd { (viewer.say(row.stage.said())) } }
                div { dt { (viewer.say(RULE)) } dd { (Escaped(rule)) } }
                div { dt { (viewer.say(WHO)) } dd { (person(viewer, row)) } }
                div { dt { (viewer.say(WINDOW)) } dd { (window(&row.window)) } }
                @if !row.flow.is_empty() {
                    div { dt { (viewer.say(FLOW)) } dd { (Escaped(&row.flow)) } }
                }
                div { dt { (viewer.say(RAISED)) } dd { (moment(&row.at)) } }
                div { dt { (viewer.say(OWN_ENTRY)) } dd {
                    (entry(viewer, row.number)) " " (verify(viewer, row.number))
                } }
                div { dt { (viewer.say(DIGEST)) } dd { code { (Escaped(&shown.rules)) } } }
            }
        }
    }
}

fn entry(viewer: &Viewer, number: u64) -> Markup {
    html! {
        @if viewer.may(Act::See(Room::Audit)) {
            a href={ "/audit/" (number) } { (number) }
        } @else { (number) }
    }
}

fn verify(viewer: &Viewer, number: u64) -> Markup {
    html! {
        @if viewer.may(Act::See(Room::Audit)) {
            a href={ "/audit/" (number) "/verify" } { (viewer.say(VERIFY)) " " (number) }
        }
    }
}

fn usual(viewer: &Viewer, shown: &AlertShown) -> Markup {
    html! {
        @if !shown.usual.is_empty() {
            section {
                h2 { (viewer.say(USUAL)) }
                table {
                    caption.faint { (viewer.say(USUAL)) }
                    thead { tr {
                        @for said in [COMPARED, SAMPLE, MEDIAN, MAD, BOUND] {
                            th scope="col" { (viewer.say(said)) }
                        }
                    } }
                    tbody { @for row in &shown.usual { tr {
                        th scope="row" { (viewer.say(if row.is_peers { PEERS } else { PAST })) }
                        td.number { (row.sample) }
                        @for text in [&row.median, &row.mad, &row.bound] {
                            td.number { (Escaped(text)) }
                        }
                    } } }
                }
            }
        }
    }
}

fn evidence(viewer: &Viewer, shown: &AlertShown) -> Markup {
    html! {
        section {
            h2 { (viewer.say(EVIDENCE)) }
            @if shown.evidence.is_empty() { p { (viewer.say(NO_EVIDENCE)) } } @else {
                @if shown.persons > 0 {
                    p { (viewer.say(PERSONS)) strong { (shown.persons) } }
                }
                p.faint { (viewer.say(EVIDENCE_MAX)) " " (viewer.say(OFFLINE)) }
                div.wide tabindex="0" role="region" aria-label=(viewer.say(EVIDENCE)) { table {
                    caption.faint { (viewer.say(EVIDENCE)) " (" (shown.evidence.len()) ")" }
                    thead { tr {
                        @for said in [ENTRY, TIME, KIND, FLOW, CASE, SUBJECT] {
                            th scope="col" { (viewer.say(said)) }
                        }
                        @if shown.follows { th scope="col" { (viewer.say(AFTER)) } }
                        @for said in [CODE, PROOF] { th scope="col" { (viewer.say(said)) } }
                    } }
                    tbody { @for row in &shown.evidence {
                        (evidence_row(viewer, row, shown.follows))
                    } }
                } }
            }
        }
    }
}

fn evidence_row(viewer: &Viewer, row: &EvidenceRow, follows: bool) -> Markup {
    html! {
        tr {
            th scope="row" { (entry(viewer, row.entry)) }
            @if row.at.is_empty() {
                td colspan=(if follows { 7 } else { 6 }) { (viewer.say(GONE)) }
            } @else {
                td { (moment(&row.at)) }
                td { (kind(viewer, &row.kind)) }
                td { (Escaped(&row.flow)) }
                td { (case(viewer, &row.case)) }
                td { (subject(viewer, &row.subject)) }
                @if follows { td { (after(viewer, row.after.as_ref())) } }
                td { code { (Escaped(&row.code)) } }
            }
            td { (verify(viewer, row.entry)) }
        }
    }
}

fn case(viewer: &Viewer, number: &str) -> Markup {
    html! {
        @if viewer.may(Act::See(Room::Audit)) && !number.is_empty() {
            a href={ "/audit?case=" (encoded(number)) } { (Escaped(number)) }
        } @else { (Escaped(number)) }
    }
}

/// About whom: enough of a pseudonym to tell persons apart, and the way to the ledger.
fn subject(viewer: &Viewer, pseudonym: &str) -> Markup {
    let short: String = pseudonym.chars().take(SUBJECT_SHOWN).collect();
    html! {
        @if viewer.may(Act::See(Room::Subject)) && !pseudonym.is_empty() {
            a href={ "/subject/" (encoded(pseudonym)) } { code { (Escaped(&short)) } }
        } @else { code { (Escaped(&short)) } }
    }
}

/// The question before, by whose center and on which case.
fn after(viewer: &Viewer, earlier: Option<&Earlier>) -> Markup {
    html! {
        @match earlier {
            Some(earlier) => {
                (entry(viewer, earlier.entry)) " · " (Escaped(&earlier.center)) " · "
                (case(viewer, &earlier.case)) " · " (moment(&earlier.at))
            }
            None => span.faint { (viewer.say(FORGOTTEN)) },
        }
    }
}

/// Everybody in the window, the one of the alert marked.
fn spread(viewer: &Viewer, shown: &AlertShown) -> Markup {
    let bar = |one: &super::Beside| Bar {
        name: if one.is_own {
            format!("▶ {}", one.name)
        } else {
            one.name.clone()
        },
        value: f64::from(u32::try_from(one.count).unwrap_or(u32::MAX)),
        said: String::new(),
    };
    let chart = Bars {
        id: "spread",
        title: viewer.say(SPREAD).to_owned(),
        said: viewer.say(SPREAD_SAID).to_owned(),
        unit: viewer.say(COUNT).to_owned(),
        bars: shown.spread.iter().map(bar).collect(),
    };
    html! {
        (chart.render(viewer))
        p.faint { (viewer.say(SPREAD_SAID)) }
    }
}
