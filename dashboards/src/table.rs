//! The head of a table.

use maud::{Markup, html};

use crate::language::Said;
use crate::viewer::Viewer;

/// A row of columns' names.
pub(crate) fn head(viewer: &Viewer, names: &[Said]) -> Markup {
    html! { thead { tr { @for name in names { th scope="col" { (viewer.say(*name)) } } } } }
}
