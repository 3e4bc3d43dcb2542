//! The log for whoever verifies it: checkpoint, tiles, bundles and proofs over plain HTTP under
//! `/log/`, as C2SP tlog-tiles and tlog-proof lay them down. Nothing here needs to be believed: all
//! of it is signed or leads to what is.
//!
//! Entries are shown on the operators' address only. Hashes may be seen by everybody in the star,
//! because every entry has a salt that no hash gives away.

use std::io::Write as _;
use std::sync::Arc;

use audit::tree::{Row, Tile};
use audit::{PublishError, PublishedLog};
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY,
};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::Semaphore;

use crate::witnesses::Witnesses;

/// Where the log begins.
const PREFIX: &str = "/log/";
/// Readings of the disk at once; one more is asked to come again.
const READS_MAX: usize = 16;
const GZIP: &str = "gzip";
const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
/// A checkpoint is replaced within a second, and a proof could be had over a later one.
const FLEETING: &str = "no-cache";
/// A tile never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Operators, who may see entries.
    Operators,
    /// Anybody in the star, who may see hashes.
    Star,
}

#[derive(Debug)]
struct Shown {
    log: PublishedLog,
    readers: Readers,
    reads: Semaphore,
}

/// The routes of a published log.
pub fn router(log: PublishedLog, readers: Readers) -> Router {
    let shown = Shown {
        log,
        readers,
        reads: Semaphore::new(READS_MAX),
    };
    Router::new()
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/tile/{*path}", get(tile))
        .route("/log/proof/{index}", get(proof))
        .with_state(Arc::new(shown))
}

/// What the witnesses say about the published checkpoint, for operators.
pub fn witnesses_router(witnesses: Arc<Witnesses>) -> Router {
    let shown = |State(witnesses): State<Arc<Witnesses>>| async move {
        ([(CACHE_CONTROL, FLEETING)], Json(witnesses.state_of()))
    };
    Router::new()
        .route("/log/witnesses", get(shown))
        .with_state(witnesses)
}

async fn checkpoint(State(shown): State<Arc<Shown>>) -> Response {
    match shown.log.checkpoint() {
        Some(checkpoint) => served(TEXT, FLEETING, checkpoint.note.to_string().into_bytes()),
        None => refused(StatusCode::NOT_FOUND, "no checkpoint yet\n"),
    }
}

async fn tile(State(shown): State<Arc<Shown>>, uri: Uri, headers: HeaderMap) -> Response {
    // From the path as it was sent: there is one spelling of each.
    let Some(tile) = uri.path().strip_prefix(PREFIX).and_then(Tile::parse) else {
        return refused(StatusCode::NOT_FOUND, "no such tile\n");
    };
    if tile.row == Row::Entries && shown.readers == Readers::Star {
        return refused(StatusCode::FORBIDDEN, "entries are not shown here\n");
    }
    if shown.log.is_removed(tile) {
        let minimum = shown.log.minimum_index();
        let said = format!("entries before {minimum} lie in the archive, not here\n");
        return refused(StatusCode::GONE, said);
    }
    if tile.row == Row::Entries && takes_gzip(&headers) {
        let read = read(shown, move |log| {
            Ok(log.tile(tile)?.and_then(|bytes| gzipped(&bytes)))
        });
        return match read.await {
            Ok(Some(bytes)) => {
                let mut response = served(BYTES, FOREVER, bytes);
                let headers = response.headers_mut();
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(GZIP));
                headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
                response
            }
            Ok(None) => refused(StatusCode::NOT_FOUND, "no such tile yet\n"),
            Err(response) => response,
        };
    }
    let read = read(shown, move |log| log.tile(tile)).await;
    match read {
        Ok(Some(bytes)) if tile.row == Row::Entries => {
            let mut response = served(BYTES, FOREVER, bytes);
            let vary = HeaderValue::from_static("accept-encoding");
            response.headers_mut().insert(VARY, vary);
            response
        }
        Ok(Some(bytes)) => served(BYTES, FOREVER, bytes),
        Ok(None) => refused(StatusCode::NOT_FOUND, "no such tile yet\n"),
        Err(response) => response,
    }
}

/// Whether the reader names gzip and does not rule it out. Hashes do not get shorter, and are sent
/// as they are.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(ACCEPT_ENCODING).iter();
    named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
            let quality = quality.trim().strip_prefix("q=").map(str::parse::<f32>);
            name.trim().eq_ignore_ascii_case(GZIP) && !matches!(quality, Some(Ok(0.0) | Err(_)))
        })
}

/// `None` would mean that memory cannot be written to.
fn gzipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

async fn proof(State(shown): State<Arc<Shown>>, Path(index): Path<u64>) -> Response {
    let read = read(shown, move |log| log.proof(index)).await;
    match read {
        Ok(Some(proof)) => served(TEXT, FLEETING, proof.to_string().into_bytes()),
        Ok(None) => refused(
            StatusCode::NOT_FOUND,
            "no checkpoint covers this entry yet\n",
        ),
        Err(response) => response,
    }
}

/// Reads from disk off the tasks' threads, so many at once.
async fn read<T: Send + 'static>(
    shown: Arc<Shown>,
    work: impl FnOnce(&PublishedLog) -> Result<T, PublishError> + Send + 'static,
) -> Result<T, Response> {
    let Ok(_place) = shown.reads.try_acquire() else {
        let busy = "too many readers, come again\n";
        return Err(refused(StatusCode::SERVICE_UNAVAILABLE, busy));
    };
    let log = shown.log.clone();
    let done = tokio::task::spawn_blocking(move || work(&log)).await;
    match done {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(error)) => {
            tracing::error!(%error, "the published log cannot be read");
            let broken = "the log cannot be read\n";
            Err(refused(StatusCode::INTERNAL_SERVER_ERROR, broken))
        }
        Err(_) => {
            let broken = "the log cannot be read\n";
            Err(refused(StatusCode::INTERNAL_SERVER_ERROR, broken))
        }
    }
}

fn served(kind: &'static str, kept: &'static str, bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, kept)], bytes).into_response()
}

fn refused(status: StatusCode, said: impl Into<String>) -> Response {
    let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, "no-store")];
    (status, headers, said.into()).into_response()
}

#[cfg(test)]
mod tests;
