//! Everybody's page: filters, figures, days, the week, and the ranking.

use maud::{Markup, html};

use super::words::{
    ALL, BY_COUNTER, BY_DAY, BY_FLOW, CENTER, COUNTED, COUNTER, COUNTING, DAYS_GONE, DAYS_SINCE,
    FIGURES, FLOW, FOLDED, FROM, HOURS_SINCE, MEANING, MORE, NAMELESS, NOBODY, OPERATOR, RANKING,
    REMEMBERED, SHOW, SINCE, SORTED, TIMES, TITLE, TO, WEEK,
};
use super::{Asked, COUNTER_CHARS_MAX, Figures, Part, PersonRow, UseShown, links, sought};
use crate::chart::{Bar, Bars, Heat, Line, Lines};
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::moment;
use crate::room::Room;
use crate::shell::page;
use crate::viewer::Viewer;

pub(super) fn render(viewer: &Viewer, shown: &UseShown) -> Markup {
    let body = html! {
        (filter(viewer, shown, Room::Use.path()))
        (counted(viewer, shown))
        (figures(viewer, &shown.all))
        @if shown.folded > 0 {
            p.faint { (viewer.say(FOLDED)) " " (shown.folded) }
        }
        @if shown.people.is_empty() {
            p { (viewer.say(NOBODY)) }
        } @else {
            (ranking(viewer, shown))
            (charts(viewer, shown, Room::Use.path()))
        }
        @if let Some(sought) = &shown.sought { (sought::render(viewer, sought)) }
        p.faint { (viewer.say(MEANING)) }
    };
    page(viewer, Some(Room::Use), viewer.say(TITLE), &body)
}

/// The filters; `path` is the page that they lead to.
pub(super) fn filter(viewer: &Viewer, shown: &UseShown, path: &str) -> Markup {
    let asked = &shown.asked;
    let language = viewer.language;
    html! {
        form.fields method="get" action=(path) {
            @if path == Room::Use.path() {
                label { (viewer.say(CENTER))
                    select name="center" {
                        option value="" selected[asked.center.is_empty()] { (viewer.say(ALL)) }
                        @for (node, zh, en) in &shown.centers {
                            option value=(Escaped(node)) selected[*node == asked.center] {
                                (Escaped(language.choose(zh, en)))
                            }
                        }
                    }
                }
            }
            label { (viewer.say(COUNTER))
                input name="counter" maxlength=(COUNTER_CHARS_MAX) autocomplete="off"
                    value=(Escaped(&asked.counter));
            }
            label { (viewer.say(FLOW))
                select name="flow" {
                    option value="" selected[asked.flow.is_empty()] { (viewer.say(ALL)) }
                    @for flow in &shown.flows {
                        option value=(Escaped(flow)) selected[*flow == asked.flow] {
                            (Escaped(flow))
                        }
                    }
                }
            }
            label { (viewer.say(FROM)) input type="date" name="from" value=(Escaped(&asked.from)); }
            label { (viewer.say(TO)) input type="date" name="to" value=(Escaped(&asked.to)); }
            @if !asked.sort.is_empty() {
                input type="hidden" name="sort" value=(Escaped(&asked.sort));
            }
            button { (viewer.say(SHOW)) }
        }
    }
}

/// How far the counts are true.
pub(super) fn counted(viewer: &Viewer, shown: &UseShown) -> Markup {
    let counted = &shown.counted;
    // Days are written so that they sort as texts.
    let days_gone = counted.days_from.as_ref();
    let days_gone = days_gone.filter(|day| shown.asked.from < **day);
    html! {
        @if let Some(day) = days_gone {
            p.alarm role="status" {
                (viewer.say(DAYS_GONE)) " " time datetime=(Escaped(day)) { (Escaped(day)) }
            }
        }
        @if !counted.is_whole {
            p.alarm role="status" { (viewer.say(COUNTING)) }
        }
        p.faint {
            (viewer.say(COUNTED)) " " (counted.upto)
            " (" (viewer.say(SINCE)) " " (counted.first) ")"
            @if let Some(day) = &counted.days_from {
                " · " (viewer.say(DAYS_SINCE)) " " time datetime=(Escaped(day)) { (Escaped(day)) }
            }
            @if let Some(day) = &counted.hours_from {
                " · " (viewer.say(HOURS_SINCE)) " " time datetime=(Escaped(day)) { (Escaped(day)) }
            }
            @if let Some(since) = &counted.remembered_from {
                " · " (viewer.say(REMEMBERED)) " " (moment(since))
            }
        }
    }
}

/// All figures beside each other.
pub(super) fn figures(viewer: &Viewer, all: &Figures) -> Markup {
    html! {
        dl.figures.ten {
            @for (name, said) in FIGURES {
                div { dt { (viewer.say(said)) } dd { (all.named(name)) } }
            }
        }
    }
}

