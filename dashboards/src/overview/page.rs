//! The overview as HTML: parts that change, each under an id of its own, and the frame that stays.

use maud::{Markup, html};

use super::trouble::{Told, Trouble, Weight};
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
                ul { @for trouble in &star.troubles { (one(viewer, trouble)) } }
            }
        }
    }
}

fn one(viewer: &Viewer, trouble: &Trouble) -> Markup {
    let Told {
        what,
        todo,
        at,
        runbook,
    } = trouble.told(viewer.language);
    let (class, sign, word) = weighed(trouble.weight());
    let at = at.filter(|at| Room::of(at).is_some_and(|room| viewer.may(Act::See(room))));
    html! {
        li class=(class) {
            strong { span aria-hidden="true" { (sign) " " } (viewer.say(word)) " " }
            span.what { (Escaped(&what)) } " "
            span.todo {
                (viewer.say(w::REMEDY)) (todo) " "
                @if let Some(at) = &at { a href=(at) { (viewer.say(w::GO_THERE)) " " (at) } " " }
                @if let Some(runbook) = runbook {
                    (viewer.say(w::RUNBOOK)) " " code { "docs/operating.md · " (runbook) }
                }
            }
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
