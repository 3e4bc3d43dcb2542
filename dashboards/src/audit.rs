//! The room Audit: search of the hub's log, one entry with what belongs to it, and its proof step
//! by step. What the log says is shown as it stands there; what is proven is proven on the page.

mod browse;
mod entry;
mod found;
mod grouped;
mod proof;
mod search;
mod sought;
mod span;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::posted::Posted;
use crate::turned::Turned;
use crate::viewer::{Act, Viewer};

pub use entry::{EntryShown, Field, Links, Related};
pub(crate) use found::kind;
pub use found::{Found, Row, Total};
pub use proof::{Grown, Older, Proven, Signature, Step, Verdict};
pub use search::{Choices, Fault, Searched};
pub use sought::Sought;
pub use span::{Cover, Edge, Gap, Heartbeats, Span, Whole};
pub use words::{KINDS, KindWord};

/// A file that leaves the house.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name; nobody's number or name is in it.
    pub name: String,
    /// Its type.
    pub kind: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// As what a result is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileForm {
    /// A table, for people.
    Csv,
    /// The entries as they are, one a line, for programs.
    Jsonl,
}

/// What the hub tells this room. Everything personal is on record as looked at before it is told.
pub trait AuditDesk: Send + Sync + 'static {
    /// A page of what is found; nothing where nothing is looked for.
    fn search(
        &self,
        viewer: &Viewer,
        sought: Sought,
    ) -> impl Future<Output = Result<Searched, Turned>> + Send;

    /// The whole result as a file, on record with its digest.
    fn export(
        &self,
        viewer: &Viewer,
        sought: Sought,
        form: FileForm,
    ) -> impl Future<Output = Result<File, Turned>> + Send;

    /// One entry.
    fn entry(
        &self,
        viewer: &Viewer,
        number: u64,
    ) -> impl Future<Output = Result<EntryShown, Turned>> + Send;

    /// Its bytes, on record as a file.
    fn entry_file(
        &self,
        viewer: &Viewer,
        number: u64,
    ) -> impl Future<Output = Result<File, Turned>> + Send;

    /// Its proof, gone through; `None` while no checkpoint covers it.
    fn prove(
        &self,
        viewer: &Viewer,
        number: u64,
        older: Option<Older>,
    ) -> impl Future<Output = Result<Option<Proven>, Turned>> + Send;

    /// Its proof as it is verified elsewhere; it holds hashes and nobody's record.
    fn proof_file(
        &self,
        viewer: &Viewer,
        number: u64,
    ) -> impl Future<Output = Result<File, Turned>> + Send;
}

/// The routes of the room.
pub fn routes<D: AuditDesk>() -> Router<Arc<D>> {
    Router::new()
        .route("/audit", get(searched::<D>))
        .route("/audit/export", post(exported::<D>))
        .route("/audit/{number}", get(shown::<D>))
        .route("/audit/{number}/entry", post(entry_taken::<D>))
        .route("/audit/{number}/verify", get(proven::<D>))
        .route("/audit/{number}/proof", get(proof_taken::<D>))
}

async fn searched<D: AuditDesk>(
    State(desk): State<Arc<D>>,
    mut viewer: Viewer,
    Query(sought): Query<Sought>,
) -> Result<Response, Turned> {
    let here = std::mem::replace(&mut viewer.here, "/audit".to_owned());
    let searched = desk.search(&viewer, sought).await?;
    if searched.faults.is_empty() {
        viewer.here = here;
    }
    let status = if searched.faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    Ok((status, search::page(&viewer, &searched)).into_response())
}

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    form: String,
    #[serde(flatten)]
    sought: Sought,
}

async fn exported<D: AuditDesk>(
    State(desk): State<Arc<D>>,
    posted: Posted<Wanted>,
) -> Result<Response, Turned> {
    let Posted { viewer, fields } = posted;
    let form = match fields.form.as_str() {
        "csv" => FileForm::Csv,
        "jsonl" => FileForm::Jsonl,
        _ => return Err(Turned::unreadable(&viewer)),
    };
    let file = desk.export(&viewer, fields.sought, form).await?;
    Ok(file.into_response())
}

async fn shown<D: AuditDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(number): Path<String>,
) -> Result<Response, Turned> {
    let number = read_number(&viewer, &number)?;
    let entry = desk.entry(&viewer, number).await?;
    Ok(entry::page(&viewer, &entry).into_response())
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn entry_taken<D: AuditDesk>(
    State(desk): State<Arc<D>>,
    Path(number): Path<String>,
    posted: Posted<Nothing>,
) -> Result<Response, Turned> {
    let Posted { viewer, fields: _ } = posted;
    let number = read_number(&viewer, &number)?;
    Ok(desk.entry_file(&viewer, number).await?.into_response())
}

async fn proven<D: AuditDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(number): Path<String>,
    Query(older): Query<proof::OlderFields>,
) -> Result<Response, Turned> {
    let number = read_number(&viewer, &number)?;
    let older = older.read().map_err(|()| Turned::unreadable(&viewer))?;
    let proven = desk.prove(&viewer, number, older).await?;
    Ok(proof::page(&viewer, number, proven.as_ref()).into_response())
}

async fn proof_taken<D: AuditDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(number): Path<String>,
) -> Result<Response, Turned> {
    let number = read_number(&viewer, &number)?;
    Ok(desk.proof_file(&viewer, number).await?.into_response())
}

/// There is one spelling of each number.
fn read_number(viewer: &Viewer, text: &str) -> Result<u64, Turned> {
    let number = text.parse::<u64>().ok();
    let number = number.filter(|number| number.to_string() == text);
    number.ok_or_else(|| unknown(viewer))
}

/// There is no such entry; what stood in the address is not repeated on the page, whatever it was.
#[must_use]
pub fn unknown(viewer: &Viewer) -> Turned {
    let mut viewer = viewer.clone();
    viewer.here = "/audit".to_owned();
    Turned::nothing_here(&viewer)
}

/// Whether this viewer is offered files.
fn may_export(viewer: &Viewer) -> bool {
    viewer.may(Act::Export)
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let named = format!("attachment; filename=\"{}\"", self.name);
        let headers = [
            (header::CONTENT_TYPE, self.kind.to_owned()),
            (header::CONTENT_DISPOSITION, named),
        ];
        (headers, self.bytes).into_response()
    }
}
