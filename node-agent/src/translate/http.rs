//! The bounded HTTP client under the REST and SOAP connectors, and the only file that knows hyper.
//! It trusts the roots its connector names and no others, and refuses what a browser would do: no
//! proxy from the environment, no redirect, no cookie, no compressed body, no plain text off this
//! machine. What the far side says in words stays here; only a named outcome leaves.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use super::convert;
use super::faults::FileFaults;
use super::sheet::Sheet;
use super::{LocalLimits, SourceError};

mod trust;

/// Longest time that a connector may allow one ask.
const TIMEOUT_MS_MAX: u32 = 60_000;
/// Largest reply body that a connector may allow, and what it allows when it says nothing.
const BODY_BYTES_MAX: u32 = 64 << 20;
const BODY_BYTES_DEFAULT: u32 = 1 << 20;
/// Head of a reply: longer is no reply.
const HEAD_BYTES_MAX: usize = 64 << 10;
const HEADERS_MAX: usize = 64;
/// Longest base address and token.
const BASE_BYTES_MAX: usize = 512;
const TOKEN_BYTES_MAX: usize = 4_096;
/// An unused connection is closed after this long.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// Request numbers go round after this many; the millisecond before them has then long passed.
const SERIALS: u32 = 1_000_000;

/// Where a system stands and how it may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpPlace {
    base: String,
    secure: bool,
    trust: Trust,
    timeout: Option<Duration>,
    body_bytes_max: usize,
    token: Option<HeaderValue>,
}

/// The roots and the own certificate of one connector.
#[derive(Debug, Clone)]
struct Trust(Arc<ClientConfig>);

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Trust {}

/// Reads what the REST and SOAP connectors have in common.
pub(crate) fn read(sheet: &Sheet<'_>, home: &Path, faults: &mut FileFaults) -> Option<HttpPlace> {
    let base = sheet.text_required("base", faults);
    let ca = sheet.text("ca", faults);
    let certificate = sheet.text("certificate", faults);
    let key = sheet.text("key", faults);
    let token = sheet.text("token_file", faults);
    let timeout = sheet.count("timeout_ms", TIMEOUT_MS_MAX, faults);
    let body_max = sheet.count("body_max_bytes", BODY_BYTES_MAX, faults);
    let blame = |key: &str, reason: String, faults: &mut FileFaults| {
        let place = sheet.entry(key).map_or(sheet.place().clone(), |e| e.place);
        faults.at(&place, reason);
    };
    let secure = match base_is_secure(base?) {
        Ok(secure) => secure,
        Err(reason) => {
            blame("base", format!("`base`: {reason}"), faults);
            return None;
        }
    };
    let files = trust::Files {
        ca,
        certificate,
        key,
    };
    let trust = match trust::configuration(home, secure, &files) {
        Ok(config) => Trust(Arc::new(config)),
        Err((key, reason)) => {
            blame(key, format!("`{key}`: {reason}"), faults);
            return None;
        }
    };
    let token = match token.map(|file| bearer(&home.join(file))) {
        Some(None) => {
            blame(
                "token_file",
                "`token_file`: holds no usable token".to_owned(),
                faults,
            );
            return None;
        }
        other => other.flatten(),
    };
    let body_max = body_max.unwrap_or(BODY_BYTES_DEFAULT);
    Some(HttpPlace {
        base: base?.trim_end_matches('/').to_owned(),
        secure,
        trust,
        timeout: timeout.map(|ms| Duration::from_millis(u64::from(ms))),
        body_bytes_max: usize::try_from(body_max).unwrap_or(usize::MAX),
        token,
    })
}

/// Whether the address is https; plain http is taken only to this machine itself.
fn base_is_secure(base: &str) -> Result<bool, String> {
    let uri = base
        .parse::<Uri>()
        .ok()
        .filter(|_| base.len() <= BASE_BYTES_MAX);
    let uri = uri.ok_or("is not an address")?;
    let authority = uri.authority().ok_or("names no host")?;
    if authority.as_str().contains('@') || uri.query().is_some() || base.contains('#') {
        return Err("takes neither user, query nor fragment".to_owned());
    }
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let loopback = host
        .parse::<std::net::IpAddr>()
        .is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(true),
        Some("http") if loopback => Ok(false),
        Some("http") => Err("plain http goes only to a loopback address".to_owned()),
        _ => Err("must begin with https://".to_owned()),
    }
}

fn bearer(file: &Path) -> Option<HeaderValue> {
    let text = std::fs::read_to_string(file).ok()?;
    let token = text.trim();
    let sound = (1..=TOKEN_BYTES_MAX).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    sound.then_some(value)
}

/// One request, below the connector's base address.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path and query, already percent-encoded.
    pub(crate) path: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: String,
}

/// One whole reply.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Media type and charset in lower case; empty where the reply does not say.
    pub(crate) media: String,
    pub(crate) charset: String,
    pub(crate) body: Bytes,
}

/// The connections to one system.
#[derive(Debug)]
pub(crate) struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    place: HttpPlace,
    limits: LocalLimits,
    places: Semaphore,
    serial: AtomicU32,
}

