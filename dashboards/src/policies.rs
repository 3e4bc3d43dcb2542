//! Policies: the flows with what each may ask, the matrix of flows and classes, why a question
//! would be allowed or refused, and what changed between two sets of rules.

mod changes;
mod explain;
mod flow;
mod page;
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

use crate::turned::Turned;
use crate::viewer::Viewer;

pub use changes::{
    CalendarChange, ChangesShown, FieldChange, FlowChange, LoggedChange, PolicyChange, RuleChanges,
};
pub use explain::{Choices, Explained, PolicyShown, StepShown};
pub use flow::{ClassOfFlow, FlowShown, ItemOfFlow, VerdictShown};
pub use page::{FlowRow, PoliciesShown};

/// Longest value of a field of the form, in characters.
const FIELD_CHARS_MAX: usize = 2_000;

/// A supposed question; what is empty is taken as the flow wants it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Supposed {
    /// The asking center.
    pub node: String,
    /// The flow.
    pub flow: String,
    /// `match` or `details`.
    pub mode: String,
    /// Items by number or name, with commas or blanks between.
    pub items: String,
    /// When, as a Beijing time to the minute.
    pub at: String,
}

impl Supposed {
    fn is_empty(&self) -> bool {
        self.node.is_empty() && self.flow.is_empty()
    }

    fn is_bounded(&self) -> bool {
        let fields = [&self.node, &self.flow, &self.mode, &self.items, &self.at];
        let mut fields = fields.into_iter();
        fields.all(|field| field.chars().count() <= FIELD_CHARS_MAX)
    }
}

/// What the pages of policies ask; there is nothing personal in it.
pub trait PoliciesDesk: Send + Sync + 'static {
    /// The flows and the matrix.
    fn policies(&self) -> PoliciesShown;

    /// One flow.
    fn flow(&self, id: &str) -> Option<FlowShown>;

    /// What a supposed question is made of.
    fn choices(&self) -> Choices;

    /// How it would be decided; a sentence in both languages where it cannot be asked at all.
    fn explained(
        &self,
        viewer: &Viewer,
        supposed: &Supposed,
    ) -> impl Future<Output = Result<Explained, Turned>> + Send;

    /// What changed.
    fn changes(&self, viewer: &Viewer)
    -> impl Future<Output = Result<ChangesShown, Turned>> + Send;
}

/// The routes.
pub fn routes<D: PoliciesDesk>() -> Router<Arc<D>> {
    Router::new()
        .route("/policies", get(policies::<D>))
        .route("/policies/explain", get(explained::<D>))
        .route("/policies/changes", get(changed::<D>))
        .route("/policies/{flow}", get(flow::<D>))
}

async fn policies<D: PoliciesDesk>(State(desk): State<Arc<D>>, viewer: Viewer) -> Markup {
    page::policies(&viewer, &desk.policies())
}

async fn flow<D: PoliciesDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Markup, Turned> {
    let flow = desk.flow(&id);
    let flow = flow.ok_or_else(|| Turned::nothing_here(&viewer))?;
    Ok(flow::page(&viewer, &flow))
}

async fn explained<D: PoliciesDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Query(supposed): Query<Supposed>,
) -> Result<Markup, Turned> {
    if !supposed.is_bounded() {
        return Err(Turned::unreadable(&viewer));
    }
    let choices = desk.choices();
    if supposed.is_empty() {
        return Ok(explain::page(&viewer, &choices, &supposed, None));
    }
    let told = desk.explained(&viewer, &supposed).await?;
    Ok(explain::page(&viewer, &choices, &supposed, Some(&told)))
}

async fn changed<D: PoliciesDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
) -> Result<Markup, Turned> {
    let shown = desk.changes(&viewer).await?;
    Ok(changes::page(&viewer, &shown))
}
