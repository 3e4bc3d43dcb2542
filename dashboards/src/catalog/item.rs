//! A class with its items, and an item with everything that the catalog says of it.

use maud::{Markup, html};

use super::page::{ClassRow, ItemRow, items};
use super::{linked, words};
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::Name;
use crate::room::Room;
use crate::shell::{encoded, page as framed};
use crate::viewer::Viewer;

/// A class.
#[derive(Clone, Debug, Default)]
pub struct ClassShown {
    /// The class.
    pub class: ClassRow,
    /// Its items.
    pub items: Vec<ItemRow>,
}

/// An item.
#[derive(Clone, Debug, Default)]
pub struct ItemShown {
    /// What a list says of it.
    pub row: ItemRow,
    /// Its class.
    pub class: ClassRow,
    /// The most characters of a text or code.
    pub length: Option<u16>,
    /// The unit of a number.
    pub unit: String,
    /// A closer form of a text.
    pub format: String,
    /// Its part in identifying things.
    pub key: String,
    /// Where it was found.
    pub source: String,
    /// Whether it was read there.
    pub verified: bool,
    /// Passed on only.
    pub input_only: bool,
    /// Lines of business.
    pub domains: Vec<String>,
    /// Its codes.
    pub set: Option<CodeSetShown>,
    /// The flows that may ask for it.
    pub flows: Vec<FlowUse>,
}

/// A code set.
#[derive(Clone, Debug, Default)]
pub struct CodeSetShown {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Name,
    /// The codes.
    pub codes: Vec<CodeShown>,
    /// What is good without being listed; empty where nothing is.
    pub pattern: String,
}

/// One code.
#[derive(Clone, Debug, Default)]
pub struct CodeShown {
    /// The code.
    pub code: String,
    /// What it means.
    pub label: String,
    /// What took its place, if it is retired.
    pub successor: String,
}

/// How a flow uses an item.
#[derive(Clone, Debug, Default)]
pub struct FlowUse {
    /// The flow's number.
    pub flow: String,
    /// Its name.
    pub name: Name,
    /// How it uses the item.
    pub how: Name,
}

pub(super) fn class(viewer: &Viewer, shown: &ClassShown) -> Markup {
    let class = &shown.class;
    let name = class.name.of(viewer.language);
    let title = format!("{} {name}", class.number);
    let body = html! {
        p { a href="/catalog" { (viewer.say(words::BACK)) } " · " code { (Escaped(&class.code)) } }
        section { (items(viewer, words::ITEMS, &shown.items)) }
    };
    framed(viewer, Some(Room::Catalog), &title, &body)
}

pub(super) fn item(viewer: &Viewer, shown: &ItemShown) -> Markup {
    let row = &shown.row;
    let title = format!("{} {}", row.number, row.name.of(viewer.language));
    let length = shown.length.map_or_else(String::new, |length| {
        format!("{length} {}", viewer.say(words::CHARACTERS))
    });
    let yes_no = |is: bool| viewer.say(if is { words::YES } else { words::NO });
    let unverified = if shown.verified {
        ""
    } else {
        viewer.say(words::UNVERIFIED)
    };
    let facts = [
        (words::CODE, row.code.clone()),
        (words::TYPE, row.kind.clone()),
        (words::LENGTH, length),
        (words::UNIT, shown.unit.clone()),
        (words::FORMAT, shown.format.clone()),
        (words::REQUIRED, yes_no(row.required).to_owned()),
        (words::KEY, shown.key.clone()),
        (words::SENSITIVITY, row.sensitivity.clone()),
        (words::SOURCE, format!("{} {unverified}", shown.source)),
        (words::DOMAINS, shown.domains.join(", ")),
    ];
    let body = html! {
        p { a href="/catalog" { (viewer.say(words::BACK)) } " · "
            (linked(viewer, &shown.class.number, &shown.class.name)) }
        section {
            p { (Escaped(&row.name.zh)) " · " (Escaped(&row.name.en)) }
            dl.facts { @for (name, value) in &facts { (fact(viewer, *name, value)) } }
            @if shown.input_only { p { (viewer.say(words::INPUT_ONLY)) } }
        }
        @if let Some(set) = &shown.set { (code_set(viewer, set)) }
        section { h2 { (viewer.say(words::FLOWS)) } (flows(viewer, &shown.flows)) }
    };
    framed(viewer, Some(Room::Catalog), &title, &body)
}

/// What an item does not have is not shown.
fn fact(viewer: &Viewer, name: Said, value: &str) -> Markup {
    html! { @if !value.trim().is_empty() {
        div { dt { (viewer.say(name)) } dd { (Escaped(value.trim())) } }
    } }
}

fn code_set(viewer: &Viewer, set: &CodeSetShown) -> Markup {
    html! {
        section {
            h2 { (viewer.say(words::CODE_SET)) " " (Escaped(set.name.of(viewer.language))) " "
                code { (Escaped(&set.code)) } }
            table {
                caption { (viewer.say(words::CODE_SET)) " · " (set.codes.len()) }
                thead { tr {
                    th scope="col" { (viewer.say(words::CODE)) }
                    th scope="col" { (viewer.say(words::LABEL)) }
                } }
                tbody { @for code in &set.codes { tr {
                    th scope="row" { code { (Escaped(&code.code)) } }
                    td { (Escaped(&code.label))
                        @if !code.successor.is_empty() {
                            " (" (viewer.say(words::SUCCESSOR)) " "
                            code { (Escaped(&code.successor)) } ")"
                        }
                    }
                } } }
            }
            @if !set.pattern.is_empty() {
                p.faint { (viewer.say(words::PATTERN)) ": " (Escaped(&set.pattern)) }
            }
        }
    }
}

fn flows(viewer: &Viewer, flows: &[FlowUse]) -> Markup {
    if flows.is_empty() {
        return html! { p { (viewer.say(words::NO_FLOW)) } };
    }
    html! {
        table {
            caption { (viewer.say(words::FLOWS)) " · " (flows.len()) }
            thead { tr {
                th scope="col" { (viewer.say(words::FLOW)) }
                th scope="col" { (viewer.say(words::HOW)) }
            } }
            tbody { @for one in flows { tr {
                th scope="row" {
                    a href={ "/policies/" (encoded(&one.flow)) } { (Escaped(&one.flow)) }
                    " " (Escaped(one.name.of(viewer.language)))
                }
                td { (Escaped(one.how.of(viewer.language))) }
            } } }
        }
    }
}
