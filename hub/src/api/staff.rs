//! What the staff can see and do over HTTPS: acts, breakers and limits. The caller is the
//! certificate behind the connection; no header names anybody.

use std::sync::Arc;

use audit::Index;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Query, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dashboards::Room;
use serde::Deserialize;
use serde_json::json;
use wire::RefusalCode;
use wire::identity::PeerIdentity;

use crate::acts::Wanted;
use crate::broker::Broker;
use crate::ledger::entry::{ActRefused, Entry, Looked, StaffSignedIn};
use crate::staff::{Deed, Staff};

mod address;
mod attendance;
mod history;
mod limits;
mod origin;
mod tried;
mod view;

pub(crate) use address::may_name_somebody;
use attendance::{Attendance, Came};
pub(crate) use origin::comes_from_us;
pub(crate) use tried::Tried;

/// Largest request.
const BODY_BYTES_MAX: usize = 8 * 1024;

/// Whose certificate is behind a connection.
#[derive(Debug, Clone)]
pub struct StaffPeer(pub Arc<PeerIdentity>);

/// What stands behind the door.
#[derive(Debug)]
pub struct StaffDoor {
    broker: Arc<Broker>,
    index: Arc<Index>,
    attendance: Attendance,
}

impl StaffDoor {
    /// A door to a broker; the history of acts is found by the index.
    #[must_use]
    pub fn new(broker: Arc<Broker>, index: Arc<Index>) -> Arc<Self> {
        Arc::new(Self {
            broker,
            index,
            attendance: Attendance::default(),
        })
    }

    /// The member at the door, signed in and not too often.
    pub(crate) async fn admit(
        &self,
        peer: &PeerIdentity,
        deed: Option<Deed>,
        tried: &Tried,
    ) -> Result<Staff, Refused> {
        let staff = match Staff::proven(peer, &self.broker.trust) {
            Ok(staff) => staff,
            Err(code) => return Err(self.turn_away(peer, code, tried).await),
        };
        let now = self.broker.clock.now();
        match self.attendance.comes(&staff, now) {
            Came::Often => {}
            Came::TooOften => {
                return Err(self.turn_away(peer, RefusalCode::LimitHub, tried).await);
            }
            Came::Anew => {
                let entry = StaffSignedIn {
                    staff: staff.name.clone(),
                    serial: staff.serial.clone(),
                    roles: staff.roles(),
                };
                tracing::info!(staff = staff.name, "a member of the staff signed in");
                let noted = self.broker.ledger.note(Entry::StaffSignedIn(entry)).await;
                noted.map_err(|_| Refused(RefusalCode::AuditUnavailable))?;
            }
        }
        if let Some(deed) = deed
            && let Err(code) = staff.may(deed)
        {
            return Err(self.turn_away(peer, code, tried).await);
        }
        Ok(staff)
    }

    /// Puts on record that somebody sees whom acts or limits are about, before they do.
    async fn look(&self, staff: &Staff, look: Looked) -> Result<(), Refused> {
        let role = staff.may(Deed::Look).map_err(Refused)?;
        let look = Looked {
            staff: staff.name.clone(),
            serial: staff.serial.clone(),
            role: role.to_string(),
            ..look
        };
        let noted = self.broker.ledger.note(Entry::Looked(look)).await;
        noted.map_err(|_| Refused(RefusalCode::AuditUnavailable))?;
        Ok(())
    }

    /// Puts on record that somebody was turned away, and from what.
    pub(crate) async fn turn_away(
        &self,
        peer: &PeerIdentity,
        code: RefusalCode,
        tried: &Tried,
    ) -> Refused {
        let listed = self.broker.trust.staff(&peer.name);
        let roles = listed.map(|staff| staff.roles.iter().map(ToString::to_string).collect());
        let refused = ActRefused {
            code: code.to_string(),
            act: tried.act.to_owned(),
            target: tried.target.clone(),
            staff: peer.name.clone(),
            serial: peer.serial.clone(),
            roles: roles.unwrap_or_default(),
        };
        match self.broker.ledger.refuse_act(code, refused).await {
            Ok(()) => Refused(code),
            Err(_) => Refused(RefusalCode::AuditUnavailable),
        }
    }
}

/// The routes.
pub fn router(door: Arc<StaffDoor>) -> Router {
    Router::new()
        .route("/v1/acts", get(acts).post(act))
        .route("/v1/breakers", get(breakers))
        .route("/v1/limits", get(limits_in_force))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&door), guard))
        .layer(map_response(dashboards::guarded))
        .with_state(door)
}

