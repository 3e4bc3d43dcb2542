//! The centers' nodes: what each answers for and how well, its breakers with the acts over them,
//! its limits, its software and its certificate.

mod breaker;
mod list;
mod one;
mod words;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::acts::ActShown;
use crate::lamp::Lamp;
use crate::overview::{Minute, Named};
use crate::turned::Turned;
use crate::viewer::Viewer;

pub(crate) use breaker::{again, is_about_a_breaker};

/// What stands behind the nodes.
pub trait NodesDesk: Send + Sync + 'static {
    /// All of them.
    fn nodes(&self, viewer: &Viewer) -> impl Future<Output = Result<Vec<NodeRow>, Turned>> + Send;

    /// One of them.
    fn node(
        &self,
        viewer: &Viewer,
        id: &str,
        done: Option<u64>,
    ) -> impl Future<Output = Result<NodeShown, Turned>> + Send;
}

/// A node in the list.
#[derive(Clone, Debug)]
pub struct NodeRow {
    /// The node.
    pub node: Named,
    /// Code of its center.
    pub center: String,
    /// The worst of its classes, or that it is gone.
    pub lamp: Lamp,
    /// Streams.
    pub links: usize,
    /// Classes that it answers for.
    pub classes: usize,
    /// Items that its mapping fills; none where its agent does not say.
    pub mapped: Option<usize>,
    /// Items of the catalog.
    pub items: usize,
    /// Questions a minute that it was sent.
    pub per_minute: f64,
    /// Latency of 99 in 100, in milliseconds.
    pub p99_ms: Option<f64>,
    /// Values withheld since the start.
    pub withheld: u64,
    /// Its software; empty where it never attached.
    pub software: String,
    /// Version of its catalog.
    pub catalog: String,
    /// Until when its certificate is good, and whole days until then.
    pub until: Option<(String, i64)>,
}

/// One node.
#[derive(Clone, Debug)]
pub struct NodeShown {
    /// As in the list.
    pub row: NodeRow,
    /// Whom to call.
    pub phone: String,
    /// Serial of its certificate.
    pub serial: String,
    /// Every class of the catalog.
    pub classes: Vec<ClassRow>,
    /// Values withheld, the largest first.
    pub withheld: Vec<WithheldRow>,
    /// Those beyond what is told apart.
    pub withheld_beyond: u64,
    /// The last hour.
    pub minutes: Vec<Minute>,
    /// How it is loaded.
    pub load: LoadRow,
    /// Its limits: name, value in force, and whether it differs from the reviewed one.
    pub limits: Vec<(String, u32, bool)>,
    /// The act that was just done.
    pub done: Option<ActShown>,
    /// Made for this page; each of its forms has a key that begins with it.
    pub key: String,
}

/// One class of a node.
#[derive(Clone, Debug)]
pub struct ClassRow {
    /// The class.
    pub class: Named,
    /// Whether the node answers for it.
    pub is_announced: bool,
    /// Items that its mapping fills.
    pub mapped: Option<usize>,
    /// Items of the class.
    pub items: usize,
    /// How it stands.
    pub lamp: Lamp,
    /// What the breaker's window holds: calls, failed, slow, declined for overload.
    pub window: [usize; 4],
    /// When it may be tried again, in milliseconds.
    pub retry_ms: Option<u64>,
    /// The moment that its last facts were of.
    pub as_of: String,
    /// Questions of the last hour, and of these the ones without an answer.
    pub asks: (u64, u64),
}

/// Values of one item withheld for one reason.
#[derive(Clone, Debug)]
pub struct WithheldRow {
    /// The item; the class where whole records or files were meant.
    pub item: Named,
    /// The reason, as in the catalog.
    pub defect: &'static str,
    /// How many.
    pub count: u64,
}

/// How a node is loaded.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadRow {
    /// Questions that may be under way there, as found by the hub.
    pub limit: usize,
    /// Under way.
    pub in_flight: usize,
    /// Waiting.
    pub waiting: usize,
    /// That went on without it since the start.
    pub throttled: u64,
}

/// The routes.
pub fn routes<D: NodesDesk>() -> Router<Arc<D>> {
    Router::new()
        .route("/nodes", get(all::<D>))
        .route("/nodes/{id}", get(one::<D>))
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    /// The class that the form is to begin with.
    #[serde(default)]
    class: String,
    done: Option<u64>,
}

async fn all<D: NodesDesk>(State(desk): State<Arc<D>>, viewer: Viewer) -> Result<Response, Turned> {
    let nodes = desk.nodes(&viewer).await?;
    Ok(list::whole(&viewer, &nodes).into_response())
}

async fn one<D: NodesDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Turned> {
    let node = desk.node(&viewer, &id, wanted.done).await?;
    Ok(one::whole(&viewer, &node, &wanted.class).into_response())
}

#[cfg(test)]
mod tests;
