//! The classes, and what a search finds.

use maud::{Markup, html};

use super::{linked, words};
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::Name;
use crate::room::Room;
use crate::shell::page as framed;
use crate::viewer::Viewer;

/// The whole catalog.
#[derive(Clone, Debug, Default)]
pub struct CatalogShown {
    /// Its version.
    pub version: String,
    /// The digest of what it means.
    pub digest: String,
    /// The classes.
    pub classes: Vec<ClassRow>,
    /// What was found; none where nothing was looked for.
    pub found: Option<Vec<ItemRow>>,
    /// Whether more was found than is listed.
    pub is_cut: bool,
}

/// A class in a list.
#[derive(Clone, Debug, Default)]
pub struct ClassRow {
    /// Its number.
    pub number: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Name,
    /// How many items it has.
    pub items: usize,
}

/// An item in a list.
#[derive(Clone, Debug, Default)]
pub struct ItemRow {
    /// Its number.
    pub number: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Name,
    /// Type and size.
    pub kind: String,
    /// L1 to L4.
    pub sensitivity: String,
    /// Whether a record without it is defective.
    pub required: bool,
}

pub(super) fn catalog(viewer: &Viewer, query: &str, shown: &CatalogShown) -> Markup {
    let body = html! {
        dl.facts {
            div { dt { (viewer.say(words::VERSION)) } dd { (Escaped(&shown.version)) " · "
                a href="/catalog/versions" { (viewer.say(words::VERSIONS)) } } }
            div { dt { (viewer.say(words::DIGEST)) } dd { code { (Escaped(&shown.digest)) } } }
        }
        form.fields method="get" action="/catalog" role="search" {
            label for="q" { (viewer.say(words::SEARCH))
                input id="q" name="q" type="search" value=(Escaped(query)) maxlength="64"; }
            button { (viewer.say(words::FIND)) }
        }
        @if let Some(found) = &shown.found {
            section {
                h2 { (viewer.say(words::FOUND)) " (" (found.len()) ")" }
                @if found.is_empty() { p { (viewer.say(words::NOTHING)) } }
                @else { (items(viewer, words::ITEMS, found)) }
                @if shown.is_cut { p.faint { (viewer.say(words::CUT)) } }
            }
        }
        section {
            h2 { (viewer.say(words::CLASSES)) }
            table {
                caption { (viewer.say(words::CLASSES)) " · " (shown.classes.len()) }
                thead { tr {
                    th scope="col" { (viewer.say(words::CLASS)) }
                    th scope="col" { (viewer.say(words::CODE)) }
                    th scope="col" { (viewer.say(words::ITEMS)) }
                } }
                tbody { @for class in &shown.classes { tr {
                    th scope="row" { (linked(viewer, &class.number, &class.name)) }
                    td { code { (Escaped(&class.code)) } }
                    td.number { (class.items) }
                } } }
            }
        }
    };
    framed(viewer, Some(Room::Catalog), viewer.say(words::TITLE), &body)
}

pub(super) fn items(viewer: &Viewer, caption: Said, rows: &[ItemRow]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(viewer.say(words::REGION)) {
            table {
                caption { (viewer.say(caption)) }
                thead { tr {
                    th scope="col" { (viewer.say(words::ITEM)) }
                    th scope="col" { (viewer.say(words::CODE)) }
                    th scope="col" { (viewer.say(words::TYPE)) }
                    th scope="col" { (viewer.say(words::SENSITIVITY)) }
                    th scope="col" { (viewer.say(words::REQUIRED)) }
                } }
                tbody { @for item in rows { tr {
                    th scope="row" { (linked(viewer, &item.number, &item.name)) }
                    td { code { (Escaped(&item.code)) } }
                    td { (Escaped(&item.kind)) }
                    td { (Escaped(&item.sensitivity)) }
                    td { (viewer.say(if item.required { words::YES } else { words::NO })) }
                } } }
            }
        }
    }
}
