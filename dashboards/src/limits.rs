//! Limits: the quotas in force, what is used up of them now, how much each center bears, and what
//! a refusal says; and the form that sets one for a while. Operators and cases stand on a page of
//! their own, since that is a look at people.

mod form;
mod page;
mod words;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use maud::Markup;
use serde::Deserialize;

use crate::acts::ActShown;
use crate::name::Name;
use crate::turned::Turned;
use crate::viewer::Viewer;

pub(crate) use form::again;

/// The limits as they stand.
#[derive(Clone, Debug, Default)]
pub struct LimitsShown {
    /// Digest of the reviewed limits.
    pub digest: String,
    /// The whole hub.
    pub hub: HubUse,
    /// Every limit, in the order of the file.
    pub limits: Vec<LimitShown>,
    /// Those that operators have set for a while, but for people.
    pub temporary: Vec<TemporaryShown>,
    /// How many are set for people.
    pub for_people: usize,
    /// What is used up of the centers' and flows' quotas, most first.
    pub uses: Vec<UseShown>,
    /// The centers that are asked.
    pub targets: Vec<TargetShown>,
    /// What its form needs.
    pub form: FormShown,
}

/// What names people: on record before it is shown.
#[derive(Clone, Debug, Default)]
pub struct PeopleShown {
    /// What is used up of the quotas of operators and cases, most first.
    pub uses: Vec<UseShown>,
    /// Exceptions in force: the limit, for whom, and the value.
    pub exceptions: Vec<(String, String, u32)>,
    /// Those that are set for a while.
    pub temporary: Vec<TemporaryShown>,
    /// What its form needs.
    pub form: FormShown,
}

/// What the form needs that sets a limit for a while, or ends that.
#[derive(Clone, Debug, Default)]
pub struct FormShown {
    /// The limits to choose from: table and key, and what each is.
    pub limits: Vec<(String, Name)>,
    /// Made for this page.
    pub key: String,
    /// What was just done.
    pub done: Option<ActShown>,
    /// The limit that is to be ended, and for whom.
    pub ending: Option<(String, String)>,
}

/// What is wanted of a page of limits.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Wanted {
    /// The act that was just done.
    pub done: Option<u64>,
    /// The act that is to be ended.
    pub of: Option<u64>,
}

/// What is under way in the whole hub.
#[derive(Clone, Copy, Debug, Default)]
pub struct HubUse {
    /// Under way.
    pub in_flight: usize,
    /// At most.
    pub in_flight_max: usize,
    /// Waiting for a place.
    pub waiting: usize,
    /// At most.
    pub queue_max: usize,
}

/// One limit.
#[derive(Clone, Debug, Default)]
pub struct LimitShown {
    /// The table of the file, which says of whom it is.
    pub table: String,
    /// The key within it.
    pub key: String,
    /// What it is.
    pub what: Name,
    /// What it counts.
    pub unit: Name,
    /// The value in force for everybody.
    pub value: u32,
    /// The value as reviewed.
    pub reviewed: u32,
    /// The value where no file says another.
    pub default: u32,
    /// Exceptions in force: for whom, and the value. None of people.
    pub exceptions: Vec<(String, u32)>,
    /// How many there are for people.
    pub for_people: usize,
    /// Code and sentence of whoever meets it; none where they wait.
    pub refusal: Option<(String, Name)>,
}

/// A limit set for a while.
#[derive(Clone, Debug, Default)]
pub struct TemporaryShown {
    /// Table and key.
    pub path: String,
    /// For whom; empty for everybody.
    pub whom: String,
    /// The value.
    pub value: u32,
    /// The reviewed value in whose place it stands.
    pub reviewed: u32,
    /// Until when, RFC 3339.
    pub until: String,
    /// Who has set it; empty where no act that stands says so.
    pub staff: String,
    /// The number of that act.
    pub act: Option<u64>,
}

/// What is used up of a quota.
#[derive(Clone, Debug, Default)]
pub struct UseShown {
    /// The asking center.
    pub center: Name,
    /// The table of its limit.
    pub table: String,
    /// What it is.
    pub what: Name,
    /// The operator, flow or case; empty for the center as a whole.
    pub name: String,
    /// Used up of those at once.
    pub used: u32,
    /// At once.
    pub most: u32,
    /// What comes back, and in what.
    pub often: (u32, Name),
}

/// How a center that is asked is loaded.
#[derive(Clone, Debug, Default)]
pub struct TargetShown {
    /// The center.
    pub center: Name,
    /// Questions that the hub lets be under way there, as it has found.
    pub limit: usize,
    /// Never more than this.
    pub cap: u32,
    /// Never less than this.
    pub floor: u32,
    /// Under way.
    pub in_flight: usize,
    /// Waiting for it.
    pub waiting: usize,
    /// At most.
    pub queue_max: u32,
    /// Questions that went on without it since the hub started.
    pub throttled: u64,
}

/// What the pages of limits ask.
pub trait LimitsDesk: Send + Sync + 'static {
    /// The limits, and what is used up without naming anybody.
    fn limits(
        &self,
        viewer: &Viewer,
        wanted: Wanted,
    ) -> impl Future<Output = Result<LimitsShown, Turned>> + Send;

    /// Limits of operators and cases, and what they have used up; the look is on record first.
    fn people(
        &self,
        viewer: &Viewer,
        wanted: Wanted,
    ) -> impl Future<Output = Result<PeopleShown, Turned>> + Send;
}

/// The routes.
pub fn routes<D: LimitsDesk>() -> Router<Arc<D>> {
    Router::new()
        .route("/limits", get(limits::<D>))
        .route("/limits/people", get(people::<D>))
}

const LIMITS: &str = "/limits";
const PEOPLE: &str = "/limits/people";

/// The page that may show the limit of a target, as acts name it.
pub(crate) fn room_of(target: &str) -> &'static str {
    let is_of_people = ["limit/operator.", "limit/case."]
        .iter()
        .any(|table| target.starts_with(table));
    if is_of_people { PEOPLE } else { LIMITS }
}

async fn limits<D: LimitsDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Turned> {
    let shown = desk.limits(&viewer, wanted).await?;
    Ok(page::limits(&viewer, &shown))
}

async fn people<D: LimitsDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Turned> {
    let shown = desk.people(&viewer, wanted).await?;
    Ok(page::people(&viewer, &shown))
}
