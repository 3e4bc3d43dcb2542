//! What a center's own business system says to its agent: open a case, ask within it, read the
//! evidence. A small HTTP client for the local API, for health and for metrics. It refuses to wait
//! without a bound.

mod answer;
mod list;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use answer::{
    Answer, ClassAnswer, Evidence, Lamp, Note, OpenCase, Party, Receipts, RecordView, Refusal, Say,
};
pub use list::{Heard, ListedLine, Listing, Summary};

/// Longest wait for one reply; above every deadline that the sandbox asks with.
const REPLY_WAIT: Duration = Duration::from_secs(20);
/// Largest reply that is read.
const REPLY_BYTES_MAX: usize = 16 << 20;

/// Why a call did not bring what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The star refused, and said why.
    #[error("refused with {}", .0.code)]
    Refused(Box<Refusal>),
    /// Nobody answers at the address.
    #[error("`{0}` does not answer")]
    Unreachable(String),
    /// It answered something else than the contract says.
    #[error("`{url}` answered {status}, which is not what the contract says: {reason}")]
    Unexpected {
        /// The address.
        url: String,
        /// HTTP status.
        status: u16,
        /// What could not be read.
        reason: String,
    },
}

impl CallError {
    /// The refusal, if the star refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Unreachable(_) | Self::Unexpected { .. } => None,
        }
    }
}

/// A counter at a center: where its agent is, and who works there.
#[derive(Clone)]
pub struct Desk {
    base: String,
    token: String,
    operator: String,
    counter: String,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// A question within an open case; what is not said is left to the flow.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Ask {
    /// Handle of the open case.
    pub case: String,
    /// Which party is asked about.
    pub party: usize,
    /// Items by class, as codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wants: Option<std::collections::BTreeMap<String, Vec<String>>>,
    /// The centers to ask, where the flow asks those that the question names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Vec<String>>,
    /// The subject, when the caller wants it compared with the party.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<AskSubject>,
    /// What the caller waits at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u32>,
    /// `match` or `details`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Values that are passed on to a source, by item: `12.wqhth`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// Verdicts that a match asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<Vec<String>>,
    /// What verdicts are measured against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yardsticks: Option<std::collections::BTreeMap<String, serde_json::Value>>,
}

/// See [`Ask::given`]. It shows nothing: a query password is among them.
#[derive(Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Given(pub std::collections::BTreeMap<String, String>);

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given(..)")
    }
}

/// See [`Ask::subject`].
#[derive(Debug, Clone, Serialize)]
pub struct AskSubject {
    /// Code of `id-type`.
    pub id_type: String,
    /// Identity number.
    pub id_number: String,
}

impl Desk {
    /// A counter; `base` is the address of the local API.
    #[must_use]
    pub fn new(base: String, token: String, operator: &str, counter: &str) -> Self {
        Self {
            base,
            token,
            operator: operator.to_owned(),
            counter: counter.to_owned(),
        }
    }

    /// The same counter with another token.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    /// Opens a case for questions of one flow.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn open(&self, case_no: &str, flow: &str) -> Result<OpenCase, CallError> {
        let body = serde_json::json!({
            "case_no": case_no, "flow": flow, "operator": self.operator, "counter": self.counter,
        });
        self.post("/v1/cases", &body).await
    }

    /// Asks.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn ask(&self, ask: &Ask) -> Result<Answer, CallError> {
        self.post("/v1/asks", ask).await
    }

    /// Reads what the agent's own log says of a question.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn evidence(&self, query: &str) -> Result<Evidence, CallError> {
        let url = format!("{}/v1/evidence/{query}", self.base);
        let request = self.request(Method::GET, &url, Bytes::new());
        read(&url, send(&url, request).await?)
    }

    /// Reads any page.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        let url = format!("{}{path}", self.base);
        let request = self.request(Method::GET, &url, Bytes::new());
        read(&url, send(&url, request).await?)
    }

    /// Reads any page to its end, as it is.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn get_text(&self, path: &str) -> Result<String, CallError> {
        let url = format!("{}{path}", self.base);
        let request = self.request(Method::GET, &url, Bytes::new());
        let (status, body) = send(&url, request).await?;
        if status.is_success() {
            return Ok(String::from_utf8_lossy(&body).into_owned());
        }
        read(&url, (status, body))
    }

    /// Posts any body.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        self.post_bytes(path, serde_json::to_vec(body).unwrap_or_default())
            .await
    }

    /// Posts any bytes, JSON or not.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post_bytes<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, CallError> {
        let url = format!("{}{path}", self.base);
        let request = self.request(Method::POST, &url, body.into());
        read(&url, send(&url, request).await?)
    }

    fn request(&self, method: Method, url: &str, body: Bytes) -> Option<Request<Full<Bytes>>> {
        Request::builder()
            .method(method)
            .uri(url)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .ok()
    }
}

/// The text at an address that needs no token.
///
/// # Errors
/// See [`CallError`].
pub async fn fetch_text(url: &str) -> Result<String, CallError> {
    let body = fetch_bytes(url).await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// What an address serves, byte for byte.
///
/// # Errors
/// It does not answer, or not with 200.
pub async fn fetch_bytes(url: &str) -> Result<Vec<u8>, CallError> {
    let request = Request::get(url).body(Full::new(Bytes::new())).ok();
    let (status, body) = send(url, request).await?;
    if status != StatusCode::OK {
        return Err(unexpected(url, status, "not 200"));
    }
    Ok(body.to_vec())
}

/// Whether an address answers 200.
pub async fn is_ok(url: &str) -> bool {
    fetch_text(url).await.is_ok()
}

async fn send(
    url: &str,
    request: Option<Request<Full<Bytes>>>,
) -> Result<(StatusCode, Bytes), CallError> {
    let unreachable = || CallError::Unreachable(url.to_owned());
    let request = request.ok_or_else(unreachable)?;
    // No connection is kept: one belongs to the runtime that made it, and there may be several.
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build_http();
    let reply = async {
        let response = client.request(request).await.map_err(|_| unreachable())?;
        let status = response.status();
        let body = Limited::new(response.into_body(), REPLY_BYTES_MAX)
            .collect()
            .await;
        Ok((
            status,
            body.map_err(|_| unexpected(url, status, "the body broke off"))?
                .to_bytes(),
        ))
    };
    tokio::time::timeout(REPLY_WAIT, reply)
        .await
        .map_err(|_| unreachable())?
}

fn read<T: DeserializeOwned>(
    url: &str,
    (status, body): (StatusCode, Bytes),
) -> Result<T, CallError> {
    if status.is_success() {
        return serde_json::from_slice(&body)
            .map_err(|error| unexpected(url, status, &error.to_string()));
    }
    match serde_json::from_slice::<Refusal>(&body) {
        Ok(refusal) => Err(CallError::Refused(Box::new(refusal))),
        Err(error) => Err(unexpected(url, status, &error.to_string())),
    }
}

fn unexpected(url: &str, status: StatusCode, reason: &str) -> CallError {
    CallError::Unexpected {
        url: url.to_owned(),
        status: status.as_u16(),
        reason: reason.to_owned(),
    }
}
