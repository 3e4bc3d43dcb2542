//! The acts as HTML.

use maud::{Markup, html};

use super::form::{Fixed, form};
use super::words as w;
use super::{ActShown, ActsShown, Filled, REASON_CHARS_MAX};
use crate::escape::Escaped;
use crate::language::Said;
use crate::limits;
use crate::name::moment;
use crate::nodes;
use crate::reception::is_ours;
use crate::room::Room;
use crate::shell::{self, token};
use crate::table::head;
use crate::turned::Turned;
use crate::viewer::{Act, Viewer};

/// What this page's form can do; breakers have the page of their node, limits theirs.
const OFFERED: [(Act, &str); 2] = [(Act::Suspend, "suspend"), (Act::Lift, "lift")];

/// The whole page; with what was refused, and the form as it was filled in.
pub(super) fn whole(
    viewer: &Viewer,
    acts: &ActsShown,
    refused: Option<(&Turned, &Filled)>,
) -> Markup {
    let again = refused.and_then(|(_, filled)| again(viewer, acts, filled));
    let body = html! {
        @if let Some((turned, filled)) = refused { (not_done(viewer, turned, filled)) }
        @if let Some(form) = &again { (form) }
        @if let Some(act) = &acts.done { (done(viewer, act)) }
        (waiting(viewer, acts))
        (standing(viewer, acts))
        @if again.is_none() { (own(viewer, acts)) }
        (history(viewer, acts))
    };
    shell::page(
        viewer,
        Some(Room::Acts),
        viewer.say(Room::Acts.title()),
        &body,
    )
}

/// What became of the form that was sent.
pub(crate) fn done(viewer: &Viewer, act: &ActShown) -> Markup {
    let said = if act.stage == "asked" {
        w::ASKED
    } else {
        w::DONE
    };
    html! {
        p.done role="status" {
            span aria-hidden="true" { "✓ " } (viewer.say(said))
            (word(viewer, &act.act)) " " code { (Escaped(&act.target)) }
            " (" (viewer.say(w::NUMBER)) " " (act.number) ")"
        }
    }
}

fn not_done(viewer: &Viewer, turned: &Turned, filled: &Filled) -> Markup {
    html! {
        p.alarm role="alert" {
            (viewer.say(w::REFUSED)) (word(viewer, &filled.act)) " – "
            (viewer.say(turned.said)) " " code { (turned.code) }
        }
        @if filled.back != Room::Acts.path() && is_ours(&filled.back) {
            p { a href=(Escaped(&filled.back)) { (viewer.say(w::WAY_BACK)) } }
        }
    }
}

/// The form that was sent, as it was filled in, whichever page it stood on: one act is never turned
/// into another. None where there is nothing to correct; then there is the way back.
fn again(viewer: &Viewer, acts: &ActsShown, filled: &Filled) -> Option<Markup> {
    let is_of_node = filled.kind == "class" && filled.back.starts_with("/nodes/");
    match filled.act.as_str() {
        // It stands in the list of what waits.
        "confirm" => None,
        _ if filled.kind == "limit" => limits::again(viewer, &acts.key, filled),
        act if is_of_node || nodes::is_about_a_breaker(act) => {
            nodes::again(viewer, &acts.key, filled)
        }
        _ => Some(asking(viewer, acts, filled)),
    }
}

fn word(viewer: &Viewer, act: &str) -> Markup {
    match w::act(act) {
        Some(said) => html! { (viewer.say(said)) },
        None => html! { code { (Escaped(act)) } },
    }
}

fn waiting(viewer: &Viewer, acts: &ActsShown) -> Markup {
    let heads = [
        w::NUMBER,
        w::AT,
        w::ACT,
        w::TARGET,
        w::UNTIL,
        w::REASON,
        w::WHO,
        w::CONFIRM,
    ];
    let row = |act: &ActShown| {
        html! {
            (cells(viewer, act))
            td { (confirmation(viewer, act, &acts.key)) }
        }
    };
    section(
        viewer,
        (w::WAITING, w::NOTHING_WAITS),
        &heads,
        &acts.waiting,
        &row,
    )
}

/// Whoever asked for it never confirms it.
fn confirmation(viewer: &Viewer, act: &ActShown, key: &str) -> Markup {
    if act.staff == viewer.name {
        return html! { (viewer.say(w::OWN)) };
    }
    if !viewer.may(Act::Confirm) {
        return html! { (viewer.say(w::NOT_YOURS)) };
    }
    html! {
        form method="post" action="/acts" {
            (token(viewer))
            input type="hidden" name="act" value="confirm";
            input type="hidden" name="kind" value="act";
            input type="hidden" name="name" value=(act.number);
            input type="hidden" name="key" value={ (key) "-confirm-" (act.number) };
            input type="hidden" name="back" value="/acts";
            label { (viewer.say(w::CONFIRM_REASON))
                input name="reason" required maxlength=(REASON_CHARS_MAX) autocomplete="off";
            }
            button { (viewer.say(w::CONFIRM)) " " (act.number) }
        }
    }
}

