//! What the staff can see and do over HTTPS: acts, breakers and limits. The caller is the
//! certificate behind the connection; no header names anybody.

use std::sync::Arc;

use audit::Index;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use wire::RefusalCode;
use wire::identity::PeerIdentity;

use crate::acts::Wanted;
use crate::broker::Broker;
use crate::ledger::entry::{ActRefused, Entry, StaffSignedIn};
use crate::staff::{Deed, Staff};

mod attendance;
mod history;
mod limits;
mod view;

use attendance::{Attendance, Came};

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
    ) -> Result<Staff, Refused> {
        let staff = match Staff::proven(peer, &self.broker.trust) {
            Ok(staff) => staff,
            Err(code) => return Err(self.turn_away(peer, code).await),
        };
        let now = self.broker.clock.now();
        match self.attendance.comes(&staff, now) {
            Came::Often => {}
            Came::TooOften => return Err(self.turn_away(peer, RefusalCode::LimitHub).await),
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
            return Err(self.turn_away(peer, code).await);
        }
        Ok(staff)
    }

    pub(crate) async fn turn_away(&self, peer: &PeerIdentity, code: RefusalCode) -> Refused {
        let listed = self.broker.trust.staff(&peer.name);
        let roles = listed.map(|staff| staff.roles.iter().map(ToString::to_string).collect());
        let refused = ActRefused {
            code: code.to_string(),
            staff: peer.name.clone(),
            serial: peer.serial.clone(),
            roles: roles.unwrap_or_default(),
            ..ActRefused::default()
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
        .with_state(door)
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
    let staff = door.admit(&peer, None).await?;
    let Ok(wanted) = serde_json::from_slice::<Wanted>(&body) else {
        return Err(door.turn_away(&peer, RefusalCode::ActMalformed).await);
    };
    let done = door.broker.act(staff, wanted).await.map_err(Refused)?;
    Ok(fresh(view::done(&done)))
}

async fn acts(
    State(door): State<Arc<StaffDoor>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
    Query(page): Query<Page>,
) -> Result<Response, Refused> {
    door.admit(&peer, Some(Deed::Look)).await?;
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
    door.admit(&peer, Some(Deed::Look)).await?;
    let nodes = door.broker.nodes.states();
    Ok(fresh(
        json!({ "nodes": nodes.iter().map(view::node).collect::<Vec<_>>() }),
    ))
}

async fn limits_in_force(
    State(door): State<Arc<StaffDoor>>,
    ConnectInfo(StaffPeer(peer)): ConnectInfo<StaffPeer>,
) -> Result<Response, Refused> {
    door.admit(&peer, Some(Deed::Look)).await?;
    let register = door.broker.acts.now().await;
    let (reviewed, in_force) = door.broker.throttle.both();
    let now = door.broker.clock.now();
    Ok(fresh(limits::view((&reviewed, &in_force), &register, now)))
}
