//! What the ground of a case states beside its number. A day that is stated and cannot be read
//! makes the case unreadable: a period must not grow by a typing error.

use catalog::Value;
use time::Date;

use super::{Fields, kind_of};

/// Fields that a mapping may leave out: what only some grounds state.
pub(super) const GROUNDS: [&str; 7] = [
    "issuer",
    "issued_on",
    "period_from",
    "period_until",
    "officers",
    "approver",
    "scope",
];
/// Joins the badge numbers of several officers.
const OFFICER_SEPARATOR: char = ';';

/// What the ground of a case states beside its number: a legal document's issuer, day, period and
/// officers, a supervision task's approver and scope. Nothing of it is required of every case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grounds {
    /// Who issued the document, as a code.
    pub issuer: Option<String>,
    /// The day of the document.
    pub issued_on: Option<Date>,
    /// First day of the period that the document or task covers.
    pub period_from: Option<Date>,
    /// Last day of that period.
    pub period_until: Option<Date>,
    /// Badge numbers of the officers who brought the document.
    pub officers: Vec<String>,
    /// Who approved the task.
    pub approver: Option<String>,
    /// What the task covers, as a number or code.
    pub scope: Option<String>,
}

impl Fields<'_> {
    /// Nothing where a stated day cannot be read: a period must not grow by a typing error.
    pub(super) fn grounds(&self) -> Option<Grounds> {
        let officers = self.text("officers").unwrap_or_default();
        let officers = officers.split(OFFICER_SEPARATOR).map(str::trim);
        Some(Grounds {
            issuer: self.text("issuer"),
            issued_on: self.day("issued_on")?,
            period_from: self.day("period_from")?,
            period_until: self.day("period_until")?,
            officers: officers
                .filter(|officer| !officer.is_empty())
                .map(str::to_owned)
                .collect(),
            approver: self.text("approver"),
            scope: self.text("scope"),
        })
    }

    /// A day that may be missing, but not be wrong.
    fn day(&self, name: &str) -> Option<Option<Date>> {
        let Some(rule) = self.mapping.fields.get(name) else {
            return Some(None);
        };
        match rule.value(&kind_of(name), self.row, self.moment) {
            Ok(Value::Date(day)) => Some(Some(day)),
            Ok(Value::Absent(_)) => Some(None),
            Ok(_) | Err(_) => None,
        }
    }
}
