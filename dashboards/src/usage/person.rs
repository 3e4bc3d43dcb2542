//! One person's page: their days, their cases with the way into the audit log, alerts about them.

use maud::{Markup, html};

use super::page::{charts, counted, figures, filter};
use super::words::{
    ALERTS, ANSWERED_CASE, CASE, CASES, ENTRIES, FIGURES, FIRST, FLOW, LAST, MEANING, NO_ALERTS,
    NO_CASES, PERSON, STATE, SUBJECTS, UNANSWERED_CASE,
};
use super::{CaseRow, PersonShown, links};
use crate::escape::Escaped;
use crate::name::{moment, window};
use crate::room::Room;
use crate::shell::{encoded, page};
use crate::viewer::{Act, Viewer};

pub(super) fn render(viewer: &Viewer, shown: &PersonShown) -> Markup {
    let (center, operator) = (&shown.center, &shown.operator);
    let here = format!("/use/{}/{}", links::part(center), links::part(operator));
    let name = format!("{center}/{operator}");
    let title = format!("{} {name}", viewer.say(PERSON));
    let may_search = viewer.may(Act::See(Room::Audit));
    let body = html! {
        (filter(viewer, &shown.shown, &here))
        (counted(viewer, &shown.shown))
        (figures(viewer, &shown.shown.all))
        @if may_search {
            p { a href={ "/audit?center=" (encoded(center)) "&operator=" (encoded(operator)) } {
                (viewer.say(ENTRIES)) ": " (Escaped(&name))
            } }
        }
        (alerts(viewer, shown))
        (cases(viewer, shown, may_search))
        (charts(viewer, &shown.shown, &here))
        p.faint { (viewer.say(MEANING)) }
    };
    page(viewer, Some(Room::Use), &title, &body)
}

fn alerts(viewer: &Viewer, shown: &PersonShown) -> Markup {
    let may = viewer.may(Act::See(Room::Alerts));
    html! {
        section {
            h2 { (viewer.say(ALERTS)) }
            @if shown.alerts.is_empty() { p { (viewer.say(NO_ALERTS)) } }
            ul { @for alert in &shown.alerts { li {
                @let rule = viewer.language.choose(alert.rule.0, alert.rule.1);
                @if may { a href={ "/alerts/" (alert.number) } { (rule) } } @else { (rule) }
                " " (window(&alert.window))
            } } }
        }
    }
}

fn cases(viewer: &Viewer, shown: &PersonShown, may_search: bool) -> Markup {
    html! {
        section {
            h2 { (viewer.say(CASES)) }
            @if shown.cases.is_empty() { p { (viewer.say(NO_CASES)) } } @else {
                div.wide tabindex="0" role="region" aria-label=(viewer.say(CASES)) { table {
                    caption.faint { (viewer.say(CASES)) }
                    thead { tr {
                        @for said in [CASE, FLOW, FIRST, LAST, FIGURES[0].1, SUBJECTS, STATE] {
                            th scope="col" { (viewer.say(said)) }
                        }
                    } }
                    tbody { @for case in &shown.cases { (row(viewer, case, may_search)) } }
                } }
            }
        }
    }
}

fn row(viewer: &Viewer, case: &CaseRow, may_search: bool) -> Markup {
    let state = if case.is_answered {
        ANSWERED_CASE
    } else {
        UNANSWERED_CASE
    };
    html! {
        tr {
            th scope="row" {
                @if may_search {
                    a href={ "/audit?case=" (encoded(&case.number)) } { (Escaped(&case.number)) }
                } @else { (Escaped(&case.number)) }
            }
            td { (Escaped(&case.flow)) }
            td { (moment(&case.first)) }
            td { (moment(&case.last)) }
            td.number { (case.asks) }
            td.number { (case.subjects) }
            td.state { (viewer.say(state)) }
        }
    }
}
