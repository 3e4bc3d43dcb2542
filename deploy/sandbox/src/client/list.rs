//! A list as a center's own system reads it: one object of JSON a line, as each is done. Dropping
//! the listing hangs up. It refuses a line that is longer than any answer.

use http_body_util::{BodyExt as _, Full};
use hyper::Method;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use super::{Answer, CallError, Desk, REPLY_BYTES_MAX, REPLY_WAIT, Refusal, unexpected};

/// A list under way.
#[derive(Debug)]
pub struct Listing {
    url: String,
    body: Incoming,
    read: Vec<u8>,
}

/// A line that is done.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedLine {
    /// Number of the party.
    pub line: usize,
    /// Lines done so far.
    pub done: usize,
    /// Lines in all.
    pub of: usize,
    /// The answer, if it was answered.
    pub answer: Option<Answer>,
    /// The refusal, if it was refused.
    pub refusal: Option<Refusal>,
}

/// How a list ended.
#[derive(Debug, Clone, Deserialize)]
pub struct Summary {
    /// Lines in all.
    pub of: usize,
    /// Lines answered.
    pub answered: usize,
    /// Lines refused.
    pub refused: usize,
    /// Lines answered about which a center could not say anything.
    pub not_known: usize,
    /// Lines neither answered nor refused.
    pub not_asked: usize,
    /// How long it took.
    pub elapsed_ms: u64,
    /// Why it ended early.
    pub ended: Option<Refusal>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Event {
    Line(Box<ListedLine>),
    End { summary: Box<Summary> },
}

/// What comes next.
#[derive(Debug)]
pub enum Heard {
    /// A line.
    Line(Box<ListedLine>),
    /// The last word.
    Summary(Box<Summary>),
}

impl Desk {
    /// Begins a list: the same question about the parties on a case's list.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn list(&self, body: &serde_json::Value) -> Result<Listing, CallError> {
        let url = format!("{}/v1/batches", self.base);
        let unreachable = || CallError::Unreachable(url.clone());
        let request = self.request(Method::POST, &url, body.to_string().into());
        let client: Client<HttpConnector, Full<bytes::Bytes>> =
            Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build_http();
        let asking = client.request(request.ok_or_else(unreachable)?);
        let response = tokio::time::timeout(REPLY_WAIT, asking).await;
        let response = response.map_err(|_| unreachable())?;
        let response = response.map_err(|_| unreachable())?;
        let status = response.status();
        if status.is_success() {
            return Ok(Listing {
                url,
                body: response.into_body(),
                read: Vec::new(),
            });
        }
        let broken = |reason: &str| unexpected(&url, status, reason);
        let body = response.into_body().collect().await;
        let body = body.map_err(|_| broken("the body broke off"))?.to_bytes();
        match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => Err(CallError::Refused(Box::new(refusal))),
            Err(error) => Err(broken(&error.to_string())),
        }
    }
}

impl Listing {
    /// The next line, or the summary.
    ///
    /// # Errors
    /// It broke off, or is not what the contract says.
    pub async fn next(&mut self) -> Result<Heard, CallError> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                let event = serde_json::from_slice(&line);
                return match event.map_err(|error| self.broken(&error.to_string()))? {
                    Event::Line(line) => Ok(Heard::Line(line)),
                    Event::End { summary } => Ok(Heard::Summary(summary)),
                };
            }
            if self.read.len() > REPLY_BYTES_MAX {
                return Err(self.broken("a line without an end"));
            }
            let frame = tokio::time::timeout(REPLY_WAIT, self.body.frame()).await;
            match frame {
                Ok(Some(Ok(frame))) => self.read.extend(frame.into_data().unwrap_or_default()),
                Ok(Some(Err(_)) | None) => return Err(self.broken("it broke off")),
                Err(_) => return Err(self.broken("it stood still")),
            }
        }
    }

    /// Every line to the end, and the summary.
    ///
    /// # Errors
    /// As [`Listing::next`].
    pub async fn rest(mut self) -> Result<(Vec<ListedLine>, Summary), CallError> {
        let mut lines = Vec::new();
        loop {
            match self.next().await? {
                Heard::Line(line) => lines.push(*line),
                Heard::Summary(summary) => return Ok((lines, *summary)),
            }
        }
    }

    fn broken(&self, reason: &str) -> CallError {
        unexpected(&self.url, hyper::StatusCode::OK, reason)
    }
}
