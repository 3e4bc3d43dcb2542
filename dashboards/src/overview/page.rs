//! The overview as HTML: parts that change, each under an id of its own, and the frame that stays.

use maud::{Markup, html};

use super::folding::{self, Kind, LISTED_MAX};
use super::trouble::{Told, Weight};
use super::words as w;
use super::{Overview, drawing, figures};
use crate::escape::Escaped;
use crate::language::Said;
use crate::room::Room;
use crate::shell;
use crate::viewer::{Act, Viewer};

/// How often a page without script asks again, in seconds.
const AGAIN_EVERY_S: u32 = 30;
/// How many times: nobody stays signed in because a screen asks for them.
const AGAIN_MAX: u32 = 20;

/// The whole page; without script it was asked for `again` times already.
pub(super) fn whole(viewer: &Viewer, star: &Overview, again: u32) -> Markup {
    let head = html! {
        @if again < AGAIN_MAX {
            noscript {
                meta http-equiv="refresh" content={ (AGAIN_EVERY_S) "; url=/?again=" (again + 1) };
            }
        }
    };
    let body = html! {
        p.alarm id="lost" role="alert" hidden { (viewer.say(w::LOST)) }
        div data-stream="/live" aria-live="off" {
            (troubles(viewer, star))
            (parts_below(viewer, star))
        }
        noscript { p { a href="/" { (viewer.say(w::RELOAD)) } } }
    };
    let title = viewer.say(Room::Overview.title());
    shell::page_with(viewer, Some(Room::Overview), title, (&head, &body))
}

/// The parts that change.
pub(super) fn parts(viewer: &Viewer, star: &Overview) -> Markup {
    html! { (troubles(viewer, star)) (parts_below(viewer, star)) }
}

fn parts_below(viewer: &Viewer, star: &Overview) -> Markup {
    html! {
        p.faint id="live-at" { (viewer.say(w::AS_AT)) " " time { (Escaped(&star.at)) } }
        section id="live-star" {
            h2 { (viewer.say(w::STAR)) }
            (drawing::drawing(viewer, star))
        }
        section id="live-figures" {
            h2 { (viewer.say(w::FIGURES)) }
            (figures::figures(viewer, star))
        }
        div id="live-charts" { (figures::charts(viewer, star)) }
        div id="live-edges" { (figures::edges(viewer, star)) }
        div id="live-fresh" { (figures::freshness(viewer, star)) }
        div id="live-papers" { (figures::papers(viewer, star)) }
    }
}

fn troubles(viewer: &Viewer, star: &Overview) -> Markup {
    html! {
        section.troubles id="live-wrong" aria-live="polite" {
            h2 { (viewer.say(w::WRONG)) }
            @if star.troubles.is_empty() {
                p.attached { span aria-hidden="true" { "● " } (viewer.say(w::NOTHING_WRONG)) }
            } @else {
                ul { @for kind in folding::kinds(&star.troubles) { (of_a_kind(viewer, &kind)) } }
            }
        }
    }
}

/// Few by themselves; many as one, to be opened.
fn of_a_kind(viewer: &Viewer, kind: &Kind<'_>) -> Markup {
    let language = viewer.language;
    if !kind.is_folded() {
        return html! { @for trouble in &kind.all {
            (one(viewer, trouble.weight(), &trouble.told(language), &html! {}))
        } };
    }
    let left_out = kind.all.len().saturating_sub(LISTED_MAX);
    let told = kind.told(language);
    let each = html! {
        details data-of=(told.runbook.unwrap_or_default()) {
            summary { (viewer.say(w::EACH)) }
            ul {
                @for trouble in kind.all.iter().take(LISTED_MAX) {
                    (each(viewer, &trouble.told(language)))
                }
                @if left_out > 0 { li { "… + " (left_out) } }
            }
        }
    };
    one(viewer, kind.first.weight(), &told, &each)
}

fn each(viewer: &Viewer, told: &Told) -> Markup {
    html! { li { (Escaped(&told.what)) " " (way(viewer, told)) } }
}

/// Where to go, for whoever may.
fn way(viewer: &Viewer, told: &Told) -> Markup {
    let at = told.at.as_ref();
    let at = at.filter(|at| Room::of(at).is_some_and(|room| viewer.may(Act::See(room))));
    html! { @if let Some(at) = at { a href=(at) { (viewer.say(w::GO_THERE)) " " (at) } " " } }
}

fn one(viewer: &Viewer, weight: Weight, told: &Told, each: &Markup) -> Markup {
    let (class, sign, word) = weighed(weight);
    html! {
        li class=(class) {
            strong { span aria-hidden="true" { (sign) " " } (viewer.say(word)) " " }
            span.what { (Escaped(&told.what)) } " "
            span.todo {
                (viewer.say(w::REMEDY)) (told.todo) " "
                (way(viewer, told))
                @if let Some(runbook) = told.runbook {
                    (viewer.say(w::RUNBOOK)) " " code { "docs/operating.md · " (runbook) }
                }
            }
            (each)
        }
    }
}

const fn weighed(weight: Weight) -> (&'static str, &'static str, Said) {
    match weight {
        Weight::Bad => ("tripped", "✕", w::BAD),
        Weight::Attention => ("probing", "▲", w::ATTENTION),
        Weight::Note => ("detached", "○", w::NOTE),
    }
}
