//! Refusals: a stable code, a sentence for the clerk in Chinese and English, and whose turn it is.
//!
//! The list is closed; `docs/refusals.md` is made from it. A refusal never carries a subject's data
//! or another center's facts.

mod announced;
mod codes;
mod listed;
mod retry;
mod rule;

pub use announced::{RuleWords, UnfitWords};
pub use codes::RefusalCode;
pub use rule::{Refusal, rule_from_wire};

use crate::v1;

/// Whose turn it is after a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Turn {
    /// The asking system or clerk mends the question or the case.
    Caller,
    /// The rules do not allow it; a rule's owner would have to change them.
    Policy,
    /// Too much at once; wait and ask again.
    Capacity,
    /// The answering center.
    Node,
    /// The hub's operators.
    Hub,
}

impl Turn {
    /// As written in logs, metrics and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Policy => "policy",
            Self::Capacity => "capacity",
            Self::Node => "node",
            Self::Hub => "hub",
        }
    }

    /// As it travels.
    #[must_use]
    pub fn wire(self) -> v1::Turn {
        match self {
            Self::Caller => v1::Turn::Caller,
            Self::Policy => v1::Turn::Policy,
            Self::Capacity => v1::Turn::Capacity,
            Self::Node => v1::Turn::Node,
            Self::Hub => v1::Turn::Hub,
        }
    }
}

impl std::fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for RefusalCode {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or(UnknownCode)
    }
}

/// The text is no refusal code of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown refusal code")]
pub struct UnknownCode;

impl RefusalCode {
    /// The refusal as it travels, without receipt.
    #[must_use]
    pub fn to_wire(self, query_id: &str) -> v1::Refusal {
        v1::Refusal {
            code: self.as_str().to_owned(),
            turn: self.turn().wire().into(),
            zh: self.zh().to_owned(),
            en: self.en().to_owned(),
            receipt: None,
            retry_after_ms: 0,
            query_id: query_id.to_owned(),
            rule: None,
        }
    }

    /// Whether the guard of an answering center refused.
    #[must_use]
    pub fn is_the_guards(self) -> bool {
        self.as_str().starts_with("TS-GUARD-")
    }

    /// Whether one rule out of many refused, so that the code alone does not tell which.
    #[must_use]
    pub fn is_by_a_rule(self) -> bool {
        matches!(self, Self::PolicyDenied | Self::GuardVeto)
    }

    /// The gRPC status that a refusal travels under.
    #[must_use]
    pub fn status_code(self) -> tonic::Code {
        match self.turn() {
            Turn::Policy => tonic::Code::PermissionDenied,
            Turn::Capacity => tonic::Code::ResourceExhausted,
            Turn::Node | Turn::Hub => tonic::Code::Unavailable,
            Turn::Caller if self.is_about_identity() => tonic::Code::Unauthenticated,
            Turn::Caller if self.is_about_case() => tonic::Code::FailedPrecondition,
            Turn::Caller => tonic::Code::InvalidArgument,
        }
    }

    /// The HTTP status that a refusal travels under on the local API.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self.turn() {
            Turn::Policy => 403,
            Turn::Capacity => 429,
            Turn::Node | Turn::Hub => 503,
            Turn::Caller if self.is_about_identity() => 401,
            Turn::Caller if matches!(self, Self::EvidenceUnknown | Self::ApprovalUnknown) => 404,
            Turn::Caller if self.is_about_case() || self.is_about_standing() => 409,
            Turn::Caller => 400,
        }
    }

    fn is_about_identity(self) -> bool {
        let code = self.as_str();
        code.starts_with("TS-TLS-")
            || code.starts_with("TS-CALLER-")
            || matches!(self, Self::LocalToken | Self::StaffUnknown)
    }

    fn is_about_standing(self) -> bool {
        matches!(
            self,
            Self::ActStands | Self::ActNothing | Self::ActHeld | Self::ActKey
        )
    }

    fn is_about_case(self) -> bool {
        self.as_str().starts_with("TS-CASE-")
    }
}

/// A refusal as a gRPC status, with the whole refusal in its details, and when to come back also in
/// the words that any gRPC client knows.
#[must_use]
pub fn status(refusal: &v1::Refusal) -> tonic::Status {
    use prost::Message as _;
    let code = refusal
        .code
        .parse()
        .map_or(tonic::Code::Unknown, |code: RefusalCode| code.status_code());
    let text = format!("{}: {}", refusal.code, refusal.en);
    let mut status = tonic::Status::with_details(code, text, refusal.encode_to_vec().into());
    retry::tell(&mut status, refusal.retry_after_ms);
    status
}

/// The refusal in a status's details, if it holds one whose code is known.
#[must_use]
pub fn from_status(status: &tonic::Status) -> Option<(RefusalCode, v1::Refusal)> {
    use prost::Message as _;
    let refusal = v1::Refusal::decode(status.details()).ok()?;
    let code = refusal.code.parse().ok()?;
    Some((code, refusal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_read_back() {
        let texts: BTreeSet<_> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), RefusalCode::ALL.len());
        for code in RefusalCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            assert!(code.as_str().starts_with("TS-"));
            assert!(!code.zh().is_ascii() && code.en().is_ascii(), "{code}");
        }
    }

    #[test]
    fn a_refusal_survives_a_status() {
        let sent = RefusalCode::CaseMissing.to_wire("q-1");
        let status = status(&sent);
        assert_eq!(status.code(), tonic::Code::FailedPrecondition);
        assert_eq!(from_status(&status), Some((RefusalCode::CaseMissing, sent)));
        assert_eq!(from_status(&tonic::Status::unavailable("gone")), None);
    }

    /// `docs/refusals.md` is made from the list, so that it is complete.
    #[test]
    fn the_catalogue_of_refusals_is_current() {
        let mut page = String::from(
            "# Refusals\n\nMade from `wire/src/refusal/codes.rs`; a test compares them.\n\n\
             | code | whose turn | gRPC | HTTP | 中文 | English |\n|---|---|---|---|---|---|\n",
        );
        for code in RefusalCode::ALL {
            let line = format!(
                "| `{code}` | {} | {:?} | {} | {} | {} |\n",
                code.turn().as_str(),
                code.status_code(),
                code.http_status(),
                code.zh(),
                code.en()
            );
            page.push_str(&line);
        }
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/refusals.md");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &page).expect("docs/refusals.md is written");
        }
        let current = std::fs::read_to_string(&path).expect("docs/refusals.md is there");
        assert!(current == page, "run `UPDATE_GOLDEN=1 cargo test -p wire`");
    }
}
