//! Acts of the hub's operators: what stands, what waits for a second person, what was done before,
//! and the form to suspend something or to ask for it to be lifted. What an act does is the hub's;
//! the list shows acts of any kind as they come.

mod form;
mod page;
mod words;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::overview::Named;
use crate::posted::Posted;
use crate::reception::is_ours;
use crate::room::Room;
use crate::turned::Turned;
use crate::viewer::Viewer;

pub(crate) use form::{Fixed, form, none};
pub(crate) use page::done;
pub(crate) use words::{REASON, REASON_HINT, SEND};

/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 200;

/// What stands behind the acts.
pub trait ActsDesk: Send + Sync + 'static {
    /// The acts; that somebody looks is on record, for they name operators and cases.
    fn acts(
        &self,
        viewer: &Viewer,
        wanted: Wanted,
    ) -> impl Future<Output = Result<ActsShown, Turned>> + Send;

    /// Does what a form asks for; gives the number of its entry. What must not be shown again is
    /// taken out of the form.
    fn act(
        &self,
        viewer: &Viewer,
        filled: &mut Filled,
    ) -> impl Future<Output = Result<u64, Turned>> + Send;
}

/// Which part of the acts is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Wanted {
    /// History before this entry.
    pub before: Option<u64>,
    /// The act that stands and is to be ended.
    pub of: Option<u64>,
    /// The act that was just done.
    pub done: Option<u64>,
}

/// A form as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Filled {
    /// The act, or `confirm`.
    #[serde(default)]
    pub act: String,
    /// What it is about: `node`, `class`, `operator`, `flow`, `case`, `limit`, or `act`.
    #[serde(default)]
    pub kind: String,
    /// The node; whom a limit is for, empty for everybody.
    #[serde(default)]
    pub node: String,
    /// The class, operator, flow, case, limit, or the number of the act.
    #[serde(default)]
    pub name: String,
    /// To what a limit is set.
    #[serde(default)]
    pub value: String,
    /// Until when, in Beijing's time; empty for no end.
    #[serde(default)]
    pub until: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Made with the form, so that it does its act once.
    #[serde(default)]
    pub key: String,
    /// Where to go afterwards.
    #[serde(default)]
    pub back: String,
}

/// An act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActShown {
    /// Number of its entry.
    pub number: u64,
    /// When.
    pub at: String,
    /// What, as in the log.
    pub act: String,
    /// Over what, as in the log.
    pub target: String,
    /// `done`, `asked`, `confirmed` or `renewed`.
    pub stage: String,
    /// The code, where it was refused.
    pub refused: String,
    /// The entry that it confirms or renews.
    pub of: Option<u64>,
    /// Until when; empty for no end.
    pub until: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub staff: String,
    /// In which role.
    pub role: String,
}

/// The acts.
#[derive(Clone, Debug, Default)]
pub struct ActsShown {
    /// Those that stand, oldest first.
    pub standing: Vec<ActShown>,
    /// Those that wait for a second person, oldest first.
    pub waiting: Vec<ActShown>,
    /// What was done and refused, newest first.
    pub history: Vec<ActShown>,
    /// Where the next page of the history begins, if there is one.
    pub before: Option<u64>,
    /// The newest entries that nobody has read for the history yet, since the index is behind.
    pub unread: u64,
    /// The act that was just done.
    pub done: Option<ActShown>,
    /// The act that is to be ended.
    pub of: Option<ActShown>,
    /// The nodes.
    pub nodes: Vec<Named>,
    /// Made for this page; each of its forms has a key that begins with it.
    pub key: String,
}

/// The routes.
pub fn routes<D: ActsDesk>() -> Router<Arc<D>> {
    Router::new().route("/acts", get(shown::<D>).post(posted::<D>))
}

async fn shown<D: ActsDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Turned> {
    let acts = desk.acts(&viewer, wanted).await?;
    Ok(page::whole(&viewer, &acts, None).into_response())
}

/// Done once, then shown by an address that may be loaded again; a refusal is shown with the form
/// that was sent, of whichever page, as it was filled in.
async fn posted<D: ActsDesk>(
    State(desk): State<Arc<D>>,
    posted: Posted<Filled>,
) -> Result<Response, Turned> {
    let Posted { viewer, mut fields } = posted;
    match desk.act(&viewer, &mut fields).await {
        Ok(number) => Ok(Redirect::to(&back(&fields.back, number)).into_response()),
        Err(refused) => {
            let acts = desk.acts(&viewer, Wanted::default()).await;
            // What was refused is told, whatever the list says.
            let Ok(acts) = acts else { return Err(refused) };
            let page = page::whole(&viewer, &acts, Some((&refused, &fields)));
            Ok((refused.status, page).into_response())
        }
    }
}

fn back(to: &str, number: u64) -> String {
    let to = if is_ours(to) { to } else { Room::Acts.path() };
    let joint = if to.contains('?') { '&' } else { '?' };
    format!("{to}{joint}done={number}")
}

#[cfg(test)]
mod tests;
