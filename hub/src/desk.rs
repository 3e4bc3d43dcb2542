//! The desk behind the staff's pages: who comes in, and what each room is told. The pages
//! themselves are made in `dashboards`; here stands what they are made of.
//!
//! Each room is a file under `desk/`, which answers the trait that the room's page asks. It refuses
//! to show anything personal before that look is on record.

mod acts;
mod alerts;
pub mod audit;
#[cfg(test)]
mod bench;
mod catalog;
mod limits;
mod names;
mod nodes;
mod overview;
mod policies;
mod reception;
mod sessions;
mod subject;
mod usage;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use ::audit::Index;
use ::policies::Role;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn_with_state, map_response};
use dashboards::{Act, RoleName, Room, Said, Turned, Viewer};
use wire::RefusalCode;
use wire::identity::PeerIdentity;
use wire::tls::ServerTls;

use crate::api::staff::StaffDoor;
use crate::broker::Broker;
use crate::config::Candidates;
use crate::ledger::entry::{Entry, Looked};
use crate::staff::{Deed, Staff, TABLE};
pub use audit::Record;
use sessions::Sessions;

/// Largest form.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// What stands behind the pages.
#[derive(Debug)]
pub struct Desk {
    pub(crate) broker: Arc<Broker>,
    pub(crate) index: Arc<Index>,
    /// The log as it is published.
    pub(crate) record: Record,
    candidates: Candidates,
    door: Arc<StaffDoor>,
    sessions: Sessions,
    lookers: overview::Lookers,
    /// What the hub shows of itself at its doors; where there is one.
    tls: OnceLock<ServerTls>,
}

impl Desk {
    /// A desk behind a door.
    #[must_use]
    pub fn new(
        door: Arc<StaffDoor>,
        broker: Arc<Broker>,
        index: Arc<Index>,
        record: Record,
        candidates: Candidates,
    ) -> Arc<Self> {
        Arc::new(Self {
            broker,
            index,
            record,
            candidates,
            door,
            sessions: Sessions::default(),
            lookers: overview::Lookers::default(),
            tls: OnceLock::new(),
        })
    }

    /// Tells it what the hub shows of itself, so that the pages can say how long that is good.
    pub fn shows(&self, tls: ServerTls) {
        // The door is opened once.
        let _ = self.tls.set(tls);
    }

    /// Puts a look at personal records on record; only after this may they be shown.
    ///
    /// # Errors
    /// The journal cannot write.
    pub(crate) async fn look(&self, viewer: &Viewer, look: Looked) -> Result<(), Turned> {
        let noted = self.broker.ledger.note(Entry::Looked(look)).await;
        noted
            .map(|_| ())
            .map_err(|_| turned(RefusalCode::AuditUnavailable).to(viewer))
    }
}

