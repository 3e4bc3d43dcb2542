//! The pages of limits.

use maud::{Markup, html};

use super::form::form;
use super::{LIMITS, PEOPLE};
use super::{LimitShown, LimitsShown, PeopleShown, TargetShown, TemporaryShown, UseShown, words};
use crate::acts;
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::moment;
use crate::room::Room;
use crate::shell::page as framed;
use crate::viewer::{Act, Viewer};

pub(super) fn limits(viewer: &Viewer, shown: &LimitsShown) -> Markup {
    let hub = shown.hub;
    let body = html! {
        @if let Some(act) = &shown.form.done { (acts::done(viewer, act)) }
        p { (viewer.say(words::INTRO)) }
        dl.figures aria-label=(viewer.say(words::HUB_NOW)) {
            (figure(viewer, words::UNDER_WAY, hub.in_flight, hub.in_flight_max))
            (figure(viewer, words::WAITING, hub.waiting, hub.queue_max))
            div { dt { (viewer.say(words::DIGEST)) } dd { code { (Escaped(&shown.digest)) } } }
        }
        section { h2 { (viewer.say(words::TEMPORARY)) }
            (temporary(viewer, &shown.temporary, LIMITS))
            (for_people(viewer, shown.for_people))
        }
        section { h2 { (viewer.say(words::TARGETS)) } (targets(viewer, &shown.targets)) }
        section {
            h2 { (viewer.say(words::USES)) }
            (uses(viewer, &shown.uses))
            p { a href="/limits/people" { (viewer.say(words::TO_PEOPLE)) } }
        }
        section { h2 { (viewer.say(words::ALL)) } (all(viewer, &shown.limits)) }
        (form(viewer, &shown.form, LIMITS))
    };
    framed(viewer, Some(Room::Limits), viewer.say(words::TITLE), &body)
}

pub(super) fn people(viewer: &Viewer, shown: &PeopleShown) -> Markup {
    let body = html! {
        @if let Some(act) = &shown.form.done { (acts::done(viewer, act)) }
        p { (viewer.say(words::PEOPLE_INTRO)) }
        p { a href=(LIMITS) { (viewer.say(words::BACK)) } }
        section { h2 { (viewer.say(words::USES)) } (uses(viewer, &shown.uses)) }
        section {
            h2 { (viewer.say(words::TEMPORARY)) }
            (temporary(viewer, &shown.temporary, PEOPLE))
        }
        section {
            h2 { (viewer.say(words::PEOPLE_EXCEPTIONS)) }
            (exceptions(viewer, &shown.exceptions))
        }
        (form(viewer, &shown.form, PEOPLE))
    };
    framed(viewer, Some(Room::Limits), viewer.say(words::PEOPLE), &body)
}

fn exceptions(viewer: &Viewer, shown: &[(String, String, u32)]) -> Markup {
    if shown.is_empty() {
        return html! { p { (viewer.say(words::NO_EXCEPTIONS)) } };
    }
    let heads = [words::LIMIT, words::WHOM, words::VALUE];
    let rows = html! { @for (path, whom, value) in shown { tr {
        th scope="row" { code { (Escaped(path)) } }
        td { code { (Escaped(whom)) } }
        td.number { (value) }
    } } };
    table(viewer, words::PEOPLE_EXCEPTIONS, &heads, &rows)
}

/// How many more there are, where naming them would be a look at people.
fn for_people(viewer: &Viewer, count: usize) -> Markup {
    html! { @if count > 0 { p { (count) " " (viewer.say(words::FOR_PEOPLE)) } } }
}

fn figure(viewer: &Viewer, name: Said, used: usize, most: usize) -> Markup {
    // A sign beside the colour: where nothing is left, somebody waits or is refused.
    let is_full = used >= most;
    html! {
        div class=[is_full.then_some("attention")] {
            dt { (viewer.say(name)) }
            dd { @if is_full { "▲ " } (used) " "
                small.faint { (viewer.say(words::OF)) " " (most) } }
        }
    }
}

/// A wide table with its caption and heads.
fn table(viewer: &Viewer, caption: Said, heads: &[Said], rows: &Markup) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(viewer.say(words::REGION)) {
            table {
                caption { (viewer.say(caption)) }
                thead { tr { @for head in heads { th scope="col" { (viewer.say(*head)) } } } }
                tbody { (rows) }
            }
        }
    }
}

