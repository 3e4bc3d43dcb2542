//! The ground of a case and what it carries: numbers, days, staff. Refuses a text that could hold
//! a citizen's number or name, since all of it goes into the log.

use std::collections::BTreeSet;
use std::fmt;

use catalog::identity::may_hold_id_number;
use serde::{Deserialize, Serialize};
use time::Date;

use super::is_staff_name;
use crate::flow::{BasisKind, BasisPart, day};

/// Most officers that one document names.
pub const OFFICERS_MAX: usize = 8;

/// A document counts as brought by officers from two on.
const OFFICERS_NEEDED: usize = 2;

/// The ground of a case.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Its type.
    pub kind: BasisKind,
    /// Number of the application, agreement, document or task.
    pub number: String,
    /// Whether the applicant's consent is on file.
    pub consent: bool,
    /// Who issued the legal document, as a code or staff-style name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The day of the document.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<Date>,
    /// First day of the period that the document or task covers.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day of that period.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Badge numbers of the officers who brought the document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub officers: Vec<String>,
    /// Who approved the supervision task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// What the task covers, as a number or code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl Basis {
    /// A basis that rests on a number, and on the applicant's consent where that is on file.
    #[must_use]
    pub const fn plain(kind: BasisKind, number: String, consent: bool) -> Self {
        Self {
            kind,
            number,
            consent,
            issuer: None,
            issued_on: None,
            from: None,
            until: None,
            officers: Vec::new(),
            approver: None,
            scope: None,
        }
    }

    /// What it carries, in the words in which a flow says what it must.
    #[must_use]
    pub fn carried(&self) -> BTreeSet<BasisPart> {
        let different: BTreeSet<String> = self
            .officers
            .iter()
            .map(|badge| badge.to_ascii_lowercase())
            .collect();
        let parts = [
            (BasisPart::Number, !self.number.trim().is_empty()),
            (BasisPart::Consent, self.consent),
            (BasisPart::Issuer, self.issuer.is_some()),
            (BasisPart::Date, self.issued_on.is_some()),
            (BasisPart::Period, self.period().is_some()),
            (BasisPart::Officers, different.len() >= OFFICERS_NEEDED),
            (BasisPart::Approver, self.approver.is_some()),
            (BasisPart::Scope, self.scope.is_some()),
        ];
        let there = parts.into_iter().filter(|(_, is_there)| *is_there);
        there.map(|(part, _)| part).collect()
    }

    /// First and last day of the period, if both are stated.
    #[must_use]
    pub fn period(&self) -> Option<(Date, Date)> {
        self.from.zip(self.until)
    }

    /// Texts in which staff, an issuer or a scope is named, never a citizen.
    fn names(&self) -> impl Iterator<Item = &String> {
        let single = [&self.issuer, &self.approver, &self.scope];
        single.into_iter().flatten().chain(&self.officers)
    }

    pub(crate) fn holds_personal_data(&self) -> bool {
        self.names().any(|text| may_hold_id_number(text))
    }

    pub(crate) fn is_well_formed(&self) -> bool {
        self.officers.len() <= OFFICERS_MAX
            && self.names().all(|text| is_staff_name(text))
            && self.period().is_none_or(|(from, until)| from <= until)
    }
}

/// Numbers and badges belong in the audit log, not in a debug line.
impl fmt::Debug for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basis")
            .field("kind", &self.kind)
            .field("carried", &self.carried())
            .finish_non_exhaustive()
    }
}
