//! Who comes to the pages: proven by certificate, in a session that began on record, allowed into
//! the room by the table of deeds, and only from our own pages where something is changed.

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Form, Query, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use dashboards::{Credentials, Language, Posted, Room, Turned, Viewer, encoded, is_ours};
use serde::Deserialize;
use tokio::time::Instant;
use wire::identity::PeerIdentity;
use wire::{RefusalCode, SystemRandom};

use super::sessions::Session;
use super::{Desk, called, may, role_name, turned};
use crate::api::staff::StaffPeer;
use crate::ledger::entry::{Entry, StaffSession};
use crate::staff::{Deed, Staff};

/// Bound to this host, this scheme and every path; no script reads it.
const COOKIE: &str = "__Host-tianshu";
/// Asked for by a page, again and again.
const LIVE: &str = "/live";
const COOKIE_KEPT: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// In front of every room.
pub(super) async fn guard(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
    mut request: Request,
    next: Next,
) -> Response {
    let coming = Coming::of(&request);
    match desk.let_in(&peer, &coming).await {
        Ok(viewer) => {
            request.extensions_mut().insert(viewer);
            next.run(request).await
        }
        Err(Stopped::SignInFirst(to)) => Redirect::to(&to).into_response(),
        Err(Stopped::TurnedAway(turned)) => turned.into_response(),
    }
}

/// What a request says before its body is read.
struct Coming {
    is_changing: bool,
    headers: HeaderMap,
    path: String,
    /// With its query.
    here: String,
}

impl Coming {
    fn of(request: &Request) -> Self {
        let here = request.uri().path_and_query();
        Self {
            is_changing: !matches!(*request.method(), Method::GET | Method::HEAD),
            headers: request.headers().clone(),
            path: request.uri().path().to_owned(),
            here: here.map_or("/", |here| here.as_str()).to_owned(),
        }
    }
}

/// Why somebody does not get through.
enum Stopped {
    SignInFirst(String),
    TurnedAway(Box<Turned>),
}

impl From<Turned> for Stopped {
    fn from(turned: Turned) -> Self {
        Self::TurnedAway(Box::new(turned))
    }
}

impl Desk {
    async fn let_in(&self, peer: &PeerIdentity, coming: &Coming) -> Result<Viewer, Stopped> {
        self.note_expired().await?;
        let language = language(&coming.headers);
        let staff = self.admitted(peer, language).await?;
        let session = cookie(&coming.headers, COOKIE);
        // Live figures come by themselves: whoever only leaves them open is not at work.
        let session = session.and_then(|id| match coming.path.as_str() {
            LIVE => self.sessions.peek(id, &staff, Instant::now()),
            _ => self.sessions.of(id, &staff, Instant::now()),
        });
        let Some(session) = session else {
            if coming.is_changing {
                let turned = self.away(peer, RefusalCode::PageSession, language).await;
                return Err(turned.into());
            }
            let to = encoded(&coming.here);
            return Err(Stopped::SignInFirst(format!("/sign-in?to={to}")));
        };
        let viewer = self.viewer(peer, &staff, &session, (language, coming.here.clone()));
        if coming.is_changing && !comes_from_us(&coming.headers) {
            let turned = self.away(peer, RefusalCode::PageForged, language).await;
            return Err(turned.to(&viewer).into());
        }
        if coming.path != "/sign-out" {
            let Some(room) = Room::of(&coming.path) else {
                return Err(Turned::nothing_here(&viewer).into());
            };
            if let Err(code) = staff.may(Deed::See(room)) {
                let turned = self.away(peer, code, language).await;
                return Err(turned.to(&viewer).into());
            }
        }
        Ok(viewer)
    }

    fn viewer(
        &self,
        peer: &PeerIdentity,
        staff: &Staff,
        session: &Session,
        (language, here): (Language, String),
    ) -> Viewer {
        let (zh, en) = called(&self.broker, peer);
        Viewer {
            name: staff.name.clone(),
            serial: staff.serial.clone(),
            zh,
            en,
            roles: staff.roles.iter().copied().map(role_name).collect(),
            may: may(staff),
            language,
            here,
            token: session.token.clone(),
        }
    }

    async fn admitted(&self, peer: &PeerIdentity, language: Language) -> Result<Staff, Turned> {
        let admitted = self.door.admit(peer, None).await;
        admitted.map_err(|refused| in_language(turned(refused.0), language))
    }

    /// Puts it on record that somebody was turned away, and says so.
    async fn away(&self, peer: &PeerIdentity, code: RefusalCode, language: Language) -> Turned {
        let refused = self.door.turn_away(peer, code).await;
        in_language(turned(refused.0), language)
    }

    async fn note_expired(&self) -> Result<(), Turned> {
        for session in self.sessions.expire(Instant::now()) {
            self.note_session(&session, "expired").await?;
        }
        Ok(())
    }