fn standing(viewer: &Viewer, acts: &ActsShown) -> Markup {
    let heads = [
        w::NUMBER,
        w::AT,
        w::ACT,
        w::TARGET,
        w::UNTIL,
        w::REASON,
        w::WHO,
        w::END_IT,
    ];
    let row = |act: &ActShown| {
        html! {
            (cells(viewer, act))
            td { @if let Some(at) = where_ended(viewer, act) {
                a href=(Escaped(&at)) { (viewer.say(w::END_IT)) " " (act.number) }
            } @else { "–" } }
        }
    };
    section(
        viewer,
        (w::STANDING, w::NOTHING_STANDS),
        &heads,
        &acts.standing,
        &row,
    )
}

/// Where an act is ended, if this viewer may: a suspension here, a breaker on its node's page, a
/// limit where the limits are. Its number stands for it: an address holds no name of a
/// person or case.
fn where_ended(viewer: &Viewer, act: &ActShown) -> Option<String> {
    if act.act == "suspend" {
        let may = viewer.may(Act::Lift);
        return may.then(|| format!("/acts?of={}#act", act.number));
    }
    if act.target.starts_with("limit/") {
        let room = limits::room_of(&act.target);
        let may = viewer.may(Act::LiftLimit);
        return may.then(|| format!("{room}?of={}#act", act.number));
    }
    let rest = act.target.strip_prefix("class/")?;
    let (node, class) = rest.split_once('/')?;
    let may = viewer.may(Act::Reset) || viewer.may(Act::Release);
    may.then(|| format!("/nodes/{node}?class={class}#act"))
}

/// This page's form as it opens.
fn own(viewer: &Viewer, acts: &ActsShown) -> Markup {
    let filled = acts.of.as_ref().map(lifting).unwrap_or_default();
    asking(viewer, acts, &filled)
}

fn asking(viewer: &Viewer, acts: &ActsShown, filled: &Filled) -> Markup {
    let offered = OFFERED.iter().filter(|(act, _)| viewer.may(*act));
    let offered: Vec<&str> = offered.map(|(_, name)| *name).collect();
    let fixed = Fixed {
        acts: &offered,
        node: None,
        nodes: &acts.nodes,
        key: &acts.key,
        back: "/acts",
    };
    html! {
        section {
            h2 { (viewer.say(w::DO)) }
            @if offered.is_empty() { p { (viewer.say(w::MAY_NOT)) } }
            @else { (form(viewer, fixed, filled)) }
        }
    }
}

/// The form that ends a suspension.
fn lifting(act: &ActShown) -> Filled {
    let (kind, rest) = act.target.split_once('/').unwrap_or_default();
    let (node, name) = match (kind, rest.split_once('/')) {
        ("flow", _) => ("", rest),
        (_, Some((node, name))) => (node, name),
        (_, None) => (rest, ""),
    };
    Filled {
        act: "lift".to_owned(),
        kind: kind.to_owned(),
        node: node.to_owned(),
        name: name.to_owned(),
        ..Filled::default()
    }
}

fn history(viewer: &Viewer, acts: &ActsShown) -> Markup {
    let heads = [
        w::NUMBER,
        w::AT,
        w::ACT,
        w::TARGET,
        w::UNTIL,
        w::REASON,
        w::WHO,
        w::STAGE,
    ];
    let row = |act: &ActShown| {
        html! {
            (cells(viewer, act))
            td {
                @if act.refused.is_empty() {
                    @match w::stage(&act.stage) {
                        Some(said) => { (viewer.say(said)) }
                        None => { code { (Escaped(&act.stage)) } }
                    }
                    @if let Some(of) = act.of { " (" (of) ")" }
                } @else {
                    span.tripped { (viewer.say(w::WAS_REFUSED)) } " "
                    code { (Escaped(&act.refused)) }
                }
            }
        }
    };
    html! {
        @if acts.unread > 0 {
            p.attention { strong { "△ " (acts.unread) " " (viewer.say(w::UNREAD)) } }
        }
        (section(viewer, (w::HISTORY, w::NOTHING_YET), &heads, &acts.history, &row))
        p.pages {
            a href="/acts" { (viewer.say(w::NEWEST)) }
            @if let Some(before) = acts.before {
                a href={ "/acts?before=" (before) } { (viewer.say(w::OLDER)) }
            }
        }
    }
}

/// What every list says of an act.
fn cells(viewer: &Viewer, act: &ActShown) -> Markup {
    html! {
        th.number scope="row" { (act.number) }
        td { (moment(&act.at)) }
        td { (word(viewer, &act.act)) }
        td { code { (Escaped(&act.target)) } }
        td {
            @if act.until.is_empty() { (viewer.say(w::NO_END)) }
            @else { time { (Escaped(&act.until)) } }
        }
        td { (Escaped(&act.reason)) }
        td { (Escaped(&act.staff)) " " span.faint { (Escaped(&act.role)) } }
    }
}

fn section(
    viewer: &Viewer,
    (title, nothing): (Said, Said),
    heads: &[Said],
    acts: &[ActShown],
    row: &dyn Fn(&ActShown) -> Markup,
) -> Markup {
    html! {
        section {
            h2 { (viewer.say(title)) }
            @if acts.is_empty() { p { (viewer.say(nothing)) } }
            @else {
                div.wide tabindex="0" role="region" aria-label=(viewer.say(title)) {
                    table {
                        (head(viewer, heads))
                        tbody { @for act in acts { tr { (row(act)) } } }
                    }
                }
            }
        }
    }
}
