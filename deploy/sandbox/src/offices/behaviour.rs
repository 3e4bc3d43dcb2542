//! How an office replies when told to be odd. Every oddity is one that real offices have shown; it
//! refuses to change what an office has on record.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;

/// A body of this many chunks is 100 MB.
const HUGE_CHUNKS: usize = 1_600;
const CHUNK_BYTES: usize = 64 << 10;
const DRIP_PAUSE: Duration = Duration::from_millis(100);
const FAULT: &str = "<?xml version=\"1.0\"?>\
    <e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><e:Fault>\
    <faultcode>e:Server</faultcode><faultstring>ORA-00604</faultstring></e:Fault></e:Body>\
    </e:Envelope>";

/// How an office replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// As it should.
    Sound,
    /// As it should, after this long.
    Slow(Duration),
    /// 503, as at night.
    Outage,
    /// Half of the body it announced, then nothing.
    HalfBody,
    /// 100 MB that mean nothing.
    Huge,
    /// It failed and says so in its own form: a SOAP fault with status 200, or a code in JSON.
    Fault,
    /// Bytes that are no text, under the right content type.
    Garbage,
    /// A page for people, with status 200.
    Page,
    /// A redirect to elsewhere.
    Redirect,
    /// One byte at a time, without end.
    Drip,
    /// As it should, but with a word that no list knows where a status stands.
    StrangeWord,
    /// As it should, and with more than it was asked for: the contract's query password.
    Talkative,
    /// As it should, in answer to somebody else's request.
    MixedUp,
}

/// The form in which an office replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    /// XML under this content type.
    Soap(&'static str),
}

/// The control handle of one office.
#[derive(Debug)]
pub(crate) struct Switch {
    form: Form,
    behaviour: Mutex<Behaviour>,
    asked: AtomicU64,
}

impl Switch {
    pub(crate) fn new(form: Form) -> Self {
        Self {
            form,
            behaviour: Mutex::new(Behaviour::Sound),
            asked: AtomicU64::new(0),
        }
    }

    pub(crate) fn set(&self, behaviour: Behaviour) {
        *self
            .behaviour
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    pub(crate) fn get(&self) -> Behaviour {
        *self
            .behaviour
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    const fn media(&self) -> &'static str {
        match self.form {
            Form::Soap(media) => media,
            Form::Json => "application/json",
        }
    }
}

/// Lets the office reply, or replies in its place.
pub(crate) async fn reply(
    State(switch): State<Arc<Switch>>,
    request: Request,
    next: Next,
) -> Response {
    switch.asked.fetch_add(1, Ordering::Relaxed);
    let media = switch.media();
    match switch.get() {
        Behaviour::Sound | Behaviour::StrangeWord | Behaviour::Talkative | Behaviour::MixedUp => {
            next.run(request).await
        }
        Behaviour::Slow(pause) => {
            tokio::time::sleep(pause).await;
            next.run(request).await
        }
        Behaviour::Outage => with(StatusCode::SERVICE_UNAVAILABLE, media, Body::empty()),
        Behaviour::HalfBody => half(next.run(request).await).await,
        Behaviour::Huge => with(StatusCode::OK, media, huge()),
        Behaviour::Fault => match switch.form {
            Form::Soap(_) => with(StatusCode::OK, "text/xml", FAULT.into()),
            Form::Json => with(
                StatusCode::OK,
                media,
                r#"{"code":500,"message":"ORA-00604"}"#.into(),
            ),
        },
        Behaviour::Garbage => with(StatusCode::OK, media, vec![0xff; 4_096].into()),
        Behaviour::Page => with(StatusCode::OK, "text/html", "<html>系统维护</html>".into()),
        Behaviour::Redirect => {
            let mut reply = with(StatusCode::FOUND, media, Body::empty());
            let elsewhere = HeaderValue::from_static("http://127.0.0.1:9/");
            reply.headers_mut().insert(header::LOCATION, elsewhere);
            reply
        }
        Behaviour::Drip => with(StatusCode::OK, media, drip()),
    }
}

fn with(status: StatusCode, media: &'static str, body: Body) -> Response {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    reply
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    reply
}

async fn half(reply: Response) -> Response {
    let (mut head, body) = reply.into_parts();
    let whole = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    head.headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    let chunks = stream::iter([Ok(half), Err(std::io::Error::other("cut"))]);
    Response::from_parts(head, Body::from_stream(chunks))
}

fn huge() -> Body {
    let chunk = Bytes::from(vec![b' '; CHUNK_BYTES]);
    let chunks = stream::iter((0..HUGE_CHUNKS).map(move |_| Ok::<_, Infallible>(chunk.clone())));
    Body::from_stream(chunks)
}

fn drip() -> Body {
    let drops = stream::repeat(()).then(|()| async {
        tokio::time::sleep(DRIP_PAUSE).await;
        Ok::<_, Infallible>(Bytes::from_static(b" "))
    });
    Body::from_stream(drops)
}
