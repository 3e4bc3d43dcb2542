//! The room Use: how the centers' staff use questions, by person, counter, flow, day and hour.

mod links;
mod page;
mod person;
mod sought;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use maud::Markup;
use serde::Deserialize;

use crate::turned::Turned;
use crate::viewer::Viewer;

pub use sought::{SOUGHT_MAX, SoughtRow, SoughtShown};

/// People on a page.
pub const PEOPLE_MAX: usize = 100;
/// Cases of a person on a page.
pub const CASES_MAX: usize = 100;
/// Flows and counters in a chart.
pub const PARTS_MAX: usize = 100;
/// Longest name of a counter that is looked for.
pub const COUNTER_CHARS_MAX: usize = 128;
/// Alerts of a person on a page.
pub const ALERTS_MAX: usize = 50;

/// What is looked for; empty is everybody's, of the last 30 days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The center's node.
    pub center: String,
    /// The counter.
    pub counter: String,
    /// The flow.
    pub flow: String,
    /// The first day, `2026-11-01`.
    pub from: String,
    /// The last.
    pub to: String,
    /// By which figure people are ranked.
    pub sort: String,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Questions that were allowed and that somebody asked about one person.
    pub asks: u64,
    /// Those allowed to lists, jobs and systems; what stands below is not counted of them, but for
    /// what was refused and forbidden.
    pub unattended: u64,
    /// Those that found a record.
    pub answered: u64,
    /// Those that found nothing anywhere.
    pub misses: u64,
    /// Questions that were refused.
    pub refused: u64,
    /// Questions that the case or a rule forbade, here or at an answering center.
    pub forbidden: u64,
    /// Outside office hours.
    pub off_hours: u64,
    /// About somebody asked about on another case.
    pub repeats: u64,
    /// Right after another center.
    pub coincidences: u64,
    /// Cases of which no question was answered.
    pub unanswered: u64,
}

impl Figures {
    /// A figure by its name; the first where there is none of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> u64 {
        match name {
            "unattended" => self.unattended,
            "answered" => self.answered,
            "misses" => self.misses,
            "refused" => self.refused,
            "forbidden" => self.forbidden,
            "off-hours" => self.off_hours,
            "repeats" => self.repeats,
            "coincidences" => self.coincidences,
            "unanswered" => self.unanswered,
            _ => self.asks,
        }
    }
}

/// Whether there is a figure of that name.
#[must_use]
pub fn is_figure(name: &str) -> bool {
    words::FIGURES.iter().any(|(figure, _)| *figure == name)
}

/// How far the log was counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Whether to its end.
    pub is_whole: bool,
    /// Its first entry that is there.
    pub first: u64,
    /// Entries counted.
    pub upto: u64,
    /// The day that runs; empty where it is not known.
    pub today: String,
    /// The first day that is kept; none while all are.
    pub days_from: Option<String>,
    /// The first day whose hours are kept; none while all are.
    pub hours_from: Option<String>,
    /// Since when cases are remembered; none while all are.
    pub remembered_from: Option<String>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// The center's node.
    pub center: String,
    /// The operator; empty where none was proven.
    pub operator: String,
    /// What they did.
    pub figures: Figures,
}

/// A name with its figures.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name; of a counter with its center before it.
    pub name: String,
    /// The figures.
    pub figures: Figures,
}

/// What the room shows.
#[derive(Clone, Debug, Default)]
pub struct UseShown {
    /// What was looked for, dates filled in.
    pub asked: Asked,
    /// Centers to choose from: node, Chinese and English name.
    pub centers: Vec<(String, String, String)>,
    /// Flows to choose from.
    pub flows: Vec<String>,
    /// How far it is true.
    pub counted: Counted,
    /// All together.
    pub all: Figures,
    /// By day, each day of the period that is kept.
    pub days: Vec<Part>,
    /// By flow, the most first.
    pub by_flow: Vec<Part>,
    /// By counter, the most first.
    pub by_counter: Vec<Part>,
    /// By weekday and hour.
    pub week: [[u64; 24]; 7],
    /// People in their ranking, the first of them.
    pub people: Vec<PersonRow>,
    /// How many there are.
    pub people_in_all: usize,
    /// Refusals that the log holds as counts only.
    pub folded: u64,
    /// Whom the most operators asked about, for those who may see it.
    pub sought: Option<SoughtShown>,
}

/// A case of a person.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// Its number in the center's system.
    pub number: String,
    /// Its flow.
    pub flow: String,
    /// When it was first used, RFC 3339.
    pub first: String,
    /// When it was last used.
    pub last: String,
    /// How often.
    pub asks: u64,
    /// About how many persons.
    pub subjects: u64,
    /// Whether any question was answered.
    pub is_answered: bool,
    /// Its first entry.
    pub entry: u64,
}

/// An alert about a person.
#[derive(Clone, Debug)]
pub struct AlertRow {
    /// Its number.
    pub number: u64,
    /// Its rule, in Chinese and English.
    pub rule: (&'static str, &'static str),
    /// Hour or day.
    pub window: String,
}

/// What the page of one person shows.
#[derive(Clone, Debug, Default)]
pub struct PersonShown {
    /// The center's node.
    pub center: String,
    /// The operator.
    pub operator: String,
    /// What they did, as the room shows it.
    pub shown: UseShown,
    /// Their cases, the newest first.
    pub cases: Vec<CaseRow>,
    /// Alerts about them, the newest first.
    pub alerts: Vec<AlertRow>,
}

/// What the hub tells this room; that somebody looked is on record before.
pub trait UseDesk: Send + Sync + 'static {
    /// Everybody.
    fn usage(
        &self,
        viewer: &Viewer,
        asked: Asked,
    ) -> impl Future<Output = Result<UseShown, Turned>> + Send;

    /// One person.
    fn usage_of(
        &self,
        viewer: &Viewer,
        whose: (String, String),
        asked: Asked,
    ) -> impl Future<Output = Result<PersonShown, Turned>> + Send;
}

/// The routes of the room.
pub fn routes<D: UseDesk>() -> Router<Arc<D>> {
    Router::new()
        .route("/use", get(everybody::<D>))
        .route("/use/{center}/{operator}", get(one::<D>))
}

async fn everybody<D: UseDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Markup, Turned> {
    let shown = desk.usage(&viewer, asked).await?;
    Ok(page::render(&viewer, &shown))
}

async fn one<D: UseDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(whose): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Turned> {
    let shown = desk.usage_of(&viewer, whose, asked).await?;
    Ok(person::render(&viewer, &shown))
}

#[cfg(test)]
mod tests;