impl HttpClient {
    pub(crate) fn new(place: &HttpPlace, limits: LocalLimits) -> Self {
        let connections = usize::try_from(limits.pool_max).unwrap_or(1).max(1);
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let builder = HttpsConnectorBuilder::new();
        let builder = builder.with_tls_config(place.trust.0.as_ref().clone());
        let builder = if place.secure {
            builder.https_only()
        } else {
            builder.https_or_http()
        };
        let connector = builder.enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(connections)
            .http1_max_buf_size(HEAD_BYTES_MAX)
            .http1_max_headers(HEADERS_MAX)
            .build(connector);
        Self {
            client,
            place: place.clone(),
            limits,
            places: Semaphore::new(connections),
            serial: AtomicU32::new(0),
        }
    }

    /// A number for one request, not given twice: Beijing's time to the millisecond and a count.
    pub(crate) fn request_id(&self, now: OffsetDateTime) -> String {
        let at = convert::beijing(now).unwrap_or(now);
        let serial = self.serial.fetch_add(1, Ordering::Relaxed) % SERIALS;
        let (day, clock) = (compact_day(at), compact_clock(at));
        format!("{day}{clock}{:03}{serial:06}", at.millisecond())
    }

    /// Asks once. Waiting for a connection, connecting, the head and the whole body share one
    /// time-out, which never outlasts `deadline`.
    pub(crate) async fn ask(&self, call: Call, deadline: Instant) -> Result<Reply, SourceError> {
        let wait = timeout(self.limits.queue_wait, self.places.acquire());
        let waited = timeout_at(deadline, wait)
            .await
            .map_err(|_| SourceError::TimedOut)?;
        let place = waited.map_err(|_| SourceError::Overloaded)?;
        let _place = place.map_err(|_| SourceError::Broken)?;
        let patience = self.place.timeout.unwrap_or(self.limits.statement_timeout);
        let stop = deadline.min(Instant::now() + patience);
        // What is cut off here is dropped, and with it its connection: it is never asked again.
        timeout_at(stop, self.exchange(call))
            .await
            .map_err(|_| SourceError::TimedOut)?
    }

    async fn exchange(&self, call: Call) -> Result<Reply, SourceError> {
        let uri = format!("{}{}", self.place.base, call.path);
        let mut request = Request::new(Full::new(Bytes::from(call.body)));
        *request.uri_mut() = uri.parse().map_err(|_| SourceError::Rejected)?;
        *request.method_mut() = call.method;
        let token = self
            .place
            .token
            .clone()
            .map(|token| (header::AUTHORIZATION, token));
        request
            .headers_mut()
            .extend(call.headers.into_iter().chain(token));
        let reply = self
            .client
            .request(request)
            .await
            .map_err(|error| outage(&error))?;
        let (media, charset) = media(reply.headers());
        let encoded = reply.headers().get(header::CONTENT_ENCODING);
        if encoded.is_some_and(|encoding| encoding != "identity") {
            return Err(SourceError::Broken);
        }
        let status = reply.status().as_u16();
        let body = self.body(reply).await?;
        Ok(Reply {
            status,
            media,
            charset,
            body,
        })
    }

    async fn body(&self, reply: Response<Incoming>) -> Result<Bytes, SourceError> {
        let max = self.place.body_bytes_max;
        let announced = usize::try_from(reply.body().size_hint().lower());
        if announced.map_or(true, |bytes| bytes > max) {
            return Err(SourceError::TooLarge);
        }
        match Limited::new(reply.into_body(), max).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(SourceError::TooLarge),
            Err(_) => Err(SourceError::Broken),
        }
    }
}

/// `20261123`.
pub(crate) fn compact_day(at: OffsetDateTime) -> String {
    format!("{:04}{:02}{:02}", at.year(), u8::from(at.month()), at.day())
}

/// `100000`.
pub(crate) fn compact_clock(at: OffsetDateTime) -> String {
    format!("{:02}{:02}{:02}", at.hour(), at.minute(), at.second())
}

fn media(headers: &HeaderMap) -> (String, String) {
    let stated = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let stated = stated.unwrap_or_default().to_ascii_lowercase();
    let mut parts = stated.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_owned();
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    let charset = charset.unwrap_or_default().trim_matches('"').to_owned();
    (media, charset)
}

/// The outcome that a status by itself names; `None` when the body decides.
pub(crate) fn status_outcome(status: u16) -> Option<SourceError> {
    match status {
        200 => None,
        401 | 403 => Some(SourceError::AccessDenied),
        400 | 422 => Some(SourceError::Rejected),
        404 => Some(SourceError::Missing),
        429 => Some(SourceError::Overloaded),
        500..=599 => Some(SourceError::Failed),
        _ => Some(SourceError::Broken),
    }
}

fn outage(error: &hyper_util::client::legacy::Error) -> SourceError {
    if let Some(fault) = trust::fault_within(error) {
        return fault;
    }
    if error.is_connect() {
        SourceError::Missing
    } else {
        SourceError::Broken
    }
}

#[cfg(test)]
mod tests;