/// In front of the JSON routes: a certificate is in the browser whatever page it shows, so what
/// another site's page sends is not taken for its owner's word.
async fn guard(
    State(door): State<Arc<StaffDoor>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
    request: Request,
    next: Next,
) -> Response {
    let Some(code) = unfit(&request) else {
        return next.run(request).await;
    };
    let tried = Tried::of(&request);
    match door.admit(&peer, None, &tried).await {
        Ok(_) => door.turn_away(&peer, code, &tried).await.into_response(),
        Err(refused) => refused.into_response(),
    }
}

/// What is wrong with a request before its body is read.
fn unfit(request: &Request) -> Option<RefusalCode> {
    let address = request.uri().path_and_query();
    if address.is_some_and(|address| may_name_somebody(address.as_str())) {
        return Some(RefusalCode::PagePersonal);
    }
    if !origin::is_nobody_elses(request.headers()) {
        return Some(RefusalCode::PageForged);
    }
    let is_changing = !matches!(*request.method(), Method::GET | Method::HEAD);
    (is_changing && !origin::is_json(request.headers())).then_some(RefusalCode::ActMalformed)
}

/// A refusal as it leaves.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) RefusalCode);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let code = self.0;
        let status = StatusCode::from_u16(code.http_status());
        let body = json!({
            "code": code.as_str(),
            "turn": code.turn().as_str(),
            "zh": code.zh(),
            "en": code.en(),
        });
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(body)).into_response()
    }
}

/// Nothing of it may be kept on the way.
fn fresh(body: serde_json::Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Which page of the history.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// Entries before this number; the newest if not named.
    before: Option<u64>,
}

async fn act(
    State(door): State<Arc<StaffDoor>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
    body: Bytes,
) -> Result<Response, Refused> {
    let tried = Tried::at(&Method::POST, "/v1/acts");
    let staff = door.admit(&peer, None, &tried).await?;
    let Ok(wanted) = serde_json::from_slice::<Wanted>(&body) else {
        let code = RefusalCode::ActMalformed;
        return Err(door.turn_away(&peer, code, &tried).await);
    };
    let done = door.broker.act(staff, wanted).await.map_err(Refused)?;
    Ok(fresh(view::done(&done)))
}

async fn acts(
    State(door): State<Arc<StaffDoor>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
    Query(page): Query<Page>,
) -> Result<Response, Refused> {
    let tried = Tried::at(&Method::GET, "/v1/acts");
    let staff = door.admit(&peer, Some(Deed::Look), &tried).await?;
    let before = page
        .before
        .map(|before| ("before".to_owned(), before.to_string()));
    let look = Looked {
        room: Room::Acts.as_str().to_owned(),
        terms: before.into_iter().collect(),
        ..Looked::default()
    };
    door.look(&staff, look).await?;
    let register = door.broker.acts.now().await;
    let now = door.broker.clock.now();
    let journal = door.broker.ledger.journal().clone();
    let index = Arc::clone(&door.index);
    let read = tokio::task::spawn_blocking(move || history::page(&journal, &index, page.before));
    let history = read.await.map_err(|_| Refused(RefusalCode::HubInternal))?;
    let history = history.map_err(|_| Refused(RefusalCode::HubInternal))?;
    Ok(fresh(json!({
        "standing": register.standing(now).map(view::recorded).collect::<Vec<_>>(),
        "waiting": register.waiting(now).map(view::recorded).collect::<Vec<_>>(),
        "history": history.entries,
        "before": history.before,
    })))
}

async fn breakers(
    State(door): State<Arc<StaffDoor>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
) -> Result<Response, Refused> {
    let tried = Tried::at(&Method::GET, "/v1/breakers");
    door.admit(&peer, Some(Deed::Look), &tried).await?;
    let nodes = door.broker.nodes.states();
    Ok(fresh(
        json!({ "nodes": nodes.iter().map(view::node).collect::<Vec<_>>() }),
    ))
}

async fn limits_in_force(
    State(door): State<Arc<StaffDoor>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
) -> Result<Response, Refused> {
    let tried = Tried::at(&Method::GET, "/v1/limits");
    let staff = door.admit(&peer, Some(Deed::Look), &tried).await?;
    // Its exceptions name operators.
    let look = Looked {
        room: Room::Limits.as_str().to_owned(),
        ..Looked::default()
    };
    door.look(&staff, look).await?;
    let register = door.broker.acts.now().await;
    let (reviewed, in_force) = door.broker.throttle.both();
    let now = door.broker.clock.now();
    Ok(fresh(limits::view((&reviewed, &in_force), &register, now)))
}
