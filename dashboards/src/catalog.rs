//! Catalog: the classes and items of the shared vocabulary, found by number, code, name or pinyin
//! initials; which flows may ask for an item; and what differs between two versions.

mod item;
mod page;
mod versions;
mod words;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use maud::Markup;
use serde::Deserialize;

use crate::name::Name;
use crate::turned::Turned;
use crate::viewer::Viewer;

pub use item::{ClassShown, CodeSetShown, CodeShown, FlowUse, ItemShown};
pub use page::{CatalogShown, ClassRow, ItemRow};
pub use versions::{CandidateShown, ChangeShown, VersionLabel, VersionsShown};

/// Longest search, in characters.
const QUERY_CHARS_MAX: usize = 64;

/// What the pages of the catalog ask; there is nothing personal in it.
pub trait CatalogDesk: Send + Sync + 'static {
    /// The classes, and what a search finds.
    fn catalog(&self, query: &str) -> CatalogShown;

    /// A class by its number.
    fn class(&self, number: &str) -> Option<ClassShown>;

    /// An item by its number.
    fn item(&self, number: &str) -> Option<ItemShown>;

    /// The versions that are there.
    fn versions(
        &self,
        viewer: &Viewer,
    ) -> impl Future<Output = Result<VersionsShown, Turned>> + Send;
}

/// The routes.
pub fn routes<D: CatalogDesk>() -> Router<Arc<D>> {
    Router::new()
        .route("/catalog", get(catalog::<D>))
        .route("/catalog/versions", get(versions::<D>))
        .route("/catalog/{number}", get(one::<D>))
}

#[derive(Debug, Default, Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn catalog<D: CatalogDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Query(search): Query<Search>,
) -> Result<Markup, Turned> {
    let query = search.q.trim();
    if query.chars().count() > QUERY_CHARS_MAX {
        return Err(Turned::unreadable(&viewer));
    }
    Ok(page::catalog(&viewer, query, &desk.catalog(query)))
}

/// `04` is a class, `04-08` an item.
async fn one<D: CatalogDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(number): Path<String>,
) -> Result<Markup, Turned> {
    if let Some(item) = desk.item(&number) {
        return Ok(item::item(&viewer, &item));
    }
    let class = desk.class(&number);
    let class = class.ok_or_else(|| Turned::nothing_here(&viewer))?;
    Ok(item::class(&viewer, &class))
}

async fn versions<D: CatalogDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
) -> Result<Markup, Turned> {
    let shown = desk.versions(&viewer).await?;
    Ok(versions::page(&viewer, &shown))
}

/// Where a class or an item is.
pub(crate) fn place(number: &str) -> String {
    format!("/catalog/{}", crate::shell::encoded(number))
}

/// A number and a name with a link to it.
pub(crate) fn linked(viewer: &Viewer, number: &str, name: &Name) -> Markup {
    maud::html! {
        a href=(place(number)) { (crate::escape::Escaped(number)) } " "
        (crate::escape::Escaped(name.of(viewer.language)))
    }
}
