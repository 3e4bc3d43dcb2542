//! The list: how many stand where, and a page of them.

use maud::{Markup, html};

use super::words::{
    ALL, BY, COUNTING, EMPTY, NAMELESS, NUMBER, OLDER, RAISED, RECOUNT, RULE, SEVERAL, STATE,
    TITLE, WHO, WINDOW,
};
use super::{AlertRow, AlertsShown, Stage, rules};
use crate::escape::Escaped;
use crate::name::{moment, window};
use crate::room::Room;
use crate::shell::{encoded, page};
use crate::viewer::{Act, Viewer};

pub(super) fn render(viewer: &Viewer, shown: &AlertsShown) -> Markup {
    let body = html! {
        @if !shown.is_whole {
            p.alarm role="status" { (viewer.say(COUNTING)) }
        } @else if !shown.is_counted {
            p.alarm role="status" { (viewer.say(RECOUNT)) }
        }
        (standings(viewer, shown))
        p { a href="/alerts/rules" { (viewer.say(rules::TITLE)) } }
        @if shown.alerts.is_empty() { p { (viewer.say(EMPTY)) } } @else { (table(viewer, shown)) }
        @if let Some(last) = shown.alerts.last().filter(|_| shown.is_more) {
            p.pages { a rel="next" href={
                "/alerts?standing=" (encoded(&shown.asked.standing)) "&before=" (last.number)
            } { (viewer.say(OLDER)) } }
        }
    };
    page(viewer, Some(Room::Alerts), viewer.say(TITLE), &body)
}

/// How many stand where, each a link to them.
fn standings(viewer: &Viewer, shown: &AlertsShown) -> Markup {
    let chosen = shown.asked.standing.as_str();
    let count = |stage: Stage| shown.counts.get(&stage).copied().unwrap_or_default();
    html! {
        dl.figures {
            @for stage in Stage::ALL {
                @let needs_somebody = stage == Stage::Open && count(stage) > 0;
                div.attention[needs_somebody] {
                    dt { a href={ "/alerts?standing=" (stage.as_str()) }
                        aria-current=[(chosen == stage.as_str()).then_some("true")] {
                        (viewer.say(stage.said()))
                    } }
                    dd { (count(stage)) }
                }
            }
            div {
                dt { a href="/alerts" aria-current=[chosen.is_empty().then_some("true")] {
                    (viewer.say(ALL))
                } }
                dd { (shown.counts.values().sum::<usize>()) }
            }
        }
    }
}

fn table(viewer: &Viewer, shown: &AlertsShown) -> Markup {
    html! {
        section {
            div.wide tabindex="0" role="region" aria-label=(viewer.say(TITLE)) { table {
                caption.faint { (viewer.say(TITLE)) }
                thead { tr {
                    @for said in [NUMBER, RAISED, RULE, WHO, WINDOW, STATE, BY] {
                        th scope="col" { (viewer.say(said)) }
                    }
                } }
                tbody { @for alert in &shown.alerts { (row(viewer, alert)) } }
            } }
        }
    }
}

fn row(viewer: &Viewer, alert: &AlertRow) -> Markup {
    let language = viewer.language;
    html! {
        tr {
            th scope="row" { a href={ "/alerts/" (alert.number) } { (alert.number) } }
            td { (moment(&alert.at)) }
            td {
                (Escaped(language.choose(&alert.rule.0, &alert.rule.1))) br;
                span.faint { (Escaped(language.choose(&alert.said.0, &alert.said.1))) }
            }
            td { (person(viewer, alert)) }
            td { (window(&alert.window)) }
            td.state { (viewer.say(alert.stage.said())) }
            td { (Escaped(&alert.by)) }
        }
    }
}

/// Whose alert it is, with the way to what they did.
pub(super) fn person(viewer: &Viewer, alert: &AlertRow) -> Markup {
    let AlertRow {
        center, operator, ..
    } = alert;
    let part = |text: &str| encoded(text).replace('/', "%2F");
    html! {
        @if center.is_empty() {
            (viewer.say(SEVERAL))
        } @else if operator.is_empty() {
            (Escaped(center)) " " (viewer.say(NAMELESS))
        } @else if viewer.may(Act::See(Room::Use)) {
            a href={ "/use/" (part(center)) "/" (part(operator)) } {
                (Escaped(center)) "/" (Escaped(operator))
            }
        } @else {
            (Escaped(center)) "/" (Escaped(operator))
        }
    }
}
