//! The way from a tool to the center's own log and to the quarantine of the serving agent: through
//! the local API with the owner's token, or straight into the log while no agent holds it.

use std::sync::Arc;

use anyhow::Context as _;
use axum::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use catalog::ClassNo;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use wire::SystemClock;

use super::{Report, WAIT};
use crate::agent;
use crate::asking::is_fit_look;
use crate::book::{Book, Entry, OwnerLooked};
use crate::config::Config;

/// Largest answer of the serving agent.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Lists what the serving agent has withheld, as it gives it.
pub(super) async fn quarantine(
    config: &Config,
    class: Option<ClassNo>,
    operator: &str,
) -> anyhow::Result<Report> {
    let operator: String = operator
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect();
    let class = class
        .map(|class| format!("&class={class}"))
        .unwrap_or_default();
    let path = format!("/v1/quarantine?operator={operator}{class}");
    let (status, body) = call(config, Method::GET, &path, Bytes::new()).await?;
    anyhow::ensure!(status == StatusCode::OK, "the agent refuses: {status}");
    let listed: serde_json::Value = serde_json::from_slice(&body)?;
    Ok(Report::sound(serde_json::to_string_pretty(&listed)? + "\n"))
}

/// Writes a look into the center's own log.
pub(super) async fn note(config: &Config, look: OwnerLooked) -> anyhow::Result<()> {
    anyhow::ensure!(
        is_fit_look(&look),
        "the operator must be a staff number, and nobody's name or number may stand in the look"
    );
    if config.api.owner_token.is_some() {
        let body = Bytes::from(serde_json::to_vec(&look)?);
        match call(config, Method::POST, "/v1/owner/looks", body).await {
            Ok((StatusCode::NO_CONTENT, _)) => return Ok(()),
            Ok((status, _)) => anyhow::bail!("the agent refuses: {status}"),
            // No agent serves; then the log is free.
            Err(_) => {}
        }
    }
    let (book, node) = (config.book.clone(), config.node.clone());
    let open = move || {
        let clock = Arc::new(SystemClock);
        Book::open(&book.dir, &node, book.segment_bytes, book.queue_max, clock)
    };
    let book = tokio::task::spawn_blocking(open).await?;
    let book = book.context("the agent's log is not free; set api.owner_token")?;
    book.write(Entry::OwnerLooked(look)).await?;
    tokio::task::spawn_blocking(move || book.close()).await??;
    Ok(())
}

async fn call(
    config: &Config,
    method: Method,
    path: &str,
    body: Bytes,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let token = agent::owner_token(config)?.context("api.owner_token is not set")?;
    let request = Request::builder()
        .method(method)
        .uri(format!("http://{}{path}", config.api.listen))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(body))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let called = async {
        let response = client.request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX)
            .collect()
            .await;
        let body = body.map_err(|_| anyhow::anyhow!("the agent's answer broke off"))?;
        Ok::<_, anyhow::Error>((status, body.to_bytes()))
    };
    let called = tokio::time::timeout(WAIT, called).await;
    called
        .context("the agent does not answer")?
        .context("no agent serves at api.listen")
}
