//! The star as one page: the nodes around the hub, refreshed by the browser.
//!
//! It draws what a [`StarSource`] tells it and asks nothing else. It runs no script, loads nothing
//! from another host, changes nothing, and shows nothing personal: [`Star`] has no place for it.

mod page;
mod routes;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

/// Where the page gets the state of the star from; the hub implements it.
///
/// It is asked once for every page, on a request's task: it must answer from memory.
pub trait StarSource: Send + Sync + fmt::Debug {
    /// The star as it is now.
    fn star(&self) -> Star;
}

/// The star at one moment.
#[derive(Clone, Debug)]
pub struct Star {
    /// Every registered node, attached or not, in the order in which it is to be shown.
    pub nodes: Vec<NodeLamp>,
    /// The version of the catalog that the hub decides by.
    pub catalog_version: String,
    /// How many entries the audit journal holds.
    pub journal_entries: u64,
    /// Whether the audit journal can be written; if not, the hub refuses every question.
    pub journal_healthy: bool,
    /// Questions under way.
    pub in_flight: usize,
    /// What the witnesses of the audit log say.
    pub witnesses: Witnesses,
}

/// What the witnesses of the audit log say about its published checkpoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct Witnesses {
    /// How many there are; none where none are asked.
    pub known: usize,
    /// How many have cosigned it.
    pub signed: usize,
    /// Whether those are enough.
    pub are_enough: bool,
    /// One of them holds another history of the log; the hub then refuses every question.
    pub are_against: bool,
}

/// One registered node.
#[derive(Clone, Debug)]
pub struct NodeLamp {
    /// The node's id, such as `guoguan`.
    pub id: String,
    /// The institution code of its center, such as `C11002`.
    pub center: String,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// How many streams it holds to the hub; none means that it is detached.
    pub links: usize,
    /// How many classes it answers for.
    pub classes: usize,
    /// Its breaker: `closed`, `half-open` or `open`. Anything else is shown as not understood.
    pub breaker: &'static str,
    /// The software that it says it runs; empty while it has never attached.
    pub software: String,
}

/// The pages, to be merged into the router of an address that only operators reach.
pub fn router(source: Arc<dyn StarSource>) -> axum::Router {
    routes::router(source)
}
