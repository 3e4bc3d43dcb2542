//! The overview: the star as a star, and above it what is wrong now and what to do about it. Live
//! while somebody looks: the parts of the page that change are sent again whole.

mod drawing;
mod figures;
mod folding;
mod live;
mod page;
mod trouble;
mod words;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::Stream;
use serde::Deserialize;

use crate::lamp::Lamp;
use crate::language::{Language, Said};
use crate::turned::Turned;
use crate::viewer::Viewer;

pub use trouble::{Kept, Trouble, Weight};

/// What stands behind the overview.
pub trait OverviewDesk: Send + Sync + 'static {
    /// The star now.
    fn overview(&self, viewer: &Viewer) -> impl Future<Output = Result<Overview, Turned>> + Send;

    /// The star again and again: every few seconds, and at once when a breaker changes. It ends
    /// with the viewer's session.
    ///
    /// # Errors
    /// Too many look already.
    fn live(
        self: Arc<Self>,
        viewer: &Viewer,
    ) -> Result<impl Stream<Item = Overview> + Send + 'static, Turned>;
}

/// What something is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Its id, such as `guoguan` or `04`.
    pub id: String,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
}

impl Named {
    /// Its name in a language; its id where it has none.
    #[must_use]
    pub fn called(&self, language: Language) -> &str {
        let name = language.choose(&self.zh, &self.en);
        if name.is_empty() { &self.id } else { name }
    }
}

/// The star at one moment.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// When, as people read it, in Beijing's time.
    pub at: String,
    /// What is wrong.
    pub troubles: Vec<Trouble>,
    /// How questions go.
    pub pace: HubPace,
    /// How the record is.
    pub record: RecordShown,
    /// Certificates and revocation lists, and how long they are good.
    pub papers: Vec<Paper>,
    /// Version of the catalog.
    pub catalog: String,
    /// The beginning of the digest of the rules in force.
    pub rules: String,
    /// The nodes.
    pub edges: Vec<Edge>,
    /// The outside offices.
    pub outside: Vec<Outside>,
    /// The last hour, oldest first.
    pub minutes: Vec<Minute>,
    /// Refusals of the last hour, the most frequent first.
    pub refusals: Vec<RefusalCount>,
    /// How fresh each class was.
    pub freshness: Vec<ClassFresh>,
}

/// How questions go now.
#[derive(Clone, Debug, Default)]
pub struct HubPace {
    /// Answered a minute.
    pub per_minute: f64,
    /// Latency of half, of nine in ten and of 99 in 100, in milliseconds.
    pub quantiles_ms: [Option<f64>; 3],
    /// Refused in the last hour.
    pub refused: u64,
    /// Under way.
    pub in_flight: usize,
    /// Waiting for a place.
    pub waiting: usize,
}

/// How the record is.
#[derive(Clone, Debug, Default)]
pub struct RecordShown {
    /// Entries in the journal.
    pub entries: u64,
    /// Age of the last one, in seconds.
    pub last_s: Option<u64>,
    /// Whether it takes entries.
    pub is_writing: bool,
    /// Entries under the published checkpoint.
    pub checkpoint: u64,
    /// Since when it is as current as it can be, in seconds.
    pub checkpoint_s: Option<u64>,
    /// Witnesses that have cosigned it, and that there are; none where none are asked.
    pub witnesses: Option<(usize, usize)>,
    /// Whether those are enough.
    pub has_quorum: bool,
}

/// A certificate or a revocation list.
#[derive(Clone, Debug)]
pub struct Paper {
    /// What it is.
    pub kind: PaperKind,
    /// Until when, as people read it.
    pub until: String,
    /// Whole days until then; below zero when it is over.
    pub days: i64,
}

/// What a paper is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaperKind {
    /// The hub's own certificate.
    Hub,
    /// The list of revoked certificates.
    Revocations,
    /// A node's certificate.
    Node(Named),
}

/// A node and its edge to the hub.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The node.
    pub node: Named,
    /// The worst of its classes, or that it is gone.
    pub lamp: Lamp,
    /// Streams.
    pub links: usize,
    /// Classes that it answers for.
    pub classes: usize,
    /// Classes that are not simply well.
    pub unwell: Vec<(String, Lamp)>,
    /// Questions a minute that it was sent.
    pub per_minute: f64,
    /// Latency of 99 in 100, in milliseconds.
    pub p99_ms: Option<f64>,
    /// Share of the questions of which a class got no answer, in percent.
    pub failed_percent: Option<f64>,
    /// Questions of the last two minutes that went on without it.
    pub left_out: u32,
}

/// How an edge goes now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Questions a minute.
    pub per_minute: f64,
    /// Latency of 99 in 100, in milliseconds.
    pub p99_ms: Option<f64>,
    /// Share of the questions without an answer, in percent.
    pub failed_percent: Option<f64>,
}

/// An outside office behind a node.
#[derive(Clone, Debug)]
pub struct Outside {
    /// Its class.
    pub class: Named,
    /// The node that asks it.
    pub behind: String,
    /// How its class stands there.
    pub lamp: Lamp,
    /// How the edge goes: the latency is of the node's answers that had this class.
    pub pace: Pace,
    /// Questions of the last hour, and of these the ones without an answer.
    pub asks: (u64, u64),
}

/// One minute.
#[derive(Clone, Debug, Default)]
pub struct Minute {
    /// `14:05`.
    pub label: String,
    /// Answered.
    pub answered: u32,
    /// Refused.
    pub refused: u32,
    /// As in [`HubPace`].
    pub quantiles_ms: [Option<f64>; 3],
}

/// Refusals of one code.
#[derive(Clone, Debug)]
pub struct RefusalCount {
    /// The code.
    pub code: &'static str,
    /// Its sentence.
    pub said: Said,
    /// How many.
    pub count: u64,
}

/// How fresh a class was when it was answered last.
#[derive(Clone, Debug)]
pub struct ClassFresh {
    /// The class.
    pub class: Named,
    /// For each node, in the order of the edges: the moment that its facts were of.
    pub as_of: Vec<String>,
}

/// The routes.
pub fn routes<D: OverviewDesk>() -> Router<Arc<D>> {
    Router::new()
        .route("/", get(shown::<D>))
        .route("/live", get(live::live::<D>))
}

/// A page without script asks for itself again, and says how often it has.
#[derive(Debug, Deserialize)]
struct Again {
    #[serde(default)]
    again: u32,
}

async fn shown<D: OverviewDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Query(again): Query<Again>,
) -> Result<Response, Turned> {
    let overview = desk.overview(&viewer).await?;
    Ok(page::whole(&viewer, &overview, again.again).into_response())
}

#[cfg(test)]
mod tests;
