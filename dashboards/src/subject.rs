//! Subject: everything that was asked about one person, with the items that were released, what
//! each center gave, what was refused, and who of the staff has looked.
//!
//! A person's number comes in by a form, is named by a center's agent, and is shown, kept and
//! echoed nowhere; from there on the address holds the pseudonym that the log has.

mod ledger;
mod paging;
mod print;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::Markup;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::name::Name;
use crate::posted::Posted;
use crate::turned::Turned;
use crate::viewer::Viewer;

pub use ledger::{
    Asked, Asker, ClassItems, Ending, Gave, LedgerRow, Refused, StaffFile, StaffLook,
    SubjectLedger, What,
};
pub use print::{PrintedLedger, Proven, SignedHead};

/// The form's value for an organization's credit code, which is of no document's type.
pub const ORGANIZATION: &str = "organization";
/// Digits of a pseudonym.
const PSEUDONYM_DIGITS: usize = 64;

/// A person's number as it was typed, and why.
#[derive(Clone)]
pub struct Wanted {
    /// Type of the document; empty for an organization's credit code.
    pub cert_type: String,
    /// The number.
    pub number: Zeroizing<String>,
    /// Why.
    pub reason: String,
}

/// Shows nothing of whom it is about.
impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wanted(..)")
    }
}

/// A kind of document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its code in the catalog.
    pub code: String,
    /// What it is called.
    pub name: Name,
}

/// Entries with their proofs, to be verified elsewhere.
#[derive(Clone, Debug)]
pub struct ProofFile {
    /// What it is called; no person is in it.
    pub name: String,
    /// As `tianshu audit verify` reads it.
    pub bytes: Vec<u8>,
}

/// What the pages of a subject ask. Each puts the look on record before it tells anything.
pub trait SubjectDesk: Send + Sync + 'static {
    /// The kinds of documents.
    fn documents(&self) -> Vec<Document>;

    /// The pseudonym of whoever has this number.
    fn named(
        &self,
        viewer: &Viewer,
        wanted: Wanted,
    ) -> impl Future<Output = Result<String, Turned>> + Send;

    /// A page of the ledger: entries before a number, or the newest.
    fn ledger(
        &self,
        viewer: &Viewer,
        subject: &str,
        before: Option<u64>,
    ) -> impl Future<Output = Result<SubjectLedger, Turned>> + Send;

    /// The same to be printed, each entry with its place in the log.
    fn printed(
        &self,
        viewer: &Viewer,
        subject: &str,
        before: Option<u64>,
    ) -> impl Future<Output = Result<PrintedLedger, Turned>> + Send;

    /// The same as a file of entries and proofs, for whoever may take one; that one was refused
    /// is on record as well.
    fn proofs(
        &self,
        viewer: &Viewer,
        subject: &str,
        before: Option<u64>,
    ) -> impl Future<Output = Result<ProofFile, Turned>> + Send;
}

/// The routes.
pub fn routes<D: SubjectDesk>() -> Router<Arc<D>> {
    Router::new()
        .route("/subject", get(shown::<D>).post(named::<D>))
        .route("/subject/{subject}", get(ledger::<D>))
        .route("/subject/{subject}/print", get(printed::<D>))
        .route("/subject/{subject}/proofs", get(proofs::<D>))
}

async fn shown<D: SubjectDesk>(State(desk): State<Arc<D>>, viewer: Viewer) -> Markup {
    ledger::form(&viewer, &desk.documents())
}

/// What was filled in; it is never shown again.
#[derive(Deserialize)]
struct Filled {
    cert_type: String,
    number: Zeroizing<String>,
    reason: String,
}

async fn named<D: SubjectDesk>(
    State(desk): State<Arc<D>>,
    posted: Posted<Filled>,
) -> Result<Redirect, Turned> {
    let Posted { viewer, fields } = posted;
    let cert_type = if fields.cert_type == ORGANIZATION {
        String::new()
    } else {
        fields.cert_type
    };
    let wanted = Wanted {
        cert_type,
        number: fields.number,
        reason: fields.reason,
    };
    let subject = desk.named(&viewer, wanted).await?;
    Ok(Redirect::to(&format!("/subject/{subject}")))
}

/// Which page.
#[derive(Debug, Default, Deserialize)]
struct Which {
    #[serde(default)]
    before: String,
}

impl Which {
    fn number(&self, viewer: &Viewer) -> Result<Option<u64>, Turned> {
        if self.before.is_empty() {
            return Ok(None);
        }
        let number = self.before.parse().ok();
        number.map(Some).ok_or_else(|| Turned::unreadable(viewer))
    }
}

async fn ledger<D: SubjectDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(subject): Path<String>,
    Query(which): Query<Which>,
) -> Result<Markup, Turned> {
    let before = asked_for(&viewer, &subject, &which)?;
    let shown = desk.ledger(&viewer, &subject, before).await?;
    Ok(ledger::page(&viewer, &shown))
}

async fn printed<D: SubjectDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(subject): Path<String>,
    Query(which): Query<Which>,
) -> Result<Markup, Turned> {
    let before = asked_for(&viewer, &subject, &which)?;
    let shown = desk.printed(&viewer, &subject, before).await?;
    Ok(print::page(&viewer, &shown))
}

async fn proofs<D: SubjectDesk>(
    State(desk): State<Arc<D>>,
    viewer: Viewer,
    Path(subject): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Turned> {
    let before = asked_for(&viewer, &subject, &which)?;
    let file = desk.proofs(&viewer, &subject, before).await?;
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file.name),
        ),
    ];
    Ok((headers, file.bytes).into_response())
}

fn asked_for(viewer: &Viewer, subject: &str, which: &Which) -> Result<Option<u64>, Turned> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if subject.len() != PSEUDONYM_DIGITS || !subject.bytes().all(is_digit) {
        return Err(Turned::nothing_here(viewer));
    }
    which.number(viewer)
}