fn temporary(viewer: &Viewer, shown: &[TemporaryShown], room: &str) -> Markup {
    if shown.is_empty() {
        return html! { p { (viewer.say(words::NO_TEMPORARY)) } };
    }
    let heads = [
        words::LIMIT,
        words::WHOM,
        words::VALUE,
        words::REVIEWED,
        words::UNTIL,
        words::BY,
        words::ENDING,
    ];
    let rows = html! { @for one in shown { tr {
        th scope="row" { code { (Escaped(&one.path)) } }
        td { (or(viewer, &one.whom, words::EVERYBODY)) }
        td.number { (one.value) }
        td.number { (one.reviewed) }
        td { (moment(&one.until)) }
        td { (or(viewer, &one.staff, words::UNKNOWN)) }
        td { @match one.act.filter(|_| viewer.may(Act::LiftLimit)) {
            Some(act) => a href={ (room) "?of=" (act) "#act" } {
                (viewer.say(words::ENDING)) " " (act)
            },
            None => "–",
        } }
    } } };
    table(viewer, words::TEMPORARY_CAPTION, &heads, &rows)
}

/// A text, or what stands for none.
fn or(viewer: &Viewer, text: &str, none: Said) -> Markup {
    html! { @if text.is_empty() { (viewer.say(none)) } @else { (Escaped(text)) } }
}

fn targets(viewer: &Viewer, shown: &[TargetShown]) -> Markup {
    let heads = [
        words::CENTER,
        words::UNDER_WAY,
        words::FOUND,
        words::FLOOR_CAP,
        words::WAITING,
        words::THROTTLED,
    ];
    let rows = html! { @for one in shown { tr {
        th scope="row" { (Escaped(one.center.of(viewer.language))) }
        td.number { @if one.in_flight >= one.limit && one.limit > 0 { "▲ " } (one.in_flight) }
        td.number { (one.limit) }
        td.number { (one.floor) "–" (one.cap) }
        td.number { (one.waiting) " " span.faint { (viewer.say(words::OF)) " " (one.queue_max) } }
        td.number { (one.throttled) }
    } } };
    table(viewer, words::TARGETS_CAPTION, &heads, &rows)
}

fn uses(viewer: &Viewer, shown: &[UseShown]) -> Markup {
    if shown.is_empty() {
        return html! { p { (viewer.say(words::NO_USES)) } };
    }
    let heads = [
        words::CENTER,
        words::QUOTA,
        words::WHOM,
        words::USED,
        words::COMES_BACK,
    ];
    let language = viewer.language;
    let rows = html! { @for one in shown { tr {
        th scope="row" { (Escaped(one.center.of(language))) }
        td { (viewer.say(words::table(&one.table))) " · " (Escaped(one.what.of(language))) }
        td { @if one.name.is_empty() { "–" } @else { code { (Escaped(&one.name)) } } }
        td.number {
            @if one.used >= one.most { "▲ " }
            (one.used) " / " (one.most) " "
            meter min="0" max=(one.most) value=(one.used) aria-hidden="true" {}
        }
        td.number { (one.often.0) " " (Escaped(one.often.1.of(language))) }
    } } };
    table(viewer, words::USES_CAPTION, &heads, &rows)
}

fn all(viewer: &Viewer, shown: &[LimitShown]) -> Markup {
    let mut names: Vec<&str> = shown.iter().map(|limit| limit.table.as_str()).collect();
    names.dedup();
    let heads = [
        words::KEY,
        words::WHAT,
        words::VALUE,
        words::EXCEPTIONS,
        words::REFUSAL,
    ];
    html! { @for name in names {
        @let of_table = shown.iter().filter(|limit| limit.table == name);
        @let rows = html! { @for limit in of_table { (row(viewer, limit)) } };
        (table(viewer, words::table(name), &heads, &rows))
    } }
}

fn row(viewer: &Viewer, limit: &LimitShown) -> Markup {
    let language = viewer.language;
    html! { tr {
        th scope="row" { code { (Escaped(&limit.table)) "." (Escaped(&limit.key)) } }
        td { (Escaped(limit.what.of(language))) }
        td { strong.number { (limit.value) } " " (Escaped(limit.unit.of(language)))
            @if limit.value != limit.reviewed {
                br; span.faint { (viewer.say(words::REVIEWED)) " " (limit.reviewed) }
            }
            @if limit.reviewed != limit.default {
                br; span.faint { (viewer.say(words::DEFAULT)) " " (limit.default) }
            }
        }
        td {
            @if limit.exceptions.is_empty() && limit.for_people == 0 { "–" }
            @if !limit.exceptions.is_empty() {
                ul.plain { @for (whom, value) in &limit.exceptions {
                    li { code { (Escaped(whom)) } " " span.number { (value) } }
                } }
            }
            (for_people(viewer, limit.for_people))
        }
        td { @match &limit.refusal {
            Some((code, said)) => { code { (Escaped(code)) } br; (Escaped(said.of(language))) }
            None => (viewer.say(words::WAITS)),
        } }
    } }
}
