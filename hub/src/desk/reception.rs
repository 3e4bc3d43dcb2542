//! Who comes to the pages: proven by certificate, in a session that began on record, allowed into
//! the room by the table of deeds, and only from our own pages where something is changed.

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Form, Query, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use dashboards::{Credentials, Forged, Language, Posted, Room, Turned, Viewer, encoded, is_ours};
use serde::Deserialize;
use tokio::time::Instant;
use wire::identity::PeerIdentity;
use wire::{RefusalCode, SystemRandom};

use super::sessions::Session;
use super::{Desk, called, may, role_name, turned};
use crate::api::staff::{Refused, StaffPeer, Tried, comes_from_us, may_name_somebody};
use crate::ledger::entry::{Entry, StaffSession};
use crate::staff::{Deed, Staff};

/// Bound to this host, this scheme and every path; no script reads it.
const COOKIE: &str = "__Host-tianshu";
/// Asked for by a page, again and again.
const LIVE: &str = "/live";
/// The page in front of the rooms.
const SIGN_IN: &str = "/sign-in";
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
            request.extensions_mut().insert(viewer.clone());
            let response = next.run(request).await;
            if response.extensions().get::<Forged>().is_none() {
                return response;
            }
            // A form without this session's token did nothing; that it came is on record first.
            let tried = &coming.tried;
            match desk
                .door
                .turn_away(&peer, RefusalCode::PageForged, tried)
                .await
            {
                Refused(RefusalCode::PageForged) => response,
                Refused(code) => turned(code).to(&viewer).into_response(),
            }
        }
        Err(Stopped::SignInFirst(to)) => Redirect::to(&to).into_response(),
        Err(Stopped::TurnedAway(turned)) => turned.into_response(),
    }
}

/// In front of everything: no page repeats an address that may hold somebody's number. The search
/// of the log says itself what is wrong, at the field.
pub(super) async fn nobody_named(request: Request, next: Next) -> Response {
    let address = request.uri().path_and_query();
    let is_search = request.uri().path() == Room::Audit.path();
    if !is_search && address.is_some_and(|address| may_name_somebody(address.as_str())) {
        let language = language(request.headers());
        return in_language(turned(RefusalCode::PagePersonal), language).into_response();
    }
    next.run(request).await
}

/// What a request says before its body is read.
struct Coming {
    is_changing: bool,
    tried: Tried,
    headers: HeaderMap,
    path: String,
    /// With its query, unless that may name somebody.
    here: String,
}

impl Coming {
    fn of(request: &Request) -> Self {
        let here = request.uri().path_and_query();
        let here = here.map_or("/", |here| here.as_str());
        let here = if may_name_somebody(here) {
            request.uri().path()
        } else {
            here
        };
        Self {
            is_changing: !matches!(*request.method(), Method::GET | Method::HEAD),
            tried: Tried::of(request),
            headers: request.headers().clone(),
            path: request.uri().path().to_owned(),
            here: here.to_owned(),
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
        self.note_over().await?;
        let language = language(&coming.headers);
        let staff = self.admitted(peer, &coming.tried, language).await?;
        let session = cookie(&coming.headers, COOKIE);
        // Live figures come by themselves: whoever only leaves them open is not at work.
        let session = session.and_then(|id| match coming.path.as_str() {
            LIVE => self.sessions.peek(id, &staff, Instant::now()),
            _ => self.sessions.of(id, &staff, Instant::now()),
        });
        let Some(session) = session else {
            if coming.is_changing {
                let turned = self.away(peer, RefusalCode::PageSession, coming).await;
                return Err(turned.into());
            }
            let to = encoded(&coming.here);
            return Err(Stopped::SignInFirst(format!("/sign-in?to={to}")));
        };
        let viewer = self.viewer(peer, &staff, &session, (language, coming.here.clone()));
        if coming.is_changing && !comes_from_us(&coming.headers) {
            let turned = self.away(peer, RefusalCode::PageForged, coming).await;
            return Err(turned.to(&viewer).into());
        }
        if coming.path != "/sign-out" {
            let Some(room) = Room::of(&coming.path) else {
                return Err(Turned::nothing_here(&viewer).into());
            };
            if let Err(code) = staff.may(Deed::See(room)) {
                let turned = self.away(peer, code, coming).await;
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

    async fn admitted(
        &self,
        peer: &PeerIdentity,
        tried: &Tried,
        language: Language,
    ) -> Result<Staff, Turned> {
        let admitted = self.door.admit(peer, None, tried).await;
        admitted.map_err(|refused| in_language(turned(refused.0), language))
    }

    /// Puts it on record that somebody was turned away, and says so.
    async fn away(&self, peer: &PeerIdentity, code: RefusalCode, coming: &Coming) -> Turned {
        let refused = self.door.turn_away(peer, code, &coming.tried).await;
        in_language(turned(refused.0), language(&coming.headers))
    }

    /// Puts the sessions that are over on record, one by one. What could not be written, or was
    /// left because somebody hung up, is owed and comes with the next try.
    pub(super) async fn note_over(&self) -> Result<(), Turned> {
        while let Some(owed) = self.sessions.owed(Instant::now()) {
            self.note_session(owed.session(), owed.stage()).await?;
            owed.settled();
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
        let id = begun.map_err(turned)?;
        self.note_over().await?;
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
        if is_ours(&self.to) && !may_name_somebody(&self.to) {
            &self.to
        } else {
            "/"
        }
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
    let tried = Tried::at(&Method::GET, SIGN_IN);
    let staff = desk.admitted(&peer, &tried, language).await?;
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
    let tried = Tried::at(&Method::POST, SIGN_IN);
    if !comes_from_us(&headers) {
        let refused = desk.door.turn_away(&peer, RefusalCode::PageForged, &tried);
        return Err(in_language(turned(refused.await.0), language));
    }
    let staff = desk.admitted(&peer, &tried, language).await?;
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
    if let Some(id) = cookie(&headers, COOKIE) {
        desk.sessions.end(id);
    }
    let noted = desk.note_over().await;
    noted.map_err(|turned| turned.to(&viewer))?;
    let gone = format!("{COOKIE}=; Max-Age=0; {COOKIE_KEPT}");
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response())
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
