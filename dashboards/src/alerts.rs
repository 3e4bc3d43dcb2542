//! The room Alerts: what stood out in how questions are used, why, and who looks into it.

mod evidence;
mod list;
pub mod rules;
mod steps;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use maud::Markup;
use serde::Deserialize;

use crate::posted::Posted;
use crate::turned::Turned;
use crate::viewer::Viewer;

/// Alerts on a page.
pub const ALERTS_MAX: usize = 50;
/// People in the drawing beside the one of the alert.
pub const SPREAD_MAX: usize = 23;

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nobody looks into it.
    Open,
    /// Somebody does.
    Assigned,
    /// Somebody wrote down what it was.
    Explained,
    /// Another person agrees.
    Confirmed,
    /// Done with.
    Closed,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Assigned,
        Self::Explained,
        Self::Confirmed,
        Self::Closed,
    ];

    /// In addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assigned => "assigned",
            Self::Explained => "explained",
            Self::Confirmed => "confirmed",
            Self::Closed => "closed",
        }
    }
}

/// What can be done about one; in forms it is called as in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Take it.
    Assign,
    /// Write down what it was.
    Explain,
    /// Agree, as another person.
    Confirm,
    /// Be done with it.
    Close,
    /// Begin again.
    Reopen,
}

impl Deed {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Assign => "assigned",
            Self::Explain => "explained",
            Self::Confirm => "confirmed",
            Self::Close => "closed",
            Self::Reopen => "reopened",
        }
    }
}

/// Which alerts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Where they stand; empty for all.
    pub standing: String,
    /// Only those with lower numbers.
    pub before: String,
}

/// A text in both languages.
pub type Both = (String, String);

/// One alert in short.
#[derive(Clone, Debug)]
pub struct AlertRow {
    /// Its number: its entry.
    pub number: u64,
    /// When, RFC 3339.
    pub at: String,
    /// What its rule looks at.
    pub rule: Both,
    /// The center's node; empty where many of whichever centers asked.
    pub center: String,
    /// The operator; empty where none was proven.
    pub operator: String,
    /// Hour or day.
    pub window: String,
    /// The flow, where the rule looks at one.
    pub flow: String,
    /// The rule and its figures.
    pub said: Both,
    /// Where it stands.
    pub stage: Stage,
    /// Who acted last.
    pub by: String,
}

/// A page of alerts.
#[derive(Clone, Debug, Default)]
pub struct AlertsShown {
    /// Which were wanted.
    pub asked: Asked,
    /// How many stand where.
    pub counts: BTreeMap<Stage, usize>,
    /// The alerts, the newest first.
    pub alerts: Vec<AlertRow>,
    /// Whether there are older ones.
    pub is_more: bool,
    /// Whether the log was read to its end.
    pub is_whole: bool,
    /// Whether the counts are whole: not so while they are made anew.
    pub is_counted: bool,
}

/// What is usual.
#[derive(Clone, Debug)]
pub struct UsualRow {
    /// Whether it is of others, or else of the same person before.
    pub is_peers: bool,
    /// Person-days.
    pub sample: u64,
    /// With one decimal.
    pub median: String,
    /// See `median`.
    pub mad: String,
    /// See `median`.
    pub bound: String,
}

/// An entry that shows it.
#[derive(Clone, Debug, Default)]
pub struct EvidenceRow {
    /// Its number.
    pub entry: u64,
    /// When; empty where it has left the log's folder.
    pub at: String,
    /// Its kind.
    pub kind: String,
    /// Its flow.
    pub flow: String,
    /// Its case.
    pub case: String,
    /// Code of a refusal.
    pub code: String,
    /// About whom: a pseudonym, or its beginning where the viewer may open no ledger.
    pub subject: String,
    /// The earlier question that made it remarkable, if its rule looks at one and it is remembered.
    pub after: Option<Earlier>,
}

/// A question before another one about the same person.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// Its entry.
    pub entry: u64,
    /// When.
    pub at: String,
    /// The center's node.
    pub center: String,
    /// Its case.
    pub case: String,
}