    async fn note_session(&self, session: &Session, stage: &str) -> Result<(), Turned> {
        let entry = StaffSession {
            staff: session.staff.clone(),
            serial: session.serial.clone(),
            stage: stage.to_owned(),
            roles: Vec::new(),
        };
        let noted = self.broker.ledger.note(Entry::StaffSession(entry)).await;
        noted
            .map(|_| ())
            .map_err(|_| turned(RefusalCode::AuditUnavailable))
    }

    /// Begins a session, on record; gives the cookie.
    async fn begin(&self, staff: &Staff) -> Result<String, Turned> {
        let entry = StaffSession {
            staff: staff.name.clone(),
            serial: staff.serial.clone(),
            stage: "began".to_owned(),
            roles: staff.roles(),
        };
        let noted = self.broker.ledger.note(Entry::StaffSession(entry)).await;
        noted.map_err(|_| turned(RefusalCode::AuditUnavailable))?;
        let begun = self.sessions.begin(staff, &SystemRandom, Instant::now());
        let (id, gone) = begun.map_err(turned)?;
        for session in gone {
            self.note_session(&session, "expired").await?;
        }
        Ok(format!("{COOKIE}={id}; {COOKIE_KEPT}"))
    }
}

fn in_language(mut turned: Turned, language: Language) -> Turned {
    turned.language = language;
    turned
}

#[derive(Debug, Deserialize)]
struct Where {
    #[serde(default)]
    to: String,
}

impl Where {
    fn target(&self) -> &str {
        if is_ours(&self.to) { &self.to } else { "/" }
    }
}

/// The page that asks for a session.
pub(super) fn sign_in() -> Router<Arc<Desk>> {
    Router::new().route("/sign-in", get(shown).post(signed_in))
}

/// The way out, behind the guard.
pub(super) fn sign_out() -> Router<Arc<Desk>> {
    Router::new().route("/sign-out", post(signed_out))
}

async fn shown(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
    Query(whither): Query<Where>,
    headers: HeaderMap,
) -> Result<Response, Turned> {
    let language = language(&headers);
    let staff = desk.admitted(&peer, language).await?;
    let (zh, en) = called(&desk.broker, &peer);
    let credentials = Credentials {
        zh,
        en,
        roles: staff.roles.iter().copied().map(role_name).collect(),
        serial: staff.serial.clone(),
    };
    Ok(dashboards::sign_in_page(language, &credentials, whither.target()).into_response())
}

async fn signed_in(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
    headers: HeaderMap,
    Form(whither): Form<Where>,
) -> Result<Response, Turned> {
    let language = language(&headers);
    if !comes_from_us(&headers) {
        return Err(desk.away(&peer, RefusalCode::PageForged, language).await);
    }
    let staff = desk.admitted(&peer, language).await?;
    let cookie = desk.begin(&staff).await?;
    Ok((
        [(header::SET_COOKIE, cookie)],
        Redirect::to(whither.target()),
    )
        .into_response())
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn signed_out(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    posted: Posted<Nothing>,
) -> Result<Response, Turned> {
    let Posted { viewer, fields: _ } = posted;
    let ended = cookie(&headers, COOKIE).and_then(|id| desk.sessions.end(id));
    if let Some(session) = ended {
        let noted = desk.note_session(&session, "ended").await;
        noted.map_err(|turned| turned.to(&viewer))?;
    }
    let gone = format!("{COOKIE}=; Max-Age=0; {COOKIE_KEPT}");
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response())
}

/// Whether a browser says that a request comes from a page of ours. Every browser that the pages
/// are made for says one of the two; whoever says neither is turned away.
fn comes_from_us(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.strip_prefix("https://") == Some(host),
        _ => false,
    }
}

fn language(headers: &HeaderMap) -> Language {
    Language::read(cookie(headers, "language").unwrap_or_default())
}

/// A cookie by its name; the first one where there are several.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all.filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            let name = header::HeaderName::from_static(name);
            (name, header::HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn only_what_comes_from_our_pages_changes_anything() {
        let host = ("host", "hub:7403");
        for (pairs, is_ours) in [
            (vec![host, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ("sec-fetch-site", "cross-site")], false),
            (vec![host, ("sec-fetch-site", "same-site")], false),
            (vec![host, ("sec-fetch-site", "none")], false),
            (vec![host, ("origin", "https://hub:7403")], true),
            (vec![host, ("origin", "http://hub:7403")], false),
            (vec![host, ("origin", "https://evil:7403")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host], false),
        ] {
            assert_eq!(comes_from_us(&headers(&pairs)), is_ours, "{pairs:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let shown = headers(&[("cookie", "a=1; __Host-tianshu=abc=; x__Host-tianshu=no")]);
        assert_eq!(cookie(&shown, COOKIE), Some("abc="));
        assert_eq!(cookie(&shown, "b"), None);
        assert_eq!(
            language(&headers(&[("cookie", "language=en")])),
            Language::English
        );
        assert_eq!(language(&headers(&[])), Language::Chinese);
    }
}
