//! Who of the staff is at the door, in which roles, and what a role may do. The one place that says
//! so: the table below is data, and `docs/staff-roles.md` is made from it.
//!
//! Identity is the URI name of a verified certificate and nothing else; roles come from the trust
//! list.

use std::collections::BTreeSet;

use dashboards::Room;
use policies::{Role, TrustList};
use wire::RefusalCode;
use wire::identity::{PeerIdentity, PeerKind};

/// A member of the staff, proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The name, as in the certificate and on the trust list.
    pub name: String,
    /// Serial of the certificate.
    pub serial: String,
    /// Roles.
    pub roles: BTreeSet<Role>,
}

/// What the staff can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// See acts and breakers.
    Look,
    /// Open the breaker of a class until it is reset.
    Trip,
    /// Close it and end a trip.
    Reset,
    /// Keep it open.
    HoldOpen,
    /// Keep it closed, whatever fails.
    HoldClosed,
    /// End a hold.
    Release,
    /// Suspend a node, a class of a node, an operator, a flow or a case.
    Suspend,
    /// Lift a suspension.
    Lift,
    /// Confirm somebody else's request to hold a breaker closed.
    ConfirmHoldClosed,
    /// Confirm somebody else's request to lift a suspension.
    ConfirmLift,
    /// Lower a limit for a while.
    LowerLimit,
    /// Raise a limit for a while.
    RaiseLimit,
    /// Confirm somebody else's request to raise a limit.
    ConfirmRaiseLimit,
    /// End a limit that was set for a while.
    LiftLimit,
    /// See a room of the pages.
    See(Room),
    /// Take entries that were found away as a file.
    Export,
    /// Take an alert and explain it.
    ExplainAlert,
    /// Confirm somebody else's explanation of an alert and close it.
    CloseAlert,
}

/// Each deed with the roles that may do it. Whoever is on duty may stop things, and not start them
/// again; whoever audits looks.
pub const TABLE: &[(Deed, &str, &[Role])] = &[
    (Deed::Look, "look at acts, breakers and limits", &Role::ALL),
    (
        Deed::Trip,
        "trip a breaker",
        &[Role::System, Role::Security, Role::Duty],
    ),
    (
        Deed::Reset,
        "reset a breaker",
        &[Role::System, Role::Security],
    ),
    (
        Deed::HoldOpen,
        "hold a breaker open",
        &[Role::System, Role::Security],
    ),
    (
        Deed::HoldClosed,
        "ask for a breaker to be held closed",
        &[Role::System],
    ),
    (
        Deed::ConfirmHoldClosed,
        "confirm that, as another person",
        &[Role::System, Role::Security],
    ),
    (
        Deed::Release,
        "release a breaker that is held",
        &[Role::System, Role::Security],
    ),
    (
        Deed::Suspend,
        "suspend a node, class, operator, flow or case",
        &[Role::Security, Role::Duty],
    ),
    (
        Deed::Lift,
        "ask for a suspension to be lifted",
        &[Role::Security],
    ),
    (
        Deed::ConfirmLift,
        "confirm that, as another person",
        &[Role::Security, Role::System],
    ),
    (
        Deed::LowerLimit,
        "lower a limit for a while",
        &[Role::System, Role::Security, Role::Duty],
    ),
    (
        Deed::RaiseLimit,
        "ask for a limit to be raised for a while",
        &[Role::System],
    ),
    (
        Deed::ConfirmRaiseLimit,
        "confirm that, as another person",
        &[Role::System, Role::Security],
    ),
    (
        Deed::LiftLimit,
        "end a limit that was set for a while",
        &[Role::System, Role::Security],
    ),
    (
        Deed::See(Room::Overview),
        "page: overview of the star",
        &Role::ALL,
    ),
    (
        Deed::See(Room::Audit),
        "page: search the audit log",
        &[Role::Audit],
    ),
    (
        Deed::See(Room::Use),
        "page: how the centers' staff use queries",
        &[Role::Security, Role::Audit],
    ),
    (
        Deed::See(Room::Subject),
        "page: everything asked about one person",
        &[Role::Audit],
    ),
    (
        Deed::See(Room::Alerts),
        "page: alerts",
        &[Role::Security, Role::Audit, Role::Duty],
    ),
    (Deed::See(Room::Nodes), "page: nodes", &Role::ALL),
    (Deed::See(Room::Catalog), "page: catalog", &Role::ALL),
    (Deed::See(Room::Policies), "page: policies", &Role::ALL),
    (Deed::See(Room::Limits), "page: limits", &Role::ALL),
    (Deed::See(Room::Acts), "page: acts", &Role::ALL),
    (
        Deed::Export,
        "take entries of the log away as a file",
        &[Role::Audit],
    ),
    (
        Deed::ExplainAlert,
        "take an alert and explain it",
        &[Role::Security, Role::Audit],
    ),
    (
        Deed::CloseAlert,
        "confirm an explanation, as another person, and close",
        &[Role::Audit],
    ),
];