fn ranking(viewer: &Viewer, shown: &UseShown) -> Markup {
    let sort = shown.asked.sort.as_str();
    html! {
        section {
            h2 { (viewer.say(RANKING)) }
            div.wide tabindex="0" role="region" aria-label=(viewer.say(RANKING)) {
                table {
                    caption.faint { (viewer.say(RANKING)) " (" (shown.people_in_all) ")" }
                    thead { tr {
                        th scope="col" { (viewer.say(OPERATOR)) }
                        @for (name, said) in FIGURES {
                            @let is_sorted = sort == name || (sort.is_empty() && name == "asks");
                            th scope="col" aria-sort=[is_sorted.then_some("descending")] {
                                a href=(links::sorted(&shown.asked, name))
                                    title=(viewer.say(SORTED)) {
                                    (viewer.say(said)) @if is_sorted { " ↓" }
                                }
                            }
                        }
                    } }
                    tbody { @for person in &shown.people { tr {
                        th scope="row" { (name(viewer, person, &shown.asked)) }
                        @for (name, _) in FIGURES {
                            td.number { (person.figures.named(name)) }
                        }
                    } } }
                }
            }
            @if shown.people.len() < shown.people_in_all { p.faint { (viewer.say(MORE)) } }
        }
    }
}

fn name(viewer: &Viewer, person: &PersonRow, asked: &Asked) -> Markup {
    html! {
        @match links::person(person, asked) {
            Some(to) => a href=(to) { (Escaped(&person.center)) "/" (Escaped(&person.operator)) },
            None => { (Escaped(&person.center)) " " (viewer.say(NAMELESS)) },
        }
    }
}

/// By day, by hour of the week, by flow and by counter; `path` is the page that they are on.
pub(super) fn charts(viewer: &Viewer, shown: &UseShown, path: &str) -> Markup {
    let asked = &shown.asked;
    let flow = |name: &str| links::of_flow(path, asked, name);
    let counter = |name: &str| links::of_counter(path, asked, name);
    html! {
        div.beside {
            (days(viewer, &shown.days, &shown.counted.today))
            (week(viewer, shown))
        }
        div.beside {
            (parts(viewer, ("by-flow", BY_FLOW), &shown.by_flow, flow))
            (parts(viewer, ("by-counter", BY_COUNTER), &shown.by_counter, counter))
        }
    }
}

fn days(viewer: &Viewer, days: &[Part], today: &str) -> Markup {
    let line = |name: &str| {
        let said = FIGURES.iter().find(|(figure, _)| *figure == name);
        let values = days.iter().map(|day| Some(drawn(day.figures.named(name))));
        Line {
            name: said.map_or(String::new(), |(_, said)| viewer.say(*said).to_owned()),
            values: values.collect(),
        }
    };
    let chart = Lines {
        id: "by-day",
        title: viewer.say(BY_DAY).to_owned(),
        said: viewer.say(BY_DAY).to_owned(),
        unit: viewer.say(TIMES).to_owned(),
        steps: days.iter().map(|day| day.name.clone()).collect(),
        lines: ["asks", "misses", "refused", "off-hours"].map(line).into(),
    };
    // Days are written so that they sort as texts.
    let is_over = |day: &&Part| today.is_empty() || day.name.as_str() < today;
    chart.render_until(viewer, days.iter().take_while(is_over).count())
}

fn week(viewer: &Viewer, shown: &UseShown) -> Markup {
    let heat = Heat {
        id: "by-week",
        title: viewer.say(WEEK).to_owned(),
        said: viewer.say(WEEK).to_owned(),
        unit: viewer.say(TIMES).to_owned(),
        cells: shown.week,
    };
    heat.render(viewer)
}

/// Bars that lead to their own page.
fn parts(
    viewer: &Viewer,
    (id, title): (&'static str, Said),
    parts: &[Part],
    to: impl Fn(&str) -> Option<String>,
) -> Markup {
    let bar = |part: &Part| Bar {
        name: part.name.clone(),
        value: drawn(part.figures.asks.saturating_add(part.figures.unattended)),
        said: unattended(viewer, &part.figures),
    };
    let chart = Bars {
        id,
        title: viewer.say(title).to_owned(),
        said: viewer.say(title).to_owned(),
        unit: viewer.say(TIMES).to_owned(),
        bars: parts.iter().map(bar).collect(),
    };
    let links: Vec<_> = parts.iter().map(|part| to(&part.name)).collect();
    chart.linked(viewer, &links)
}

/// How many of them lists and systems asked; nothing where they asked none.
fn unattended(viewer: &Viewer, figures: &Figures) -> String {
    let mut said = FIGURES.iter().filter(|(name, _)| *name == "unattended");
    let said = said.next().filter(|_| figures.unattended > 0);
    said.map_or_else(String::new, |(_, said)| {
        format!("{}: {}", viewer.say(*said), figures.unattended)
    })
}

/// A count as the charts take it; none here comes near where it would lose a digit.
fn drawn(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
