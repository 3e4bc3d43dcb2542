//! Whoever looks at a page: proven, signed in, and with what they may do already decided.

use std::collections::BTreeSet;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::language::{Language, Said};
use crate::room::Room;

/// What a page may offer. The hub decides by its own table, once when the page is made and once
/// more when it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// See a room.
    See(Room),
    /// Take what was found away as a file.
    Export,
    /// Take an alert, and write down what it was.
    ExplainAlert,
    /// Confirm somebody else's explanation, and close.
    CloseAlert,
    /// Open a breaker.
    Trip,
    /// Close it again.
    Reset,
    /// Keep it open.
    HoldOpen,
    /// Keep it closed.
    HoldClosed,
    /// End that.
    Release,
    /// Suspend a node, a class, an operator, a flow or a case.
    Suspend,
    /// Ask for a suspension to be lifted.
    Lift,
    /// Lower a limit for a while.
    LowerLimit,
    /// Ask for a limit to be raised for a while.
    RaiseLimit,
    /// End that.
    LiftLimit,
    /// Confirm what somebody else asked for.
    Confirm,
}

/// A role as it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleName {
    /// Runs the programs.
    System,
    /// Decides who and what may take part.
    Security,
    /// Looks at the record.
    Audit,
    /// Is there at night.
    Duty,
}

impl RoleName {
    /// On the page.
    #[must_use]
    pub const fn said(self) -> Said {
        match self {
            Self::System => Said("系统管理员", "system administrator"),
            Self::Security => Said("安全管理员", "security administrator"),
            Self::Audit => Said("审计管理员", "audit administrator"),
            Self::Duty => Said("值班员", "duty officer"),
        }
    }
}

/// Whoever looks at a page.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The name in the certificate.
    pub name: String,
    /// Serial of the certificate.
    pub serial: String,
    /// What people call them, in Chinese and English.
    pub zh: String,
    /// See `zh`.
    pub en: String,
    /// Their roles.
    pub roles: Vec<RoleName>,
    /// What they may do.
    pub may: BTreeSet<Act>,
    /// The language they chose.
    pub language: Language,
    /// The page they asked for, with its query; where a change of language leads back to.
    pub here: String,
    /// Stands in every form, and is known to this session only.
    pub token: String,
}

impl Viewer {
    /// Whether they may do something.
    #[must_use]
    pub fn may(&self, act: Act) -> bool {
        self.may.contains(&act)
    }

    /// A sentence in their language.
    #[must_use]
    pub const fn say(&self, said: Said) -> &'static str {
        self.language.say(said)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = StatusCode;

    /// The guard in front of the pages put it there; without one nobody sees anything.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let viewer = parts.extensions.get::<Self>().cloned();
        viewer.ok_or(StatusCode::UNAUTHORIZED)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Viewer {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, StatusCode> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