impl Staff {
    /// The member behind a verified certificate.
    ///
    /// # Errors
    /// The trust list does not name it.
    pub fn proven(peer: &PeerIdentity, trust: &TrustList) -> Result<Self, RefusalCode> {
        let is_staff = peer.kind == PeerKind::Staff;
        let listed = trust.staff(&peer.name).filter(|_| is_staff);
        let listed = listed.ok_or(RefusalCode::StaffUnknown)?;
        Ok(Self {
            name: peer.name.clone(),
            serial: peer.serial.clone(),
            roles: listed.roles.clone(),
        })
    }

    /// The role in which it may do something.
    ///
    /// # Errors
    /// None of its roles may.
    pub fn may(&self, deed: Deed) -> Result<Role, RefusalCode> {
        let row = TABLE.iter().find(|(listed, ..)| *listed == deed);
        let allowed = row.map_or(&[][..], |(_, _, roles)| roles);
        let mut roles = self.roles.iter().copied();
        let role = roles.find(|role| allowed.contains(role));
        role.ok_or(RefusalCode::ActRole)
    }

    /// Its roles, as written in logs.
    #[must_use]
    pub fn roles(&self) -> Vec<String> {
        self.roles.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/staff-roles.md` is made from the table.
    #[test]
    fn the_page_of_roles_is_current() {
        let mut page = String::from(
            "# What each role of the staff may do\n\nMade from `hub/src/staff.rs`; a test \
             compares them. How to use it: `docs/operating.md`.\n\n| |",
        );
        for role in Role::ALL {
            page.push_str(&format!(" {role} |"));
        }
        page.push_str("\n|---|---|---|---|---|\n");
        for (_, what, roles) in TABLE {
            page.push_str(&format!("| {what} |"));
            for role in Role::ALL {
                page.push_str(if roles.contains(&role) {
                    " yes |"
                } else {
                    " – |"
                });
            }
            page.push('\n');
        }
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/staff-roles.md");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &page).expect("the page is written");
        }
        let current = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(current == page, "run `UPDATE_GOLDEN=1 cargo test -p hub`");
    }

    /// What changes nothing of how the star runs.
    const fn is_a_look(deed: Deed) -> bool {
        matches!(
            deed,
            Deed::Look | Deed::See(_) | Deed::Export | Deed::ExplainAlert | Deed::CloseAlert
        )
    }

    /// Whatever roles the trust list lets one person hold: whoever sees the record changes nothing,
    /// and nobody closes an alert over what they did.
    #[test]
    fn whoever_audits_changes_nothing_in_any_role() {
        let mut pairs = 0;
        for one in Role::ALL {
            for other in Role::ALL.into_iter().filter(|other| one.goes_with(*other)) {
                let staff = Staff {
                    name: "li".into(),
                    serial: "01".into(),
                    roles: [one, other].into(),
                };
                let may = |deed: Deed| staff.may(deed).is_ok();
                let sees = [Deed::See(Room::Audit), Deed::See(Room::Subject)];
                let audits = sees.into_iter().any(may) || may(Deed::Export);
                let deeds = TABLE.iter().map(|(deed, ..)| *deed);
                let mut changing = deeds.filter(|deed| !is_a_look(*deed));
                let changes = changing.any(may);
                assert!(!(audits && changes), "{one}, {other}");
                assert!(!(may(Deed::CloseAlert) && changes), "{one}, {other}");
                pairs += 1;
            }
        }
        assert_eq!(pairs, 8, "four alone, and duty with either of two");
    }

    #[test]
    fn roles_that_are_apart_stay_apart() {
        let staff = |roles: &[Role]| Staff {
            name: "li".into(),
            serial: "01".into(),
            roles: roles.iter().copied().collect(),
        };
        for (deed, what, roles) in TABLE {
            for role in Role::ALL {
                let may = staff(&[role]).may(*deed);
                assert_eq!(may.is_ok(), roles.contains(&role), "{role}: {what}");
            }
            assert_eq!(staff(&[]).may(*deed), Err(RefusalCode::ActRole));
        }
        // Nobody who audits changes anything, and nobody on duty starts anything again.
        for deed in [Deed::Trip, Deed::Suspend, Deed::Lift, Deed::Reset] {
            assert!(staff(&[Role::Audit]).may(deed).is_err());
        }
        for deed in [
            Deed::Reset,
            Deed::Lift,
            Deed::Release,
            Deed::ConfirmLift,
            Deed::RaiseLimit,
            Deed::ConfirmRaiseLimit,
            Deed::LiftLimit,
        ] {
            assert!(staff(&[Role::Duty]).may(deed).is_err());
        }
    }
}