/// Something that was done.
#[derive(Clone, Debug)]
pub struct StepRow {
    /// Its entry.
    pub entry: u64,
    /// When.
    pub at: String,
    /// What.
    pub deed: Deed,
    /// Who.
    pub staff: String,
    /// In their words.
    pub text: String,
}

/// A person beside others.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Center and operator.
    pub name: String,
    /// What the rule counts.
    pub count: u64,
    /// Whether it is the one of the alert.
    pub is_own: bool,
}

/// One alert whole.
#[derive(Clone, Debug)]
pub struct AlertShown {
    /// In short.
    pub row: AlertRow,
    /// Digest of the rules by which it was raised.
    pub rules: String,
    /// What is usual, where the rule compares.
    pub usual: Vec<UsualRow>,
    /// Everybody in the window, the most first.
    pub spread: Vec<Beside>,
    /// Entries that show it.
    pub evidence: Vec<EvidenceRow>,
    /// About how many persons they are.
    pub persons: usize,
    /// Whether its rule looks at a question before.
    pub follows: bool,
    /// What was done, oldest first.
    pub steps: Vec<StepRow>,
    /// What this viewer can do now, by role and by what was done before.
    pub can: Vec<Deed>,
    /// The last entry about it; a form says which it saw.
    pub seen: u64,
    /// Whether the log was read to its end.
    pub is_whole: bool,
    /// Whether the counts are whole: not so while they are made anew.
    pub is_counted: bool,
}

/// What somebody fills in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    /// What they do.
    pub step: String,
    /// In their words.
    pub text: String,
    /// The last entry that their page knew.
    pub seen: String,
}

/// What the hub tells this room and does for it; that somebody looked is on record before.
pub trait AlertsDesk: Send + Sync + 'static {
    /// A page of alerts.
    fn alerts(
        &self,
        viewer: &Viewer,
        asked: Asked,
    ) -> impl Future<Output = Result<AlertsShown, Turned>> + Send;

    /// One.
    fn alert(
        &self,
        viewer: &Viewer,
        number: u64,
    ) -> impl Future<Output = Result<AlertShown, Turned>> + Send;

    /// The rules in force.
    fn rules(
        &self,
        viewer: &Viewer,
    ) -> impl Future<Output = Result<rules::RulesShown, Turned>> + Send;

    /// Does something about one.
    fn step(
        &self,
        viewer: &Viewer,
        number: u64,
        filled: Filled,
    ) -> impl Future<Output = Result<(), Turned>> + Send;
}

/// The routes of the room.
pub fn routes<D: AlertsDesk>() -> Router<Arc<D>> {
    Router::new()
        .route("/alerts", get(listed::<D>))
        .route("/alerts/rules", get(ruled::<D>))
        .route("/alerts/{number}", get(shown::<D>))
        .route("/alerts/{number}/step", post(stepped::<D>))
}

async fn listed<D: AlertsDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Markup, Turned> {
    let shown = desk.alerts(&viewer, asked).await?;
    Ok(list::render(&viewer, &shown))
}

async fn ruled<D: AlertsDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
) -> Result<Markup, Turned> {
    let shown = desk.rules(&viewer).await?;
    Ok(rules::render(&viewer, &shown))
}

async fn shown<D: AlertsDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(number): Path<String>,
) -> Result<Markup, Turned> {
    let number = read(&viewer, &number)?;
    let shown = desk.alert(&viewer, number).await?;
    Ok(evidence::render(&viewer, &shown))
}

async fn stepped<D: AlertsDesk>(
    State(desk): State<Arc<D>>,
    Path(number): Path<String>,
    posted: Posted<Filled>,
) -> Result<Redirect, Turned> {
    let Posted { viewer, fields } = posted;
    let number = read(&viewer, &number)?;
    desk.step(&viewer, number, fields).await?;
    Ok(Redirect::to(&format!("/alerts/{number}")))
}

fn read(viewer: &Viewer, number: &str) -> Result<u64, Turned> {
    number.parse().map_err(|_| Turned::nothing_here(viewer))
}

#[cfg(test)]
mod tests;