/// The pages, each behind the guard; assets and the choice of a language are for anybody whose
/// certificate is good.
pub fn pages(desk: Arc<Desk>) -> Router {
    let rooms = Router::new()
        .merge(dashboards::usage::routes::<Desk>())
        .merge(dashboards::alerts::routes::<Desk>())
        .merge(reception::sign_out())
        .merge(dashboards::overview::routes::<Desk>())
        .merge(dashboards::nodes::routes::<Desk>())
        .merge(dashboards::acts::routes::<Desk>())
        .merge(dashboards::audit::routes::<Desk>())
        .merge(dashboards::catalog::routes::<Desk>())
        .merge(dashboards::limits::routes::<Desk>())
        .merge(dashboards::policies::routes::<Desk>())
        .merge(dashboards::subject::routes::<Desk>())
        .fallback(nothing_here)
        .layer(from_fn_with_state(Arc::clone(&desk), reception::guard));
    Router::new()
        .merge(rooms)
        .merge(reception::sign_in())
        .merge(dashboards::reception())
        .merge(dashboards::assets())
        .layer(axum::extract::DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(map_response(dashboards::guarded))
        .with_state(desk)
}

/// For whoever is signed in; the guard turns everybody else away.
async fn nothing_here(viewer: Viewer) -> Turned {
    Turned::nothing_here(&viewer)
}

/// Who looks, and what they may do: the table of deeds, as the pages speak of it.
fn may(staff: &Staff) -> BTreeSet<Act> {
    let deeds = TABLE.iter().map(|(deed, ..)| *deed);
    let allowed = deeds.filter(|deed| staff.may(*deed).is_ok());
    allowed.filter_map(act_of).collect()
}

fn act_of(deed: Deed) -> Option<Act> {
    Some(match deed {
        Deed::See(room) => Act::See(room),
        Deed::Export => Act::Export,
        Deed::ExplainAlert => Act::ExplainAlert,
        Deed::CloseAlert => Act::CloseAlert,
        Deed::Trip => Act::Trip,
        Deed::Reset => Act::Reset,
        Deed::HoldOpen => Act::HoldOpen,
        Deed::HoldClosed => Act::HoldClosed,
        Deed::Release => Act::Release,
        Deed::Suspend => Act::Suspend,
        Deed::Lift => Act::Lift,
        Deed::ConfirmHoldClosed | Deed::ConfirmLift | Deed::ConfirmRaiseLimit => Act::Confirm,
        // The JSON door's; the pages have rooms.
        Deed::Look | Deed::LowerLimit | Deed::RaiseLimit | Deed::LiftLimit => return None,
    })
}

fn role_name(role: Role) -> RoleName {
    match role {
        Role::System => RoleName::System,
        Role::Security => RoleName::Security,
        Role::Audit => RoleName::Audit,
        Role::Duty => RoleName::Duty,
    }
}

/// A refusal as a page says it.
pub(crate) fn turned(code: RefusalCode) -> Turned {
    let status = StatusCode::from_u16(code.http_status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Turned::new(status, code.as_str(), Said(code.zh(), code.en()))
}

/// A look that says who looks; the room adds what for.
pub(crate) fn looked(viewer: &Viewer, room: Room) -> Looked {
    let role = staff_of(viewer).may(Deed::See(room));
    Looked {
        staff: viewer.name.clone(),
        serial: viewer.serial.clone(),
        role: role.map(|role| role.to_string()).unwrap_or_default(),
        room: room.as_str().to_owned(),
        ..Looked::default()
    }
}

/// Whoever looks, as the acts know them. A viewer is made by the guard only.
pub(crate) fn staff_of(viewer: &Viewer) -> Staff {
    Staff {
        name: viewer.name.clone(),
        serial: viewer.serial.clone(),
        roles: viewer.roles.iter().copied().map(role_of).collect(),
    }
}

fn role_of(name: RoleName) -> Role {
    match name {
        RoleName::System => Role::System,
        RoleName::Security => Role::Security,
        RoleName::Audit => Role::Audit,
        RoleName::Duty => Role::Duty,
    }
}

/// Whose certificate it is, as the trust list calls them.
fn called(broker: &Broker, peer: &PeerIdentity) -> (String, String) {
    let listed = broker.trust.staff(&peer.name);
    listed.map_or_else(Default::default, |listed| {
        (listed.zh.clone(), listed.en.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pages say these by themselves; what they say is what the list of refusals says.
    #[test]
    fn the_pages_refuse_in_the_words_of_the_list() {
        let viewer = Viewer {
            name: "li".into(),
            serial: "01".into(),
            zh: "李".into(),
            en: "Li".into(),
            roles: vec![RoleName::Audit],
            may: BTreeSet::new(),
            language: dashboards::Language::Chinese,
            here: "/".into(),
            token: "t".into(),
        };
        for (said, code) in [
            (Turned::nothing_here(&viewer), RefusalCode::PageUnknown),
            (Turned::unreadable(&viewer), RefusalCode::PageMalformed),
            (Turned::forged(&viewer), RefusalCode::PageForged),
        ] {
            let listed = turned(code);
            assert_eq!(said.code, listed.code);
            assert_eq!(said.said, listed.said);
        }
    }

    #[test]
    fn a_role_may_on_the_pages_what_the_table_says() {
        for role in Role::ALL {
            let staff = Staff {
                name: "li".into(),
                serial: "01".into(),
                roles: [role].into(),
            };
            for (deed, what, roles) in TABLE {
                let Some(act) = act_of(*deed) else { continue };
                let is_listed = roles.contains(&role);
                let may = may(&staff).contains(&act);
                assert!(may || !is_listed, "{role}: {what}");
            }
        }
    }
}
